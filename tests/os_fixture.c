/* SPDX-License-Identifier: MIT */
#include "os_fixture.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

void os_world_open(struct os_world *world, const struct machine *machine,
                   const struct memory_options *options, enum os_record record)
{
    struct error error = {""};

    memset(world, 0, sizeof(*world));
    world->target = target_new(machine, &error);
    world->sheet = timesheet_new();
    assert_non_null(world->target);
    assert_non_null(world->sheet);
    world->log = memory_log_new(world->target->ram_bytes);
    assert_non_null(world->log);
    world->target->stream.discard = record == OS_DISCARD;
    accounts_init(&world->accounts, world->target, world->sheet, world->log);
    banks_init(&world->banks, world->target);
    world->memory = (struct memory){
        .target = world->target,
        .accounts = &world->accounts,
        .banks = &world->banks,
        .log = world->log,
    };
    if (!memory_init(&world->memory, machine, options, &error)) {
        fail_msg("%s", error.text);
    }
}

void os_world_close(struct os_world *world)
{
    memory_end(&world->memory);
    memory_log_free(world->log);
    timesheet_free(world->sheet);
    target_free(world->target);
}

void os_world_add(struct os_world *world, struct process *process)
{
    struct process **last = &world->memory.processes;

    process->target = world->target;
    process->memory = &world->memory;
    process->services = &world->services;
    process->number = 0;
    while (*last != NULL) {
        process->number = (*last)->number + 1;
        last = &(*last)->next;
    }
    *last = process;
}

static bool place(struct os_world *world, const struct process *process,
                  struct layout_segment *segment)
{
    if (segment->region != NULL) {
        return true;
    }
    if (segment->is_given) {
        segment->region = memory_take_fixed(&world->memory, &segment->reg, segment->max_size_bytes,
                                            process, segment->name);
    } else {
        segment->region =
            memory_take(&world->memory, segment->reg.size,
                        (segment->reg.flags & MMU_FLAG_GROWS_DOWN) != 0, process, segment->name);
    }
    if (segment->region == NULL) {
        return false;
    }
    segment->reg.base = region_base(segment->region);
    return true;
}

bool os_world_place(struct os_world *world, struct process *process)
{
    struct layout *const layout = &process->layout;

    for (unsigned i = 0; i < layout->count; i++) {
        if ((int)i != layout->heap && !place(world, process, &layout->segments[i])) {
            return false;
        }
    }
    return layout->heap < 0 || place(world, process, &layout->segments[layout->heap]);
}

unsigned os_world_select(struct os_world *world, struct process *process)
{
    struct error error = {""};
    int bank = banks_find(&world->banks, process->number);

    if (bank == BANK_NONE) {
        bank = (int)banks_give(&world->banks, process->number);
        if (!process_write_segments(process, &world->banks, (unsigned)bank, &error)) {
            fail_msg("%s", error.text);
        }
    }
    if (!banks_select(&world->banks, (unsigned)bank, &error)) {
        fail_msg("%s", error.text);
    }
    return (unsigned)bank;
}

uint64_t os_paddr(const struct layout_segment *segment, uint64_t span_bytes, uint64_t offset)
{
    return segment->reg.flags & MMU_FLAG_GROWS_DOWN ? segment->reg.base - (span_bytes - offset)
                                                    : segment->reg.base + offset;
}
