/* SPDX-License-Identifier: MIT */
/* The whole pipeline of a guest's run, put together once for `segmmu run` and `segmmu bench`:
 *
 *   supervisor, guests (children) --> stream --> pump --> testbench --> latency, trace, timesheet
 */
#ifndef CLI_RUN_PIPELINE_H
#define CLI_RUN_PIPELINE_H

#include "os/supervisor.h"
#include "sink/latency.h"
#include "sink/trace.h"
#include "source/pump.h"

struct run_options {
    const struct machine *machine;
    enum engine engine;
    /* What the supervisor is to do; target, machine, sheet and log are filled in here. */
    struct supervisor_options supervisor;
    const char *trace;       /* file to record to, or NULL */
    const char *command;     /* for the trace's header */
    const struct sink *sink; /* one more sink, or NULL */
};

struct run {
    struct run_options options;
    struct dut_source source;
    struct dut_library *library; /* NULL without a DUT */
    struct target *target;
    struct supervisor *supervisor;
    struct timesheet *sheet;
    struct memory_log *log;
    struct testbench bench;
    struct latency *latency;     /* NULL for ENGINE_TRANSLATE */
    struct trace_writer *writer; /* NULL where nothing is recorded; in lockstep at least memory */
    struct pump *pump;
    char complaint[256];   /* see struct timing */
    uint32_t last_process; /* by number: whose the last cycle was, with a clock; see timesheet.h */
};

/* Everything up to the guest's first instruction. False with an error; run_close in either case. */
bool run_open(struct run *run, const struct run_options *options, struct error *error);

/* Runs the guests to their end and the checker after them. False when something disagreed. The
 * result is the caller's to free. */
bool run_go(struct run *run, struct supervisor_result *result);

/* Ends the recording. False when anything of it could not be written. */
bool run_close_trace(struct run *run, struct error *error);

void run_close(struct run *run);

/* Nothing is clocked with ENGINE_TRANSLATE. */
static inline bool run_has_clock(const struct run *run)
{
    return run->options.engine != ENGINE_TRANSLATE;
}

#endif
