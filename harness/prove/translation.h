/* SPDX-License-Identifier: MIT */
/* From RTL to the C that cbmc reads. */
#ifndef PROVE_TRANSLATION_H
#define PROVE_TRANSLATION_H

#include "prove/proof.h"

/* Leaves rtl.c and binding.h in the directory of the proof, and netlist.il for Yosys. False with an
 * error, and with lines of refusal where the RTL has what is not taken. */
bool translation_make(struct proof *proof, struct error *error);

/* Entries that the RTL's memories of segment registers have. */
unsigned translation_entries(const struct mmu_config *config);

#endif
