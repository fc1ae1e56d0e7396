/* SPDX-License-Identifier: MIT */
/* What `segmmu run` tells of a run: a summary to read, and --stats for programs. */
#ifndef CLI_RUN_REPORT_H
#define CLI_RUN_REPORT_H

#include <stdio.h>

#include "os/supervisor.h"
#include "sink/latency.h"

struct run_report {
    const struct machine *machine;
    enum engine engine;
    const char *command; /* that repeats the run */
    const struct supervisor_options *options;
    const struct supervisor_result *result;
    const struct timesheet *sheet;
    const struct memory_log *log;
    const struct testbench *bench; /* NULL for ENGINE_TRANSLATE, which has no clock */
    const struct latency *latency; /* NULL likewise */
    unsigned disagreements;        /* 0 or 1: the first one ends a run */
    int exit_status;
};

/* Faults and growth, segments and what they waste, latency, cycles, and the verdict. */
void run_report_print(const struct run_report *report, FILE *stream);

/* The figures of all processes together. */
struct process_figures run_report_sum(const struct supervisor_result *result);

/* Of the log's events, the worst. */
struct memory_peaks {
    uint64_t used_bytes;
    uint64_t rounding_bytes;       /* used and not asked for */
    double external_fragmentation; /* 1 - largest free block / free, in percent */
    uint64_t free_bytes;           /* when that was so, */
    uint64_t largest_free_bytes;   /* and this */
};
struct memory_peaks run_report_peaks(const struct memory_log *log);

/* Creates a file, before the run. NULL with an error. */
FILE *run_output_open(const char *path, const char *what, struct error *error);
/* Writes the JSON and closes the file. False with one line when it cannot be written. */
bool run_report_save(const struct run_report *report, FILE *file, const char *path,
                     struct error *error);

#endif
