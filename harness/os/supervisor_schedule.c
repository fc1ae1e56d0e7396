/* SPDX-License-Identifier: MIT */
/* Who runs next: in turn, by number; and the switch to it. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "os/supervisor_internal.h"

/* --- waiting --- */

/* What a task waits for has come about. */
static void look_at_waits(struct task *task)
{
    struct process *const process = &task->process;

    if (task->waits_for >= 0 && files_waits_for(process->files, task->waits_for) < 0) {
        task->waits_for = -1;
    }
    if (process->wake_ns != 0 && process_time_ns(process) >= process->wake_ns) {
        process->wake_ns = 0;
    }
}

static bool is_waiting(const struct task *task)
{
    return task->waits_for >= 0 || task->process.wake_ns != 0;
}

/* The disk is bringing it in. Asking for the time waits for the clock: only where it matters. */
static bool is_coming(struct task *task)
{
    if (task->ready_cycle != 0 && accounts_now(&task->supervisor->accounts) >= task->ready_cycle) {
        task->ready_cycle = 0;
    }
    return task->ready_cycle != 0;
}

bool schedule_has_others(const struct supervisor *supervisor)
{
    return supervisor->alive > 1;
}

/* --- nobody can run now --- */

/* Idles until the disk has brought in the first of those that come. False when none comes. */
static bool wait_for_disk(struct supervisor *supervisor)
{
    uint64_t earliest = UINT64_MAX;
    const uint64_t now = accounts_now(&supervisor->accounts);

    for (unsigned i = 0; i < supervisor->task_count; i++) {
        const struct task *const task = supervisor->tasks[i];

        if (!task->has_ended && task->ready_cycle != 0 && !is_waiting(task) &&
            task->ready_cycle < earliest) {
            earliest = task->ready_cycle;
        }
    }
    if (earliest == UINT64_MAX) {
        return false;
    }
    if (earliest > now) {
        accounts_idle(&supervisor->accounts, earliest - now);
    }
    return true;
}

/* Lets virtual time pass until the first sleeper wakes. False when nobody sleeps. */
static bool wait_for_sleeper(struct supervisor *supervisor)
{
    const struct process *earliest = NULL;

    for (unsigned i = 0; i < supervisor->task_count; i++) {
        const struct task *const task = supervisor->tasks[i];

        if (!task->has_ended && task->process.wake_ns != 0 &&
            (earliest == NULL || task->process.wake_ns < earliest->wake_ns)) {
            earliest = &task->process;
        }
    }
    if (earliest == NULL) {
        return false;
    }
    if (earliest->wake_ns > process_time_ns(earliest)) {
        supervisor->services.slept_ns += earliest->wake_ns - process_time_ns(earliest);
    }
    return true;
}

/* Waits on the host until there is input for somebody. False when nobody waits for any. */
static bool wait_for_input(struct supervisor *supervisor)
{
    struct pollfd *const polled = calloc(supervisor->task_count + 1, sizeof(*polled));
    nfds_t count = 0;
    int ready;

    if (polled == NULL) {
        supervisor_stop(supervisor, SUPERVISOR_ERROR, "out of memory");
        return false;
    }
    for (unsigned i = 0; i < supervisor->task_count; i++) {
        const struct task *const task = supervisor->tasks[i];

        if (!task->has_ended && task->waits_for >= 0) {
            polled[count++] = (struct pollfd){
                .fd = files_waits_for(task->process.files, task->waits_for), .events = POLLIN};
        }
    }
    polled[count] = (struct pollfd){.fd = supervisor->interrupt_fd, .events = POLLIN};
    ready = count > 0 ? poll(polled, count + 1, -1) : 0;
    free(polled);
    return ready > 0 || (ready < 0 && errno == EINTR);
}

/* --- turns --- */

/* True when a task can run at once. One that lies on the disk is sent for. */
static bool can_run(struct task *task)
{
    struct supervisor *const supervisor = task->supervisor;
    struct error error;

    if (task->has_ended) {
        return false;
    }
    look_at_waits(task);
    if (is_waiting(task) || is_coming(task)) {
        return false;
    }
    if (!task->is_placed) {
        if (supervisor->swap != NULL) {
            return swap_task_in(task) && !is_coming(task);
        }
        if (!task_place(task, &error)) {
            task_fail(task, "%s", error.text);
            return false;
        }
    }
    return task->is_resident || (swap_task_in(task) && !is_coming(task));
}

static struct task *find_next(struct supervisor *supervisor)
{
    for (unsigned i = 1; i <= supervisor->task_count; i++) {
        struct task *const task =
            supervisor->tasks[(supervisor->last_number + i) % supervisor->task_count];

        if (can_run(task)) {
            return task;
        }
        if (supervisor->is_over) {
            break;
        }
    }
    return NULL;
}

struct task *schedule_next(struct supervisor *supervisor)
{
    while (!supervisor->is_over && supervisor->alive > 0) {
        struct task *const task = find_next(supervisor);

        if (atomic_load(&supervisor->is_interrupted)) {
            supervisor_stop(supervisor, SUPERVISOR_INTERRUPTED, "interrupted");
            return NULL;
        }
        if (task != NULL) {
            return task;
        }
        if (supervisor->alive > 0 && !supervisor->is_over && !wait_for_disk(supervisor) &&
            !wait_for_sleeper(supervisor) && !wait_for_input(supervisor)) {
            supervisor_stop(supervisor, SUPERVISOR_ERROR,
                            "%u processes are left, and none of them can go on", supervisor->alive);
        }
    }
    return NULL;
}

/* Where the machine has several contexts a process keeps its bank until another one needs it. */
bool schedule_switch(struct supervisor *supervisor, struct task *task, struct error *error)
{
    struct banks *const banks = &supervisor->banks;
    const uint32_t number = task->process.number;
    int bank = banks_find(banks, number);
    const bool is_loaded = bank != BANK_NONE;

    supervisor->last_number = number;
    task->last_turn = ++supervisor->turns;
    task->is_fresh = false;
    banks->pc = task->process.cpu->pc;
    if (supervisor->current == task) {
        return true;
    }
    if (!task->is_started) {
        accounts_enter(&supervisor->accounts, number, ACCOUNT_LOAD);
    } else {
        accounts_enter(&supervisor->accounts, number, is_loaded ? ACCOUNT_SELECT : ACCOUNT_SWITCH);
        *(is_loaded ? &supervisor->context_switches : &supervisor->register_switches) += 1;
        task->process.figures.switches++;
    }
    if (!is_loaded) {
        bank = (int)banks_give(banks, number);
        if (!process_write_segments(&task->process, banks, (unsigned)bank, error)) {
            return false;
        }
    }
    if (!banks_select(banks, (unsigned)bank, error)) {
        return false;
    }
    supervisor->current = task;
    return task->is_started || task_start(task, error);
}
