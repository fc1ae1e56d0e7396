/* SPDX-License-Identifier: MIT */
/* What the fast path knows of the segment registers. */
#include <string.h>

#include "source/guest_translate.h"

enum { GUARD = MMU_MAX_BYTES - 1 }; /* accesses that begin this near to an end go the slow way */

static uint64_t minimum(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The part of a segment that a 32-bit guest can reach and that lies in memory, from its lowest
 * address on, in bytes. */
static uint64_t reachable(const struct engine_segment *segment, const struct mmu_segment *reg,
                          uint64_t paddr, uint64_t ram_bytes)
{
    const uint64_t top = UINT64_C(1) << 32;

    if (paddr >= ram_bytes || segment->first >= top) {
        return 0;
    }
    return minimum(reg->size, minimum(ram_bytes - paddr, top - segment->first));
}

static void load_segment(const struct target *target, const struct mmu_segment *reg,
                         unsigned number, struct engine_segment *segment)
{
    static const uint8_t flag[MMU_ACCESS_RESERVED] = {
        [MMU_ACCESS_READ] = MMU_FLAG_READ,
        [MMU_ACCESS_WRITE] = MMU_FLAG_WRITE,
        [MMU_ACCESS_EXECUTE] = MMU_FLAG_EXECUTE,
    };
    const bool is_named = target->config.select == MMU_SELECT_NAMED;
    const bool grows_down = (reg->flags & MMU_FLAG_GROWS_DOWN) != 0;
    uint64_t paddr = reg->base;
    uint64_t bytes;

    memset(segment, 0, sizeof(*segment));
    if ((reg->flags & MMU_FLAG_PRESENT) == 0 || (grows_down && reg->base < reg->size)) {
        return;
    }
    segment->first = is_named ? 0 : (uint64_t)number << mmu_offset_width(&target->config);
    if (grows_down) {
        segment->first += mmu_span(&target->config) - reg->size;
        paddr -= reg->size;
    }
    segment->delta = paddr - segment->first;
    bytes = reachable(segment, reg, paddr, target->ram_bytes);
    for (unsigned access = 0; access < MMU_ACCESS_RESERVED; access++) {
        if ((reg->flags & flag[access]) != 0 && bytes > GUARD) {
            segment->limit[access] = bytes - GUARD;
        }
    }
}

void engine_load_segments(struct engine *engine)
{
    const struct target *const target = engine->target;
    const struct mmu_segment *const bank = mmu_bank(&target->config, &target->regs);
    const unsigned count = mmu_segment_count(&target->config);

    memset(engine->segment, 0, sizeof(engine->segment));
    /* A synchronous stream has the answer from elsewhere: nothing is known beforehand. */
    for (unsigned number = 0; number < count && !target->stream.synchronous; number++) {
        load_segment(target, &bank[number], number, &engine->segment[number]);
    }
    engine->fetch_segment = engine->segment;
    if (target->config.select == MMU_SELECT_NAMED) {
        engine->data_segment = engine->segment + 1; /* past the last: all zero, admits nothing */
        engine->segment_shift = 32;
        engine->segment_mask = 0;
    } else {
        engine->data_segment = engine->segment;
        engine->segment_shift = mmu_offset_width(&target->config);
        engine->segment_mask = count - 1;
    }
}
