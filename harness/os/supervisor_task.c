/* SPDX-License-Identifier: MIT */
/* The beginning and the end of a process. */
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/mapping.h"
#include "os/supervisor_internal.h"

enum { FIRST_PID = 2 }; /* its parent is 1 */

/* Everything that the guests did up to here has been compared. */
static bool drain(void *context)
{
    struct supervisor *const supervisor = context;

    return stream_drain(&supervisor->options.target->stream);
}

/* --- beginning --- */

/* A program is read once: processes of it can share its code. */
static const struct image *find_image(struct supervisor *supervisor, const char *path,
                                      struct error *error)
{
    struct supervisor_image *entry;

    for (entry = supervisor->images; entry != NULL; entry = entry->next) {
        if (strcmp(entry->image->path, path) == 0) {
            return entry->image;
        }
    }
    entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    entry->image = image_load(path, error);
    if (entry->image == NULL) {
        free(entry);
        return NULL;
    }
    entry->next = supervisor->images;
    supervisor->images = entry;
    return entry->image;
}

static bool open_files(struct task *task, struct error *error)
{
    const struct files_options options = {
        .root = task->supervisor->options.root,
        .before_effect = drain,
        .context = task->supervisor,
        .interrupt_fd = task->supervisor->interrupt_fd,
    };

    task->process.files = files_new(&options, error);
    return task->process.files != NULL;
}

static bool start_guest(struct task *task, struct error *error)
{
    const struct supervisor_options *const options = &task->supervisor->options;
    const struct guest_options guest_options = {
        .target = options->target,
        .isa = task->process.image->isa,
        .seed = options->seed + task->process.number,
        .no_sandbox = options->no_sandbox,
        .bare = options->bare,
    };

    task->guest = guest_start(&guest_options, error);
    return task->guest != NULL;
}

static void init_process(struct task *task, const struct supervisor_program *program)
{
    struct supervisor *const supervisor = task->supervisor;
    struct process *const process = &task->process;
    const char *const slash = strrchr(program->path, '/');

    process->target = supervisor->options.target;
    process->memory = &supervisor->memory;
    process->services = &supervisor->services;
    process->number = supervisor->task_count;
    process->pid = FIRST_PID + process->number;
    process->random.state = supervisor->options.seed + process->number;
    process->argv = program->argv;
    process->linux_state.file_mode_mask = 022;
    task->waits_for = -1;
    task->result.pid = process->pid;
    snprintf(task->result.name, sizeof(task->result.name), "%s",
             slash == NULL ? program->path : slash + 1);
}

static bool add_task(struct supervisor *supervisor, struct task *task, struct error *error)
{
    struct process **last = &supervisor->memory.processes;

    if (supervisor->task_count == SUPERVISOR_MAX_PROCESSES) {
        return error_set(error, "too many processes: %d", SUPERVISOR_MAX_PROCESSES);
    }
    if (supervisor->task_count == supervisor->task_capacity) {
        const unsigned capacity = supervisor->task_capacity * 2 + 4;
        struct task **const tasks =
            reallocarray(supervisor->tasks, capacity, sizeof(struct task *));

        if (tasks == NULL) {
            return error_set(error, "out of memory");
        }
        supervisor->tasks = tasks;
        supervisor->task_capacity = capacity;
    }
    supervisor->tasks[supervisor->task_count++] = task;
    supervisor->alive++;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = &task->process;
    return true;
}

struct task *task_new(struct supervisor *supervisor, const struct supervisor_program *program,
                      struct error *error)
{
    struct task *const task = calloc(1, sizeof(*task));
    struct process *process;

    if (task == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    task->supervisor = supervisor;
    init_process(task, program);
    process = &task->process;
    if ((process->image = find_image(supervisor, program->path, error)) != NULL &&
        (task->abi = abi_choose(supervisor->options.machine, process->image, error)) != NULL &&
        open_files(task, error) && start_guest(task, error) && add_task(supervisor, task, error)) {
        process->cpu = guest_cpu(task->guest);
        return task;
    }
    task_free(task);
    return NULL;
}

/* --- memory --- */

/* The machine file's segments of the context with the process's number are its own; where there are
 * none such, those of context 0 say how large its segments are, but not where. */
static struct layout_options layout_options_of(const struct task *task, unsigned economy)
{
    const struct supervisor_options *const options = &task->supervisor->options;
    const struct machine *const machine = options->machine;
    const uint32_t number = task->process.number;
    struct layout_options layout = {
        .machine = machine,
        .image = task->process.image,
        .is_movable = number > 0,
        .memory_bytes = machine->memory.ram_bytes,
        .programs = options->program_count,
        .economy = economy,
    };

    for (unsigned i = 0; i < machine->segment_count; i++) {
        if (machine->segments[i].context == number) {
            layout.context = (uint8_t)number;
            layout.is_movable = false;
        }
    }
    return layout;
}

/* Read-only parts of a program are the same for all its processes. */
static bool is_shareable(const struct task *task, unsigned index)
{
    const struct layout *const layout = &task->process.layout;
    const struct layout_segment *const segment = &layout->segments[index];

    return !segment->is_given && (segment->reg.flags & MMU_FLAG_WRITE) == 0 &&
           (int)index != layout->heap && (int)index != layout->stack;
}

static bool take_segment(struct task *task, unsigned index)
{
    struct process *const process = &task->process;
    struct memory *const memory = process->memory;
    struct layout_segment *const segment = &process->layout.segments[index];
    const struct region_key key = {.image = process->image, .segment = segment->segment};
    const bool is_shared = is_shareable(task, index);
    char name[128];

    snprintf(name, sizeof(name), "%s of %s (%" PRIu32 ")", segment->name, task->result.name,
             process->pid);
    if (segment->is_given) {
        segment->region =
            memory_take_fixed(memory, &segment->reg, segment->max_size_bytes, process, name);
    } else {
        segment->region = is_shared ? memory_share(memory, &key) : NULL;
        if (segment->region != NULL && !segment->region->is_resident &&
            !swap_region_in(task, segment->region)) {
            return false;
        }
        if (segment->region == NULL) {
            segment->region =
                memory_take(memory, segment->reg.size,
                            (segment->reg.flags & MMU_FLAG_GROWS_DOWN) != 0, process, name);
        }
    }
    if (segment->region == NULL) {
        return false;
    }
    if (is_shared) {
        segment->region->key = key;
    }
    segment->reg.base = region_base(segment->region);
    return true;
}

static void release_segments(struct task *task)
{
    struct layout *const layout = &task->process.layout;

    for (unsigned i = 0; i < layout->count; i++) {
        struct region *const region = layout->segments[i].region;

        layout->segments[i].region = NULL;
        if (region == NULL) {
            continue;
        }
        if (region->users == 1 && region->is_on_disk) {
            disk_copy_release(&region->copy, task->supervisor->swap);
            region->is_on_disk = false;
        }
        memory_release(task->process.memory, region);
    }
}

/* The heap's segment comes last: there it has most room to grow. */
static bool take_segments(struct task *task)
{
    const struct layout *const layout = &task->process.layout;

    for (unsigned i = 0; i < layout->count; i++) {
        if ((int)i != layout->heap && !take_segment(task, i)) {
            return false;
        }
    }
    return layout->heap < 0 || take_segment(task, (unsigned)layout->heap);
}

static bool explain_lack(const struct task *task, struct error *error)
{
    const struct layout *const layout = &task->process.layout;
    struct allocator_figures figures;
    uint64_t needed_bytes = 0;

    for (unsigned i = 0; i < layout->count; i++) {
        needed_bytes += layout->segments[i].is_given ? 0 : layout->segments[i].reg.size;
    }
    allocator_figures(task->process.memory->allocator, &figures);
    return error_set(error,
                     "%s: does not fit into the memory of %s: %" PRIu64
                     " bytes are needed with the least stack, %" PRIu64 " of %" PRIu64
                     " are free, %" PRIu64 " in one piece",
                     task->process.image->path, task->supervisor->options.machine->path,
                     needed_bytes, figures.free_bytes, figures.total_bytes,
                     figures.largest_free_bytes);
}

/* What is shared has been loaded by the first. */
static bool load(const struct task *task)
{
    const struct process *const process = &task->process;

    for (unsigned i = 0; i < process->layout.count; i++) {
        if (process->layout.segments[i].region->users == 1) {
            layout_load(&process->layout, i, &process->target->config, process->image,
                        process->target->ram);
        }
    }
    return true;
}

bool task_place(struct task *task, struct error *error)
{
    struct process *const process = &task->process;
    struct layout *const layout = &process->layout;
    const struct supervisor_options *const options = &task->supervisor->options;
    struct layout_options layout_options = layout_options_of(task, 0);

    accounts_enter(&task->supervisor->accounts, process->number, ACCOUNT_LOAD);
    while (layout_make(&layout_options, layout, error)) {
        if (take_segments(task)) {
            process->brk = layout->heap_start;
            task->is_placed = true;
            task->is_resident = true;
            task->is_fresh = true;
            return layout_check_overlaps(layout, options->machine, error) && load(task);
        }
        release_segments(task);
        if (!layout_can_save(&layout_options)) {
            return explain_lack(task, error);
        }
        layout_options = layout_options_of(task, layout_options.economy + 1);
    }
    return false;
}

bool task_start(struct task *task, struct error *error)
{
    accounts_turn(&task->supervisor->accounts, ACCOUNT_LOAD);
    task->is_started = true;
    return task->abi->start(&task->process, error);
}

/* --- end --- */

/* What the guest printed before its end belongs to it; after a disagreement nothing leaves. A guest
 * that took no notice of what was lost has not succeeded. */
static void end_output(struct task *task)
{
    struct process *const process = &task->process;
    struct supervisor_process *const result = &task->result;
    struct files_loss loss;
    size_t length;

    process_flush(process);
    loss = files_loss(process->files);
    if (loss.name == NULL && process->output_error != 0) {
        loss = (struct files_loss){"standard output", process->output_error};
    }
    if (loss.name == NULL) {
        return;
    }
    if (result->outcome == SUPERVISOR_EXITED && result->guest_status == 0) {
        result->outcome = SUPERVISOR_ERROR;
    }
    length = strlen(result->message);
    snprintf(result->message + length, sizeof(result->message) - length,
             "%sthe guest's %s could not be written: %s", length > 0 ? "; " : "", loss.name,
             strerror(loss.error));
}

static void describe(struct task *task)
{
    const struct process *const process = &task->process;
    struct supervisor_process *const result = &task->result;

    result->figures = process->figures;
    result->heap_start = process->layout.heap_start;
    result->heap_end = process->brk;
    result->end_cycle = accounts_now(&task->supervisor->accounts);
    for (unsigned i = 0; task->is_placed && i < process->layout.count; i++) {
        const struct layout_segment *const segment = &process->layout.segments[i];

        result->segments[result->segment_count++] = (struct supervisor_segment){
            *segment, task->is_resident ? process_used_bytes(process, segment) : 0};
    }
}

/* When the last one has ended the machine stops: nobody clears its registers and its memory. */
static void give_back(struct task *task)
{
    struct supervisor *const supervisor = task->supervisor;

    accounts_enter(&supervisor->accounts, task->process.number, ACCOUNT_CALL);
    if (!supervisor->memory.is_closing) {
        banks_take_back(&supervisor->banks, task->process.number);
    }
    release_segments(task);
    task->process.layout.count = 0;
}

void task_end(struct task *task)
{
    struct supervisor *const supervisor = task->supervisor;

    if (task->has_ended) {
        return;
    }
    mapping_end_all(&task->process);
    end_output(task);
    describe(task);
    task->has_ended = true;
    supervisor->alive--;
    if (!supervisor->is_over) {
        supervisor->memory.is_closing = supervisor->alive == 0;
        give_back(task);
    }
    if (supervisor->current == task) {
        supervisor->current = NULL;
    }
    task->is_resident = false;
    guest_stop(task->guest);
    task->guest = NULL;
    files_free(task->process.files);
    task->process.files = NULL;
    if (supervisor->options.ended != NULL) {
        supervisor->options.ended(supervisor->options.context, &task->result);
    }
}

void task_fail(struct task *task, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    task->result.outcome = SUPERVISOR_ERROR;
    vsnprintf(task->result.message, sizeof(task->result.message), format, arguments);
    va_end(arguments);
    task_end(task);
}

void task_lose(struct task *task, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    task->result.outcome = SUPERVISOR_KILLED;
    task->result.signal = SIGKILL;
    vsnprintf(task->result.message, sizeof(task->result.message), format, arguments);
    va_end(arguments);
    task_end(task);
}

void task_discard(struct task *task)
{
    struct supervisor *const supervisor = task->supervisor;
    struct process **last = &supervisor->memory.processes;

    while (*last != &task->process) {
        last = &(*last)->next;
    }
    *last = NULL;
    supervisor->task_count--;
    supervisor->alive--;
    task_free(task);
}

void task_free(struct task *task)
{
    if (task->guest != NULL) {
        guest_stop(task->guest);
    }
    files_free(task->process.files);
    if (task->own_argv != NULL) {
        for (unsigned i = 0; task->own_argv[i] != NULL; i++) {
            free(task->own_argv[i]);
        }
        free(task->own_argv);
    }
    free(task);
}
