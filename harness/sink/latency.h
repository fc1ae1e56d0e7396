/* SPDX-License-Identifier: MIT */
/* What translation costs: latency and queueing of every request, kept apart by operation, access,
 * mode, segment, outcome and context.
 *
 * Latency is the cycles from a request's acceptance to the transfer of its response; queueing is
 * the cycles it was offered but not accepted. Source: specification, section 5.
 */
#ifndef SINK_LATENCY_H
#define SINK_LATENCY_H

#include <jansson.h>
#include <stdio.h>

#include "lockstep/testbench.h"

struct latency;

/* NULL when memory ran out. */
struct latency *latency_new(void);
void latency_free(struct latency *latency);

/* Add it to one testbench. */
struct sink latency_sink(struct latency *latency);

/* False when memory ran out while counting: some requests are missing in the figures. */
bool latency_is_complete(const struct latency *latency);

/* Sums over all requests, for reconciling: with the testbench's in_flight_cycles, less what is
 * still in flight, the latencies (those of dropped requests up to their reset) must agree. */
struct latency_totals {
    uint64_t requests;               /* answered */
    uint64_t faults;                 /* of these, answered with a fault */
    uint64_t dropped;                /* accepted, and dropped by a reset */
    uint64_t withdrawn;              /* offered, and taken back by a reset */
    uint64_t squashed;               /* answered, and issued again by a restarted instruction */
    uint64_t latency_cycles;         /* of all that were answered */
    uint64_t dropped_latency_cycles; /* of all that were dropped, up to their reset */
    uint64_t queueing_cycles;
};
struct latency_totals latency_totals(const struct latency *latency);

/* The table: a row a group, most requests first, then the classes of cycles, with what one of the
 * guest's instructions cost when `instructions` is not 0. */
void latency_print(const struct latency *latency, const struct testbench *bench,
                   uint64_t instructions, FILE *stream);

/* The same as {"groups": [...], "cycles": {...}, "totals": {...}}; NULL when memory ran out. */
json_t *latency_json(const struct latency *latency, const struct testbench *bench,
                     uint64_t instructions);

#endif
