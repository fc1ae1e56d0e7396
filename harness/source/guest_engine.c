/* SPDX-License-Identifier: MIT */
/* Opens Unicorn and runs it from event to event. */
#include "source/guest_engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LINEAR_BYTES (UINT64_C(1) << 32)

/* Memory that is there when it is touched. */
static void *reserve(uint64_t size_bytes)
{
    void *const memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

static bool open_unicorn(struct engine *engine, struct error *error)
{
    uc_err result = uc_open(engine->isa->arch, engine->isa->mode, &engine->uc);

    if (result == UC_ERR_OK) {
        result = uc_ctl_exits_enable(engine->uc); /* and there are none: no address ends a run */
    }
    if (result == UC_ERR_OK) {
        result = uc_mem_map_ptr(engine->uc, 0, LINEAR_BYTES,
                                engine->bare ? UC_PROT_ALL : UC_PROT_EXEC, engine->window);
    }
    if (result != UC_ERR_OK || !engine_add_exception_hook(engine) ||
        !(engine->bare ? engine_add_empty_hooks(engine) : engine_add_hooks(engine))) {
        return error_set(error, "cannot start Unicorn: %s", uc_strerror(result));
    }
    return engine->isa->start(engine, error);
}

bool engine_open(struct engine *engine, struct error *error)
{
    engine->stream = &engine->target->stream;
    engine->recording = !engine->stream->discard;
    engine->ram = engine->target->ram;
    engine->elsewhere_pc = ENGINE_NO_PC;
    engine->window = reserve(LINEAR_BYTES + ENGINE_SLACK);
    engine->insn = reserve(LINEAR_BYTES * sizeof(*engine->insn));
    engine->page = reserve(ENGINE_LINEAR_PAGES);
    if (engine->window == NULL || engine->insn == NULL || engine->page == NULL) {
        return error_set(error, "cannot reserve the guest's virtual space: %s", strerror(errno));
    }
    if (!open_unicorn(engine, error)) {
        return false;
    }
    if (uc_context_alloc(engine->uc, &engine->context) != UC_ERR_OK) {
        return error_set(error, "cannot start Unicorn: out of memory");
    }
    return true;
}

/* Unicorn 2.0.1 gives back nothing of what it translated until its cache of 1 GB is full, and to
 * empty the cache writes to all of it. A guest that changes its own code would fill it; so it gets
 * a new Unicorn, which goes on with the registers of the old one. */
static void renew_unicorn(struct engine *engine)
{
    struct error error;

    engine->context_saved = false;
    engine->isa->save(engine);
    uc_close(engine->uc);
    if (!open_unicorn(engine, &error)) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    engine->isa->restore(engine);
    engine->forgotten = 0;
}

void engine_undo(struct engine *engine)
{
    while (engine->undo_count > 0) {
        const struct engine_store *const store = &engine->undo[--engine->undo_count];

        memcpy(engine->ram + store->paddr, store->old, store->bytes);
    }
    if (engine->current != 0 && engine->recording) {
        *stream_slot(engine->stream) = (struct stream_record){
            .kind = STREAM_SQUASH, .addr = engine->current, .pc = engine->pc};
        stream_commit(engine->stream);
    }
    engine->current = 0;
}

void engine_abandon(struct engine *engine)
{
    engine_undo(engine);
    engine->instructions--;
    engine->resume_pc = engine->pc;
}

/* To be asked once per event. */
static enum guest_event_kind checked(struct engine *engine)
{
    if (stream_is_halted(engine->stream)) {
        return GUEST_HALTED;
    }
    if (atomic_exchange(&engine->shared->interrupt, 0) != 0) {
        return GUEST_INTERRUPTED;
    }
    return GUEST_LIMIT;
}

/* After Unicorn stopped. True when there is an event. */
static bool settle(struct engine *engine, enum engine_stop why, struct guest_event *event)
{
    switch (why) {
    case STOP_STALE:
        engine_refresh(engine, engine->resume_pc);
        return false;
    case STOP_ELSEWHERE:
        engine_abandon(engine); /* and is fetched again */
        engine_fetch_elsewhere(engine);
        return false;
    case STOP_CHANGED:
        return false;
    case STOP_SPECIAL:
        return engine->isa->special(engine, event);
    case STOP_CHECK:
        event->kind = checked(engine);
        return true;
    case STOP_REFUSED:
        if (engine->request.access != MMU_ACCESS_EXECUTE) {
            engine->isa->restore(engine);
        }
        engine_abandon(engine);
        event->kind = engine->bus_error ? GUEST_BUS_ERROR : GUEST_FAULT;
        event->request = engine->request;
        event->response = engine->response;
        if (stream_is_halted(engine->stream)) {
            event->kind = GUEST_HALTED;
        }
        return true;
    case STOP_NONE:
        engine->exception = ENGINE_INVALID;
        break;
    case STOP_EXCEPTION:
        break;
    }
    if (engine->context_saved) {
        engine->isa->restore(engine);
    }
    engine_abandon(engine);
    engine->isa->exception(engine, engine->exception, event);
    return true;
}

void engine_run(struct engine *engine, struct guest_event *event)
{
    struct target *const target = engine->target;
    bool is_event = false;

    engine_load_segments(engine);
    memset(event, 0, sizeof(*event));
    engine->instructions = target->instructions;
    engine->repetitions = target->repetitions;
    while (!is_event) {
        enum engine_stop why;

        if (engine->forgotten >= ENGINE_MAX_FORGOTTEN) {
            renew_unicorn(engine);
        }
        engine->stopping = STOP_NONE;
        engine->attention = 0;
        engine->check_at = 0;
        engine->last_pc = ENGINE_NO_PC;
        engine->code_changed = false;
        engine->context_saved = false;
        (void)uc_emu_start(engine->uc, engine->resume_pc, 0, 0, 0); /* the hooks know better */
        why = engine->stopping;
        engine->stopping = STOP_NONE;
        is_event = settle(engine, why, event);
    }
    target->instructions = engine->instructions;
    target->repetitions = engine->repetitions;
    target->requests += engine->fast_requests;
    engine->fast_requests = 0;
}
