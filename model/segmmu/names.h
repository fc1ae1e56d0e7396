/* SPDX-License-Identifier: MIT */
/* The contract's names of codes, both ways. All strings are static. */
#ifndef SEGMMU_NAMES_H
#define SEGMMU_NAMES_H

#include "segmmu/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "?" for a code that has no name. */
const char *mmu_fault_name(unsigned fault);
const char *mmu_access_name(unsigned access);
const char *mmu_op_name(unsigned op);

/* The code of a name, or -1. */
int mmu_fault_code(const char *name);
int mmu_access_code(const char *name);

/* The name of a register index as in the specification, such as "SIZE 3"; "?" where there is no
 * register. Writes at most `size` bytes with the end and returns `buffer`. */
char *mmu_register_name(const struct mmu_config *config, unsigned reg, char *buffer, unsigned size);

#ifdef __cplusplus
}
#endif
#endif
