/* SPDX-License-Identifier: MIT */
#include "cli/disagreement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/rtl_options.h"
#include "cli/shrunk.h"
#include "sink/mismatch.h"
#include "source/play.h"
#include "source/timeline.h"
#include "source/waveform.h"

/* --- does the trace repeat it? --- */

static bool clock_testbench(void *context, const struct play_cycle *cycle)
{
    return testbench_clock(context, &cycle->in, &cycle->offer) != NULL;
}

/* Requests are offered again, each until the DUT takes it. */
static bool offer_again(struct trial *trial, const struct trial_setup *setup, const char *path,
                        struct error *error)
{
    struct timeline timeline = {0};
    const bool is_read = timeline_from_trace(&timeline, path, error);

    if (is_read) {
        const struct timeline_manner manner = {.noise_seed = timeline.noise_seed,
                                               .limits = setup->limits};

        trial->bench.cycle = timeline.first_cycle;
        timeline_play(&timeline, &trial->bench, &manner);
    }
    timeline_free(&timeline);
    return is_read;
}

static const struct testbench_cycle *last_cycle(const struct testbench *bench)
{
    return &bench->history[bench->cycle % TESTBENCH_HISTORY];
}

bool disagreement_is_in_trace(const struct testbench *bench, const struct trial_setup *setup,
                              const char *trace_path, struct error *error)
{
    struct trial *const again = malloc(sizeof(*again));
    bool is_same = false;

    if (again == NULL) {
        return error_set(error, "%s: out of memory", trace_path);
    }
    if (!trial_begin(&again->bench, &again->transaction, setup, error)) {
        free(again);
        return false;
    }
    if (setup->response_timeout_cycles > 0
            ? offer_again(again, setup, trace_path, error)
            : play_trace(trace_path, clock_testbench, &again->bench, error)) {
        const struct testbench_cycle *const one = last_cycle(bench);
        const struct testbench_cycle *const two = last_cycle(&again->bench);

        is_same = again->bench.verdict == bench->verdict &&
                  outputs_equal(&one->model, &two->model) && outputs_equal(&one->dut, &two->dut);
        if (!is_same) {
            error_set(error, "%s: the cause lies before its first cycle", trace_path);
        }
    }
    testbench_end(&again->bench);
    free(again);
    return is_same;
}

/* --- the report --- */

static char *format(const char *template, const char *text)
{
    char *result;

    return asprintf(&result, template, text) < 0 ? NULL : result;
}

static char *shown_path(const struct disagreement *disagreement, const char *path)
{
    return disagreement->shown_prefix == NULL ? string_format("%s", path)
                                              : string_format("%s%s", disagreement->shown_prefix,
                                                              path + strlen(disagreement->prefix));
}

void disagreement_print_path(const struct disagreement *disagreement, const char *path)
{
    char *const shown = shown_path(disagreement, path);

    fputs(shown != NULL ? shown : path, stderr);
    free(shown);
}

char *disagreement_replay_command(const struct disagreement *disagreement, const char *path)
{
    char *const shown = shown_path(disagreement, path);
    char *const command = shown != NULL ? rtl_replay_command(disagreement->source,
                                                             disagreement->replay_options, shown)
                                        : NULL;

    free(shown);
    return command;
}

/* Saves the tail of the recording, where there is one. Whether the trace is enough to repeat the
 * disagreement. */
static bool find_trace(const struct disagreement *disagreement, struct disagreement_files *files)
{
    struct error error;
    char *const path = format("%s.trace", disagreement->prefix);

    if (path == NULL) {
        return false;
    }
    if (disagreement->recording != NULL &&
        !trace_writer_save_tail(disagreement->recording, path, &error)) {
        cli_error("%s", error.text);
        free(path);
        return false;
    }
    files->trace = path;
    if (disagreement_is_in_trace(disagreement->bench, &disagreement->setup, path, &error)) {
        free(files->replay_command);
        files->replay_command = disagreement_replay_command(disagreement, path);
        return true;
    }
    cli_error("%s", error.text);
    return false;
}

static void write_waveform(const struct disagreement *disagreement,
                           struct disagreement_files *files)
{
    struct error error;
    uint64_t end_time;
    char *const path = format("%s.fst", disagreement->prefix);

    if (path == NULL) {
        return;
    }
    if (!waveform_write(files->trace, disagreement->source,
                        disagreement->setup.is_random ? &disagreement->setup.random_seed : NULL,
                        path, &end_time, &error)) {
        cli_error("%s", error.text);
        free(path);
        return;
    }
    fputs("Waveform: ", stderr);
    disagreement_print_path(disagreement, path);
    fprintf(stderr, " (cycle %" PRIu64 " begins at time %" PRIu64 ")\n", disagreement->bench->cycle,
            end_time);
    files->waveform = path;
}

bool disagreement_report(const struct disagreement *disagreement, struct disagreement_files *files)
{
    struct disagreement_files own = {0};
    bool is_repeated = false;

    if (files == NULL) {
        files = &own;
    }
    *files = (struct disagreement_files){0};
    if (disagreement->command != NULL) {
        files->replay_command = format("%s", disagreement->command);
    }
    if (disagreement->prefix != NULL) {
        is_repeated = find_trace(disagreement, files);
    }
    mismatch_print(stderr, disagreement->bench, files->replay_command);
    if (files->trace != NULL) {
        fputs("Trace of the last cycles: ", stderr);
        disagreement_print_path(disagreement, files->trace);
        fputc('\n', stderr);
        write_waveform(disagreement, files);
    }
    if (is_repeated && disagreement->shrink_cycles > 0) {
        shrunk_report(disagreement, files);
    }
    disagreement_files_free(&own);
    return is_repeated;
}

void disagreement_files_free(struct disagreement_files *files)
{
    free(files->trace);
    free(files->waveform);
    free(files->replay_command);
    free(files->shrunk.trace);
    free(files->shrunk.waveform);
    free(files->shrunk.replay_command);
    free(files->shrunk.signature);
    *files = (struct disagreement_files){0};
}
