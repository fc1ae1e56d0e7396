/* SPDX-License-Identifier: MIT */
/* Makes a stimulus that ends in a disagreement small: delta debugging (Zeller and Hildebrandt,
 * "Simplifying and isolating failure-inducing input", 2002) over requests, register writes, stalls
 * and resets, then over their values. Every candidate is played from power-up on a fresh model and
 * a fresh DUT, compared as the failing run was, and is kept when it fails with the same signature:
 * field, rule and operation.
 *
 *     without phases -> without their requests, the time kept -> shorter waits -> smaller values
 *           ^                                                                         |
 *           +------------------- until nothing can be left out any more --------------+
 *
 * The budget is in clock cycles, not in seconds: the same stimulus gives the same result. */
#ifndef SOURCE_SHRINK_H
#define SOURCE_SHRINK_H

#include "lockstep/signature.h"
#include "lockstep/trial.h"
#include "sink/trace.h"
#include "source/timeline.h"

enum {
    SHRINK_START_CYCLES = 256, /* what beginning a DUT and a model is counted as */
    SHRINK_DEFAULT_CYCLES = 100000000,
};

struct shrink {
    struct trial_setup setup;   /* of every candidate */
    struct signature signature; /* that every candidate must have */
    uint64_t budget_cycles;
    uint64_t noise_seed; /* that the stimulus came with; afterwards 0 where it can do without */
    volatile uint64_t *pulse; /* counts tries, for a watchdog; or NULL */
    struct timeline timeline; /* the stimulus, afterwards the small one; ended by timeline_free */

    /* The result. */
    uint64_t tries;
    uint64_t cycles;   /* of all tries, from the budget */
    bool is_exhausted; /* the budget ended it */
};

/* False with an error when the stimulus, played as phases, does not fail with the signature, or
 * memory ran out; the timeline is then as it was. */
bool shrink_run(struct shrink *shrink, struct error *error);

/* Plays the small stimulus once more, records it where `path` is not NULL, and leaves `trial` with
 * its disagreement; false with an error where that does not come, or cannot be recorded. The caller
 * ends it with testbench_end, also after an error. */
bool shrink_play(struct shrink *shrink, struct trial *trial, const char *path, const char *command,
                 uint64_t seed, struct error *error);

#endif
