/* SPDX-License-Identifier: MIT */
#include "cli/shrunk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "sink/mismatch.h"
#include "source/shrink.h"
#include "source/waveform.h"

static void set_path(char **path, const char *prefix, const char *suffix)
{
    if (asprintf(path, "%s.shrunk.%s", prefix, suffix) < 0) {
        *path = NULL;
    }
}

/* The page, the trace and the waveform of what is left. */
static bool report(struct shrink *shrink, const struct disagreement *disagreement,
                   struct trial *trial, struct disagreement_shrunk *shrunk, struct error *error)
{
    const struct testbench *const bench = &trial->bench;
    char signature[SIGNATURE_TEXT];
    char *path = NULL;
    uint64_t end_time;
    bool is_played;

    set_path(&path, disagreement->prefix, "trace");
    if (path == NULL) {
        return error_set(error, "out of memory");
    }
    is_played =
        shrink_play(shrink, trial, path, disagreement->command != NULL ? disagreement->command : "",
                    shrink->timeline.seed, error);
    if (!is_played || !disagreement_is_in_trace(bench, &shrink->setup, path, error)) {
        testbench_end(&trial->bench);
        free(path);
        return false;
    }
    shrunk->trace = path;
    shrunk->replay_command = disagreement_replay_command(disagreement, path);
    shrunk->requests = timeline_request_count(&shrink->timeline);
    fprintf(stderr,
            "\nShrunk to %" PRIu64 " request%s in %" PRIu64 " cycles, with the signature "
            "%s (%" PRIu64 " tries%s):\n",
            shrunk->requests, shrunk->requests == 1 ? "" : "s", bench->cycle + 1,
            signature_text(&shrink->signature, signature, sizeof(signature)), shrink->tries,
            shrink->is_exhausted ? ", ended by the budget" : "");
    if (asprintf(&shrunk->signature, "%s", signature) < 0) {
        shrunk->signature = NULL;
    }
    mismatch_print(stderr, bench, shrunk->replay_command);
    testbench_end(&trial->bench);
    set_path(&path, disagreement->prefix, "fst");
    if (path == NULL) {
        return error_set(error, "out of memory");
    }
    if (!waveform_write(shrunk->trace, disagreement->source,
                        disagreement->setup.is_random ? &disagreement->setup.random_seed : NULL,
                        path, &end_time, error)) {
        free(path);
        return false;
    }
    shrunk->waveform = path;
    fputs("Waveform: ", stderr);
    disagreement_print_path(disagreement, path);
    fprintf(stderr, " (cycle %" PRIu64 " begins at time %" PRIu64 ")\n", bench->cycle, end_time);
    return true;
}

void shrunk_report(const struct disagreement *disagreement, struct disagreement_files *files)
{
    struct trial *const trial = malloc(sizeof(*trial));
    struct shrink shrink = {
        .setup = disagreement->setup,
        .budget_cycles = disagreement->shrink_cycles,
        .pulse = disagreement->pulse,
    };
    struct error error;

    signature_of(disagreement->bench, &shrink.signature);
    if (trial == NULL) {
        cli_error("not made small: out of memory");
    } else if (timeline_from_trace(&shrink.timeline, files->trace, &error)) {
        shrink.noise_seed = shrink.timeline.noise_seed;
        if (!shrink_run(&shrink, &error) ||
            !report(&shrink, disagreement, trial, &files->shrunk, &error)) {
            cli_error("%s", error.text);
        }
    } else {
        cli_error("%s", error.text);
    }
    timeline_free(&shrink.timeline);
    free(trial);
}
