/* SPDX-License-Identifier: MIT */
/* What one run or several have covered: a file, a page, a few lines on a terminal.
 *
 * A file is JSON: `format`, `version`, the machine's parameters, `summary` and `groups` for whoever
 * reads it, and `runs`, from which all of that can be worked out again. A run is {id, seed, cycles,
 * hits}: `hits` has an array for each group, the counts of its reachable bins in their order, -n
 * standing for n bins that were not hit. The id is a digest of machine, seed, cycles and hits, so
 * that a run counts once however often it is merged. */
#ifndef SINK_COVERAGE_REPORT_H
#define SINK_COVERAGE_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "base/error.h"
#include "sink/coverage.h"

struct coverage_report {
    struct coverage_bins bins;
    char *machine; /* its name */
    json_t *runs;  /* array, by id */
    uint64_t *hits;
    unsigned reached_count; /* reachable bins that any run has hit */
};

/* NULL when memory runs out. */
struct coverage_report *coverage_report_new(const struct mmu_config *config, const char *machine);
void coverage_report_free(struct coverage_report *report);

/* A run as JSON; NULL when memory runs out. */
json_t *coverage_run_json(const struct coverage *coverage, uint64_t seed, uint64_t cycles);

/* Adds a run unless it is there. False with an error, and nothing added, where it is no run of this
 * machine; `place` names it. */
bool coverage_report_add(struct coverage_report *report, const json_t *run, const char *place,
                         struct error *error);

/* Reads a file: into a new report where *report is NULL, otherwise into the one that is there,
 * whose machine it must be of. */
bool coverage_report_read(struct coverage_report **report, const char *path, struct error *error);

bool coverage_report_write(const struct coverage_report *report, const char *path,
                           struct error *error);

/* A page of its own, which needs nothing else. */
bool coverage_report_write_html(const struct coverage_report *report, const char *path,
                                struct error *error);

/* One line, and the first `holes` of what was missed. */
void coverage_report_print(const struct coverage_report *report, FILE *stream, unsigned holes);
/* Each group, why bins are excluded, and every hole. */
void coverage_report_print_all(const struct coverage_report *report, FILE *stream);

/* --- what pages and tables are made of --- */

struct coverage_group_count {
    unsigned bins, reachable, hit;
};
struct coverage_group_count coverage_report_count(const struct coverage_report *report,
                                                  enum coverage_group group);

/* The next reason for which a group's bins are excluded, and of how many; NULL past the last.
 * `index` from 0. */
const char *coverage_report_reason(const struct coverage_report *report, enum coverage_group group,
                                   unsigned index, unsigned *count);

static inline bool coverage_report_is_hole(const struct coverage_report *report, unsigned bin)
{
    return report->hits[bin] == 0 && report->bins.exclusion[bin] == NULL;
}

#endif
