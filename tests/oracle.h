/* SPDX-License-Identifier: MIT */
/* What a translation must answer, worked out the long way: byte by byte over a list of the virtual
 * addresses that each segment owns. Shares no code with the model, and is meant to be read, not to
 * be fast. */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include "segmmu/types.h"

struct mmu_response oracle_translate(const struct mmu_config *config,
                                     const struct mmu_segment *bank,
                                     const struct mmu_request *request);

#endif
