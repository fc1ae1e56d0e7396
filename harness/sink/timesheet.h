/* SPDX-License-Identifier: MIT */
/* Whose cycles they were: of every process by purpose, and what each switch took. Every cycle of
 * the run is in it once: before the first mark nobody LOADs. */
#ifndef SINK_TIMESHEET_H
#define SINK_TIMESHEET_H

#include "lockstep/testbench.h"

struct timesheet;

struct timesheet_process {
    uint64_t cycles[ACCOUNT_PURPOSES];
    uint64_t first_user_cycle; /* UINT64_MAX: it never ran */
    uint64_t last_cycle;       /* after its last as USER or CALL: its end, when it has one; or 0 */
};

struct timesheet_total {
    uint64_t cycles[ACCOUNT_PURPOSES]; /* of all processes and of nobody */
    struct timesheet_switches {
        uint64_t count;
        uint64_t median_cycles, p99_cycles; /* 0 where there was none */
    } switches, selections;                 /* ACCOUNT_SWITCH, ACCOUNT_SELECT */
};

/* Numbers of processes are dense, from 0; those from here on count as nobody's. */
enum { TIMESHEET_PROCESSES = 1 << 20 };

/* NULL when memory ran out. */
struct timesheet *timesheet_new(void);
void timesheet_free(struct timesheet *timesheet);

/* The machine works for (process, purpose) from `cycle` on, which is never less than before. Equal
 * neighbours are one interval, but each mark of a SWITCH or SELECT begins a new one. */
void timesheet_mark(struct timesheet *timesheet, uint64_t cycle, uint32_t process,
                    enum account_purpose purpose);
/* Cycles run: closes the last interval, before the figures are read. */
void timesheet_end(struct timesheet *timesheet, uint64_t cycle);

/* Add it to one testbench: marks by what the stream says. The end is for the owner to say. */
struct sink timesheet_sink(struct timesheet *timesheet);

/* A process that was never seen has zeros and no first cycle. ACCOUNT_NOBODY is a process too.
 * Valid until the next mark. */
const struct timesheet_process *timesheet_process(const struct timesheet *timesheet,
                                                  uint32_t process);
struct timesheet_total timesheet_total(const struct timesheet *timesheet);

/* False when memory ran out while counting: cycles of some processes are nobody's, or some switches
 * are missing in the median. */
bool timesheet_is_complete(const struct timesheet *timesheet);

/* Whose the cycles are now, until timesheet_end; ACCOUNT_NOBODY: nobody's. */
uint32_t timesheet_current(const struct timesheet *timesheet);

/* "user", "call", ... */
const char *account_purpose_name(enum account_purpose purpose);

#endif
