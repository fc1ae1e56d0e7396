/* SPDX-License-Identifier: MIT */
#include "segmmu/translate.h"

#include "rules.h"

void mmu_locate(const struct mmu_config *config, const struct mmu_request *request,
                uint8_t *segment, uint64_t *offset)
{
    const struct mmu_geometry geometry = geometry_of(config);

    *segment = segment_of(&geometry, request);
    *offset = request->addr & (geometry.span - 1);
}

struct mmu_response mmu_translate(const struct mmu_config *config, const struct mmu_segment *bank,
                                  const struct mmu_request *request)
{
    const struct mmu_geometry geometry = geometry_of(config);

    if (request->priv) {
        return translate_privileged(&geometry, request->addr, request->bytes, request->access);
    }

    const uint8_t number = segment_of(&geometry, request);
    const struct mmu_segment segment = segment_in(&geometry, bank, number);
    const struct bounds bounds = bounds_of(&segment, geometry.span);

    return translate_user(&geometry, &bounds, segment.flags, request->addr, request->bytes,
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

static struct admitted admitted_by(const struct mmu_geometry *geometry,
                                   const struct mmu_segment *segment, uint8_t access)
{
    const struct bounds bounds = bounds_of(segment, geometry->span);
    const bool is_down = (segment->flags & MMU_FLAG_GROWS_DOWN) != 0;
    /* The offsets whose physical addresses exist; below 0 only a segment that grows down reaches.
     */
    const uint64_t physical_first =
        is_down && geometry->span > segment->base ? 0 - bounds.delta : 0;
    const uint64_t physical_end = geometry->physical_size - bounds.delta;
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
    const struct mmu_geometry geometry = geometry_of(config);
    const uint64_t number_mask = geometry.segment_count - 1u;

    for (unsigned number = 0; number < MMU_MAX_SEGMENTS; number++) {
        const struct mmu_segment segment = segment_in(&geometry, bank, (uint8_t)number);

        for (uint8_t access = 0; access < 4; access++) {
            table[number][access] = admitted_by(&geometry, &segment, access);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct mmu_request *const r = &request[i];
        const uint64_t number = geometry.is_named ? r->segment & (MMU_MAX_SEGMENTS - 1u)
                                                  : r->addr >> geometry.offset_width & number_mask;
        const struct admitted *const admitted = &table[number][r->access & 3];
        const uint64_t offset = r->addr & (geometry.span - 1);
        /* Negative where a comparison fails: all of it lies far below 2^63. */
        const uint64_t is_outside =
            ((offset - admitted->first) | (admitted->end - offset - r->bytes)) >> 63;

        if (is_outside | (unsigned)!is_implemented(r->addr, geometry.virtual_size) |
            (unsigned)!is_byte_count(r->bytes) | r->priv) {
            response[i] = mmu_translate(&machine, bank, r);
        } else {
            response[i] =
                (struct mmu_response){.addr = offset + admitted->delta, .segment = (uint8_t)number};
        }
    }
}
