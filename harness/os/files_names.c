/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/files_internal.h"

/* A host descriptor (O_PATH) of what a name means, or -errno. */
static int look_up(struct files *files, int directory, const char *path, bool follow)
{
    char joined[FILES_PATH_BYTES];
    const int status = files_join(files, directory, path, joined);

    return status < 0 ? status
                      : files_resolve(files, joined, O_PATH | (follow ? 0 : O_NOFOLLOW), 0);
}

/* Closes `host_fd` and turns the result of a host call into that of a files_ function. */
static int64_t finish(int host_fd, int64_t result)
{
    const int failure = errno;

    close(host_fd);
    return result < 0 ? -failure : result;
}

int64_t files_status(struct files *files, int directory, const char *path, bool follow,
                     struct file_status *status)
{
    const int host_fd = look_up(files, directory, path, follow);
    struct stat host;
    int64_t result;

    if (host_fd < 0) {
        return host_fd;
    }
    result = finish(host_fd, fstat(host_fd, &host));
    if (result == 0) {
        files_fill_status(files, &host, status);
    }
    return result;
}

int64_t files_access(struct files *files, int directory, const char *path, int mode)
{
    const int host_fd = look_up(files, directory, path, true);

    if (host_fd < 0) {
        return host_fd;
    }
    if (mode & ~(R_OK | W_OK | X_OK)) {
        close(host_fd);
        return -EINVAL;
    }
    return finish(host_fd, syscall(SYS_faccessat2, host_fd, "", mode, AT_EMPTY_PATH));
}

int64_t files_read_link(struct files *files, int directory, const char *path, char *to, size_t size)
{
    const int host_fd = look_up(files, directory, path, false);
    struct stat host;
    int64_t result;

    if (host_fd < 0) {
        return host_fd;
    }
    if (fstat(host_fd, &host) == 0 && !S_ISLNK(host.st_mode)) {
        close(host_fd);
        return -EINVAL;
    }
    result = readlinkat(host_fd, "", to, size);
    return finish(host_fd, result);
}

/* Opens, changes and closes a file. */
static int64_t open_for_change(struct files *files, int directory, const char *path, int flags)
{
    return files->root_fd < 0 ? -ENOENT : files_open(files, directory, path, flags, 0);
}

int64_t files_truncate(struct files *files, const char *path, int64_t size_bytes)
{
    const int64_t fd = open_for_change(files, FILES_AT_CWD, path, O_WRONLY);
    int64_t result;

    if (fd < 0) {
        return fd;
    }
    result = files_truncate_open(files, (int)fd, size_bytes);
    files_close(files, (int)fd);
    return result;
}

int64_t files_change_mode(struct files *files, int directory, const char *path, mode_t mode)
{
    const int64_t fd = open_for_change(files, directory, path, O_RDONLY);
    int64_t result;

    if (fd < 0) {
        return fd;
    }
    result = files_change_mode_open(files, (int)fd, mode);
    files_close(files, (int)fd);
    return result;
}

/* The parent of a name, once the host may see a change in it: a host descriptor or -errno. */
static int change_parent(struct files *files, int directory, const char *path, char *joined,
                         const char **name)
{
    const int status = files_join(files, directory, path, joined);

    if (status < 0) {
        return status;
    }
    if (files->root_fd < 0) {
        return -ENOENT;
    }
    if (!files_before_effect(files)) {
        return -EIO;
    }
    return files_resolve_parent(files, joined, name);
}

int64_t files_make_directory(struct files *files, int directory, const char *path, mode_t mode)
{
    char joined[FILES_PATH_BYTES];
    const char *name;
    const int parent = change_parent(files, directory, path, joined, &name);

    if (parent < 0) {
        return parent == -EINVAL ? -EEXIST : parent;
    }
    return finish(parent, mkdirat(parent, name, mode & 0777));
}

int64_t files_remove(struct files *files, int directory, const char *path, bool is_directory)
{
    char joined[FILES_PATH_BYTES];
    const char *name;
    const int parent = change_parent(files, directory, path, joined, &name);

    if (parent < 0) {
        return parent;
    }
    return finish(parent, unlinkat(parent, name, is_directory ? AT_REMOVEDIR : 0));
}

/* Both parents of a rename or a link. 0 or -errno. */
static int change_parents(struct files *files, int from_directory, const char *from,
                          int to_directory, const char *to, char joined[2][FILES_PATH_BYTES],
                          const char *names[2], int parents[2])
{
    parents[0] = change_parent(files, from_directory, from, joined[0], &names[0]);
    if (parents[0] < 0) {
        return parents[0];
    }
    parents[1] = change_parent(files, to_directory, to, joined[1], &names[1]);
    if (parents[1] < 0) {
        close(parents[0]);
        return parents[1];
    }
    return 0;
}

int64_t files_rename(struct files *files, int from_directory, const char *from, int to_directory,
                     const char *to)
{
    char joined[2][FILES_PATH_BYTES];
    const char *names[2];
    int parents[2];
    const int status =
        change_parents(files, from_directory, from, to_directory, to, joined, names, parents);
    int64_t result;

    if (status < 0) {
        return status;
    }
    result = finish(parents[0], renameat(parents[0], names[0], parents[1], names[1]));
    close(parents[1]);
    return result;
}

int64_t files_link(struct files *files, int from_directory, const char *from, int to_directory,
                   const char *to)
{
    char joined[2][FILES_PATH_BYTES];
    const char *names[2];
    int parents[2];
    const int status =
        change_parents(files, from_directory, from, to_directory, to, joined, names, parents);
    int64_t result;

    if (status < 0) {
        return status;
    }
    result = finish(parents[0], linkat(parents[0], names[0], parents[1], names[1], 0));
    close(parents[1]);
    return result;
}

int64_t files_symlink(struct files *files, const char *target, int directory, const char *path)
{
    char joined[FILES_PATH_BYTES];
    const char *name;
    const int parent = change_parent(files, directory, path, joined, &name);

    if (parent < 0) {
        return parent;
    }
    return finish(parent, symlinkat(target, parent, name));
}

int64_t files_change_directory(struct files *files, int directory, const char *path)
{
    char joined[FILES_PATH_BYTES];
    int host_fd;
    const int status = files_join(files, directory, path, joined);

    if (status < 0) {
        return status;
    }
    host_fd = files_resolve(files, joined, O_PATH | O_DIRECTORY, 0);
    if (host_fd < 0) {
        return host_fd;
    }
    files_canonical(files, host_fd, joined, files->directory);
    close(host_fd);
    return 0;
}

const char *files_directory(const struct files *files)
{
    return files->directory[0] == '\0' ? "/" : files->directory;
}
