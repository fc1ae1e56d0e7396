/* SPDX-License-Identifier: MIT */
/* The CPU and the memory around the MMU, clock by clock: turns a stream of requests into the inputs
 * of every cycle, by the machine's `cpu` and `memory`, and holds each answer against the one that
 * its sender went on with.
 *
 * Source: specification, section 5.
 */
#ifndef SOURCE_TIMING_H
#define SOURCE_TIMING_H

#include <stddef.h>

#include "lockstep/testbench.h"
#include "source/stream.h"

struct timing {
    struct testbench *bench;
    const struct machine *machine;
    bool fills_answers;       /* engine rtl: the testbench's answers are the stream's */
    uint64_t port_free_cycle; /* the memory port takes a response from this cycle on */
    uint64_t offer_cycle;     /* a blocking CPU offers its next request then */
    /* What has been accepted and not answered, oldest first. */
    struct stream_record *expected[MMU_MAX_STAGES + 1];
    struct stream_record expected_copy[MMU_MAX_STAGES + 1]; /* their slots may be reused */
    unsigned expected_first, expected_count;
    /* Why timing_run returned false although the testbench agreed: the model answered this request
     * otherwise than the guest was told. Empty otherwise. */
    char complaint[256];
};

/* Begins with one cycle of reset. `bench` and `machine` must outlive it. */
bool timing_init(struct timing *timing, struct testbench *bench, const struct machine *machine);

/* Runs the cycles of `count` records. With a blocking CPU every one of them is answered on return;
 * with a pipelined one the last few may be under way until one that is no request. False when
 * something disagreed: see bench->verdict and complaint. */
bool timing_run(struct timing *timing, struct stream_record *records, size_t count);

/* Answers everything that is under way. */
bool timing_drain(struct timing *timing);

#endif
