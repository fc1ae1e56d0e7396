/* SPDX-License-Identifier: MIT */
#include "os/memory_internal.h"

#include <stdlib.h>
#include <string.h>

#include "os/layout.h"
#include "os/process.h"

enum {
    GRANULE_LARGE = 4096, /* bytes; where memory is at least so large: */
    GRANULE_LARGE_MEMORY = 1 << 20,
    GRANULE_SMALL = 16,
};

/* --- who lies in a region --- */

/* Calls `act` for each segment of a process that lies in the region and that a bank shows. */
static void for_live_segments(struct memory *memory, const struct region *region,
                              void (*act)(struct banks *banks, unsigned bank,
                                          const struct layout_segment *segment))
{
    for (struct process *process = memory->processes; process != NULL; process = process->next) {
        const int bank = banks_find(memory->banks, process->number);

        for (unsigned i = 0; i < process->layout.count; i++) {
            struct layout_segment *const segment = &process->layout.segments[i];

            if (segment->region != region) {
                continue;
            }
            segment->reg.base = region_base(region);
            segment->reg.size = region->size_bytes;
            if (bank != BANK_NONE) {
                act(memory->banks, (unsigned)bank, segment);
            }
        }
    }
}

static void hide_segment(struct banks *banks, unsigned bank, const struct layout_segment *segment)
{
    banks_hide(banks, bank, segment->segment);
}

static void show_segment(struct banks *banks, unsigned bank, const struct layout_segment *segment)
{
    banks_write(banks, bank, segment->segment, &segment->reg, NULL);
}

void memory_hide(struct memory *memory, const struct region *region)
{
    for_live_segments(memory, region, hide_segment);
}

void memory_show(struct memory *memory, const struct region *region)
{
    for_live_segments(memory, region, show_segment);
}

/* --- the log --- */

static struct memory_log_figures figures_now(const struct memory *memory)
{
    struct allocator_figures figures;

    allocator_figures(memory->allocator, &figures);
    return (struct memory_log_figures){
        .free_bytes = figures.free_bytes,
        .largest_free_bytes = figures.largest_free_bytes,
        .free_blocks = figures.free_blocks,
        .used_bytes = figures.used_bytes,
        .asked_bytes = figures.asked_bytes,
    };
}

void memory_tell(struct memory *memory, const struct region *region, enum memory_change change)
{
    const struct memory_log_figures figures = figures_now(memory);

    memory->changes++;
    accounts_event(memory->accounts,
                   memory_log_place(memory->log, region->log_region, change, region->extent.address,
                                    region->extent.reserved_bytes, region->size_bytes, &figures));
}

static void tell_gone(struct memory *memory, const struct region *region, enum memory_change change)
{
    const struct memory_log_figures figures = figures_now(memory);

    memory->changes++;
    accounts_event(memory->accounts,
                   memory_log_remove(memory->log, region->log_region, change, &figures));
}

/* --- beginning and end --- */

static int compare_ranges(const void *a, const void *b)
{
    const struct layout_range *const one = a;
    const struct layout_range *const other = b;

    return one->begin < other->begin ? -1 : one->begin > other->begin;
}

/* What the machine file's segments may occupy, in all contexts, is nobody else's. They may overlap
 * one another, or lie in the same granule. */
static bool take_given(struct memory *memory, const struct machine *machine, struct error *error)
{
    struct layout_range *const ranges = calloc(machine->segment_count + 1, sizeof(*ranges));
    const uint64_t managed_bytes = memory_managed_bytes(memory);
    uint64_t taken_end = 0;
    bool is_taken = true;

    if (ranges == NULL) {
        return error_set(error, "out of memory");
    }
    for (unsigned i = 0; i < machine->segment_count; i++) {
        ranges[i] = layout_range(&machine->segments[i].reg, machine->segments[i].max_size_bytes);
    }
    qsort(ranges, machine->segment_count, sizeof(*ranges), compare_ranges);
    for (unsigned i = 0; i < machine->segment_count && is_taken; i++) {
        const uint64_t begin = ranges[i].begin > taken_end ? ranges[i].begin : taken_end;
        const uint64_t end = ranges[i].end < managed_bytes ? ranges[i].end : managed_bytes;
        struct extent extent;

        if (begin < end) {
            is_taken = allocator_take_at(memory->allocator, begin, end - begin, true, &extent) ||
                       error_set(error, "%s: out of memory", machine->path);
            taken_end = is_taken ? extent.address + extent.reserved_bytes : end;
        }
    }
    free(ranges);
    return is_taken;
}

bool memory_init(struct memory *memory, const struct machine *machine,
                 const struct memory_options *options, struct error *error)
{
    const uint64_t ram_bytes = memory->target->ram_bytes;

    memory->options = *options;
    memory->random.state = options->base_seed;
    if (memory->options.granule == 0) {
        memory->options.granule = ram_bytes >= GRANULE_LARGE_MEMORY ? GRANULE_LARGE : GRANULE_SMALL;
    }
    memory->allocator = allocator_new(
        &(struct allocator_options){
            .size_bytes = ram_bytes,
            .granule = memory->options.granule,
            .policy = options->policy,
            .no_coalesce = options->no_coalesce,
        },
        error);
    return memory->allocator != NULL && take_given(memory, machine, error);
}

void memory_end(struct memory *memory)
{
    while (memory->regions != NULL) {
        struct region *const region = memory->regions;

        memory->regions = region->next;
        free(region->copy.pieces);
        free(region);
    }
    allocator_free(memory->allocator);
    memory->allocator = NULL;
}

/* --- finding room --- */

/* Bases in a free block that leave room. */
static uint64_t bases_in(uint64_t block_bytes, uint64_t size_bytes)
{
    return block_bytes < size_bytes ? 0 : block_bytes - size_bytes + 1;
}

/* Every base that leaves room is equally likely. */
static bool take_at_random(struct memory *memory, uint64_t size_bytes, struct extent *extent)
{
    uint64_t bases = 0;
    uint64_t choice;
    uint64_t block, bytes;

    for (uint64_t from = 0; allocator_next_free(memory->allocator, from, &block, &bytes);
         from = block + bytes) {
        bases += bases_in(bytes, size_bytes);
    }
    if (bases == 0) {
        return false;
    }
    choice = random_below(&memory->random, bases);
    for (uint64_t from = 0; allocator_next_free(memory->allocator, from, &block, &bytes);
         from = block + bytes) {
        const uint64_t here = bases_in(bytes, size_bytes);

        if (choice < here) {
            return allocator_take_at(memory->allocator, block + choice, size_bytes, false, extent);
        }
        choice -= here;
    }
    return false;
}

/* As memory lies now. */
bool memory_take_extent(struct memory *memory, uint64_t size_bytes, struct extent *extent)
{
    return (memory->options.base_seed != 0 && take_at_random(memory, size_bytes, extent)) ||
           allocator_take(memory->allocator, size_bytes, extent);
}

/* Compaction may be what lacks: as many bytes more are free, somewhere. */
bool memory_may_compact(const struct memory *memory, uint64_t bytes)
{
    struct allocator_figures figures;

    allocator_figures(memory->allocator, &figures);
    return !memory->options.no_compact && figures.free_bytes >= bytes;
}

/* Enough is free, but in pieces. */
static bool is_scattered(const struct memory *memory)
{
    struct allocator_figures figures;

    allocator_figures(memory->allocator, &figures);
    return figures.free_blocks > 1;
}

bool memory_make_room(struct memory *memory, const struct process *sparing)
{
    return memory->make_room != NULL && memory->make_room(memory->context, sparing);
}

/* Room for `size_bytes`, by all means. */
static bool find_extent(struct memory *memory, uint64_t size_bytes, const struct process *process,
                        struct extent *extent)
{
    /* An extent has an address of its own even where its segment is empty. */
    const uint64_t bytes = size_bytes > 0 ? size_bytes : 1;

    do {
        if (memory_take_extent(memory, bytes, extent)) {
            return true;
        }
        if (memory_may_compact(memory, bytes) && is_scattered(memory)) {
            memory_compact(memory, UINT64_MAX);
            if (allocator_take(memory->allocator, bytes, extent)) {
                return true;
            }
        }
    } while (bytes <= memory->target->ram_bytes && memory_make_room(memory, process));
    memory->figures.refusals++;
    return false;
}

/* An extent knows its region. */
void memory_tag(struct memory *memory, const struct region *region)
{
    allocator_tag(memory->allocator, region->extent.address, (uint64_t)(uintptr_t)region);
}

static struct region *new_region(struct memory *memory, uint64_t size_bytes, bool grows_down,
                                 const struct process *process, const char *name)
{
    struct region *const region = calloc(1, sizeof(*region));

    if (region != NULL) {
        region->size_bytes = size_bytes;
        region->grows_down = grows_down;
        region->users = 1;
        region->log_region = memory_log_region(memory->log, process->number, name);
        if (grows_down) {
            memory_log_grows_down(memory->log, region->log_region);
        }
    }
    return region;
}

static void add_region(struct memory *memory, struct region *region)
{
    struct region **last = &memory->regions;

    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = region;
}

struct region *memory_take(struct memory *memory, uint64_t size_bytes, bool grows_down,
                           const struct process *process, const char *name)
{
    struct region *const region = new_region(memory, size_bytes, grows_down, process, name);

    if (region == NULL || !memory_bring_in(memory, region, process)) {
        free(region);
        return NULL;
    }
    add_region(memory, region);
    return region;
}

bool memory_bring_in(struct memory *memory, struct region *region, const struct process *process)
{
    if (!find_extent(memory, region->size_bytes, process, &region->extent)) {
        return false;
    }
    region->is_resident = true;
    memory_tag(memory, region);
    memory_show(memory, region); /* the books of those whose it is */
    memory_tell(memory, region, region->is_on_disk ? MEMORY_SWAPPED_IN : MEMORY_NEW);
    return true;
}

void memory_put_out(struct memory *memory, struct region *region)
{
    memory_clear(memory, region_first(region), region->size_bytes);
    allocator_give(memory->allocator, region->extent.address);
    region->is_resident = false;
    tell_gone(memory, region, region->is_on_disk ? MEMORY_SWAPPED_OUT : MEMORY_FREED);
}

struct region *memory_take_fixed(struct memory *memory, const struct mmu_segment *reg,
                                 uint64_t max_size_bytes, const struct process *process,
                                 const char *name)
{
    const struct layout_range range = layout_range(reg, max_size_bytes);
    struct region *const region =
        new_region(memory, reg->size, (reg->flags & MMU_FLAG_GROWS_DOWN) != 0, process, name);

    if (region != NULL) {
        region->extent =
            (struct extent){range.begin, range.end - range.begin, reg->size, .is_pinned = true};
        region->is_fixed = true;
        region->is_resident = true;
        add_region(memory, region);
        memory_tell(memory, region, MEMORY_NEW);
    }
    return region;
}

static bool is_same_key(const struct region_key *a, const struct region_key *b)
{
    return a->image == b->image && a->segment == b->segment && a->device == b->device &&
           a->inode == b->inode && a->offset == b->offset;
}

struct region *memory_share(struct memory *memory, const struct region_key *key)
{
    static const struct region_key none;

    if (is_same_key(key, &none)) {
        return NULL;
    }
    for (struct region *region = memory->regions; region != NULL; region = region->next) {
        if (is_same_key(&region->key, key)) {
            region->users++;
            memory->figures.shares++;
            memory->figures.shared_bytes += region->size_bytes;
            memory_log_share(memory->log, region->log_region);
            return region;
        }
    }
    return NULL;
}

void memory_release(struct memory *memory, struct region *region)
{
    struct region **link = &memory->regions;

    if (--region->users > 0) {
        return;
    }
    if (region->is_fixed) {
        memory_clear(memory, region_first(region), region->size_bytes);
        tell_gone(memory, region, MEMORY_FREED);
    } else if (region->is_resident) {
        region->is_on_disk = false;
        memory_put_out(memory, region);
    }
    while (*link != region) {
        link = &(*link)->next;
    }
    *link = region->next;
    free(region->copy.pieces);
    free(region);
}
