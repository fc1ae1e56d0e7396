/* SPDX-License-Identifier: MIT */
/* Comparing by transactions: for a DUT whose latency and stalls are its own. Its responses must be
 * the model's in order and content, where the model executes each request when the DUT accepts it;
 * beside that the DUT alone must keep the rules of the channels:
 *
 *     a response is offered later than its request moved, and never without one
 *     a response that waits stays as it is until it moves, resets apart
 *     a request is accepted, and answered, within the time-out
 *     what a reset dropped is not answered
 *
 * While rsp_valid_o is low the other outputs of the response are ignored, and all of them in a
 * cycle of reset.
 *
 * Source: specification, section 4.
 */
#ifndef LOCKSTEP_TRANSACTION_H
#define LOCKSTEP_TRANSACTION_H

#include "segmmu/segmmu.h"

enum {
    TRANSACTION_IN_FLIGHT = 256, /* at most; a power of 2 */
    TRANSACTION_TIMEOUT_CYCLES = 1000,
    TRANSACTION_COUNTED = 1024, /* figures below it are counted exactly */
};

/* How often each number of cycles came. */
struct transaction_figure {
    uint64_t count[TRANSACTION_COUNTED]; /* the last: all from there on */
    uint64_t total, max;
};

/* The least number of cycles with at least `percent` of all at or below it (0: the least of all);
 * 0 where nothing was counted. */
uint64_t transaction_percentile(const struct transaction_figure *figure, unsigned percent);

struct testbench;

struct transaction {
    uint64_t timeout_cycles;
    struct mmu_regs regs;                                /* after every request accepted so far */
    struct mmu_response expected[TRANSACTION_IN_FLIGHT]; /* of testbench.flights, by place */
    bool is_waiting;                                     /* a response was offered, and not taken */
    struct mmu_response waiting;
    uint64_t silent_cycles;  /* with something in flight and no response on offer, in a row */
    uint64_t refused_cycles; /* of the request on offer; those of our back-pressure do not count */
    struct transaction_figure latency; /* from acceptance to the offer of the response */
    struct transaction_figure stall;   /* refused_cycles of each accepted request */
};

/* The DUT's outputs of a cycle without reset. NULL where it keeps the rules; otherwise the one that
 * it broke, static but for the time-out, which is in `buffer`. Call it before the testbench
 * accounts for what moved. */
const char *transaction_check(struct transaction *transaction, const struct testbench *bench,
                              const struct mmu_in *in, const struct mmu_out *dut, char *buffer,
                              unsigned buffer_size);

/* Whether a rule that transaction_check returned is that of answering at all: it depends on the
 * stimulus whether time or room ends first. */
bool transaction_is_unanswered(const char *broken);

/* What moved in a cycle that was found good. Also before the testbench accounts for it. */
void transaction_advance(struct transaction *transaction, const struct testbench *bench,
                         const struct mmu_in *in, const struct mmu_out *dut);

#endif
