/* SPDX-License-Identifier: MIT */
#include "os/banks.h"

#include <inttypes.h>
#include <string.h>

#include "segmmu/names.h"

void banks_init(struct banks *banks, struct target *target)
{
    memset(banks, 0, sizeof(*banks));
    banks->target = target;
    banks->count = target->config.contexts;
    banks->segment_count = mmu_segment_count(&target->config);
    for (unsigned i = 0; i < MMU_MAX_CONTEXTS; i++) {
        banks->bank[i].owner = BANK_FREE;
    }
}

static bool write_register(struct banks *banks, uint8_t reg, uint64_t value, struct error *error)
{
    const struct mmu_request request = {
        .op = MMU_OP_WRITE_REGISTER, .priv = 1, .reg = reg, .wdata = value};
    const struct mmu_response response =
        target_request(banks->target, &request, banks->pc, STREAM_SUPERVISOR);
    char name[16];

    if (response.fault == MMU_FAULT_NONE) {
        return true;
    }
    return error_set(error, "the MMU refused %s = 0x%" PRIx64 ": %s",
                     mmu_register_name(&banks->target->config, reg, name, sizeof(name)), value,
                     mmu_fault_name(response.fault));
}

int banks_find(const struct banks *banks, uint32_t process)
{
    for (unsigned i = 0; i < banks->count; i++) {
        if (banks->bank[i].owner == process) {
            return (int)i;
        }
    }
    return BANK_NONE;
}

unsigned banks_give(struct banks *banks, uint32_t process)
{
    unsigned chosen = 0;

    for (unsigned i = 0; i < banks->count; i++) {
        if (banks->bank[i].owner == BANK_FREE) {
            chosen = i;
            break;
        }
        if (banks->bank[i].last_used < banks->bank[chosen].last_used) {
            chosen = i;
        }
    }
    banks->bank[chosen].owner = process;
    return chosen;
}

static bool show(struct banks *banks, unsigned bank, struct error *error)
{
    if (banks->window != bank && !write_register(banks, MMU_REG_WINDOW, bank, error)) {
        return false;
    }
    banks->window = bank;
    return true;
}

bool banks_write(struct banks *banks, unsigned bank, unsigned segment,
                 const struct mmu_segment *reg, struct error *error)
{
    struct mmu_segment *const held = &banks->bank[bank].reg[segment];

    if (held->base == reg->base && held->size == reg->size && held->flags == reg->flags) {
        return true;
    }
    banks_hide(banks, bank, segment);
    if (!show(banks, bank, error) ||
        (held->base != reg->base &&
         !write_register(banks, MMU_REG_BASE(segment), reg->base, error))) {
        return false;
    }
    held->base = reg->base;
    if (held->size != reg->size &&
        !write_register(banks, MMU_REG_SIZE(segment), reg->size, error)) {
        return false;
    }
    held->size = reg->size;
    if (held->flags != reg->flags &&
        !write_register(banks, MMU_REG_FLAGS(segment), reg->flags, error)) {
        return false;
    }
    held->flags = reg->flags;
    return true;
}

void banks_hide(struct banks *banks, unsigned bank, unsigned segment)
{
    struct mmu_segment *const held = &banks->bank[bank].reg[segment];
    const uint8_t absent = held->flags & (uint8_t)~MMU_FLAG_PRESENT;

    if (absent != held->flags && show(banks, bank, NULL) &&
        write_register(banks, MMU_REG_FLAGS(segment), absent, NULL)) {
        held->flags = absent;
    }
}

bool banks_select(struct banks *banks, unsigned bank, struct error *error)
{
    banks->bank[bank].last_used = ++banks->selections;
    if (banks->context != bank && !write_register(banks, MMU_REG_CONTEXT, bank, error)) {
        return false;
    }
    banks->context = bank;
    return true;
}

void banks_take_back(struct banks *banks, uint32_t process)
{
    const int bank = banks_find(banks, process);

    if (bank == BANK_NONE) {
        return;
    }
    for (unsigned i = 0; i < banks->segment_count; i++) {
        banks_hide(banks, (unsigned)bank, i);
    }
    banks->bank[bank].owner = BANK_FREE;
    banks->bank[bank].last_used = 0;
}

bool banks_agree(const struct banks *banks)
{
    const struct mmu_regs *const regs = &banks->target->regs;

    for (unsigned i = 0; i < banks->count; i++) {
        for (unsigned s = 0; s < banks->segment_count; s++) {
            const struct mmu_segment *const held = &banks->bank[i].reg[s];
            const struct mmu_segment *const reg =
                &regs->segment[i << banks->target->config.seg_bits | s];

            if (held->base != reg->base || held->size != reg->size || held->flags != reg->flags) {
                return false;
            }
        }
    }
    return regs->context == banks->context && regs->window == banks->window;
}
