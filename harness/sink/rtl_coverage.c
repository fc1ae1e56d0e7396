/* SPDX-License-Identifier: MIT */
#include "sink/rtl_coverage.h"

#include <stdlib.h>
#include <string.h>

void rtl_coverage_free(struct rtl_coverage *coverage)
{
    for (size_t i = 0; i < coverage->count; i++) {
        free(coverage->points[i].text);
    }
    free(coverage->points);
    *coverage = (struct rtl_coverage){0};
}

/* --- merging --- */

static int compare_numbers(unsigned one, unsigned other)
{
    return (one > other) - (one < other);
}

/* Bits in the order of their numbers: strverscmp. */
static int compare_points(const void *a, const void *b)
{
    const struct rtl_point *const one = a, *const other = b;
    int order = strcmp(one->file, other->file);

    order = order != 0 ? order : compare_numbers(one->kind, other->kind);
    order = order != 0 ? order : compare_numbers(one->line, other->line);
    order = order != 0 ? order : compare_numbers(one->column, other->column);
    order = order != 0 ? order : strverscmp(one->name, other->name);
    return order != 0 ? order : strcmp(one->lines, other->lines);
}

static void add_count(uint64_t *count, uint64_t more)
{
    if (__builtin_add_overflow(*count, more, count)) {
        *count = UINT64_MAX;
    }
}

/* Puts a point behind those that are there, or adds it to the last of them. */
static void put_point(struct rtl_coverage *coverage, struct rtl_point *point)
{
    struct rtl_point *const last =
        coverage->count > 0 ? &coverage->points[coverage->count - 1] : NULL;

    if (last != NULL && compare_points(last, point) == 0) {
        add_count(&last->count, point->count);
        free(point->text);
    } else {
        coverage->points[coverage->count++] = *point;
    }
}

bool rtl_coverage_merge(struct rtl_coverage *coverage, struct rtl_coverage *part)
{
    const size_t most = coverage->count + part->count;
    struct rtl_coverage merged = {.points = calloc(most + 1, sizeof(*merged.points))};
    size_t here = 0, there = 0;

    if (merged.points == NULL) {
        return false;
    }
    if (part->count > 0) {
        qsort(part->points, part->count, sizeof(*part->points), compare_points);
    }
    while (here < coverage->count || there < part->count) {
        const bool is_here = there == part->count ||
                             (here < coverage->count &&
                              compare_points(&coverage->points[here], &part->points[there]) <= 0);

        put_point(&merged, is_here ? &coverage->points[here++] : &part->points[there++]);
    }
    free(coverage->points);
    free(part->points);
    *coverage = merged;
    *part = (struct rtl_coverage){0};
    return true;
}

/* --- source by source --- */

/* The points of one source, and how often each of its lines was reached. */
struct lines {
    const struct rtl_point *points;
    size_t point_count;
    uint64_t *counts; /* by line; lines that no point runs are UNKNOWN */
    unsigned last;
};

/* A count that stays at its highest value is one less. */
static const uint64_t UNKNOWN = UINT64_MAX;

static void count_lines(const struct lines *lines, const struct rtl_point *point)
{
    const uint64_t count = point->count < UNKNOWN ? point->count : UNKNOWN - 1;
    const char *rest = point->lines;
    unsigned first, last;

    while (rtl_lines_next(&rest, &first, &last)) {
        for (unsigned line = first; line <= last; line++) {
            lines->counts[line] = lines->counts[line] < count ? lines->counts[line] : count;
        }
    }
}

static unsigned last_line(const struct lines *lines)
{
    unsigned most = 0;

    for (size_t i = 0; i < lines->point_count; i++) {
        const char *rest = lines->points[i].lines;
        unsigned first, last;

        while (rtl_lines_next(&rest, &first, &last)) {
            most = last > most ? last : most;
        }
    }
    return most;
}

/* Makes the list of the lines that points run. */
static bool list_lines(struct rtl_source *source, const struct lines *lines)
{
    source->lines = calloc(lines->last + 1, sizeof(*source->lines));
    if (source->lines == NULL) {
        return false;
    }
    for (unsigned line = 1; line <= lines->last; line++) {
        const uint64_t count = lines->counts[line];

        if (count != UNKNOWN) {
            source->lines[source->line_count++] = (struct rtl_line){line, count};
            source->lines_hit += count > 0;
        }
    }
    return true;
}

static bool make_lines(struct rtl_source *source, const struct rtl_point *points, size_t count)
{
    struct lines lines = {.points = points, .point_count = count};
    bool is_made;

    lines.last = last_line(&lines);
    lines.counts = malloc((lines.last + 1) * sizeof(*lines.counts));
    if (lines.counts == NULL) {
        return false;
    }
    for (unsigned line = 0; line <= lines.last; line++) {
        lines.counts[line] = UNKNOWN;
    }
    for (size_t i = 0; i < count; i++) {
        count_lines(&lines, &points[i]);
    }
    is_made = list_lines(source, &lines);
    free(lines.counts);
    return is_made;
}

/* The points from *at on that are of a file and a kind; moves behind them. */
static struct rtl_points take_points(const struct rtl_coverage *coverage, size_t *at,
                                     const char *file, enum rtl_point_kind kind)
{
    struct rtl_points taken = {.points = &coverage->points[*at]};

    while (*at < coverage->count && coverage->points[*at].kind == kind &&
           strcmp(coverage->points[*at].file, file) == 0) {
        taken.hit += coverage->points[*at].count > 0;
        taken.count++;
        (*at)++;
    }
    return taken;
}

/* The source whose points begin at *at, and moves behind them. */
static bool make_source(struct rtl_source *source, const struct rtl_coverage *coverage, size_t *at)
{
    const struct rtl_point *const begin = &coverage->points[*at];
    struct rtl_points of_kind[RTL_POINT_KINDS];

    source->file = begin->file;
    for (unsigned kind = 0; kind < RTL_POINT_KINDS; kind++) {
        of_kind[kind] = take_points(coverage, at, begin->file, kind);
    }
    source->branches = of_kind[RTL_POINT_BRANCH];
    source->toggles = of_kind[RTL_POINT_TOGGLE];
    return make_lines(source, begin,
                      of_kind[RTL_POINT_LINES].count + of_kind[RTL_POINT_BRANCH].count);
}

bool rtl_sources_make(struct rtl_sources *sources, const struct rtl_coverage *coverage)
{
    size_t at = 0;

    *sources = (struct rtl_sources){0};
    while (at < coverage->count) {
        struct rtl_source *const items =
            reallocarray(sources->items, sources->count + 1, sizeof(*items));

        if (items == NULL) {
            return false;
        }
        sources->items = items;
        items[sources->count] = (struct rtl_source){0};
        if (!make_source(&items[sources->count++], coverage, &at)) {
            return false;
        }
    }
    return true;
}

void rtl_sources_free(struct rtl_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        free(sources->items[i].lines);
    }
    free(sources->items);
    *sources = (struct rtl_sources){0};
}
