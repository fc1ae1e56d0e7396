/* SPDX-License-Identifier: MIT */
/* The directory of --out: what was checked, with what, and what came of it.
 *
 *     machine.yaml         the resolved machine
 *     configuration.json   command line, seed, versions of the tools
 *     results.json         the results so far, always a whole file; "complete" in the end
 *     junit.xml            the results, in the end
 *     logs/                what the workers printed
 *     segmmu-check-...     traces and waveforms of disagreements */
#ifndef CLI_CHECK_OUT_H
#define CLI_CHECK_OUT_H

#include "cli/check.h"

/* Creates a directory that must not be there yet, or be empty. */
bool check_out_make_directory(const char *path, struct error *error);

/* The same, and writes the configuration. */
bool check_out_begin(const char *directory, const struct check *check, const char *version,
                     struct error *error);

/* Writes results.json, in place of an earlier one. */
bool check_out_results(const char *directory, const struct check *check, const json_t *results,
                       bool is_complete, json_t *rtl_coverage, struct error *error);
bool check_out_junit(const char *directory, const struct check *check, const json_t *results,
                     struct error *error);

/* Writes what the worker of the last of `results` printed, if anything. */
bool check_out_log(const char *directory, const json_t *results, const char *said,
                   struct error *error);

#endif
