/* SPDX-License-Identifier: MIT */
/* What ports a module has, told by Verilator, which elaborates it with its parameters (hundredths
 * of a second) and so finds most of what is wrong with the sources too. */
#ifndef LOCKSTEP_DUT_PORTS_H
#define LOCKSTEP_DUT_PORTS_H

#include "base/error.h"
#include "lockstep/dut_strings.h"

enum port_direction { PORT_INPUT, PORT_OUTPUT, PORT_INOUT };

struct dut_port {
    char *name;
    enum port_direction direction;
    unsigned width_bits; /* 0: not a packed vector (an unpacked array, a real, a string) */
};

struct dut_ports {
    char *top; /* the module */
    struct dut_port *port;
    size_t count;
    struct strings parameters; /* which of those asked for the module has, as asked */
    unsigned warning_count;    /* of Verilator */
    char *first_warning;       /* NULL where there is none */
};

/* What is to be elaborated. All lists end with NULL, or are NULL. */
struct dut_elaboration {
    const char *const *files;
    const char *top;               /* NULL: the one module that no other instantiates */
    const char *const *defines;    /* NAME or NAME=VALUE */
    const char *const *offered;    /* NAME=VALUE: parameters of the top, where it has them */
    const char *const *parameters; /* NAME=VALUE: parameters that the top must have */
    bool is_sandboxed;             /* Verilator runs in bubblewrap */
};

/* On failure one line of error: the first of Verilator's own, or what else is in the way (a delay,
 * no such top, a file that $readmemh would not find). The caller ends *ports with dut_ports_free in
 * either case. */
bool dut_ports_list(struct dut_ports *ports, const struct dut_elaboration *elaboration,
                    struct error *error);
void dut_ports_free(struct dut_ports *ports);

/* Fills in top and ports from what `verilator --xml-only` writes, and checks that the files of
 * $readmemh and $readmemb are there. */
bool dut_ports_parse(struct dut_ports *ports, const char *xml, struct error *error);

#endif
