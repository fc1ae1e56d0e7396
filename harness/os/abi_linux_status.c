/* SPDX-License-Identifier: MIT */
/* What a Linux program is told of files: status, file system, entries of a directory. */
#include <stddef.h>
#include <string.h>

#include "os/abi_linux.h"

enum { DEVICE = 1, BLOCK_BYTES = 4096, SECTOR_BYTES = 512 };

/* struct stat64 of i386: 64-bit members are aligned to 4 bytes there. */
struct __attribute__((packed)) stat64 {
    uint64_t device;
    uint32_t padding_1;
    uint32_t short_ino;
    uint32_t mode;
    uint32_t nlink;
    uint32_t user;
    uint32_t group;
    uint64_t special_device;
    uint32_t padding_2;
    int64_t size_bytes;
    uint32_t block_bytes;
    uint64_t sectors;
    uint32_t times[6]; /* of access, modification and change: seconds, nanoseconds */
    uint64_t ino;
};
_Static_assert(sizeof(struct stat64) == 96, "struct stat64 of i386");

struct statx_time {
    int64_t seconds;
    uint32_t nanoseconds;
    int32_t padding;
};

struct statx_buffer {
    uint32_t mask;
    uint32_t block_bytes;
    uint64_t attributes;
    uint32_t nlink;
    uint32_t user;
    uint32_t group;
    uint16_t mode;
    uint16_t padding;
    uint64_t ino;
    uint64_t size_bytes;
    uint64_t sectors;
    uint64_t attributes_mask;
    struct statx_time times[4];
    uint32_t special_major;
    uint32_t special_minor;
    uint32_t device_major;
    uint32_t device_minor;
    uint64_t reserved[14];
};
_Static_assert(sizeof(struct statx_buffer) == 256, "struct statx");

struct __attribute__((packed)) statfs64 {
    uint32_t type;
    uint32_t block_bytes;
    uint64_t blocks;
    uint64_t free_blocks;
    uint64_t available_blocks;
    uint64_t files;
    uint64_t free_files;
    uint32_t id[2];
    uint32_t name_bytes;
    uint32_t fragment_bytes;
    uint32_t flags;
    uint32_t reserved[4];
};
_Static_assert(sizeof(struct statfs64) == 84, "struct statfs64 of i386");

static uint64_t sectors_of(const struct file_status *status)
{
    return (status->size_bytes + SECTOR_BYTES - 1) / SECTOR_BYTES;
}

static int64_t give_stat64(struct process *process, uint32_t vaddr,
                           const struct file_status *status)
{
    const struct stat64 answer = {
        .device = DEVICE,
        .short_ino = (uint32_t)status->ino,
        .mode = status->mode,
        .nlink = status->nlink,
        .size_bytes = (int64_t)status->size_bytes,
        .block_bytes = BLOCK_BYTES,
        .sectors = sectors_of(status),
        .times = {PROCESS_EPOCH_S, 0, PROCESS_EPOCH_S, 0, PROCESS_EPOCH_S, 0},
        .ino = status->ino,
    };

    return linux_give(process, vaddr, &answer, sizeof(answer));
}

/* The status of a path, or of the descriptor itself where that is asked for. */
static int64_t status_at(struct process *process, int directory, uint32_t path_vaddr,
                         uint32_t flags, struct file_status *status)
{
    char path[FILES_PATH_BYTES];
    const int64_t failure = linux_read_path(process, path_vaddr, path);

    if (failure < 0) {
        return failure;
    }
    if (path[0] == '\0' && (flags & LINUX_AT_EMPTY_PATH)) {
        return directory == FILES_AT_CWD
                   ? files_status(process->files, directory, ".", true, status)
                   : files_status_open(process->files, directory, status);
    }
    return files_status(process->files, directory, path, !(flags & LINUX_AT_SYMLINK_NOFOLLOW),
                        status);
}

int64_t linux_fstatat64(struct process *process, const uint32_t argument[6])
{
    struct file_status status;
    const int64_t failure = status_at(process, (int)argument[0], argument[1], argument[3], &status);

    return failure < 0 ? failure : give_stat64(process, argument[2], &status);
}

int64_t linux_stat64(struct process *process, const uint32_t argument[6])
{
    const uint32_t at[6] = {(uint32_t)FILES_AT_CWD, argument[0], argument[1], 0};

    return linux_fstatat64(process, at);
}

int64_t linux_lstat64(struct process *process, const uint32_t argument[6])
{
    const uint32_t at[6] = {(uint32_t)FILES_AT_CWD, argument[0], argument[1],
                            LINUX_AT_SYMLINK_NOFOLLOW};

    return linux_fstatat64(process, at);
}

int64_t linux_fstat64(struct process *process, const uint32_t argument[6])
{
    struct file_status status;
    const int64_t failure = files_status_open(process->files, (int)argument[0], &status);

    return failure < 0 ? failure : give_stat64(process, argument[1], &status);
}

int64_t linux_statx(struct process *process, const uint32_t argument[6])
{
    enum { BASIC_STATS = 0x7FF };
    const struct statx_time start = {PROCESS_EPOCH_S, 0, 0};
    struct file_status status;
    struct statx_buffer answer;
    const int64_t failure = status_at(process, (int)argument[0], argument[1], argument[2], &status);

    if (failure < 0) {
        return failure;
    }
    answer = (struct statx_buffer){
        .mask = BASIC_STATS,
        .block_bytes = BLOCK_BYTES,
        .nlink = status.nlink,
        .mode = (uint16_t)status.mode,
        .ino = status.ino,
        .size_bytes = status.size_bytes,
        .sectors = sectors_of(&status),
        .times = {start, start, start, start},
        .device_minor = DEVICE,
    };
    return linux_give(process, argument[4], &answer, sizeof(answer));
}

static int64_t give_statfs64(struct process *process, uint32_t bytes, uint32_t vaddr)
{
    const struct statfs64 answer = {
        .type = 0xEF53, /* ext2: a name that programs know */
        .block_bytes = BLOCK_BYTES,
        .blocks = 1 << 20,
        .free_blocks = 1 << 19,
        .available_blocks = 1 << 19,
        .files = 1 << 20,
        .free_files = 1 << 19,
        .name_bytes = 255,
        .fragment_bytes = BLOCK_BYTES,
    };

    return bytes != sizeof(answer) ? -EINVAL : linux_give(process, vaddr, &answer, sizeof(answer));
}

int64_t linux_statfs64(struct process *process, const uint32_t argument[6])
{
    struct file_status status;
    const int64_t failure = status_at(process, FILES_AT_CWD, argument[0], 0, &status);

    return failure < 0 ? failure : give_statfs64(process, argument[1], argument[2]);
}

int64_t linux_fstatfs64(struct process *process, const uint32_t argument[6])
{
    struct file_status status;
    const int64_t failure = files_status_open(process->files, (int)argument[0], &status);

    return failure < 0 ? failure : give_statfs64(process, argument[1], argument[2]);
}

/* struct linux_dirent64; the name follows. */
struct __attribute__((packed)) directory_entry {
    uint64_t ino;
    int64_t next_offset;
    uint16_t record_bytes;
    uint8_t type;
    char name[256];
};

int64_t linux_getdents64(struct process *process, const uint32_t argument[6])
{
    const int fd = (int)argument[0];
    uint32_t done = 0;

    for (;;) {
        struct directory_entry record = {0};
        struct file_entry entry;
        const int64_t found = files_entry(process->files, fd, &entry);
        size_t bytes;

        if (found <= 0) {
            return found < 0 && done == 0 ? found : (int64_t)done;
        }
        bytes = offsetof(struct directory_entry, name) + strlen(entry.name) + 1;
        bytes = (bytes + 7) & ~(size_t)7;
        if (bytes > argument[2] - done) {
            return done > 0 ? (int64_t)done : -EINVAL;
        }
        record.ino = entry.ino;
        record.next_offset = files_seek(process->files, fd, 0, 1 /* SEEK_CUR */) + 1;
        record.record_bytes = (uint16_t)bytes;
        record.type = entry.type;
        strncpy(record.name, entry.name, sizeof(record.name) - 1);
        if (!process_write(process, argument[1] + done, &record, bytes)) {
            return done > 0 ? (int64_t)done : -EFAULT;
        }
        files_entry_next(process->files, fd);
        done += (uint32_t)bytes;
    }
}
