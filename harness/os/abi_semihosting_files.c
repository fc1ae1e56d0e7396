/* SPDX-License-Identifier: MIT */
/* Semihosting's calls on files. A handle is a descriptor of the guest's files, or HANDLE_FEATURES.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "os/abi_semihosting.h"

enum { HANDLE_FEATURES = 0x1000 };

/* The file ":semihosting-features": a magic, then a byte of flags. */
static const uint8_t features[] = {
    'S',
    'H',
    'F',
    'B',
    1 << 0 /* SYS_EXIT_EXTENDED */ | 1 << 1 /* ":tt" opens output and error apart */,
};

/* A string whose length is given, as file names come. */
static int read_name(struct process *process, uint32_t vaddr, uint32_t length, char *name)
{
    if (length >= FILES_PATH_BYTES) {
        return -ENAMETOOLONG;
    }
    if (!process_read(process, vaddr, name, length)) {
        return -EFAULT;
    }
    name[length] = '\0';
    return strlen(name) == length ? 0 : -EINVAL;
}

/* fopen's modes r, rb, r+, r+b, w, wb, w+, w+b, a, ab, a+, a+b. */
static const int open_flags[12] = {
    O_RDONLY,
    O_RDONLY,
    O_RDWR,
    O_RDWR,
    O_WRONLY | O_CREAT | O_TRUNC,
    O_WRONLY | O_CREAT | O_TRUNC,
    O_RDWR | O_CREAT | O_TRUNC,
    O_RDWR | O_CREAT | O_TRUNC,
    O_WRONLY | O_CREAT | O_APPEND,
    O_WRONLY | O_CREAT | O_APPEND,
    O_RDWR | O_CREAT | O_APPEND,
    O_RDWR | O_CREAT | O_APPEND,
};

int64_t semihosting_open(struct process *process)
{
    uint32_t words[3]; /* name, mode, length */
    char name[FILES_PATH_BYTES];
    int status;

    if (!semihosting_block(process, words, 3)) {
        return -EFAULT;
    }
    status = read_name(process, words[0], words[2], name);
    if (status < 0) {
        return status;
    }
    if (words[1] >= sizeof(open_flags) / sizeof(open_flags[0])) {
        return -EINVAL;
    }
    if (strcmp(name, ":tt") == 0) {
        return files_duplicate(process->files, words[1] < 4 ? 0 : words[1] < 8 ? 1 : 2, 3);
    }
    if (strcmp(name, ":semihosting-features") == 0) {
        process->feature_position = 0;
        return words[1] < 4 ? HANDLE_FEATURES : -EACCES;
    }
    return files_open(process->files, FILES_AT_CWD, name, open_flags[words[1]], 0666);
}

int64_t semihosting_close(struct process *process)
{
    uint32_t handle;

    if (!semihosting_block(process, &handle, 1)) {
        return -EFAULT;
    }
    return handle == HANDLE_FEATURES ? 0 : files_close(process->files, (int)handle);
}

/* The answers of SYS_WRITE and SYS_READ are the bytes that were not done. */
int64_t semihosting_write(struct process *process)
{
    uint32_t words[3]; /* handle, from, bytes */
    int64_t done;

    if (!semihosting_block(process, words, 3)) {
        return -EFAULT;
    }
    process_flush(process);
    done = abi_write_file(process, (int)words[0], words[1], words[2], -1);
    if (done < 0) {
        /* There is no SIGPIPE here that would end a program which takes no notice. */
        process->output_error = done == -EPIPE ? EPIPE : process->output_error;
        semihosting_answer(process, done);
        return words[2];
    }
    return words[2] - done;
}

static int64_t read_features(struct process *process, uint32_t vaddr, uint32_t bytes)
{
    const unsigned at = process->feature_position;
    const uint32_t left = (uint32_t)sizeof(features) - at;
    const uint32_t count = bytes < left ? bytes : left;

    if (!process_write(process, vaddr, features + at, count)) {
        return -EFAULT;
    }
    process->feature_position = at + count;
    return count;
}

int64_t semihosting_read(struct process *process)
{
    uint32_t words[3]; /* handle, to, bytes */
    int64_t done;

    if (!semihosting_block(process, words, 3)) {
        return -EFAULT;
    }
    process_flush(process);
    done = words[0] == HANDLE_FEATURES
               ? read_features(process, words[1], words[2])
               : abi_read_file(process, (int)words[0], words[1], words[2], -1);
    if (done < 0) {
        semihosting_answer(process, done);
        return words[2];
    }
    return words[2] - done;
}

int64_t semihosting_istty(struct process *process)
{
    uint32_t handle;
    struct file_status status;

    if (!semihosting_block(process, &handle, 1)) {
        return -EFAULT;
    }
    if (handle == HANDLE_FEATURES) {
        return 0;
    }
    if (files_status_open(process->files, (int)handle, &status) < 0) {
        return -EBADF;
    }
    /* Whatever the host gave as input and output is the guest's terminal. */
    return (status.mode & 0170000) == 0010000;
}

int64_t semihosting_seek(struct process *process)
{
    uint32_t words[2]; /* handle, position */
    int64_t position;

    if (!semihosting_block(process, words, 2)) {
        return -EFAULT;
    }
    if (words[0] == HANDLE_FEATURES) {
        process->feature_position =
            words[1] < sizeof(features) ? words[1] : (uint32_t)sizeof(features);
        return 0;
    }
    position = files_seek(process->files, (int)words[0], words[1], SEEK_SET);
    return position < 0 ? position : 0;
}

int64_t semihosting_flen(struct process *process)
{
    uint32_t handle;
    struct file_status status;
    int64_t result;

    if (!semihosting_block(process, &handle, 1)) {
        return -EFAULT;
    }
    if (handle == HANDLE_FEATURES) {
        return sizeof(features);
    }
    result = files_status_open(process->files, (int)handle, &status);
    return result < 0                      ? result
           : status.size_bytes > INT32_MAX ? -EOVERFLOW
                                           : (int64_t)status.size_bytes;
}

int64_t semihosting_tmpnam(struct process *process)
{
    uint32_t words[3]; /* buffer, identifier 0..255, size */
    char name[32];
    int length;

    if (!semihosting_block(process, words, 3)) {
        return -EFAULT;
    }
    length = snprintf(name, sizeof(name), "/tmp/semihosting.%u", words[1] & 0xFF);
    if (words[1] > 0xFF || words[2] <= (uint32_t)length) {
        return -EINVAL;
    }
    return process_write(process, words[0], name, (size_t)length + 1) ? 0 : -EFAULT;
}

/* These two answer an errno, not -1. */
int64_t semihosting_remove(struct process *process)
{
    uint32_t words[2]; /* name, length */
    char name[FILES_PATH_BYTES];
    int64_t status;

    if (!semihosting_block(process, words, 2)) {
        return EFAULT;
    }
    status = read_name(process, words[0], words[1], name);
    return status < 0 ? -status : -files_remove(process->files, FILES_AT_CWD, name, false);
}

int64_t semihosting_rename(struct process *process)
{
    uint32_t words[4]; /* old name, length, new name, length */
    char from[FILES_PATH_BYTES];
    char to[FILES_PATH_BYTES];
    int64_t status;

    if (!semihosting_block(process, words, 4)) {
        return EFAULT;
    }
    status = read_name(process, words[0], words[1], from);
    status = status < 0 ? status : read_name(process, words[2], words[3], to);
    return status < 0 ? -status
                      : -files_rename(process->files, FILES_AT_CWD, from, FILES_AT_CWD, to);
}
