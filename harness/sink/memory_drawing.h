/* SPDX-License-Identifier: MIT */
/* The drawing on the page of sink/memory_map.h: addresses over time, and charts below it. */
#ifndef SINK_MEMORY_DRAWING_H
#define SINK_MEMORY_DRAWING_H

#include "sink/memory_history.h"
#include "sink/memory_map.h"

/* Places, in the drawing's own units. */
enum {
    DRAWING_LEFT = 90,
    DRAWING_WIDTH = 1000,
    DRAWING_TOP = 10,
    DRAWING_HEIGHT = 420, /* of memory; the charts come below */
    CHART_HEIGHT = 110,
    CHART_GAP = 40,
    CHARTS_TOP = DRAWING_TOP + DRAWING_HEIGHT + CHART_GAP,
    DRAWING_WHOLE_HEIGHT = CHARTS_TOP + 2 * CHART_HEIGHT + CHART_GAP + 10,
    DRAWING_WHOLE_WIDTH = DRAWING_LEFT + DRAWING_WIDTH + 10,
};

/* What keeps the page below 2 MB: stays with a text each, stays, moves and swaps. */
enum { DRAWING_NAMED_STAYS = 3000, DRAWING_STAYS = 25000, DRAWING_MARKS = 1500 };

/* Colours: of processes, by number; then of what is shared, and of the supervisor's own. */
enum { PROCESS_COLOURS = 24, SHARED_COLOUR = PROCESS_COLOURS, NOBODY_COLOUR, COLOURS };

struct memory_drawing {
    const struct memory_log *log;
    struct memory_history history;
    FILE *file;
    double span_cycles;
    unsigned columns;  /* a stay is drawn where it holds a column's middle */
    bool is_by_rows;   /* and, of rows of one unit, a row's middle */
    bool is_named;     /* each stay has a text */
    size_t drawn;      /* stays */
    size_t mark_count; /* moves and swaps, drawn or not */
};

/* Of so many marks one is drawn. */
static inline size_t memory_drawing_mark_step(const struct memory_drawing *drawing)
{
    return drawing->mark_count / DRAWING_MARKS + 1;
}

/* The finest drawing that is small enough, of the history, which is there. */
void memory_drawing_choose(struct memory_drawing *drawing);
void memory_drawing_put(struct memory_drawing *drawing);

unsigned memory_drawing_colour(uint32_t process);

/* Its charts. */
void memory_charts_put(const struct memory_drawing *drawing);

#endif
