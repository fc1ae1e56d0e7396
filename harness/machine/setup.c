/* SPDX-License-Identifier: MIT */
#include "machine/setup.h"

struct mmu_request machine_write_register(uint8_t reg, uint64_t value)
{
    return (struct mmu_request){.op = MMU_OP_WRITE_REGISTER, .reg = reg, .wdata = value, .priv = 1};
}

struct list {
    struct mmu_request *out;
    unsigned max;
    unsigned count;
};

static void append(struct list *list, uint8_t reg, uint64_t value)
{
    if (list->count < list->max) {
        list->out[list->count] = machine_write_register(reg, value);
    }
    list->count++;
}

unsigned machine_setup(const struct machine *machine, struct mmu_request *out, unsigned max)
{
    struct list list = {.out = out, .max = max};
    uint8_t window = 0;

    for (unsigned i = 0; i < machine->segment_count; i++) {
        const struct machine_segment *segment = &machine->segments[i];
        if (segment->context != window) {
            window = segment->context;
            append(&list, MMU_REG_WINDOW, window);
        }
        append(&list, MMU_REG_BASE(segment->segment), segment->reg.base);
        append(&list, MMU_REG_SIZE(segment->segment), segment->reg.size);
        append(&list, MMU_REG_FLAGS(segment->segment), segment->reg.flags);
    }
    append(&list, MMU_REG_WINDOW, 0);
    append(&list, MMU_REG_CONTEXT, 0);
    return list.count;
}
