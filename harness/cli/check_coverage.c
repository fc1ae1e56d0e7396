/* SPDX-License-Identifier: MIT */
#include "cli/check_coverage.h"

#include <stdlib.h>

struct check_coverage *check_coverage_begin(struct testbench *bench, uint64_t seed,
                                            bool is_steering, const uint8_t *reached)
{
    struct check_coverage *const coverage = calloc(1, sizeof(*coverage));
    struct sink sink;

    if (coverage == NULL) {
        return NULL;
    }
    coverage->is_steering = is_steering;
    coverage->reached = reached;
    coverage->random.state = seed;
    coverage->coverage = coverage_new(&bench->machine->mmu);
    if (coverage->coverage == NULL) {
        free(coverage);
        return NULL;
    }
    sink = coverage_sink(coverage->coverage);
    testbench_add_sink(bench, &sink);
    return coverage;
}

void check_coverage_end(struct check_coverage *coverage)
{
    if (coverage != NULL) {
        coverage_free(coverage->coverage);
        free(coverage);
    }
}

void check_coverage_steer(struct check_coverage *coverage, struct stimulus *stimulus)
{
    const struct coverage_bins *const bins = &coverage->coverage->bins;
    unsigned bin;

    /* The directed part first: it reaches most bins. */
    if (!coverage->is_steering || !stimulus->directed_done || stimulus->is_aimed) {
        return;
    }
    bin = coverage_hole(coverage->coverage, (unsigned)random_below(&coverage->random, bins->count),
                        coverage->reached);
    if (bin < bins->count) {
        stimulus_aim(stimulus, bins, bin);
    }
    coverage->is_done = bin == bins->count;
}

static bool add_runs(struct coverage_report *report, const json_t *runs, struct error *error)
{
    const json_t *run;
    size_t index;

    json_array_foreach(runs, index, run)
    {
        if (!coverage_report_add(report, run, "coverage", error)) {
            return false;
        }
    }
    return true;
}

bool check_coverage_report(const struct machine *machine, const json_t *runs, bool is_printed,
                           const char *json_path, const char *html_path, struct error *error)
{
    enum { HOLES_SHOWN = 10 };
    struct coverage_report *const report = coverage_report_new(&machine->mmu, machine->name);
    bool is_written;

    if (report == NULL) {
        return error_set(error, "coverage: out of memory");
    }
    is_written = add_runs(report, runs, error);
    if (is_written && is_printed) {
        coverage_report_print(report, stdout, HOLES_SHOWN);
    }
    is_written = is_written &&
                 (json_path == NULL || coverage_report_write(report, json_path, error)) &&
                 (html_path == NULL || coverage_report_write_html(report, html_path, error));
    coverage_report_free(report);
    return is_written;
}
