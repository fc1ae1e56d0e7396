/* SPDX-License-Identifier: MIT */
/* One replay: the trace, who answers, and what came of it so far. */
#ifndef CLI_REPLAY_JOB_H
#define CLI_REPLAY_JOB_H

#include "base/progress.h"
#include "cli/check_coverage.h"
#include "cli/replay_guard.h"
#include "cli/replay_options.h"
#include "sink/trace.h"

struct replay_job {
    struct replay_options options;
    char *command;
    struct trace_reader *reader;
    const struct machine *machine;
    struct dut_source source;
    const struct dut_builder *builder; /* who builds; NULL: this process does */
    struct strings replay_options;
    struct dut_library *library;
    struct replay_shared *shared; /* with the testbench */
    bool is_bench_open;
    struct check_coverage *coverage; /* for --coverage, from the first frame on */
    struct trace_writer *recording;  /* for --save */
    struct progress progress;
    /* What was replayed. */
    uint64_t frames, requests, responses, cycles;
    uint64_t first_cycle, end_cycle;
};

/* Opens the trace, and sets the machine. False after saying what is wrong. */
bool replay_job_open(struct replay_job *job);

/* Builds the RTL and plays the trace, in the process in which the RTL runs. With `is_loud`, says
 * what there is to say of the RTL of --rtl. Returns the exit status. */
int replay_job_play(struct replay_job *job, bool is_loud);

/* Writes the coverage and frees everything. Returns the exit status, `status` if nothing is wrong.
 */
int replay_job_end(struct replay_job *job, int status);

#endif
