/* SPDX-License-Identifier: MIT */
/* The parts of `segmmu prove`. */
#ifndef CLI_PROVE_H
#define CLI_PROVE_H

#include "machine/machine.h"
#include "prove/proof.h"

enum { PROVE_MAX_JOBS = 64 };

/* Exit status, besides those of every command. */
enum { PROVE_UNDECIDED = 3, PROVE_NOT_RUN = 77 };

/* A machine and what was shown of it. */
struct proved_machine {
    struct machine *machine;
    struct proof proof;
};

/* A line for each property. */
void prove_print(const struct proved_machine *proved);

/* The verdicts of all machines, for programs. False with an error where it cannot be written. */
bool prove_write_json(const char *path, const struct proved_machine *machines, size_t count,
                      struct error *error);
bool prove_write_junit(const char *path, const struct proved_machine *machines, size_t count,
                       struct error *error);

#endif
