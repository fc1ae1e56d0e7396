/* SPDX-License-Identifier: MIT */
/* Whole processes go to the disk and come back (OSTEP 13.1). The disk does one transfer after
 * another; it reads and writes memory by itself, so that the CPU runs others meanwhile. */
#include <stdio.h>

#include "os/mapping.h"
#include "os/supervisor_internal.h"

unsigned swap_resident_count(const struct supervisor *supervisor)
{
    unsigned count = 0;

    for (unsigned i = 0; i < supervisor->task_count; i++) {
        count += !supervisor->tasks[i]->has_ended && supervisor->tasks[i]->is_resident;
    }
    return count;
}

/* The disk is busy for a transfer more; the answer is when it will be done. */
static uint64_t occupy_disk(struct supervisor *supervisor, uint64_t bytes)
{
    const uint64_t now = accounts_now(&supervisor->accounts);
    const uint64_t begin = supervisor->disk_free_cycle > now ? supervisor->disk_free_cycle : now;

    supervisor->disk_free_cycle = begin + swap_cycles(supervisor->swap, bytes);
    supervisor->disk.busy_cycles += supervisor->disk_free_cycle - begin;
    return supervisor->disk_free_cycle;
}

/* Another process that is in memory lies in the region too. */
static bool is_needed(const struct supervisor *supervisor, const struct region *region,
                      const struct task *without)
{
    for (unsigned i = 0; i < supervisor->task_count; i++) {
        const struct task *const task = supervisor->tasks[i];
        const struct layout *const layout = &task->process.layout;

        for (unsigned s = 0;
             task != without && !task->has_ended && task->is_resident && s < layout->count; s++) {
            if (layout->segments[s].region == region) {
                return true;
            }
        }
    }
    return false;
}

/* --- out --- */

static bool put_region_out(struct task *task, struct region *region, struct error *error)
{
    struct supervisor *const supervisor = task->supervisor;
    struct memory *const memory = &supervisor->memory;

    if (!region->is_resident || region->is_fixed || is_needed(supervisor, region, task)) {
        return true;
    }
    if (!disk_copy_write(&region->copy, supervisor->swap, memory, region_first(region),
                         region->size_bytes, error)) {
        return false;
    }
    occupy_disk(supervisor, region->copy.bytes);
    supervisor->disk.writes++;
    supervisor->disk.bytes_written += region->copy.bytes;
    region->is_on_disk = true;
    memory_put_out(memory, region);
    return true;
}

/* A task whose memory cannot be saved loses it, and ends. */
static void put_out(struct task *task)
{
    struct supervisor *const supervisor = task->supervisor;
    struct layout *const layout = &task->process.layout;
    struct error error;

    banks_take_back(&supervisor->banks, task->process.number);
    if (supervisor->current == task) {
        supervisor->current = NULL;
    }
    task->process.figures.swaps_out++;
    mapping_write_back_all(&task->process);
    for (unsigned i = 0; i < layout->count; i++) {
        if (!put_region_out(task, layout->segments[i].region, &error)) {
            task_lose(task, "cannot be swapped out: %s", error.text);
            return;
        }
    }
    task->is_resident = false;
}

/* The one that has not run for longest. One that came in and has not run yet is only for somebody
 * who runs now: otherwise two could put one another out for ever. */
static struct task *choose_victim(const struct supervisor *supervisor,
                                  const struct process *sparing, bool with_fresh)
{
    struct task *victim = NULL;

    for (unsigned i = 0; i < supervisor->task_count; i++) {
        struct task *const task = supervisor->tasks[i];

        if (!task->has_ended && task->is_resident && (with_fresh || !task->is_fresh) &&
            &task->process != sparing && (victim == NULL || task->last_turn < victim->last_turn)) {
            victim = task;
        }
    }
    return victim;
}

bool swap_make_room(void *context, const struct process *sparing)
{
    struct supervisor *const supervisor = context;
    const struct task *const current = supervisor->current;
    struct task *victim;

    if (!supervisor->may_swap) {
        return false;
    }
    victim = choose_victim(supervisor, sparing, false);
    if (victim == NULL && current != NULL && &current->process == sparing) {
        victim = choose_victim(supervisor, sparing, true);
    }
    if (victim == NULL) {
        return false;
    }
    put_out(victim);
    return true;
}

/* --- in --- */

/* False, and it stays on the disk: with an error where it cannot be read, without where there is no
 * room. */
static bool read_in(struct task *task, struct region *region, struct error *error)
{
    struct supervisor *const supervisor = task->supervisor;
    struct memory *const memory = &supervisor->memory;

    error->text[0] = '\0';
    if (!memory_bring_in(memory, region, &task->process)) {
        return false;
    }
    if (!disk_copy_read(&region->copy, supervisor->swap, memory, region_first(region), error)) {
        memory_put_out(memory, region);
        return false;
    }
    task->ready_cycle = occupy_disk(supervisor, region->copy.bytes);
    supervisor->disk.reads++;
    supervisor->disk.bytes_read += region->copy.bytes;
    disk_copy_release(&region->copy, supervisor->swap);
    region->is_on_disk = false;
    return true;
}

bool swap_region_in(struct task *task, struct region *region)
{
    struct error error;

    if (read_in(task, region, &error)) {
        return true;
    }
    if (error.text[0] != '\0') {
        task_lose(task, "cannot be swapped in: %s", error.text);
    }
    return false;
}

bool swap_share(struct task *task, struct region *region)
{
    struct error error;

    if (!region->is_resident && !read_in(task, region, &error)) {
        return false;
    }
    task->process.has_yielded |= task->ready_cycle != 0;
    return true;
}

/* Another one may still be put out later, or end: then there will be room. */
static bool can_wait(const struct task *task)
{
    const struct supervisor *const supervisor = task->supervisor;

    for (unsigned i = 0; i < supervisor->task_count; i++) {
        const struct task *const other = supervisor->tasks[i];

        if (other != task && !other->has_ended && other->is_resident) {
            return true;
        }
    }
    return false;
}

/* What came in goes out again, for others to go on. */
static bool give_up(struct task *task)
{
    if (task->has_ended) {
        return false;
    }
    if (!can_wait(task)) {
        task_fail(task, "does not fit into memory, although every other process is on the disk");
    } else {
        put_out(task);
    }
    return false;
}

static bool place(struct task *task)
{
    struct error error;

    if (task_place(task, &error)) {
        return true;
    }
    if (!task->has_ended && !can_wait(task)) {
        task_fail(task, "%s", error.text);
    }
    return false;
}

bool swap_task_in(struct task *task)
{
    struct supervisor *const supervisor = task->supervisor;
    const struct layout *const layout = &task->process.layout;
    const unsigned most = supervisor->options.resident;

    while (most > 0 && swap_resident_count(supervisor) >= most) {
        if (!swap_make_room(supervisor, &task->process)) {
            return false;
        }
    }
    if (!task->is_placed) {
        return place(task);
    }
    accounts_enter(&supervisor->accounts, task->process.number, ACCOUNT_LOAD);
    for (unsigned i = 0; i < layout->count && !task->has_ended; i++) {
        struct region *const region = layout->segments[i].region;

        if (!region->is_resident && !swap_region_in(task, region)) {
            return give_up(task);
        }
    }
    if (task->has_ended) {
        return false;
    }
    task->process.figures.swaps_in++;
    task->is_resident = true;
    task->is_fresh = true;
    return true;
}
