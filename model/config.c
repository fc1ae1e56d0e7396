/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "segmmu/types.h"

static bool is_within(unsigned value, unsigned first, unsigned last)
{
    return value >= first && value <= last;
}

const char *mmu_config_error(const struct mmu_config *config)
{
    if (!is_within(config->va_w, MMU_MIN_ADDRESS_BITS, MMU_MAX_ADDRESS_BITS)) {
        return "virtual address bits must be 6..48";
    }
    if (!is_within(config->pa_w, MMU_MIN_ADDRESS_BITS, MMU_MAX_ADDRESS_BITS)) {
        return "physical address bits must be 6..48";
    }
    if (config->seg_bits > MMU_MAX_SEGMENT_BITS) {
        return "segment bits must be 0..4";
    }
    if (config->select > MMU_SELECT_NAMED) {
        return "select must be explicit or named";
    }
    if (!is_within(config->contexts, 1, MMU_MAX_CONTEXTS)) {
        return "contexts must be 1..16";
    }
    if (!is_within(config->stages, 1, MMU_MAX_STAGES)) {
        return "stages must be 1..3";
    }
    return NULL;
}
