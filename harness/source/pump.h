/* SPDX-License-Identifier: MIT */
/* The pump: a thread that takes the stream, block by block, through timing into the testbench,
 * while the guest runs on ahead on the other core. */
#ifndef SOURCE_PUMP_H
#define SOURCE_PUMP_H

#include "base/error.h"
#include "source/timing.h"

struct pump;

/* The stream's consumer from now on; `bench` with its sinks belongs to the pump's thread until
 * pump_stop. Start it after the guest was forked. */
struct pump *pump_start(struct stream *stream, struct testbench *bench,
                        const struct machine *machine, struct error *error);

/* Takes what has been published, answers everything under way, ends the thread and frees it. False
 * when something disagreed; `complaint` (at least 256 bytes) is then timing's, or empty. */
bool pump_stop(struct pump *pump, char *complaint);

#endif
