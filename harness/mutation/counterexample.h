/* SPDX-License-Identifier: MIT */
/* The inputs on which a mutant and the original differ, as a SAT solver found them. */
#ifndef MUTATION_COUNTEREXAMPLE_H
#define MUTATION_COUNTEREXAMPLE_H

#include <stddef.h>

#include "base/error.h"
#include "segmmu/cycle.h"

enum { COUNTEREXAMPLE_CYCLES = 64 };

struct counterexample_cycle {
    struct mmu_in in;
    struct mmu_out original, mutant;
};

/* From a cycle of reset to the cycle in which an output differs, both included. */
struct counterexample {
    struct counterexample_cycle cycles[COUNTEREXAMPLE_CYCLES];
    unsigned count;
};

/* Reads what `sat -dump_vcd` wrote of a miter with outputs: in_PORT, gold_PORT and gate_PORT for
 * every port of the contract. What it leaves undefined is 0. */
bool counterexample_read(struct counterexample *counterexample, const char *path,
                         struct error *error);

/* Whether every request on offer waits unchanged until it moves, resets apart. */
bool counterexample_is_legal(const struct counterexample *counterexample);

/* In words: the requests that move, the resets, and the outputs that differ at the end; cut off
 * where it does not fit. Returns `buffer`. */
char *counterexample_text(const struct counterexample *counterexample,
                          const struct mmu_config *config, char *buffer, size_t size);

#endif
