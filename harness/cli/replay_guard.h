/* SPDX-License-Identifier: MIT */
/* A watchdog for `segmmu replay`: the RTL runs in a child process, and when it hangs or crashes,
 * that is its verdict. */
#ifndef CLI_REPLAY_GUARD_H
#define CLI_REPLAY_GUARD_H

#include <stdatomic.h>

#include "cli/check_builder.h"
#include "lockstep/testbench.h"
#include "lockstep/transaction.h"

enum replay_phase {
    REPLAY_STARTING,
    REPLAY_BUILDING,
    REPLAY_CLOCKING,  /* bench.cycle must go on */
    REPLAY_REPORTING, /* files are written; the disagreement has been shown */
    REPLAY_SHRINKING, /* `pulse` must go on */
};

/* What both processes see. */
struct replay_shared {
    _Atomic enum replay_phase phase;
    volatile uint64_t pulse;
    struct mmu_in in; /* of the last cycle */
    struct testbench bench;
    struct transaction transaction;
};

/* In a file in memory, all zero: for who inherits *fd, or has it already (replay_share_again). NULL
 * with an error. */
struct replay_shared *replay_share(int *fd, struct error *error);
struct replay_shared *replay_share_again(int fd);

struct replay_guard {
    struct replay_shared *shared;
    const struct machine *machine;
    unsigned timeout_seconds;
    const char *command; /* of the whole replay */
};

/* In the child, which goes on, -1. In its parent the exit status, once the child has ended: its
 * own, or that of the RTL's verdict. */
int replay_guard(const struct replay_guard *guard);

/* The same of a child in the sandbox, which asks `builder` for builds of the source. SIGINT and
 * SIGTERM end it, and are told. */
int replay_guard_sandbox(const struct replay_guard *guard, pid_t pid, struct check_builder *builder,
                         const struct dut_source *source);

#endif
