/* SPDX-License-Identifier: MIT */
/* mmu_execute: one request against the architectural registers, without a clock. It is what a
 * program sees when it waits for each response before it sends the next request, and the reference
 * for RTL whose latency is its own.
 * Source: specification, sections 2 and 3. */
#ifndef SEGMMU_EXECUTE_H
#define SEGMMU_EXECUTE_H

#include "segmmu/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Carries out one request of any operation: translates, reads or writes a register, and records a
 * fault in `regs`. Never fails; an operation that is not allowed is answered with its fault. */
struct mmu_response mmu_execute(const struct mmu_config *config, struct mmu_regs *regs,
                                const struct mmu_request *request);

/* The registers ID and FAULT_STATUS as a read shows them. */
uint64_t mmu_id_value(const struct mmu_config *config);
uint64_t mmu_fault_status_value(const struct mmu_regs *regs);

/* The bank of segment registers that translations use now. */
static inline const struct mmu_segment *mmu_bank(const struct mmu_config *config,
                                                 const struct mmu_regs *regs)
{
    return &regs->segment[(unsigned)regs->context << config->seg_bits];
}

#ifdef __cplusplus
}
#endif
#endif
