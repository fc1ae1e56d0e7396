/* SPDX-License-Identifier: MIT */
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/files_internal.h"

static const char null_path[] = "/dev/null";

bool files_before_effect(struct files *files)
{
    return files->options.before_effect == NULL ||
           files->options.before_effect(files->options.context);
}

struct file *files_get(const struct files *files, int fd)
{
    return fd >= 0 && fd < FILES_MAX_OPEN ? files->descriptors[fd].file : NULL;
}

static struct file *new_file(int host_fd)
{
    struct file *const file = calloc(1, sizeof(*file));
    struct stat status;

    if (file == NULL) {
        return NULL;
    }
    file->references = 1;
    file->host_fd = host_fd;
    if (host_fd >= 0 && fstat(host_fd, &status) == 0) {
        file->is_directory = S_ISDIR(status.st_mode);
        file->is_regular = S_ISREG(status.st_mode);
        file->device = status.st_dev;
    }
    return file;
}

static void release(struct file *file)
{
    if (file == NULL || --file->references > 0) {
        return;
    }
    for (size_t i = 0; i < file->name_count; i++) {
        free(file->names[i]);
    }
    free(file->names);
    free(file->types);
    free(file->inodes);
    free(file->path);
    if (file->host_fd >= 0) {
        close(file->host_fd);
    }
    free(file);
}

void files_unmap(struct file *file)
{
    release(file);
}

struct files *files_new(const struct files_options *options, struct error *error)
{
    struct files *const files = calloc(1, sizeof(*files));

    if (files == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    files->options = *options;
    files->root_fd = -1;
    if (options->root != NULL) {
        int probe;

        files->root_fd = open(options->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (files->root_fd < 0) {
            error_set(error, "%s: cannot be the guest's root directory: %s", options->root,
                      strerror(errno));
            files_free(files);
            return NULL;
        }
        probe = files_resolve(files, "/", O_PATH, 0);
        if (probe < 0) {
            error_set(error, "%s: cannot confine the guest with openat2 (Linux 5.6): %s",
                      options->root, strerror(-probe));
            files_free(files);
            return NULL;
        }
        close(probe);
    }
    for (int fd = 0; fd <= 2; fd++) {
        static const char *const names[] = {NULL, "standard output", "standard error"};
        const int host_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);

        /* One that the host closed is closed for the guest. */
        if (host_fd >= 0 && (files->descriptors[fd].file = new_file(host_fd)) == NULL) {
            close(host_fd);
            error_set(error, "out of memory");
            files_free(files);
            return NULL;
        }
        if (host_fd >= 0) {
            files->descriptors[fd].file->host_name = names[fd];
        }
    }
    return files;
}

void files_free(struct files *files)
{
    if (files == NULL) {
        return;
    }
    for (int fd = 0; fd < FILES_MAX_OPEN; fd++) {
        release(files->descriptors[fd].file);
    }
    if (files->root_fd >= 0) {
        close(files->root_fd);
    }
    files_inode_free(files);
    free(files);
}

/* The lowest free descriptor from `least` on, or -EMFILE. */
static int free_descriptor(const struct files *files, int least)
{
    for (int fd = least; fd < FILES_MAX_OPEN; fd++) {
        if (files->descriptors[fd].file == NULL) {
            return fd;
        }
    }
    return -EMFILE;
}

/* 0 when a file is one that a guest may open. */
static int check_type(int host_fd)
{
    struct stat status;
    struct statfs file_system;

    if (fstat(host_fd, &status) != 0 || fstatfs(host_fd, &file_system) != 0) {
        return -errno;
    }
    if (S_ISLNK(status.st_mode)) {
        return -ELOOP;
    }
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        return -ENXIO;
    }
    /* The files of /proc are doors into segmmu itself. */
    return file_system.f_type == PROC_SUPER_MAGIC ? -EACCES : 0;
}

/* Opens a file of the host under the root. A host descriptor or -errno. */
static int open_host(struct files *files, const char *joined, int flags, mode_t mode)
{
    const int kept = O_ACCMODE | O_APPEND | O_CREAT | O_EXCL | O_DIRECTORY | O_NOFOLLOW;
    const uint64_t nofollow = (uint64_t)(flags & O_NOFOLLOW);
    const bool is_effect = flags & (O_CREAT | O_TRUNC);
    int host_fd;
    int status = 0;

    /* A look that opens nothing: a fifo's other end would notice the real one. */
    host_fd = files_resolve(files, joined, O_PATH | nofollow, 0);
    if (host_fd >= 0) {
        status = check_type(host_fd);
        close(host_fd);
    } else if (host_fd != -ENOENT || !(flags & O_CREAT)) {
        return host_fd;
    }
    if (status < 0) {
        return (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL) ? -EEXIST : status;
    }
    if (is_effect && !files_before_effect(files)) {
        return -EIO;
    }
    host_fd = files_resolve(files, joined, (uint64_t)((flags & kept) | O_NONBLOCK | O_NOCTTY),
                            flags & O_CREAT ? mode & 0777 : 0);
    if (host_fd < 0) {
        return host_fd;
    }
    status = check_type(host_fd);
    if (status == 0 && (flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY &&
        ftruncate(host_fd, 0) != 0) {
        status = -errno;
    }
    if (status < 0) {
        close(host_fd);
        return status;
    }
    return host_fd;
}

int64_t files_open(struct files *files, int directory, const char *path, int flags, mode_t mode)
{
    char joined[FILES_PATH_BYTES];
    char inside[FILES_PATH_BYTES];
    const int fd = free_descriptor(files, 0);
    const int status = files_join(files, directory, path, joined);
    struct file *file;
    int host_fd = -1;

    if (files->root_fd < 0) {
        return -ENOENT;
    }
    if (fd < 0 || status < 0) {
        return fd < 0 ? fd : status;
    }
    if (strcmp(joined, null_path) != 0 && (host_fd = open_host(files, joined, flags, mode)) < 0) {
        return host_fd;
    }
    file = new_file(host_fd);
    if (file != NULL && file->is_directory) {
        files_canonical(files, host_fd, joined, inside);
        file->path = strdup(inside);
    }
    if (file == NULL || (file->is_directory && file->path == NULL)) {
        if (file == NULL && host_fd >= 0) {
            close(host_fd);
        }
        release(file);
        return -ENOMEM;
    }
    files->descriptors[fd] = (struct descriptor){file, flags & O_CLOEXEC};
    return fd;
}

int64_t files_pipe(struct files *files, int fds[2])
{
    const int reader = free_descriptor(files, 0);
    const int writer = reader < 0 ? reader : free_descriptor(files, reader + 1);
    struct file *ends[2];
    int host_fds[2];

    if (writer < 0) {
        return writer;
    }
    if (pipe2(host_fds, O_CLOEXEC) != 0) {
        return -errno;
    }
    ends[0] = new_file(host_fds[0]);
    ends[1] = new_file(host_fds[1]);
    if (ends[0] == NULL || ends[1] == NULL) {
        for (int i = 0; i < 2; i++) {
            close(host_fds[i]);
            free(ends[i]);
        }
        return -ENOMEM;
    }
    ends[0]->is_pipe = ends[1]->is_pipe = true;
    files->descriptors[reader] = (struct descriptor){ends[0], false};
    files->descriptors[writer] = (struct descriptor){ends[1], false};
    fds[0] = reader;
    fds[1] = writer;
    return 0;
}

int64_t files_close(struct files *files, int fd)
{
    struct file *const file = files_get(files, fd);

    if (file == NULL) {
        return -EBADF;
    }
    files->descriptors[fd] = (struct descriptor){0};
    release(file);
    return 0;
}

int64_t files_duplicate(struct files *files, int fd, int least)
{
    struct file *const file = files_get(files, fd);
    int copy;

    if (file == NULL) {
        return -EBADF;
    }
    if (least < 0 || least >= FILES_MAX_OPEN) {
        return -EINVAL;
    }
    copy = free_descriptor(files, least);
    if (copy >= 0) {
        file->references++;
        files->descriptors[copy] = (struct descriptor){file, false};
    }
    return copy;
}

int64_t files_duplicate_to(struct files *files, int fd, int to)
{
    struct file *const file = files_get(files, fd);

    if (file == NULL || to < 0 || to >= FILES_MAX_OPEN) {
        return -EBADF;
    }
    if (fd != to) {
        file->references++;
        release(files->descriptors[to].file);
        files->descriptors[to] = (struct descriptor){file, false};
    }
    return to;
}

int64_t files_close_on_exec(struct files *files, int fd)
{
    if (files_get(files, fd) == NULL) {
        return -EBADF;
    }
    return files->descriptors[fd].close_on_exec ? FD_CLOEXEC : 0;
}

int64_t files_set_close_on_exec(struct files *files, int fd, bool is_set)
{
    if (files_get(files, fd) == NULL) {
        return -EBADF;
    }
    files->descriptors[fd].close_on_exec = is_set;
    return 0;
}

int64_t files_flags(struct files *files, int fd)
{
    const struct file *const file = files_get(files, fd);
    int flags;

    if (file == NULL) {
        return -EBADF;
    }
    if (file->host_fd < 0) {
        return O_RDWR;
    }
    flags = fcntl(file->host_fd, F_GETFL);
    return flags < 0 ? -errno : flags & (O_ACCMODE | O_APPEND);
}
