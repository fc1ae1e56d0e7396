/* SPDX-License-Identifier: MIT */
#include "segmmu/translate.h"

#include "rules.h"

void mmu_locate(const struct mmu_config *config, const struct mmu_request *request,
                uint8_t *segment, uint64_t *offset)
{
    *segment = segment_of(config, request);
    *offset = request->addr & (mmu_span(config) - 1);
}

struct mmu_response mmu_translate(const struct mmu_config *config, const struct mmu_segment *bank,
                                  const struct mmu_request *request)
{
    if (request->priv) {
        return translate_privileged(config, request->addr, request->bytes, request->access);
    }

    const uint8_t number = segment_of(config, request);
    const struct mmu_segment segment = segment_in(config, bank, number);
    const struct bounds bounds = bounds_of(&segment, mmu_span(config));

    return translate_user(config, &bounds, segment.flags, request->addr, request->bytes,
                          request->access, number);
}

/* What depends on the bank alone, worked out once: the offsets at which a segment admits an access
 * with every rule satisfied, as [first, end). Most requests need no more than these two
 * comparisons; whatever fails them is put to mmu_translate, the one place that knows which fault it
 * is. */
struct admitted {
    uint64_t first;
    uint64_t end; /* 0 when nothing is admitted */
    uint64_t delta;
};

static struct admitted admitted_by(const struct mmu_config *config,
                                   const struct mmu_segment *segment, uint8_t access)
{
    const struct bounds bounds = bounds_of(segment, mmu_span(config));
    const uint64_t physical_size = UINT64_C(1) << config->pa_w;
    const bool is_down = (segment->flags & MMU_FLAG_GROWS_DOWN) != 0;
    /* The offsets whose physical addresses exist; below 0 only a segment that grows down reaches.
     */
    const uint64_t physical_first =
        is_down && mmu_span(config) > segment->base ? 0 - bounds.delta : 0;
    const uint64_t physical_end = physical_size - bounds.delta;
    struct admitted admitted = {.first = bounds.first, .end = bounds.end, .delta = bounds.delta};

    if ((segment->flags & MMU_FLAG_PRESENT) == 0 || !is_allowed(segment->flags, access)) {
        return (struct admitted){0};
    }
    if (admitted.first < physical_first) {
        admitted.first = physical_first;
    }
    if (admitted.end > physical_end) {
        admitted.end = physical_end;
    }
    return admitted;
}

void mmu_translate_batch(const struct mmu_config *config, const struct mmu_segment *bank,
                         const struct mmu_request *request, struct mmu_response *response,
                         size_t count)
{
    struct admitted table[MMU_MAX_SEGMENTS][4]; /* by segment number and access */
    /* Out of reach of stores to `response`. */
    const struct mmu_config machine = *config;
    const uint64_t offset_mask = mmu_span(config) - 1;
    const unsigned offset_width = mmu_offset_width(config);
    const uint64_t number_mask = mmu_segment_count(config) - 1;
    const bool is_named = config->select == MMU_SELECT_NAMED;

    for (unsigned number = 0; number < MMU_MAX_SEGMENTS; number++) {
        const struct mmu_segment segment = segment_in(config, bank, (uint8_t)number);

        for (uint8_t access = 0; access < 4; access++) {
            table[number][access] = admitted_by(config, &segment, access);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct mmu_request *const r = &request[i];
        const uint64_t number =
            is_named ? r->segment & (MMU_MAX_SEGMENTS - 1u) : r->addr >> offset_width & number_mask;
        const struct admitted *const admitted = &table[number][r->access & 3];
        const uint64_t offset = r->addr & offset_mask;
        /* Negative where a comparison fails: all of it lies far below 2^63. */
        const uint64_t is_outside =
            ((offset - admitted->first) | (admitted->end - offset - r->bytes)) >> 63;

        if (is_outside | (r->addr >> machine.va_w) | (unsigned)!is_byte_count(r->bytes) | r->priv) {
            response[i] = mmu_translate(&machine, bank, r);
        } else {
            response[i] =
                (struct mmu_response){.addr = offset + admitted->delta, .segment = (uint8_t)number};
        }
    }
}
