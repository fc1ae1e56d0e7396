/* SPDX-License-Identifier: MIT */
/* The machine under test of the behavioural tests: the same test_behaviour.c is linked with
 * behaviour_model.c and with behaviour_rtl.c. */
#ifndef TESTS_BEHAVIOUR_H
#define TESTS_BEHAVIOUR_H

#include "segmmu/cycle.h"

/* A machine in any state, before its first reset. Ends the program where there is none. */
void *machine_start(const struct mmu_config *config);
void machine_cycle(void *machine, const struct mmu_in *in, struct mmu_out *out);
void machine_stop(void *machine);

#endif
