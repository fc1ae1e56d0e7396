/* SPDX-License-Identifier: MIT */
/* Functional coverage as a sink of the testbench: which bins (coverage_bins.h) a run has hit. It
 * keeps registers of its own, brought up to date with what moves, and never looks into model or
 * DUT. */
#ifndef SINK_COVERAGE_H
#define SINK_COVERAGE_H

#include "lockstep/testbench.h"
#include "sink/coverage_bins.h"

enum { COVERAGE_FLIGHTS = 64 }; /* more than any pipeline that is checked holds; a power of 2 */

/* The request that was completed last, as far as the next one meets it. */
struct coverage_before {
    bool is_valid;
    bool is_fault;
    bool is_after_fault; /* the one before it was a fault, no more than a step away */
    bool is_change;      /* a write of CONTEXT or WINDOW that changed it */
    uint8_t op, reg, priv;
    enum coverage_register place; /* of a register operation */
    unsigned segment, bank;       /* of a user translation, or that a segment register belongs to */
    uint64_t accepted_cycle;
};

struct coverage {
    struct coverage_bins bins;
    uint32_t *hits; /* of each bin; stays at its highest value */
    unsigned reached_count;
    unsigned contradicted; /* a bin that was hit though it is excluded; 0 where none is, +1 */

    /* Where the run stands. */
    struct mmu_regs regs;            /* as the completed requests left them */
    unsigned held;                   /* cycles that the visible response has waited */
    unsigned accepted, completed;    /* modulo 2^32 */
    uint8_t older[COVERAGE_FLIGHTS]; /* in flight when request n was accepted, at n modulo that */
    bool was_stalled;                /* the last cycle was a stall */
    struct coverage_before before;
};

/* NULL when memory runs out. */
struct coverage *coverage_new(const struct mmu_config *config);
void coverage_free(struct coverage *coverage);

struct sink coverage_sink(struct coverage *coverage);

static inline bool coverage_is_complete(const struct coverage *coverage)
{
    return coverage->reached_count == coverage->bins.reachable_count;
}

/* The first bin from `bin` on that is reachable and not hit, around the end; bins.count where there
 * is none. `reached` has a bit for each bin that others have hit, or is NULL. */
unsigned coverage_hole(const struct coverage *coverage, unsigned bin, const uint8_t *reached);

#endif
