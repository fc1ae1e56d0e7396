/* SPDX-License-Identifier: MIT */
#include "sink/memory_drawing.h"

#include <inttypes.h>

#include "base/markup.h"
#include "sink/svg.h"

unsigned memory_drawing_colour(uint32_t process)
{
    return process == MEMORY_SHARED    ? SHARED_COLOUR
           : process == ACCOUNT_NOBODY ? NOBODY_COLOUR
                                       : process % PROCESS_COLOURS;
}

/* How many of `count` columns over [0, whole) have their middle before `value`. */
static unsigned middles_before(double value, double whole, unsigned count)
{
    const double middles = value / whole * count + 0.5;

    return middles > count ? count : (unsigned)middles;
}

static double x_of(const struct memory_drawing *drawing, uint64_t cycle)
{
    return DRAWING_LEFT + (double)cycle / drawing->span_cycles * DRAWING_WIDTH;
}

/* Low addresses are below. */
static double y_of(const struct memory_drawing *drawing, uint64_t address)
{
    const double part = (double)address / (double)drawing->history.view_bytes;

    return DRAWING_TOP + DRAWING_HEIGHT * (1 - (part > 1 ? 1 : part));
}

static bool find_box(const struct memory_drawing *drawing, const struct memory_stay *stay,
                     struct svg_box *box)
{
    const uint64_t end = stay->address + stay->reserved_bytes;
    const double whole = (double)drawing->history.view_bytes;
    const unsigned first =
        middles_before((double)stay->from_cycle, drawing->span_cycles, drawing->columns);
    const unsigned after =
        middles_before((double)stay->to_cycle, drawing->span_cycles, drawing->columns);

    if (first >= after || stay->reserved_bytes == 0 ||
        (drawing->is_by_rows && middles_before((double)stay->address, whole, DRAWING_HEIGHT) >=
                                    middles_before((double)end, whole, DRAWING_HEIGHT))) {
        return false;
    }
    box->x = DRAWING_LEFT + (double)first * DRAWING_WIDTH / drawing->columns;
    box->width = (double)(after - first) * DRAWING_WIDTH / drawing->columns;
    box->y = y_of(drawing, end);
    box->height = y_of(drawing, stay->address) - box->y;
    box->height = box->height < 0.5 ? 0.5 : box->height;
    return true;
}

static size_t count_boxes(const struct memory_drawing *drawing)
{
    struct svg_box box;
    size_t count = 0;

    for (size_t i = 0; i < drawing->history.stay_count; i++) {
        count += find_box(drawing, &drawing->history.stays[i], &box);
    }
    return count;
}

void memory_drawing_choose(struct memory_drawing *drawing)
{
    const uint64_t end_cycle = drawing->history.end_cycle;

    drawing->span_cycles = end_cycle > 0 ? (double)end_cycle : 1;
    drawing->columns = DRAWING_WIDTH;
    drawing->is_by_rows = false;
    drawing->drawn = count_boxes(drawing);
    if (drawing->drawn > DRAWING_STAYS) {
        drawing->is_by_rows = true;
        drawing->drawn = count_boxes(drawing);
    }
    while (drawing->drawn > DRAWING_STAYS) {
        drawing->columns -= drawing->columns / 4; /* at the latest with 59, of 420 stays each */
        drawing->drawn = count_boxes(drawing);
    }
    drawing->is_named = drawing->drawn <= DRAWING_NAMED_STAYS;
}

/* --- axes --- */

static void put_time_axis(const struct memory_drawing *drawing, double y)
{
    for (unsigned tick = 0; tick <= 5; tick++) {
        const uint64_t cycle = (uint64_t)((double)drawing->history.end_cycle * tick / 5);
        char text[32];

        snprintf(text, sizeof(text), "%" PRIu64, cycle);
        svg_put_line(drawing->file, "tick", x_of(drawing, cycle), y, x_of(drawing, cycle), y + 4);
        svg_put_label(drawing->file, x_of(drawing, cycle), y + 16, tick == 5 ? "e" : "m", text);
    }
}

/* Eighths of what is shown. */
static void put_address_axis(const struct memory_drawing *drawing)
{
    for (unsigned tick = 0; tick <= 8; tick++) {
        const uint64_t view_bytes = drawing->history.view_bytes;
        const uint64_t address = view_bytes / 8 * tick + view_bytes % 8 * tick / 8;
        char text[32];

        snprintf(text, sizeof(text), "0x%" PRIx64, address);
        svg_put_line(drawing->file, "tick", DRAWING_LEFT - 4, y_of(drawing, address), DRAWING_LEFT,
                     y_of(drawing, address));
        svg_put_label(drawing->file, DRAWING_LEFT - 7, y_of(drawing, address) + 4, "e", text);
    }
}

/* --- regions --- */

enum { CLASS_SIZE = 8 };

static const char *class_of(char class[CLASS_SIZE], unsigned colour)
{
    snprintf(class, CLASS_SIZE, "c%u", colour % 100);
    return class;
}

static unsigned colour_of(const struct memory_drawing *drawing, const struct memory_stay *stay)
{
    return memory_drawing_colour(memory_log_region_at(drawing->log, stay->region)->process);
}

/* What of the place was not asked for; false where it is too thin to be seen. */
static bool find_unused(const struct memory_drawing *drawing, const struct memory_stay *stay,
                        const struct svg_box *box, struct svg_box *unused)
{
    const uint64_t unused_bytes =
        stay->size_bytes < stay->reserved_bytes ? stay->reserved_bytes - stay->size_bytes : 0;

    *unused = *box;
    unused->height = box->height * ((double)unused_bytes / (double)stay->reserved_bytes);
    if (memory_log_region_at(drawing->log, stay->region)->grows_down) {
        unused->y = box->y + box->height - unused->height;
    }
    return unused->height >= 0.5;
}

static void put_stay_text(const struct memory_drawing *drawing, const struct memory_stay *stay)
{
    const struct memory_region *const region = memory_log_region_at(drawing->log, stay->region);
    char reserved[MEMORY_SIZE_TEXT], size[MEMORY_SIZE_TEXT];
    FILE *const file = drawing->file;

    fputs("<title>", file);
    markup_put_text(file, region->name);
    if (region->process == MEMORY_SHARED) {
        fputs("\nshared", file);
    } else if (region->process != ACCOUNT_NOBODY) {
        fprintf(file, "\nprocess %" PRIu32, region->process);
    }
    fprintf(file, "\n0x%" PRIx64 ", %s", stay->address,
            memory_size_text(stay->reserved_bytes, reserved));
    if (stay->size_bytes < stay->reserved_bytes) {
        fprintf(file, ", %s of it asked for", memory_size_text(stay->size_bytes, size));
    }
    fprintf(file, "\ncycles %" PRIu64 " to %" PRIu64 ": %s", stay->from_cycle, stay->to_cycle,
            memory_change_name((enum memory_change)stay->began));
    if (stay->ended != MEMORY_CHANGES) {
        fprintf(file, ", then %s", memory_change_name((enum memory_change)stay->ended));
    }
    fputs("</title>", file);
}

static void put_named_stays(const struct memory_drawing *drawing)
{
    for (size_t i = 0; i < drawing->history.stay_count; i++) {
        const struct memory_stay *const stay = &drawing->history.stays[i];
        struct svg_box box, unused;

        if (find_box(drawing, stay, &box)) {
            char class[CLASS_SIZE];

            fputs("<g>", drawing->file);
            svg_put_rectangle(drawing->file, class_of(class, colour_of(drawing, stay)), &box);
            if (find_unused(drawing, stay, &box, &unused)) {
                svg_put_rectangle(drawing->file, "unused", &unused);
            }
            put_stay_text(drawing, stay);
            fputs("</g>\n", drawing->file);
        }
    }
}

/* Of one colour, or what is unused in all of them; as one path. */
static void put_path_of_stays(const struct memory_drawing *drawing, const char *class,
                              unsigned colour, bool is_unused)
{
    bool has_begun = false;

    for (size_t i = 0; i < drawing->history.stay_count; i++) {
        const struct memory_stay *const stay = &drawing->history.stays[i];
        struct svg_box box, unused;

        if ((is_unused || colour_of(drawing, stay) == colour) && find_box(drawing, stay, &box) &&
            (!is_unused || find_unused(drawing, stay, &box, &unused))) {
            if (!has_begun) {
                fprintf(drawing->file, "<path class=\"%s\" d=\"", class);
                has_begun = true;
            }
            svg_put_outline(drawing->file, is_unused ? &unused : &box);
        }
    }
    if (has_begun) {
        fputs("\"/>\n", drawing->file);
    }
}

static void put_stays(const struct memory_drawing *drawing)
{
    if (drawing->is_named) {
        put_named_stays(drawing);
        return;
    }
    for (unsigned colour = 0; colour < COLOURS; colour++) {
        char class[CLASS_SIZE];

        put_path_of_stays(drawing, class_of(class, colour), colour, false);
    }
    put_path_of_stays(drawing, "unused", 0, true);
}

/* --- moves and the disk --- */

static bool is_marked(const struct memory_stay *stay)
{
    return memory_change_is_move(stay->began) || stay->began == MEMORY_SWAPPED_IN ||
           stay->ended == MEMORY_SWAPPED_OUT;
}

static void put_triangle(FILE *file, const char *class, double x, double y)
{
    fprintf(file, "<path class=\"%s\" d=\"M", class);
    svg_put_number(file, x);
    fputc(' ', file);
    svg_put_number(file, y - 4);
    fputs("l6 4l-6 4z\"/>\n", file);
}

static void put_marks_of(const struct memory_drawing *drawing, const struct memory_stay *stay)
{
    const double half = (double)stay->reserved_bytes / 2;
    const double middle = y_of(drawing, stay->address + (uint64_t)half);
    const double x = x_of(drawing, stay->from_cycle);

    if (memory_change_is_move(stay->began)) {
        svg_put_line(drawing->file, "move", x - 3,
                     y_of(drawing, stay->old_address + (uint64_t)half), x + 3, middle);
    } else if (stay->began == MEMORY_SWAPPED_IN) {
        put_triangle(drawing->file, "in", x, middle);
    }
    if (stay->ended == MEMORY_SWAPPED_OUT) {
        put_triangle(drawing->file, "out", x_of(drawing, stay->to_cycle) - 6, middle);
    }
}

/* Every mark, or as many as there is room for, evenly. */
static void put_marks(struct memory_drawing *drawing)
{
    size_t seen = 0;

    for (size_t i = 0; i < drawing->history.stay_count; i++) {
        drawing->mark_count += is_marked(&drawing->history.stays[i]);
    }
    for (size_t i = 0; i < drawing->history.stay_count; i++) {
        if (is_marked(&drawing->history.stays[i])) {
            if (seen++ % memory_drawing_mark_step(drawing) == 0) {
                put_marks_of(drawing, &drawing->history.stays[i]);
            }
        }
    }
}

/* --- all of it --- */

void memory_drawing_put(struct memory_drawing *drawing)
{
    FILE *const file = drawing->file;

    fprintf(file,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"physical memory over time\">\n"
            "<defs><pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" "
            "patternTransform=\"rotate(45)\"><rect width=\"5\" height=\"5\" fill=\"#fff\" "
            "fill-opacity=\".45\"/><line x1=\"0\" y1=\"0\" x2=\"0\" y2=\"5\" stroke=\"#000\" "
            "stroke-opacity=\".6\" stroke-width=\"2\"/></pattern></defs>\n",
            DRAWING_WHOLE_WIDTH, DRAWING_WHOLE_HEIGHT);
    svg_put_rectangle(file, "plot",
                      &(struct svg_box){DRAWING_LEFT, DRAWING_TOP, DRAWING_WIDTH, DRAWING_HEIGHT});
    put_stays(drawing);
    put_marks(drawing);
    put_address_axis(drawing);
    put_time_axis(drawing, DRAWING_TOP + DRAWING_HEIGHT);
    memory_charts_put(drawing);
    fputs("</svg>\n", file);
}
