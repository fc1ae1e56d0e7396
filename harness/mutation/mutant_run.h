/* SPDX-License-Identifier: MIT */
/* One mutant in lockstep with the model, until something tells them apart. */
#ifndef MUTATION_MUTANT_RUN_H
#define MUTATION_MUTANT_RUN_H

#include <stdatomic.h>

#include "lockstep/dut_build.h"

enum mutant_fate {
    MUTANT_NOT_RUN,
    MUTANT_SURVIVED,
    MUTANT_DISAGREED, /* an output differed from the model's */
    MUTANT_STOPPED,   /* the RTL ended itself, or did not settle */
    MUTANT_BROKEN,    /* it broke a rule of the channels */
    MUTANT_CRASHED,
    MUTANT_HUNG, /* the clock stood still */
    MUTANT_FATES
};

/* "survived", "killed by an output", ... */
const char *mutant_fate_name(enum mutant_fate fate);

/* Plain memory, which processes can share. */
struct mutant_result {
    enum mutant_fate fate;
    bool is_from_random; /* registers started from random values */
    uint64_t cycles;     /* until then, after all power-ups together */
    /* DISAGREED: as in struct signature; "" otherwise. */
    char field[16];
    char rule[24];
    char op[24];
    char reason[256]; /* otherwise why, "" where it survived */
};

/* The stimulus of every mutant: that of the first shard of `segmmu check --seed`. Plain memory. */
struct mutant_trial {
    struct mmu_config config;
    struct input_limits limits;
    uint64_t seed;
    unsigned power_ups;               /* how often it is started, each time from other values */
    uint64_t cycles;                  /* the most for a mutant after each */
    uint64_t response_timeout_cycles; /* nonzero: compared by transactions */
};

/* False with an error where the DUT does not start. `cycle` is told how far it is; setting `stop`
 * ends it with MUTANT_NOT_RUN. */
bool mutant_run(const struct mutant_trial *trial, const struct dut_library *library,
                unsigned mutant, struct mutant_result *result, _Atomic uint64_t *cycle,
                const atomic_bool *stop, struct error *error);

#endif
