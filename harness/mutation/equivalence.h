/* SPDX-License-Identifier: MIT */
/* Whether a mutant that no stimulus has told from the original can be told from it at all. */
#ifndef MUTATION_EQUIVALENCE_H
#define MUTATION_EQUIVALENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "segmmu/types.h"

enum equivalence {
    EQUIVALENT,     /* after a reset no input shows a difference on any output, ever: proved */
    NOT_EQUIVALENT, /* some input does: the reason tells it */
    UNDECIDED,      /* neither was found in time: the reason says how far it came */
};

struct equivalence_query {
    /* The design before mutation, in RTLIL: one module without processes, memories, hierarchy and
     * parallel multiplexers, in which no bit is undefined, as EQUIVALENCE_PREPARATION leaves it. */
    const char *netlist_path;
    const char *top;                 /* name of that module; has the ports of the contract */
    const struct mmu_config *config; /* for the words of a counterexample */
    const char *mutation;     /* a line of `mutate -list`; its -ctrl, -src and -wire are not used */
    unsigned timeout_seconds; /* for the whole check; 0 is enough for nothing */
    const char *directory;    /* scratch, of this check alone: exists, and files stay in it */
};

/* What the design goes through, after its `hierarchy -top`, before mutations are listed, written as
 * Verilog for the simulation, and proved: what one of them takes for undefined, or decides by the
 * order of the branches, the other would take differently. */
#define EQUIVALENCE_PREPARATION                                                                    \
    "proc\n"                                                                                       \
    "flatten\n"                                                                                    \
    "opt_expr\n"                                                                                   \
    "opt_clean\n"                                                                                  \
    "memory -nomap\n"                                                                              \
    "memory_map\n"                                                                                 \
    "dffunmap\n"                                                                                   \
    "pmuxtree\n"                                                                                   \
    "setundef -undriven -zero\n"                                                                   \
    "opt_expr\n"                                                                                   \
    "opt_clean -purge\n"                                                                           \
    "check -assert\n"

/* False with an error where the check could not be made: the netlist cannot be read, the mutation
 * is not one of it, Yosys is not there. UNDECIDED is not an error. */
bool equivalence_check(const struct equivalence_query *query, enum equivalence *verdict,
                       char *reason, size_t size, struct error *error);

#endif
