/* SPDX-License-Identifier: MIT */
/* What the proofs share: the words for assumptions and claims, and values of which nothing is
 * known. For cbmc, to which a function nondet_...() without a body may return anything. */
#ifndef PROVE_H
#define PROVE_H

#include "segmmu/segmmu.h"

#define ASSUME(condition) __CPROVER_assume(condition)
#define PROVE(condition, name) __CPROVER_assert(condition, name)

struct mmu_in nondet_mmu_in(void);
struct mmu_state nondet_state(void);

/* Of the channels: no field has more bits than its port. */
static inline struct mmu_in any_input(void)
{
    const struct mmu_in in = nondet_mmu_in();

    ASSUME(in.rst <= 1 && in.req_valid <= 1 && in.rsp_ready <= 1);
    ASSUME(in.req.op <= 3 && in.req.bytes <= 31 && in.req.access <= 3 && in.req.priv <= 1);
    ASSUME(in.req.segment <= 15);
    return in;
}

#endif
