/* SPDX-License-Identifier: MIT */
/* The supervisor's books against one another and against the MMU. */
#include <inttypes.h>
#include <stdio.h>

#include "os/memory.h"
#include "os/process.h"

static bool complain(struct memory *memory, const char *what, uint64_t address)
{
    if (memory->complaint[0] == '\0') {
        snprintf(memory->complaint, sizeof(memory->complaint), "%s at 0x%" PRIx64, what, address);
    }
    return false;
}

static bool is_taken(const struct memory *memory, const struct region *region)
{
    struct extent extent;

    return allocator_find(memory->allocator, region->extent.address, &extent) &&
           extent.reserved_bytes == region->extent.reserved_bytes && !extent.is_pinned &&
           extent.tag == (uint64_t)(uintptr_t)region;
}

/* Each region that is in memory has an extent of its own, large enough. */
static bool check_regions(struct memory *memory, uint64_t *reserved_bytes)
{
    for (const struct region *region = memory->regions; region != NULL; region = region->next) {
        if (!region->is_resident || region->is_fixed) {
            continue;
        }
        if (!is_taken(memory, region) || region->size_bytes > region->extent.reserved_bytes) {
            return complain(memory, "a region has no extent of its own", region->extent.address);
        }
        *reserved_bytes += region->extent.reserved_bytes;
    }
    return true;
}

/* What is taken is the regions' (and the machine file's), overlaps nothing, and with what is free
 * makes up all of memory. */
static bool check_extents(struct memory *memory, uint64_t reserved_bytes)
{
    struct extent extent;
    uint64_t address, bytes;
    uint64_t used_bytes = 0, pinned_bytes = 0, free_bytes = 0, end = 0;

    for (uint64_t from = 0; allocator_next_used(memory->allocator, from, &extent);
         from = end = extent.address + extent.reserved_bytes) {
        if (extent.address < end) {
            return complain(memory, "two extents overlap", extent.address);
        }
        *(extent.is_pinned ? &pinned_bytes : &used_bytes) += extent.reserved_bytes;
    }
    for (uint64_t from = 0; allocator_next_free(memory->allocator, from, &address, &bytes);
         from = address + bytes) {
        free_bytes += bytes;
    }
    if (used_bytes != reserved_bytes) {
        return complain(memory, "an extent belongs to nobody", used_bytes);
    }
    if (used_bytes + pinned_bytes + free_bytes != memory_managed_bytes(memory)) {
        return complain(memory, "free and used are not all of memory", free_bytes);
    }
    return true;
}

/* A segment says where its region lies; what several share nobody can write. */
static bool check_segment(struct memory *memory, const struct process *process, int bank,
                          const struct layout_segment *segment)
{
    const struct region *const region = segment->region;
    const struct mmu_segment *held;

    if (!region->is_resident) {
        return bank == BANK_NONE ||
               complain(memory, "a segment is live without memory", segment->reg.base);
    }
    if (segment->reg.base != region_base(region) || segment->reg.size != region->size_bytes) {
        return complain(memory, "a segment is not where its region is", segment->reg.base);
    }
    if (region->users > 1 && region->key.image != NULL &&
        (segment->reg.flags & MMU_FLAG_WRITE) != 0) {
        return complain(memory, "shared code can be written", segment->reg.base);
    }
    if (bank == BANK_NONE) {
        return true;
    }
    held = &memory->banks->bank[bank].reg[segment->segment];
    (void)process;
    return (held->base == segment->reg.base && held->size == segment->reg.size &&
            held->flags == segment->reg.flags) ||
           complain(memory, "a live register is not what the books say", segment->reg.base);
}

static bool check_processes(struct memory *memory)
{
    for (const struct process *process = memory->processes; process != NULL;
         process = process->next) {
        const int bank = banks_find(memory->banks, process->number);

        for (unsigned i = 0; i < process->layout.count; i++) {
            if (process->layout.segments[i].region != NULL &&
                !check_segment(memory, process, bank, &process->layout.segments[i])) {
                return false;
            }
        }
    }
    return banks_agree(memory->banks) ||
           complain(memory, "the MMU's registers are not what was written", 0);
}

bool memory_check(struct memory *memory)
{
    uint64_t reserved_bytes = 0;

    if (memory->complaint[0] != '\0') {
        return false;
    }
    if (memory->checked_changes == memory->changes) {
        return true;
    }
    memory->checked_changes = memory->changes;
    return check_regions(memory, &reserved_bytes) && check_extents(memory, reserved_bytes) &&
           check_processes(memory);
}
