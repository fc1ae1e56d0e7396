/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/progress.h"
#include "cli/check_rtl_coverage.h"
#include "cli/cli.h"
#include "source/shrink.h"

static volatile sig_atomic_t is_interrupted;

void check_interrupt(void)
{
    is_interrupted = 1;
}

static void plan_pass(struct check_pass *pass, const struct check *check, const char *name,
                      enum check_kind kind, enum dut_variant variant, uint64_t cycles)
{
    memset(pass, 0, sizeof(*pass));
    snprintf(pass->name, sizeof(pass->name), "%s", name);
    pass->kind = kind;
    pass->variant = variant;
    pass->shard_count = 1;
    pass->seed = check->seed;
    pass->cycles = cycles;
}

unsigned check_plan(const struct check *check, struct check_pass *passes)
{
    /* Its point is the time after power-up and before the first writes: it need not be long. */
    enum { RANDOM_PART = 10, RANDOM_MAX_CYCLES = 100000 };
    enum { UNKNOWNS_CYCLES = 10000 };
    const uint64_t part = check->cycles / RANDOM_PART;
    const uint64_t random_cycles = part > RANDOM_MAX_CYCLES ? RANDOM_MAX_CYCLES : part;
    const bool is_model = check->engine == ENGINE_MODEL;

    plan_pass(&passes[0], check, is_model ? "model alone" : "model and RTL", CHECK_COMPARE,
              DUT_FAST, check->cycles);
    if (check->trace_path == NULL) {
        passes[0].shard_count = (check->cycles - 1) / check->shard_cycles + 1;
        check_plan_shard(&passes[0], check, 0);
    }
    if (is_model) {
        return 1;
    }
    plan_pass(&passes[1], check, "RTL from random initial values", CHECK_COMPARE, DUT_RANDOM,
              random_cycles > 0 ? random_cycles : 1);
    plan_pass(&passes[2], check, "RTL from unknown initial values (Icarus)", CHECK_UNKNOWNS,
              DUT_FAST, check->cycles < UNKNOWNS_CYCLES ? check->cycles : UNKNOWNS_CYCLES);
    if (!check->counts_coverage) {
        return 3;
    }
    memcpy(&passes[3], &passes[0], sizeof(passes[3]));
    snprintf(passes[3].name, sizeof(passes[3].name), "RTL with its coverage counted");
    passes[3].variant = DUT_COVERAGE;
    if (check->is_until_covered) {
        passes[3].shard_count = 1;
        passes[3].cycles = check->cycles;
    }
    return 4;
}

void check_plan_shard(struct check_pass *pass, const struct check *check, uint64_t shard)
{
    /* Far apart from the states that the first shard's generators go through. */
    struct random_source seeds = {.state = check->seed ^ shard * UINT64_C(0xD1342543DE82EF95)};

    pass->shard = shard;
    pass->seed = shard == 0 ? check->seed : random_next(&seeds) >> 1;
    if (pass->shard_count > 1) {
        const uint64_t first_cycle = shard * check->shard_cycles;

        pass->cycles = check->cycles - first_cycle < check->shard_cycles
                           ? check->cycles - first_cycle
                           : check->shard_cycles;
    }
}

static const char *const verdict_names[] = {
    [CHECK_AGREED] = "agreed",
    [CHECK_DISAGREED] = "disagreed",
    [CHECK_INTERRUPTED] = "interrupted",
    [CHECK_FAILED] = "failed",
    [CHECK_LOST] = "lost",
    [CHECK_NOT_RUN] = "not_run",
    [CHECK_SKIPPED] = "skipped",
};

const char *check_verdict_name(enum check_verdict verdict)
{
    return verdict_names[verdict];
}

int check_verdict_parse(const char *name)
{
    for (int verdict = CHECK_AGREED; verdict < CHECK_VERDICTS; verdict++) {
        if (strcmp(verdict_names[verdict], name) == 0) {
            return verdict;
        }
    }
    return -1;
}

/* --- running --- */

/* What it covers of the specification, the first pass tells. */
static bool is_counting(const struct check_pass *pass)
{
    return pass->variant == DUT_COVERAGE;
}

static bool begin(struct check_pass *pass, const struct check *check,
                  const struct dut_library *library)
{
    const struct dut_start start = {.random_seed = pass->seed};
    const enum engine engine = library != NULL ? check->engine : ENGINE_MODEL;

    stimulus_init(&pass->stimulus, &check->machine->mmu, pass->seed);
    if (check->source.limits != NULL) {
        pass->stimulus.limits = *check->source.limits;
    }
    /* Directed stimulus does not depend on the seed much: once is enough. */
    pass->stimulus.directed_done = pass->shard > 0;
    /* So that shards complement each other where they are short. */
    pass->stimulus.first_cross = (unsigned)(cross_item_count(&check->machine->mmu) * pass->shard /
                                            (pass->shard_count > 0 ? pass->shard_count : 1));
    if (!testbench_init(&pass->bench, engine, check->machine, library, &start, &pass->error)) {
        return false;
    }
    if (check->response_timeout_cycles > 0 && engine == ENGINE_LOCKSTEP) {
        testbench_by_transactions(&pass->bench, &pass->transaction, check->response_timeout_cycles);
    }
    if (pass->variant == DUT_FAST || (is_counting(pass) && check->is_until_covered)) {
        pass->coverage =
            check_coverage_begin(&pass->bench, pass->seed, check->is_until_covered, pass->reached);
        if (pass->coverage == NULL) {
            testbench_end(&pass->bench);
            return error_set(&pass->error, "out of memory");
        }
    }
    return true;
}

/* Up to `end_cycle` or to a disagreement, which gives false. */
static bool run_to(struct check_pass *pass, uint64_t end_cycle)
{
    const bool is_steered = pass->coverage != NULL && pass->coverage->is_steering;
    struct mmu_in in;

    while (pass->bench.cycle < end_cycle) {
        if (is_steered) {
            check_coverage_steer(pass->coverage, &pass->stimulus);
        }
        stimulus_next(&pass->stimulus, pass->out, &in);
        pass->out = testbench_clock(&pass->bench, &in, NULL);
        if (pass->out == NULL) {
            return false;
        }
    }
    return true;
}

static bool is_done(const struct check_pass *pass)
{
    return pass->bench.cycle >= pass->cycles ||
           (pass->coverage != NULL && check_coverage_is_done(pass->coverage));
}

/* Ends what `begin` began. */
static void end(struct check_pass *pass)
{
    testbench_end(&pass->bench);
    check_coverage_end(pass->coverage);
    pass->coverage = NULL;
}

/* All of the pass, showing how far it is. */
static void run_all(struct check_pass *pass)
{
    enum { BLOCK = 4096 };
    struct progress progress;

    pass->verdict = CHECK_AGREED;
    progress_start(&progress, pass->name, "cycles", pass->cycles);
    while (!is_done(pass) && pass->verdict == CHECK_AGREED) {
        const uint64_t left = pass->cycles - pass->bench.cycle;

        if (is_interrupted || atomic_load_explicit(&pass->stop, memory_order_relaxed)) {
            pass->verdict = CHECK_INTERRUPTED;
        } else if (!run_to(pass, pass->bench.cycle + (left < BLOCK ? left : BLOCK))) {
            pass->verdict = CHECK_DISAGREED;
        }
        progress_update(&progress, pass->bench.cycle);
    }
    pass->seconds = progress_end(&progress);
}

/* --- recording --- */

static struct trace_writer *start_recording(struct check_pass *pass, const struct check *check,
                                            const char *path, struct error *error)
{
    const struct trace_header header = {
        .machine_yaml = machine_print(check->machine),
        .machine_name = check->machine->name,
        .command = check->command,
        .seed = pass->seed,
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
    again->shard = pass->shard;
    again->shard_count = pass->shard_count;
    again->seed = pass->seed;
    memcpy(again->reached, pass->reached, sizeof(again->reached));
    if (begin(again, check, library)) {
        if (!run_to(again, first_cycle)) {
            error_set(error, "%s: the disagreement came earlier the second time", path);
        } else if ((recording = start_recording(again, check, path, error)) != NULL) {
            const struct sink sink = trace_writer_sink(recording);

            testbench_add_sink(&again->bench, &sink);
            /* The model alone goes on where the DUT went away. */
            is_recorded = run_to(again, pass->bench.cycle + 1) == (library == NULL) ||
                          error_set(error, "%s: the disagreement did not come again", path);
            is_recorded = trace_writer_close(recording, is_recorded ? error : NULL) && is_recorded;
        }
        end(again);
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

/* Of the files that a disagreement leaves, without their endings. Malloc'ed. */
static char *file_prefix(const struct check_pass *pass, const struct check *check)
{
    char shard[32] = "";
    char *prefix;

    if (pass->shard > 0) {
        snprintf(shard, sizeof(shard), "-shard%" PRIu64, pass->shard);
    }
    return asprintf(&prefix, "%s%ssegmmu-check-%s-%" PRIu64 "%s",
                    check->directory != NULL ? check->directory : "",
                    check->directory != NULL ? "/" : "", check->machine->name, check->seed,
                    shard) < 0
               ? NULL
               : prefix;
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

    /* What random initial values brought about, a replay from known ones cannot repeat, and a trace
     * has the contract's latency. */
    if (pass->variant != DUT_RANDOM && pass->bench.transaction == NULL &&
        (prefix = file_prefix(pass, check)) != NULL && asprintf(&path, "%s.trace", prefix) > 0) {
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

void check_pass_record_lost_dut(struct check_pass *pass, const struct check *check, FILE *stream)
{
    enum { LENGTH = 256 };
    const uint64_t end = pass->bench.cycle;
    char *const prefix = file_prefix(pass, check);
    char *path = NULL;
    struct error error;

    if (prefix != NULL && asprintf(&path, "%s.trace", prefix) > 0) {
        if (record_again(pass, check, NULL, end > LENGTH ? end - LENGTH : 0, path, &error)) {
            fprintf(stream, "Trace of the last cycles: %s\n", path);
            pass->files.trace = path;
            path = NULL;
        } else {
            fprintf(stream, "segmmu: %s\n", error.text);
        }
    }
    free(prefix);
    free(path);
}

/* --- a pass --- */

/* A pipe may be read slowly. */
static bool is_regular_file(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static void run_and_record(struct check_pass *pass, const struct check *check)
{
    struct trace_writer *recording = start_recording(pass, check, check->trace_path, &pass->error);
    struct sink sink;

    if (recording == NULL) {
        pass->verdict = CHECK_FAILED;
        return;
    }
    if (!is_regular_file(check->trace_path)) {
        pass->phase = CHECK_PHASE_WRITING;
    }
    sink = trace_writer_sink(recording);
    testbench_add_sink(&pass->bench, &sink);
    run_all(pass);
    pass->phase = CHECK_PHASE_WRITING;
    if (!trace_writer_close(recording, &pass->error) && pass->verdict != CHECK_DISAGREED) {
        pass->verdict = CHECK_FAILED;
    }
}

static void run_compare(struct check_pass *pass, const struct check *check)
{
    struct dut_library *library = NULL;

    if (check->engine == ENGINE_LOCKSTEP) {
        library = dut_library_open(&check->source, pass->variant, &pass->error);
        if (library == NULL) {
            return;
        }
    }
    pass->phase = CHECK_PHASE_CLOCKING;
    if (begin(pass, check, library)) {
        if (check->trace_path != NULL && pass->variant == DUT_FAST) {
            run_and_record(pass, check);
        } else {
            run_all(pass);
        }
        pass->phase = CHECK_PHASE_REPORTING;
        if (pass->verdict == CHECK_DISAGREED) {
            report(pass, check, library);
        }
        if (is_counting(pass) && pass->verdict == CHECK_AGREED &&
            !check_rtl_coverage_write(&pass->bench, pass->rtl_coverage_fd, &pass->error)) {
            pass->verdict = CHECK_FAILED;
        }
        if (pass->coverage != NULL && !is_counting(pass)) {
            pass->coverage_run =
                coverage_run_json(pass->coverage->coverage, pass->seed, pass->bench.cycle);
        }
        end(pass);
    }
    if (library != NULL) {
        dut_library_close(library);
    }
}

void check_pass_run(struct check_pass *pass, const struct check *check)
{
    pass->verdict = CHECK_FAILED;
    pass->phase = CHECK_PHASE_BUILDING;
    if (pass->kind == CHECK_UNKNOWNS) {
        check_unknowns_run(pass, check);
    } else {
        run_compare(pass, check);
    }
    if (pass->verdict == CHECK_FAILED && is_interrupted) {
        pass->verdict = CHECK_INTERRUPTED;
    }
    pass->phase = CHECK_PHASE_REPORTING;
}

void check_pass_free(struct check_pass *pass)
{
    json_decref(pass->coverage_run);
    disagreement_files_free(&pass->files);
}
