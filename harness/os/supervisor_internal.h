/* SPDX-License-Identifier: MIT */
/* What the files of the supervisor share. */
#ifndef OS_SUPERVISOR_INTERNAL_H
#define OS_SUPERVISOR_INTERNAL_H

#include <stdatomic.h>

#include "os/abi.h"
#include "os/supervisor.h"

/* A process with all that belongs to it. */
struct task {
    struct process process; /* first: a process of the supervisor's is its task */
    struct supervisor *supervisor;
    struct guest *guest; /* NULL once it has ended */
    const struct abi *abi;
    char **own_argv; /* of one that was spawned; freed with it */
    bool is_placed;  /* its regions exist */
    bool is_started; /* its ABI has set up stack and registers */
    bool has_ended;
    bool is_resident;     /* all its regions are in memory */
    bool is_fresh;        /* it has not run since it came in: nobody may swap it out */
    uint64_t ready_cycle; /* the disk has brought it in by then */
    uint64_t last_turn;   /* turns are counted */
    bool has_pending;     /* a call that could not go on without input, to be made again */
    enum guest_event_kind pending;
    int waits_for; /* descriptor of that input, or -1 */
    struct supervisor_process result;
};

struct supervisor_image {
    struct supervisor_image *next;
    struct image *image;
};

struct supervisor {
    struct supervisor_options options;
    struct process_services services;
    struct accounts accounts;
    struct banks banks;
    struct memory memory;
    struct swap *swap; /* NULL: no disk */
    uint64_t disk_free_cycle;
    struct disk_figures disk;
    struct supervisor_image *images;
    struct task **tasks; /* by number */
    unsigned task_count, task_capacity;
    unsigned alive;                 /* tasks that have not ended */
    _Atomic(struct task *) current; /* whose registers and bank the MMU uses; NULL: nobody's */
    unsigned last_number; /* of the one that ran last: the next in turn is the one after it */
    uint64_t turns;
    bool may_swap; /* not while the first programs are placed */
    struct random_source random;
    uint64_t compact_at; /* instructions */
    bool compacts_down;
    uint64_t context_switches, register_switches;
    /* The run is over for everybody. */
    bool is_over;
    enum supervisor_outcome over;
    char over_message[512];
    _Atomic bool is_interrupted;
    int interrupt_fd; /* readable once it is */
};

/* --- supervisor_task.c --- */

/* Adds a process for a program, with a CPU, but without memory. NULL with an error. */
struct task *task_new(struct supervisor *supervisor, const struct supervisor_program *program,
                      struct error *error);
/* Lays it out and loads it. False with an error when it does not fit. */
bool task_place(struct task *task, struct error *error);
/* Its registers are loaded: sets up its stack. */
bool task_start(struct task *task, struct error *error);
/* It is over; `task->result` says how. Gives back what it had. */
void task_end(struct task *task);
/* The same with an error of ours. */
void task_fail(struct task *task, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same when its memory is lost: it is killed. */
void task_lose(struct task *task, const char *format, ...) __attribute__((format(printf, 2, 3)));
void task_free(struct task *task);
/* Takes back the newest task, which never ran. */
void task_discard(struct task *task);

/* --- supervisor_spawn.c --- */

/* A process that a guest starts. Its pid, or -errno. */
int64_t task_spawn(struct supervisor *supervisor, struct task *parent, const char *path,
                   char *const *argv);

/* --- supervisor_schedule.c --- */

/* The next one that can run, in turn; waits where it must. NULL: nobody is left, or the run is
 * over.
 */
struct task *schedule_next(struct supervisor *supervisor);
/* Gives the MMU to a task. False with an error. */
bool schedule_switch(struct supervisor *supervisor, struct task *task, struct error *error);
/* Some other task could use the CPU now or later. */
bool schedule_has_others(const struct supervisor *supervisor);

/* --- supervisor_swap.c --- */

/* Brings in what a task lacks, putting others out as need be. True when it is on its way or there:
 * see ready_cycle. False when it must wait for others, or has been ended because it cannot be. */
bool swap_task_in(struct task *task);
/* One region of a task from the disk, which is then busy. False when there is no room, or it cannot
 * be read: `task->result.message` says why. */
bool swap_region_in(struct task *task, struct region *region);
/* The same for a region that a task which runs would share; it then waits for the disk. False, and
 * the task goes on. */
bool swap_share(struct task *task, struct region *region);
/* memory.make_room. */
bool swap_make_room(void *supervisor, const struct process *sparing);
unsigned swap_resident_count(const struct supervisor *supervisor);

/* --- supervisor.c --- */

/* Everybody stops. */
void supervisor_stop(struct supervisor *supervisor, enum supervisor_outcome outcome,
                     const char *format, ...) __attribute__((format(printf, 3, 4)));

/* --- supervisor_result.c --- */

bool supervisor_summarize(struct supervisor *supervisor, struct supervisor_result *result);

#endif
