/* SPDX-License-Identifier: MIT */
/* Somebody else's RTL behind the contract's ports: a Verilog module that is generated from a port
 * map and from the ports that the module under test has. */
#ifndef LOCKSTEP_DUT_ADAPTER_H
#define LOCKSTEP_DUT_ADAPTER_H

#include "lockstep/dut_contract.h"
#include "lockstep/dut_ports.h"
#include "lockstep/port_map.h"

#define DUT_ADAPTER_MODULE "segmmu_dut_adapter"

/* What the user says of it. Lists end with NULL, or are NULL. */
struct dut_foreign {
    const char *const *files;
    const char *top;               /* NULL: the one that no other instantiates */
    const char *const *defines;    /* NAME or NAME=VALUE */
    const char *const *parameters; /* NAME=VALUE, VALUE as Verilog has it */
    const char *port_map;          /* path, or NULL: it has the contract's ports */
    bool is_sandboxed;             /* Verilator runs in bubblewrap */
};

struct dut_adapter {
    char *top;                  /* the module under test */
    char *verilog;              /* of DUT_ADAPTER_MODULE, for struct dut_source */
    struct input_limits limits; /* for the source of stimulus */
    struct strings notes;       /* what is not tried for want of bits: a line each */
    struct strings problems;    /* what cannot be mapped: a line each */
    unsigned warning_count;     /* of Verilator */
    char *first_warning;
};

/* Parameters of the contract's names get the machine's values where the module has them. On failure
 * one line of error, and more in `problems`. The caller ends *adapter with dut_adapter_free in
 * either case. */
bool dut_adapter_make(struct dut_adapter *adapter, const struct dut_foreign *foreign,
                      const struct mmu_config *config, struct error *error);
void dut_adapter_free(struct dut_adapter *adapter);

/* The same from a port list and a port map that are there already. */
bool dut_adapter_write(struct dut_adapter *adapter, const struct dut_ports *ports,
                       const struct port_map *map, struct error *error);

#endif
