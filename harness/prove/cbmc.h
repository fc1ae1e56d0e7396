/* SPDX-License-Identifier: MIT */
/* Claims about C, decided by cbmc. */
#ifndef PROVE_CBMC_H
#define PROVE_CBMC_H

#include <jansson.h>
#include <stdint.h>

#include "prove/tool.h"

enum proof_verdict {
    PROOF_PROVED,
    PROOF_REFUTED,   /* the reason says how */
    PROOF_UNDECIDED, /* time or memory ran out */
    PROOF_NOT_RUN,   /* cbmc is not to be had: the reason says why */
    PROOF_VERDICTS
};

/* "proved", "refuted", "undecided", "not run". */
const char *proof_verdict_name(enum proof_verdict verdict);

struct cbmc {
    char *program; /* NULL: not to be had */
    char *solver;  /* an external SAT solver that is quicker than cbmc's own; or NULL */
    char *reason;  /* why it is not to be had */
};

/* Looks for cbmc, and fetches it where it is missing (fetch_cbmc). False with an error where that
 * could not be tried. The caller ends *cbmc with cbmc_free in either case. */
bool cbmc_find(struct cbmc *cbmc, struct error *error);
void cbmc_free(struct cbmc *cbmc);

/* One run of cbmc. */
struct claim {
    const char *name;            /* of its files, a plain word */
    const char *function;        /* whose assertions hold, whatever it is called with */
    const struct strings *words; /* sources and options */
    bool has_memories;           /* many like registers: cbmc's own solver is slow with those */
};

struct claim_answer {
    enum proof_verdict verdict;
    double seconds;
    char reason[512]; /* "" where it is proved */
    json_t *trace;    /* steps of cbmc's counterexample, or NULL; the caller owns it */
};

/* `step` without name and argv. False with an error where the claim could not be put: a mistake of
 * ours, or an interrupt. */
bool cbmc_decide(const struct cbmc *cbmc, const struct claim *claim, const struct tool_step *step,
                 struct claim_answer *answer, struct error *error);

/* The last value that the counterexample gives to a variable, "mmu.state.req_q.op". Whether it has
 * one. */
bool cbmc_value(const json_t *trace, const char *variable, uint64_t *value);

#endif
