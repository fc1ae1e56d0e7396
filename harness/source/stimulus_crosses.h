/* SPDX-License-Identifier: MIT */
/* Stimulus for the bins of functional coverage: subjects whose items each go for the bins of one
 * group that lie close to each other. */
#ifndef SOURCE_STIMULUS_CROSSES_H
#define SOURCE_STIMULUS_CROSSES_H

#include "sink/coverage_bins.h"
#include "source/stimulus_script.h"

/* Items of all groups, numbered through. */
unsigned cross_item_count(const struct mmu_config *config);
/* Writes an item; returns the name of its subject (static). */
const char *script_cross(struct script *script, unsigned item);

/* The item that goes for a bin; false where none does, and what there is else has to reach it. */
bool cross_item_of(const struct coverage_bins *bins, unsigned bin, unsigned *item);

/* Requests that meet, one item for each pair and distance of COVER_HAZARD. */
unsigned pair_items(const struct mmu_config *config);
void write_pair(struct script *script, unsigned item);

/* Register operations, one item for each register of COVER_REGISTER. */
unsigned cross_register_items(const struct mmu_config *config);
void write_cross_register(struct script *script, unsigned item);

static inline uint64_t cross_up_to(struct script *script, uint64_t highest)
{
    return random_below(&script->random, highest + 1);
}

static inline unsigned cross_segment(struct script *script)
{
    return (unsigned)random_below(&script->random, mmu_segment_count(&script->config));
}

#endif
