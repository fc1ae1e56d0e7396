/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/progress.h"
#include "cli/check_rtl_coverage.h"
#include "cli/cli.h"
#include "sink/mismatch.h"
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

uint64_t check_random_cycles(uint64_t cycles)
{
    /* Its point is the time after power-up and before the first writes: it need not be long. */
    enum { PART = 10, MAX_CYCLES = 100000 };
    const uint64_t part = cycles / PART;

    return part > MAX_CYCLES ? MAX_CYCLES : part > 0 ? part : 1;
}

unsigned check_plan(const struct check *check, struct check_pass *passes)
{
    enum { UNKNOWNS_CYCLES = 10000 };
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
              check_random_cycles(check->cycles));
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

struct trial_setup check_pass_setup(const struct check_pass *pass, const struct check *check,
                                    const struct dut_library *library)
{
    return (struct trial_setup){
        .engine = library != NULL ? check->engine : ENGINE_MODEL,
        .machine = check->machine,
        .library = library,
        .is_random = pass->variant == DUT_RANDOM,
        .random_seed = pass->seed + pass->segment,
        .response_timeout_cycles = library != NULL ? check->response_timeout_cycles : 0,
        .limits = check->source.limits,
    };
}

static bool begin_segment(struct check_pass *pass, const struct check *check,
                          const struct dut_library *library)
{
    const struct trial_setup setup = check_pass_setup(pass, check, library);

    pass->segment_start = pass->stimulus;
    pass->out = NULL;
    return trial_begin(&pass->bench, &pass->transaction, &setup, &pass->error);
}

bool check_pass_begin(struct check_pass *pass, const struct check *check,
                      const struct dut_library *library)
{
    stimulus_init(&pass->stimulus, &check->machine->mmu, pass->seed);
    if (check->source.limits != NULL) {
        pass->stimulus.limits = *check->source.limits;
    }
    /* Directed stimulus does not depend on the seed much: once is enough. */
    pass->stimulus.directed_done = pass->shard > 0;
    /* So that shards complement each other where they are short. */
    pass->stimulus.first_cross = (unsigned)(cross_item_count(&check->machine->mmu) * pass->shard /
                                            (pass->shard_count > 0 ? pass->shard_count : 1));
    if (!begin_segment(pass, check, library)) {
        return false;
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

bool check_pass_go_on(struct check_pass *pass, const struct check *check,
                      const struct dut_library *library)
{
    testbench_end(&pass->bench);
    pass->earlier_cycles += pass->bench.cycle;
    pass->earlier_compared += pass->bench.compared_cycles;
    pass->segment++;
    stimulus_restart(&pass->stimulus);
    return begin_segment(pass, check, library);
}

void check_pass_next(struct check_pass *pass, struct mmu_in *in)
{
    if (pass->coverage != NULL && pass->coverage->is_steering) {
        check_coverage_steer(pass->coverage, &pass->stimulus);
    }
    stimulus_next(&pass->stimulus, pass->out, in);
}

bool check_pass_run_to(struct check_pass *pass, uint64_t end_cycle)
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

void check_pass_end(struct check_pass *pass)
{
    testbench_end(&pass->bench);
    check_coverage_end(pass->coverage);
    pass->coverage = NULL;
}

/* --- failures --- */

static void note_failure(struct check_pass *pass, const struct check *check)
{
    char text[SIGNATURE_TEXT];
    struct signature signature;
    struct check_failure *failure = pass->failure;

    signature_of(&pass->bench, &signature);
    signature_text(&signature, text, sizeof(text));
    while (failure < pass->failure + pass->failure_count && strcmp(failure->signature, text) != 0) {
        failure++;
    }
    if (failure == pass->failure + pass->failure_count) {
        *failure = (struct check_failure){
            .segment = pass->segment,
            .begin_cycle = pass->earlier_cycles,
            .cycle = pass->bench.cycle,
        };
        memcpy(failure->signature, text, sizeof(text));
        pass->failure_count++;
    }
    failure->count++;
    if (pass->mismatch == NULL) {
        pass->mismatch = mismatch_json(&pass->bench, check->command);
    }
}

/* What a pass has used up of its cycles: a fresh DUT costs some. */
static uint64_t cycles_spent(const struct check_pass *pass)
{
    return pass->earlier_cycles + pass->segment * SHRINK_START_CYCLES + pass->bench.cycle;
}

/* Whether a pass that has just failed looks for other failures. A recording ends with the first,
 * and coverage is not complete any more. */
static bool looks_further(const struct check_pass *pass, const struct check *check)
{
    return pass->failure_count < check->failures && pass->failure_count < CHECK_FAILURES &&
           check->trace_path == NULL && !check->is_until_covered && !is_counting(pass) &&
           cycles_spent(pass) + SHRINK_START_CYCLES < pass->cycles;
}

/* --- a pass --- */

static bool is_done(const struct check_pass *pass)
{
    return cycles_spent(pass) >= pass->cycles ||
           (pass->segment == 0 && pass->coverage != NULL && check_coverage_is_done(pass->coverage));
}

/* All of the pass, showing how far it is. */
static void run_all(struct check_pass *pass, const struct check *check,
                    const struct dut_library *library)
{
    enum { BLOCK = 4096 };
    struct progress progress;
    bool goes_on = true;

    pass->verdict = CHECK_AGREED;
    progress_start(&progress, pass->name, "cycles", pass->cycles);
    while (goes_on && !is_done(pass)) {
        const uint64_t left = pass->cycles - cycles_spent(pass);

        if (is_interrupted || atomic_load_explicit(&pass->stop, memory_order_relaxed)) {
            pass->verdict = CHECK_INTERRUPTED;
            break;
        }
        if (!check_pass_run_to(pass, pass->bench.cycle + (left < BLOCK ? left : BLOCK))) {
            note_failure(pass, check);
            pass->verdict = CHECK_DISAGREED;
            goes_on = looks_further(pass, check);
            if (goes_on && !check_pass_go_on(pass, check, library)) {
                pass->verdict = CHECK_FAILED;
                goes_on = false;
            }
        }
        progress_update(&progress, pass->earlier_cycles + pass->bench.cycle);
    }
    pass->seconds = progress_end(&progress);
}

/* A pipe may be read slowly. */
static bool is_regular_file(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static void run_and_record(struct check_pass *pass, const struct check *check)
{
    struct trace_writer *recording = check_record(pass, check, check->trace_path, &pass->error);
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
    run_all(pass, check, NULL);
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
    if (check_pass_begin(pass, check, library)) {
        if (check->trace_path != NULL && pass->variant == DUT_FAST) {
            run_and_record(pass, check);
        } else {
            run_all(pass, check, library);
        }
        pass->phase = CHECK_PHASE_REPORTING;
        if (is_counting(pass) && pass->verdict == CHECK_AGREED &&
            !check_rtl_coverage_write(&pass->bench, pass->rtl_coverage_fd, &pass->error)) {
            pass->verdict = CHECK_FAILED;
        }
        if (pass->coverage != NULL && !is_counting(pass)) {
            /* It ends with the first segment. */
            pass->coverage_run =
                coverage_run_json(pass->coverage->coverage, pass->seed,
                                  pass->segment > 0 ? pass->failure[0].cycle : pass->bench.cycle);
        }
        check_pass_end(pass);
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
    json_decref(pass->mismatch);
    disagreement_files_free(&pass->files);
}
