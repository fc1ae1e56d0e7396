/* SPDX-License-Identifier: MIT */
/* RISC-V semihosting: "RISC-V Semihosting" 0.4 and, which it refers to, ARM's "Semihosting for
 * AArch32 and AArch64" 2.0. The operation is in a0; a1 is its parameter or points at a block of
 * 32-bit words; the answer goes to a0.
 */
#include <errno.h>
#include <stdio.h>

#include "os/abi_semihosting.h"

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
    LONGEST_STRING = 1 << 20, /* bytes of SYS_WRITE0; nobody waits for the end of 4 GB */
};

static const uint64_t ns_per_s = 1000000000;

bool semihosting_block(struct process *process, uint32_t *words, unsigned count)
{
    uint8_t bytes[16];

    if (!process_read(process, process->cpu->reg[A1], bytes, (size_t)count * 4)) {
        process->last_error = EFAULT;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        words[i] = (uint32_t)bytes[i * 4] | (uint32_t)bytes[i * 4 + 1] << 8 |
                   (uint32_t)bytes[i * 4 + 2] << 16 | (uint32_t)bytes[i * 4 + 3] << 24;
    }
    return true;
}

uint32_t semihosting_answer(struct process *process, int64_t result)
{
    if (result < 0) {
        process->last_error = (int)-result;
        return UINT32_MAX;
    }
    return (uint32_t)result;
}

static int64_t sys_write0(struct process *process)
{
    const uint32_t vaddr = process->cpu->reg[A1];

    for (uint32_t i = 0; i < LONGEST_STRING; i++) {
        char character;

        if (!process_read(process, vaddr + i, &character, 1)) {
            return -EFAULT;
        }
        if (character == '\0') {
            return 0;
        }
        process_put(process, character);
    }
    return -E2BIG;
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

static int64_t sys_readc(struct process *process)
{
    uint8_t character;
    int64_t got;

    process_flush(process);
    got = files_read(process->files, 0, &character, 1);
    return got == 1 ? character : got < 0 ? got : -EIO;
}

/* Writes little-endian words. */
static bool write_words(struct process *process, uint32_t vaddr, const uint32_t *words,
                        unsigned count)
{
    uint8_t bytes[16];

    for (unsigned i = 0; i < count * 4; i++) {
        bytes[i] = (uint8_t)(words[i / 4] >> i % 4 * 8);
    }
    return process_write(process, vaddr, bytes, (size_t)count * 4);
}

static int64_t sys_get_cmdline(struct process *process)
{
    uint32_t words[2]; /* buffer, size; the length replaces the size */
    char line[FILES_PATH_BYTES];
    size_t length = 0;

    if (!semihosting_block(process, words, 2)) {
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

    if (!semihosting_block(process, &block, 1)) {
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

    if (!semihosting_block(process, words, 2)) {
        process->exit_status = 1;
    } else {
        process->exit_status = words[0] == STOPPED_APPLICATION_EXIT ? (int)(words[1] & 0xFF) : 1;
    }
    return ABI_EXITED;
}

static int64_t sys_iserror(struct process *process)
{
    uint32_t status;

    if (!semihosting_block(process, &status, 1)) {
        return -EFAULT;
    }
    return (int32_t)status < 0;
}

/* What a1 says is carried out; the answer for a0. */
static int64_t carry_out(struct process *process, uint32_t operation)
{
    switch (operation) {
    case SYS_OPEN:
        return semihosting_open(process);
    case SYS_CLOSE:
        return semihosting_close(process);
    case SYS_WRITEC:
        return sys_writec(process);
    case SYS_WRITE0:
        return sys_write0(process);
    case SYS_WRITE:
        return semihosting_write(process);
    case SYS_READ:
        return semihosting_read(process);
    case SYS_READC:
        return sys_readc(process);
    case SYS_ISERROR:
        return sys_iserror(process);
    case SYS_ISTTY:
        return semihosting_istty(process);
    case SYS_SEEK:
        return semihosting_seek(process);
    case SYS_FLEN:
        return semihosting_flen(process);
    case SYS_TMPNAM:
        return semihosting_tmpnam(process);
    case SYS_REMOVE:
        return semihosting_remove(process);
    case SYS_RENAME:
        return semihosting_rename(process);
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
    reg[A0] = semihosting_answer(process, carry_out(process, operation));
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

static int reads(struct process *process, enum guest_event_kind kind)
{
    const uint32_t *const reg = process->cpu->reg;
    uint32_t words[1];

    if (kind == GUEST_SYSCALL) {
        return abi_ecall_reads(process);
    }
    if (reg[A0] == SYS_READC) {
        return 0;
    }
    return reg[A0] == SYS_READ && semihosting_block(process, words, 1) ? (int)words[0] : -1;
}

const struct abi abi_semihosting = {
    .name = "semihosting",
    .isa = GUEST_RV32,
    .start = start,
    .call = call,
    .reads = reads,
};
