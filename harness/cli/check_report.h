/* SPDX-License-Identifier: MIT */
/* What a check prints and writes of its results: shard by shard, and in the end. */
#ifndef CLI_CHECK_REPORT_H
#define CLI_CHECK_REPORT_H

#include "cli/check_rtl_coverage.h"

struct check_report {
    const struct check *check;
    uint64_t jobs;
    const char *json, *junit; /* files to write, or NULL */
    const char *coverage, *coverage_html;
    const char *rtl_coverage;
    const char *out; /* directory of check_out_begin, or NULL */

    /* Zero at first. */
    size_t pass_begin; /* the first shard in the results of the pass that is reported */
    size_t lost;       /* shards */
    struct check_rtl_coverage rtl_counts;
    bool is_short; /* something could not be written; it has been said */
};

/* The last of `results` is there; `context` is the report. As check_campaign.finished. */
void check_report_shard(void *context, const json_t *results, const char *said, bool is_last);

/* Writes the results; returns the exit status of the check. */
int check_report_end(struct check_report *report, const json_t *results, bool is_complete);

#endif
