/* SPDX-License-Identifier: MIT */
/* The list of mutants, as Yosys's `mutate -list` writes it: a small change of one bit at one port
 * of one cell each. */
#ifndef MUTATION_MUTANTS_H
#define MUTATION_MUTANTS_H

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "lockstep/dut_strings.h"

/* A place in a source, "FILE:LINE.COLUMN-LINE.COLUMN". */
struct source_range {
    char *file;
    unsigned first_line, first_column;
    unsigned last_line, last_column;
};

struct mutant {
    char *mode; /* inv, const0, const1, cnot0, cnot1 */
    char *module;
    char *cell;
    char *port; /* of the cell */
    unsigned port_bit;
    bool has_control_bit; /* cnot0 and cnot1: inverted while this bit of the port is 0, or 1 */
    unsigned control_bit;
    char *wire; /* a name of the source for the bit, or NULL */
    unsigned wire_bit;
    struct source_range source; /* file is NULL where none is known */
};

struct mutants {
    struct mutant *items; /* mutant n is items[n - 1]; mutant 0 is the design as it is */
    size_t count;
};

/* Reads a list; `path` names it in errors. Where Yosys names several ranges, of the cell, of the
 * instances around it and of a wire, a mutant has the cell's, or else the narrowest one. The caller
 * ends *mutants with mutants_free in either case. */
bool mutants_read(struct mutants *mutants, FILE *list, const char *path, struct error *error);
void mutants_free(struct mutants *mutants);

/* Leaves out what `is_wanted` does not want, the order as it is. */
void mutants_keep(struct mutants *mutants, bool (*is_wanted)(const struct mutant *, void *),
                  void *context);

/* Leaves `count` of them, evenly spread. */
void mutants_thin(struct mutants *mutants, size_t count);

/* The mutation as Yosys applies it, without -ctrl; malloc'ed, NULL when memory is short. */
char *mutant_command(const struct mutant *mutant);

/* For people: "inv $and.Y[3] in u_pipeline.u_check (in_segment[0])". Malloc'ed, as above. */
char *mutant_describe(const struct mutant *mutant);

#endif
