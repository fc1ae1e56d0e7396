/* SPDX-License-Identifier: MIT */
#include "os/abi_linux.h"

enum { LINUX_CALLS = 512 };

/* Calls that succeed and change nothing that a guest could see. */
static int64_t succeed(struct process *process, const uint32_t argument[6])
{
    (void)process;
    (void)argument;
    return 0;
}

static int64_t yield(struct process *process, const uint32_t argument[6])
{
    (void)argument;
    process->has_yielded = true;
    return 0;
}

/* Calls whose callers know what to do without them. */
static int64_t refuse(struct process *process, const uint32_t argument[6])
{
    (void)process;
    (void)argument;
    return -ENOSYS;
}

/* There is one process. */
static int64_t refuse_fork(struct process *process, const uint32_t argument[6])
{
    (void)process;
    (void)argument;
    return -EAGAIN;
}

static int64_t refuse_privilege(struct process *process, const uint32_t argument[6])
{
    (void)process;
    (void)argument;
    return -EPERM;
}

static linux_handler *const handlers[LINUX_CALLS] = {
#define X(number, name) [number] = linux_##name,
    LINUX_FILE_CALLS(X) LINUX_NAME_CALLS(X) LINUX_STATUS_CALLS(X) LINUX_MEMORY_CALLS(X)
        LINUX_TIME_CALLS(X) LINUX_PROCESS_CALLS(X) LINUX_SIGNAL_CALLS(X)
#undef X
            [24] = succeed, /* getuid: the guest is root in its own little world */
    [47] = succeed,         /* getgid */
    [49] = succeed,         /* geteuid */
    [50] = succeed,         /* getegid */
    [199] = succeed,        /* getuid32 */
    [200] = succeed,        /* getgid32 */
    [201] = succeed,        /* geteuid32 */
    [202] = succeed,        /* getegid32 */
    [205] = succeed,        /* getgroups32: none */
    [36] = succeed,         /* sync */
    [57] = succeed,         /* setpgid */
    [118] = succeed,        /* fsync */
    [143] = succeed,        /* flock: nobody else is there */
    [148] = succeed,        /* fdatasync */
    [150] = succeed,        /* mlock: nothing is ever paged out */
    [151] = succeed,        /* munlock */
    [158] = yield,          /* sched_yield */
    [186] = succeed,        /* sigaltstack */
    [250] = succeed,        /* fadvise64 */
    [272] = succeed,        /* fadvise64_64 */
    [311] = succeed,        /* set_robust_list */

    [11] = refuse,  /* execve */
    [187] = refuse, /* sendfile */
    [239] = refuse, /* sendfile64 */
    [377] = refuse, /* copy_file_range */
    [384] = refuse, /* arch_prctl */
    [386] = refuse, /* rseq */

    [2] = refuse_fork,   /* fork */
    [120] = refuse_fork, /* clone */
    [190] = refuse_fork, /* vfork */
    [435] = refuse_fork, /* clone3 */

    [14] = refuse_privilege,  /* mknod */
    [21] = refuse_privilege,  /* mount */
    [61] = refuse_privilege,  /* chroot */
    [66] = refuse_privilege,  /* setsid: it leads its group */
    [297] = refuse_privilege, /* mknodat */
};

static enum abi_result call(struct process *process, enum guest_event_kind kind)
{
    uint32_t *const reg = process->cpu->reg;
    const uint32_t number = reg[GUEST_EAX];
    const uint32_t argument[6] = {reg[GUEST_EBX], reg[GUEST_ECX], reg[GUEST_EDX],
                                  reg[GUEST_ESI], reg[GUEST_EDI], reg[GUEST_EBP]};
    int64_t result;

    (void)kind;
    if (number < LINUX_CALLS && handlers[number] != NULL) {
        result = handlers[number](process, argument);
    } else {
        process_unknown_call(process, number);
        result = -ENOSYS;
    }
    if (result == -EPIPE) {
        linux_break_pipe(process);
    }
    if (process->has_exited) {
        return ABI_EXITED;
    }
    if (process->signal != 0) {
        return ABI_KILLED;
    }
    reg[GUEST_EAX] = (uint32_t)result;
    return ABI_CONTINUE;
}

static int reads(struct process *process, enum guest_event_kind kind)
{
    const uint32_t *const reg = process->cpu->reg;

    (void)kind;
    switch (reg[GUEST_EAX]) {
    case 3:   /* read */
    case 145: /* readv */
    case 180: /* pread64 */
        return (int)reg[GUEST_EBX];
    default:
        return -1;
    }
}

const struct abi abi_linux = {
    .name = "linux",
    .isa = GUEST_I386,
    .start = linux_start,
    .call = call,
    .reads = reads,
};
