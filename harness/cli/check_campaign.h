/* SPDX-License-Identifier: MIT */
/* The campaign of a check: every shard of every pass, each in a worker, several at once, under a
 * watchdog. A worker that crashes, hangs or is killed takes nothing of the others along. */
#ifndef CLI_CHECK_CAMPAIGN_H
#define CLI_CHECK_CAMPAIGN_H

#include "cli/check_worker.h"

enum { CHECK_MAX_JOBS = 64 };

struct check_campaign {
    struct check_worker_start start; /* with the check itself */
    unsigned jobs;                   /* workers at once; the results do not depend on it */
    unsigned timeout_seconds;        /* a DUT whose clock stands still for so long is ended */

    /* Called for every shard in order, as soon as it and all before it are there: it is the last of
     * `results`. `said` is what its worker printed; `is_last`: no more of its pass follow. */
    void (*finished)(void *context, const json_t *results, const char *said, bool is_last);
    void *context;

    struct check_rtl_coverage *rtl_coverage; /* where DUT_COVERAGE's counts add up */

    /* Results of check_pass_json in order, up to the first that ends the campaign. */
    json_t *results;
    bool is_complete; /* every shard of every pass is there */
};

/* Runs it; false with an error where not even a worker can be started. `results` is the caller's to
 * release, also after an error. */
bool check_campaign_run(struct check_campaign *campaign, struct error *error);

/* Ends the campaign that runs now; what was not done is CHECK_INTERRUPTED. Async-signal-safe. */
void check_campaign_interrupt(void);

#endif
