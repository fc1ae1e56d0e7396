/* SPDX-License-Identifier: MIT */
/* Open files of a Linux program. */
#include <fcntl.h>

#include "os/abi_linux.h"

/* Flags of open, as 32-bit x86 has them. */
enum {
    LINUX_O_WRONLY = 01,
    LINUX_O_RDWR = 02,
    LINUX_O_CREAT = 0100,
    LINUX_O_EXCL = 0200,
    LINUX_O_TRUNC = 01000,
    LINUX_O_APPEND = 02000,
    LINUX_O_NONBLOCK = 04000,
    LINUX_O_LARGEFILE = 0100000,
    LINUX_O_DIRECTORY = 0200000,
    LINUX_O_NOFOLLOW = 0400000,
    LINUX_O_CLOEXEC = 02000000,
};

enum { GATHER_BYTES = 64 << 10, MAX_VECTORS = 1024 };

static int host_flags(uint32_t flags)
{
    int host = flags & LINUX_O_WRONLY ? O_WRONLY : flags & LINUX_O_RDWR ? O_RDWR : O_RDONLY;

    host |= flags & LINUX_O_CREAT ? O_CREAT : 0;
    host |= flags & LINUX_O_EXCL ? O_EXCL : 0;
    host |= flags & LINUX_O_TRUNC ? O_TRUNC : 0;
    host |= flags & LINUX_O_APPEND ? O_APPEND : 0;
    host |= flags & LINUX_O_DIRECTORY ? O_DIRECTORY : 0;
    host |= flags & LINUX_O_NOFOLLOW ? O_NOFOLLOW : 0;
    host |= flags & LINUX_O_CLOEXEC ? O_CLOEXEC : 0;
    return host;
}

static int64_t open_file(struct process *process, int directory, uint32_t path_vaddr,
                         uint32_t flags, uint32_t mode)
{
    char path[FILES_PATH_BYTES];
    const int64_t status = linux_read_path(process, path_vaddr, path);

    return status < 0 ? status
                      : files_open(process->files, directory, path, host_flags(flags),
                                   mode & ~process->linux_state.file_mode_mask);
}

int64_t linux_open(struct process *process, const uint32_t argument[6])
{
    return open_file(process, FILES_AT_CWD, argument[0], argument[1], argument[2]);
}

int64_t linux_creat(struct process *process, const uint32_t argument[6])
{
    return open_file(process, FILES_AT_CWD, argument[0],
                     LINUX_O_WRONLY | LINUX_O_CREAT | LINUX_O_TRUNC, argument[1]);
}

int64_t linux_openat(struct process *process, const uint32_t argument[6])
{
    return open_file(process, (int)argument[0], argument[1], argument[2], argument[3]);
}

int64_t linux_close(struct process *process, const uint32_t argument[6])
{
    return files_close(process->files, (int)argument[0]);
}

int64_t linux_read(struct process *process, const uint32_t argument[6])
{
    return abi_read_file(process, (int)argument[0], argument[1], argument[2], -1);
}

int64_t linux_write(struct process *process, const uint32_t argument[6])
{
    return abi_write_file(process, (int)argument[0], argument[1], argument[2], -1);
}

/* The 64-bit offset of a call, from two registers. */
static int64_t offset_of(uint32_t low, uint32_t high)
{
    return (int64_t)((uint64_t)high << 32 | low);
}

int64_t linux_pread64(struct process *process, const uint32_t argument[6])
{
    const int64_t offset = offset_of(argument[3], argument[4]);

    return offset < 0 ? -EINVAL
                      : abi_read_file(process, (int)argument[0], argument[1], argument[2], offset);
}

int64_t linux_pwrite64(struct process *process, const uint32_t argument[6])
{
    const int64_t offset = offset_of(argument[3], argument[4]);

    return offset < 0 ? -EINVAL
                      : abi_write_file(process, (int)argument[0], argument[1], argument[2], offset);
}

/* struct iovec */
struct vector {
    uint32_t vaddr;
    uint32_t bytes;
};

static int64_t read_vectors(struct process *process, uint32_t vaddr, uint32_t count,
                            struct vector *vectors)
{
    if (count > MAX_VECTORS) {
        return -EINVAL;
    }
    return process_read(process, vaddr, vectors, count * sizeof(*vectors)) ? 0 : -EFAULT;
}

int64_t linux_readv(struct process *process, const uint32_t argument[6])
{
    struct vector vectors[MAX_VECTORS];
    const int64_t status = read_vectors(process, argument[1], argument[2], vectors);
    int64_t done = 0;

    for (uint32_t i = 0; status == 0 && i < argument[2]; i++) {
        int64_t got;

        /* Like a read: once there is something, nobody waits for more. */
        if (vectors[i].bytes == 0 ||
            (done > 0 && files_is_ready(process->files, (int)argument[0], false) <= 0)) {
            continue;
        }
        got = abi_read_file(process, (int)argument[0], vectors[i].vaddr, vectors[i].bytes, -1);
        if (got < 0) {
            return done > 0 ? done : got;
        }
        done += got;
        if (got < vectors[i].bytes) {
            break;
        }
    }
    return status < 0 ? status : done;
}

/* Small pieces are gathered, so that a line of output is one write to the host. */
int64_t linux_writev(struct process *process, const uint32_t argument[6])
{
    struct vector vectors[MAX_VECTORS];
    const int64_t status = read_vectors(process, argument[1], argument[2], vectors);
    uint8_t gathered[GATHER_BYTES];
    uint64_t total = 0;
    size_t done = 0;

    if (status < 0) {
        return status;
    }
    for (uint32_t i = 0; i < argument[2]; i++) {
        total += vectors[i].bytes;
    }
    if (total > GATHER_BYTES) {
        /* A short write is an answer: the guest calls again with what is left. */
        for (uint32_t i = 0; i < argument[2]; i++) {
            if (vectors[i].bytes > 0) {
                return abi_write_file(process, (int)argument[0], vectors[i].vaddr, vectors[i].bytes,
                                      -1);
            }
        }
    }
    for (uint32_t i = 0; i < argument[2]; i++) {
        if (!process_read(process, vectors[i].vaddr, gathered + done, vectors[i].bytes)) {
            return -EFAULT;
        }
        done += vectors[i].bytes;
    }
    for (size_t written = 0;;) {
        const int64_t now =
            files_write(process->files, (int)argument[0], gathered + written, done - written);

        if (now < 0) {
            return written > 0 ? (int64_t)written : now;
        }
        written += (size_t)now;
        if (written == done || now == 0) {
            return (int64_t)written;
        }
    }
}

int64_t linux_lseek(struct process *process, const uint32_t argument[6])
{
    const int64_t position =
        files_seek(process->files, (int)argument[0], (int32_t)argument[1], (int)argument[2]);

    return position > INT32_MAX ? -EOVERFLOW : position;
}

int64_t linux__llseek(struct process *process, const uint32_t argument[6])
{
    const int64_t position = files_seek(process->files, (int)argument[0],
                                        offset_of(argument[2], argument[1]), (int)argument[4]);

    return position < 0 ? position : linux_give(process, argument[3], &position, sizeof(position));
}

int64_t linux_dup(struct process *process, const uint32_t argument[6])
{
    return files_duplicate(process->files, (int)argument[0], 0);
}

int64_t linux_dup2(struct process *process, const uint32_t argument[6])
{
    return files_duplicate_to(process->files, (int)argument[0], (int)argument[1]);
}

int64_t linux_dup3(struct process *process, const uint32_t argument[6])
{
    int64_t fd;

    if (argument[0] == argument[1]) {
        return -EINVAL;
    }
    fd = files_duplicate_to(process->files, (int)argument[0], (int)argument[1]);
    if (fd >= 0) {
        files_set_close_on_exec(process->files, (int)fd, argument[2] & LINUX_O_CLOEXEC);
    }
    return fd;
}

int64_t linux_pipe2(struct process *process, const uint32_t argument[6])
{
    int fds[2];
    const int64_t status = files_pipe(process->files, fds);

    if (status < 0) {
        return status;
    }
    for (int i = 0; i < 2; i++) {
        files_set_close_on_exec(process->files, fds[i], argument[1] & LINUX_O_CLOEXEC);
    }
    return linux_give(process, argument[0], fds, sizeof(fds));
}

int64_t linux_pipe(struct process *process, const uint32_t argument[6])
{
    const uint32_t without_flags[6] = {argument[0]};

    return linux_pipe2(process, without_flags);
}

/* No descriptor is a terminal, whatever the host's are: the output is the same either way. */
int64_t linux_ioctl(struct process *process, const uint32_t argument[6])
{
    return files_flags(process->files, (int)argument[0]) < 0 ? -EBADF : -ENOTTY;
}

int64_t linux_fcntl(struct process *process, const uint32_t argument[6])
{
    enum {
        DUPFD = 0,
        GETFD = 1,
        SETFD = 2,
        GETFL = 3,
        SETFL = 4,
        SETLK = 6,
        SETLKW = 7,
        SETLK64 = 13,
        SETLKW64 = 14,
        DUPFD_CLOEXEC = 1030,
    };
    struct files *const files = process->files;
    const int fd = (int)argument[0];
    int64_t result = files_flags(files, fd);

    if (result < 0) {
        return result;
    }
    switch (argument[1]) {
    case DUPFD:
    case DUPFD_CLOEXEC:
        result = files_duplicate(files, fd, (int)argument[2]);
        if (result >= 0 && argument[1] == DUPFD_CLOEXEC) {
            files_set_close_on_exec(files, (int)result, true);
        }
        return result;
    case GETFD:
        return files_close_on_exec(files, fd) != 0;
    case SETFD:
        return files_set_close_on_exec(files, fd, argument[2] & 1);
    case GETFL:
        return (result & O_ACCMODE) | (result & O_APPEND ? LINUX_O_APPEND : 0) | LINUX_O_LARGEFILE;
    case SETFL:
    case SETLK:
    case SETLKW:
    case SETLK64:
    case SETLKW64:
        return 0;
    default:
        return -EINVAL;
    }
}

int64_t linux_fcntl64(struct process *process, const uint32_t argument[6])
{
    return linux_fcntl(process, argument);
}

static int64_t truncate_path(struct process *process, uint32_t path_vaddr, int64_t size_bytes)
{
    char path[FILES_PATH_BYTES];
    const int64_t status = linux_read_path(process, path_vaddr, path);

    if (status < 0) {
        return status;
    }
    return size_bytes < 0 ? -EINVAL : files_truncate(process->files, path, size_bytes);
}

int64_t linux_truncate(struct process *process, const uint32_t argument[6])
{
    return truncate_path(process, argument[0], (int32_t)argument[1]);
}

int64_t linux_truncate64(struct process *process, const uint32_t argument[6])
{
    return truncate_path(process, argument[0], offset_of(argument[1], argument[2]));
}

int64_t linux_ftruncate(struct process *process, const uint32_t argument[6])
{
    return files_truncate_open(process->files, (int)argument[0], (int32_t)argument[1]);
}

int64_t linux_ftruncate64(struct process *process, const uint32_t argument[6])
{
    return files_truncate_open(process->files, (int)argument[0],
                               offset_of(argument[1], argument[2]));
}

/* Whether the host's end of a descriptor is ready depends on the host's time; here every open one
 * is, and the read or write that follows waits. */
int64_t linux_poll(struct process *process, const uint32_t argument[6])
{
    enum { IN = 0x1, OUT = 0x4, INVALID = 0x20 };
    int64_t ready = 0;

    if (argument[1] > FILES_MAX_OPEN) {
        return -EINVAL;
    }
    for (uint32_t i = 0; i < argument[1]; i++) {
        const uint32_t vaddr = argument[0] + i * 8;
        struct {
            int32_t fd;
            uint16_t events;
            uint16_t answered;
        } polled;

        if (!process_read(process, vaddr, &polled, sizeof(polled))) {
            return -EFAULT;
        }
        polled.answered = polled.fd < 0 ? 0
                          : files_close_on_exec(process->files, polled.fd) < 0
                              ? INVALID
                              : polled.events & (IN | OUT);
        ready += polled.answered != 0;
        if (!process_write(process, vaddr, &polled, sizeof(polled))) {
            return -EFAULT;
        }
    }
    return ready;
}
