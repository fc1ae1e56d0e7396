/* SPDX-License-Identifier: MIT */
#include "source/guest_turn.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* While the word is `value`: until somebody wakes it, or the time is up. */
static void sleep_by(struct guest_turn *turn, uint32_t value, const struct timespec *time)
{
    syscall(SYS_futex, &turn->word, FUTEX_WAIT, value, time, NULL, 0);
}

static void wake(struct guest_turn *turn)
{
    syscall(SYS_futex, &turn->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static uint32_t childs_turn(pid_t child)
{
    return (uint32_t)child | FUTEX_WAITERS;
}

/* Either side may be the first to set it. */
static void begin(struct guest_turn *turn, pid_t child)
{
    uint32_t nobody = 0;

    atomic_compare_exchange_strong(&turn->word, &nobody, childs_turn(child));
}

void guest_turn_adopt(struct guest_turn *turn)
{
    /* The kernel finds the word from an entry of a list, which is here the only one. */
    static struct robust_list entry;
    static struct robust_list_head head;

    begin(turn, getpid());
    entry.next = &head.list;
    head.list.next = &entry;
    head.futex_offset = (long)((uintptr_t)&turn->word - (uintptr_t)&entry);
    syscall(SYS_set_robust_list, &head, sizeof(head));
}

void guest_turn_yield(struct guest_turn *turn)
{
    const uint32_t parents = atomic_load(&turn->word) & ~(uint32_t)FUTEX_WAITERS;

    atomic_store(&turn->word, parents);
    wake(turn);
    while (atomic_load(&turn->word) == parents) {
        sleep_by(turn, parents, NULL);
    }
}

/* For a child whose memory is so damaged that the kernel found no list in it, or that died before
 * it had one. */
static bool is_dead(pid_t child)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

static bool await(struct guest_turn *turn, pid_t child)
{
    const struct timespec tenth = {.tv_nsec = 100L * 1000 * 1000};
    bool is_gone = false;

    while (atomic_load(&turn->word) == childs_turn(child)) {
        if (is_gone) {
            return false;
        }
        sleep_by(turn, childs_turn(child), &tenth);
        is_gone = atomic_load(&turn->word) == childs_turn(child) && is_dead(child);
    }
    return atomic_load(&turn->word) == (uint32_t)child;
}

bool guest_turn_await(struct guest_turn *turn, pid_t child)
{
    begin(turn, child);
    return await(turn, child);
}

bool guest_turn_give(struct guest_turn *turn, pid_t child)
{
    uint32_t parents = (uint32_t)child;

    if (!atomic_compare_exchange_strong(&turn->word, &parents, childs_turn(child))) {
        return false;
    }
    wake(turn);
    return await(turn, child);
}
