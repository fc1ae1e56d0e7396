/* SPDX-License-Identifier: MIT */
/* A memory log as stays: each region's time in each place that it had. What both pictures of
 * sink/memory_map.h are drawn from. */
#ifndef SINK_MEMORY_HISTORY_H
#define SINK_MEMORY_HISTORY_H

#include <stddef.h>

#include "sink/memory_log.h"

/* A region in one place and of one size, in the cycles [from_cycle, to_cycle). */
struct memory_stay {
    uint64_t from_cycle, to_cycle;
    uint64_t address, reserved_bytes, size_bytes;
    uint64_t old_address; /* of a region that began it by a move: where it was */
    uint32_t region;
    uint8_t began; /* enum memory_change */
    uint8_t ended; /* the same, or MEMORY_CHANGES: it had not ended */
};

struct memory_history {
    const struct memory_log *log;
    struct memory_stay *stays; /* by their beginning */
    size_t stay_count;
    uint64_t *event_cycles; /* of event n at n - 1, never less than that of the one before */
    uint64_t end_cycle;     /* of the run, or of the last event where some were left out */
    uint64_t view_bytes;    /* nothing lay at or above it: a power of two, or all of memory */
};

/* False when memory ran out. */
bool memory_history_init(struct memory_history *history, const struct memory_log *log,
                         uint64_t end_cycle);
void memory_history_free(struct memory_history *history);

/* The figures in `cycle`, after all of its events. `*event` is how many events were before it in
 * the call before, 0 at first; cycles must not go back from call to call. */
struct memory_log_figures memory_history_figures(const struct memory_history *history,
                                                 uint64_t cycle, uint32_t *event);

static inline bool memory_change_is_move(unsigned change)
{
    return change == MEMORY_MOVED || change == MEMORY_COMPACTED;
}

/* "2 MiB", "20 KiB", "13 B": the largest unit that divides it. */
enum { MEMORY_SIZE_TEXT = 32 };
const char *memory_size_text(uint64_t bytes, char text[MEMORY_SIZE_TEXT]);

#endif
