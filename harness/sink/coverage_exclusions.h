/* SPDX-License-Identifier: MIT */
/* Which bins a configuration cannot hit, and why. Each function takes the values of a bin, in the
 * order of its group's dimensions, and returns the reason, or NULL where it can be hit. */
#ifndef SINK_COVERAGE_EXCLUSIONS_H
#define SINK_COVERAGE_EXCLUSIONS_H

#include "sink/coverage_bins.h"

typedef const char *coverage_exclusion(const struct mmu_config *config, const unsigned *at);

coverage_exclusion exclusion_of_translate, exclusion_of_no_segment, exclusion_of_privileged,
    exclusion_of_physical, exclusion_of_register, exclusion_of_fault, exclusion_of_hazard,
    exclusion_of_switch, exclusion_of_reset;

#endif
