/* SPDX-License-Identifier: MIT */
/* For whom and for what the machine works: every cycle is somebody's. The supervisor says here what
 * it is about to do; the marks go down the stream, and the clock's side adds up the cycles
 * (sink/timesheet.h). Where nothing is clocked (engine translate), requests and idle cycles are
 * counted instead.
 */
#ifndef OS_ACCOUNTS_H
#define OS_ACCOUNTS_H

#include "sink/memory_log.h"
#include "sink/timesheet.h"
#include "source/target.h"

struct accounts {
    struct target *target;
    struct timesheet *sheet; /* written from here only where there is no clock */
    struct memory_log *log;  /* stamped likewise */
    uint32_t process;        /* now */
    enum account_purpose purpose;
    uint64_t idle_cycles; /* so far */
};

/* All of them live at least as long. The machine works for nobody at first. */
void accounts_init(struct accounts *accounts, struct target *target, struct timesheet *sheet,
                   struct memory_log *log);

/* From here on the machine works for `process`. Nothing when it does so already, except that each
 * switch begins anew. */
void accounts_enter(struct accounts *accounts, uint32_t process, enum account_purpose purpose);

/* The same process, another purpose; the answer is the purpose before. */
enum account_purpose accounts_turn(struct accounts *accounts, enum account_purpose purpose);

/* Here the event happened that memory_log_place or memory_log_remove numbered. */
void accounts_event(struct accounts *accounts, uint32_t event);

/* The machine's time in cycles. Waits until everything so far is clocked. */
uint64_t accounts_now(struct accounts *accounts);

/* Nobody can run for so long. */
void accounts_idle(struct accounts *accounts, uint64_t cycles);

/* The run is over. */
void accounts_end(struct accounts *accounts);

#endif
