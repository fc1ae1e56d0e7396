/* SPDX-License-Identifier: MIT */
/* Pictures of a memory log: who had which physical addresses from when to when, and how free memory
 * was broken up. A page for a browser, and rows of letters for a terminal. */
#ifndef SINK_MEMORY_MAP_H
#define SINK_MEMORY_MAP_H

#include <stdio.h>

#include "sink/memory_log.h"

#define MEMORY_MAP_NONE UINT64_MAX /* in the place of a number of cycles */

/* What the page says of a process. */
struct memory_map_row {
    uint32_t process;
    const char *name;
    uint64_t response_cycles;   /* from its arrival to its first instruction, or NONE */
    uint64_t turnaround_cycles; /* from its arrival to its end, or NONE */
    uint64_t cycles[ACCOUNT_PURPOSES];
};

struct memory_map {
    const struct memory_log *log;
    const char *title;
    uint64_t end_cycle; /* of the run */
    const struct memory_map_row *rows;
    size_t row_count;
};

/* One page with everything in it, of less than 2 MB whatever the log. False with errno when memory
 * ran out or `file` took no more. */
bool memory_map_put_html(const struct memory_map *map, FILE *file);

/* At most MEMORY_MAP_ROWS rows over time, each of MEMORY_MAP_CELLS cells of memory; with colours
 * for a terminal if `colour`. As memory_map_put_html. */
enum { MEMORY_MAP_ROWS = 24, MEMORY_MAP_CELLS = 64 };
bool memory_map_print(const struct memory_map *map, FILE *file, bool colour);

#endif
