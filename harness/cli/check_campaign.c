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
#include "cli/check_failures.h"
#include "cli/check_job.h"
#include "cli/check_rounds.h"
#include "cli/check_rtl_coverage.h"
#include "cli/check_scratch.h"
#include "cli/cli.h"

enum { POLL_MILLISECONDS = 100 };

static volatile sig_atomic_t is_interrupted;

void check_campaign_interrupt(void)
{
    is_interrupted = 1;
}

/* What is known of a shard that has ended before one ahead of it, or whose failures are being
 * explained. */
struct outcome {
    json_t *result; /* NULL: not yet */
    char *said;
    struct check_pass *planned;
    bool is_numbered; /* its failures */
    size_t index;     /* of the next failure that may have to be explained */
    unsigned waiting; /* explanations that are not there yet */
};

struct campaign_state {
    struct check_campaign *campaign;
    struct check_pass *plan; /* CHECK_PASSES */
    unsigned plan_count;
    unsigned next_pass; /* the next to start: a shard of a pass */
    uint64_t next_shard;
    struct check_job *jobs;
    struct outcome *outcomes; /* by number, of started shards */
    json_t *kinds;            /* of failures, check_failures_number */
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

static bool start_shard(struct campaign_state *state, struct check_job *job)
{
    struct check_pass *const planned = malloc(sizeof(*planned));

    if (planned == NULL || !make_room(state)) {
        free(planned);
        return error_set(state->error, "out of memory");
    }
    memcpy(planned, &state->plan[state->next_pass], sizeof(*planned));
    check_plan_shard(planned, state->campaign->start.check, state->next_shard);
    check_rounds_brief(&state->rounds, planned);
    *job = (struct check_job){.number = state->started, .planned = planned};
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

/* The shard that is told next, if failures of it wait to be explained. */
static struct outcome *unexplained(const struct campaign_state *state,
                                   struct check_failure *failure, unsigned *number)
{
    struct outcome *const outcome = &state->outcomes[state->told];

    if (is_interrupted || state->told >= state->started || !outcome->is_numbered ||
        !check_failures_next(outcome->result, &outcome->index, failure, number)) {
        return NULL;
    }
    return outcome;
}

/* One worker for each failure: with a DUT that crashes or hangs the others are not lost. */
static bool start_explaining(struct campaign_state *state, struct check_job *job)
{
    struct check_failure failure;
    unsigned number;
    struct outcome *const outcome = unexplained(state, &failure, &number);
    struct check_pass *planned;

    if (outcome == NULL) {
        return false;
    }
    planned = malloc(sizeof(*planned));
    if (planned == NULL) {
        outcome->index++;
        return false;
    }
    memcpy(planned, outcome->planned, sizeof(*planned));
    planned->explained_number = number;
    planned->explained = failure;
    *job = (struct check_job){.number = state->told,
                              .is_explaining = true,
                              .index = outcome->index++,
                              .planned = planned};
    if (!check_worker_start(&job->worker, &state->campaign->start, planned, state->error)) {
        free(planned);
        job->worker.pid = 0;
        return false;
    }
    outcome->waiting++;
    return true;
}

static void start_next(struct campaign_state *state, struct check_job *job)
{
    if (!start_explaining(state, job) && has_more(state) && !start_shard(state, job)) {
        state->is_ending = true;
    }
}

/* --- ending --- */

static bool ends_campaign(const struct campaign_state *state, enum check_verdict verdict)
{
    return (verdict == CHECK_DISAGREED && state->campaign->start.check->failures == 1) ||
           verdict == CHECK_FAILED || verdict == CHECK_INTERRUPTED;
}

static void end_at(struct campaign_state *state, size_t number)
{
    state->is_ending = true;
    state->end_number = number < state->end_number ? number : state->end_number;
}

/* What a worker left, that has ended: of a shard, or of an explanation. */
static json_t *take_result(const struct campaign_state *state, struct check_job *job)
{
    if (job->is_explaining) {
        return check_result_explanation(&job->worker, &job->end);
    }
    return check_result(&job->worker, job->planned, state->campaign->start.check, &job->end);
}

static void reap_shard(struct campaign_state *state, struct check_job *job, json_t *result)
{
    struct outcome *const outcome = &state->outcomes[job->number];

    outcome->result =
        result != NULL ? result : json_pack("{s:s}", "verdict", check_verdict_name(CHECK_LOST));
    outcome->said = job->end.said;
    outcome->planned = job->planned;
    state->done_cycles += job->planned->cycles;
    if (ends_campaign(state, check_result_verdict(outcome->result))) {
        end_at(state, job->number);
    }
}

static void reap_explanation(struct campaign_state *state, struct check_job *job,
                             json_t *explanation)
{
    struct outcome *const outcome = &state->outcomes[job->number];

    check_failures_explain(outcome->result, job->index, explanation);
    outcome->waiting--;
    free(job->end.said);
    free(job->planned);
}

static void reap(struct campaign_state *state, struct check_job *job, int status)
{
    const char *const scratch = job->worker.scratch;
    const char *const directory = job->worker.directory;
    struct error error;
    json_t *result;

    check_job_listen(job);
    job->end.status = status;
    job->end.is_sandboxed = state->campaign->start.is_sandboxed;
    result = take_result(state, job);
    if (job->worker.rtl_coverage_fd >= 0 && check_result_verdict(result) == CHECK_AGREED) {
        check_rtl_coverage_add(state->campaign->rtl_coverage, job->planned,
                               job->worker.rtl_coverage_fd);
    }
    if (scratch != NULL) {
        job->end.said = check_scratch_rename(job->end.said, scratch, directory);
        check_scratch_rename_all(result, scratch, directory);
    }
    if (!check_worker_end(&job->worker, &error)) {
        cli_error("%s", error.text);
    }
    job->worker.pid = 0;
    if (job->is_explaining) {
        reap_explanation(state, job, result);
    } else {
        reap_shard(state, job, result);
    }
}

/* --- telling --- */

static bool leaves_gap(enum check_verdict verdict)
{
    return verdict == CHECK_LOST || verdict == CHECK_NOT_RUN;
}

/* Whether all of a shard's failures are explained that came first in it. The last failure that is
 * asked for ends the campaign with its shard. */
static bool is_explained(struct campaign_state *state, struct outcome *outcome)
{
    const unsigned limit = state->campaign->start.check->failures;
    struct check_failure failure;
    unsigned number;

    if (!outcome->is_numbered) {
        check_failures_number(state->kinds, outcome->result, limit);
        outcome->is_numbered = true;
        if (json_object_size(state->kinds) >= limit) {
            end_at(state, state->told);
        }
    }
    return outcome->waiting == 0 && unexplained(state, &failure, &number) == NULL;
}

/* What was printed of a shard, and of its failures. */
static void finish(struct campaign_state *state, struct outcome *outcome, bool is_last)
{
    struct check_campaign *const campaign = state->campaign;
    char *said = check_failures_said(outcome->result, outcome->said);
    const bool is_over = check_rounds_add(&state->rounds, outcome->planned, outcome->result);

    if (is_over && state->next_pass == 0) {
        state->next_pass = 1;
        state->next_shard = 0;
    }
    state->has_gap |= leaves_gap(check_result_verdict(outcome->result));
    progress_end(&state->progress); /* which takes its line away */
    json_array_append_new(campaign->results, outcome->result);
    campaign->finished(campaign->context, campaign->results, said != NULL ? said : "",
                       is_last || is_over);
    free(said);
    free(outcome->said);
    free(outcome->planned);
    *outcome = (struct outcome){0};
}

/* What is there in order, up to the shard that ends it all. */
static void tell(struct campaign_state *state)
{
    while (state->told < state->started && state->told <= state->end_number) {
        struct outcome *const outcome = &state->outcomes[state->told];

        if (outcome->result == NULL || !is_explained(state, outcome)) {
            return;
        }
        finish(state, outcome,
               outcome->planned->shard + 1 == outcome->planned->shard_count ||
                   state->told == state->end_number);
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
    json_decref(state->kinds);
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

static void attend(struct campaign_state *state, struct check_job *job, double seconds)
{
    int status;

    check_job_listen(job);
    check_builder_attend(&job->worker.builder, &state->campaign->start.check->source);
    if (waitpid(job->worker.pid, &status, WNOHANG) == job->worker.pid) {
        reap(state, job, status);
        return;
    }
    check_job_watch(job, state->campaign->start.check, state->campaign->timeout_seconds, seconds);
    if (is_interrupted) {
        check_job_ask_to_stop(job);
    } else if (job->number > state->end_number) {
        check_job_kill(job, CHECK_KILLED_STOPPING); /* nobody asks for it any more */
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
    struct check_failure failure;
    unsigned number;

    while (is_running) {
        const double time = now();

        is_running = false;
        for (unsigned i = 0; i < jobs; i++) {
            struct check_job *const job = &state->jobs[i];

            state->is_ending |= is_interrupted != 0;
            if (job->worker.pid > 0) {
                attend(state, job, time - last);
            }
            if (job->worker.pid == 0) {
                start_next(state, job);
            }
            is_running |= job->worker.pid > 0;
        }
        last = time;
        tell(state);
        is_running |= unexplained(state, &failure, &number) != NULL || has_more(state);
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
        .kinds = json_object(),
        .end_number = SIZE_MAX,
        .error = error,
    };

    error->text[0] = '\0';
    campaign->results = json_array();
    if (state.plan == NULL || state.jobs == NULL || state.kinds == NULL ||
        campaign->results == NULL) {
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
