/* SPDX-License-Identifier: MIT */
#include "cli/output_paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What tells a file from all others: itself, or, before it is made, its folder and its name. */
struct identity {
    dev_t device;
    ino_t inode;
    bool is_made;
    char name[NAME_MAX + 1]; /* of a file that is not made */
};

enum { MAX_LINKS = 40 }; /* as path_resolution(7) has it */

/* Where open(2) would make the file: a symbolic link to nowhere is followed. */
static bool follow_links(char path[PATH_MAX])
{
    char target[PATH_MAX];
    char joined[PATH_MAX];

    for (unsigned i = 0; i < MAX_LINKS; i++) {
        const ssize_t length = readlink(path, target, sizeof(target) - 1);
        const char *const slash = strrchr(path, '/');
        int folder;

        if (length < 0) {
            return true;
        }
        target[length] = '\0';
        folder = target[0] == '/' || slash == NULL ? 0 : (int)(slash + 1 - path);
        if (snprintf(joined, sizeof(joined), "%.*s%s", folder, path, target) >=
            (int)sizeof(joined)) {
            return false;
        }
        strcpy(path, joined);
    }
    return false;
}

/* False for what cannot be emptied by opening it: a device, a folder, or nothing at all. */
static bool identify(const char *path, struct identity *identity)
{
    char resolved[PATH_MAX];
    struct stat status;
    char *slash;

    *identity = (struct identity){0};
    if (stat(path, &status) == 0) {
        identity->device = status.st_dev;
        identity->inode = status.st_ino;
        identity->is_made = true;
        return S_ISREG(status.st_mode);
    }
    if (strlen(path) >= sizeof(resolved)) {
        return false;
    }
    strcpy(resolved, path);
    if (!follow_links(resolved)) {
        return false;
    }
    slash = strrchr(resolved, '/');
    snprintf(identity->name, sizeof(identity->name), "%s", slash != NULL ? slash + 1 : resolved);
    if (slash != NULL) {
        slash[1] = '\0';
    }
    if (stat(slash != NULL ? resolved : ".", &status) != 0) {
        return false;
    }
    identity->device = status.st_dev;
    identity->inode = status.st_ino;
    return true;
}

static bool is_same(const struct identity *one, const struct identity *two)
{
    return one->device == two->device && one->inode == two->inode && one->is_made == two->is_made &&
           strcmp(one->name, two->name) == 0;
}

bool output_paths_differ(const struct named_path *paths, unsigned count, struct error *error)
{
    for (unsigned i = 0; i < count; i++) {
        struct identity output;

        if (!paths[i].is_output || paths[i].path == NULL || !identify(paths[i].path, &output)) {
            continue;
        }
        for (unsigned j = 0; j < count; j++) {
            struct identity other;

            if (j != i && paths[j].path != NULL && identify(paths[j].path, &other) &&
                is_same(&output, &other)) {
                return error_set(error, "%s: is %s itself, expected another file", paths[i].path,
                                 paths[j].role);
            }
        }
    }
    return true;
}

/* Makes the file and takes it away again. False with errno. */
static bool can_be_made(const char *path)
{
    char resolved[PATH_MAX];
    int fd;

    if (strlen(path) >= sizeof(resolved)) {
        errno = ENAMETOOLONG;
        return false;
    }
    strcpy(resolved, path);
    if (!follow_links(resolved)) {
        errno = ELOOP;
        return false;
    }
    fd = open(resolved, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        return false;
    }
    close(fd);
    unlink(resolved);
    return true;
}

/* What is there is not opened: the reader of a pipe would see its end. */
static bool can_be_written(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0) {
        return can_be_made(path);
    }
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return false;
    }
    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0;
}

bool output_paths_writable(const struct named_path *paths, unsigned count, struct error *error)
{
    for (unsigned i = 0; i < count; i++) {
        if (paths[i].is_output && paths[i].path != NULL && !can_be_written(paths[i].path)) {
            return error_set(error, "%s: cannot be written: %s", paths[i].path, strerror(errno));
        }
    }
    return true;
}
