/* SPDX-License-Identifier: MIT */
/* Who a Linux program is, what it may use, and how it ends. Every answer is the same on every
 * host. */
#include <string.h>

#include "os/abi_linux.h"

enum { PARENT_PID = 1, RLIMIT_STACK = 3, RLIMIT_NOFILE = 7, RLIMITS = 16 };

int64_t linux_exit(struct process *process, const uint32_t argument[6])
{
    process->has_exited = true;
    process->exit_status = (int)(argument[0] & 0xFF);
    return 0;
}

int64_t linux_exit_group(struct process *process, const uint32_t argument[6])
{
    return linux_exit(process, argument);
}

int64_t linux_waitpid(struct process *process, const uint32_t argument[6])
{
    (void)process;
    (void)argument;
    return -ECHILD;
}

int64_t linux_wait4(struct process *process, const uint32_t argument[6])
{
    return linux_waitpid(process, argument);
}

int64_t linux_getpid(struct process *process, const uint32_t argument[6])
{
    (void)argument;
    return process->pid;
}

int64_t linux_gettid(struct process *process, const uint32_t argument[6])
{
    return linux_getpid(process, argument);
}

int64_t linux_getpgrp(struct process *process, const uint32_t argument[6])
{
    return linux_getpid(process, argument);
}

int64_t linux_set_tid_address(struct process *process, const uint32_t argument[6])
{
    return linux_getpid(process, argument);
}

int64_t linux_getppid(struct process *process, const uint32_t argument[6])
{
    (void)process;
    (void)argument;
    return PARENT_PID;
}

int64_t linux_getpgid(struct process *process, const uint32_t argument[6])
{
    return argument[0] == 0 || argument[0] == process->pid ? (int64_t)process->pid : -ESRCH;
}

int64_t linux_getsid(struct process *process, const uint32_t argument[6])
{
    return linux_getpgid(process, argument);
}

/* Real, effective and saved: root. */
int64_t linux_getresuid32(struct process *process, const uint32_t argument[6])
{
    const uint32_t root = 0;

    for (unsigned i = 0; i < 3; i++) {
        if (!process_write(process, argument[i], &root, sizeof(root))) {
            return -EFAULT;
        }
    }
    return 0;
}

int64_t linux_getresgid32(struct process *process, const uint32_t argument[6])
{
    return linux_getresuid32(process, argument);
}

int64_t linux_uname(struct process *process, const uint32_t argument[6])
{
    static const char names[6][65] = {"Linux", "segmmu", "6.1.0", "#1", "i686", "(none)"};

    return linux_give(process, argument[0], names, sizeof(names));
}

int64_t linux_sysinfo(struct process *process, const uint32_t argument[6])
{
    struct {
        uint32_t uptime_s;
        uint32_t loads[3];
        uint32_t total_ram;
        uint32_t free_ram;
        uint32_t shared_ram;
        uint32_t buffer_ram;
        uint32_t total_swap;
        uint32_t free_swap;
        uint16_t processes;
        uint16_t padding;
        uint32_t total_high;
        uint32_t free_high;
        uint32_t unit_bytes;
        uint8_t reserved[8];
    } info = {
        .uptime_s = (uint32_t)(process_time_ns(process) / 1000000000),
        .processes = 1,
        .unit_bytes = 4096,
    };

    _Static_assert(sizeof(info) == 64, "struct sysinfo of i386");
    const uint64_t units = process->target->ram_bytes / info.unit_bytes;

    info.total_ram = units < UINT32_MAX ? (uint32_t)units : UINT32_MAX;
    info.free_ram = info.total_ram;
    return linux_give(process, argument[0], &info, sizeof(info));
}

int64_t linux_prctl(struct process *process, const uint32_t argument[6])
{
    enum { SET_NAME = 15, GET_NAME = 16, NAME_BYTES = 16 };
    char name[NAME_BYTES] = "guest";

    switch (argument[0]) {
    case SET_NAME:
        return 0;
    case GET_NAME:
        return linux_give(process, argument[1], name, sizeof(name));
    default:
        return -EINVAL;
    }
}

/* One thread: nobody is woken, and nobody will wake. */
int64_t linux_futex(struct process *process, const uint32_t argument[6])
{
    enum { WAIT = 0, WAKE = 1, COMMAND = 0x7F };
    uint32_t value;

    switch (argument[1] & COMMAND) {
    case WAKE:
        return 0;
    case WAIT:
        if (!process_read(process, argument[0], &value, sizeof(value))) {
            return -EFAULT;
        }
        return value != argument[2] ? -EAGAIN : argument[3] != 0 ? -ETIMEDOUT : -EDEADLK;
    default:
        return -ENOSYS;
    }
}

int64_t linux_sched_getaffinity(struct process *process, const uint32_t argument[6])
{
    const uint32_t first_cpu = 1;

    if (argument[1] < sizeof(first_cpu)) {
        return -EINVAL;
    }
    return process_write(process, argument[2], &first_cpu, sizeof(first_cpu))
               ? (int64_t)sizeof(first_cpu)
               : -EFAULT;
}

/* The limit of a resource; the same now and at most. */
static uint64_t limit_of(const struct process *process, uint32_t resource)
{
    switch (resource) {
    case RLIMIT_STACK:
        return process->layout.stack_top - process->layout.stack_limit;
    case RLIMIT_NOFILE:
        return FILES_MAX_OPEN;
    default:
        return UINT64_MAX;
    }
}

int64_t linux_getrlimit(struct process *process, const uint32_t argument[6])
{
    const uint64_t limit = limit_of(process, argument[0]);
    const uint32_t limit32 = limit < UINT32_MAX ? (uint32_t)limit : UINT32_MAX;
    const uint32_t limits[2] = {limit32, limit32};

    return argument[0] >= RLIMITS ? -EINVAL
                                  : linux_give(process, argument[1], limits, sizeof(limits));
}

int64_t linux_ugetrlimit(struct process *process, const uint32_t argument[6])
{
    return linux_getrlimit(process, argument);
}

int64_t linux_prlimit64(struct process *process, const uint32_t argument[6])
{
    const uint64_t limit = limit_of(process, argument[1]);
    const uint64_t limits[2] = {limit, limit};

    if (argument[0] != 0 && argument[0] != process->pid) {
        return -ESRCH;
    }
    if (argument[1] >= RLIMITS) {
        return -EINVAL;
    }
    if (argument[2] != 0) {
        return -EPERM;
    }
    return argument[3] == 0 ? 0 : linux_give(process, argument[3], limits, sizeof(limits));
}

int64_t linux_getrandom(struct process *process, const uint32_t argument[6])
{
    enum { MOST_BYTES = 1 << 16 };
    const uint32_t bytes = argument[1] < MOST_BYTES ? argument[1] : MOST_BYTES;

    for (uint32_t done = 0; done < bytes; done += sizeof(uint64_t)) {
        const uint64_t value = random_next(&process->random);
        const uint32_t left = bytes - done;

        if (!process_write(process, argument[0] + done, &value,
                           left < sizeof(value) ? left : sizeof(value))) {
            return -EFAULT;
        }
    }
    return bytes;
}
