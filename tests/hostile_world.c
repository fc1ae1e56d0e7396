/* SPDX-License-Identifier: MIT */
#include "hostile_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hostile_code.h"
#include "unit.h"

enum {
    SMALLEST_CODE = 0x200,
    LARGEST = 0x1800, /* bytes of a segment */
    PLANTED_BYTES = 64,
};

void world_init(struct world *world, struct target *target, struct random_source *random)
{
    memset(world, 0, sizeof(*world));
    world->target = target;
    for (size_t i = 0; i < WORLD_RAM_BYTES; i++) {
        target->ram[i] = (uint8_t)random_next(random);
    }
}

static void write_register(struct world *world, uint8_t reg, uint64_t value)
{
    const struct mmu_request request = {
        .op = MMU_OP_WRITE_REGISTER, .reg = reg, .wdata = value, .priv = 1};

    assert_int_equal(target_request(world->target, &request, 0, STREAM_SUPERVISOR).fault,
                     MMU_FAULT_NONE);
}

static void write_segment(struct world *world, unsigned number, const struct mmu_segment *segment)
{
    write_register(world, MMU_REG_BASE(number), segment->base);
    write_register(world, MMU_REG_SIZE(number), segment->size);
    write_register(world, MMU_REG_FLAGS(number), segment->flags);
}

static uint64_t lowest_paddr(const struct mmu_segment *segment)
{
    return (segment->flags & MMU_FLAG_GROWS_DOWN) != 0 ? segment->base - segment->size
                                                       : segment->base;
}

/* Within `room` bytes of physical memory from `start` on. */
static struct mmu_segment random_segment(const struct world *world, struct random_source *random,
                                         uint64_t start, uint64_t room, bool is_code)
{
    const uint64_t span = mmu_span(&world->target->config);
    const uint64_t most = room < LARGEST ? room : LARGEST;
    struct mmu_segment segment = {.flags = MMU_FLAG_PRESENT};
    uint64_t smallest = is_code ? SMALLEST_CODE : 0;

    segment.size = smallest + random_below(random, most - smallest + 1);
    if (!is_code && random_chance(random, 1, 6)) {
        segment.size = random_below(random, 20);
    }
    if (segment.size > span) {
        segment.size = span;
    }
    segment.base = start + random_below(random, room - segment.size + 1);
    segment.flags |=
        (uint8_t)(random_next(random) & (MMU_FLAG_READ | MMU_FLAG_WRITE | MMU_FLAG_EXECUTE));
    if (is_code) {
        segment.flags |= MMU_FLAG_EXECUTE;
    } else if (random_chance(random, 1, 8)) {
        segment.flags &= (uint8_t)~MMU_FLAG_PRESENT;
    } else if (random_chance(random, 1, 3)) {
        segment.flags |= MMU_FLAG_GROWS_DOWN;
        segment.base += segment.size;
    }
    return segment;
}

/* The last segment, at the end of memory or of all addresses. */
static void move_to_an_end(const struct world *world, struct random_source *random,
                           struct mmu_segment *segment)
{
    const uint64_t all = UINT64_C(1) << world->target->config.pa_w;
    const uint64_t end = random_chance(random, 1, 2) ? WORLD_RAM_BYTES : all;

    segment->flags &= (uint8_t)~MMU_FLAG_GROWS_DOWN;
    segment->base = end - random_below(random, segment->size + 1);
}

static void own(struct world *world, const struct mmu_segment *segment)
{
    const uint64_t first = lowest_paddr(segment);

    if ((segment->flags & MMU_FLAG_PRESENT) != 0 && (segment->flags & MMU_FLAG_WRITE) != 0) {
        for (uint64_t at = first; at < first + segment->size && at < WORLD_RAM_BYTES; at++) {
            world->is_own[at] = true;
        }
    }
}

/* Banks of other processes, which would admit everything. */
static void bait_other_contexts(struct world *world, unsigned count)
{
    const uint64_t span = mmu_span(&world->target->config);
    const struct mmu_segment everything = {.size = span < WORLD_RAM_BYTES ? span : WORLD_RAM_BYTES,
                                           .flags = MMU_FLAG_PRESENT | MMU_FLAG_READ |
                                                    MMU_FLAG_WRITE | MMU_FLAG_EXECUTE};

    for (unsigned context = 1; context < world->target->config.contexts; context++) {
        write_register(world, MMU_REG_WINDOW, context);
        for (unsigned number = 0; number < count; number++) {
            write_segment(world, number, &everything);
        }
    }
    write_register(world, MMU_REG_WINDOW, 0);
}

void world_place(struct world *world, struct random_source *random)
{
    const struct mmu_config *const config = &world->target->config;
    const unsigned count = mmu_segment_count(config);
    const uint64_t room = WORLD_RAM_BYTES / count;

    memset(world->is_own, 0, sizeof(world->is_own));
    world->code_segment =
        config->select == MMU_SELECT_NAMED ? 0 : (unsigned)random_below(random, count);
    bait_other_contexts(world, count);
    for (unsigned number = 0; number < count; number++) {
        struct mmu_segment segment =
            random_segment(world, random, number * room, room, number == world->code_segment);

        if (number == count - 1 && number != world->code_segment && random_chance(random, 1, 6)) {
            move_to_an_end(world, random, &segment);
        }
        write_segment(world, number, &segment);
        own(world, &segment);
    }
    world->regs = world->target->regs;
}

void world_plant_limit(struct world *world)
{
    const struct mmu_segment *const segment = &world->regs.segment[world->code_segment];

    /* The code may be written to then, as far as that, and no byte of it is the guest's. */
    write_register(world, MMU_REG_FLAGS(world->code_segment), segment->flags | MMU_FLAG_WRITE);
    write_register(world, MMU_REG_SIZE(world->code_segment), segment->size + PLANTED_BYTES);
    world->regs = world->target->regs;
}

void world_plant_register(struct world *world)
{
    write_register(world, MMU_REG_BASE(world->code_segment),
                   world->regs.segment[world->code_segment].base ^ 1);
}

static uint64_t first_vaddr(const struct world *world, unsigned number)
{
    const struct mmu_config *const config = &world->target->config;
    const struct mmu_segment *const segment = &world->regs.segment[number];
    uint64_t vaddr = 0;

    if (config->select != MMU_SELECT_NAMED) {
        vaddr = (uint64_t)number << mmu_offset_width(config);
    }
    if ((segment->flags & MMU_FLAG_GROWS_DOWN) != 0) {
        vaddr += mmu_span(config) - segment->size;
    }
    return vaddr;
}

void world_write_code(struct world *world, enum guest_isa isa, struct random_source *random)
{
    const struct mmu_segment *const code = &world->regs.segment[world->code_segment];

    hostile_code(isa, random, world_address, world, world->target->ram + lowest_paddr(code),
                 code->size);
}

uint32_t world_jump(const struct world *world, struct random_source *random)
{
    const struct mmu_segment *const code = &world->regs.segment[world->code_segment];

    return (uint32_t)(first_vaddr(world, world->code_segment) +
                      (random_below(random, code->size) & ~UINT64_C(1)));
}

uint32_t world_address(void *opaque, struct random_source *random)
{
    const struct world *const world = opaque;
    const unsigned count = mmu_segment_count(&world->target->config);
    const unsigned number = (unsigned)random_below(random, count);
    const struct mmu_segment *const segment = &world->regs.segment[number];
    const uint64_t first = first_vaddr(world, number);

    switch (random_below(random, 8)) {
    case 0:
        return (uint32_t)random_next(random);
    case 1:
        return (uint32_t)random_below(random, WORLD_RAM_BYTES); /* if it were physical */
    case 2:
        return world_jump(world, random);
    case 3:
    case 4: /* around the ends */
        return (uint32_t)(first + segment->size - 20 + random_below(random, 40));
    case 5:
        return (uint32_t)(first - 20 + random_below(random, 40));
    default:
        return (uint32_t)(first + random_below(random, segment->size + 1));
    }
}

void world_remember(struct world *world)
{
    memcpy(world->before, world->target->ram, WORLD_RAM_BYTES);
}

static bool is_memory_unharmed(const struct world *world, char *text, size_t text_bytes)
{
    enum { PIECE = 64 };
    const uint8_t *const ram = world->target->ram;

    for (size_t piece = 0; piece < WORLD_RAM_BYTES; piece += PIECE) {
        if (memcmp(ram + piece, world->before + piece, PIECE) == 0) {
            continue;
        }
        for (size_t at = piece; at < piece + PIECE; at++) {
            if (ram[at] != world->before[at] && !world->is_own[at]) {
                snprintf(text, text_bytes,
                         "physical memory at %#zx, not the guest's, changed from %#x to %#x", at,
                         world->before[at], ram[at]);
                return false;
            }
        }
    }
    return true;
}

static bool is_same_segment(const struct mmu_segment *a, const struct mmu_segment *b)
{
    return a->base == b->base && a->size == b->size && a->flags == b->flags;
}

bool world_is_unharmed(const struct world *world, char *text, size_t text_bytes)
{
    const struct mmu_regs *const regs = &world->target->regs;
    const unsigned count = mmu_segment_count(&world->target->config);

    for (unsigned i = 0; i < count * world->target->config.contexts; i++) {
        if (!is_same_segment(&regs->segment[i], &world->regs.segment[i])) {
            snprintf(text, text_bytes, "segment %u of context %u changed", i % count, i / count);
            return false;
        }
    }
    if (regs->context != 0 || regs->window != 0) {
        snprintf(text, text_bytes, "CONTEXT is %u, WINDOW %u", regs->context, regs->window);
        return false;
    }
    return is_memory_unharmed(world, text, text_bytes);
}
