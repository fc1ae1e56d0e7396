/* SPDX-License-Identifier: MIT */
/* Pairs of requests that meet, so many cycles apart: what one does to the other. */
#include "source/stimulus_crosses.h"

enum { FLAGS_OPEN = MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE | MMU_FLAG_EXECUTE };

/* What one request of a pair does. */
enum act {
    TRANSLATE,
    WRITE_BASE,
    WRITE_SIZE,
    WRITE_FLAGS,
    REFUSE_WRITE, /* of a register of the segment */
    WRITE_OTHER,  /* a register of another segment */
    WRITE_BANK,   /* a register of the segment in the bank that translations do not use */
    CHANGE_CONTEXT,
    REFUSE_CONTEXT,
    CHANGE_WINDOW,
    REFUSE_WINDOW,
    READ_SEGMENT,
    READ_BASE,
    FAULT,
    CLEAR,
    READ_STATUS,
    READ_ADDR,
};

static const struct {
    uint8_t first, second;
} acts[COVERAGE_HAZARDS] = {
    [HAZARD_BASE_TRANSLATE] = {WRITE_BASE, TRANSLATE},
    [HAZARD_SIZE_TRANSLATE] = {WRITE_SIZE, TRANSLATE},
    [HAZARD_FLAGS_TRANSLATE] = {WRITE_FLAGS, TRANSLATE},
    [HAZARD_TRANSLATE_BASE] = {TRANSLATE, WRITE_BASE},
    [HAZARD_TRANSLATE_SIZE] = {TRANSLATE, WRITE_SIZE},
    [HAZARD_TRANSLATE_FLAGS] = {TRANSLATE, WRITE_FLAGS},
    [HAZARD_REFUSED_TRANSLATE] = {REFUSE_WRITE, TRANSLATE},
    [HAZARD_OTHER_SEGMENT] = {WRITE_OTHER, TRANSLATE},
    [HAZARD_OTHER_BANK] = {WRITE_BANK, TRANSLATE},
    [HAZARD_CONTEXT_TRANSLATE] = {CHANGE_CONTEXT, TRANSLATE},
    [HAZARD_TRANSLATE_CONTEXT] = {TRANSLATE, CHANGE_CONTEXT},
    [HAZARD_CONTEXT_REFUSED] = {REFUSE_CONTEXT, TRANSLATE},
    [HAZARD_WINDOW_WRITE] = {CHANGE_WINDOW, WRITE_SIZE},
    [HAZARD_WINDOW_READ] = {CHANGE_WINDOW, READ_SEGMENT},
    [HAZARD_WINDOW_REFUSED] = {REFUSE_WINDOW, READ_SEGMENT},
    [HAZARD_WRITE_READ] = {WRITE_BASE, READ_BASE},
    [HAZARD_REFUSED_READ] = {REFUSE_WRITE, READ_BASE},
    [HAZARD_FAULT_FAULT] = {FAULT, FAULT},
    [HAZARD_FAULT_STATUS] = {FAULT, READ_STATUS},
    [HAZARD_FAULT_ADDR] = {FAULT, READ_ADDR},
    [HAZARD_FAULT_CLEAR] = {FAULT, CLEAR},
    [HAZARD_CLEAR_FAULT] = {CLEAR, FAULT},
    [HAZARD_CLEAR_STATUS] = {CLEAR, READ_STATUS},
    [HAZARD_CLEAR_BETWEEN] = {CLEAR, FAULT},
};

unsigned pair_items(const struct mmu_config *config)
{
    (void)config;
    return COVERAGE_HAZARDS * COVER_DISTANCES;
}

static void write_act(struct script *script, enum act act, unsigned number, unsigned context,
                      const struct mmu_segment *segment)
{
    const struct mmu_config *const config = &script->config;
    const unsigned other_bank = (context + 1) % config->contexts;
    const unsigned other = (number + 1) % mmu_segment_count(config);
    const struct extent extent = stimulus_extent(config, segment);

    switch (act) {
    case TRANSLATE:
        script_translate(script, number, extent.first, 1, MMU_ACCESS_READ);
        break;
    case WRITE_BASE:
        script_write(script, MMU_REG_BASE(number), segment->base ^ 1);
        break;
    case WRITE_SIZE:
        script_write(script, MMU_REG_SIZE(number), 1);
        break;
    case WRITE_FLAGS:
        script_write(script, MMU_REG_FLAGS(number), segment->flags ^ MMU_FLAG_READ);
        break;
    case REFUSE_WRITE:
        script_write(script, MMU_REG_BASE(number), UINT64_MAX);
        break;
    case WRITE_OTHER:
        script_write(script, MMU_REG_BASE(other), segment->base ^ 3);
        break;
    case WRITE_BANK:
        script_write(script, MMU_REG_BASE(number), segment->base ^ 5);
        break;
    case CHANGE_CONTEXT:
        script_context(script, other_bank);
        break;
    case REFUSE_CONTEXT:
        script_context(script, config->contexts);
        break;
    case CHANGE_WINDOW:
        script_write(script, MMU_REG_WINDOW, other_bank);
        break;
    case REFUSE_WINDOW:
        script_write(script, MMU_REG_WINDOW, config->contexts);
        break;
    case READ_SEGMENT:
        script_read(script, MMU_REG_SIZE(number));
        break;
    case READ_BASE:
        script_read(script, MMU_REG_BASE(number));
        break;
    case FAULT:
        script_translate(script, number, extent.first, 0, MMU_ACCESS_WRITE);
        break;
    case CLEAR:
        script_write(script, MMU_REG_FAULT_STATUS, random_next(&script->random));
        break;
    case READ_STATUS:
        script_read(script, MMU_REG_FAULT_STATUS);
        break;
    case READ_ADDR:
        script_read(script, MMU_REG_FAULT_ADDR);
        break;
    }
}

void write_pair(struct script *script, unsigned item)
{
    const struct mmu_config *const config = &script->config;
    const enum coverage_hazard hazard = (enum coverage_hazard)(item / COVER_DISTANCES);
    const unsigned gap = item % COVER_DISTANCES;
    const unsigned number = (unsigned)random_below(&script->random, mmu_segment_count(config));
    const unsigned context = (unsigned)random_below(&script->random, config->contexts);
    const uint64_t size = stimulus_size(config, 0);
    const struct mmu_segment segment = {
        /* Not the end of memory, so that base ^ 1 is none either. */
        .base = stimulus_inner_base(config, &script->random, size, false) / 2,
        .size = size,
        .flags = FLAGS_OPEN,
    };

    script_drain(script);
    script_always_ready(script); /* what is held up is not so many cycles apart */
    script_segment(script, context, number, &segment);
    script_context(script, context);
    if (acts[hazard].first == WRITE_BANK) {
        script_write(script, MMU_REG_WINDOW, (context + 1) % config->contexts);
    }
    if (hazard == HAZARD_CLEAR_BETWEEN) {
        write_act(script, FAULT, number, context, &segment);
    }
    write_act(script, (enum act)acts[hazard].first, number, context, &segment);
    script->gap = (uint16_t)gap;
    write_act(script, (enum act)acts[hazard].second, number, context, &segment);
    script->gap = 0;
    script_read(script, MMU_REG_FAULT_STATUS);
    script_translate(script, number, 0, 1, MMU_ACCESS_READ);
}
