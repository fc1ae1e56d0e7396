/* SPDX-License-Identifier: MIT */
/* The preamble: the cycles that bring any MMU from power-up to a snapshot through its channel
 * alone, so that a frame of a trace can be replayed by itself.
 *
 *     reset
 *     the recorded fault, provoked once more (and a second one, where one came)
 *     every segment register, WINDOW, CONTEXT
 *     as many empty cycles as there are stages
 *     the requests in flight, one a cycle, with their bubbles
 *
 * The receiver is ready throughout, so every request moves in the cycle in which it is offered. */
#ifndef SOURCE_PREAMBLE_H
#define SOURCE_PREAMBLE_H

#include <stddef.h>

#include "lockstep/testbench.h"

enum {
    /* Reset, CONTEXT, WINDOW and clearing, at most 5 for the fault, and the rest by count. */
    PREAMBLE_MAX_CYCLES = 16 + MMU_MAX_CONTEXTS * (1 + 3 * MMU_MAX_SEGMENTS) + 2 * MMU_MAX_STAGES,
};

struct preamble {
    struct mmu_in in[PREAMBLE_MAX_CYCLES];
    struct offer offer[PREAMBLE_MAX_CYCLES]; /* of in[i].req */
    size_t count;
};

/* Fails where no sequence of requests can lead to the snapshot (a trace that nobody recorded): the
 * registers after the preamble are compared with the snapshot's. */
bool preamble_build(const struct mmu_config *config, const struct snapshot *snapshot,
                    struct preamble *preamble, struct error *error);

/* Field by field, all banks that the configuration has. */
bool registers_equal(const struct mmu_config *config, const struct mmu_regs *one,
                     const struct mmu_regs *other);

#endif
