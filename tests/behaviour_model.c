/* SPDX-License-Identifier: MIT */
#include "behaviour.h"

#include <stdlib.h>
#include <string.h>

void *machine_start(const struct mmu_config *config)
{
    struct mmu *const mmu = malloc(sizeof(*mmu));

    if (mmu == NULL) {
        abort();
    }
    mmu_init(mmu, config);
    /* Whatever a test reads before its first reset is not to be relied on. */
    memset(&mmu->state, 0x01, sizeof(mmu->state));
    return mmu;
}

void machine_cycle(void *machine, const struct mmu_in *in, struct mmu_out *out)
{
    memset(out, 0xA5, sizeof(*out));
    mmu_cycle(machine, in, out);
}

void machine_stop(void *machine)
{
    free(machine);
}
