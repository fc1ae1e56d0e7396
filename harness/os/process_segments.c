/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "os/process.h"
#include "segmmu/names.h"

/* FAULT_STATUS, specification section 3. */
enum {
    STATUS_CODE = 0xF,
    STATUS_ACCESS_SHIFT = 4,
    STATUS_ACCESS = 0x3,
    STATUS_PRIV_SHIFT = 6,
    STATUS_SEGMENT_SHIFT = 8,
    STATUS_SEGMENT = 0xF,
    STATUS_BYTES_SHIFT = 12,
    STATUS_BYTES = 0x1F,
    STATUS_MORE_SHIFT = 30,
    STATUS_VALID_SHIFT = 31,
};

static struct mmu_response access_register(struct process *process, enum mmu_op op, uint8_t reg,
                                           uint64_t value)
{
    const struct mmu_request request = {.op = (uint8_t)op, .priv = 1, .reg = reg, .wdata = value};

    return target_request(process->target, &request, process->cpu->pc, STREAM_SUPERVISOR);
}

static bool write_register(struct process *process, uint8_t reg, uint64_t value,
                           struct error *error)
{
    const struct mmu_response response =
        access_register(process, MMU_OP_WRITE_REGISTER, reg, value);
    char name[16];

    if (response.fault == MMU_FAULT_NONE) {
        return true;
    }
    return error_set(error, "the MMU refused %s = 0x%" PRIx64 ": %s",
                     mmu_register_name(&process->target->config, reg, name, sizeof(name)), value,
                     mmu_fault_name(response.fault));
}

/* A segment whose `present` is clear. */
static bool write_segment(struct process *process, uint8_t segment, const struct mmu_segment *reg,
                          struct error *error)
{
    return write_register(process, MMU_REG_BASE(segment), reg->base, error) &&
           write_register(process, MMU_REG_SIZE(segment), reg->size, error) &&
           write_register(process, MMU_REG_FLAGS(segment), reg->flags, error);
}

bool process_write_segments(struct process *process, struct error *error)
{
    if (!write_register(process, MMU_REG_WINDOW, process->context, error)) {
        return false;
    }
    for (unsigned i = 0; i < process->layout.count; i++) {
        const struct layout_segment *const segment = &process->layout.segments[i];

        if (!write_segment(process, segment->segment, &segment->reg, error)) {
            return false;
        }
    }
    return write_register(process, MMU_REG_CONTEXT, process->context, error);
}

bool process_write_other_contexts(struct process *process, const struct machine *machine,
                                  struct error *error)
{
    for (unsigned i = 0; i < machine->segment_count; i++) {
        const struct machine_segment *const given = &machine->segments[i];

        if (given->context != process->context &&
            (!write_register(process, MMU_REG_WINDOW, given->context, error) ||
             !write_segment(process, given->segment, &given->reg, error))) {
            return false;
        }
    }
    return true;
}

struct fault_record process_take_fault(struct process *process)
{
    const uint64_t status =
        access_register(process, MMU_OP_READ_REGISTER, MMU_REG_FAULT_STATUS, 0).data;
    const uint64_t addr =
        access_register(process, MMU_OP_READ_REGISTER, MMU_REG_FAULT_ADDR, 0).data;

    access_register(process, MMU_OP_WRITE_REGISTER, MMU_REG_FAULT_STATUS, 0);
    process->figures.faults++;
    return (struct fault_record){
        .is_valid = status >> STATUS_VALID_SHIFT & 1,
        .has_more = status >> STATUS_MORE_SHIFT & 1,
        .is_privileged = status >> STATUS_PRIV_SHIFT & 1,
        .code = status & STATUS_CODE,
        .access = status >> STATUS_ACCESS_SHIFT & STATUS_ACCESS,
        .segment = status >> STATUS_SEGMENT_SHIFT & STATUS_SEGMENT,
        .bytes = status >> STATUS_BYTES_SHIFT & STATUS_BYTES,
        .addr = addr,
    };
}

/* True when no other segment of the process lies in `range`. */
static bool is_free(const struct process *process, const struct layout_segment *self,
                    struct place_range range)
{
    for (unsigned i = 0; i < process->layout.count; i++) {
        const struct layout_segment *const other = &process->layout.segments[i];
        const struct place_range taken = layout_range(&other->reg, other->reg.size);

        if (other != self && taken.begin < range.end && range.begin < taken.end) {
            return false;
        }
    }
    return true;
}

/* The physical bytes that a segment gains from `old_size` to `new_size`. */
static struct place_range gained_range(const struct mmu_segment *reg, uint64_t old_size,
                                       uint64_t new_size)
{
    if (reg->flags & MMU_FLAG_GROWS_DOWN) {
        return (struct place_range){reg->base - new_size, reg->base - old_size};
    }
    return (struct place_range){reg->base + old_size, reg->base + new_size};
}

/* Rewrites SIZE of a live segment. False when the bytes that it gains are not free. */
static bool resize(struct process *process, struct layout_segment *segment, uint64_t new_size)
{
    struct mmu_segment *const reg = &segment->reg;
    const uint64_t old_size = reg->size;
    const uint8_t absent = reg->flags & (uint8_t)~MMU_FLAG_PRESENT;

    if (new_size == old_size) {
        return true;
    }
    if (new_size > old_size) {
        const bool grows_down = reg->flags & MMU_FLAG_GROWS_DOWN;
        const uint64_t room = grows_down ? reg->base : process->target->ram_bytes - reg->base;

        if (new_size > segment->max_size_bytes || new_size > room ||
            !is_free(process, segment, gained_range(reg, old_size, new_size))) {
            return false;
        }
    }
    if (!write_register(process, MMU_REG_WINDOW, process->context, NULL) ||
        !write_register(process, MMU_REG_FLAGS(segment->segment), absent, NULL) ||
        !write_register(process, MMU_REG_SIZE(segment->segment), new_size, NULL) ||
        !write_register(process, MMU_REG_FLAGS(segment->segment), reg->flags, NULL)) {
        return false;
    }
    reg->size = new_size;
    return true;
}

/* The layout's segment with a register number, or NULL. */
static struct layout_segment *find_segment(struct process *process, uint8_t number)
{
    for (unsigned i = 0; i < process->layout.count; i++) {
        if (process->layout.segments[i].segment == number) {
            return &process->layout.segments[i];
        }
    }
    return NULL;
}

/* A stack grows in steps that are small beside its maximum. */
static uint64_t growth_step(uint64_t max_size_bytes)
{
    uint64_t step = 16;

    while (step < 4096 && step * 2 <= max_size_bytes / 64) {
        step *= 2;
    }
    return step;
}

bool process_grow_by_fault(struct process *process, const struct fault_record *fault)
{
    const struct mmu_config *const config = &process->target->config;
    const uint64_t span = mmu_span(config);
    struct layout_segment *const segment = find_segment(process, fault->segment);
    uint64_t needed;
    uint64_t step;

    if (!fault->is_valid || fault->code != MMU_FAULT_LIMIT || fault->is_privileged ||
        fault->addr >> config->va_w != 0 || segment == NULL ||
        !(segment->reg.flags & MMU_FLAG_GROWS_DOWN)) {
        return false;
    }
    needed = span - (fault->addr & (span - 1));
    if (needed <= segment->reg.size || needed > segment->max_size_bytes) {
        return false;
    }
    step = growth_step(segment->max_size_bytes);
    needed = (needed + step - 1) / step * step;
    if (needed > segment->max_size_bytes) {
        needed = segment->max_size_bytes;
    }
    if (!resize(process, segment, needed)) {
        return false;
    }
    process->figures.stack_growths++;
    return true;
}

/* Where an offset of a segment that grows up lies. */
static uint8_t *heap_memory(const struct process *process, uint64_t vaddr)
{
    const struct mmu_config *const config = &process->target->config;
    const struct layout_segment *const heap = &process->layout.segments[process->layout.heap];

    return process->target->ram + heap->reg.base + (vaddr & (mmu_span(config) - 1));
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

bool process_set_break(struct process *process, uint64_t brk)
{
    const struct layout *const layout = &process->layout;

    if (layout->heap < 0 || brk < layout->heap_start || brk > layout->heap_limit) {
        return false;
    }
    if (brk == process->brk) {
        return true;
    }
    if (!resize(process, &process->layout.segments[layout->heap],
                heap_segment_size(process, brk))) {
        return false;
    }
    if (brk < process->brk) {
        memset(heap_memory(process, brk), 0, process->brk - brk);
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
