/* SPDX-License-Identifier: MIT */
/* The RTL as Yosys reads it: all sources and what they include, with the machine's parameters. */
#ifndef MUTATION_RTL_NETLIST_H
#define MUTATION_RTL_NETLIST_H

#include "lockstep/dut_build.h"
#include "lockstep/dut_strings.h"
#include "mutation/yosys.h"

#define NETLIST_TOP "segmmu_netlist"      /* the top afterwards; has the ports of the contract */
#define NETLIST_ADAPTER_FILE "contract.v" /* around somebody else's; no source of theirs */

enum { NETLIST_LIMIT_SECONDS = 300 };

struct rtl_netlist {
    struct strings names;    /* of the sources, as people name them */
    struct strings adjacent; /* their directories */
};

/* Reads the source, with more `options` of read_verilog (each after a space), and then runs
 * `passes`, commands of Yosys, which write what is wanted. The directory exists and keeps the
 * files; NAME.log in it has what Yosys printed. The caller ends *netlist with rtl_netlist_free in
 * either case. */
bool rtl_netlist_make(struct rtl_netlist *netlist, const struct dut_source *source,
                      const char *directory, const char *name, const char *options,
                      const char *passes, struct error *error);
void rtl_netlist_free(struct rtl_netlist *netlist);

/* Runs another step in the directory; sources are named in the error as people name them. */
bool rtl_netlist_run(const struct rtl_netlist *netlist, const struct yosys_step *step,
                     struct error *error);

/* A text of Yosys with the sources named as people name them; malloc'ed, NULL when memory is short.
 */
char *rtl_netlist_spell_out(const struct rtl_netlist *netlist, const char *text);

#endif
