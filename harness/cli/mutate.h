/* SPDX-License-Identifier: MIT */
/* The parts of `segmmu mutate`:
 *
 *     cmd_mutate --> mutated_design (Yosys) --> build --> mutate_workers --> mutate_proofs -->
 * report |  ^               Yosys, of what v  | shared memory survived mutate-worker --> mutant_run
 */
#ifndef CLI_MUTATE_H
#define CLI_MUTATE_H

#include <stdio.h>

#include "machine/machine.h"
#include "mutation/equivalence.h"
#include "mutation/mutant_run.h"
#include "mutation/mutated_design.h"

enum { MUTATE_MAX_JOBS = 64, MUTATE_MAX_COUNT = 20000, MUTATE_MAX_SEED = INT32_MAX };

/* Of a mutant that survived; plain memory, which processes share. */
struct mutant_proof {
    bool is_made;
    enum equivalence verdict;
    char reason[512];
};

struct mutation {
    const struct machine *machine;
    char *command; /* repeats the run */
    struct mutant_trial trial;
    struct mutated_design design;
    size_t wanted; /* mutants that were asked for */

    /* Both by number, 0 (the design as it is) to design.mutants.count. */
    struct mutant_result *results;
    struct mutant_proof *proofs;
};

enum mutant_verdict {
    MUTANT_KILLED,
    MUTANT_EQUIVALENT,
    MUTANT_NOT_EQUIVALENT,
    MUTANT_UNDECIDED,
    MUTANT_VERDICTS
};
enum mutant_verdict mutant_verdict_of(const struct mutation *mutation, size_t number);
/* "killed", "equivalent", "not_equivalent", "undecided". */
const char *mutant_verdict_name(enum mutant_verdict verdict);

/* --- running --- */

struct mutate_workers {
    const char *library_path; /* of all mutants */
    unsigned power_ups;       /* of each mutant */
    unsigned jobs;
    unsigned timeout_seconds; /* a mutant whose clock stands still for so long is ended */
    bool is_sandboxed;
};

/* Runs mutants by their numbers, for so many cycles at most after each power-up. Sets their
 * results, of which those that an interrupt, or a failing mutant 0, left out are MUTANT_NOT_RUN.
 * False with an error where one could not be run. */
bool mutate_workers_run(const struct mutate_workers *workers, struct mutation *mutation,
                        const unsigned *numbers, size_t count, uint64_t cycles,
                        struct error *error);

struct mutate_proofs {
    const char *directory; /* scratch */
    unsigned jobs;
    unsigned timeout_seconds; /* of each */
};

/* Proves mutants by their numbers. Sets their proofs. */
bool mutate_proofs_run(const struct mutate_proofs *proofs, struct mutation *mutation,
                       const unsigned *numbers, size_t count, struct error *error);

struct mutate_judge {
    struct mutate_workers workers; /* without library_path and power_ups */
    struct mutate_proofs proofs;
};

/* Builds the design, runs every mutant and proves what survives. Sets mutation->results and proofs,
 * as far as it comes: see mutate_is_interrupted, and the result of mutant 0, which must survive. */
bool mutate_judge_all(const struct mutate_judge *judge, struct mutation *mutation,
                      struct error *error);

/* Ends what runs now, early. Async-signal-safe. */
void mutate_interrupt(void);
bool mutate_is_interrupted(void);

/* --- telling --- */

void mutate_print(const struct mutation *mutation);
bool mutate_write_json(const char *path, const struct mutation *mutation, struct error *error);
bool mutate_write_csv(const char *path, const struct mutation *mutation, struct error *error);

#endif
