/* SPDX-License-Identifier: MIT */
#include "os/supervisor.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "os/abi.h"
#include "os/supervisor_message.h"

enum { SUPERVISOR_FIRST_PID = 2 }; /* its parent is 1 */

struct supervisor {
    struct supervisor_options options;
    struct image *image;
    struct guest *guest;
    const struct abi *abi;
    struct process process;
    struct place_map memory;
    _Atomic bool is_interrupted;
    int interrupt_fd; /* readable once it is */
};

/* Everything that the guest did up to here has been compared. */
static bool drain(void *context)
{
    struct supervisor *const supervisor = context;

    return stream_drain(&supervisor->options.target->stream);
}

static bool place_program(struct supervisor *supervisor, struct error *error)
{
    const struct supervisor_options *const options = &supervisor->options;
    struct target *const target = options->target;
    const struct layout_options layout_options = {
        .machine = options->machine,
        .image = supervisor->image,
        .context = 0,
        .base_seed = options->base_seed,
    };

    place_init(&supervisor->memory, target->ram_bytes);
    if (!layout_take_given(options->machine, &supervisor->memory)) {
        return error_set(error, "%s: too many segments", options->machine->path);
    }
    if (!layout_make(&layout_options, &supervisor->memory, &supervisor->process.layout, error) ||
        !layout_check_overlaps(&supervisor->process.layout, options->machine, error)) {
        return false;
    }
    layout_load(&supervisor->process.layout, &target->config, supervisor->image, target->ram);
    return true;
}

static bool open_files(struct supervisor *supervisor, struct error *error)
{
    const struct files_options files_options = {
        .root = supervisor->options.root,
        .before_effect = drain,
        .context = supervisor,
        .interrupt_fd = supervisor->interrupt_fd,
    };

    supervisor->process.files = files_new(&files_options, error);
    return supervisor->process.files != NULL;
}

static bool start_guest(struct supervisor *supervisor, struct error *error)
{
    const struct supervisor_options *const options = &supervisor->options;
    const struct guest_options guest_options = {
        .target = options->target,
        .isa = supervisor->image->isa,
        .seed = options->seed,
        .no_sandbox = options->no_sandbox,
        .bare = options->bare,
    };

    supervisor->guest = guest_start(&guest_options, error);
    return supervisor->guest != NULL;
}

static void init_process(struct supervisor *supervisor)
{
    struct process *const process = &supervisor->process;

    process->target = supervisor->options.target;
    process->image = supervisor->image;
    process->cpu = guest_cpu(supervisor->guest);
    process->brk = process->layout.heap_start;
    process->pid = SUPERVISOR_FIRST_PID;
    process->random.state = supervisor->options.seed;
    process->argv = supervisor->options.argv;
    process->linux_state.file_mode_mask = 022;
}

struct supervisor *supervisor_new(const struct supervisor_options *options, struct error *error)
{
    struct supervisor *const supervisor = calloc(1, sizeof(*supervisor));

    if (supervisor == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    supervisor->options = *options;
    supervisor->interrupt_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (supervisor->interrupt_fd < 0) {
        error_set(error, "cannot make an event descriptor: %s", strerror(errno));
    } else if ((supervisor->image = image_load(options->path, error)) != NULL &&
               (supervisor->abi = abi_choose(options->machine, supervisor->image, error)) != NULL &&
               place_program(supervisor, error) && open_files(supervisor, error) &&
               start_guest(supervisor, error)) {
        init_process(supervisor);
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
    if (supervisor->guest != NULL) {
        guest_stop(supervisor->guest);
    }
    files_free(supervisor->process.files);
    image_free(supervisor->image);
    if (supervisor->interrupt_fd >= 0) {
        close(supervisor->interrupt_fd);
    }
    free(supervisor);
}

void supervisor_interrupt(struct supervisor *supervisor)
{
    const int saved_errno = errno;
    const uint64_t one = 1;

    atomic_store(&supervisor->is_interrupted, true);
    if (write(supervisor->interrupt_fd, &one, sizeof(one)) < 0) {
        /* It was readable already. */
    }
    guest_interrupt(supervisor->guest);
    errno = saved_errno;
}

static bool load_registers(struct supervisor *supervisor, struct error *error)
{
    struct process *const process = &supervisor->process;

    return process_write_other_contexts(process, supervisor->options.machine, error) &&
           process_write_segments(process, error) && supervisor->abi->start(process, error);
}

/* The guest was killed by a signal, as a shell would tell. */
static void kill_guest(struct supervisor *supervisor, int number, struct supervisor_result *result)
{
    result->outcome = SUPERVISOR_KILLED;
    result->signal = number;
    supervisor_signal_message(&supervisor->process, number, result);
}

static void interrupt_guest(struct supervisor_result *result)
{
    result->outcome = SUPERVISOR_INTERRUPTED;
    snprintf(result->message, sizeof(result->message), "interrupted");
}

/* A refused request: the stack grows, or the guest is killed. True when it goes on. */
static bool serve_fault(struct supervisor *supervisor, const struct guest_event *event,
                        struct supervisor_result *result)
{
    struct process *const process = &supervisor->process;
    const struct fault_record fault = process_take_fault(process);

    if (event->kind == GUEST_FAULT && process_grow_by_fault(process, &fault)) {
        return true;
    }
    result->outcome = SUPERVISOR_FAULTED;
    result->signal = SIGSEGV;
    result->fault = fault;
    supervisor_fault_message(process, &fault, result);
    return false;
}

/* A call of the guest. True when it goes on. */
static bool serve_call(struct supervisor *supervisor, const struct guest_event *event,
                       struct supervisor_result *result)
{
    struct process *const process = &supervisor->process;
    const enum abi_result ended = supervisor->abi->call(process, event->kind);

    process->figures.calls++;
    if (stream_is_halted(&supervisor->options.target->stream)) {
        result->outcome = SUPERVISOR_DISAGREED;
        return false;
    }
    if (ended == ABI_EXITED) {
        result->outcome = SUPERVISOR_EXITED;
        result->guest_status = process->exit_status;
        return false;
    }
    if (ended == ABI_KILLED) {
        kill_guest(supervisor, process->signal, result);
        return false;
    }
    if (atomic_load(&supervisor->is_interrupted)) {
        interrupt_guest(result);
        return false;
    }
    if (process->output_error != 0) {
        /* It was not told, and would print for ever into a pipe that nobody reads. */
        result->outcome = SUPERVISOR_ERROR;
        return false;
    }
    return true;
}

/* Deals with one event. True when the guest goes on. */
static bool serve(struct supervisor *supervisor, const struct guest_event *event,
                  struct supervisor_result *result)
{
    result->fault_pc = supervisor->process.cpu->pc;
    switch (event->kind) {
    case GUEST_SYSCALL:
    case GUEST_SEMIHOST:
        return serve_call(supervisor, event, result);
    case GUEST_FAULT:
    case GUEST_MMU_REGISTER:
        return serve_fault(supervisor, event, result);
    case GUEST_BUS_ERROR:
        result->outcome = SUPERVISOR_KILLED;
        result->signal = SIGBUS;
        supervisor_bus_message(&supervisor->process, event, result);
        return false;
    case GUEST_ILLEGAL:
        kill_guest(supervisor, SIGILL, result);
        return false;
    case GUEST_ARITHMETIC:
        kill_guest(supervisor, SIGFPE, result);
        return false;
    case GUEST_BREAKPOINT:
        kill_guest(supervisor, SIGTRAP, result);
        return false;
    case GUEST_LIMIT:
        result->outcome = SUPERVISOR_LIMIT;
        snprintf(result->message, sizeof(result->message),
                 "stopped after %" PRIu64 " instructions (--max-instructions)",
                 supervisor->options.max_instructions);
        return false;
    case GUEST_INTERRUPTED:
        interrupt_guest(result);
        return false;
    case GUEST_HALTED:
        result->outcome = SUPERVISOR_DISAGREED;
        return false;
    case GUEST_DIED:
        break;
    }
    result->outcome = SUPERVISOR_ENGINE_DIED;
    snprintf(result->message, sizeof(result->message), "the CPU emulator's process ended: %s",
             guest_death(supervisor->guest));
    return false;
}

/* What the run came to, once the guest stands still for good. */
static void summarize(struct supervisor *supervisor, struct supervisor_result *result)
{
    const struct process *const process = &supervisor->process;

    result->instructions = process->target->instructions;
    result->requests = process->target->requests;
    result->figures = process->figures;
    result->heap_start = process->layout.heap_start;
    result->heap_end = process->brk;
    for (unsigned i = 0; i < process->layout.count; i++) {
        const struct layout_segment *const segment = &process->layout.segments[i];

        result->segments[result->segment_count++] =
            (struct supervisor_segment){*segment, process_used_bytes(process, segment)};
    }
}

/* What the guest printed before its end belongs to it; after a disagreement nothing leaves. A guest
 * that took no notice of what was lost has not succeeded. */
static void end_output(struct supervisor *supervisor, struct supervisor_result *result)
{
    struct process *const process = &supervisor->process;
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

void supervisor_run(struct supervisor *supervisor, struct supervisor_result *result)
{
    struct stream *const stream = &supervisor->options.target->stream;
    struct guest_event event;
    struct error error = {""};

    memset(result, 0, sizeof(*result));
    if (load_registers(supervisor, &error)) {
        do {
            guest_resume(supervisor->guest, supervisor->options.max_instructions, &event);
        } while (serve(supervisor, &event, result));
    } else {
        result->outcome = SUPERVISOR_ERROR;
        snprintf(result->message, sizeof(result->message), "%.500s", error.text);
    }
    end_output(supervisor, result);
    if (!stream_drain(stream)) {
        result->outcome = SUPERVISOR_DISAGREED;
        result->message[0] = '\0';
    }
    summarize(supervisor, result);
}

int supervisor_exit_status(const struct supervisor_result *result)
{
    switch (result->outcome) {
    case SUPERVISOR_EXITED:
        return result->guest_status;
    case SUPERVISOR_KILLED:
        return 128 + result->signal;
#define X(NAME, name, status)                                                                      \
    case SUPERVISOR_##NAME:                                                                        \
        return status;
        X(FAULTED, faulted, 139)
        X(LIMIT, limit, 124)
        X(INTERRUPTED, interrupted, 130)
        X(DISAGREED, disagreed, 120)
        /* NOLINTNEXTLINE(bugprone-branch-clone): one status for both */
        X(ENGINE_DIED, engine_died, 125)
        X(ERROR, error, 125)
#undef X
    }
    return 125;
}

const char *supervisor_outcome_name(enum supervisor_outcome outcome)
{
    static const char *const names[] = {
#define X(NAME, name, status) #name,
        SUPERVISOR_OUTCOME_LIST(X)
#undef X
    };

    return names[outcome];
}
