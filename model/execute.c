/* SPDX-License-Identifier: MIT */
#include "segmmu/execute.h"

#include "steps.h"

enum { KIND_SEGMENT = 1 }; /* ID bits 7:0 */

uint64_t mmu_id_value(const struct mmu_config *config)
{
    return KIND_SEGMENT | (uint64_t)config->seg_bits << 8 | (uint64_t)config->va_w << 16 |
           (uint64_t)config->pa_w << 24 | (uint64_t)config->contexts << 32 |
           (uint64_t)config->stages << 40 | (uint64_t)config->select << 48;
}

uint64_t mmu_fault_status_value(const struct mmu_regs *regs)
{
    return regs->fault_code | (uint64_t)regs->fault_access << 4 | (uint64_t)regs->fault_priv << 6 |
           (uint64_t)regs->fault_segment << 8 | (uint64_t)regs->fault_bytes << 12 |
           (uint64_t)regs->fault_more << 30 | (uint64_t)regs->fault_valid << 31;
}

struct mmu_response mmu_execute(const struct mmu_config *config, struct mmu_regs *regs,
                                const struct mmu_request *request)
{
    const struct mmu_geometry geometry = geometry_of(config);
    const struct mmu_look look = look_up(config, &geometry, regs, request);

    return check(&geometry, regs, &look);
}
