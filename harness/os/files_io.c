/* SPDX-License-Identifier: MIT */
/* What goes through an open descriptor. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "os/files_internal.h"

enum { FILES_PIPE_CHUNK = 4096 }; /* PIPE_BUF: a pipe that is ready takes as much without waiting */

/* 1 when a pipe or terminal is ready, 0 when it is not within the time (-1: for ever), -EINTR when
 * the interrupt descriptor is readable. */
static int wait_ready(const struct files *files, const struct file *file, short events,
                      int timeout_ms)
{
    struct pollfd polled[2] = {
        {.fd = file->host_fd, .events = events},
        {.fd = files->options.interrupt_fd, .events = POLLIN},
    };
    int ready;

    do {
        ready = poll(polled, 2, timeout_ms);
    } while (ready < 0 && errno == EINTR);
    if (ready < 0) {
        return -errno;
    }
    if (polled[0].revents != 0) {
        return 1;
    }
    return polled[1].revents != 0 ? -EINTR : 0;
}

int64_t files_is_ready(struct files *files, int fd, bool for_write)
{
    const struct file *const file = files_get(files, fd);

    if (file == NULL) {
        return -EBADF;
    }
    if (file->host_fd < 0 || file->is_regular) {
        return 1;
    }
    return wait_ready(files, file, for_write ? POLLOUT : POLLIN, 0);
}

int files_waits_for(struct files *files, int fd)
{
    const struct file *const file = files_get(files, fd);

    return file == NULL || file->is_pipe || files_is_ready(files, fd, false) != 0 ? -1
                                                                                  : file->host_fd;
}

/* 0 once a read or write of a file that is not regular does not wait, or -errno. A pipe inside the
 * guest has this process at both ends: it would wait for itself. */
static int wait_turn(struct files *files, const struct file *file, short events)
{
    int ready;

    if (!files_before_effect(files)) {
        return -EIO;
    }
    ready = wait_ready(files, file, events, file->is_pipe ? 0 : -1);
    return ready < 0 ? ready : ready == 0 ? -EDEADLK : 0;
}

int64_t files_read_at(struct files *files, int fd, void *to, size_t bytes, int64_t offset)
{
    struct file *const file = files_get(files, fd);
    ssize_t got;

    if (file == NULL) {
        return -EBADF;
    }
    if (file->is_directory) {
        return -EISDIR;
    }
    if (file->host_fd < 0) {
        return 0;
    }
    if (!file->is_regular) {
        /* Taking bytes from a pipe is seen on the other side. */
        const int status = wait_turn(files, file, POLLIN);

        if (status < 0) {
            return status;
        }
    }
    got = offset < 0 ? read(file->host_fd, to, bytes) : pread(file->host_fd, to, bytes, offset);
    return got < 0 ? -errno : got;
}

/* What a guest prints is its user's, who hears of it even where the guest does not care. */
static int64_t fail_write(struct files *files, const struct file *file, int error)
{
    if (file->host_name != NULL && files->loss.name == NULL && error != EAGAIN && error != EINTR &&
        error != EFAULT && error != EINVAL && error != ESPIPE) {
        files->loss = (struct files_loss){file->host_name, error};
    }
    return -error;
}

struct files_loss files_loss(const struct files *files)
{
    return files->loss;
}

int64_t files_write_at(struct files *files, int fd, const void *from, size_t bytes, int64_t offset)
{
    struct file *const file = files_get(files, fd);
    ssize_t written;

    if (file == NULL) {
        return -EBADF;
    }
    if (file->host_fd < 0) {
        return (int64_t)bytes;
    }
    if (file->is_regular) {
        if (!files_before_effect(files)) {
            return -EIO;
        }
    } else {
        const int status = wait_turn(files, file, POLLOUT);

        if (status < 0) {
            return status;
        }
        bytes = bytes < FILES_PIPE_CHUNK ? bytes : FILES_PIPE_CHUNK;
    }
    written =
        offset < 0 ? write(file->host_fd, from, bytes) : pwrite(file->host_fd, from, bytes, offset);
    if (written < 0) {
        return fail_write(files, file, errno);
    }
    return written;
}

int64_t files_read(struct files *files, int fd, void *to, size_t bytes)
{
    return files_read_at(files, fd, to, bytes, -1);
}

int64_t files_write(struct files *files, int fd, const void *from, size_t bytes)
{
    return files_write_at(files, fd, from, bytes, -1);
}

int64_t files_seek(struct files *files, int fd, int64_t offset, int whence)
{
    struct file *const file = files_get(files, fd);
    off_t position;

    if (file == NULL) {
        return -EBADF;
    }
    if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END) {
        return -EINVAL;
    }
    if (file->is_directory) {
        const int64_t base = whence == SEEK_SET ? 0 : (int64_t)file->position;

        if (whence == SEEK_END || offset < -base || offset > INT32_MAX) {
            return -EINVAL;
        }
        file->position = (size_t)(base + offset);
        return base + offset;
    }
    if (file->host_fd < 0) {
        return 0;
    }
    position = lseek(file->host_fd, offset, whence);
    return position < 0 ? -errno : position;
}

int64_t files_truncate_open(struct files *files, int fd, int64_t size_bytes)
{
    struct file *const file = files_get(files, fd);

    if (file == NULL) {
        return -EBADF;
    }
    if (!file->is_regular) {
        return -EINVAL;
    }
    if (!files_before_effect(files)) {
        return -EIO;
    }
    return ftruncate(file->host_fd, size_bytes) != 0 ? -errno : 0;
}

int64_t files_change_mode_open(struct files *files, int fd, mode_t mode)
{
    const struct file *const file = files_get(files, fd);

    if (file == NULL) {
        return -EBADF;
    }
    if (!file->is_regular && !file->is_directory) {
        return -EPERM;
    }
    if (!files_before_effect(files)) {
        return -EIO;
    }
    return fchmod(file->host_fd, mode & 0777) != 0 ? -errno : 0;
}

int64_t files_status_open(struct files *files, int fd, struct file_status *status)
{
    const struct file *const file = files_get(files, fd);
    struct stat host;

    if (file == NULL) {
        return -EBADF;
    }
    if (file->host_fd < 0) {
        *status = (struct file_status){.ino = 0, .mode = S_IFCHR | 0666, .nlink = 1};
        return 0;
    }
    if (fstat(file->host_fd, &host) != 0) {
        return -errno;
    }
    if (!file->is_regular && !file->is_directory) {
        /* Whether the host gave a terminal or a pipe is no business of the guest. */
        *status = (struct file_status){.ino = 0, .mode = S_IFIFO | 0600, .nlink = 1};
        return 0;
    }
    files_fill_status(files, &host, status);
    return 0;
}
