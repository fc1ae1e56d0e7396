/* SPDX-License-Identifier: MIT */
#include "sink/trace_format.h"

#include "base/random.h"
#include "sink/trace.h"

void trace_noise(uint64_t noise_seed, uint64_t cycle, struct mmu_in *in)
{
    /* Each cycle has a generator of its own, so that a replay may begin anywhere. */
    struct random_source source = {noise_seed ^ cycle * UINT64_C(0xD1342543DE82EF95)};
    const uint64_t addr = random_next(&source);
    const uint64_t wdata = random_next(&source);
    const uint64_t bits = random_next(&source);

    in->req = (struct mmu_request){
        .addr = addr,
        .wdata = wdata,
        .op = bits & 3,
        .bytes = bits >> 2 & 31,
        .access = bits >> 7 & 3,
        .priv = bits >> 9 & 1,
        .segment = bits >> 10 & 15,
        .reg = (uint8_t)(bits >> 14),
    };
}
