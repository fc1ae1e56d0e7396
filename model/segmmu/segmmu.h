/* SPDX-License-Identifier: MIT */
/* libsegmmu: an MMU of base-and-bounds or segment registers, for emulators.
 *
 *     struct mmu_config config = {
 *         .va_w = 14, .pa_w = 16, .seg_bits = 2, .contexts = 1, .stages = 2};
 *     struct mmu_segment bank[4] = {
 *         {.base = 32 << 10, .size = 2 << 10, .flags = MMU_FLAG_PRESENT | MMU_FLAG_READ}};
 *     struct mmu_request load = {.addr = 100, .bytes = 4, .access = MMU_ACCESS_READ};
 *     struct mmu_response answer = mmu_translate(&config, bank, &load);
 *     if (answer.fault == MMU_FAULT_NONE)
 *         use(memory + answer.addr);
 *
 * translate.h  the pure function: registers and a request give an address or a fault
 * execute.h    one request of any operation against the architectural registers
 * cycle.h      the machine clock by clock, as the hardware does it
 * names.h      the names of codes
 */
#ifndef SEGMMU_H
#define SEGMMU_H

#include "segmmu/cycle.h"
#include "segmmu/execute.h"
#include "segmmu/names.h"
#include "segmmu/translate.h"
#include "segmmu/types.h"

#endif
