/* SPDX-License-Identifier: MIT */
/* A translation in words, as one works it out on paper (OSTEP 15.3 and 16.1 to 16.3). */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <stdio.h>

#include "machine/machine.h"

/* One line on the machine: the bits of its addresses. */
void explain_machine(FILE *out, const struct machine *machine);

/* The steps from request to response, up to the one that faults. `bank` is the segment registers
 * that it met, those of context `context`; latency_cycles is left out where it is 0. With colour
 * the result is green, or red for a fault (ECMA-48). */
void explain_translation(FILE *out, const struct machine *machine, uint8_t context,
                         const struct mmu_segment *bank, const struct mmu_request *request,
                         const struct mmu_response *response, uint64_t latency_cycles, bool colour);

#endif
