/* SPDX-License-Identifier: MIT */
/* RISC-V semihosting: "RISC-V Semihosting" 0.4 and, which it refers to, ARM's "Semihosting for
 * AArch32 and AArch64" 2.0. The operation is in a0; a1 is its parameter or points at a block of
 * 32-bit words; the answer goes to a0.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "os/abi.h"

enum { SP = 2, A0 = 10, A1 = 11 };

enum semihosting_operation {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITEC = 0x03,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_READC = 0x07,
    SYS_ISERROR = 0x08,
    SYS_ISTTY = 0x09,
    SYS_SEEK = 0x0A,
    SYS_FLEN = 0x0C,
    SYS_TMPNAM = 0x0D,
    SYS_REMOVE = 0x0E,
    SYS_RENAME = 0x0F,
    SYS_CLOCK = 0x10,
    SYS_TIME = 0x11,
    SYS_SYSTEM = 0x12,
    SYS_ERRNO = 0x13,
    SYS_GET_CMDLINE = 0x15,
    SYS_HEAPINFO = 0x16,
    SYS_EXIT = 0x18,
    SYS_EXIT_EXTENDED = 0x20,
    SYS_ELAPSED = 0x30,
    SYS_TICKFREQ = 0x31,
};

enum {
    STOPPED_APPLICATION_EXIT = 0x20026,
    NS_PER_CENTISECOND = 10000000,
    /* Handles: those of files are the descriptors. */
    HANDLE_FEATURES = 0x1000,
};

static const uint64_t ns_per_s = 1000000000;

/* The file ":semihosting-features": a magic, then a byte of flags. */
static const uint8_t features[] = {
    'S',
    'H',
    'F',
    'B',
    1 << 0 /* SYS_EXIT_EXTENDED */ | 1 << 1 /* ":tt" opens output and error apart */,
};

/* Reads the block of words at a1. */
static bool read_block(struct process *process, uint32_t *words, unsigned count)
{
    uint8_t bytes[16];

    if (!process_read(process, process->cpu->reg[A1], bytes, count * 4)) {
        process->last_error = EFAULT;
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        words[i] = (uint32_t)bytes[i * 4] | (uint32_t)bytes[i * 4 + 1] << 8 |
                   (uint32_t)bytes[i * 4 + 2] << 16 | (uint32_t)bytes[i * 4 + 3] << 24;
    }
    return true;
}

/* Notes an error of -errno and answers -1; other results stay. */
static uint32_t answer(struct process *process, int64_t result)
{
    if (result < 0) {
        process->last_error = (int)-result;
        return UINT32_MAX;
    }
    return (uint32_t)result;
}

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

static int64_t sys_open(struct process *process)
{
    uint32_t words[3]; /* name, mode, length */
    char name[FILES_PATH_BYTES];
    int status;

    if (!read_block(process, words, 3)) {
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

static int64_t sys_close(struct process *process)
{
    uint32_t handle;

    if (!read_block(process, &handle, 1)) {
        return -EFAULT;
    }
    return handle == HANDLE_FEATURES ? 0 : files_close(process->files, (int)handle);
}

static int64_t sys_write0(struct process *process)
{
    uint32_t vaddr = process->cpu->reg[A1];

    for (char character;; vaddr++) {
        if (!process_read(process, vaddr, &character, 1)) {
            return -EFAULT;
        }
        if (character == '\0') {
            return 0;
        }
        process_put(process, character);
    }
}

static int64_t sys_writec(struct process *process)
{
    char character;

    if (!process_read(process, process->cpu->reg[A1], &character, 1)) {
        return -EFAULT;
    }
    process_put(process, character);
    return 0;
}

/* The answers of SYS_WRITE and SYS_READ are the bytes that were not done. */
static int64_t sys_write(struct process *process)
{
    uint32_t words[3]; /* handle, from, bytes */
    int64_t done;

    if (!read_block(process, words, 3)) {
        return -EFAULT;
    }
    process_flush(process);
    done = abi_write_file(process, (int)words[0], words[1], words[2], -1);
    if (done < 0) {
        answer(process, done);
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

static int64_t sys_read(struct process *process)
{
    uint32_t words[3]; /* handle, to, bytes */
    int64_t done;

    if (!read_block(process, words, 3)) {
        return -EFAULT;
    }
    process_flush(process);
    done = words[0] == HANDLE_FEATURES
               ? read_features(process, words[1], words[2])
               : abi_read_file(process, (int)words[0], words[1], words[2], -1);
    if (done < 0) {
        answer(process, done);
        return words[2];
    }
    return words[2] - done;
}

static int64_t sys_readc(struct process *process)
{
    uint8_t character;
    int64_t got;

    process_flush(process);
    got = files_read(process->files, 0, &character, 1);
    return got == 1 ? character : got < 0 ? got : -EIO;
}

static int64_t sys_istty(struct process *process)
{
    uint32_t handle;
    struct file_status status;

    if (!read_block(process, &handle, 1)) {
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

static int64_t sys_seek(struct process *process)
{
    uint32_t words[2]; /* handle, position */
    int64_t position;

    if (!read_block(process, words, 2)) {
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

static int64_t sys_flen(struct process *process)
{
    uint32_t handle;
    struct file_status status;
    int64_t result;

    if (!read_block(process, &handle, 1)) {
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

static int64_t sys_tmpnam(struct process *process)
{
    uint32_t words[3]; /* buffer, identifier 0..255, size */
    char name[32];
    int length;

    if (!read_block(process, words, 3)) {
        return -EFAULT;
    }
    length = snprintf(name, sizeof(name), "/tmp/semihosting.%u", words[1] & 0xFF);
    if (words[1] > 0xFF || words[2] <= (uint32_t)length) {
        return -EINVAL;
    }
    return process_write(process, words[0], name, (size_t)length + 1) ? 0 : -EFAULT;
}

/* These two answer an errno, not -1. */
static int64_t sys_remove(struct process *process)
{
    uint32_t words[2]; /* name, length */
    char name[FILES_PATH_BYTES];
    int64_t status;

    if (!read_block(process, words, 2)) {
        return EFAULT;
    }
    status = read_name(process, words[0], words[1], name);
    return status < 0 ? -status : -files_remove(process->files, FILES_AT_CWD, name, false);
}

static int64_t sys_rename(struct process *process)
{
    uint32_t words[4]; /* old name, length, new name, length */
    char from[FILES_PATH_BYTES];
    char to[FILES_PATH_BYTES];
    int64_t status;

    if (!read_block(process, words, 4)) {
        return EFAULT;
    }
    status = read_name(process, words[0], words[1], from);
    status = status < 0 ? status : read_name(process, words[2], words[3], to);
    return status < 0 ? -status
                      : -files_rename(process->files, FILES_AT_CWD, from, FILES_AT_CWD, to);
}

/* Writes little-endian words. */
static bool write_words(struct process *process, uint32_t vaddr, const uint32_t *words,
                        unsigned count)
{
    uint8_t bytes[16];

    for (unsigned i = 0; i < count * 4; i++) {
        bytes[i] = (uint8_t)(words[i / 4] >> i % 4 * 8);
    }
    return process_write(process, vaddr, bytes, count * 4);
}

static int64_t sys_get_cmdline(struct process *process)
{
    uint32_t words[2]; /* buffer, size; the length replaces the size */
    char line[FILES_PATH_BYTES];
    size_t length = 0;

    if (!read_block(process, words, 2)) {
        return -EFAULT;
    }
    line[0] = '\0';
    /* Debian's picolibc puts a name of its own in argv[0] and this after it, so the program's name,
     * which semihosting has first, is left out. */
    for (char *const *argument = process->argv + 1; *argument != NULL; argument++) {
        const int added = snprintf(line + length, sizeof(line) - length, "%s%s",
                                   length > 0 ? " " : "", *argument);

        length += (size_t)added;
        if (length >= sizeof(line)) {
            return -E2BIG;
        }
    }
    if (words[1] <= length) {
        return -E2BIG;
    }
    words[1] = (uint32_t)length;
    return process_write(process, words[0], line, length + 1) &&
                   write_words(process, process->cpu->reg[A1], words, 2)
               ? 0
               : -EFAULT;
}

static int64_t sys_heapinfo(struct process *process)
{
    const struct layout *const layout = &process->layout;
    const uint32_t info[4] = {
        (uint32_t)process->brk,
        (uint32_t)layout->heap_limit,
        (uint32_t)layout->stack_top,
        (uint32_t)layout->stack_limit,
    };
    uint32_t block;

    if (!read_block(process, &block, 1)) {
        return -EFAULT;
    }
    return write_words(process, block, info, 4) ? 0 : -EFAULT;
}

static int64_t sys_elapsed(struct process *process)
{
    const uint64_t ticks = process_time_ns(process);
    const uint32_t words[2] = {(uint32_t)ticks, (uint32_t)(ticks >> 32)};

    return write_words(process, process->cpu->reg[A1], words, 2) ? 0 : -EFAULT;
}

/* On 32 bits SYS_EXIT has a reason and no status. */
static enum abi_result sys_exit(struct process *process)
{
    process->exit_status = process->cpu->reg[A1] == STOPPED_APPLICATION_EXIT ? 0 : 1;
    return ABI_EXITED;
}

static enum abi_result sys_exit_extended(struct process *process)
{
    uint32_t words[2]; /* reason, status */

    if (!read_block(process, words, 2)) {
        process->exit_status = 1;
    } else {
        process->exit_status = words[0] == STOPPED_APPLICATION_EXIT ? (int)(words[1] & 0xFF) : 1;
    }
    return ABI_EXITED;
}

static int64_t sys_iserror(struct process *process)
{
    uint32_t status;

    if (!read_block(process, &status, 1)) {
        return -EFAULT;
    }
    return (int32_t)status < 0;
}

/* What a1 says is carried out; the answer for a0. */
static int64_t carry_out(struct process *process, uint32_t operation)
{
    switch (operation) {
    case SYS_OPEN:
        return sys_open(process);
    case SYS_CLOSE:
        return sys_close(process);
    case SYS_WRITEC:
        return sys_writec(process);
    case SYS_WRITE0:
        return sys_write0(process);
    case SYS_WRITE:
        return sys_write(process);
    case SYS_READ:
        return sys_read(process);
    case SYS_READC:
        return sys_readc(process);
    case SYS_ISERROR:
        return sys_iserror(process);
    case SYS_ISTTY:
        return sys_istty(process);
    case SYS_SEEK:
        return sys_seek(process);
    case SYS_FLEN:
        return sys_flen(process);
    case SYS_TMPNAM:
        return sys_tmpnam(process);
    case SYS_REMOVE:
        return sys_remove(process);
    case SYS_RENAME:
        return sys_rename(process);
    case SYS_CLOCK:
        return (int64_t)(process_time_ns(process) / NS_PER_CENTISECOND & INT32_MAX);
    case SYS_TIME:
        return (int64_t)(PROCESS_EPOCH_S + process_time_ns(process) / ns_per_s);
    case SYS_SYSTEM:
        return -EPERM; /* a guest has no shell on the host */
    case SYS_ERRNO:
        return process->last_error;
    case SYS_GET_CMDLINE:
        return sys_get_cmdline(process);
    case SYS_HEAPINFO:
        return sys_heapinfo(process);
    case SYS_ELAPSED:
        return sys_elapsed(process);
    case SYS_TICKFREQ:
        return (int64_t)ns_per_s;
    default:
        process_unknown_call(process, operation);
        return -ENOSYS;
    }
}

static enum abi_result call(struct process *process, enum guest_event_kind kind)
{
    uint32_t *const reg = process->cpu->reg;
    const uint32_t operation = reg[A0];

    if (kind == GUEST_SYSCALL) {
        return abi_ecall(process);
    }
    if (operation == SYS_EXIT) {
        return sys_exit(process);
    }
    if (operation == SYS_EXIT_EXTENDED) {
        return sys_exit_extended(process);
    }
    reg[A0] = answer(process, carry_out(process, operation));
    return ABI_CONTINUE;
}

/* picolibc's start-up code sets the stack pointer itself, from __stack; others find it set. */
static bool start(struct process *process, struct error *error)
{
    (void)error;
    process->cpu->pc = process->image->entry;
    process->cpu->reg[SP] = (uint32_t)process->layout.stack_top;
    return true;
}

const struct abi abi_semihosting = {
    .name = "semihosting",
    .isa = GUEST_RV32,
    .start = start,
    .call = call,
};
