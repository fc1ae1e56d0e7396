/* SPDX-License-Identifier: MIT */
/* A trial: model and DUT from power-up on, begun in the same way as often as one likes. */
#ifndef LOCKSTEP_TRIAL_H
#define LOCKSTEP_TRIAL_H

#include "lockstep/testbench.h"

struct trial_setup {
    enum engine engine;
    const struct machine *machine;
    const struct dut_library *library; /* NULL: of ENGINE_MODEL */
    bool is_random;                    /* it is a DUT_RANDOM, */
    uint64_t random_seed;              /* whose registers start from the values of this seed */
    uint64_t response_timeout_cycles;  /* nonzero: compared by transactions */
    const struct input_limits *limits; /* that the stimulus keeps to; NULL: none */
};

struct trial {
    struct testbench bench;
    struct transaction transaction;
};

/* False with an error when the DUT does not start. Ended with testbench_end, also after an error.
 */
bool trial_begin(struct testbench *bench, struct transaction *transaction,
                 const struct trial_setup *setup, struct error *error);

#endif
