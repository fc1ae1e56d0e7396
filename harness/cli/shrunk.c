/* SPDX-License-Identifier: MIT */
#include "cli/shrunk.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/rtl_options.h"
#include "sink/mismatch.h"
#include "source/shrink.h"
#include "source/waveform.h"

static bool read_seeds(const char *path, uint64_t *seed, uint64_t *noise_seed, struct error *error)
{
    struct trace_reader *const reader = trace_reader_open(path, error);

    if (reader == NULL) {
        return false;
    }
    *seed = trace_reader_header(reader)->seed;
    *noise_seed = trace_reader_header(reader)->noise_seed;
    trace_reader_close(reader);
    return true;
}

/* The trace as a timeline. */
static bool load(struct shrink *shrink, const char *path, struct testbench *bench,
                 struct error *error)
{
    bool is_loaded;

    if (!testbench_init(bench, ENGINE_LOCKSTEP, shrink->machine, shrink->library, NULL, error)) {
        return false;
    }
    is_loaded = timeline_from_trace(&shrink->timeline, path, bench, error);
    testbench_end(bench);
    return is_loaded;
}

static void set_path(char **path, const char *prefix, const char *suffix)
{
    if (asprintf(path, "%s.shrunk.%s", prefix, suffix) < 0) {
        *path = NULL;
    }
}

/* The page, the trace and the waveform of what is left. */
static bool report(struct shrink *shrink, const struct disagreement *disagreement, uint64_t seed,
                   struct testbench *bench, struct disagreement_shrunk *shrunk, struct error *error)
{
    char signature[SIGNATURE_TEXT];
    char *path = NULL;
    uint64_t end_time;
    bool is_played;

    set_path(&path, disagreement->prefix, "trace");
    if (path == NULL) {
        return error_set(error, "out of memory");
    }
    is_played =
        shrink_play(shrink, bench, path, disagreement->command != NULL ? disagreement->command : "",
                    seed, error);
    if (!is_played) {
        testbench_end(bench);
        free(path);
        return false;
    }
    shrunk->trace = path;
    shrunk->replay_command = rtl_replay_command(disagreement->source, path);
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
    testbench_end(bench);
    set_path(&path, disagreement->prefix, "fst");
    if (path == NULL) {
        return error_set(error, "out of memory");
    }
    if (!waveform_write(shrunk->trace, disagreement->source, path, &end_time, error)) {
        free(path);
        return false;
    }
    shrunk->waveform = path;
    fprintf(stderr, "Waveform: %s (cycle %" PRIu64 " begins at time %" PRIu64 ")\n", path,
            bench->cycle, end_time);
    return true;
}

void shrunk_report(const struct disagreement *disagreement, struct disagreement_files *files)
{
    struct testbench *const bench = malloc(sizeof(*bench));
    struct shrink shrink = {
        .machine = disagreement->bench->machine,
        .library = disagreement->library,
        .budget_cycles = disagreement->shrink_cycles,
    };
    struct error error;
    uint64_t seed;

    signature_of(disagreement->bench, &shrink.signature);
    if (bench == NULL) {
        cli_error("not made small: out of memory");
    } else if (!read_seeds(files->trace, &seed, &shrink.noise_seed, &error) ||
               !load(&shrink, files->trace, bench, &error) || !shrink_run(&shrink, &error) ||
               !report(&shrink, disagreement, seed, bench, &files->shrunk, &error)) {
        cli_error("%s", error.text);
    }
    timeline_free(&shrink.timeline);
    free(bench);
}
