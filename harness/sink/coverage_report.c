/* SPDX-License-Identifier: MIT */
#include "sink/coverage_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct coverage_report *coverage_report_new(const struct mmu_config *config, const char *machine)
{
    struct coverage_report *const report = calloc(1, sizeof(*report));

    if (report == NULL || !coverage_bins_init(&report->bins, config) ||
        (report->hits = calloc(report->bins.count, sizeof(*report->hits))) == NULL ||
        (report->machine = strdup(machine)) == NULL || (report->runs = json_array()) == NULL) {
        coverage_report_free(report);
        return NULL;
    }
    return report;
}

void coverage_report_free(struct coverage_report *report)
{
    if (report != NULL) {
        coverage_bins_free(&report->bins);
        json_decref(report->runs);
        free(report->hits);
        free(report->machine);
        free(report);
    }
}

struct coverage_group_count coverage_report_count(const struct coverage_report *report,
                                                  enum coverage_group group)
{
    struct coverage_group_count count = {0};

    for (unsigned bin = report->bins.first[group]; bin < report->bins.first[group + 1]; bin++) {
        count.bins++;
        if (report->bins.exclusion[bin] == NULL) {
            count.reachable++;
            count.hit += report->hits[bin] != 0;
        }
    }
    return count;
}

const char *coverage_report_reason(const struct coverage_report *report, enum coverage_group group,
                                   unsigned index, unsigned *count)
{
    enum { REASONS = 64 };
    const char *reasons[REASONS];
    unsigned counts[REASONS] = {0}, found = 0;

    for (unsigned bin = report->bins.first[group]; bin < report->bins.first[group + 1]; bin++) {
        const char *const reason = report->bins.exclusion[bin];
        unsigned i = 0;

        if (reason == NULL) {
            continue;
        }
        while (i < found && strcmp(reasons[i], reason) != 0) {
            i++;
        }
        if (i == found && found < REASONS) {
            reasons[found++] = reason;
        }
        counts[i]++;
    }
    if (index >= found) {
        return NULL;
    }
    *count = counts[index];
    return reasons[index];
}

static void print_holes(const struct coverage_report *report, FILE *stream, unsigned most)
{
    const unsigned missing = report->bins.reachable_count - report->reached_count;
    unsigned shown = 0;

    for (unsigned bin = 0; bin < report->bins.count && shown < most; bin++) {
        if (coverage_report_is_hole(report, bin)) {
            char name[COVERAGE_NAME_SIZE];

            fprintf(stream, "  not hit: %s\n", coverage_bin_name(&report->bins, bin, name));
            shown++;
        }
    }
    if (shown < missing) {
        fprintf(stream, "  not hit: %u more\n", missing - shown);
    }
}

void coverage_report_print(const struct coverage_report *report, FILE *stream, unsigned holes)
{
    fprintf(stream, "coverage: %u of %u reachable bins hit\n", report->reached_count,
            report->bins.reachable_count);
    print_holes(report, stream, holes);
}

void coverage_report_print_all(const struct coverage_report *report, FILE *stream)
{
    uint64_t cycles = 0;
    const json_t *run;
    size_t index;

    json_array_foreach(report->runs, index, run)
    {
        cycles += (uint64_t)json_integer_value(json_object_get(run, "cycles"));
    }
    fprintf(stream, "machine %s: %zu run%s, %" PRIu64 " cycles\n", report->machine,
            json_array_size(report->runs), json_array_size(report->runs) == 1 ? "" : "s", cycles);
    for (unsigned group = 0; group < COVERAGE_GROUPS; group++) {
        const struct coverage_group_count count =
            coverage_report_count(report, (enum coverage_group)group);
        const char *reason;
        unsigned bins;

        fprintf(stream, "%-13s %6u of %6u  %s\n", coverage_group_name((enum coverage_group)group),
                count.hit, count.reachable, coverage_group_subject((enum coverage_group)group));
        for (unsigned i = 0; (reason = coverage_report_reason(report, (enum coverage_group)group, i,
                                                              &bins)) != NULL;
             i++) {
            fprintf(stream, "  excluded: %u, %s\n", bins, reason);
        }
    }
    coverage_report_print(report, stream, UINT32_MAX);
}
