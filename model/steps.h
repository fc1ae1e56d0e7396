/* SPDX-License-Identifier: MIT */
/* The two steps in which a request is carried out. Each reads and writes registers of its own, so
 * that requests which follow one another through a pipeline of them see each other's effects in
 * program order, and none needs forwarding:
 *
 *   look_up   segment registers, CONTEXT, WINDOW
 *   check     FAULT_STATUS, FAULT_ADDR
 *
 * Private to libsegmmu. Source: specification, section 3.
 */
#ifndef MODEL_STEPS_H
#define MODEL_STEPS_H

#include <stddef.h>

#include "rules.h"
#include "segmmu/cycle.h"
#include "segmmu/execute.h"

/* Where the segment register of bank WINDOW is that index `reg`, a segment's, shows. An index and
 * no pointer: a proof then sees one of so many registers, and not a place in memory. */
static inline unsigned shown_segment(const struct mmu_config *config, const struct mmu_regs *regs,
                                     uint8_t reg)
{
    const unsigned number = (unsigned)(reg - MMU_REG_SEGMENT) / MMU_REG_SEGMENT_STRIDE;

    return (unsigned)regs->window << config->seg_bits | number;
}

/* What a read of a register of this step answers; 0 for those of the other. */
static inline uint64_t lookup_read(const struct mmu_config *config, struct mmu_regs *regs,
                                   uint8_t reg)
{
    switch (register_kind(config, reg)) {
    case REGISTER_ID:
        return mmu_id_value(config);
    case REGISTER_CONTEXT:
        return regs->context;
    case REGISTER_WINDOW:
        return regs->window;
    case REGISTER_BASE:
        return regs->segment[shown_segment(config, regs, reg)].base;
    case REGISTER_SIZE:
        return regs->segment[shown_segment(config, regs, reg)].size;
    case REGISTER_FLAGS:
        return regs->segment[shown_segment(config, regs, reg)].flags;
    default:
        return 0;
    }
}

/* Writes a value that the register can hold; those of the other step are left alone. */
static inline void lookup_write(const struct mmu_config *config, struct mmu_regs *regs, uint8_t reg,
                                uint64_t value)
{
    switch (register_kind(config, reg)) {
    case REGISTER_CONTEXT:
        regs->context = (uint8_t)value;
        break;
    case REGISTER_WINDOW:
        regs->window = (uint8_t)value;
        break;
    case REGISTER_BASE:
        regs->segment[shown_segment(config, regs, reg)].base = value;
        break;
    case REGISTER_SIZE:
        regs->segment[shown_segment(config, regs, reg)].size = value;
        break;
    case REGISTER_FLAGS:
        regs->segment[shown_segment(config, regs, reg)].flags = (uint8_t)value;
        break;
    default:
        break;
    }
}

static ALWAYS_INLINE struct mmu_look look_up_translate(const struct mmu_geometry *geometry,
                                                       const struct mmu_regs *regs,
                                                       const struct mmu_request *request)
{
    struct mmu_look look = {
        .addr = request->addr,
        .op = request->op,
        .bytes = request->bytes,
        .access = request->access,
        .priv = request->priv,
    };

    if (!request->priv) {
        const uint8_t number = segment_of(geometry, request);
        const size_t first = (size_t)regs->context * geometry->segment_count;
        const struct mmu_segment segment = number < geometry->segment_count
                                               ? regs->segment[first + number]
                                               : (struct mmu_segment){0};

        look.segment = number;
        look.base = segment.base;
        look.size = segment.size;
        look.flags = segment.flags;
    }
    return look;
}

static inline struct mmu_look look_up_register(const struct mmu_config *config,
                                               struct mmu_regs *regs,
                                               const struct mmu_request *request)
{
    struct mmu_look look = {
        .op = request->op,
        .priv = request->priv,
        .reg = request->reg,
        .fault = register_fault(config, request),
    };

    if (look.fault == MMU_FAULT_NONE) {
        if (request->op == MMU_OP_WRITE_REGISTER) {
            lookup_write(config, regs, request->reg, request->wdata);
        } else {
            look.data = lookup_read(config, regs, request->reg);
        }
    }
    return look;
}

static ALWAYS_INLINE struct mmu_look look_up(const struct mmu_config *config,
                                             const struct mmu_geometry *geometry,
                                             struct mmu_regs *regs,
                                             const struct mmu_request *request)
{
    return request->op == MMU_OP_TRANSLATE ? look_up_translate(geometry, regs, request)
                                           : look_up_register(config, regs, request);
}

/* The first fault sticks; another one leaves only a mark. */
static inline void record_fault(struct mmu_regs *regs, const struct mmu_look *look, uint8_t fault)
{
    if (regs->fault_valid) {
        regs->fault_more = 1;
        return;
    }
    regs->fault_valid = 1;
    regs->fault_code = fault;
    regs->fault_access = look->access;
    regs->fault_priv = look->priv;
    regs->fault_segment = look->segment;
    regs->fault_bytes = look->bytes;
    regs->fault_addr = look->op == MMU_OP_TRANSLATE ? look->addr : look->reg;
}

static inline void clear_fault(struct mmu_regs *regs)
{
    regs->fault_valid = 0;
    regs->fault_more = 0;
    regs->fault_code = 0;
    regs->fault_access = 0;
    regs->fault_priv = 0;
    regs->fault_segment = 0;
    regs->fault_bytes = 0;
    regs->fault_addr = 0;
}

static ALWAYS_INLINE struct mmu_response check_translate(const struct mmu_geometry *geometry,
                                                         const struct mmu_look *look)
{
    const struct mmu_segment segment = {look->base, look->size, look->flags};
    const struct bounds bounds = bounds_of(&segment, geometry->span);

    return look->priv ? translate_privileged(geometry, look->addr, look->bytes, look->access)
                      : translate_user(geometry, &bounds, look->flags, look->addr, look->bytes,
                                       look->access, look->segment);
}

static inline struct mmu_response check_register(struct mmu_regs *regs, const struct mmu_look *look)
{
    struct mmu_response response = {.data = look->data, .fault = look->fault};

    if (look->fault != MMU_FAULT_NONE) {
        return response;
    }
    if (look->op == MMU_OP_WRITE_REGISTER && look->reg == MMU_REG_FAULT_STATUS) {
        clear_fault(regs);
    }
    if (look->op == MMU_OP_READ_REGISTER && look->reg == MMU_REG_FAULT_STATUS) {
        response.data = mmu_fault_status_value(regs);
    }
    if (look->op == MMU_OP_READ_REGISTER && look->reg == MMU_REG_FAULT_ADDR) {
        response.data = regs->fault_addr;
    }
    return response;
}

static ALWAYS_INLINE struct mmu_response check(const struct mmu_geometry *geometry,
                                               struct mmu_regs *regs, const struct mmu_look *look)
{
    const struct mmu_response response =
        look->op == MMU_OP_TRANSLATE ? check_translate(geometry, look) : check_register(regs, look);

    if (response.fault != MMU_FAULT_NONE) {
        record_fault(regs, look, response.fault);
    }
    return response;
}

#endif
