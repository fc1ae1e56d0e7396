/* SPDX-License-Identifier: MIT */
/* The parts of `segmmu check`: passes, each a run of generated stimulus, and their results.
 *
 *     cmd_check --> check_campaign --(fork, exec)--> check_worker --> check_pass_run
 *                        ^  struct check_pass, shared: how far it is  |
 *                        +--- result, as JSON ------------------------+
 *
 * The RTL runs in workers only, so that nothing that it does takes the run down. A shard that fails
 * goes on behind the failure with a fresh DUT; the campaign tells failures apart by their signature
 * (lockstep/signature.h), and has the first of each kind explained by one more worker: page, trace,
 * waveform, and the stimulus made small. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include <jansson.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "cli/check_coverage.h"
#include "cli/disagreement.h"
#include "lockstep/signature.h"
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
    unsigned failures;      /* the check ends with so many different ones */
    bool skips_unknowns;    /* leaves out the pass in Icarus */
    bool counts_coverage;   /* of the RTL, in one more pass */
    const char *trace_path; /* records the first pass, which is one shard then; or NULL */
    const char *directory;  /* where the files of a disagreement go; NULL: the current one */
    char *command;          /* repeats the check */
    const char *const *replay_options; /* that a replay needs as well, up to NULL; or NULL */
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
    CHECK_PHASE_SHRINKING, /* the RTL runs on stimulus of its own: `pulse` must go on */
    CHECK_PHASE_DONE,
};

enum { CHECK_NAME_SIZE = 48, CHECK_REACHED_BYTES = 64 << 10 };

/* A kind of failure in a shard: the first of the kind. */
struct check_failure {
    char signature[SIGNATURE_TEXT];
    uint64_t count;       /* how often it came */
    uint64_t segment;     /* in which it came first */
    uint64_t begin_cycle; /* of that segment, in the shard */
    uint64_t cycle;       /* of the failure, in the segment */
    bool is_gone;         /* the DUT crashed or hung in it */
};

enum { CHECK_FAILURES = 64 }; /* kinds that are told apart, at most */

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

    unsigned explained_number; /* explain `explained`, the so manieth failure; 0: run */
    struct check_failure explained;

    _Atomic enum check_phase phase;
    atomic_bool stop;        /* set from outside: end with CHECK_INTERRUPTED */
    volatile uint64_t pulse; /* tries of shrinking */

    /* A shard is cut into segments by its failures. Each begins with a fresh DUT and model. */
    uint64_t segment;                          /* the one that `bench` runs, from 0 */
    uint64_t earlier_cycles, earlier_compared; /* of the segments before it */
    struct stimulus segment_start;             /* of the stimulus, where it began */
    struct check_failure failure[CHECK_FAILURES];
    unsigned failure_count;

    enum check_verdict verdict;
    struct testbench bench;
    struct transaction transaction; /* where it is compared by transactions */
    struct stimulus stimulus;
    const struct mmu_out *out; /* of the last cycle; NULL before the first */
    double seconds;
    int rtl_coverage_fd;             /* in the worker: where DUT_COVERAGE leaves its counts */
    struct check_coverage *coverage; /* while it runs; NULL from random initial values */
    json_t *coverage_run;            /* what it has covered, or NULL */
    json_t *mismatch;                /* of the first failure, or NULL */
    struct disagreement_files files; /* after CHECK_DISAGREED */
    struct error error;              /* after all but agreement and CHECK_INTERRUPTED */
};

/* How long the pass from random initial values is, beside a first one of so many cycles. */
uint64_t check_random_cycles(uint64_t cycles);

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

/* --- the parts of a run, for who runs it again --- */

/* Begins the pass, or goes on behind a failure. False with pass->error. */
bool check_pass_begin(struct check_pass *pass, const struct check *check,
                      const struct dut_library *library);
bool check_pass_go_on(struct check_pass *pass, const struct check *check,
                      const struct dut_library *library);
/* Up to that cycle of the segment, or to a failure, which gives false. */
bool check_pass_run_to(struct check_pass *pass, uint64_t end_cycle);
/* The inputs of the next cycle. */
void check_pass_next(struct check_pass *pass, struct mmu_in *in);
struct trial_setup check_pass_setup(const struct check_pass *pass, const struct check *check,
                                    const struct dut_library *library);
/* Stops the DUT. */
void check_pass_end(struct check_pass *pass);

/* A recording of a pass, for the sink of its testbench. */
struct trace_writer *check_record(struct check_pass *pass, const struct check *check,
                                  const char *path, struct error *error);

/* Runs again up to pass->explained, and reports it on standard error. `tell` is called whenever
 * more of pass->files is there, and before what may not come to an end. */
void check_explain_run(struct check_pass *pass, const struct check *check,
                       void (*tell)(void *context), void *context);

/* Ends the pass that runs now with CHECK_INTERRUPTED. Async-signal-safe. */
void check_interrupt(void);

const char *check_verdict_name(enum check_verdict verdict);
int check_verdict_parse(const char *name); /* -1 for another word */

/* --- results --- */

/* The failures of a pass as JSON, and back; false where it is none. */
json_t *check_failure_json(const struct check_failure *failure);
bool check_failure_parse(const json_t *json, struct check_failure *failure);

/* What explained a failure: to be added to its JSON. */
json_t *check_explanation_json(const struct check_pass *pass);

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
