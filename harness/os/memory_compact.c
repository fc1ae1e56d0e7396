/* SPDX-License-Identifier: MIT */
#include "os/memory_internal.h"

/* What a region that moved from `from` to `to` leaves behind is cleared. */
static void clear_rest(struct memory *memory, uint64_t from, uint64_t to, uint64_t bytes)
{
    const uint64_t distance = to < from ? from - to : to - from;
    const uint64_t rest = distance < bytes ? distance : bytes;

    memory_clear(memory, to < from ? from + bytes - rest : from, rest);
}

static void move_region(void *context, uint64_t from, uint64_t to, uint64_t reserved_bytes)
{
    struct memory *const memory = context;
    struct region *region;
    struct extent extent;
    uint64_t old_first;

    (void)from;
    (void)reserved_bytes;
    if (!allocator_find(memory->allocator, to, &extent)) {
        return;
    }
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): what memory.c tagged it with */
    region = (struct region *)(uintptr_t)extent.tag;
    memory_hide(memory, region);
    old_first = region_first(region);
    region->extent.address = to;
    memory_copy(memory, region_first(region), old_first, region->size_bytes);
    clear_rest(memory, old_first, region_first(region), region->size_bytes);
    memory_show(memory, region);
    memory->figures.compacted_regions++;
    memory->figures.compacted_bytes += region->size_bytes;
    memory_tell(memory, region, MEMORY_COMPACTED);
}

void memory_compact(struct memory *memory, uint64_t gap)
{
    const enum account_purpose before = accounts_turn(memory->accounts, ACCOUNT_COMPACT);

    memory->figures.compactions++;
    allocator_part(memory->allocator, gap, move_region, memory);
    accounts_turn(memory->accounts, before);
}
