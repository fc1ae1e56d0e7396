/* SPDX-License-Identifier: MIT */
/* The fast path of an access: mmu_translate's rule for the middle of a segment, and the record in
 * the stream. Whatever it cannot admit goes to engine_request, which asks the MMU. */
#ifndef SOURCE_GUEST_TRANSLATE_H
#define SOURCE_GUEST_TRANSLATE_H

#include "source/guest_engine.h"

#define UNLIKELY(condition) __builtin_expect((condition), 0)

static inline bool is_code_page(const struct engine *engine, uint32_t vaddr, uint32_t bytes)
{
    return (engine->page[vaddr >> ENGINE_PAGE_BITS] |
            engine->page[(uint32_t)(vaddr + bytes - 1) >> ENGINE_PAGE_BITS]) != 0;
}

/* The request's segment field: with named selection code and data are apart. */
static inline uint8_t engine_segment_number(const struct engine *engine, enum mmu_access access)
{
    return engine->target->config.select == MMU_SELECT_NAMED && access != MMU_ACCESS_EXECUTE;
}

static inline void engine_record(struct engine *engine, uint32_t vaddr, uint64_t paddr,
                                 uint32_t bytes, enum mmu_access access)
{
    struct stream_record *const record = stream_slot(engine->stream);

    record->addr = vaddr;
    record->answer = paddr;
    record->pc = engine->pc;
    record->kind = STREAM_REQUEST;
    record->flags = 0;
    record->op = MMU_OP_TRANSLATE;
    record->fault = MMU_FAULT_NONE;
    record->bytes = (uint8_t)bytes;
    record->access = (uint8_t)access;
    record->segment = engine_segment_number(engine, access);
    record->reg = 0;
    stream_commit(engine->stream);
}

/* True when all bytes are surely admitted and in memory; at least 16 bytes follow paddr. Sends
 * nothing. */
static inline bool engine_admits(const struct engine *engine, uint32_t vaddr,
                                 enum mmu_access access, uint64_t *paddr)
{
    const struct engine_segment *const segment =
        (access == MMU_ACCESS_EXECUTE ? engine->fetch_segment : engine->data_segment) +
        (((uint64_t)vaddr >> engine->segment_shift) & engine->segment_mask);

    *paddr = vaddr + segment->delta;
    return vaddr - segment->first < segment->limit[access];
}

/* Counts and records an admitted request. */
static inline void engine_admitted(struct engine *engine, uint32_t vaddr, uint64_t paddr,
                                   uint32_t bytes, enum mmu_access access)
{
    engine->current++;
    engine->fast_requests++;
    if (engine->recording) {
        engine_record(engine, vaddr, paddr, bytes, access);
    }
}

/* Either way. False when the access is refused and Unicorn stopped. */
static inline bool engine_access(struct engine *engine, uint32_t vaddr, uint32_t bytes,
                                 enum mmu_access access, uint64_t *paddr)
{
    if (engine_admits(engine, vaddr, access, paddr)) {
        engine_admitted(engine, vaddr, *paddr, bytes, access);
        return true;
    }
    return engine_request(engine, vaddr, bytes, access, paddr);
}

#endif
