/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "cli/check.h"
#include "cli/cli.h"
#include "source/shrink.h"

static volatile sig_atomic_t is_interrupted;

void check_interrupt(void)
{
    is_interrupted = 1;
}

unsigned check_plan(const struct check *check, struct check_pass *passes)
{
    /* Its point is the time after power-up and before the first writes: it need not be long. */
    enum { RANDOM_PART = 10, RANDOM_MAX_CYCLES = 100000 };
    uint64_t random_cycles = check->cycles / RANDOM_PART;

    if (random_cycles > RANDOM_MAX_CYCLES) {
        random_cycles = RANDOM_MAX_CYCLES;
    }
    if (check->engine == ENGINE_MODEL) {
        passes[0].name = "model alone";
        passes[0].cycles = check->cycles;
        return 1;
    }
    passes[0].name = "model and RTL";
    passes[0].variant = DUT_FAST;
    passes[0].cycles = check->cycles;
    passes[1].name = "RTL from random initial values";
    passes[1].variant = DUT_RANDOM;
    passes[1].cycles = random_cycles > 0 ? random_cycles : 1;
    return 2;
}

const char *check_verdict_name(enum check_verdict verdict)
{
    static const char *const names[] = {
        [CHECK_AGREED] = "agreed",
        [CHECK_DISAGREED] = "disagreed",
        [CHECK_INTERRUPTED] = "interrupted",
        [CHECK_FAILED] = "failed",
    };
    return names[verdict];
}

/* --- running --- */

static bool begin(struct check_pass *pass, const struct check *check,
                  const struct dut_library *library)
{
    const struct dut_start start = {.random_seed = check->seed};

    stimulus_init(&pass->stimulus, &check->machine->mmu, check->seed);
    if (check->source.limits != NULL) {
        pass->stimulus.limits = *check->source.limits;
    }
    return testbench_init(&pass->bench, check->engine, check->machine, library, &start,
                          &pass->error);
}

/* Up to `end_cycle` or to a disagreement, which gives false. */
static bool run_to(struct check_pass *pass, uint64_t end_cycle)
{
    struct mmu_in in;

    while (pass->bench.cycle < end_cycle) {
        stimulus_next(&pass->stimulus, pass->out, &in);
        pass->out = testbench_clock(&pass->bench, &in, NULL);
        if (pass->out == NULL) {
            return false;
        }
    }
    return true;
}

/* All of the pass, showing how far it is. */
static void run_all(struct check_pass *pass)
{
    enum { BLOCK = 4096 };
    struct progress progress;

    pass->verdict = CHECK_AGREED;
    progress_start(&progress, pass->name, "cycles", pass->cycles);
    while (pass->bench.cycle < pass->cycles && pass->verdict == CHECK_AGREED) {
        const uint64_t left = pass->cycles - pass->bench.cycle;

        if (is_interrupted) {
            pass->verdict = CHECK_INTERRUPTED;
        } else if (!run_to(pass, pass->bench.cycle + (left < BLOCK ? left : BLOCK))) {
            pass->verdict = CHECK_DISAGREED;
        }
        progress_update(&progress, pass->bench.cycle);
    }
    pass->seconds = progress_end(&progress);
}

/* --- recording --- */

static struct trace_writer *start_recording(const struct check_pass *pass,
                                            const struct check *check, const char *path,
                                            struct error *error)
{
    const struct trace_header header = {
        .machine_yaml = machine_print(check->machine),
        .machine_name = check->machine->name,
        .command = check->command,
        .seed = check->seed,
        .noise_seed = pass->stimulus.noise_seed,
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

/* Plays the pass once more and records it from `first_cycle` on, so that the fast way need not
 * record. False with an error when that cannot be written, or the disagreement does not come
 * again. */
static bool record_again(const struct check_pass *pass, const struct check *check,
                         const struct dut_library *library, uint64_t first_cycle, const char *path,
                         struct error *error)
{
    struct check_pass *const again = calloc(1, sizeof(*again));
    struct trace_writer *recording;
    bool is_recorded = false;

    if (again == NULL) {
        return error_set(error, "%s: out of memory", path);
    }
    if (begin(again, check, library)) {
        if (!run_to(again, first_cycle)) {
            error_set(error, "%s: the disagreement came earlier the second time", path);
        } else if ((recording = start_recording(again, check, path, error)) != NULL) {
            const struct sink sink = trace_writer_sink(recording);

            testbench_add_sink(&again->bench, &sink);
            is_recorded = !run_to(again, pass->bench.cycle + 1) ||
                          error_set(error, "%s: the disagreement did not come again", path);
            is_recorded = trace_writer_close(recording, is_recorded ? error : NULL) && is_recorded;
        }
        testbench_end(&again->bench);
    } else {
        *error = again->error;
    }
    free(again);
    return is_recorded;
}

/* The shortest of a few recordings that leads to the disagreement. */
static bool record_disagreement(const struct check_pass *pass, const struct check *check,
                                const struct dut_library *library, const char *path,
                                struct error *error)
{
    static const uint64_t lengths[] = {256, 4096, 65536, UINT64_MAX};

    for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        const uint64_t end = pass->bench.cycle;
        const uint64_t first_cycle = lengths[i] < end ? end - lengths[i] : 0;

        if (!record_again(pass, check, library, first_cycle, path, error)) {
            return false;
        }
        if (disagreement_is_in_trace(&pass->bench, library, path, error) || first_cycle == 0) {
            return true;
        }
    }
    return true;
}

static void report(struct check_pass *pass, const struct check *check,
                   const struct dut_library *library)
{
    struct disagreement disagreement = {
        .bench = &pass->bench,
        .library = library,
        .source = &check->source,
        .command = check->command,
        .shrink_cycles = SHRINK_DEFAULT_CYCLES,
    };
    struct error error;
    char *prefix = NULL, *path = NULL;

    /* What random initial values brought about, a replay from known ones cannot repeat. */
    if (pass->variant != DUT_RANDOM &&
        asprintf(&prefix, "segmmu-check-%s-%lu", check->machine->name, (unsigned long)check->seed) >
            0 &&
        asprintf(&path, "%s.trace", prefix) > 0) {
        if (record_disagreement(pass, check, library, path, &error)) {
            disagreement.prefix = prefix;
        } else {
            cli_error("%s", error.text);
        }
    }
    disagreement_report(&disagreement, &pass->files);
    free(prefix);
    free(path);
}

/* --- a pass --- */

static void run_and_record(struct check_pass *pass, const struct check *check)
{
    struct trace_writer *recording = start_recording(pass, check, check->trace_path, &pass->error);
    struct sink sink;

    if (recording == NULL) {
        pass->verdict = CHECK_FAILED;
        return;
    }
    sink = trace_writer_sink(recording);
    testbench_add_sink(&pass->bench, &sink);
    run_all(pass);
    if (!trace_writer_close(recording, &pass->error) && pass->verdict != CHECK_DISAGREED) {
        pass->verdict = CHECK_FAILED;
    }
}

void check_pass_run(struct check_pass *pass, const struct check *check)
{
    struct dut_library *library = NULL;

    pass->verdict = CHECK_FAILED;
    if (check->engine == ENGINE_LOCKSTEP) {
        library = dut_library_open(&check->source, pass->variant, &pass->error);
        if (library == NULL) {
            return;
        }
    }
    if (begin(pass, check, library)) {
        if (check->trace_path != NULL && pass->variant == DUT_FAST) {
            run_and_record(pass, check);
        } else {
            run_all(pass);
        }
        if (pass->verdict == CHECK_DISAGREED) {
            report(pass, check, library);
        }
        testbench_end(&pass->bench);
    }
    if (library != NULL) {
        dut_library_close(library);
    }
}

void check_pass_free(struct check_pass *pass)
{
    disagreement_files_free(&pass->files);
}
