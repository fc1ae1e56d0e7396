/* SPDX-License-Identifier: MIT */
#include "cli/check_job.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SAID_MAX_BYTES = 1 << 20, /* of what a worker prints; RTL may print in every cycle */
    REPORT_SECONDS = 600,     /* to write a failure's files */
    SHRINK_SECONDS = 60,      /* for one try of shrinking */
    STOP_SECONDS = 2,         /* for a worker that was asked to stop */
};

void check_job_listen(struct check_job *job)
{
    char block[4096];
    ssize_t count;

    if (job->worker.said_fd < 0) {
        return;
    }
    while ((count = read(job->worker.said_fd, block, sizeof(block))) > 0) {
        const size_t left = SAID_MAX_BYTES - job->said_length;
        const size_t used = (size_t)count < left ? (size_t)count : left;
        char *const said = realloc(job->end.said, job->said_length + used + 1);

        if (said != NULL) {
            memcpy(said + job->said_length, block, used);
            job->said_length += used;
            said[job->said_length] = '\0';
            job->end.said = said;
        }
    }
    if (count == 0) {
        close(job->worker.said_fd);
        job->worker.said_fd = -1;
    }
}

/* How long the worker may stand still in this phase, in seconds; 0: for ever. */
static unsigned patience(const struct check *check, unsigned timeout_seconds,
                         enum check_phase phase)
{
    switch (phase) {
    case CHECK_PHASE_CLOCKING:
        return check->engine == ENGINE_LOCKSTEP ? timeout_seconds : 0;
    case CHECK_PHASE_REPORTING:
        return REPORT_SECONDS;
    case CHECK_PHASE_SHRINKING:
        return SHRINK_SECONDS;
    default: /* tools have time limits of their own */
        return 0;
    }
}

void check_job_kill(struct check_job *job, enum check_kill reason)
{
    if (job->end.kill == CHECK_NOT_KILLED) {
        job->end.kill = reason;
        kill(job->worker.pid, SIGKILL);
    }
}

void check_job_watch(struct check_job *job, const struct check *check, unsigned timeout_seconds,
                     double seconds)
{
    const struct check_pass *const pass = job->worker.pass;
    const enum check_phase phase = pass->phase;
    /* They never go back. */
    const uint64_t cycle = *(const volatile uint64_t *)&pass->bench.cycle +
                           *(const volatile uint64_t *)&pass->segment + pass->pulse;
    const unsigned limit = patience(check, timeout_seconds, phase);

    if (cycle != job->last_cycle || phase != job->last_phase) {
        job->still_seconds = 0;
        job->last_cycle = cycle;
        job->last_phase = phase;
        return;
    }
    /* When all of us were stopped for a while, the worker had no time either. */
    job->still_seconds += seconds < 1.0 ? seconds : 1.0;
    if (limit > 0 && job->still_seconds > limit) {
        job->end.timeout_seconds = limit;
        check_job_kill(job, CHECK_KILLED_HANGING);
    }
}

void check_job_ask_to_stop(struct check_job *job)
{
    if (job->end.kill == CHECK_NOT_KILLED) {
        job->end.kill = CHECK_KILLED_STOPPING;
        job->still_seconds = 0;
        atomic_store(&job->worker.pass->stop, true);
        if (job->worker.pass->phase == CHECK_PHASE_BUILDING) {
            kill(job->worker.pid, SIGTERM);
        }
    }
    if (job->still_seconds > STOP_SECONDS) {
        kill(job->worker.pid, SIGKILL);
    }
}
