/* SPDX-License-Identifier: MIT */
/* Coverage of RTL as Verilator counts it: points in its sources, and how often each was passed.
 *
 * A coverage file of Verilator's is text, a line for each point:
 *
 *     # SystemC::Coverage-3
 *     C '^Af^B/src/mmu.v^Al^B17^An^B5^Apage^Bv_line/mmu^Ao^Bif^AS^B18-20^Ah^Btop.u_mmu' 42
 *
 * with the bytes 1 and 2 for ^A and ^B: keys, their values, and the count. The keys that matter
 * here are f (file), l (line), n (column), page (whose first word is the kind), o (what it is: the
 * bit of a signal, or "if" and the like) and S (the lines that run where the point is passed). */
#ifndef SINK_RTL_COVERAGE_H
#define SINK_RTL_COVERAGE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum rtl_point_kind {
    RTL_POINT_LINES,  /* statements that run together */
    RTL_POINT_BRANCH, /* the same, on one side of a condition */
    RTL_POINT_TOGGLE, /* a bit of a signal has changed */
    RTL_POINT_KINDS
};

enum {
    RTL_COVERAGE_MAX_BYTES = 1 << 28,     /* of a file */
    RTL_COVERAGE_MAX_LINE = 1 << 22,      /* of a source */
    RTL_COVERAGE_MAX_LINES_RUN = 1 << 25, /* the lines of all points of a file, added up */
};

struct rtl_point {
    const char *file;
    enum rtl_point_kind kind;
    unsigned line, column;
    const char *name;  /* "" where it has none */
    const char *lines; /* "18-20,23"; "" none, as of an else that is not there */
    uint64_t count;    /* stays at its highest value */
    char *text;        /* that the strings lie in */
};

/* Points in the order of file, kind, line, column and name, no two alike; all zero is none. */
struct rtl_coverage {
    struct rtl_point *points;
    size_t count;
};

void rtl_coverage_free(struct rtl_coverage *coverage);

/* Moves the points of `part`, in any order, to `coverage`, adding up those that are alike. `part`
 * is left empty. False when memory is short: nothing has moved. */
bool rtl_coverage_merge(struct rtl_coverage *coverage, struct rtl_coverage *part);

/* Takes the next range off a list of lines such as "18-20,23", which is not empty. False where it
 * is none. */
bool rtl_lines_next(const char **lines, unsigned *first, unsigned *last);

/* Adds what a coverage file counts: points that are there already add up. False with an error that
 * names file and line, and nothing added, where the file is damaged. `name` is the file's, for
 * errors. With `is_ended` its last line must be RTL_COVERAGE_END, so that a file that was cut off
 * between two lines is found as well. */
bool rtl_coverage_read(struct rtl_coverage *coverage, int fd, const char *name, bool is_ended,
                       struct error *error);
#define RTL_COVERAGE_END "# end"

/* --- source by source --- */

struct rtl_line {
    unsigned number; /* from 1 */
    uint64_t count;  /* the lowest of those of the points that it lies in */
};

/* What is known of a source. */
struct rtl_source {
    const char *file;
    struct rtl_line *lines; /* that statements lie in, in order */
    size_t line_count, lines_hit;
    struct rtl_points {
        const struct rtl_point *points; /* in order */
        size_t count, hit;
    } branches, toggles;
};

/* All sources, by name. They point into the coverage that they are made of. */
struct rtl_sources {
    struct rtl_source *items;
    size_t count;
};

/* False when memory runs out; ended with rtl_sources_free in either case. */
bool rtl_sources_make(struct rtl_sources *sources, const struct rtl_coverage *coverage);
void rtl_sources_free(struct rtl_sources *sources);

/* Writes a tracefile of lcov, in place of an older file and whole or not at all: lines as DA,
 * branches and toggles as BRDA of block 0 and 1, since lcov has nothing else for a toggle. `test`
 * names the run: letters, digits and _. */
bool rtl_sources_write_lcov(const struct rtl_sources *sources, const char *test, const char *path,
                            struct error *error);

/* The sums, each source, and FILE:LINE of the lines that nothing reached and of each `if` that was
 * true whenever it was asked; at most `most` of them. */
void rtl_sources_print(const struct rtl_sources *sources, FILE *stream, size_t most);

/* The same as an array, with every line, branch and toggle that is missing. NULL when memory is
 * short. */
json_t *rtl_sources_json(const struct rtl_sources *sources);

#endif
