/* SPDX-License-Identifier: MIT */
/* mmu_translate: the pure function of (segment registers, request). No state, no clock.
 * Source: specification, section 2; OSTEP 15.3 and 16.1 to 16.4. */
#ifndef SEGMMU_TRANSLATE_H
#define SEGMMU_TRANSLATE_H

#include <stddef.h>

#include "segmmu/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which segment a user request falls into, and where in it: bit fields of the address when
 * explicit, the request's own number when named (reported as it came, also past the last
 * register). The offset leaves out the bits at or above va_w. */
void mmu_locate(const struct mmu_config *config, const struct mmu_request *request,
                uint8_t *segment, uint64_t *offset);

/* Translates all bytes of a request, or none. `bank` is the 2^seg_bits segment registers of one
 * context; request->op is not looked at. The answer's fault is one of none, not_present, limit,
 * permission and physical; its addr is 0 on a fault. Reads nothing but its arguments. */
struct mmu_response mmu_translate(const struct mmu_config *config, const struct mmu_segment *bank,
                                  const struct mmu_request *request);

/* The same for `count` requests: response[i] answers request[i]. Faster than a loop, because what
 * depends on the bank alone is worked out once. The arrays must not overlap. */
void mmu_translate_batch(const struct mmu_config *config, const struct mmu_segment *bank,
                         const struct mmu_request *request, struct mmu_response *response,
                         size_t count);

#ifdef __cplusplus
}
#endif
#endif
