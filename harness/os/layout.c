/* SPDX-License-Identifier: MIT */
#include "os/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    LAYOUT_MIN_STACK = 128,          /* bytes; a program with less cannot call a function */
    LAYOUT_INITIAL_STACK = 64 << 10, /* bytes; what is there before it grows by fault */
    LAYOUT_MAX_STACK = 8 << 20,      /* bytes; as Linux gives */
};

static const uint64_t cpu_space_bytes = UINT64_C(1) << 32; /* of the 32-bit guests */

/* What one segment register must hold. */
struct need {
    const struct machine_segment *given; /* NULL: laid out here */
    uint64_t end;                        /* offset one past its last part; 0: no part */
    uint64_t writable_end;               /* the same of its writable parts */
    uint64_t image_bytes;
    uint8_t access;
};

struct plan {
    const struct layout_options *options;
    const struct mmu_config *mmu;
    uint64_t span_bytes;
    uint64_t reach_bytes; /* virtual addresses that both CPU and MMU have */
    struct need needs[MMU_MAX_SEGMENTS];
    int heap;  /* segment number, -1: none */
    int stack; /* segment number */
};

static uint64_t min_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The virtual address of offset 0 of a segment. */
static uint64_t segment_vaddr(const struct plan *plan, int segment)
{
    return plan->mmu->select == MMU_SELECT_NAMED ? 0 : (uint64_t)segment * plan->span_bytes;
}

/* Offsets of a segment that the CPU's addresses reach. */
static uint64_t reachable_span(const struct plan *plan, int segment)
{
    const uint64_t first = segment_vaddr(plan, segment);

    return first >= plan->reach_bytes ? 0 : min_of(plan->span_bytes, plan->reach_bytes - first);
}

static bool given_grows_down(const struct need *need)
{
    return need->given != NULL && (need->given->reg.flags & MMU_FLAG_GROWS_DOWN);
}

/* Notes that `part` lies in `segment` from `offset` on. */
static bool add_part(struct plan *plan, unsigned segment, const struct image_part *part,
                     uint64_t offset, struct error *error)
{
    struct need *const need = &plan->needs[segment];
    const uint64_t end = offset + part->memory_bytes;

    if (need->given != NULL) {
        const uint64_t size = need->given->reg.size;
        const uint64_t first = given_grows_down(need) ? plan->span_bytes - size : 0;
        const uint64_t last = given_grows_down(need) ? plan->span_bytes : size;

        if (offset < first || end > last) {
            return error_set(error,
                             "%s: program header %u does not fit into segment %u (%s) of %s: "
                             "offsets 0x%" PRIx64 "..0x%" PRIx64 ", expected within 0x%" PRIx64
                             "..0x%" PRIx64,
                             plan->options->image->path, part->header, segment, need->given->name,
                             plan->options->machine->path, offset, end, first, last);
        }
    }
    need->end = end > need->end ? end : need->end;
    if ((part->access & MMU_FLAG_WRITE) && end > need->writable_end) {
        need->writable_end = end;
    }
    need->image_bytes += part->memory_bytes;
    need->access |= part->access;
    return true;
}

/* Which segment each part lies in. */
static bool assign_parts(struct plan *plan, struct error *error)
{
    const struct image *const image = plan->options->image;

    for (unsigned i = 0; i < image->part_count; i++) {
        const struct image_part *const part = &image->parts[i];
        const uint64_t end = part->vaddr + part->memory_bytes;

        if (end > plan->reach_bytes) {
            return error_set(error,
                             "%s: program header %u at 0x%x..0x%" PRIx64
                             " lies outside the %u-bit addresses of %s (0..0x%" PRIx64 ")",
                             image->path, part->header, part->vaddr, end, plan->mmu->va_w,
                             plan->options->machine->path, plan->reach_bytes);
        }
        if (plan->mmu->select == MMU_SELECT_NAMED) {
            if (((part->access & MMU_FLAG_EXECUTE) &&
                 !add_part(plan, 0, part, part->vaddr, error)) ||
                !add_part(plan, 1, part, part->vaddr, error)) {
                return false;
            }
            continue;
        }
        if (part->vaddr / plan->span_bytes != (end - 1) / plan->span_bytes) {
            return error_set(
                error,
                "%s: program header %u at 0x%x..0x%" PRIx64 " crosses from segment %" PRIu64
                " into %" PRIu64 "; a segment of %s spans 0x%" PRIx64 " bytes",
                image->path, part->header, part->vaddr, end, part->vaddr / plan->span_bytes,
                (end - 1) / plan->span_bytes, plan->options->machine->path, plan->span_bytes);
        }
        if (!add_part(plan, (unsigned)(part->vaddr / plan->span_bytes), part,
                      part->vaddr % plan->span_bytes, error)) {
            return false;
        }
    }
    return true;
}

/* A given segment with this name, or -1. */
static int find_given(const struct plan *plan, const char *name)
{
    for (int s = 0; s < (int)mmu_segment_count(plan->mmu); s++) {
        if (plan->needs[s].given != NULL && strcmp(plan->needs[s].given->name, name) == 0) {
            return s;
        }
    }
    return -1;
}

/* The segment with the highest writable part, or -1. */
static int highest_writable(const struct plan *plan)
{
    for (int s = (int)mmu_segment_count(plan->mmu) - 1; s >= 0; s--) {
        if (plan->needs[s].writable_end > 0) {
            return s;
        }
    }
    return -1;
}

/* The segment with the highest part. */
static int highest_used(const struct plan *plan)
{
    for (int s = (int)mmu_segment_count(plan->mmu) - 1; s > 0; s--) {
        if (plan->needs[s].end > 0) {
            return s;
        }
    }
    return 0;
}

/* A given stack; else where the program's own symbol says; else a segment of its own; else the end
 * of the data's segment. */
static int choose_stack(const struct plan *plan)
{
    const uint32_t wanted = plan->options->image->stack_top;
    const int named = find_given(plan, "stack");
    const int data = highest_writable(plan);

    if (plan->mmu->select == MMU_SELECT_NAMED) {
        return 1;
    }
    if (named >= 0) {
        return named;
    }
    for (int s = (int)mmu_segment_count(plan->mmu) - 1; s >= 0; s--) {
        if (given_grows_down(&plan->needs[s]) && plan->needs[s].end == 0) {
            return s;
        }
    }
    if (wanted > 0 && wanted <= plan->reach_bytes) {
        return (int)((wanted - 1) / plan->span_bytes);
    }
    for (int s = (int)mmu_segment_count(plan->mmu) - 1; s >= 0; s--) {
        if (plan->needs[s].given == NULL && plan->needs[s].end == 0 &&
            reachable_span(plan, s) == plan->span_bytes) {
            return s;
        }
    }
    return data >= 0 ? data : highest_used(plan);
}

static bool make_plan(struct plan *plan, const struct layout_options *options, struct error *error)
{
    const struct machine *const machine = options->machine;
    int heap;

    memset(plan, 0, sizeof(*plan));
    plan->options = options;
    plan->mmu = &machine->mmu;
    plan->span_bytes = mmu_span(plan->mmu);
    plan->reach_bytes = min_of(cpu_space_bytes, UINT64_C(1) << plan->mmu->va_w);
    if (plan->mmu->select == MMU_SELECT_NAMED && plan->mmu->seg_bits == 0) {
        return error_set(error,
                         "%s: a guest needs two segments where they are named (0 for fetches, 1 "
                         "for data), but segment_bits is 0",
                         machine->path);
    }
    for (unsigned i = 0; i < machine->segment_count; i++) {
        if (machine->segments[i].context == options->context) {
            plan->needs[machine->segments[i].segment].given = &machine->segments[i];
        }
    }
    if (!assign_parts(plan, error)) {
        return false;
    }
    plan->stack = choose_stack(plan);
    heap = find_given(plan, "heap");
    heap = heap >= 0 ? heap : highest_writable(plan);
    heap = heap >= 0 ? heap : plan->needs[plan->stack].end > 0 ? plan->stack : -1;
    plan->heap = heap >= 0 && given_grows_down(&plan->needs[heap]) ? -1 : heap;
    return true;
}

/* The first break, as an offset: Linux begins on a page, picolibc at the byte. */
static uint64_t heap_offset(const struct plan *plan)
{
    const uint64_t end = plan->needs[plan->heap].end;

    return plan->options->image->isa == GUEST_I386 ? (end + 4095) & ~UINT64_C(4095) : end;
}

/* What is proportionate to the memory. */
struct rooms {
    uint64_t heap_bytes;        /* between image and stack where they share a segment */
    uint64_t stack_bytes;       /* likewise */
    uint64_t first_stack_bytes; /* of a stack in a segment of its own, before it grows by fault */
    uint64_t last_stack_bytes;  /* that it may grow to */
};

/* The register and limits of one segment that is laid out here, its base apart. */
static void size_segment(const struct plan *plan, int segment, const struct rooms *rooms,
                         struct layout_segment *out)
{
    const struct need *const need = &plan->needs[segment];
    const uint64_t span = reachable_span(plan, segment);
    const uint32_t wanted_top = plan->options->image->stack_top;
    const bool has_stack = segment == plan->stack;
    const bool has_heap = segment == plan->heap;
    uint64_t size = need->end;
    uint8_t flags = (uint8_t)(MMU_FLAG_PRESENT | need->access);
    const char *name = need->access & MMU_FLAG_EXECUTE ? "code" : "data";

    if (plan->mmu->select == MMU_SELECT_NAMED) {
        /* Each register is used for one kind of access; the other kinds stay forbidden. */
        flags = segment == 0 ? MMU_FLAG_PRESENT | MMU_FLAG_EXECUTE | MMU_FLAG_READ
                             : MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE;
        name = segment == 0 ? "code" : "data";
    } else if (has_stack) {
        flags |= MMU_FLAG_READ | MMU_FLAG_WRITE;
    }
    if (has_heap) {
        size = min_of(span, heap_offset(plan));
    }
    out->max_size_bytes = size;
    if (has_stack && need->end == 0) {
        name = "stack";
        flags |= MMU_FLAG_GROWS_DOWN;
        out->max_size_bytes =
            min_of(span, rooms->last_stack_bytes > LAYOUT_MIN_STACK ? rooms->last_stack_bytes
                                                                    : LAYOUT_MIN_STACK);
        size = min_of(rooms->first_stack_bytes, out->max_size_bytes / 2);
    } else if (has_stack && wanted_top > segment_vaddr(plan, segment) + need->end) {
        size = min_of(span, wanted_top - segment_vaddr(plan, segment));
        out->max_size_bytes = size;
    } else if (has_stack) {
        size = min_of(span, size + (has_heap ? rooms->heap_bytes : 0) + rooms->stack_bytes);
        out->max_size_bytes = size;
    } else if (has_heap) {
        out->max_size_bytes = span;
    }
    snprintf(out->name, sizeof(out->name), "%s", name);
    out->reg = (struct mmu_segment){.size = size, .flags = flags};
}

/* The register of every segment that is given or needed. */
static void size_segments(const struct plan *plan, const struct rooms *rooms, struct layout *layout)
{
    memset(layout, 0, sizeof(*layout));
    layout->heap = -1;
    for (int s = 0; s < (int)mmu_segment_count(plan->mmu); s++) {
        const struct need *const need = &plan->needs[s];
        struct layout_segment *const out = &layout->segments[layout->count];

        if (need->given == NULL && need->end == 0 && s != plan->stack) {
            continue;
        }
        out->segment = (uint8_t)s;
        out->image_bytes = need->image_bytes;
        if (need->given != NULL) {
            snprintf(out->name, sizeof(out->name), "%s", need->given->name);
            out->is_given = !plan->options->is_movable;
            out->reg = need->given->reg;
            out->max_size_bytes = need->given->max_size_bytes;
        } else {
            size_segment(plan, s, rooms, out);
        }
        layout->heap = s == plan->heap ? (int)layout->count : layout->heap;
        layout->stack = s == plan->stack ? (int)layout->count : layout->stack;
        layout->count++;
    }
}

/* Where in their segments heap and stack begin and end. */
static bool set_limits(const struct plan *plan, const struct rooms *rooms, struct layout *layout,
                       struct error *error)
{
    const struct layout_segment *const stack = &layout->segments[layout->stack];
    const uint64_t stack_vaddr = segment_vaddr(plan, plan->stack);
    const uint32_t wanted_top = plan->options->image->stack_top;
    uint64_t lowest = stack_vaddr + plan->needs[plan->stack].end;

    if (layout->heap >= 0) {
        const uint64_t heap_vaddr = segment_vaddr(plan, plan->heap);

        layout->heap_start = heap_vaddr + heap_offset(plan);
        layout->heap_limit = heap_vaddr + layout->segments[layout->heap].max_size_bytes;
    }
    if (stack->reg.flags & MMU_FLAG_GROWS_DOWN) {
        layout->stack_top = stack_vaddr + plan->span_bytes;
        lowest = layout->stack_top - stack->max_size_bytes;
    } else {
        layout->stack_top = stack_vaddr + stack->reg.size;
    }
    if (wanted_top > stack_vaddr && wanted_top < layout->stack_top) {
        layout->stack_top = wanted_top;
    }
    layout->stack_top &= ~UINT64_C(15);
    layout->stack_limit = lowest;
    if (layout->heap == layout->stack && layout->stack_top >= layout->heap_start) {
        const uint64_t between = layout->stack_top - layout->heap_start;

        layout->stack_limit = layout->stack_top - min_of(rooms->stack_bytes, between / 2);
        layout->stack_limit &= ~UINT64_C(15);
        layout->heap_limit = layout->stack_limit;
    }
    if (layout->heap_limit < layout->heap_start) {
        layout->heap_limit = layout->heap_start;
    }
    /* A program may keep its stack inside its own data. */
    if (wanted_top == 0 && (layout->stack_top < layout->stack_limit ||
                            layout->stack_top - layout->stack_limit < LAYOUT_MIN_STACK)) {
        return error_set(error,
                         "%s: no room for a stack in segment %d (%s): the image ends at 0x%" PRIx64
                         ", the segment at 0x%" PRIx64 "; at least %d bytes are needed",
                         plan->options->image->path, plan->stack, stack->name,
                         stack_vaddr + plan->needs[plan->stack].end, layout->stack_top,
                         LAYOUT_MIN_STACK);
    }
    return true;
}

struct layout_range layout_range(const struct mmu_segment *reg, uint64_t size_bytes)
{
    const bool grows_down = reg->flags & MMU_FLAG_GROWS_DOWN;

    if (grows_down) {
        return (struct layout_range){reg->base - min_of(size_bytes, reg->base), reg->base};
    }
    return (struct layout_range){reg->base, reg->base + size_bytes};
}

/* The largest power of two that is no more; 0 for 0. */
static uint64_t power_of_two(uint64_t bytes)
{
    return bytes == 0 ? 0 : UINT64_C(1) << (63 - __builtin_clzll(bytes));
}

static struct rooms rooms_of(const struct layout_options *options)
{
    const uint64_t part =
        power_of_two(options->memory_bytes / (options->programs > 0 ? options->programs : 1));
    const uint64_t stack_bytes = min_of(LAYOUT_MAX_STACK, part / 8);

    return (struct rooms){
        .heap_bytes = part / 4 >> options->economy,
        .stack_bytes =
            (stack_bytes < LAYOUT_MIN_STACK ? LAYOUT_MIN_STACK : stack_bytes) >> options->economy,
        .first_stack_bytes = min_of(LAYOUT_INITIAL_STACK, part / 32),
        .last_stack_bytes = min_of(LAYOUT_MAX_STACK, power_of_two(options->memory_bytes) / 8),
    };
}

bool layout_can_save(const struct layout_options *options)
{
    return rooms_of(options).stack_bytes / 2 >= LAYOUT_MIN_STACK;
}

bool layout_make(const struct layout_options *options, struct layout *layout, struct error *error)
{
    const struct rooms rooms = rooms_of(options);
    struct plan plan;

    if (!make_plan(&plan, options, error)) {
        return false;
    }
    size_segments(&plan, &rooms, layout);
    return set_limits(&plan, &rooms, layout, error);
}

/* Copies the part of the image that lies in `segment`. */
static void load_part(const struct layout_segment *segment, uint64_t span_bytes, uint64_t offset,
                      const struct image_part *part, uint8_t *ram)
{
    const struct mmu_segment *const reg = &segment->reg;
    const uint64_t paddr =
        reg->flags & MMU_FLAG_GROWS_DOWN ? reg->base - (span_bytes - offset) : reg->base + offset;

    memcpy(ram + paddr, part->bytes, part->file_bytes);
}

void layout_load(const struct layout *layout, unsigned index, const struct mmu_config *mmu,
                 const struct image *image, uint8_t *ram)
{
    const struct layout_segment *const segment = &layout->segments[index];
    const uint64_t span_bytes = mmu_span(mmu);

    for (unsigned i = 0; i < image->part_count; i++) {
        const struct image_part *const part = &image->parts[i];

        if (mmu->select == MMU_SELECT_NAMED) {
            if (segment->segment == 1 ||
                (segment->segment == 0 && (part->access & MMU_FLAG_EXECUTE))) {
                load_part(segment, span_bytes, part->vaddr, part, ram);
            }
        } else if (segment->segment == part->vaddr / span_bytes) {
            load_part(segment, span_bytes, part->vaddr % span_bytes, part, ram);
        }
    }
}
