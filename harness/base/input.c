/* SPDX-License-Identifier: MIT */
#include "base/input.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int input_open(const char *path)
{
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    const int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

    if (fd >= 0 && (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0)) {
        const int reason = errno;

        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}
