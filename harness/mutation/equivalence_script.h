/* SPDX-License-Identifier: MIT */
/* The scripts of the equivalence check. */
#ifndef MUTATION_EQUIVALENCE_SCRIPT_H
#define MUTATION_EQUIVALENCE_SCRIPT_H

#include <stdio.h>

#include "mutation/counterexample.h"
#include "mutation/equivalence.h"

/* Files of the check, in its directory. */
#define MITER_WRAPPER "miter.v"
#define MITER_AIGER "miter.aig"           /* registers begin with any value */
#define MITER_AIGER_INITIAL "initial.aig" /* that value is an input */
#define MERGED_AIGER "merged.aig"
#define MITER_MAP "miter.map" /* inputs of the first */
#define MITER_MAP_INITIAL "initial.map"
#define COUNTEREXAMPLE_BITS "difference.txt" /* of ABC */
#define COUNTEREXAMPLE_VCD "difference.vcd"  /* of Yosys */

/* One line without -ctrl, -src and -wire. False with an error where the text is no mutation of
 * `top`: nothing of it but names and numbers comes into a script. */
bool script_mutation(FILE *script, const char *mutation, const char *top, struct error *error);

/* Verilog of the top of the miter: its output `bad` is 1 when original and mutant differ after the
 * first cycle, which is one of reset. `is_legal`: and every request on offer has waited unchanged
 * until it moved. */
void script_wrapper(FILE *verilog, bool is_legal);

/* Reads the design, makes the mutant and the miter, and writes both AIGER files. */
bool script_miter(FILE *script, const struct equivalence_query *query, struct error *error);

/* Holds a counterexample's inputs against Yosys's own SAT solver, which fails where original and
 * mutant do not differ, and otherwise writes every port in every cycle. */
bool script_confirm(FILE *script, const struct equivalence_query *query,
                    const struct counterexample *counterexample, struct error *error);

/* For ABC. The first is quick, and decides most; `is_initial`: on the second AIGER file. The second
 * goes on from what the first has left in MERGED_AIGER. */
void script_search(FILE *script, bool is_initial, unsigned seconds);
void script_prove(FILE *script, unsigned seconds);

#endif
