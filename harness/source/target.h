/* SPDX-License-Identifier: MIT */
/* The machine as its software sees it: physical memory behind the MMU, the architectural registers,
 * and the request channel, which is the only way to change them. Guest and supervisor share it; the
 * supervisor touches it only while the guest stands still. It lives in shared memory. */
#ifndef SOURCE_TARGET_H
#define SOURCE_TARGET_H

#include "base/error.h"
#include "machine/machine.h"
#include "segmmu/execute.h"
#include "segmmu/translate.h"
#include "source/stream.h"

struct target {
    struct mmu_config config;
    /* What mmu_translate uses for the guest. Only target_request changes it, with the same request
     * that goes to model and DUT. */
    struct mmu_regs regs;
    uint8_t *ram;          /* physical memory, one array, shared mapping at the same address */
    int ram_fd;            /* of that mapping: which pages the host has */
    uint64_t ram_bytes;    /* an address at or above it, admitted by the MMU, is a bus error */
    uint64_t instructions; /* executed by the guests so far */
    uint64_t repetitions;  /* see target_steps */
    uint64_t requests;     /* of guest and supervisor, squashed ones included */
    struct stream stream;
};

/* Maps shared memory (MAP_NORESERVE) for a machine; NULL and an error where it cannot be had. Must
 * be called before the child is forked. */
struct target *target_new(const struct machine *machine, struct error *error);
void target_free(struct target *target);

/* What a guest's limit counts, over all guests: an instruction is one step, and an i386 `rep`,
 * which can run 2^32 times, is one for each iteration and one that finds it done. Where a `rep` is
 * interrupted and restarted the sum is the same. */
static inline uint64_t target_steps(const struct target *target)
{
    return target->instructions + target->repetitions;
}

/* Sends a request and returns the answer that its sender goes on with: mmu_execute's, or the DUT's
 * when the stream is synchronous. `pc` is the guest's, `flags` are enum stream_flag. */
struct mmu_response target_request(struct target *target, const struct mmu_request *request,
                                   uint64_t pc, uint8_t flags);

#endif
