/* SPDX-License-Identifier: MIT */
/* What a command leaves behind when model and DUT disagree: the mismatch page on standard error, a
 * trace that leads to the disagreement, and a waveform of its end. */
#ifndef CLI_DISAGREEMENT_H
#define CLI_DISAGREEMENT_H

#include "lockstep/trial.h"
#include "sink/trace.h"

/* What making it small may cost where nobody asked for it: a few seconds. */
enum { DISAGREEMENT_SHRINK_CYCLES = 10 * 1000 * 1000 };

struct disagreement {
    const struct testbench *bench;   /* whose verdict is not TESTBENCH_AGREED */
    struct trial_setup setup;        /* how it began */
    const struct dut_source *source; /* what the DUT was built of */
    const char *command;             /* repeats the whole run; NULL where nothing does */
    /* Options of `segmmu replay` besides, up to NULL; or NULL. */
    const char *const *replay_options;
    /* Files to write: PREFIX.trace and PREFIX.fst; NULL: none. */
    const char *prefix;
    const char *shown_prefix; /* what the user will find it under; NULL: the same */
    /* The recording whose tail becomes PREFIX.trace; NULL: the caller has written that file. */
    struct trace_writer *recording;
    /* What making it small may cost, in clock cycles (source/shrink.h); 0: it is not tried. Needs a
     * prefix. */
    uint64_t shrink_cycles;
    volatile uint64_t *pulse; /* counts the tries; or NULL */
};

/* The same disagreement from the smallest stimulus that was found. */
struct disagreement_shrunk {
    char *trace; /* PREFIX.shrunk.trace */
    char *waveform;
    char *replay_command;
    char *signature;   /* "rsp_fault_o, limit, translate" */
    uint64_t requests; /* in it */
};

/* Paths of the files that were written, malloc'ed, or NULL, and the command that repeats the
 * disagreement. */
struct disagreement_files {
    char *trace;
    char *waveform;
    char *replay_command;
    struct disagreement_shrunk shrunk; /* all NULL where it was not made small */
};

/* Prints the page on standard error and writes the files. What cannot be written is said, and takes
 * nothing else along. `files` may be NULL. True when the trace repeats the disagreement. */
bool disagreement_report(const struct disagreement *disagreement, struct disagreement_files *files);

/* For the user, who knows a file that begins with PREFIX by its shown name: prints that on standard
 * error; the command that replays it, malloc'ed, or NULL when memory is short. */
void disagreement_print_path(const struct disagreement *disagreement, const char *path);
char *disagreement_replay_command(const struct disagreement *disagreement, const char *path);

void disagreement_files_free(struct disagreement_files *files);

/* Whether the trace, played from its preamble or reset on, ends in the same disagreement as the
 * testbench: the same outputs of model and DUT in its last cycle. It does not where the cause lies
 * before the trace, in a register of the DUT that no request can set. */
bool disagreement_is_in_trace(const struct testbench *bench, const struct trial_setup *setup,
                              const char *trace_path, struct error *error);

#endif
