/* SPDX-License-Identifier: MIT */
/* What was free, and how it was broken up, over time. */
#include "sink/memory_drawing.h"
#include "sink/svg.h"

enum { BYTES_TOP = CHARTS_TOP, PERCENT_TOP = CHARTS_TOP + CHART_HEIGHT + CHART_GAP };

static double free_part(const struct memory_log_figures *figures, uint64_t memory_bytes)
{
    return (double)figures->free_bytes / (double)memory_bytes;
}

static double largest_part(const struct memory_log_figures *figures, uint64_t memory_bytes)
{
    return (double)figures->largest_free_bytes / (double)memory_bytes;
}

/* Of what is free, the part that the largest request that fits cannot have. */
static double external_part(const struct memory_log_figures *figures, uint64_t memory_bytes)
{
    (void)memory_bytes;
    return figures->free_bytes == 0
               ? 0
               : 1 - (double)figures->largest_free_bytes / (double)figures->free_bytes;
}

/* Of what is used, the part that nobody asked for. */
static double internal_part(const struct memory_log_figures *figures, uint64_t memory_bytes)
{
    (void)memory_bytes;
    return figures->used_bytes == 0
               ? 0
               : 1 - (double)figures->asked_bytes / (double)figures->used_bytes;
}

/* Steps: the value at the middle of each column. */
static void put_curve(const struct memory_drawing *drawing, const char *class, double top,
                      double (*part)(const struct memory_log_figures *, uint64_t))
{
    uint32_t event = 0;
    double last = -1;

    fprintf(drawing->file, "<path class=\"%s\" d=\"", class);
    for (unsigned column = 0; column < DRAWING_WIDTH; column++) {
        const uint64_t cycle = (uint64_t)(drawing->span_cycles * (column + 0.5) / DRAWING_WIDTH);
        const struct memory_log_figures figures =
            memory_history_figures(&drawing->history, cycle, &event);
        const double value = part(&figures, memory_log_bytes(drawing->log));

        if (value != last) {
            fprintf(drawing->file, column == 0 ? "M%u " : "H%uV", DRAWING_LEFT + column);
            svg_put_number(drawing->file, top + CHART_HEIGHT * (1 - value));
        }
        last = value;
    }
    fprintf(drawing->file, "H%d\"/>\n", DRAWING_LEFT + DRAWING_WIDTH);
}

static void put_frame(const struct memory_drawing *drawing, double top, const char *highest,
                      const char *lowest)
{
    const struct svg_box box = {DRAWING_LEFT, top, DRAWING_WIDTH, CHART_HEIGHT};

    svg_put_rectangle(drawing->file, "plot", &box);
    svg_put_label(drawing->file, DRAWING_LEFT - 7, top + 8, "e", highest);
    svg_put_label(drawing->file, DRAWING_LEFT - 7, top + CHART_HEIGHT, "e", lowest);
}

void memory_charts_put(const struct memory_drawing *drawing)
{
    char size[MEMORY_SIZE_TEXT];

    put_frame(drawing, BYTES_TOP, memory_size_text(memory_log_bytes(drawing->log), size), "0");
    put_curve(drawing, "one", BYTES_TOP, free_part);
    put_curve(drawing, "two", BYTES_TOP, largest_part);
    svg_put_label(drawing->file, DRAWING_LEFT + 6, BYTES_TOP - 6, "one", "free");
    svg_put_label(drawing->file, DRAWING_LEFT + 70, BYTES_TOP - 6, "two", "largest free block");

    put_frame(drawing, PERCENT_TOP, "100 %", "0 %");
    put_curve(drawing, "one", PERCENT_TOP, external_part);
    put_curve(drawing, "two", PERCENT_TOP, internal_part);
    svg_put_label(drawing->file, DRAWING_LEFT + 6, PERCENT_TOP - 6, "one",
                  "external fragmentation (1 - largest / free)");
    svg_put_label(drawing->file, DRAWING_LEFT + 330, PERCENT_TOP - 6, "two",
                  "internal fragmentation (of what is used, not asked for)");
}
