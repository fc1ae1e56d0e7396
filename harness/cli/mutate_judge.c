/* SPDX-License-Identifier: MIT */
/* What becomes of the mutants, in three steps: most die within a short run; of the others many are
 * proved equivalent, and need not be run any longer; the rest has all the cycles. */
#include <stdlib.h>

#include "cli/mutate.h"

enum { SHORT_RUN_CYCLES = 1 << 16 };

/* All mutants as one shared object; its path, malloc'ed. */
static char *build(const struct mutation *mutation, bool is_sandboxed, struct error *error)
{
    const char *const files[] = {mutation->design.verilog_path, NULL};
    const struct dut_source source = {
        .files = files,
        .file_count = 1,
        .config = mutation->trial.config,
        .adapter = mutation->design.adapter,
        .is_sandboxed = is_sandboxed,
    };

    return dut_library_build(&source, DUT_FAST, error);
}

static bool has_unmutated_failed(const struct mutation *mutation)
{
    return mutation->results[0].fate != MUTANT_SURVIVED;
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
    if (mutate_is_interrupted() || has_unmutated_failed(mutation)) {
        return true;
    }
    count = list_survivors(mutation, false, numbers);
    if (!mutate_proofs_run(&judge->proofs, mutation, numbers, count, error)) {
        return false;
    }
    if (mutate_is_interrupted() || short_cycles == cycles) {
        return true;
    }
    numbers[0] = 0;
    count = list_survivors(mutation, true, numbers + 1);
    return mutate_workers_run(workers, mutation, numbers, count + 1, cycles, error);
}

bool mutate_judge_all(const struct mutate_judge *judge, struct mutation *mutation,
                      struct error *error)
{
    const size_t all = mutation->design.mutants.count + 1;
    unsigned *const numbers = calloc(all, sizeof(*numbers));
    struct mutate_workers workers = judge->workers;
    char *const library_path = build(mutation, workers.is_sandboxed, error);
    bool is_good = library_path != NULL;

    workers.library_path = library_path;
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
