/* SPDX-License-Identifier: MIT */
#include "os/mapping.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Answers from here on are error numbers (Linux, IS_ERR_VALUE). */
#define ERROR_ADDRESSES UINT64_C(0xfffff000)

/* --- which segment --- */

uint64_t mapping_vaddr(const struct process *process, const struct layout_segment *segment)
{
    return segment->segment * mmu_span(&process->target->config);
}

struct layout_segment *mapping_find(struct process *process, uint64_t vaddr)
{
    for (unsigned i = 0; i < process->layout.count; i++) {
        struct layout_segment *const segment = &process->layout.segments[i];

        if (segment->mapping != NULL && vaddr >= mapping_vaddr(process, segment) &&
            vaddr - mapping_vaddr(process, segment) < segment->mapping->size_bytes) {
            return segment;
        }
    }
    return NULL;
}

/* Bytes that a mapping in this segment may have: the CPU reaches so many. */
static uint64_t room_in(const struct process *process, unsigned number)
{
    const struct mmu_config *const config = &process->target->config;
    const uint64_t span = mmu_span(config);
    const uint64_t first = number * span;
    const uint64_t all = UINT64_C(1) << config->va_w;
    const uint64_t reach = all < ERROR_ADDRESSES ? all : ERROR_ADDRESSES;

    return first >= reach ? 0 : reach - first < span ? reach - first : span;
}

/* Nothing lies in it. A mapping at address 0 would look like none. */
static bool is_free(struct process *process, unsigned number, uint64_t size_bytes)
{
    return number > 0 && process_find_segment(process, (uint8_t)number) == NULL &&
           size_bytes <= room_in(process, number);
}

/* Where a mapping of this size goes: where it should, if that can be. -1: nowhere. */
static int choose_number(struct process *process, const struct mapping_request *request,
                         uint64_t size_bytes)
{
    const struct mmu_config *const config = &process->target->config;
    const unsigned count = mmu_segment_count(config);
    const uint64_t wanted = request->vaddr / mmu_span(config);

    if (config->select == MMU_SELECT_NAMED) {
        return -1;
    }
    if (request->vaddr % mmu_span(config) == 0 && wanted < count &&
        is_free(process, (unsigned)wanted, size_bytes)) {
        return (int)wanted;
    }
    for (unsigned number = 0; number < count && !request->is_fixed; number++) {
        if (is_free(process, number, size_bytes)) {
            return (int)number;
        }
    }
    return -1;
}

/* --- its register --- */

static bool write_register(const struct process *process, const struct layout_segment *segment)
{
    struct memory *const memory = process->memory;
    const int bank = banks_find(memory->banks, process->number);

    memory->changes++;
    return bank == BANK_NONE ||
           banks_write(memory->banks, (unsigned)bank, segment->segment, &segment->reg, NULL);
}

static void hide_register(const struct process *process, const struct layout_segment *segment)
{
    struct memory *const memory = process->memory;
    const int bank = banks_find(memory->banks, process->number);

    memory->changes++;
    if (bank != BANK_NONE) {
        banks_hide(memory->banks, (unsigned)bank, segment->segment);
    }
}

/* A new segment of the layout, where its number puts it. */
static struct layout_segment *insert(struct layout *layout, const struct layout_segment *segment)
{
    unsigned index = 0;

    while (index < layout->count && layout->segments[index].segment < segment->segment) {
        index++;
    }
    memmove(&layout->segments[index + 1], &layout->segments[index],
            (layout->count - index) * sizeof(*segment));
    layout->segments[index] = *segment;
    layout->count++;
    layout->heap += layout->heap >= (int)index;
    layout->stack += layout->stack >= (int)index;
    return &layout->segments[index];
}

static void delete (struct layout *layout, struct layout_segment *segment)
{
    const unsigned index = (unsigned)(segment - layout->segments);

    layout->count--;
    memmove(segment, segment + 1, (layout->count - index) * sizeof(*segment));
    layout->heap -= layout->heap > (int)index;
    layout->stack -= layout->stack > (int)index;
}

/* --- its memory --- */

static bool make_key(const struct mapping *mapping, struct region_key *key)
{
    *key = (struct region_key){.offset = mapping->offset_bytes};
    return mapping->file != NULL && mapping->is_shared &&
           files_map_identity(mapping->file, &key->device, &key->inode) &&
           (key->device | key->inode) != 0;
}

/* A region of the mapping's own, with the bytes of its file. 0 or -errno. */
static int64_t take_region(struct process *process, struct layout_segment *segment)
{
    struct mapping *const mapping = segment->mapping;
    char name[128];
    int64_t status;

    snprintf(name, sizeof(name), "%s (%" PRIu32 ")", segment->name, process->pid);
    segment->region = memory_take(process->memory, mapping->size_bytes, false, process, name);
    if (segment->region == NULL) {
        return -ENOMEM;
    }
    status = mapping_read_file(process, segment, 0, mapping->size_bytes);
    if (status < 0) {
        memory_release(process->memory, segment->region);
        return status;
    }
    return 0;
}

/* Makes the region as large as the mapping at least. */
static int64_t grow_region(struct process *process, const struct layout_segment *segment)
{
    struct region *const region = segment->region;
    const uint64_t old_size = region->size_bytes;
    const uint64_t new_size = segment->mapping->size_bytes;
    int64_t status;

    if (new_size <= old_size) {
        return 0;
    }
    if (!memory_resize(process->memory, region, new_size, process)) {
        return -ENOMEM;
    }
    status = mapping_read_file(process, segment, old_size, new_size);
    if (status < 0) {
        memory_resize(process->memory, region, old_size, process);
    }
    return status < 0 ? status : 0;
}

/* The region that others who map the file lie in, grown if they mapped less. */
static int64_t join_region(struct process *process, const struct layout_segment *segment)
{
    struct region *const region = segment->region;
    int64_t status = -ENOMEM;

    if (region->is_resident ||
        process->services->bring_in(process->services->context, process, region)) {
        status = grow_region(process, segment);
    }
    if (status < 0) {
        memory_release(process->memory, region);
    }
    return status;
}

/* The memory of a new mapping. 0 or -errno. */
static int64_t find_region(struct process *process, struct layout_segment *segment)
{
    struct region_key key;
    const bool has_key = make_key(segment->mapping, &key);
    int64_t status;

    segment->region = has_key ? memory_share(process->memory, &key) : NULL;
    if (segment->region != NULL) {
        return join_region(process, segment);
    }
    status = take_region(process, segment);
    if (status == 0 && has_key) {
        segment->region->key = key;
    }
    return status;
}

static void free_mapping(struct mapping *mapping)
{
    files_unmap(mapping->file);
    free(mapping->clean);
    free(mapping);
}

/* --- mappings --- */

static void name_segment(struct layout_segment *segment)
{
    char name[256];

    if (segment->mapping->file == NULL) {
        snprintf(segment->name, sizeof(segment->name), "mmap");
        return;
    }
    files_map_name(segment->mapping->file, name, sizeof(name));
    snprintf(segment->name, sizeof(segment->name), "map of %.24s", name);
}

/* Puts a mapping into a segment that is free. 0 or -errno; the mapping is then still the caller's.
 */
static int64_t place(struct process *process, unsigned number, struct mapping *mapping,
                     const struct mapping_request *request)
{
    struct layout_segment segment = {
        .segment = (uint8_t)number,
        .reg.flags = MMU_FLAG_PRESENT | request->access,
        .max_size_bytes = room_in(process, number),
        .image_bytes = request->size_bytes,
        .mapping = mapping,
    };
    struct layout_segment *inserted;
    int64_t status;

    name_segment(&segment);
    status = find_region(process, &segment);
    if (status < 0) {
        return status;
    }
    if (!mapping_note_clean(process, &segment, 0)) {
        memory_release(process->memory, segment.region);
        return -ENOMEM;
    }
    segment.reg.base = region_base(segment.region);
    segment.reg.size = segment.region->size_bytes;
    inserted = insert(&process->layout, &segment);
    if (!write_register(process, inserted)) {
        hide_register(process, inserted);
        memory_release(process->memory, inserted->region);
        delete (&process->layout, inserted);
        return -ENOMEM;
    }
    return (int64_t)mapping_vaddr(process, inserted);
}

/* A fixed address takes the place of a mapping of the same size. 0 or -errno. */
static int64_t make_way(struct process *process, const struct mapping_request *request,
                        uint64_t size_bytes)
{
    struct layout_segment *const old = mapping_find(process, request->vaddr);

    if (!request->is_fixed) {
        return 0;
    }
    if (request->vaddr % MAPPING_PAGE_BYTES != 0) {
        return -EINVAL;
    }
    if (old == NULL) {
        return 0;
    }
    if (request->keeps_others) {
        return -EEXIST;
    }
    if (request->vaddr != mapping_vaddr(process, old) || size_bytes != old->mapping->size_bytes) {
        return -ENOMEM;
    }
    mapping_release(process, old);
    return 0;
}

int64_t mapping_make(struct process *process, const struct mapping_request *request)
{
    const uint64_t size_bytes = mapping_round(request->size_bytes);
    struct mapping *mapping;
    struct file *file = NULL;
    int64_t status = 0;
    int number;

    if (!request->is_anonymous) {
        status = files_map(process->files, request->fd,
                           request->is_shared && (request->access & MMU_FLAG_WRITE), &file);
    }
    if (status == -EBADF || request->size_bytes == 0) {
        files_unmap(file);
        return status == -EBADF ? status : -EINVAL;
    }
    status = status < 0 ? status : make_way(process, request, size_bytes);
    number = status < 0 ? -1 : choose_number(process, request, size_bytes);
    mapping = number < 0 ? NULL : calloc(1, sizeof(*mapping));
    if (mapping == NULL) {
        files_unmap(file);
        return status < 0 ? status : -ENOMEM;
    }
    *mapping = (struct mapping){file, request->offset_bytes, size_bytes, request->is_shared, NULL};
    status = place(process, (unsigned)number, mapping, request);
    if (status < 0) {
        free_mapping(mapping);
    }
    return status;
}

/* What is cut off reaches the file first. */
static int64_t shrink(struct process *process, struct layout_segment *segment, uint64_t size_bytes)
{
    const int64_t status =
        segment->region->users > 1 ? -EINVAL : mapping_write_back(process, segment);

    if (status < 0) {
        return status; /* others need it, or it cannot be kept */
    }
    memory_resize(process->memory, segment->region, size_bytes, process);
    segment->mapping->size_bytes = size_bytes;
    return 0;
}

static int64_t grow(struct process *process, struct layout_segment *segment, uint64_t size_bytes)
{
    struct mapping *const mapping = segment->mapping;
    const uint64_t old_size = mapping->size_bytes;
    int64_t status;

    mapping->size_bytes = size_bytes;
    status = grow_region(process, segment);
    if (status == 0 && !mapping_note_clean(process, segment, old_size)) {
        status = -ENOMEM; /* the region stays larger than the mapping, as with sharers */
    }
    if (status < 0) {
        mapping->size_bytes = old_size;
    }
    return status;
}

int64_t mapping_resize(struct process *process, struct layout_segment *segment, uint64_t size_bytes)
{
    const uint64_t new_size = mapping_round(size_bytes);
    const uint64_t old_size = segment->mapping->size_bytes;
    int64_t status = 0;

    if (new_size > segment->max_size_bytes) {
        return -ENOMEM;
    }
    if (new_size != old_size) {
        status = new_size > old_size ? grow(process, segment, new_size)
                                     : shrink(process, segment, new_size);
    }
    if (status == 0) {
        segment->image_bytes = size_bytes;
    }
    return status;
}

int64_t mapping_protect(struct process *process, struct layout_segment *segment, uint8_t access)
{
    const struct mapping *const mapping = segment->mapping;

    if ((access & MMU_FLAG_WRITE) && mapping->file != NULL && mapping->is_shared &&
        mapping->clean == NULL) {
        return -EACCES;
    }
    segment->reg.flags = MMU_FLAG_PRESENT | access;
    return write_register(process, segment) ? 0 : -ENOMEM;
}

void mapping_release(struct process *process, struct layout_segment *segment)
{
    struct region *const region = segment->region;

    mapping_close(process, segment);
    hide_register(process, segment);
    delete (&process->layout, segment);
    memory_release(process->memory, region);
}
