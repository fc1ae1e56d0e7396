/* SPDX-License-Identifier: MIT */
/* Coverage of RTL on its way out: for lcov, for people, and as JSON. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sink/rtl_coverage.h"

/* --- lcov: geninfo(1), "FILES" --- */

static void put_toggles(FILE *file, const struct rtl_source *source)
{
    unsigned number = 0;

    for (size_t i = 0; i < source->toggle_count; i++) {
        const struct rtl_point *const toggle = &source->toggles[i];

        number = i > 0 && toggle->line == toggle[-1].line ? number + 1 : 0;
        fprintf(file, "BRDA:%u,0,%u,%" PRIu64 "\n", toggle->line, number, toggle->count);
    }
    fprintf(file, "BRF:%zu\nBRH:%zu\n", source->toggle_count, source->toggles_hit);
}

static void put_source(FILE *file, const struct rtl_source *source, const char *test)
{
    fprintf(file, "TN:%s\nSF:%s\n", test, source->file);
    put_toggles(file, source);
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
    char *part;
    bool is_written;

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
    fprintf(stream, "%s: %zu of %zu lines, %zu of %zu toggle points\n", name, counts->lines_hit,
            counts->line_count, counts->toggles_hit, counts->toggle_count);
}

static struct rtl_source sum_of(const struct rtl_sources *sources)
{
    struct rtl_source sum = {0};

    for (size_t i = 0; i < sources->count; i++) {
        const struct rtl_source *const source = &sources->items[i];

        sum.line_count += source->line_count;
        sum.lines_hit += source->lines_hit;
        sum.toggle_count += source->toggle_count;
        sum.toggles_hit += source->toggles_hit;
    }
    return sum;
}

static void put_missed_lines(FILE *stream, const struct rtl_sources *sources, size_t most)
{
    size_t missed = 0;

    for (size_t i = 0; i < sources->count; i++) {
        const struct rtl_source *const source = &sources->items[i];

        for (size_t j = 0; j < source->line_count; j++) {
            if (source->lines[j].count == 0 && missed++ < most) {
                fprintf(stream, "  never reached: %s:%u\n", source->file, source->lines[j].number);
            }
        }
    }
    if (missed > most) {
        fprintf(stream, "  never reached: %zu more\n", missed - most);
    }
}

void rtl_sources_print(const struct rtl_sources *sources, FILE *stream, size_t most)
{
    const struct rtl_source sum = sum_of(sources);

    put_counts(stream, "RTL coverage", &sum);
    for (size_t i = 0; i < sources->count; i++) {
        fputs("  ", stream);
        put_counts(stream, sources->items[i].file, &sources->items[i]);
    }
    put_missed_lines(stream, sources, most);
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

static json_t *missed_toggles(const struct rtl_source *source)
{
    json_t *const missed = json_array();

    for (size_t i = 0; i < source->toggle_count; i++) {
        const struct rtl_point *const toggle = &source->toggles[i];

        if (toggle->count == 0) {
            json_array_append_new(
                missed, json_pack("{s:i, s:s}", "line", (int)toggle->line, "signal", toggle->name));
        }
    }
    return missed;
}

json_t *rtl_sources_json(const struct rtl_sources *sources)
{
    json_t *const list = json_array();

    for (size_t i = 0; i < sources->count; i++) {
        const struct rtl_source *const source = &sources->items[i];

        json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:o, s:I, s:I, s:o}", "file",
                                              source->file, "lines", (json_int_t)source->line_count,
                                              "lines_hit", (json_int_t)source->lines_hit,
                                              "lines_never_reached", missed_lines(source),
                                              "toggle_points", (json_int_t)source->toggle_count,
                                              "toggle_points_hit", (json_int_t)source->toggles_hit,
                                              "never_toggled", missed_toggles(source)));
    }
    return list;
}
