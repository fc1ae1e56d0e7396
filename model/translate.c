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

void mmu_translate_batch(const struct mmu_config *config, const struct mmu_segment *bank,
                         const struct mmu_request *request, struct mmu_response *response,
                         size_t count)
{
    /* A register for every number that a request can name: those past the last are not present. */
    struct bounds bounds[MMU_MAX_SEGMENTS];
    uint8_t flags[MMU_MAX_SEGMENTS];
    const struct mmu_config machine = *config; /* out of reach of stores to `response` */

    for (uint8_t number = 0; number < MMU_MAX_SEGMENTS; number++) {
        const struct mmu_segment segment = segment_in(&machine, bank, number);

        bounds[number] = bounds_of(&segment, mmu_span(&machine));
        flags[number] = segment.flags;
    }
    for (size_t i = 0; i < count; i++) {
        const struct mmu_request *const r = &request[i];

        if (r->priv) {
            response[i] = translate_privileged(&machine, r->addr, r->bytes, r->access);
        } else {
            const uint8_t number = segment_of(&machine, r) & (MMU_MAX_SEGMENTS - 1);

            response[i] = translate_user(&machine, &bounds[number], flags[number], r->addr,
                                         r->bytes, r->access, number);
        }
    }
}
