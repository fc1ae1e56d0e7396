/* SPDX-License-Identifier: MIT */
/* Register operations: every register, and every class of values. */
#include "source/stimulus_crosses.h"

unsigned cross_register_items(const struct mmu_config *config)
{
    return REGISTER_AT_SEGMENTS + 3 * mmu_segment_count(config);
}

static uint8_t register_at(struct script *script, unsigned place)
{
    const unsigned past =
        MMU_REG_BASE(0) + MMU_REG_SEGMENT_STRIDE * mmu_segment_count(&script->config);

    switch (place) {
    case REGISTER_AT_GAP:
        return (uint8_t)(MMU_REG_WINDOW + 1 +
                         random_below(&script->random, MMU_REG_SEGMENT - MMU_REG_WINDOW - 1));
    case REGISTER_AT_FOURTH:
        return (uint8_t)(MMU_REG_BASE(cross_segment(script)) + 3);
    case REGISTER_AT_PAST:
        return (uint8_t)(past + random_below(&script->random, 256 - past));
    default:
        break;
    }
    if (place < REGISTER_AT_SEGMENTS) {
        return (uint8_t)place; /* the five that stand alone are at their index */
    }
    place -= REGISTER_AT_SEGMENTS;
    return (uint8_t)(MMU_REG_BASE(place / 3) + place % 3);
}

static uint64_t value_of_class(struct script *script, unsigned place, enum coverage_value value)
{
    uint64_t highest = 0;

    (void)coverage_register_highest(&script->config, place, &highest);
    switch (value) {
    case VALUE_FITS:
        return highest < 2 ? 0 : 1 + cross_up_to(script, highest - 2);
    case VALUE_HIGHEST:
        return highest;
    case VALUE_ONE_ABOVE:
        return highest + 1;
    case VALUE_FAR_ABOVE:
        return highest >= UINT64_MAX - 1
                   ? UINT64_MAX
                   : highest + 2 + cross_up_to(script, UINT64_MAX - highest - 2);
    default:
        return 0;
    }
}

void write_cross_register(struct script *script, unsigned item)
{
    for (unsigned priv = 0; priv <= 1; priv++) {
        for (unsigned value = VALUE_ZERO; value < VALUE_UNUSED; value++) {
            script_request(script, (struct mmu_request){
                                       .op = MMU_OP_WRITE_REGISTER,
                                       .priv = (uint8_t)priv,
                                       .reg = register_at(script, item),
                                       .wdata = value_of_class(script, item, value),
                                   });
        }
        for (unsigned op = MMU_OP_READ_REGISTER; op <= MMU_OP_RESERVED; op++) {
            script_request(script, (struct mmu_request){.op = (uint8_t)op,
                                                        .priv = (uint8_t)priv,
                                                        .reg = register_at(script, item)});
        }
    }
}
