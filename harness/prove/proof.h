/* SPDX-License-Identifier: MIT */
/* The proof of one machine: what the RTL, the C model and the contract have to do with each other,
 * for all inputs and all time.
 *
 *     RTL --Yosys--> netlist --binding.py--> rtl.c, binding.h --+
 *                                                               +--cbmc--> proved, refuted,
 * undecided C model, segment_*.c -----------------+ RTL --Yosys, segment_properties.v--> its own
 * SAT solver ---> the same, without our C
 */
#ifndef PROVE_PROOF_H
#define PROVE_PROOF_H

#include "lockstep/dut_build.h"
#include "prove/cbmc.h"

enum proof_property {
    PROPERTY_EQUAL,     /* C model and RTL give the same outputs in every cycle */
    PROPERTY_TRANSLATE, /* mmu_cycle answers what mmu_translate says */
    PROPERTY_ISOLATED,  /* an admitted access lies in its segment, ... */
    PROPERTY_CHANNELS,  /* nothing is lost, reordered, changed or late */
    PROPERTY_RTL,       /* isolated and channels of the RTL alone: neither our C nor cbmc is used */
    PROPERTIES
};

/* "equal", ... */
const char *proof_property_name(enum proof_property property);

struct proof_result {
    enum proof_verdict verdict;
    double seconds;    /* of all its claims, one after the other */
    char reason[512];  /* the first that is not proved; "" otherwise */
    const char *claim; /* which that is */
    json_t *trace;     /* of a refuted one, or NULL */
};

struct proof {
    const struct dut_source *source; /* the RTL, and with it the machine's parameters */
    const struct cbmc *cbmc;
    const char *directory;    /* scratch, of this proof alone; exists, absolute */
    unsigned timeout_seconds; /* of each run of a solver */
    unsigned jobs;
    struct proof_result results[PROPERTIES];
    struct strings refusals; /* what is not taken of the RTL: a line each; then nothing is proved */
    double seconds;          /* by the clock */
};

/* Sets the results. False with an error where it could not be done, or with refusals and the first
 * of them as the error. The caller sets the fields above `results`, zero for the rest, and ends it
 * with proof_free in either case. */
bool proof_run(struct proof *proof, struct error *error);
void proof_free(struct proof *proof);

#endif
