/* SPDX-License-Identifier: MIT */
/* The parts of `segmmu check`: passes, each a run of generated stimulus, and their results. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include <jansson.h>
#include <signal.h>

#include "cli/disagreement.h"
#include "source/stimulus.h"

/* What is checked, and how long. */
struct check {
    const struct machine *machine;
    struct dut_source source; /* of the DUT; unused by the engine model */
    enum engine engine;       /* MODEL or LOCKSTEP */
    uint64_t cycles;          /* of the first pass */
    uint64_t seed;
    const char *trace_path; /* records the first pass, or NULL */
    char *command;          /* repeats the check */
};

enum check_verdict {
    CHECK_AGREED,
    CHECK_DISAGREED,   /* or the DUT stopped: see the testbench */
    CHECK_INTERRUPTED, /* by SIGINT or SIGTERM */
    CHECK_FAILED,      /* could not be built, started or recorded: see error */
};

/* One run of the stimulus. */
struct check_pass {
    const char *name; /* static, for people */
    enum dut_variant variant;
    uint64_t cycles;

    enum check_verdict verdict;
    struct testbench bench;
    struct stimulus stimulus;
    const struct mmu_out *out; /* of the last cycle; NULL before the first */
    double seconds;
    struct disagreement_files files; /* after CHECK_DISAGREED */
    struct error error;              /* after CHECK_FAILED */
};

/* The passes of a check, in their order; how many. Writes at most CHECK_PASSES. */
enum { CHECK_PASSES = 2 };
unsigned check_plan(const struct check *check, struct check_pass *passes);

/* Runs a pass, and reports a disagreement on standard error. Sets everything below `cycles`; ended
 * with check_pass_free. */
void check_pass_run(struct check_pass *pass, const struct check *check);
void check_pass_free(struct check_pass *pass);

/* Ends the pass that runs now with CHECK_INTERRUPTED. Async-signal-safe. */
void check_interrupt(void);

const char *check_verdict_name(enum check_verdict verdict);

/* Writes the results as JSON or as JUnit XML; false with an error where the file cannot be
 * written. */
bool check_write_json(const char *path, const struct check *check, const struct check_pass *passes,
                      unsigned pass_count, struct error *error);
bool check_write_junit(const char *path, const struct check *check, const struct check_pass *passes,
                       unsigned pass_count, struct error *error);

#endif
