/* SPDX-License-Identifier: MIT */
#include "lockstep/trial.h"

bool trial_begin(struct testbench *bench, struct transaction *transaction,
                 const struct trial_setup *setup, struct error *error)
{
    const struct dut_start start = {.random_seed = setup->random_seed};

    if (!testbench_init(bench, setup->engine, setup->machine, setup->library, &start, error)) {
        return false;
    }
    if (setup->response_timeout_cycles > 0) {
        testbench_by_transactions(bench, transaction, setup->response_timeout_cycles);
    }
    return true;
}
