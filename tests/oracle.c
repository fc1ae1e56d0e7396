/* SPDX-License-Identifier: MIT */
#include "oracle.h"

typedef __int128 wide; /* signed, and wider than any sum of two 64-bit numbers */

static wide power_of_two(int exponent)
{
    wide result = 1;

    while (exponent-- > 0) {
        result *= 2;
    }
    return result;
}

struct world {
    wide span;         /* bytes that one segment number can name */
    wide virtual_size; /* addresses from here on do not exist */
    wide physical_size;
    int segments;
};

static struct world world_of(const struct mmu_config *config)
{
    struct world world = {
        .virtual_size = power_of_two(config->va_w),
        .physical_size = power_of_two(config->pa_w),
        .segments = (int)power_of_two(config->seg_bits),
    };

    world.span = world.virtual_size;
    if (config->select == 0) {
        world.span /= world.segments;
    }
    return world;
}

/* The physical place of offset `offset` of a segment; -1 where the segment does not have it. */
static wide place_in(const struct world *world, const struct mmu_segment *segment, wide offset,
                     bool *is_inside)
{
    if (segment->flags & 16) {
        /* The segment's last byte is offset span - 1 and lies just below base. */
        const wide from_top = world->span - offset;

        *is_inside = from_top >= 1 && from_top <= segment->size;
        return (wide)segment->base - from_top;
    }
    *is_inside = offset >= 0 && offset < (wide)segment->size;
    return (wide)segment->base + offset;
}

static bool may(const struct mmu_segment *segment, int access)
{
    switch (access) {
    case 0:
        return segment->flags & 2;
    case 1:
        return segment->flags & 4;
    case 2:
        return segment->flags & 8;
    }
    return false;
}

static struct mmu_response privileged(const struct world *world, const struct mmu_request *request)
{
    struct mmu_response response = {0};

    if (request->bytes < 1 || request->bytes > 16) {
        response.fault = 4;
    } else if (request->access == 3) {
        response.fault = 5;
    } else {
        for (int i = 0; i < request->bytes; i++) {
            if ((wide)request->addr + i >= world->physical_size) {
                response.fault = 6;
            }
        }
    }
    if (response.fault == 0) {
        response.addr = request->addr;
    }
    return response;
}

struct mmu_response oracle_translate(const struct mmu_config *config,
                                     const struct mmu_segment *bank,
                                     const struct mmu_request *request)
{
    const struct world world = world_of(config);
    const wide implemented = (wide)request->addr % world.virtual_size;
    const int number =
        config->select == 0 ? (int)(implemented / world.span) : (int)request->segment;
    struct mmu_response response = {.segment = (uint8_t)number};
    bool all_inside = true;
    bool all_physical = true;

    if (request->priv) {
        return privileged(&world, request);
    }
    if (number >= world.segments || !(bank[number].flags & 1)) {
        response.fault = 3;
        return response;
    }
    if (request->bytes < 1 || request->bytes > 16) {
        response.fault = 4;
        return response;
    }
    for (int i = 0; i < request->bytes; i++) {
        const wide vaddr = (wide)request->addr + i;
        const wide offset = config->select == 0 ? vaddr - number * world.span : vaddr;
        bool is_inside;
        const wide paddr = place_in(&world, &bank[number], offset, &is_inside);

        if (vaddr >= world.virtual_size || offset >= world.span || !is_inside) {
            all_inside = false;
        }
        if (paddr < 0 || paddr >= world.physical_size) {
            all_physical = false;
        }
        if (i == 0) {
            response.addr = (uint64_t)paddr;
        }
    }
    if (!all_inside) {
        response.fault = 4;
    } else if (!may(&bank[number], request->access)) {
        response.fault = 5;
    } else if (!all_physical) {
        response.fault = 6;
    }
    if (response.fault != 0) {
        response.addr = 0;
    }
    return response;
}
