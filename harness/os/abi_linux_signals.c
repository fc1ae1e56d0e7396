/* SPDX-License-Identifier: MIT */
/* Signals of a Linux program: actions and masks are kept, and a signal that it sends to itself
 * takes its default action. Handlers are not run: a signal that has one is refused with ENOSYS. */
#include <string.h>

#include "os/abi_linux.h"

enum { SIGNAL_SET_BYTES = 8, ACTION_DEFAULT = 0, ACTION_IGNORE = 1 };

/* struct sigaction of the kernel, 32-bit. */
struct action32 {
    uint32_t handler;
    uint32_t flags;
    uint32_t restorer;
    uint32_t mask[2];
};

/* Signals that do nothing unless they are asked for: CHLD, CONT, URG, WINCH, and those that stop a
 * process, which has nobody to continue it. */
static bool is_harmless(uint32_t number)
{
    return (number >= 17 && number <= 23) || number == 28;
}

static int64_t raise_signal(struct process *process, uint32_t number)
{
    const struct process_action *action;

    if (number == 0) {
        return 0;
    }
    if (number > PROCESS_SIGNALS) {
        return -EINVAL;
    }
    action = &process->linux_state.actions[number - 1];
    if (action->handler == ACTION_IGNORE ||
        (action->handler == ACTION_DEFAULT && is_harmless(number))) {
        return 0;
    }
    if (action->handler != ACTION_DEFAULT) {
        return -ENOSYS;
    }
    process->signal = (int)number;
    return 0;
}

void linux_break_pipe(struct process *process)
{
    enum { SIGPIPE_NUMBER = 13 };

    if ((process->linux_state.signal_mask >> (SIGPIPE_NUMBER - 1) & 1) == 0) {
        raise_signal(process, SIGPIPE_NUMBER);
    }
}

int64_t linux_kill(struct process *process, const uint32_t argument[6])
{
    const int32_t pid = (int32_t)argument[0];

    if (pid != (int32_t)process->pid && pid != 0 && pid != -1 && pid != -(int32_t)process->pid) {
        return -ESRCH;
    }
    return raise_signal(process, argument[1]);
}

int64_t linux_tkill(struct process *process, const uint32_t argument[6])
{
    return argument[0] == process->pid ? raise_signal(process, argument[1]) : -ESRCH;
}

int64_t linux_tgkill(struct process *process, const uint32_t argument[6])
{
    return argument[0] == process->pid && argument[1] == process->pid
               ? raise_signal(process, argument[2])
               : -ESRCH;
}

int64_t linux_rt_sigaction(struct process *process, const uint32_t argument[6])
{
    enum { SIGKILL_NUMBER = 9, SIGSTOP_NUMBER = 19 };
    const uint32_t number = argument[0];
    struct process_action *action;
    struct action32 wanted;
    struct action32 old;

    if (number == 0 || number > PROCESS_SIGNALS || argument[3] != SIGNAL_SET_BYTES ||
        (argument[1] != 0 && (number == SIGKILL_NUMBER || number == SIGSTOP_NUMBER))) {
        return -EINVAL;
    }
    action = &process->linux_state.actions[number - 1];
    old = (struct action32){action->handler,
                            action->flags,
                            action->restorer,
                            {(uint32_t)action->mask, (uint32_t)(action->mask >> 32)}};
    if (argument[1] != 0 && !process_read(process, argument[1], &wanted, sizeof(wanted))) {
        return -EFAULT;
    }
    if (argument[2] != 0 && !process_write(process, argument[2], &old, sizeof(old))) {
        return -EFAULT;
    }
    if (argument[1] != 0) {
        *action = (struct process_action){
            .handler = wanted.handler,
            .flags = wanted.flags,
            .restorer = wanted.restorer,
            .mask = wanted.mask[0] | (uint64_t)wanted.mask[1] << 32,
        };
    }
    return 0;
}

int64_t linux_rt_sigprocmask(struct process *process, const uint32_t argument[6])
{
    enum { BLOCK, UNBLOCK, SETMASK };
    uint64_t *const mask = &process->linux_state.signal_mask;
    const uint64_t old_mask = *mask;
    uint64_t set = 0;

    if (argument[3] != SIGNAL_SET_BYTES || (argument[1] != 0 && argument[0] > SETMASK)) {
        return -EINVAL;
    }
    if (argument[1] != 0 && !process_read(process, argument[1], &set, sizeof(set))) {
        return -EFAULT;
    }
    if (argument[2] != 0 && !process_write(process, argument[2], &old_mask, sizeof(old_mask))) {
        return -EFAULT;
    }
    if (argument[1] != 0) {
        *mask = argument[0] == BLOCK     ? old_mask | set
                : argument[0] == UNBLOCK ? old_mask & ~set
                                         : set;
    }
    return 0;
}
