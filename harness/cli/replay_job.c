/* SPDX-License-Identifier: MIT */
#include "cli/replay_job.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/disagreement.h"
#include "cli/replay_transactions.h"
#include "sink/mismatch.h"
#include "source/preamble.h"
#include "source/replay.h"

bool replay_job_open(struct replay_job *job)
{
    struct error error;

    job->reader = trace_reader_open(job->options.path, &error);
    if (job->reader == NULL) {
        cli_error("%s", error.text);
        return false;
    }
    job->machine = trace_reader_machine(job->reader);
    return true;
}

static int fail(const char *text)
{
    cli_error("%s", text);
    return CLI_ERROR;
}

/* The page of the first answer that is not as it was recorded. */
static int show_difference(struct replay_job *job, const struct trace_frame *frame,
                           const struct replay_difference *difference)
{
    static const char *const who[] = {
        [ENGINE_TRANSLATE] = "mmu_translate",
        [ENGINE_MODEL] = "model",
        [ENGINE_RTL] = "RTL",
        [ENGINE_LOCKSTEP] = "model and RTL",
    };
    const struct flight *const flight = difference->flight;
    char text[128];

    progress_end(&job->progress);
    fprintf(stderr, "NOT AS RECORDED in cycle %" PRIu64 " (frame %" PRIu64 " of %s)\n\n",
            difference->cycle, frame->number, job->options.path);
    if (flight != NULL) {
        fprintf(stderr, "  request  %s\n",
                request_text(&job->machine->mmu, &flight->request, text, sizeof(text)));
        fprintf(stderr, "           offered in cycle %" PRIu64 "\n", flight->offered_cycle);
        if (flight->offer.pc != 0) {
            fprintf(stderr, "           guest pc 0x%" PRIx64 "%s\n", flight->offer.pc,
                    flight->offer.supervisor ? ", sent by the supervisor" : "");
        }
        fprintf(stderr, "\n");
    }
    fprintf(stderr, "  %-13s  %18s  %18s\n", "output", "recorded", "now");
    fprintf(stderr, "  %-13s  %#18" PRIx64 "  %#18" PRIx64 "  (%s)\n", difference->port,
            difference->recorded, difference->now, who[job->options.engine]);
    if (strcmp(difference->port, "rsp_fault_o") == 0) {
        fprintf(stderr, "  %-13s  %18s  %18s\n", "", mmu_fault_name((unsigned)difference->recorded),
                mmu_fault_name((unsigned)difference->now));
    }
    fprintf(stderr, "\n  again:   %s\n", job->command);
    return CLI_DISAGREED;
}

static struct trial_setup setup_of(const struct replay_job *job, bool by_transactions)
{
    return (struct trial_setup){
        .engine = job->options.engine,
        .machine = job->machine,
        .library = job->library,
        .is_random = job->options.is_random,
        .random_seed = job->options.initial_seed,
        .response_timeout_cycles = by_transactions ? job->options.response_timeout_cycles : 0,
        .limits = job->source.limits,
    };
}

static int show_disagreement(struct replay_job *job)
{
    const struct disagreement disagreement = {
        .bench = &job->shared->bench,
        .setup = setup_of(job, false),
        .replay_options = (const char *const *)job->replay_options.items,
        .pulse = &job->shared->pulse,
        .source = &job->source,
        .command = job->command,
        .prefix = job->recording != NULL ? job->options.save : NULL,
        .shown_prefix = job->options.shown_save,
        .recording = job->recording,
        .shrink_cycles = job->options.shrink_cycles,
    };

    progress_end(&job->progress);
    job->shared->phase = REPLAY_SHRINKING;
    disagreement_report(&disagreement, NULL);
    return CLI_DISAGREED;
}

/* Whether a frame goes on with the registers that the one before it left. */
static bool is_continued(const struct testbench *bench, const struct trace_frame *frame)
{
    struct snapshot now;

    testbench_snapshot(bench, &now);
    return registers_equal(&bench->machine->mmu, &now.regs, &frame->snapshot.regs);
}

static const struct mmu_out *clock_cycle(struct replay_job *job, const struct mmu_in *in,
                                         const struct offer *offer)
{
    struct mmu_in *const held = &job->shared->in;

    *held = *in;
    if (job->source.limits != NULL) {
        input_limits_apply(job->source.limits, held);
    }
    return testbench_clock(&job->shared->bench, held, offer);
}

/* Clocks through the preamble. Cycles are numbered so that the frame's are as recorded, where there
 * were as many before it. */
static int play_preamble(struct replay_job *job, const struct trace_frame *frame)
{
    static struct preamble preamble;
    struct error error;

    if (!preamble_build(&job->machine->mmu, &frame->snapshot, &preamble, &error)) {
        cli_error("%s: frame %" PRIu64 " at byte %" PRIu64 ": %s", job->options.path, frame->number,
                  frame->file_offset, error.text);
        return CLI_ERROR;
    }
    if (frame->first_cycle >= preamble.count) {
        job->shared->bench.cycle = frame->first_cycle - preamble.count;
    }
    for (size_t i = 0; i < preamble.count; i++) {
        if (clock_cycle(job, &preamble.in[i], &preamble.offer[i]) == NULL) {
            return show_disagreement(job);
        }
    }
    return CLI_AGREED;
}

static bool start_recording(struct replay_job *job, struct error *error)
{
    struct sink sink;

    if (job->options.save == NULL) {
        return true;
    }
    job->recording =
        trace_writer_open_memory(trace_reader_header(job->reader), &job->shared->bench, error);
    if (job->recording == NULL) {
        return false;
    }
    sink = trace_writer_sink(job->recording);
    testbench_add_sink(&job->shared->bench, &sink);
    return true;
}

/* The first frame: the machine is switched on, and brought to the frame's start. */
static int start(struct replay_job *job, const struct trace_frame *frame)
{
    const struct trial_setup setup = setup_of(job, false);
    struct error error;
    int status = CLI_AGREED;

    job->first_cycle = frame->first_cycle;
    if (job->options.engine == ENGINE_TRANSLATE) {
        return CLI_AGREED;
    }
    if (!trial_begin(&job->shared->bench, &job->shared->transaction, &setup, &error)) {
        return fail(error.text);
    }
    job->shared->phase = REPLAY_CLOCKING;
    job->is_bench_open = true;
    if (job->options.coverage != NULL) {
        job->coverage = check_coverage_begin(&job->shared->bench,
                                             trace_reader_header(job->reader)->seed, false, NULL);
        if (job->coverage == NULL) {
            return fail("out of memory");
        }
    }
    if (frame->first_cycle > 0) {
        status = play_preamble(job, frame);
    }
    if (status == CLI_AGREED && !start_recording(job, &error)) {
        status = fail(error.text);
    }
    return status;
}

static int clock_frame(struct replay_job *job, const struct trace_frame *frame)
{
    const uint64_t noise_seed = trace_reader_header(job->reader)->noise_seed;
    struct replay_difference difference;
    struct replay replay;
    struct offer offer;
    struct mmu_in in;
    const struct mmu_out *out;
    const char *port;
    uint64_t squashed;

    if (job->frames > 0 && !is_continued(&job->shared->bench, frame)) {
        cli_error("%s: frame %" PRIu64 " at byte %" PRIu64 ": begins with other registers than the "
                  "requests before it left",
                  job->options.path, frame->number, frame->file_offset);
        return CLI_DISAGREED;
    }
    replay_begin(&replay, frame, noise_seed);
    for (;;) {
        while ((squashed = replay_squash(&replay)) > 0) {
            testbench_squash(&job->shared->bench, squashed);
        }
        if (!replay_next(&replay, &in, &offer)) {
            return CLI_AGREED;
        }
        if (job->source.limits != NULL &&
            (port = input_limits_refuse(job->source.limits, &job->machine->mmu, &in)) != NULL) {
            cli_error("%s: cycle %" PRIu64 ": the RTL's %s cannot carry what was recorded",
                      job->options.path, job->shared->bench.cycle, port);
            return CLI_ERROR;
        }
        out = clock_cycle(job, &in, &offer);
        if (out == NULL) {
            return show_disagreement(job);
        }
        if (!replay_matches(&replay, &in, out, &difference)) {
            return show_difference(job, frame, &difference);
        }
    }
}

static int play_frame(struct replay_job *job, const struct trace_frame *frame)
{
    struct replay_difference difference;
    int status = job->frames == 0 ? start(job, frame) : CLI_AGREED;

    if (status != CLI_AGREED) {
        return status;
    }
    if (job->options.engine != ENGINE_TRANSLATE) {
        status = clock_frame(job, frame);
    } else if (!replay_translate(&job->machine->mmu, frame, &job->responses, &difference)) {
        status = show_difference(job, frame, &difference);
    }
    if (status != CLI_AGREED) {
        return status;
    }
    for (size_t i = 0; i < frame->request_count; i++) {
        job->requests +=
            i >= frame->carried_count && frame->requests[i].outcome <= TRACE_UNANSWERED;
        job->responses +=
            job->options.engine != ENGINE_TRANSLATE && frame->requests[i].outcome == TRACE_ANSWERED;
    }
    job->frames++;
    job->end_cycle = frame->end_cycle;
    progress_update(&job->progress, job->end_cycle - job->first_cycle);
    return CLI_AGREED;
}

static void print_summary(const struct replay_job *job)
{
    printf("%s: %" PRIu64 " frame%s, cycles %" PRIu64 " to %" PRIu64 ", %" PRIu64 " requests\n",
           job->options.path, job->frames, job->frames == 1 ? "" : "s", job->first_cycle,
           job->end_cycle, job->requests);
    printf("engine %s: %" PRIu64 " responses as recorded", engine_name(job->options.engine),
           job->responses);
    if (job->options.engine == ENGINE_LOCKSTEP) {
        printf("; model and RTL agreed in %" PRIu64 " cycles", job->shared->bench.compared_cycles);
    }
    printf("\n");
}

static int play(struct replay_job *job)
{
    const struct replay_options *const options = &job->options;
    const struct trace_frame *frame;
    struct error error;

    for (;;) {
        const enum trace_read read = trace_reader_next(job->reader, &frame, &error);
        int status;

        if (read == TRACE_FRAME && options->is_one_frame && frame->number < options->frame) {
            continue;
        }
        if (read != TRACE_FRAME) {
            progress_end(&job->progress);
            if (job->frames > 0) {
                print_summary(job);
            }
            if (read != TRACE_END) {
                return fail(error.text);
            }
            if (options->is_one_frame) {
                cli_error("%s: has no frame %" PRIu64, options->path, options->frame);
                return CLI_ERROR;
            }
            if (job->frames == 0) {
                printf("%s: no cycle was recorded\n", options->path);
            }
            return CLI_AGREED;
        }
        status = play_frame(job, frame);
        if (status != CLI_AGREED) {
            progress_end(&job->progress);
            return status;
        }
        if (options->is_one_frame) {
            progress_end(&job->progress);
            print_summary(job);
            return CLI_AGREED;
        }
    }
}

static int by_transactions(struct replay_job *job)
{
    const struct replay_transactions replay = {
        .path = job->options.path,
        .command = job->command,
        .setup = setup_of(job, true),
        .source = &job->source,
        .replay_options = (const char *const *)job->replay_options.items,
        .save = job->options.save,
        .shown_save = job->options.shown_save,
        .shrink_cycles = job->options.shrink_cycles,
        .shared = job->shared,
    };

    return replay_by_transactions(&replay);
}

int replay_job_play(struct replay_job *job, bool is_loud)
{
    const struct replay_options *const options = &job->options;
    const bool is_by_transactions =
        options->compare == COMPARE_TRANSACTION ||
        (options->compare == COMPARE_AS_RECORDED && options->engine == ENGINE_LOCKSTEP &&
         trace_reader_header(job->reader)->by_transactions);
    struct error error;

    if (!rtl_options_resolve(&job->options.rtl, &job->machine->mmu, is_loud, &job->source,
                             &error)) {
        return fail(error.text);
    }
    job->source.builder = job->builder;
    if (!replay_options_note(options, is_by_transactions, &job->replay_options)) {
        return fail("out of memory");
    }
    if (replay_runs_rtl(options)) {
        job->library =
            dut_library_open(&job->source, options->is_random ? DUT_RANDOM : DUT_FAST, &error);
        if (job->library == NULL) {
            return fail(error.text);
        }
    }
    if (is_by_transactions) {
        return options->coverage == NULL
                   ? by_transactions(job)
                   : fail("--coverage: found a comparison by transactions, expected one by cycles");
    }
    if (trace_reader_header(job->reader)->by_transactions && options->engine != ENGINE_TRANSLATE) {
        cli_error("%s: was recorded by transactions, in cycles of other RTL: expected --compare "
                  "transaction, or --engine translate",
                  options->path);
        return CLI_ERROR;
    }
    progress_start(&job->progress, "replay", "cycles", 0);
    return play(job);
}

/* --- the end --- */

/* Also of a replay that ended early: what it had covered by then. */
static bool write_coverage(const struct replay_job *job)
{
    json_t *const run = coverage_run_json(
        job->coverage->coverage, trace_reader_header(job->reader)->seed, job->shared->bench.cycle);
    json_t *const runs = run != NULL ? json_pack("[o]", run) : NULL;
    struct error error;
    bool is_written = runs != NULL || error_set(&error, "%s: out of memory", job->options.coverage);

    is_written = is_written && check_coverage_report(job->machine, runs, false,
                                                     job->options.coverage, NULL, &error);
    if (!is_written) {
        cli_error("%s", error.text);
    }
    json_decref(runs);
    return is_written;
}

int replay_job_end(struct replay_job *job, int status)
{
    if (job->recording != NULL) {
        trace_writer_close(job->recording, NULL);
    }
    if (job->coverage != NULL && !write_coverage(job)) {
        status = CLI_ERROR;
    }
    if (job->is_bench_open) {
        testbench_end(&job->shared->bench);
    }
    check_coverage_end(job->coverage);
    if (job->library != NULL) {
        dut_library_close(job->library);
    }
    if (job->reader != NULL) {
        trace_reader_close(job->reader);
    }
    rtl_options_free(&job->options.rtl);
    strings_free(&job->replay_options);
    free(job->command);
    return status;
}
