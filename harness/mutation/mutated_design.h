/* SPDX-License-Identifier: MIT */
/* From RTL to one design that has all its mutants: Yosys reads and flattens the RTL, lists what
 * could be mutated, and writes Verilog in which the input MUTANT_SELECT selects the mutant.
 *
 *     RTL --> netlist.il --> list.txt --> mutants.v, adapter text --> the build of any DUT
 *                 |                                   (struct dut_start selects the mutant)
 *                 +--> equivalence check of what survives
 */
#ifndef MUTATION_MUTATED_DESIGN_H
#define MUTATION_MUTATED_DESIGN_H

#include "lockstep/dut_build.h"
#include "mutation/mutants.h"
#include "mutation/rtl_netlist.h"

#define MUTATED_TOP NETLIST_TOP           /* the flattened design; has the ports of the contract */
#define MUTANT_SELECT "segmmu_mutant"     /* its input, added by mutation */
#define MUTANT_SELECTION "segmmu_mutant=" /* behind a +: how dut_shim.cpp hands it over */

struct mutated_design {
    struct mutants mutants; /* files are named as people name them */
    char *netlist_path;     /* RTLIL, before mutation */
    char *verilog_path;     /* mutants.v */
    char *adapter;          /* Verilog around it, for struct dut_source */
    struct rtl_netlist netlist;
};

/* `source` is the RTL as it is checked. `directory` exists, and keeps the files of the design. At
 * most `count` mutants, fewer where there are no more. The caller ends *design with
 * mutated_design_free in either case. */
bool mutated_design_make(struct mutated_design *design, const struct dut_source *source,
                         const char *directory, unsigned count, unsigned seed, struct error *error);
void mutated_design_free(struct mutated_design *design);

#endif
