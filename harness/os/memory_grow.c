/* SPDX-License-Identifier: MIT */
/* Regions become larger, where they lie or elsewhere, and smaller. */
#include "os/memory_internal.h"

/* Where the machine file put a region, it may grow into what no other region lies in. */
static bool resize_fixed(struct memory *memory, struct region *region, uint64_t size_bytes)
{
    const uint64_t old_size = region->size_bytes;

    region->size_bytes = size_bytes;
    for (const struct region *other = memory->regions; other != NULL; other = other->next) {
        if (size_bytes > old_size && other != region && other->is_resident &&
            region_first(other) < region_first(region) + size_bytes &&
            region_first(region) < region_first(other) + other->size_bytes) {
            region->size_bytes = old_size;
            return false;
        }
    }
    return size_bytes <= region->extent.reserved_bytes || (region->size_bytes = old_size, false);
}

static bool resize_in_place(struct memory *memory, struct region *region, uint64_t size_bytes)
{
    if (region->is_fixed) {
        return resize_fixed(memory, region, size_bytes);
    }
    if (!allocator_resize(memory->allocator, region->extent.address,
                          size_bytes > 0 ? size_bytes : 1, region->grows_down, &region->extent)) {
        return false;
    }
    region->size_bytes = size_bytes;
    return true;
}

/* To a place where all of the new size is free. */
static bool resize_by_moving(struct memory *memory, struct region *region, uint64_t size_bytes)
{
    const struct extent old = region->extent;
    const uint64_t old_first = region_first(region);
    const uint64_t old_size = region->size_bytes;
    enum account_purpose before;
    struct extent extent;

    if (region->is_fixed || !memory_take_extent(memory, size_bytes, &extent)) {
        return false;
    }
    before = accounts_turn(memory->accounts, ACCOUNT_MOVE);
    region->extent = extent;
    memory_copy(memory, region->grows_down ? region_base(region) - old_size : extent.address,
                old_first, old_size);
    memory_clear(memory, old_first, old_size);
    allocator_give(memory->allocator, old.address);
    memory_tag(memory, region);
    region->size_bytes = size_bytes;
    accounts_turn(memory->accounts, before);
    memory->figures.moves++;
    memory->figures.moved_bytes += old_size;
    return true;
}

/* Everybody else is moved away from where it grows to; one free block will do, wherever it is. */
static bool resize_by_compaction(struct memory *memory, struct region *region, uint64_t size_bytes)
{
    if (region->is_fixed ||
        !memory_may_compact(memory, size_bytes - region->extent.reserved_bytes)) {
        return false;
    }
    memory_compact(memory,
                   region->grows_down ? region->extent.address : region->extent.address + 1);
    memory_hide(memory, region); /* it may have been moved, and shown */
    return resize_in_place(memory, region, size_bytes) ||
           resize_by_moving(memory, region, size_bytes);
}

static bool grow(struct memory *memory, struct region *region, uint64_t size_bytes,
                 const struct process *process)
{
    const uint64_t old_address = region->extent.address;

    memory_hide(memory, region);
    do {
        if (resize_in_place(memory, region, size_bytes) ||
            resize_by_moving(memory, region, size_bytes) ||
            resize_by_compaction(memory, region, size_bytes)) {
            memory_show(memory, region);
            memory_tell(memory, region,
                        region->extent.address == old_address || region->grows_down ? MEMORY_GREW
                                                                                    : MEMORY_MOVED);
            return true;
        }
    } while (size_bytes <= memory->target->ram_bytes && !region->is_fixed &&
             memory_make_room(memory, process));
    memory_show(memory, region);
    memory->figures.refusals++;
    return false;
}

static void shrink(struct memory *memory, struct region *region, uint64_t size_bytes)
{
    const uint64_t lost = region->size_bytes - size_bytes;
    const uint64_t first = region_first(region);

    memory_hide(memory, region);
    memory_clear(memory, region->grows_down ? first : first + size_bytes, lost);
    resize_in_place(memory, region, size_bytes);
    memory_show(memory, region);
    memory_tell(memory, region, MEMORY_SHRANK);
}

bool memory_resize(struct memory *memory, struct region *region, uint64_t size_bytes,
                   const struct process *process)
{
    if (size_bytes > region->size_bytes) {
        return grow(memory, region, size_bytes, process);
    }
    if (size_bytes < region->size_bytes) {
        shrink(memory, region, size_bytes);
    }
    return true;
}
