/* SPDX-License-Identifier: MIT */
#include "cli/replay_transactions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/disagreement.h"
#include "source/timeline.h"

/* Plays the stimulus once, on the shared testbench. False with an error when it cannot begin. */
static bool play(const struct replay_transactions *replay, struct timeline *timeline,
                 struct error *error)
{
    struct replay_shared *const shared = replay->shared;
    const struct timeline_manner manner = {
        .noise_seed = timeline->noise_seed,
        .tail_cycles = replay->setup.response_timeout_cycles + 1,
        .limits = replay->setup.limits,
        .shown = &shared->in,
    };

    if (!trial_begin(&shared->bench, &shared->transaction, &replay->setup, error)) {
        return false;
    }
    shared->bench.cycle = timeline->first_cycle;
    shared->phase = REPLAY_CLOCKING;
    timeline_play(timeline, &shared->bench, &manner);
    shared->phase = REPLAY_REPORTING;
    return true;
}

/* Plays it once more, recording. */
static bool record(const struct replay_transactions *replay, struct timeline *timeline,
                   const char *path, struct error *error)
{
    struct trial *const trial = malloc(sizeof(*trial));
    const struct timeline_manner manner = {.noise_seed = timeline->noise_seed,
                                           .limits = replay->setup.limits};
    bool is_recorded = false;

    if (trial == NULL) {
        return error_set(error, "%s: out of memory", path);
    }
    if (trial_begin(&trial->bench, &trial->transaction, &replay->setup, error)) {
        trial->bench.cycle = timeline->first_cycle;
        is_recorded =
            timeline_record(timeline, &trial->bench, &manner, path, replay->command, error);
        testbench_end(&trial->bench);
    }
    free(trial);
    return is_recorded;
}

static int show(const struct replay_transactions *replay, struct timeline *timeline)
{
    struct disagreement disagreement = {
        .bench = &replay->shared->bench,
        .setup = replay->setup,
        .source = replay->source,
        .command = replay->command,
        .replay_options = replay->replay_options,
        .shrink_cycles = replay->shrink_cycles,
        .pulse = &replay->shared->pulse,
    };
    struct error error;
    char *path = NULL;

    if (replay->save != NULL && asprintf(&path, "%s.trace", replay->save) > 0) {
        if (record(replay, timeline, path, &error)) {
            disagreement.prefix = replay->save;
            disagreement.shown_prefix = replay->shown_save;
        } else {
            cli_error("%s", error.text);
        }
        free(path);
    }
    replay->shared->phase = REPLAY_SHRINKING;
    disagreement_report(&disagreement, NULL);
    return CLI_DISAGREED;
}

int replay_by_transactions(const struct replay_transactions *replay)
{
    struct testbench *const bench = &replay->shared->bench;
    struct timeline timeline = {0};
    struct error error;
    int status = CLI_ERROR;

    if (!timeline_from_trace(&timeline, replay->path, &error) ||
        !timeline_fits(&timeline, replay->setup.limits, &replay->setup.machine->mmu, &error) ||
        !play(replay, &timeline, &error)) {
        cli_error("%s", error.text);
    } else {
        if (bench->verdict != TESTBENCH_AGREED) {
            status = show(replay, &timeline);
        } else {
            status = CLI_AGREED;
            printf("%s: %zu requests, offered again each until it was accepted\n"
                   "by transactions: model and RTL agreed in %" PRIu64 " cycles\n",
                   replay->path, timeline_request_count(&timeline),
                   bench->cycle - timeline.first_cycle);
        }
        testbench_end(bench);
    }
    timeline_free(&timeline);
    return status;
}
