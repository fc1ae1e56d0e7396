/* SPDX-License-Identifier: MIT */
/* `segmmu check --rtl-coverage`: each worker of the pass that counts leaves what it has counted in
 * memory that it inherits; where they are started it adds up, to a tracefile of lcov.
 *
 *     check_pass --(coverage file of Verilator, in memory)--> check_campaign --> check_report
 */
#ifndef CLI_CHECK_RTL_COVERAGE_H
#define CLI_CHECK_RTL_COVERAGE_H

#include "cli/check.h"
#include "sink/rtl_coverage.h"

/* --- in the worker --- */

/* Writes what the DUT has counted to a file, its end marked. False with an error. */
bool check_rtl_coverage_write(const struct testbench *bench, int fd, struct error *error);

/* --- where it is started --- */

/* All zero at first. */
struct check_rtl_coverage {
    struct rtl_coverage counted;
    uint64_t shards; /* that have been added */
    uint64_t shard_count;
    bool is_damaged; /* one of them could not be read; it has been said */
};

/* Adds what the worker of a shard has left, or says that it is damaged. */
void check_rtl_coverage_add(struct check_rtl_coverage *coverage, const struct check_pass *shard,
                            int fd);

/* Prints the summary and writes the tracefile; says what is missing of a check that was not
 * complete. False with an error where a shard's coverage is damaged, or the file cannot be written.
 * *json becomes the same for results.json, or NULL. */
bool check_rtl_coverage_report(const struct check_rtl_coverage *coverage, const struct check *check,
                               const char *path, json_t **json, struct error *error);

void check_rtl_coverage_free(struct check_rtl_coverage *coverage);

#endif
