/* SPDX-License-Identifier: MIT */
/* A machine with one guest's segments at random places in physical memory, and random bytes in all
 * the rest, which the guest must not change. */
#ifndef TESTS_HOSTILE_WORLD_H
#define TESTS_HOSTILE_WORLD_H

#include "base/random.h"
#include "source/guest.h"

enum { WORLD_RAM_BYTES = 0x10000 };

struct world {
    struct target *target;
    uint8_t before[WORLD_RAM_BYTES];
    bool is_own[WORLD_RAM_BYTES]; /* the guest may write there */
    struct mmu_regs regs;         /* as the supervisor wrote them */
    unsigned code_segment;
};

/* Random bytes in all of memory. The machine's ram_bytes are WORLD_RAM_BYTES. */
void world_init(struct world *world, struct target *target, struct random_source *random);

/* New segments at new places, written to the MMU. They do not overlap; one may reach beyond memory,
 * or beyond all physical addresses. Where there are several contexts the others admit everything.
 */
void world_place(struct world *world, struct random_source *random);

/* A mistake of the supervisor's: a segment's limit is too large by some bytes. */
void world_plant_limit(struct world *world);
/* A register that changed behind the supervisor's back. */
void world_plant_register(struct world *world);

/* Random bytes of code in the code segment, as far as it is in memory. */
void world_write_code(struct world *world, enum guest_isa isa, struct random_source *random);

/* An address in, at an end of, or outside the segments of a struct world; an address to jump to. */
uint32_t world_address(void *opaque, struct random_source *random);
uint32_t world_jump(const struct world *world, struct random_source *random);

/* To be called before the guest runs, and after: false with a text when something is not as it
 * was. */
void world_remember(struct world *world);
bool world_is_unharmed(const struct world *world, char *text, size_t text_bytes);

#endif
