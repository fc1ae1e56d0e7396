/* SPDX-License-Identifier: MIT */
#include "cli/check_campaign.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/progress.h"
#include "cli/check_result.h"
#include "cli/check_rounds.h"
#include "cli/check_rtl_coverage.h"
#include "cli/check_scratch.h"
#include "cli/cli.h"

enum {
    POLL_MILLISECONDS = 100,
    SAID_MAX_BYTES = 1 << 20, /* of what a worker prints; RTL may print in every cycle */
    REPORT_SECONDS = 600,     /* to write a disagreement's files */
    STOP_SECONDS = 2,         /* for a worker that was asked to stop */
};

static volatile sig_atomic_t is_interrupted;

void check_campaign_interrupt(void)
{
    is_interrupted = 1;
}

/* A worker and what it works on. */
struct job {
    struct check_worker worker; /* pid 0: none */
    size_t number;              /* of the shard, in the order of the results */
    struct check_pass *planned;
    struct check_end end;
    size_t said_length;
    uint64_t last_cycle;
    enum check_phase last_phase;
    double still_seconds; /* that neither has changed */
};

/* What is known of a shard that has ended before one ahead of it. */
struct outcome {
    json_t *result; /* NULL: not yet */
    char *said;
    struct check_pass *planned;
};

struct campaign_state {
    struct check_campaign *campaign;
    struct check_pass *plan; /* CHECK_PASSES */
    unsigned plan_count;
    unsigned next_pass; /* the next to start: a shard of a pass */
    uint64_t next_shard;
    struct job *jobs;
    struct outcome *outcomes; /* by number, of started shards */
    size_t started, told, capacity;
    bool has_gap;               /* of a shard there is no result */
    bool is_ending;             /* nothing more is started */
    size_t end_number;          /* a shard with a result that ends the campaign; SIZE_MAX: none */
    struct check_rounds rounds; /* of the first pass */
    struct progress progress;
    uint64_t done_cycles; /* of the shards that have ended */
    struct error *error;
};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* --- starting --- */

static bool has_more(const struct campaign_state *state)
{
    return !state->is_ending && state->next_pass < state->plan_count &&
           check_rounds_may_start(&state->rounds, &state->plan[state->next_pass],
                                  state->next_shard);
}

static bool make_room(struct campaign_state *state)
{
    if (state->started == state->capacity) {
        const size_t capacity = state->capacity * 2 + 16;
        struct outcome *const outcomes = reallocarray(state->outcomes, capacity, sizeof(*outcomes));

        if (outcomes == NULL) {
            return error_set(state->error, "out of memory");
        }
        state->outcomes = outcomes;
        state->capacity = capacity;
    }
    state->outcomes[state->started] = (struct outcome){0};
    return true;
}

static bool start_next(struct campaign_state *state, struct job *job)
{
    struct check_pass *const planned = malloc(sizeof(*planned));

    if (planned == NULL || !make_room(state)) {
        free(planned);
        return error_set(state->error, "out of memory");
    }
    memcpy(planned, &state->plan[state->next_pass], sizeof(*planned));
    check_plan_shard(planned, state->campaign->start.check, state->next_shard);
    check_rounds_brief(&state->rounds, planned);
    *job = (struct job){.number = state->started, .planned = planned};
    if (!check_worker_start(&job->worker, &state->campaign->start, planned, state->error)) {
        free(planned);
        job->worker.pid = 0;
        return false;
    }
    state->started++;
    if (++state->next_shard == planned->shard_count) {
        state->next_shard = 0;
        state->next_pass++;
    }
    return true;
}

/* --- watching --- */

static void listen_to(struct job *job)
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
static unsigned patience(const struct check_campaign *campaign, enum check_phase phase)
{
    switch (phase) {
    case CHECK_PHASE_CLOCKING:
        return campaign->start.check->engine == ENGINE_LOCKSTEP ? campaign->timeout_seconds : 0;
    case CHECK_PHASE_REPORTING:
        return REPORT_SECONDS;
    default: /* tools have time limits of their own */
        return 0;
    }
}

static void kill_worker(struct job *job, enum check_kill reason)
{
    if (job->end.kill == CHECK_NOT_KILLED) {
        job->end.kill = reason;
        kill(job->worker.pid, SIGKILL);
    }
}

static void watch(const struct campaign_state *state, struct job *job, double seconds)
{
    const struct check_pass *const pass = job->worker.pass;
    const enum check_phase phase = pass->phase;
    const uint64_t cycle = *(const volatile uint64_t *)&pass->bench.cycle;
    const unsigned limit = patience(state->campaign, phase);

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
        kill_worker(job, CHECK_KILLED_HANGING);
    }
}

/* Asks a worker to end: a build by signal, a run by its flag; and does not wait long. */
static void ask_to_stop(struct job *job)
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

static bool ends_campaign(enum check_verdict verdict)
{
    return verdict == CHECK_DISAGREED || verdict == CHECK_FAILED || verdict == CHECK_INTERRUPTED;
}

static void reap(struct campaign_state *state, struct job *job, int status)
{
    struct outcome *const outcome = &state->outcomes[job->number];
    const char *const scratch = job->worker.scratch;
    const char *const directory = job->worker.directory;
    struct error error;

    listen_to(job);
    job->end.status = status;
    job->end.is_sandboxed = state->campaign->start.is_sandboxed;
    outcome->result =
        check_result(&job->worker, job->planned, state->campaign->start.check, &job->end);
    if (job->worker.rtl_coverage_fd >= 0 && check_result_verdict(outcome->result) == CHECK_AGREED) {
        check_rtl_coverage_add(state->campaign->rtl_coverage, job->planned,
                               job->worker.rtl_coverage_fd);
    }
    if (scratch != NULL) {
        job->end.said = check_scratch_rename(job->end.said, scratch, directory);
        check_scratch_rename_all(outcome->result, scratch, directory);
    }
    if (!check_worker_end(&job->worker, &error)) {
        cli_error("%s", error.text);
    }
    outcome->said = job->end.said;
    outcome->planned = job->planned;
    state->done_cycles += job->planned->cycles;
    job->worker.pid = 0;
    if (outcome->result == NULL) {
        outcome->result = json_pack("{s:s}", "verdict", check_verdict_name(CHECK_LOST));
    }
    if (ends_campaign(check_result_verdict(outcome->result))) {
        state->is_ending = true;
        if (job->number < state->end_number) {
            state->end_number = job->number;
        }
    }
}

/* --- telling --- */

static bool leaves_gap(enum check_verdict verdict)
{
    return verdict == CHECK_LOST || verdict == CHECK_NOT_RUN;
}

/* What is there in order, up to the shard that ends it all. */
static void tell(struct campaign_state *state)
{
    struct check_campaign *const campaign = state->campaign;

    while (state->told < state->started && state->told <= state->end_number &&
           state->outcomes[state->told].result != NULL) {
        struct outcome *const outcome = &state->outcomes[state->told];
        const bool is_over = check_rounds_add(&state->rounds, outcome->planned, outcome->result);
        const bool is_last = outcome->planned->shard + 1 == outcome->planned->shard_count ||
                             state->told == state->end_number || is_over;

        state->has_gap |= leaves_gap(check_result_verdict(outcome->result));
        progress_end(&state->progress); /* which takes its line away */
        json_array_append_new(campaign->results, outcome->result);
        campaign->finished(campaign->context, campaign->results,
                           outcome->said != NULL ? outcome->said : "", is_last);
        if (is_over && state->next_pass == 0) {
            state->next_pass = 1;
            state->next_shard = 0;
        }
        free(outcome->said);
        free(outcome->planned);
        *outcome = (struct outcome){0};
        state->told++;
    }
}

static void forget(struct campaign_state *state)
{
    for (size_t i = state->told; i < state->started; i++) {
        json_decref(state->outcomes[i].result);
        free(state->outcomes[i].said);
        free(state->outcomes[i].planned);
    }
    check_rounds_end(&state->rounds);
    free(state->outcomes);
    free(state->jobs);
    free(state->plan);
}

/* --- the loop --- */

/* Waits for something to happen, a moment at most. */
static void wait_a_moment(const struct campaign_state *state)
{
    struct pollfd files[3 * CHECK_MAX_JOBS];
    nfds_t count = 0;

    for (unsigned i = 0; i < state->campaign->jobs; i++) {
        if (state->jobs[i].worker.pid > 0) {
            const struct check_worker *const worker = &state->jobs[i].worker;

            files[count++] = (struct pollfd){.fd = worker->said_fd, .events = POLLIN};
            files[count++] = (struct pollfd){.fd = worker->pid_fd, .events = POLLIN};
            files[count++] =
                (struct pollfd){.fd = check_builder_poll_fd(&worker->builder), .events = POLLIN};
        }
    }
    poll(files, count, POLL_MILLISECONDS);
}

static void attend(struct campaign_state *state, struct job *job, double seconds)
{
    int status;

    listen_to(job);
    check_builder_attend(&job->worker.builder, &state->campaign->start.check->source);
    if (waitpid(job->worker.pid, &status, WNOHANG) == job->worker.pid) {
        reap(state, job, status);
        return;
    }
    watch(state, job, seconds);
    if (is_interrupted) {
        ask_to_stop(job);
    } else if (job->number > state->end_number) {
        kill_worker(job, CHECK_KILLED_STOPPING); /* nobody asks for it any more */
    }
}

static void start_progress(struct campaign_state *state)
{
    uint64_t cycles = 0;

    for (unsigned i = 0; i < state->plan_count; i++) {
        cycles += state->plan[i].shard_count > 1 ? state->campaign->start.check->cycles
                                                 : state->plan[i].cycles;
    }
    progress_start(&state->progress, "check", "cycles", cycles);
}

static uint64_t cycles_done(const struct campaign_state *state)
{
    uint64_t cycles = state->done_cycles;

    for (unsigned i = 0; i < state->campaign->jobs; i++) {
        if (state->jobs[i].worker.pid > 0) {
            cycles += state->jobs[i].last_cycle;
        }
    }
    return cycles;
}

static void run(struct campaign_state *state)
{
    const unsigned jobs = state->campaign->jobs;
    double last = now();
    bool is_running = true;

    while (is_running) {
        const double time = now();

        is_running = false;
        for (unsigned i = 0; i < jobs; i++) {
            struct job *const job = &state->jobs[i];

            state->is_ending |= is_interrupted != 0;
            if (job->worker.pid > 0) {
                attend(state, job, time - last);
            }
            if (job->worker.pid == 0 && has_more(state) && !start_next(state, job)) {
                state->is_ending = true;
            }
            is_running |= job->worker.pid > 0;
        }
        last = time;
        tell(state);
        is_running |= has_more(state);
        if (is_running) {
            progress_update(&state->progress, cycles_done(state));
            wait_a_moment(state);
        }
    }
}

bool check_campaign_run(struct check_campaign *campaign, struct error *error)
{
    struct campaign_state state = {
        .campaign = campaign,
        .plan = calloc(CHECK_PASSES, sizeof(*state.plan)),
        .jobs = calloc(campaign->jobs, sizeof(*state.jobs)),
        .end_number = SIZE_MAX,
        .error = error,
    };

    error->text[0] = '\0';
    campaign->results = json_array();
    if (state.plan == NULL || state.jobs == NULL || campaign->results == NULL) {
        error_set(error, "out of memory");
    } else {
        state.plan_count = check_plan(campaign->start.check, state.plan);
        if (!check_rounds_begin(&state.rounds, campaign->start.check, &state.plan[0])) {
            error_set(error, "out of memory");
            state.is_ending = true;
        }
        start_progress(&state);
        run(&state);
        progress_end(&state.progress);
        campaign->is_complete =
            state.next_pass == state.plan_count && state.told == state.started && !state.has_gap;
    }
    forget(&state);
    return error->text[0] == '\0';
}
