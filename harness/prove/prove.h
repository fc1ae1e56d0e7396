/* SPDX-License-Identifier: MIT */
/* What the proofs share: the words for assumptions and claims, and values of which nothing is
 * known. For cbmc, to which a function nondet_...() without a body may return anything. */
#ifndef PROVE_H
#define PROVE_H

#include "segmmu/segmmu.h"

#define ASSUME(condition) __CPROVER_assume(condition)
#define PROVE(condition, name) __CPROVER_assert(condition, name)

/* A run of cbmc shows a part of a function's claims, or all where PROVE_PART is below 0: a solver
 * is quicker with a few like claims than with all of them together. */
#define PART(number, claim)                                                                        \
    do {                                                                                           \
        if (PROVE_PART < 0 || (number) == PROVE_PART) {                                            \
            claim;                                                                                 \
        }                                                                                          \
    } while (0)

/* Parts from this one on are of so many segment registers each. */
enum { PART_MEMORY = 2, ENTRIES_OF_A_PART = 16 };

struct mmu_in nondet_mmu_in(void);
struct mmu_state nondet_state(void);
unsigned nondet_unsigned(void);
uint8_t nondet_byte(void);

/* Of the channels: no field has more bits than its port. Bits are cut, not excluded by an
 * assumption: a solver never sees them. */
static inline struct mmu_request cut_request(struct mmu_request request)
{
    request.op &= 3;
    request.bytes &= 31;
    request.access &= 3;
    request.priv &= 1;
    request.segment &= 15;
    return request;
}

static inline struct mmu_in any_input(void)
{
    struct mmu_in in = nondet_mmu_in();

    in.req = cut_request(in.req);
    in.rst &= 1;
    in.req_valid &= 1;
    in.rsp_ready &= 1;
    return in;
}

#endif
