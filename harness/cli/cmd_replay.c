/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/progress.h"
#include "cli/cli.h"
#include "cli/disagreement.h"
#include "cli/output_paths.h"
#include "cli/rtl_options.h"
#include "sink/mismatch.h"
#include "source/preamble.h"
#include "source/replay.h"

/* --- the command line --- */

struct options {
    const char *path;
    enum engine engine;
    bool is_one_frame;
    uint64_t frame;
    const char *save; /* prefix of the files to leave, or NULL */
    struct rtl_options rtl;
    uint64_t shrink_cycles;
};

enum { OPTION_FRAME = 256, OPTION_SAVE, OPTION_SHRINK };

static const struct argp_option option_table[] = {
    {"engine", 'e', "ENGINE", 0, "translate, model, rtl or lockstep (default)", 0},
    {"frame", OPTION_FRAME, "N", 0, "this frame alone, from 0; the machine is brought to its start",
     0},
    {"save", OPTION_SAVE, "PREFIX", 0,
     "when model and RTL disagree, leave the cycles before it in PREFIX.trace and a waveform of "
     "them in PREFIX.fst",
     0},
    {"shrink", OPTION_SHRINK, "N", 0,
     "with --save, make the stimulus small, in PREFIX.shrunk.trace and .fst; in clock cycles, what "
     "that may cost, such as 100M",
     0},
    {0},
};

static const char documentation[] =
    "Runs a recorded trace again, and compares every answer with the recorded one.\v"
    "The machine comes from the trace. What is compared: in which cycle each request was accepted, "
    "in which cycle its response moved, and all of the response; with lockstep also every output "
    "of model and RTL with each other in every cycle. The engine translate has no clock: it "
    "compares the responses alone, and needs no Verilator.\n"
    "\n"
    "A trace is made by `segmmu run --trace FILE`, and by a disagreement. A trace that is cut off "
    "is replayed as far as it is whole.\n"
    "\n"
    "Exit status: 0 all as recorded, 1 something differs (the first difference is shown), 2 usage, "
    "or the trace is cut off or cannot be read.";

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct options *const options = state->input;
    int engine;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->rtl;
        return 0;
    case 'e':
        engine = engine_parse(text);
        if (engine < 0) {
            argp_error(state, "--engine: found `%s`, expected translate, model, rtl or lockstep",
                       text);
        }
        options->engine = (enum engine)engine;
        return 0;
    case OPTION_FRAME:
        options->is_one_frame = true;
        if (!number_parse(text, &options->frame)) {
            argp_error(state, "--frame: found `%s`, expected a number", text);
        }
        return 0;
    case OPTION_SAVE:
        options->save = text;
        return 0;
    case OPTION_SHRINK:
        if (!number_parse(text, &options->shrink_cycles)) {
            argp_error(state, "--shrink: found `%s`, expected a number", text);
        }
        return 0;
    case ARGP_KEY_ARG:
        if (options->path != NULL) {
            argp_error(state, "expected one TRACE, found also `%s`", text);
        }
        options->path = text;
        return 0;
    case ARGP_KEY_END:
        if (options->path == NULL) {
            argp_error(state, "expected a TRACE");
        }
        if (options->rtl.files.count > 0 && options->engine != ENGINE_RTL &&
            options->engine != ENGINE_LOCKSTEP) {
            argp_error(state, "--rtl: found --engine %s, which runs no RTL",
                       engine_name(options->engine));
        }
        if (options->shrink_cycles > 0 && options->save == NULL) {
            argp_error(state, "--shrink: expected --save PREFIX with it");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* --- one replay --- */

struct job {
    struct options options;
    char *command;
    struct trace_reader *reader;
    const struct machine *machine;
    struct dut_source source;
    struct dut_library *library;
    struct testbench bench;
    bool is_bench_open;
    struct trace_writer *recording; /* for --save */
    struct progress progress;
    /* What was replayed. */
    uint64_t frames, requests, responses, cycles;
    uint64_t first_cycle, end_cycle;
};

static int fail(const char *text)
{
    cli_error("%s", text);
    return CLI_ERROR;
}

/* The page of the first answer that is not as it was recorded. */
static int show_difference(struct job *job, const struct trace_frame *frame,
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

static int show_disagreement(struct job *job)
{
    const struct disagreement disagreement = {
        .bench = &job->bench,
        .library = job->library,
        .source = &job->source,
        .command = job->command,
        .prefix = job->recording != NULL ? job->options.save : NULL,
        .recording = job->recording,
        .shrink_cycles = job->options.shrink_cycles,
    };

    progress_end(&job->progress);
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

/* Clocks through the preamble. Cycles are numbered so that the frame's are as recorded, where there
 * were as many before it. */
static int play_preamble(struct job *job, const struct trace_frame *frame)
{
    static struct preamble preamble;
    struct error error;

    if (!preamble_build(&job->machine->mmu, &frame->snapshot, &preamble, &error)) {
        cli_error("%s: frame %" PRIu64 " at byte %" PRIu64 ": %s", job->options.path, frame->number,
                  frame->file_offset, error.text);
        return CLI_ERROR;
    }
    if (frame->first_cycle >= preamble.count) {
        job->bench.cycle = frame->first_cycle - preamble.count;
    }
    for (size_t i = 0; i < preamble.count; i++) {
        if (testbench_clock(&job->bench, &preamble.in[i], &preamble.offer[i]) == NULL) {
            return show_disagreement(job);
        }
    }
    return CLI_AGREED;
}

static bool start_recording(struct job *job, struct error *error)
{
    struct sink sink;

    if (job->options.save == NULL) {
        return true;
    }
    job->recording = trace_writer_open_memory(trace_reader_header(job->reader), &job->bench, error);
    if (job->recording == NULL) {
        return false;
    }
    sink = trace_writer_sink(job->recording);
    testbench_add_sink(&job->bench, &sink);
    return true;
}

/* The first frame: the machine is switched on, and brought to the frame's start. */
static int start(struct job *job, const struct trace_frame *frame)
{
    struct error error;
    int status = CLI_AGREED;

    job->first_cycle = frame->first_cycle;
    if (job->options.engine == ENGINE_TRANSLATE) {
        return CLI_AGREED;
    }
    if (!testbench_init(&job->bench, job->options.engine, job->machine, job->library, NULL,
                        &error)) {
        return fail(error.text);
    }
    job->is_bench_open = true;
    if (frame->first_cycle > 0) {
        status = play_preamble(job, frame);
    }
    if (status == CLI_AGREED && !start_recording(job, &error)) {
        status = fail(error.text);
    }
    return status;
}

static int clock_frame(struct job *job, const struct trace_frame *frame)
{
    const uint64_t noise_seed = trace_reader_header(job->reader)->noise_seed;
    struct replay_difference difference;
    struct replay replay;
    struct offer offer;
    struct mmu_in in;
    const struct mmu_out *out;
    uint64_t squashed;

    if (job->frames > 0 && !is_continued(&job->bench, frame)) {
        cli_error("%s: frame %" PRIu64 " at byte %" PRIu64 ": begins with other registers than the "
                  "requests before it left",
                  job->options.path, frame->number, frame->file_offset);
        return CLI_DISAGREED;
    }
    replay_begin(&replay, frame, noise_seed);
    for (;;) {
        while ((squashed = replay_squash(&replay)) > 0) {
            testbench_squash(&job->bench, squashed);
        }
        if (!replay_next(&replay, &in, &offer)) {
            return CLI_AGREED;
        }
        out = testbench_clock(&job->bench, &in, &offer);
        if (out == NULL) {
            return show_disagreement(job);
        }
        if (!replay_matches(&replay, &in, out, &difference)) {
            return show_difference(job, frame, &difference);
        }
    }
}

static int play_frame(struct job *job, const struct trace_frame *frame)
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

static void print_summary(const struct job *job)
{
    printf("%s: %" PRIu64 " frame%s, cycles %" PRIu64 " to %" PRIu64 ", %" PRIu64 " requests\n",
           job->options.path, job->frames, job->frames == 1 ? "" : "s", job->first_cycle,
           job->end_cycle, job->requests);
    printf("engine %s: %" PRIu64 " responses as recorded", engine_name(job->options.engine),
           job->responses);
    if (job->options.engine == ENGINE_LOCKSTEP) {
        printf("; model and RTL agreed in %" PRIu64 " cycles", job->bench.compared_cycles);
    }
    printf("\n");
}

static int play(struct job *job)
{
    const struct options *const options = &job->options;
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

/* The files of --save are made once there is a disagreement, over whatever is there. */
static bool check_save(const struct options *options, struct error *error)
{
    static const char *const suffixes[] = {"trace", "fst", "shrunk.trace", "shrunk.fst"};
    bool is_apart = true;

    for (unsigned i = 0; is_apart && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        struct named_path paths[] = {{options->path, "the trace that is replayed", false},
                                     {NULL, "a file to save", true}};
        char *path;

        if (asprintf(&path, "%s.%s", options->save, suffixes[i]) < 0) {
            return error_set(error, "out of memory");
        }
        paths[1].path = path;
        is_apart = output_paths_differ(paths, 2, error);
        free(path);
    }
    return is_apart;
}

static int open_and_play(struct job *job)
{
    const enum engine engine = job->options.engine;
    struct error error;

    if (job->options.save != NULL && !check_save(&job->options, &error)) {
        return fail(error.text);
    }
    job->reader = trace_reader_open(job->options.path, &error);
    if (job->reader == NULL) {
        return fail(error.text);
    }
    job->machine = trace_reader_machine(job->reader);
    if (!rtl_options_resolve(&job->options.rtl, &job->machine->mmu, true, &job->source, &error)) {
        return fail(error.text);
    }
    if (engine == ENGINE_RTL || engine == ENGINE_LOCKSTEP) {
        job->library = dut_library_open(&job->source, DUT_FAST, &error);
        if (job->library == NULL) {
            return fail(error.text);
        }
    }
    progress_start(&job->progress, "replay", "cycles", 0);
    return play(job);
}

int cmd_replay(int argc, char **argv)
{
    static const struct argp_child children[] = {{&rtl_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {.options = option_table,
                              .parser = parse_option,
                              .args_doc = "TRACE",
                              .doc = documentation,
                              .children = children};
    static struct job job;
    int status;

    job.options.engine = ENGINE_LOCKSTEP;
    if (!cli_parse(&argp, argc, argv, 0, &job.options)) {
        return CLI_ERROR;
    }
    job.command = cli_command_line(argc, argv);
    status = job.command != NULL ? open_and_play(&job) : fail("out of memory");
    if (job.recording != NULL) {
        trace_writer_close(job.recording, NULL);
    }
    if (job.is_bench_open) {
        testbench_end(&job.bench);
    }
    if (job.library != NULL) {
        dut_library_close(job.library);
    }
    if (job.reader != NULL) {
        trace_reader_close(job.reader);
    }
    rtl_options_free(&job.options.rtl);
    free(job.command);
    return status;
}
