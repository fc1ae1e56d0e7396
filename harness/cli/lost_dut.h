/* SPDX-License-Identifier: MIT */
/* A DUT that crashed or hung, as the memory shows it that its process shared. The RTL could write
 * all of that: nothing in it is believed that could lead further than to a wrong page. */
#ifndef CLI_LOST_DUT_H
#define CLI_LOST_DUT_H

#include "lockstep/testbench.h"

/* Why it is lost. */
struct lost_reason {
    int signal;               /* that ended the process */
    unsigned timeout_seconds; /* nonzero: we ended it, since it hung for so long */
};

struct lost_setup {
    const struct machine *machine;
    bool by_transactions;
    uint64_t max_cycle; /* that it can have come to */
};

/* Whether that is what RTL does, and not somebody from outside. */
bool lost_is_crash(int status);

/* Makes *bench a copy that mismatch_print takes: the cycle that did not end is the last one, in
 * which the inputs were `last`. */
void lost_bench_copy(struct testbench *bench, const struct testbench *shared,
                     const struct mmu_in *last, const struct lost_setup *setup,
                     const struct lost_reason *reason);

#endif
