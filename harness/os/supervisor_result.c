/* SPDX-License-Identifier: MIT */
/* What the run came to, once everybody stands still for good. */
#include <stdlib.h>
#include <string.h>

#include "os/supervisor_internal.h"

bool supervisor_summarize(struct supervisor *supervisor, struct supervisor_result *result)
{
    const struct target *const target = supervisor->options.target;

    *result = (struct supervisor_result){
        .outcome = supervisor->is_over ? supervisor->over : SUPERVISOR_EXITED,
        .instructions = target->instructions,
        .requests = target->requests,
        .idle_cycles = supervisor->accounts.idle_cycles,
        .cycles = accounts_now(&supervisor->accounts),
        .processes = calloc(supervisor->task_count, sizeof(*result->processes)),
        .process_count = supervisor->task_count,
        .memory = supervisor->memory.figures,
        .context_switches = supervisor->context_switches,
        .register_switches = supervisor->register_switches,
        .has_disk = supervisor->swap != NULL,
    };
    if (supervisor->is_over) {
        memcpy(result->message, supervisor->over_message, sizeof(result->message));
    }
    allocator_figures(supervisor->memory.allocator, &result->allocator);
    if (supervisor->swap != NULL) {
        struct swap_figures figures;

        swap_figures(supervisor->swap, &figures);
        result->disk = supervisor->disk;
        result->disk.used_bytes_max = figures.used_bytes_max;
    }
    if (result->processes == NULL) {
        result->process_count = 0;
        return false;
    }
    for (unsigned i = 0; i < supervisor->task_count; i++) {
        result->processes[i] = supervisor->tasks[i]->result;
    }
    return true;
}

void supervisor_result_free(struct supervisor_result *result)
{
    free(result->processes);
    result->processes = NULL;
}

int supervisor_process_status(const struct supervisor_process *process)
{
    switch (process->outcome) {
    case SUPERVISOR_EXITED:
        return process->guest_status;
    case SUPERVISOR_KILLED:
        return 128 + process->signal;
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

int supervisor_exit_status(const struct supervisor_result *result)
{
    const struct supervisor_process stopped = {.outcome = result->outcome};

    if (result->outcome != SUPERVISOR_EXITED) {
        return supervisor_process_status(&stopped);
    }
    for (unsigned i = 0; i < result->process_count; i++) {
        if (supervisor_process_status(&result->processes[i]) != 0) {
            return supervisor_process_status(&result->processes[i]);
        }
    }
    return 0;
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
