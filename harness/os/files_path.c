/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/files_internal.h"

int files_join(const struct files *files, int directory, const char *path, char *joined)
{
    const char *base = files->directory;
    int length;

    if (path[0] == '\0') {
        return -ENOENT;
    }
    if (path[0] == '/') {
        base = "";
    } else if (directory != FILES_AT_CWD) {
        const struct file *const file = files_get(files, directory);

        if (file == NULL) {
            return -EBADF;
        }
        if (!file->is_directory) {
            return -ENOTDIR;
        }
        base = file->path;
    }
    length = snprintf(joined, FILES_PATH_BYTES, "%s%s%s", base, path[0] == '/' ? "" : "/", path);
    return length >= FILES_PATH_BYTES ? -ENAMETOOLONG : 0;
}

int files_resolve(const struct files *files, const char *joined, uint64_t flags, uint64_t mode)
{
    const struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .mode = mode,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };

    if (files->root_fd < 0) {
        return -ENOENT;
    }
    for (unsigned attempt = 0;; attempt++) {
        const long fd = syscall(SYS_openat2, files->root_fd, joined, &how, sizeof(how));

        if (fd >= 0) {
            return (int)fd;
        }
        /* EAGAIN: something was renamed meanwhile, so that ".." could not be trusted. */
        if (errno != EINTR && (errno != EAGAIN || attempt == 16)) {
            return -errno;
        }
    }
}

int files_resolve_parent(const struct files *files, char *joined, const char **name)
{
    size_t length = strlen(joined);
    char *slash;
    int fd;

    while (length > 1 && joined[length - 1] == '/') {
        joined[--length] = '\0';
    }
    slash = strrchr(joined, '/');
    *name = slash + 1;
    if (**name == '\0' || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0) {
        return -EINVAL;
    }
    if (strlen(*name) > 255) {
        return -ENAMETOOLONG;
    }
    *slash = '\0';
    fd = files_resolve(files, slash == joined ? "/" : joined, O_PATH | O_DIRECTORY, 0);
    *slash = '/';
    return fd;
}

/* The host's name of an open file; empty where the host does not tell. */
static void host_path(int host_fd, char *path)
{
    char link[64];
    ssize_t length;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", host_fd);
    length = readlink(link, path, FILES_PATH_BYTES - 1);
    path[length > 0 ? length : 0] = '\0';
}

void files_canonical(const struct files *files, int host_fd, const char *joined, char *path)
{
    char root[FILES_PATH_BYTES];
    char inside[FILES_PATH_BYTES];
    size_t root_length;

    host_path(files->root_fd, root);
    host_path(host_fd, inside);
    root_length = strcmp(root, "/") == 0 ? 0 : strlen(root);
    if (inside[0] == '/' && strncmp(inside, root, root_length) == 0 &&
        (inside[root_length] == '/' || inside[root_length] == '\0')) {
        snprintf(path, FILES_PATH_BYTES, "%s", inside + root_length);
        if (strcmp(path, "/") == 0) {
            path[0] = '\0';
        }
    } else {
        snprintf(path, FILES_PATH_BYTES, "%s", joined);
    }
}
