/* SPDX-License-Identifier: MIT */
/* Coverage of RTL on its way out: for lcov, for people, and as JSON. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink/rtl_coverage.h"

/* --- lcov: geninfo(1), "FILES" --- */

static void put_points(FILE *file, const struct rtl_points *list, unsigned block)
{
    unsigned number = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct rtl_point *const point = &list->points[i];

        number = i > 0 && point->line == point[-1].line ? number + 1 : 0;
        fprintf(file, "BRDA:%u,%u,%u,%" PRIu64 "\n", point->line, block, number, point->count);
    }
}

static void put_source(FILE *file, const struct rtl_source *source, const char *test)
{
    fprintf(file, "TN:%s\nSF:%s\n", test, source->file);
    put_points(file, &source->branches, 0);
    put_points(file, &source->toggles, 1);
    fprintf(file, "BRF:%zu\nBRH:%zu\n", source->branches.count + source->toggles.count,
            source->branches.hit + source->toggles.hit);
    for (size_t i = 0; i < source->line_count; i++) {
        fprintf(file, "DA:%u,%" PRIu64 "\n", source->lines[i].number, source->lines[i].count);
    }
    fprintf(file, "LF:%zu\nLH:%zu\nend_of_record\n", source->line_count, source->lines_hit);
}

static bool write_file(const struct rtl_sources *sources, const char *test, const char *path)
{
    FILE *const file = fopen(path, "we");
    bool is_written;

    if (file == NULL) {
        return false;
    }
    for (size_t i = 0; i < sources->count; i++) {
        put_source(file, &sources->items[i], test);
    }
    is_written = !ferror(file);
    return fclose(file) == 0 && is_written;
}

bool rtl_sources_write_lcov(const struct rtl_sources *sources, const char *test, const char *path,
                            struct error *error)
{
    struct stat status;
    char *part;
    bool is_written;

    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) { /* a pipe, a terminal */
        return write_file(sources, test, path) ||
               error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    }
    if (asprintf(&part, "%s.part", path) < 0) {
        return error_set(error, "%s: out of memory", path);
    }
    is_written = write_file(sources, test, part) && rename(part, path) == 0;
    if (!is_written) {
        error_set(error, "%s: cannot be written: %s", path, strerror(errno));
        unlink(part);
    }
    free(part);
    return is_written;
}

/* --- for people --- */

static void put_counts(FILE *stream, const char *name, const struct rtl_source *counts)
{
    fprintf(stream, "%s: %zu of %zu lines, %zu of %zu branches, %zu of %zu toggle points\n", name,
            counts->lines_hit, counts->line_count, counts->branches.hit, counts->branches.count,
            counts->toggles.hit, counts->toggles.count);
}

static struct rtl_source sum_of(const struct rtl_sources *sources)
{
    struct rtl_source sum = {0};

    for (size_t i = 0; i < sources->count; i++) {
        const struct rtl_source *const source = &sources->items[i];

        sum.line_count += source->line_count;
        sum.lines_hit += source->lines_hit;
        sum.branches.count += source->branches.count;
        sum.branches.hit += source->branches.hit;
        sum.toggles.count += source->toggles.count;
        sum.toggles.hit += source->toggles.hit;
    }
    return sum;
}

/* What is missing, at most so much of it. */
struct missed {
    FILE *stream;
    size_t count, most;
};

static void put_missed(struct missed *missed, const char *what, const char *file, unsigned line)
{
    if (missed->count++ < missed->most) {
        fprintf(missed->stream, "  %s: %s:%u\n", what, file, line);
    }
}

static void put_all_missed(struct missed *missed, const struct rtl_source *source)
{
    for (size_t i = 0; i < source->line_count; i++) {
        if (source->lines[i].count == 0) {
            put_missed(missed, "never reached", source->file, source->lines[i].number);
        }
    }
    /* A branch with lines of its own is told of already. */
    for (size_t i = 0; i < source->branches.count; i++) {
        const struct rtl_point *const branch = &source->branches.points[i];

        if (branch->count == 0 && branch->lines[0] == '\0') {
            put_missed(missed, "never false", source->file, branch->line);
        }
    }
}

void rtl_sources_print(const struct rtl_sources *sources, FILE *stream, size_t most)
{
    const struct rtl_source sum = sum_of(sources);
    struct missed missed = {.stream = stream, .most = most};

    put_counts(stream, "RTL coverage", &sum);
    for (size_t i = 0; i < sources->count; i++) {
        fputs("  ", stream);
        put_counts(stream, sources->items[i].file, &sources->items[i]);
    }
    for (size_t i = 0; i < sources->count; i++) {
        put_all_missed(&missed, &sources->items[i]);
    }
    if (missed.count > most) {
        fprintf(stream, "  and %zu more\n", missed.count - most);
    }
}

/* --- JSON --- */

static json_t *missed_lines(const struct rtl_source *source)
{
    json_t *const missed = json_array();

    for (size_t i = 0; i < source->line_count; i++) {
        if (source->lines[i].count == 0) {
            json_array_append_new(missed, json_integer(source->lines[i].number));
        }
    }
    return missed;
}

/* `key` is what the name of a point stands for. */
static json_t *points_json(const struct rtl_points *list, const char *key)
{
    json_t *const missed = json_array();

    for (size_t i = 0; i < list->count; i++) {
        const struct rtl_point *const point = &list->points[i];

        if (point->count == 0) {
            json_array_append_new(
                missed, json_pack("{s:i, s:s}", "line", (int)point->line, key, point->name));
        }
    }
    return json_pack("{s:I, s:I, s:o}", "found", (json_int_t)list->count, "hit",
                     (json_int_t)list->hit, "missed", missed);
}

json_t *rtl_sources_json(const struct rtl_sources *sources)
{
    json_t *const list = json_array();

    for (size_t i = 0; i < sources->count; i++) {
        const struct rtl_source *const source = &sources->items[i];

        json_array_append_new(
            list, json_pack("{s:s, s:{s:I, s:I, s:o}, s:o, s:o}", "file", source->file, "lines",
                            "found", (json_int_t)source->line_count, "hit",
                            (json_int_t)source->lines_hit, "missed", missed_lines(source),
                            "branches", points_json(&source->branches, "branch"), "toggle_points",
                            points_json(&source->toggles, "signal")));
    }
    return list;
}
