/* SPDX-License-Identifier: MIT */
/* What becomes of the mutants, in steps: most die within a short run; of the others many are proved
 * equivalent, and need not be run any longer; the rest has all the cycles, and at last starts a few
 * times from random values, in place of the passes of `segmmu check` from random and from unknown
 * ones. */
#include <stdlib.h>

#include "cli/check.h"
#include "cli/mutate.h"

enum { SHORT_RUN_CYCLES = 1 << 16, POWER_UPS = 16 };

/* All mutants as one shared object; its path, malloc'ed. */
static char *build(const struct mutation *mutation, enum dut_variant variant, bool is_sandboxed,
                   struct error *error)
{
    const char *const files[] = {mutation->design.verilog_path, NULL};
    const struct dut_source source = {
        .files = files,
        .file_count = 1,
        .config = mutation->trial.config,
        .adapter = mutation->design.adapter,
        .is_sandboxed = is_sandboxed,
    };

    return dut_library_build(&source, variant, error);
}

/* The numbers of what is left, from 1; how many. */
static size_t list_survivors(const struct mutation *mutation, bool is_proved, unsigned *numbers)
{
    size_t count = 0;

    for (unsigned number = 1; number <= mutation->design.mutants.count; number++) {
        if (mutation->results[number].fate == MUTANT_SURVIVED &&
            (!is_proved || mutation->proofs[number].verdict != EQUIVALENT)) {
            numbers[count++] = number;
        }
    }
    return count;
}

/* A register that nobody resets shows itself in this way only; and where it is a single bit, in
 * every second power-up. */
static bool run_from_random(const struct mutate_workers *workers, struct mutation *mutation,
                            unsigned *numbers, struct error *error)
{
    const size_t count = list_survivors(mutation, true, numbers + 1);
    const uint64_t all_cycles = check_random_cycles(mutation->trial.cycles);
    const uint64_t cycles = all_cycles > POWER_UPS ? all_cycles / POWER_UPS : 1;
    struct mutate_workers random = *workers;
    char *path;
    bool is_good;

    if (count == 0) {
        return true;
    }
    numbers[0] = 0;
    path = build(mutation, DUT_RANDOM, workers->is_sandboxed, error);
    random.library_path = path;
    random.power_ups = POWER_UPS;
    is_good =
        path != NULL && mutate_workers_run(&random, mutation, numbers, count + 1, cycles, error);
    for (size_t i = 0; is_good && i <= count; i++) {
        struct mutant_result *const result = &mutation->results[numbers[i]];

        result->is_from_random = result->fate != MUTANT_SURVIVED;
        if (result->fate == MUTANT_SURVIVED) {
            result->cycles = mutation->trial.cycles;
        }
    }
    free(path);
    return is_good;
}

static bool must_end(const struct mutation *mutation)
{
    return mutate_is_interrupted() || mutation->results[0].fate != MUTANT_SURVIVED;
}

static bool judge_in_steps(const struct mutate_judge *judge, const struct mutate_workers *workers,
                           struct mutation *mutation, unsigned *numbers, struct error *error)
{
    const uint64_t cycles = mutation->trial.cycles;
    const uint64_t short_cycles = cycles < SHORT_RUN_CYCLES ? cycles : SHORT_RUN_CYCLES;
    const size_t all = mutation->design.mutants.count + 1;
    size_t count;

    for (unsigned number = 0; number < all; number++) {
        numbers[number] = number;
    }
    if (!mutate_workers_run(workers, mutation, numbers, all, short_cycles, error)) {
        return false;
    }
    if (must_end(mutation)) {
        return true;
    }
    count = list_survivors(mutation, false, numbers);
    if (!mutate_proofs_run(&judge->proofs, mutation, numbers, count, error)) {
        return false;
    }
    numbers[0] = 0;
    count = list_survivors(mutation, true, numbers + 1);
    if (!must_end(mutation) && short_cycles < cycles &&
        !mutate_workers_run(workers, mutation, numbers, count + 1, cycles, error)) {
        return false;
    }
    return must_end(mutation) || run_from_random(workers, mutation, numbers, error);
}

bool mutate_judge_all(const struct mutate_judge *judge, struct mutation *mutation,
                      struct error *error)
{
    const size_t all = mutation->design.mutants.count + 1;
    unsigned *const numbers = calloc(all, sizeof(*numbers));
    struct mutate_workers workers = judge->workers;
    char *const library_path = build(mutation, DUT_FAST, workers.is_sandboxed, error);
    bool is_good = library_path != NULL;

    workers.library_path = library_path;
    workers.power_ups = 1;
    mutation->results = calloc(all, sizeof(*mutation->results));
    mutation->proofs = calloc(all, sizeof(*mutation->proofs));
    if (is_good && (numbers == NULL || mutation->results == NULL || mutation->proofs == NULL)) {
        is_good = error_set(error, "out of memory");
    }
    is_good = is_good && judge_in_steps(judge, &workers, mutation, numbers, error);
    free(library_path);
    free(numbers);
    return is_good;
}
