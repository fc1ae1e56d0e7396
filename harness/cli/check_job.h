/* SPDX-License-Identifier: MIT */
/* One worker of a campaign at its work, and the watchdog that looks at it. */
#ifndef CLI_CHECK_JOB_H
#define CLI_CHECK_JOB_H

#include "cli/check_result.h"

/* A worker and what it works on. */
struct check_job {
    struct check_worker worker; /* pid 0: none */
    size_t number;              /* of the shard, in the order of the results */
    bool is_explaining;         /* the failure `index` of the shard, which has ended */
    size_t index;
    struct check_pass *planned;
    struct check_end end;
    size_t said_length;
    uint64_t last_cycle;
    enum check_phase last_phase;
    double still_seconds; /* that neither has changed */
};

/* Takes what the worker has printed. */
void check_job_listen(struct check_job *job);

/* Ends the worker when it has stood still for too long; `seconds` have passed since the last call.
 * For a cycle of the RTL `timeout_seconds` are too long. */
void check_job_watch(struct check_job *job, const struct check *check, unsigned timeout_seconds,
                     double seconds);

void check_job_kill(struct check_job *job, enum check_kill reason);

/* Asks the worker to end: a build by signal, a run by its flag; and does not wait long. */
void check_job_ask_to_stop(struct check_job *job);

#endif
