/* SPDX-License-Identifier: MIT */
#include "mutation/mutant_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lockstep/signature.h"
#include "source/stimulus.h"

static const char *const fate_names[] = {
    [MUTANT_NOT_RUN] = "not_run", [MUTANT_SURVIVED] = "survived", [MUTANT_DISAGREED] = "disagreed",
    [MUTANT_STOPPED] = "stopped", [MUTANT_BROKEN] = "broken",     [MUTANT_CRASHED] = "crashed",
    [MUTANT_HUNG] = "hung",
};

const char *mutant_fate_name(enum mutant_fate fate)
{
    return fate_names[fate];
}

struct run {
    struct machine machine;
    struct testbench bench;
    struct transaction transaction;
    struct stimulus stimulus;
};

/* Up to a number of cycles or to a disagreement, which gives false. */
static bool run_to(struct run *run, const struct mmu_out **out, uint64_t end_cycle)
{
    struct mmu_in in;

    while (run->bench.cycle < end_cycle) {
        stimulus_next(&run->stimulus, *out, &in);
        *out = testbench_clock(&run->bench, &in, NULL);
        if (*out == NULL) {
            return false;
        }
    }
    return true;
}

static void describe(const struct testbench *bench, struct mutant_result *result)
{
    struct signature signature;

    signature_of(bench, &signature);
    switch (signature.verdict) {
    case TESTBENCH_DISAGREED:
        result->fate = MUTANT_DISAGREED;
        snprintf(result->field, sizeof(result->field), "%s", signature.field);
        snprintf(result->rule, sizeof(result->rule), "%s", signature.rule);
        snprintf(result->op, sizeof(result->op), "%s", signature.op);
        return;
    case TESTBENCH_DUT_STOPPED:
        result->fate = MUTANT_STOPPED;
        break;
    default:
        result->fate = MUTANT_BROKEN;
        break;
    }
    snprintf(result->reason, sizeof(result->reason), "%s", signature.reason);
}

static void run_all(struct run *run, const struct mutant_trial *trial, struct mutant_result *result,
                    _Atomic uint64_t *cycle, const atomic_bool *stop)
{
    enum { BLOCK = 1024 };
    const struct mmu_out *out = NULL;

    while (run->bench.cycle < trial->cycles) {
        const uint64_t left = trial->cycles - run->bench.cycle;

        if (atomic_load_explicit(stop, memory_order_relaxed)) {
            return;
        }
        if (!run_to(run, &out, run->bench.cycle + (left < BLOCK ? left : BLOCK))) {
            describe(&run->bench, result);
            result->cycles = run->bench.cycle + 1;
            return;
        }
        atomic_store_explicit(cycle, run->bench.cycle, memory_order_relaxed);
    }
    result->fate = MUTANT_SURVIVED;
    result->cycles = run->bench.cycle;
}

/* From one power-up on. */
static bool run_once(const struct mutant_trial *trial, const struct dut_library *library,
                     const struct dut_start *start, struct mutant_result *result,
                     _Atomic uint64_t *cycle, const atomic_bool *stop, struct error *error)
{
    struct run *const run = calloc(1, sizeof(*run));
    bool is_started;

    *result = (struct mutant_result){.fate = MUTANT_NOT_RUN};
    if (run == NULL) {
        return error_set(error, "out of memory");
    }
    run->machine.mmu = trial->config;
    stimulus_init(&run->stimulus, &trial->config, trial->seed);
    run->stimulus.limits = trial->limits;
    is_started = testbench_init(&run->bench, ENGINE_LOCKSTEP, &run->machine, library, start, error);
    if (is_started) {
        if (trial->response_timeout_cycles > 0) {
            testbench_by_transactions(&run->bench, &run->transaction,
                                      trial->response_timeout_cycles);
        }
        run_all(run, trial, result, cycle, stop);
        testbench_end(&run->bench);
    }
    free(run);
    return is_started;
}

bool mutant_run(const struct mutant_trial *trial, const struct dut_library *library,
                unsigned mutant, struct mutant_result *result, _Atomic uint64_t *cycle,
                const atomic_bool *stop, struct error *error)
{
    struct dut_start start = {.random_seed = trial->seed, .mutant = mutant};

    for (unsigned i = 0; i < trial->power_ups; i++, start.random_seed++) {
        if (!run_once(trial, library, &start, result, cycle, stop, error)) {
            return false;
        }
        result->cycles += i * trial->cycles;
        if (result->fate != MUTANT_SURVIVED) {
            break;
        }
    }
    return true;
}
