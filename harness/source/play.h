/* SPDX-License-Identifier: MIT */
/* A whole trace as the inputs of clock after clock: the preamble that leads to its first frame,
 * then every frame. A trace that begins with cycle 0 begins with power-up itself,
 * without a preamble. */
#ifndef SOURCE_PLAY_H
#define SOURCE_PLAY_H

#include "sink/trace.h"

/* One clock; false ends the play. */
typedef bool play_clock(void *context, const struct mmu_in *in, const struct offer *offer);

/* Calls `clock` for each clock of the trace. False with an error where the trace cannot be read to
 * its end mark; true also when `clock` ended the play. */
bool play_trace(const char *path, play_clock *clock, void *context, struct error *error);

#endif
