/* SPDX-License-Identifier: MIT */
#include "os/supervisor.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "os/supervisor_internal.h"
#include "os/supervisor_message.h"

/* --- beginning and end --- */

static int64_t spawn(void *context, struct process *parent, const char *path, char *const *argv)
{
    return task_spawn(context, (struct task *)parent, path, argv);
}

static bool bring_in(void *context, struct process *process, struct region *region)
{
    (void)context;
    return swap_share((struct task *)process, region);
}

static bool open_parts(struct supervisor *supervisor, struct error *error)
{
    const struct supervisor_options *const options = &supervisor->options;

    supervisor->interrupt_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (supervisor->interrupt_fd < 0) {
        return error_set(error, "cannot make an event descriptor: %s", strerror(errno));
    }
    supervisor->services =
        (struct process_services){.context = supervisor, .spawn = spawn, .bring_in = bring_in};
    supervisor->random.state = options->seed;
    accounts_init(&supervisor->accounts, options->target, options->sheet, options->log);
    banks_init(&supervisor->banks, options->target);
    supervisor->memory = (struct memory){
        .target = options->target,
        .accounts = &supervisor->accounts,
        .banks = &supervisor->banks,
        .log = options->log,
        .make_room = options->swap_path == NULL ? NULL : swap_make_room,
        .context = supervisor,
    };
    if (options->swap_path != NULL) {
        supervisor->swap = swap_open(options->swap_path, &options->disk, error);
        if (supervisor->swap == NULL) {
            return false;
        }
    }
    return memory_init(&supervisor->memory, options->machine, &options->memory, error);
}

static bool add_programs(struct supervisor *supervisor, struct error *error)
{
    const struct supervisor_options *const options = &supervisor->options;

    for (unsigned i = 0; i < options->program_count; i++) {
        if (task_new(supervisor, &options->programs[i], error) == NULL) {
            return false;
        }
    }
    supervisor->last_number = supervisor->task_count - 1; /* the first one's turn is next */
    return true;
}

struct supervisor *supervisor_new(const struct supervisor_options *options, struct error *error)
{
    struct supervisor *const supervisor = calloc(1, sizeof(*supervisor));

    if (supervisor == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    supervisor->options = *options;
    supervisor->interrupt_fd = -1;
    if (open_parts(supervisor, error) && add_programs(supervisor, error)) {
        return supervisor;
    }
    supervisor_free(supervisor);
    return NULL;
}

void supervisor_free(struct supervisor *supervisor)
{
    if (supervisor == NULL) {
        return;
    }
    for (unsigned i = 0; i < supervisor->task_count; i++) {
        task_free(supervisor->tasks[i]);
    }
    free(supervisor->tasks);
    while (supervisor->images != NULL) {
        struct supervisor_image *const entry = supervisor->images;

        supervisor->images = entry->next;
        image_free(entry->image);
        free(entry);
    }
    memory_end(&supervisor->memory);
    swap_close(supervisor->swap);
    if (supervisor->interrupt_fd >= 0) {
        close(supervisor->interrupt_fd);
    }
    free(supervisor);
}

void supervisor_interrupt(struct supervisor *supervisor)
{
    const int saved_errno = errno;
    const uint64_t one = 1;
    struct task *const current = supervisor->current;

    atomic_store(&supervisor->is_interrupted, true);
    if (write(supervisor->interrupt_fd, &one, sizeof(one)) < 0) {
        /* It was readable already. */
    }
    if (current != NULL && current->guest != NULL) {
        guest_interrupt(current->guest);
    }
    errno = saved_errno;
}

void supervisor_stop(struct supervisor *supervisor, enum supervisor_outcome outcome,
                     const char *format, ...)
{
    va_list arguments;

    if (supervisor->is_over) {
        return;
    }
    supervisor->is_over = true;
    supervisor->over = outcome;
    va_start(arguments, format);
    vsnprintf(supervisor->over_message, sizeof(supervisor->over_message), format, arguments);
    va_end(arguments);
}

/* --- events --- */

/* The guest was killed by a signal, as a shell would tell. */
static void kill_guest(struct task *task, int number)
{
    task->result.outcome = SUPERVISOR_KILLED;
    task->result.signal = number;
    supervisor_signal_message(&task->process, number, &task->result);
    task_end(task);
}

static void interrupt_all(struct supervisor *supervisor)
{
    supervisor_stop(supervisor, SUPERVISOR_INTERRUPTED, "interrupted");
}

/* A refused request: the stack grows, or the guest is killed. */
static void serve_fault(struct task *task, const struct guest_event *event)
{
    struct process *const process = &task->process;
    const struct fault_record fault = process_take_fault(process);

    if (event->kind == GUEST_FAULT && process_grow_by_fault(process, &fault)) {
        return;
    }
    task->result.outcome = SUPERVISOR_FAULTED;
    task->result.signal = SIGSEGV;
    task->result.fault = fault;
    supervisor_fault_message(process, &fault, &task->result);
    task_end(task);
}

/* A call that would wait for input lets others run, and is made again when there is some. */
static bool must_wait(struct task *task, enum guest_event_kind kind)
{
    int descriptor;

    if (!schedule_has_others(task->supervisor)) {
        return false;
    }
    descriptor = task->abi->reads(&task->process, kind);
    if (descriptor < 0 || files_waits_for(task->process.files, descriptor) < 0) {
        return false;
    }
    process_flush(&task->process);
    task->waits_for = descriptor;
    task->has_pending = true;
    task->pending = kind;
    return true;
}

static void serve_call(struct task *task, enum guest_event_kind kind)
{
    struct supervisor *const supervisor = task->supervisor;
    struct process *const process = &task->process;
    enum abi_result ended;

    task->has_pending = false;
    if (must_wait(task, kind)) {
        return;
    }
    ended = task->abi->call(process, kind);
    process->figures.calls++;
    if (stream_is_halted(&supervisor->options.target->stream)) {
        supervisor_stop(supervisor, SUPERVISOR_DISAGREED, "%s", "");
    } else if (ended == ABI_EXITED) {
        task->result.outcome = SUPERVISOR_EXITED;
        task->result.guest_status = process->exit_status;
        task_end(task);
    } else if (ended == ABI_KILLED) {
        kill_guest(task, process->signal);
    } else if (atomic_load(&supervisor->is_interrupted)) {
        interrupt_all(supervisor);
    } else if (process->output_error != 0) {
        /* It was not told, and would print for ever into a pipe that nobody reads. */
        task->result.outcome = SUPERVISOR_ERROR;
        task_end(task);
    }
}

/* The slice is over, or the machine's last instruction, or memory is to be compacted. */
static void serve_limit(struct task *task)
{
    struct supervisor *const supervisor = task->supervisor;
    const struct supervisor_options *const options = &supervisor->options;
    const uint64_t steps = target_steps(options->target);

    if (options->max_instructions != 0 && steps >= options->max_instructions) {
        supervisor_stop(supervisor, SUPERVISOR_LIMIT,
                        "stopped after %" PRIu64 " instructions (--max-instructions)",
                        options->max_instructions);
    } else if (supervisor->compact_at != 0 && steps >= supervisor->compact_at) {
        memory_compact(&supervisor->memory, supervisor->compacts_down ? UINT64_MAX : 0);
        supervisor->compacts_down = !supervisor->compacts_down;
        supervisor->compact_at =
            steps + 1 + random_below(&supervisor->random, 2 * options->compact_interval);
    }
}

static void serve(struct task *task, const struct guest_event *event)
{
    task->result.fault_pc = task->process.cpu->pc;
    switch (event->kind) {
    case GUEST_SYSCALL:
    case GUEST_SEMIHOST:
        serve_call(task, event->kind);
        return;
    case GUEST_FAULT:
    case GUEST_MMU_REGISTER:
        serve_fault(task, event);
        return;
    case GUEST_BUS_ERROR:
        task->result.outcome = SUPERVISOR_KILLED;
        task->result.signal = SIGBUS;
        supervisor_bus_message(&task->process, event, &task->result);
        task_end(task);
        return;
    case GUEST_ILLEGAL:
        kill_guest(task, SIGILL);
        return;
    case GUEST_ARITHMETIC:
        kill_guest(task, SIGFPE);
        return;
    case GUEST_BREAKPOINT:
        kill_guest(task, SIGTRAP);
        return;
    case GUEST_LIMIT:
        serve_limit(task);
        return;
    case GUEST_INTERRUPTED:
        interrupt_all(task->supervisor);
        return;
    case GUEST_HALTED:
        supervisor_stop(task->supervisor, SUPERVISOR_DISAGREED, "%s", "");
        return;
    case GUEST_DIED:
        break;
    }
    task->result.outcome = SUPERVISOR_ENGINE_DIED;
    snprintf(task->result.message, sizeof(task->result.message),
             "the CPU emulator's process ended: %s", guest_death(task->guest));
    task_end(task);
}

/* --- the run --- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a != 0 && (b == 0 || a < b) ? a : b;
}

static void resume(struct task *task, uint64_t slice_end)
{
    struct supervisor *const supervisor = task->supervisor;
    struct target *const target = supervisor->options.target;
    const uint64_t before = target->instructions;
    struct guest_event event;

    if (atomic_load(&supervisor->is_interrupted)) { /* when there was no guest to tell */
        interrupt_all(supervisor);
        return;
    }
    accounts_enter(&supervisor->accounts, task->process.number, ACCOUNT_USER);
    guest_resume(
        task->guest,
        earlier(slice_end, earlier(supervisor->options.max_instructions, supervisor->compact_at)),
        &event);
    task->process.figures.instructions += target->instructions - before;
    supervisor->banks.pc = task->process.cpu->pc;
    accounts_enter(&supervisor->accounts, task->process.number, ACCOUNT_CALL);
    serve(task, &event);
}

/* Lets a task run until its slice is over, or it ends, waits or yields. */
static void run_slice(struct task *task)
{
    struct supervisor *const supervisor = task->supervisor;
    const struct target *const target = supervisor->options.target;
    const uint64_t quantum = supervisor->options.quantum;
    uint64_t slice_end = 0;

    if (quantum > 0 && schedule_has_others(supervisor)) {
        slice_end = target_steps(target) + quantum;
    }
    if (task->has_pending) {
        accounts_enter(&supervisor->accounts, task->process.number, ACCOUNT_CALL);
        serve_call(task, task->pending);
    }
    task->process.has_yielded = false;
    while (!task->has_ended && !supervisor->is_over && task->waits_for < 0 &&
           task->process.wake_ns == 0 && !task->process.has_yielded &&
           (slice_end == 0 || target_steps(target) < slice_end)) {
        resume(task, slice_end);
        memory_check(&supervisor->memory);
    }
    if (supervisor->memory.complaint[0] != '\0') {
        supervisor_stop(supervisor, SUPERVISOR_ERROR, "the supervisor's books are wrong: %s",
                        supervisor->memory.complaint);
    }
}

/* Segments that the machine file gives for contexts that no process was started for. */
static bool write_given(struct supervisor *supervisor, struct error *error)
{
    const struct machine *const machine = supervisor->options.machine;

    for (unsigned i = 0; i < machine->segment_count; i++) {
        const struct machine_segment *const given = &machine->segments[i];

        if (given->context >= supervisor->options.program_count &&
            !banks_write(&supervisor->banks, given->context, given->segment, &given->reg, error)) {
            return false;
        }
    }
    return true;
}

/* All that fit are loaded before the first one runs; without a disk those that do not fit end here.
 */
static void place_programs(struct supervisor *supervisor)
{
    const unsigned most = supervisor->options.resident;
    struct error error;

    if (!write_given(supervisor, &error)) {
        supervisor_stop(supervisor, SUPERVISOR_ERROR, "%s", error.text);
        return;
    }
    for (unsigned i = 0; i < supervisor->task_count; i++) {
        struct task *const task = supervisor->tasks[i];

        if ((most == 0 || swap_resident_count(supervisor) < most) && !task_place(task, &error) &&
            supervisor->swap == NULL) {
            task_fail(task, "%s", error.text);
        }
    }
    supervisor->may_swap = true;
}

bool supervisor_run(struct supervisor *supervisor, struct supervisor_result *result)
{
    struct task *task;
    struct error error;

    place_programs(supervisor);
    if (supervisor->options.compact_interval > 0) {
        supervisor->compact_at =
            1 + random_below(&supervisor->random, 2 * supervisor->options.compact_interval);
    }
    while ((task = schedule_next(supervisor)) != NULL) {
        if (schedule_switch(supervisor, task, &error)) {
            run_slice(task);
        } else {
            task_fail(task, "%s", error.text);
        }
    }
    for (unsigned i = 0; i < supervisor->task_count; i++) {
        if (!supervisor->tasks[i]->has_ended) {
            supervisor->tasks[i]->result.outcome = supervisor->over;
            task_end(supervisor->tasks[i]);
        }
    }
    accounts_end(&supervisor->accounts);
    if (!stream_drain(&supervisor->options.target->stream)) {
        supervisor_stop(supervisor, SUPERVISOR_DISAGREED, "%s", "");
        supervisor->over = SUPERVISOR_DISAGREED;
        supervisor->over_message[0] = '\0';
    }
    return supervisor_summarize(supervisor, result);
}
