/* SPDX-License-Identifier: MIT */
/* A failure explains itself: the pass is run again up to it, so that the fast way need not record,
 * and what leads to it is recorded, shown and made small. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check.h"
#include "cli/cli.h"
#include "cli/rtl_options.h"
#include "cli/shrunk.h"
#include "lockstep/dut_strings.h"
#include "source/shrink.h"

/* Cycles that recordings lead up to the failure with. The shortest that repeats it is kept. */
static const uint64_t lengths[] = {256, 4096, 65536, UINT64_MAX};
enum { LENGTHS = sizeof(lengths) / sizeof(lengths[0]) };

struct trace_writer *check_record(struct check_pass *pass, const struct check *check,
                                  const char *path, struct error *error)
{
    const struct trace_header header = {
        .machine_yaml = machine_print(check->machine),
        .machine_name = check->machine->name,
        .command = check->command,
        .seed = pass->seed,
        .noise_seed = pass->stimulus.noise_seed,
        .by_transactions = pass->bench.transaction != NULL,
    };
    struct trace_writer *recording = NULL;

    if (header.machine_yaml == NULL) {
        error_set(error, "%s: out of memory", path);
    } else {
        recording = trace_writer_open(path, &header, &pass->bench, error);
    }
    free(header.machine_yaml);
    return recording;
}

/* --- the failing segment once more --- */

/* A failure of a pass, as it was reached. */
struct explanation {
    struct check_pass *pass;
    const struct check *check;
    const struct dut_library *library;
    uint64_t end_cycle; /* of the segment, in which it fails */
    bool is_gone;       /* that cycle must not be run */
};

/* Begins the segment in another pass; NULL with an error. */
static struct check_pass *begin_again(const struct explanation *explanation, struct error *error)
{
    const struct check_pass *const pass = explanation->pass;
    struct check_pass *const again = calloc(1, sizeof(*again));
    const struct trial_setup setup =
        check_pass_setup(pass, explanation->check, explanation->library);
    bool has_begun;

    if (again == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    again->variant = pass->variant;
    again->shard = pass->shard;
    again->shard_count = pass->shard_count;
    memcpy(again->reached, pass->reached, sizeof(again->reached));
    again->seed = pass->seed;
    again->segment = pass->segment;
    if (pass->segment == 0) { /* with coverage, which steers */
        has_begun = check_pass_begin(again, explanation->check, explanation->library);
    } else {
        again->stimulus = pass->segment_start;
        has_begun = trial_begin(&again->bench, &again->transaction, &setup, &again->error);
    }
    if (!has_begun) {
        *error = again->error;
        free(again);
        return NULL;
    }
    return again;
}

static void end_again(struct check_pass *again)
{
    check_pass_end(again);
    free(again);
}

/* The cycle in which the DUT went away: it has the inputs, and what the model says of them. */
static void add_last_cycle(struct check_pass *again)
{
    struct testbench *const bench = &again->bench;
    struct testbench_cycle *const last = &bench->history[bench->cycle % TESTBENCH_HISTORY];

    *last = (struct testbench_cycle){.number = bench->cycle};
    check_pass_next(again, &last->in);
    if (bench->transaction == NULL) {
        mmu_cycle(&bench->model, &last->in, &last->model);
    }
    bench->verdict = TESTBENCH_DUT_STOPPED;
}

/* Runs to the failure, recording. */
static bool run_recorded(const struct explanation *explanation, struct check_pass *again,
                         const char *path, struct error *error)
{
    struct trace_writer *const recording = check_record(again, explanation->check, path, error);
    struct sink sink;
    bool is_recorded;

    if (recording == NULL) {
        return false;
    }
    sink = trace_writer_sink(recording);
    testbench_add_sink(&again->bench, &sink);
    if (explanation->is_gone) {
        is_recorded = check_pass_run_to(again, explanation->end_cycle);
        add_last_cycle(again);
    } else {
        is_recorded = !check_pass_run_to(again, explanation->end_cycle + 1);
    }
    if (!is_recorded) {
        error_set(error, "%s: the failure did not come again", path);
    }
    return trace_writer_close(recording, is_recorded ? error : NULL) && is_recorded;
}

static bool record_from(const struct explanation *explanation, uint64_t first_cycle,
                        const char *path, struct error *error)
{
    struct check_pass *const again = begin_again(explanation, error);
    bool is_recorded = false;

    if (again == NULL) {
        return false;
    }
    if (!check_pass_run_to(again, first_cycle)) {
        error_set(error, "%s: the failure came earlier the second time", path);
    } else {
        is_recorded = run_recorded(explanation, again, path, error);
    }
    end_again(again);
    return is_recorded;
}

/* Where recordings may begin: anywhere, since a replay can bring registers and pipeline about; but
 * for RTL whose latency is its own only a reset does that. */
static bool find_beginnings(const struct explanation *explanation, uint64_t first_cycle[LENGTHS],
                            struct error *error)
{
    const uint64_t end = explanation->end_cycle;
    struct check_pass *again;
    bool was_reset = true;

    for (unsigned i = 0; i < LENGTHS; i++) {
        first_cycle[i] = lengths[i] < end ? end - lengths[i] : 0;
    }
    if (explanation->pass->bench.transaction == NULL) {
        return true;
    }
    again = begin_again(explanation, error);
    if (again == NULL) {
        return false;
    }
    uint64_t reset_cycle[LENGTHS] = {0};
    while (again->bench.cycle < end) {
        const uint64_t cycle = again->bench.cycle;
        struct mmu_in in;

        check_pass_next(again, &in);
        for (unsigned i = 0; i < LENGTHS && in.rst && !was_reset; i++) {
            reset_cycle[i] = cycle <= first_cycle[i] ? cycle : reset_cycle[i];
        }
        was_reset = in.rst;
        again->out = testbench_clock(&again->bench, &in, NULL);
        if (again->out == NULL) {
            break;
        }
    }
    end_again(again);
    memcpy(first_cycle, reset_cycle, sizeof(reset_cycle));
    return true;
}

/* The shortest recording that leads to the failure. */
static bool record_failure(const struct explanation *explanation, const char *path,
                           struct error *error)
{
    const struct check_pass *const pass = explanation->pass;
    const struct trial_setup setup =
        check_pass_setup(pass, explanation->check, explanation->library);
    uint64_t first_cycle[LENGTHS];

    if (!find_beginnings(explanation, first_cycle, error)) {
        return false;
    }
    for (unsigned i = 0; i < LENGTHS; i++) {
        if (i > 0 && first_cycle[i] == first_cycle[i - 1]) {
            continue;
        }
        if (!record_from(explanation, first_cycle[i], path, error)) {
            return false;
        }
        if (explanation->is_gone || first_cycle[i] == 0 ||
            disagreement_is_in_trace(&pass->bench, &setup, path, error)) {
            return true;
        }
    }
    return true;
}

/* --- the report --- */

/* Of the files that a failure leaves, without their endings. Malloc'ed. */
static char *file_prefix(const struct check_pass *pass, const struct check *check)
{
    const char *const directory = check->directory != NULL ? check->directory : "";
    const char *const slash = check->directory != NULL ? "/" : "";

    return pass->explained_number == 1
               ? string_format("%s%ssegmmu-check-%s-%" PRIu64, directory, slash,
                               check->machine->name, check->seed)
               : string_format("%s%ssegmmu-check-%s-%" PRIu64 "-failure%u", directory, slash,
                               check->machine->name, check->seed, pass->explained_number);
}

static void add_options(const struct check_pass *pass, const struct check *check,
                        struct strings *options)
{
    strings_add_all(options, check->replay_options);
    if (check->response_timeout_cycles > 0) {
        strings_add(options, "--compare");
        strings_add(options, "transaction");
        if (check->response_timeout_cycles != TRANSACTION_TIMEOUT_CYCLES) {
            strings_add(options, "--response-timeout");
            strings_add(options, "%" PRIu64, check->response_timeout_cycles);
        }
    }
    if (pass->variant == DUT_RANDOM) {
        strings_add(options, "--initial-seed");
        strings_add(options, "%" PRIu64, pass->seed + pass->segment);
    }
}

/* The RTL that crashes or hangs is not run again here, only in `replay`, under a watchdog. */
static void report_gone(struct explanation *explanation, const char *prefix,
                        const char *const *options)
{
    struct disagreement_files *const files = &explanation->pass->files;
    char *const path = string_format("%s.trace", prefix);
    struct error error;

    if (path == NULL || !record_failure(explanation, path, &error)) {
        cli_error("%s", path != NULL ? error.text : "out of memory");
        free(path);
        return;
    }
    files->trace = path;
    files->replay_command = rtl_replay_command(&explanation->check->source, options, path);
    fprintf(stderr, "To repeat it: %s\nTrace of the last cycles: %s\n", files->replay_command,
            path);
    fprintf(stderr, "Not made small, and no waveform: it would crash or hang again\n");
}

static void report(struct explanation *explanation, char *prefix, const char *const *options,
                   void (*tell)(void *context), void *context)
{
    struct check_pass *const pass = explanation->pass;
    struct disagreement disagreement = {
        .bench = &pass->bench,
        .setup = check_pass_setup(pass, explanation->check, explanation->library),
        .source = &explanation->check->source,
        .command = explanation->check->command,
        .replay_options = options,
        .pulse = &pass->pulse,
    };
    char *const path = string_format("%s.trace", prefix);
    struct error error;

    if (path == NULL || !record_failure(explanation, path, &error)) {
        cli_error("%s", path != NULL ? error.text : "out of memory");
    } else {
        disagreement.prefix = prefix;
    }
    free(path);
    if (disagreement_report(&disagreement, &pass->files)) {
        tell(context);
        pass->phase = CHECK_PHASE_SHRINKING;
        disagreement.shrink_cycles = SHRINK_DEFAULT_CYCLES;
        shrunk_report(&disagreement, &pass->files);
        pass->phase = CHECK_PHASE_REPORTING;
    }
    tell(context);
}

/* --- the whole --- */

/* Runs the pass up to the failure: that it comes again. */
static bool run_again(struct explanation *explanation)
{
    struct check_pass *const pass = explanation->pass;
    const struct check_failure *const failure = &pass->explained;

    while (pass->segment < failure->segment) {
        if (check_pass_run_to(pass, pass->cycles)) {
            return error_set(&pass->error, "failure %u did not come again", pass->explained_number);
        }
        if (!check_pass_go_on(pass, explanation->check, explanation->library)) {
            return false;
        }
    }
    if (check_pass_run_to(pass, failure->cycle + !failure->is_gone) != failure->is_gone ||
        pass->bench.cycle != failure->cycle) {
        return error_set(&pass->error, "failure %u did not come again", pass->explained_number);
    }
    return true;
}

static void explain(struct explanation *explanation, void (*tell)(void *context), void *context)
{
    struct check_pass *const pass = explanation->pass;
    struct strings options = {0};
    char *const prefix = file_prefix(pass, explanation->check);

    add_options(pass, explanation->check, &options);
    explanation->end_cycle = pass->explained.cycle;
    explanation->is_gone = pass->explained.is_gone;
    if (prefix == NULL || options.is_short) {
        cli_error("out of memory");
    } else if (pass->explained.is_gone) {
        report_gone(explanation, prefix, (const char *const *)options.items);
        tell(context);
    } else {
        report(explanation, prefix, (const char *const *)options.items, tell, context);
    }
    free(prefix);
    strings_free(&options);
}

void check_explain_run(struct check_pass *pass, const struct check *check,
                       void (*tell)(void *context), void *context)
{
    struct explanation explanation = {.pass = pass, .check = check};
    struct dut_library *library = NULL;

    pass->phase = CHECK_PHASE_BUILDING;
    if (check->engine == ENGINE_LOCKSTEP) {
        library = dut_library_open(&check->source, pass->variant, &pass->error);
        if (library == NULL) {
            cli_error("%s", pass->error.text);
            return;
        }
    }
    explanation.library = library;
    pass->phase = CHECK_PHASE_CLOCKING;
    if (check_pass_begin(pass, check, library)) {
        const bool is_again = run_again(&explanation);

        pass->phase = CHECK_PHASE_REPORTING;
        if (is_again) {
            explain(&explanation, tell, context);
        }
        check_pass_end(pass);
    }
    if (pass->error.text[0] != '\0') {
        cli_error("%s", pass->error.text);
    }
    if (library != NULL) {
        dut_library_close(library);
    }
}
