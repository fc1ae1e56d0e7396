/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "os/process.h"

bool process_write_segments(const struct process *process, struct banks *banks, unsigned bank,
                            struct error *error)
{
    const struct layout *const layout = &process->layout;
    unsigned next = 0;

    for (unsigned s = 0; s < banks->segment_count; s++) {
        if (next < layout->count && layout->segments[next].segment == s) {
            if (!banks_write(banks, bank, s, &layout->segments[next].reg, error)) {
                return false;
            }
            next++;
        } else {
            banks_hide(banks, bank, s);
        }
    }
    return true;
}

struct layout_segment *process_find_segment(struct process *process, uint8_t number)
{
    for (unsigned i = 0; i < process->layout.count; i++) {
        if (process->layout.segments[i].segment == number) {
            return &process->layout.segments[i];
        }
    }
    return NULL;
}

bool process_resize(struct process *process, struct layout_segment *segment, uint64_t size_bytes)
{
    return size_bytes <= segment->max_size_bytes &&
           memory_resize(process->memory, segment->region, size_bytes, process);
}

/* The size of the heap's segment when the break is at `brk`. What the machine file gave, and a
 * segment that ends in the stack, stay as large as they are. */
static uint64_t heap_segment_size(const struct process *process, uint64_t brk)
{
    const struct layout *const layout = &process->layout;
    const struct layout_segment *const heap = &layout->segments[layout->heap];
    const uint64_t span = mmu_span(&process->target->config);
    const uint64_t least = layout->heap == layout->stack || heap->is_given ? heap->reg.size : 0;
    const uint64_t size = brk - layout->heap_start + (layout->heap_start & (span - 1));

    return size > least ? size : least;
}

/* What the heap's segment keeps although the break is below it is cleared here; what it loses, when
 * it is made smaller. */
static void clear_heap(struct process *process, uint64_t brk, uint64_t size_bytes)
{
    const struct layout_segment *const heap = &process->layout.segments[process->layout.heap];
    const uint64_t offset = brk & (mmu_span(&process->target->config) - 1);
    const uint64_t end = offset + (process->brk - brk);
    const uint64_t kept = end < size_bytes ? end : size_bytes;

    if (offset < kept) {
        memory_clear(process->memory, heap->reg.base + offset, kept - offset);
    }
}

bool process_set_break(struct process *process, uint64_t brk)
{
    const struct layout *const layout = &process->layout;
    uint64_t size_bytes;

    if (layout->heap < 0 || brk < layout->heap_start || brk > layout->heap_limit) {
        return false;
    }
    if (brk == process->brk) {
        return true;
    }
    size_bytes = heap_segment_size(process, brk);
    if (brk < process->brk) {
        clear_heap(process, brk, size_bytes);
    }
    if (!process_resize(process, &process->layout.segments[layout->heap], size_bytes)) {
        return false;
    }
    process->brk = brk;
    process->figures.break_changes++;
    return true;
}

/* Bytes from the lowest one that is not zero up to the end. */
static uint64_t high_water(const uint8_t *memory, uint64_t bytes)
{
    uint64_t untouched = 0;

    while (untouched < bytes && memory[untouched] == 0) {
        untouched++;
    }
    return bytes - untouched;
}

uint64_t process_used_bytes(const struct process *process, const struct layout_segment *segment)
{
    const struct layout *const layout = &process->layout;
    const uint64_t span = mmu_span(&process->target->config);
    const uint8_t *const ram = process->target->ram;
    const struct mmu_segment *const reg = &segment->reg;
    uint64_t used = segment->image_bytes;

    if (layout->heap >= 0 && segment == &layout->segments[layout->heap]) {
        used += process->brk - layout->heap_start;
    }
    if (segment != &layout->segments[layout->stack] || layout->stack_top <= layout->stack_limit) {
        return used;
    }
    if (reg->flags & MMU_FLAG_GROWS_DOWN) {
        return used + high_water(ram + reg->base - reg->size, reg->size);
    }
    return used + high_water(ram + reg->base + (layout->stack_limit & (span - 1)),
                             layout->stack_top - layout->stack_limit);
}
