/* SPDX-License-Identifier: MIT */
/* The parts of `segmmu check`: passes, each a run of generated stimulus, and their results.
 *
 *     cmd_check --> check_campaign --(fork, exec)--> check_worker --> check_pass_run
 *                        ^  struct check_pass, shared: how far it is  |
 *                        +--- result, as JSON ------------------------+
 *
 * The RTL runs in workers only, so that nothing that it does takes the run down. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include <jansson.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "cli/check_coverage.h"
#include "cli/disagreement.h"
#include "source/stimulus.h"

/* What is checked, and how long. */
struct check {
    const struct machine *machine;
    struct dut_source source; /* of the DUT; unused by the engine model */
    enum engine engine;       /* MODEL or LOCKSTEP */
    uint64_t cycles;          /* of the first pass */
    uint64_t shard_cycles;    /* the first pass is cut into shards of so many cycles */
    uint64_t seed;
    /* Nonzero: compared by transactions, each of which may take so many cycles. */
    uint64_t response_timeout_cycles;
    bool is_until_covered;  /* cycles is a budget: the first pass ends when nothing is missing */
    bool skips_unknowns;    /* leaves out the pass in Icarus */
    bool counts_coverage;   /* of the RTL, in one more pass */
    const char *trace_path; /* records the first pass, which is one shard then; or NULL */
    const char *directory;  /* where the files of a disagreement go; NULL: the current one */
    char *command;          /* repeats the check */
};

enum check_verdict {
    CHECK_AGREED,
    CHECK_DISAGREED,   /* or the DUT stopped: see the testbench */
    CHECK_INTERRUPTED, /* by SIGINT or SIGTERM */
    CHECK_FAILED,      /* could not be built, started or recorded: see error */
    CHECK_LOST,        /* its worker was killed from outside */
    CHECK_NOT_RUN,     /* a tool that it needs is missing or does not take the RTL: see error */
    CHECK_SKIPPED,     /* left out, because the user wants it so: see error */
    CHECK_VERDICTS
};

enum check_kind {
    CHECK_COMPARE,  /* model and RTL, or the model alone */
    CHECK_UNKNOWNS, /* the RTL in Icarus: no output is X after reset */
};

/* What a worker is doing; its watchdog looks at it. */
enum check_phase {
    CHECK_PHASE_NONE, /* it has not started */
    CHECK_PHASE_BUILDING,
    CHECK_PHASE_CLOCKING, /* the RTL runs: bench.cycle must go on */
    CHECK_PHASE_WRITING,  /* the same, but a recording may wait for who reads it */
    CHECK_PHASE_REPORTING,
    CHECK_PHASE_DONE,
};

enum { CHECK_NAME_SIZE = 48, CHECK_REACHED_BYTES = 64 << 10 };

/* One run of the stimulus: a shard of a pass. Lies in memory that the worker which runs it shares
 * with who watches it; pointers mean something to the worker alone. */
struct check_pass {
    char name[CHECK_NAME_SIZE]; /* for people */
    enum check_kind kind;
    enum dut_variant variant;
    uint64_t shard; /* 0 has the directed part */
    uint64_t shard_count;
    uint64_t seed; /* of the shard */
    uint64_t cycles;
    uint8_t reached[CHECK_REACHED_BYTES]; /* a bit for each bin that need not be covered again */

    _Atomic enum check_phase phase;
    atomic_bool stop; /* set from outside: end with CHECK_INTERRUPTED */

    enum check_verdict verdict;
    struct testbench bench;
    struct transaction transaction; /* where it is compared by transactions */
    struct stimulus stimulus;
    const struct mmu_out *out; /* of the last cycle; NULL before the first */
    double seconds;
    int rtl_coverage_fd;             /* in the worker: where DUT_COVERAGE leaves its counts */
    struct check_coverage *coverage; /* while it runs; NULL from random initial values */
    json_t *coverage_run;            /* what it has covered, or NULL */
    struct disagreement_files files; /* after CHECK_DISAGREED */
    struct error error;              /* after all but agreement and CHECK_INTERRUPTED */
};

/* The passes of a check, in their order, each as its first shard; how many. Writes at most
 * CHECK_PASSES. */
enum { CHECK_PASSES = 4 };
unsigned check_plan(const struct check *check, struct check_pass *passes);

/* Turns the first shard of a pass into another one: its seed and its cycles. Depends on nothing but
 * the check and the number. */
void check_plan_shard(struct check_pass *pass, const struct check *check, uint64_t shard);

/* Runs a pass, and reports a disagreement on standard error. Sets everything below `cycles`; ended
 * with check_pass_free. */
void check_pass_run(struct check_pass *pass, const struct check *check);
void check_pass_free(struct check_pass *pass);

/* The same of kind CHECK_UNKNOWNS; check_pass_run calls it. */
void check_unknowns_run(struct check_pass *pass, const struct check *check);
/* Says that Icarus is not installed; returns false. */
bool check_unknowns_missing(struct error *error);

/* Records the cycles up to the one in which the DUT went away, from the model alone, and says on
 * the stream where. */
void check_pass_record_lost_dut(struct check_pass *pass, const struct check *check, FILE *stream);

/* Ends the pass that runs now with CHECK_INTERRUPTED. Async-signal-safe. */
void check_interrupt(void);

const char *check_verdict_name(enum check_verdict verdict);
int check_verdict_parse(const char *name); /* -1 for another word */

/* --- results --- */

/* The result of a pass as JSON, for results.json; what is for people and for JUnit only lies in its
 * object "run", which check_write_json leaves out. NULL when memory is short. */
json_t *check_pass_json(const struct check_pass *pass);

/* Writes the results, an array of check_pass_json, as JSON or as JUnit XML; false with an error
 * where the file cannot be written. `is_complete`: every shard is there. `rtl_coverage` is what
 * check_rtl_coverage_report makes, or NULL. */
bool check_write_json(const char *path, const struct check *check, const json_t *results,
                      bool is_complete, json_t *rtl_coverage, struct error *error);
bool check_write_junit(const char *path, const struct check *check, const json_t *results,
                       struct error *error);

#endif
