/* SPDX-License-Identifier: MIT */
#include "memory_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* --- beginning and end --- */

void memory_world_open_given(struct memory_world *world, uint64_t ram_bytes,
                             struct machine_segment *given, unsigned given_count,
                             struct memory_options options)
{
    memset(world, 0, sizeof(*world));
    world->machine = (struct machine){
        .path = "machine.yaml",
        .mmu = {.va_w = 32, .pa_w = 32, .seg_bits = 4, .contexts = WORLD_BANKS, .stages = 1},
        .memory.ram_bytes = ram_bytes,
        .segments = given,
        .segment_count = given_count,
    };
    os_world_open(&world->os, &world->machine, &options, OS_DISCARD);
    for (unsigned i = 0; i < WORLD_PROCESSES; i++) {
        world->process[i].cpu = &world->cpu;
        world->process[i].layout.heap = -1;
        os_world_add(&world->os, &world->process[i]);
    }
}

void memory_world_open(struct memory_world *world, uint64_t ram_bytes,
                       struct memory_options options)
{
    memory_world_open_given(world, ram_bytes, NULL, 0, options);
}

void memory_world_close(struct memory_world *world)
{
    for (unsigned i = 0; i < WORLD_SHADOWS; i++) {
        free(world->shadows[i].bytes);
    }
    os_world_close(&world->os);
}

/* --- the model --- */

static struct shadow *find_shadow(struct memory_world *world, const struct region *region)
{
    for (unsigned i = 0; i < WORLD_SHADOWS; i++) {
        if (world->shadows[i].region == region) {
            return &world->shadows[i];
        }
    }
    fail_msg("no shadow");
    return NULL;
}

static void add_shadow(struct memory_world *world, const struct region *region, uint64_t size_bytes)
{
    struct shadow *const shadow = find_shadow(world, NULL);

    if (shadow->bytes == NULL) {
        shadow->bytes = malloc(world->os.target->ram_bytes);
        assert_non_null(shadow->bytes);
    }
    shadow->region = region;
    shadow->size_bytes = size_bytes;
    memset(shadow->bytes, 0, size_bytes);
}

/* The physical address of a byte of a segment, counted from the end that stays. */
static uint64_t paddr_of(const struct mmu_segment *reg, uint64_t index)
{
    return reg->flags & MMU_FLAG_GROWS_DOWN ? reg->base - 1 - index : reg->base + index;
}

/* --- segments --- */

static struct layout_segment *next_segment(struct memory_world *world, unsigned process)
{
    struct layout *const layout = &world->process[process].layout;

    for (unsigned i = 0; i < layout->count; i++) {
        if (layout->segments[i].region == NULL) {
            return &layout->segments[i];
        }
    }
    assert_true(layout->count < MMU_MAX_SEGMENTS);
    layout->segments[layout->count].segment = (uint8_t)layout->count;
    return &layout->segments[layout->count++];
}

static unsigned owner_of(const struct memory_world *world, const struct layout_segment *segment)
{
    for (unsigned i = 0; i < WORLD_PROCESSES; i++) {
        const struct layout_segment *const first = world->process[i].layout.segments;

        if (segment >= first && segment < first + MMU_MAX_SEGMENTS) {
            return i;
        }
    }
    fail_msg("a segment of nobody");
    return 0;
}

/* A bank that the process has shows its new segment, too. */
static struct layout_segment *show(struct memory_world *world, struct layout_segment *segment)
{
    const struct process *const process = &world->process[owner_of(world, segment)];
    const int bank = banks_find(&world->os.banks, process->number);

    segment->reg.base = region_base(segment->region);
    segment->reg.size = segment->region->size_bytes;
    if (bank != BANK_NONE) {
        assert_true(
            banks_write(&world->os.banks, (unsigned)bank, segment->segment, &segment->reg, NULL));
    }
    return segment;
}

struct layout_segment *memory_world_take(struct memory_world *world, unsigned process,
                                         uint64_t size_bytes, enum segment_way way)
{
    struct region *const region = memory_take(&world->os.memory, size_bytes, way == SEGMENT_DOWN,
                                              &world->process[process], "segment");
    struct layout_segment *segment;

    if (region == NULL) {
        return NULL;
    }
    segment = next_segment(world, process);
    segment->region = region;
    segment->reg.flags =
        MMU_FLAG_PRESENT | MMU_FLAG_READ | (way == SEGMENT_DOWN ? MMU_FLAG_GROWS_DOWN : 0);
    add_shadow(world, region, size_bytes);
    return show(world, segment);
}

struct layout_segment *memory_world_take_given(struct memory_world *world, unsigned process,
                                               unsigned given)
{
    const struct machine_segment *const from = &world->machine.segments[given];
    struct layout_segment *const segment = next_segment(world, process);

    segment->reg = from->reg;
    segment->region = memory_take_fixed(&world->os.memory, &from->reg, from->max_size_bytes,
                                        &world->process[process], from->name);
    assert_non_null(segment->region);
    add_shadow(world, segment->region, from->reg.size);
    return show(world, segment);
}

struct layout_segment *memory_world_share(struct memory_world *world, unsigned process,
                                          const struct layout_segment *with)
{
    struct layout_segment *const segment = next_segment(world, process);

    with->region->key.image = with->region; /* anything that is its own */
    segment->region = memory_share(&world->os.memory, &with->region->key);
    assert_ptr_equal(segment->region, with->region);
    segment->reg = with->reg;
    return segment->region->is_resident ? show(world, segment) : segment;
}

void memory_world_release(struct memory_world *world, struct layout_segment *segment)
{
    const struct process *const process = &world->process[owner_of(world, segment)];
    const int bank = banks_find(&world->os.banks, process->number);
    struct region *const region = segment->region;

    if (bank != BANK_NONE) {
        banks_hide(&world->os.banks, (unsigned)bank, segment->segment);
    }
    segment->region = NULL;
    segment->reg.flags = 0;
    if (region->users == 1) {
        find_shadow(world, region)->region = NULL;
    }
    memory_release(&world->os.memory, region);
}

bool memory_world_resize(struct memory_world *world, struct layout_segment *segment,
                         uint64_t size_bytes)
{
    struct shadow *const shadow = find_shadow(world, segment->region);

    if (!memory_resize(&world->os.memory, segment->region, size_bytes,
                       &world->process[owner_of(world, segment)])) {
        return false;
    }
    if (size_bytes > shadow->size_bytes) {
        memset(shadow->bytes + shadow->size_bytes, 0, size_bytes - shadow->size_bytes);
    }
    shadow->size_bytes = size_bytes;
    return true;
}

void memory_world_fill(struct memory_world *world, const struct layout_segment *segment,
                       uint64_t seed)
{
    struct shadow *const shadow = find_shadow(world, segment->region);
    struct random_source random = {seed};

    for (uint64_t i = 0; i < shadow->size_bytes; i++) {
        const uint8_t byte = (uint8_t)(1 + random_below(&random, 255));

        shadow->bytes[i] = byte;
        world->os.target->ram[paddr_of(&segment->reg, i)] = byte;
    }
}

/* --- banks and the disk --- */

void memory_world_select(struct memory_world *world, unsigned process)
{
    os_world_select(&world->os, &world->process[process]);
}

void memory_world_take_back(struct memory_world *world, unsigned process)
{
    banks_take_back(&world->os.banks, world->process[process].number);
}

void memory_world_put_out(struct memory_world *world, struct layout_segment *segment)
{
    for (unsigned i = 0; i < WORLD_PROCESSES; i++) {
        for (unsigned s = 0; s < world->process[i].layout.count; s++) {
            if (world->process[i].layout.segments[s].region == segment->region) {
                memory_world_take_back(world, i);
            }
        }
    }
    segment->region->is_on_disk = true;
    memory_put_out(&world->os.memory, segment->region);
}

bool memory_world_bring_in(struct memory_world *world, struct layout_segment *segment)
{
    const struct shadow *const shadow = find_shadow(world, segment->region);

    if (!memory_bring_in(&world->os.memory, segment->region,
                         &world->process[owner_of(world, segment)])) {
        return false;
    }
    segment->region->is_on_disk = false;
    for (uint64_t i = 0; i < shadow->size_bytes; i++) {
        world->os.target->ram[paddr_of(&segment->reg, i)] = shadow->bytes[i];
    }
    return true;
}

/* --- what must hold --- */

static const char *check_segment(const struct memory_world *world,
                                 const struct layout_segment *segment, const void **owners)
{
    const uint8_t *const ram = world->os.target->ram;
    const struct region *const region = segment->region;
    const struct shadow *shadow = world->shadows;

    while (shadow->region != region) {
        shadow++;
    }
    if (segment->reg.size != shadow->size_bytes) {
        return "a segment has not the size that was asked for";
    }
    for (uint64_t i = 0; i < shadow->size_bytes; i++) {
        const uint64_t paddr = paddr_of(&segment->reg, i);

        if (paddr >= world->os.target->ram_bytes) {
            return "a segment lies outside of memory";
        }
        if (owners[paddr] != NULL && owners[paddr] != region) {
            return "a byte belongs to two segments";
        }
        owners[paddr] = region;
        if (ram[paddr] != shadow->bytes[i]) {
            return "a byte of a segment is not what was written";
        }
    }
    return NULL;
}

/* What the MMU shows of a process is what its layout says, and nothing else. */
static const char *check_registers(const struct memory_world *world, const struct process *process)
{
    const int bank = banks_find(&world->os.banks, process->number);

    for (unsigned s = 0; bank != BANK_NONE && s < MMU_MAX_SEGMENTS; s++) {
        const struct mmu_segment *const held =
            &world->os.target->regs.segment[(unsigned)bank * MMU_MAX_SEGMENTS + s];
        const struct layout_segment *const segment = &process->layout.segments[s];
        const bool is_live = s < process->layout.count && segment->region != NULL;

        if (!is_live && (held->flags & MMU_FLAG_PRESENT) != 0) {
            return "a register shows a segment that is not there";
        }
        if (is_live && (held->base != segment->reg.base || held->size != segment->reg.size ||
                        held->flags != segment->reg.flags)) {
            return "a register is not what the layout says";
        }
    }
    return NULL;
}

const char *memory_world_find_fault(const struct memory_world *world)
{
    const uint64_t ram_bytes = world->os.target->ram_bytes;
    const void **const owners = calloc(ram_bytes, sizeof(*owners));
    const char *fault = NULL;

    assert_non_null(owners);
    for (unsigned i = 0; i < WORLD_PROCESSES && fault == NULL; i++) {
        const struct layout *const layout = &world->process[i].layout;

        for (unsigned s = 0; s < layout->count && fault == NULL; s++) {
            if (layout->segments[s].region != NULL && layout->segments[s].region->is_resident) {
                fault = check_segment(world, &layout->segments[s], owners);
            }
        }
        fault = fault == NULL ? check_registers(world, &world->process[i]) : fault;
    }
    for (uint64_t paddr = 0; paddr < ram_bytes && fault == NULL; paddr++) {
        if (owners[paddr] == NULL && world->os.target->ram[paddr] != 0) {
            fault = "a byte that is nobody's is not zero";
        }
    }
    free(owners);
    return fault;
}

void memory_world_check(struct memory_world *world)
{
    const char *const fault = memory_world_find_fault(world);

    if (fault != NULL) {
        fail_msg("%s", fault);
    }
    world->os.memory.changes++; /* whatever it knows, it looks again */
    if (!memory_check(&world->os.memory)) {
        fail_msg("memory_check: %s", world->os.memory.complaint);
    }
}
