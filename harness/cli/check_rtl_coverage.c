/* SPDX-License-Identifier: MIT */
#include "cli/check_rtl_coverage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* --- in the worker --- */

bool check_rtl_coverage_write(const struct testbench *bench, int fd, struct error *error)
{
    static const char end[] = RTL_COVERAGE_END "\n";
    const char *failure;
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    failure = bench->dut_interface->write_coverage(bench->dut, path);
    if (failure != NULL) {
        return error_set(error, "coverage of the RTL cannot be written: %s", failure);
    }
    /* Where something did not fit, neither does this, or it is in mid-line. */
    return (lseek(fd, 0, SEEK_END) > 0 &&
            write(fd, end, sizeof(end) - 1) == (ssize_t)sizeof(end) - 1) ||
           error_set(error, "coverage of the RTL cannot be written: %s", strerror(errno));
}

/* --- where it is started --- */

void check_rtl_coverage_add(struct check_rtl_coverage *coverage, const struct check_pass *shard,
                            int fd)
{
    char name[64];
    struct error error;

    snprintf(name, sizeof(name), "coverage of shard %" PRIu64, shard->shard);
    coverage->shard_count = shard->shard_count;
    if (rtl_coverage_read(&coverage->counted, fd, name, true, &error)) {
        coverage->shards++;
    } else {
        cli_error("%s", error.text);
        coverage->is_damaged = true;
    }
}

/* Sources as the user calls them. */
static void use_given_names(struct rtl_sources *sources, const struct dut_source *given)
{
    for (unsigned i = 0; i < given->file_count; i++) {
        char *const path = realpath(given->files[i], NULL);

        for (size_t j = 0; path != NULL && j < sources->count; j++) {
            if (strcmp(sources->items[j].file, path) == 0) {
                sources->items[j].file = given->files[i];
            }
        }
        free(path);
    }
}

static bool report(const struct check_rtl_coverage *coverage, struct rtl_sources *sources,
                   const struct check *check, const char *path, json_t **json, struct error *error)
{
    enum { LINES_SHOWN = 20 };
    const bool is_complete = coverage->shards == coverage->shard_count;

    if (!rtl_sources_make(sources, &coverage->counted)) {
        return error_set(error, "%s: out of memory", path);
    }
    if (!rtl_sources_write_lcov(sources, is_complete ? "segmmu_check" : "segmmu_check_incomplete",
                                path, error)) {
        return false;
    }
    use_given_names(sources, &check->source);
    rtl_sources_print(sources, stdout, LINES_SHOWN);
    *json = json_pack("{s:b, s:o}", "complete", is_complete, "sources", rtl_sources_json(sources));
    if (!is_complete) {
        cli_error("%s: not complete: coverage of %" PRIu64 " of %" PRIu64 " shards is missing",
                  path, coverage->shard_count - coverage->shards, coverage->shard_count);
    }
    return true;
}

bool check_rtl_coverage_report(const struct check_rtl_coverage *coverage, const struct check *check,
                               const char *path, json_t **json, struct error *error)
{
    struct rtl_sources sources = {0};
    bool is_reported;

    *json = NULL;
    if (coverage->is_damaged) {
        return error_set(error, "%s: not written, since coverage of a shard is damaged", path);
    }
    if (coverage->shards == 0) {
        cli_error("%s: not written: no shard has counted to its end", path);
        return true;
    }
    is_reported = report(coverage, &sources, check, path, json, error);
    rtl_sources_free(&sources);
    return is_reported;
}

void check_rtl_coverage_free(struct check_rtl_coverage *coverage)
{
    rtl_coverage_free(&coverage->counted);
}
