/* SPDX-License-Identifier: MIT */
/* From a machine file's segments to the register writes that load them. */
#ifndef MACHINE_SETUP_H
#define MACHINE_SETUP_H

#include "machine/machine.h"

enum {
    /* The most requests that a machine needs: WINDOW, BASE, SIZE and FLAGS for each segment, and
     * WINDOW and CONTEXT at the end. */
    MACHINE_SETUP_MAX = 4 * MMU_MAX_CONTEXTS * MMU_MAX_SEGMENTS + 2,
};

/* A privileged write of one register. */
struct mmu_request machine_write_register(uint8_t reg, uint64_t value);

/* Writes to `out` the requests that load the segments of `machine` after a reset: of each segment
 * BASE, then SIZE, then FLAGS (with the present flag: no half-written segment translates), WINDOW
 * before the first of another bank. WINDOW and CONTEXT are 0 at the end. Returns their number, also
 * where it is more than `max`; only the first `max` are written. */
unsigned machine_setup(const struct machine *machine, struct mmu_request *out, unsigned max);

#endif
