/* SPDX-License-Identifier: MIT */
/* The rules of translation and of register access, a predicate each, and their priority in one
 * place. Private to libsegmmu; translate.c, execute.c and cycle.c are the same rules with no clock,
 * without and with a pipeline.
 *
 * Source: specification, section 2 (rules 1 to 5) and the table of faults.
 */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include "segmmu/types.h"

/* For what is only fast when the compiler sees its constant arguments. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

static inline struct mmu_geometry geometry_of(const struct mmu_config *config)
{
    return (struct mmu_geometry){
        .span = mmu_span(config),
        .virtual_size = UINT64_C(1) << config->va_w,
        .physical_size = UINT64_C(1) << config->pa_w,
        .offset_width = (uint8_t)mmu_offset_width(config),
        .segment_count = (uint8_t)mmu_segment_count(config),
        .is_named = config->select == MMU_SELECT_NAMED,
    };
}

/* All of the widths are at most 48 bits and a request at most 31 bytes, so that no sum of an offset
 * and a byte count, and no sum of a base and an offset, can reach 2^64. */

/* The valid offsets of a segment as [first, end), and what turns an offset into a physical address.
 * For a segment that grows down `delta` is negative, modulo 2^64. */
struct bounds {
    uint64_t first;
    uint64_t end;
    uint64_t delta;
};

static ALWAYS_INLINE struct bounds bounds_of(const struct mmu_segment *segment, uint64_t span)
{
    /* All ones for a segment that grows down: selecting by mask keeps the hot paths free of
     * branches that no predictor can learn. */
    const uint64_t down = 0 - (uint64_t)((segment->flags & MMU_FLAG_GROWS_DOWN) != 0);

    return (struct bounds){
        .first = (span - segment->size) & down,
        .end = (span & down) | (segment->size & ~down),
        .delta = segment->base - (span & down),
    };
}

static inline bool is_byte_count(uint8_t bytes)
{
    return (uint8_t)(bytes - 1) < MMU_MAX_BYTES;
}

static inline bool is_implemented(uint64_t addr, uint64_t virtual_size)
{
    return addr < virtual_size;
}

/* Every one of the bytes lies in the segment. */
static inline bool is_within(const struct bounds *bounds, uint64_t offset, uint8_t bytes)
{
    return (offset >= bounds->first) & (offset + bytes <= bounds->end);
}

static inline bool is_allowed(uint8_t flags, uint8_t access)
{
    const unsigned permissions = MMU_FLAG_READ | MMU_FLAG_WRITE | MMU_FLAG_EXECUTE;

    return ((flags & permissions) >> access & MMU_FLAG_READ) != 0;
}

/* Every byte of the result is a physical address. A result below 0 is, modulo 2^64, far above. */
static inline bool is_physical(uint64_t paddr, uint8_t bytes, uint64_t physical_size)
{
    return paddr <= physical_size - bytes;
}

/* The fault of a translation from what holds of it. This is the one place of their priority. */
static inline uint8_t fault_by_priority(bool present, bool in_limit, bool permitted, bool physical)
{
    static const uint8_t first_fault[16] = {
        /* Index: bit 0 not present, bit 1 limit, bit 2 permission, bit 3 physical. */
        MMU_FAULT_NONE,       MMU_FAULT_NOT_PRESENT, MMU_FAULT_LIMIT, MMU_FAULT_NOT_PRESENT,
        MMU_FAULT_PERMISSION, MMU_FAULT_NOT_PRESENT, MMU_FAULT_LIMIT, MMU_FAULT_NOT_PRESENT,
        MMU_FAULT_PHYSICAL,   MMU_FAULT_NOT_PRESENT, MMU_FAULT_LIMIT, MMU_FAULT_NOT_PRESENT,
        MMU_FAULT_PERMISSION, MMU_FAULT_NOT_PRESENT, MMU_FAULT_LIMIT, MMU_FAULT_NOT_PRESENT,
    };

    return first_fault[(unsigned)!present | (unsigned)!in_limit << 1 | (unsigned)!permitted << 2 |
                       (unsigned)!physical << 3];
}

/* Rules 2 to 5 for a user request whose segment has been found. */
static ALWAYS_INLINE struct mmu_response translate_user(const struct mmu_geometry *geometry,
                                                        const struct bounds *bounds, uint8_t flags,
                                                        uint64_t addr, uint8_t bytes,
                                                        uint8_t access, uint8_t segment)
{
    const uint64_t offset = addr & (geometry->span - 1);
    const uint64_t paddr = offset + bounds->delta;
    const bool present = (flags & MMU_FLAG_PRESENT) != 0;
    const bool in_limit = is_byte_count(bytes) & is_implemented(addr, geometry->virtual_size) &
                          is_within(bounds, offset, bytes);
    const bool permitted = is_allowed(flags, access);
    const bool physical = is_physical(paddr, bytes, geometry->physical_size);

    if (present & in_limit & permitted & physical) {
        return (struct mmu_response){.addr = paddr, .segment = segment};
    }
    return (struct mmu_response){
        .fault = fault_by_priority(present, in_limit, permitted, physical),
        .segment = segment,
    };
}

/* Rule 1: no translation. */
static inline struct mmu_response translate_privileged(const struct mmu_geometry *geometry,
                                                       uint64_t addr, uint8_t bytes, uint8_t access)
{
    const uint8_t fault =
        fault_by_priority(true, is_byte_count(bytes), access != MMU_ACCESS_RESERVED,
                          is_physical(addr, bytes, geometry->physical_size));

    return (struct mmu_response){.addr = fault == MMU_FAULT_NONE ? addr : 0, .fault = fault};
}

/* The number of a user request's segment. With named selection it may be past the last register. */
static inline uint8_t segment_of(const struct mmu_geometry *geometry,
                                 const struct mmu_request *request)
{
    if (geometry->is_named) {
        return request->segment;
    }
    return (uint8_t)((request->addr >> geometry->offset_width) & (geometry->segment_count - 1u));
}

/* The register of a bank that a segment number means; all zero, so not present, past the last. */
static ALWAYS_INLINE struct mmu_segment segment_in(const struct mmu_geometry *geometry,
                                                   const struct mmu_segment *bank, uint8_t segment)
{
    return segment < geometry->segment_count ? bank[segment] : (struct mmu_segment){0};
}

/* --- registers --- */

/* What a register index means. */
enum register_kind {
    REGISTER_NONE,
    REGISTER_ID,
    REGISTER_CONTEXT,
    REGISTER_FAULT_STATUS,
    REGISTER_FAULT_ADDR,
    REGISTER_WINDOW,
    REGISTER_BASE,
    REGISTER_SIZE,
    REGISTER_FLAGS,
};

static inline enum register_kind register_kind(const struct mmu_config *config, uint8_t reg)
{
    const unsigned segment = (unsigned)(reg - MMU_REG_SEGMENT) / MMU_REG_SEGMENT_STRIDE;

    switch (reg) {
    case MMU_REG_ID:
        return REGISTER_ID;
    case MMU_REG_CONTEXT:
        return REGISTER_CONTEXT;
    case MMU_REG_FAULT_STATUS:
        return REGISTER_FAULT_STATUS;
    case MMU_REG_FAULT_ADDR:
        return REGISTER_FAULT_ADDR;
    case MMU_REG_WINDOW:
        return REGISTER_WINDOW;
    }
    if (reg < MMU_REG_SEGMENT || segment >= mmu_segment_count(config)) {
        return REGISTER_NONE;
    }
    switch (reg % MMU_REG_SEGMENT_STRIDE) {
    case 0:
        return REGISTER_BASE;
    case 1:
        return REGISTER_SIZE;
    case 2:
        return REGISTER_FLAGS;
    }
    return REGISTER_NONE;
}

/* The register can be written, and can hold the value. */
static inline bool is_writable_with(const struct mmu_config *config, enum register_kind kind,
                                    uint64_t value)
{
    switch (kind) {
    case REGISTER_CONTEXT:
    case REGISTER_WINDOW:
        return value < config->contexts;
    case REGISTER_FAULT_STATUS:
        return true; /* any value clears it */
    case REGISTER_BASE:
        return value <= UINT64_C(1) << config->pa_w;
    case REGISTER_SIZE:
        return value <= mmu_span(config);
    case REGISTER_FLAGS:
        return value <= MMU_FLAGS_ALL;
    case REGISTER_NONE:
    case REGISTER_ID:
    case REGISTER_FAULT_ADDR:
        break;
    }
    return false;
}

/* The fault of an operation other than translate. */
static inline uint8_t register_fault(const struct mmu_config *config,
                                     const struct mmu_request *request)
{
    const enum register_kind kind = register_kind(config, request->reg);
    const bool is_possible = request->op == MMU_OP_READ_REGISTER ? kind != REGISTER_NONE
                             : request->op == MMU_OP_WRITE_REGISTER
                                 ? is_writable_with(config, kind, request->wdata)
                                 : false;

    if (!request->priv) {
        return MMU_FAULT_PRIVILEGE;
    }
    return is_possible ? MMU_FAULT_NONE : MMU_FAULT_REGISTER;
}

#endif
