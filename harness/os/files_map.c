/* SPDX-License-Identifier: MIT */
/* What mmap needs of a file, which stays open for it when its descriptor is closed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os/files_internal.h"

/* The order of the checks is Linux's (mm/mmap.c, do_mmap). */
int64_t files_map(struct files *files, int fd, bool for_write, struct file **mapped)
{
    struct file *const file = files_get(files, fd);
    const int64_t flags = files_flags(files, fd);
    const int64_t access = flags & O_ACCMODE;

    if (flags < 0) {
        return flags;
    }
    if (access == O_WRONLY || (for_write && access != O_RDWR)) {
        return -EACCES;
    }
    if (!file->is_regular) {
        return -ENODEV;
    }
    file->references++;
    *mapped = file;
    return 0;
}

bool files_map_identity(const struct file *file, uint64_t *device, uint64_t *inode)
{
    struct stat status;

    if (fstat(file->host_fd, &status) != 0) {
        return false;
    }
    *device = status.st_dev;
    *inode = status.st_ino;
    return true;
}

bool files_map_is_writable(const struct file *file)
{
    return (fcntl(file->host_fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}

void files_map_name(const struct file *file, char *to, size_t size)
{
    char link[64];
    char path[FILES_PATH_BYTES];
    const char *slash;
    ssize_t length;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", file->host_fd);
    length = readlink(link, path, sizeof(path) - 1);
    path[length > 0 ? length : 0] = '\0';
    slash = strrchr(path, '/');
    snprintf(to, size, "%s", slash == NULL ? "a file" : slash + 1);
}

uint64_t files_map_size(const struct file *file)
{
    struct stat status;

    return fstat(file->host_fd, &status) != 0 || status.st_size < 0 ? 0 : (uint64_t)status.st_size;
}

int64_t files_map_read(const struct file *file, void *to, uint64_t bytes, uint64_t offset)
{
    uint64_t done = 0;

    while (done < bytes) {
        const ssize_t got =
            pread(file->host_fd, (char *)to + done, bytes - done, (off_t)(offset + done));

        if (got < 0 && errno != EINTR) {
            return -errno;
        }
        if (got == 0) {
            break;
        }
        done += got > 0 ? (uint64_t)got : 0;
    }
    return (int64_t)done;
}

int64_t files_map_write(struct files *files, const struct file *file, const void *from,
                        uint64_t bytes, uint64_t offset)
{
    const int flags = fcntl(file->host_fd, F_GETFL);
    int64_t result = 0;

    if (!files_before_effect(files)) {
        return -EIO;
    }
    /* With O_APPEND Linux's pwrite appends, whatever the offset (pwrite(2), BUGS). */
    if (flags & O_APPEND) {
        fcntl(file->host_fd, F_SETFL, flags & ~O_APPEND);
    }
    for (uint64_t done = 0; done < bytes;) {
        const ssize_t written =
            pwrite(file->host_fd, (const char *)from + done, bytes - done, (off_t)(offset + done));

        if (written < 0 && errno != EINTR) {
            result = -errno;
            break;
        }
        done += written > 0 ? (uint64_t)written : 0;
    }
    if (flags & O_APPEND) {
        fcntl(file->host_fd, F_SETFL, flags);
    }
    return result;
}

void files_map_lose(struct files *files, int error)
{
    if (files->loss.name == NULL) {
        files->loss = (struct files_loss){"mapped file", error};
    }
}
