/* SPDX-License-Identifier: MIT */
/* Functional coverage of `segmmu check`: counted while a pass runs, which it steers where it is
 * asked to, and reported when all have run. */
#ifndef CLI_CHECK_COVERAGE_H
#define CLI_CHECK_COVERAGE_H

#include "sink/coverage_report.h"
#include "source/stimulus.h"

/* Of a pass. */
struct check_coverage {
    struct coverage *coverage;
    bool is_steering;            /* stimulus goes for what is missing */
    bool is_done;                /* nothing is */
    const uint8_t *reached;      /* bits of bins that need not be covered again; or NULL */
    struct random_source random; /* which of it */
};

/* Becomes a sink of the testbench. NULL when memory runs out. Ended with check_coverage_end after
 * the testbench's last clock. */
struct check_coverage *check_coverage_begin(struct testbench *bench, uint64_t seed,
                                            bool is_steering, const uint8_t *reached);
void check_coverage_end(struct check_coverage *coverage);

/* Before each cycle of a pass that is steered. */
void check_coverage_steer(struct check_coverage *coverage, struct stimulus *stimulus);

/* Nothing is missing, and that is what the pass ran for. */
static inline bool check_coverage_is_done(const struct check_coverage *coverage)
{
    return coverage->is_done || (coverage->is_steering && coverage_is_complete(coverage->coverage));
}

/* Prints the summary of the runs (coverage_run_json) if wanted, and writes what paths ask for; each
 * path may be NULL. False with an error where that fails. */
bool check_coverage_report(const struct machine *machine, const json_t *runs, bool is_printed,
                           const char *json_path, const char *html_path, struct error *error);

#endif
