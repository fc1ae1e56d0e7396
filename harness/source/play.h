/* SPDX-License-Identifier: MIT */
/* A whole trace as the inputs of clock after clock: the preamble that leads to its first frame,
 * then every frame. A trace that begins with cycle 0 begins with power-up itself, and one that was
 * recorded by transactions with a reset: they have no preamble. */
#ifndef SOURCE_PLAY_H
#define SOURCE_PLAY_H

#include "sink/trace.h"

/* One clock, as it was recorded. */
struct play_cycle {
    uint64_t number; /* of the cycle; 0 in the preamble */
    struct mmu_in in;
    struct offer offer;
    bool moves; /* the request is accepted in it */
};

/* False ends the play. */
typedef bool play_clock(void *context, const struct play_cycle *cycle);

/* Calls `clock` for each clock of the trace. False with an error where the trace cannot be read to
 * its end mark; true also when `clock` ended the play. */
bool play_trace(const char *path, play_clock *clock, void *context, struct error *error);

#endif
