/* SPDX-License-Identifier: MIT */
/* Stopping Unicorn, requests by the slow way, and the hooks. */
#include "source/guest_translate.h"

static void mark_stopping(struct engine *engine, enum engine_stop why)
{
    engine->stopping = why;
    engine->attention |= ATTENTION_STOPPING;
    engine->check_at = 0;
}

void engine_stop(struct engine *engine, enum engine_stop why)
{
    mark_stopping(engine, why);
    uc_emu_stop(engine->uc);
}

/* The running instruction's access is refused. A fetch stops before anything was done. */
static void refuse(struct engine *engine, enum mmu_access access)
{
    if (access == MMU_ACCESS_EXECUTE) {
        engine_stop(engine, STOP_REFUSED);
        return;
    }
    mark_stopping(engine, STOP_REFUSED);
    engine->isa->save(engine);
}

bool engine_request(struct engine *engine, uint32_t vaddr, uint32_t bytes, enum mmu_access access,
                    uint64_t *paddr)
{
    struct target *const target = engine->target;

    engine->request = (struct mmu_request){
        .addr = vaddr,
        .op = MMU_OP_TRANSLATE,
        .bytes = (uint8_t)bytes,
        .access = (uint8_t)access,
        .segment = engine_segment_number(engine, access),
    };
    engine->response = target_request(target, &engine->request, engine->pc, 0);
    engine->current++;
    *paddr = engine->response.addr;
    if (engine->response.fault != MMU_FAULT_NONE) {
        engine->bus_error = false;
        refuse(engine, access);
        return false;
    }
    if (target->ram_bytes < bytes || *paddr > target->ram_bytes - bytes ||
        vaddr > UINT32_MAX - (bytes - 1)) {
        engine->bus_error = true;
        refuse(engine, access);
        return false;
    }
    return true;
}

static void on_exception(uc_engine *uc, uint32_t number, void *opaque)
{
    struct engine *const engine = opaque;

    (void)uc;
    if (engine->stopping == STOP_NONE) {
        engine->exception = (int)number;
        engine_stop(engine, STOP_EXCEPTION);
    }
}

bool engine_add_exception_hook(struct engine *engine)
{
    uc_hook hook;

    return uc_hook_add(engine->uc, &hook, UC_HOOK_INTR, on_exception, engine, 1, 0) == UC_ERR_OK;
}

/* Never called: that it could be keeps loads on the slow path, where the gates are. */
static void on_nothing(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
                       void *opaque)
{
    (void)uc;
    (void)type;
    (void)address;
    (void)size;
    (void)value;
    (void)opaque;
}

bool engine_add_hooks(struct engine *engine)
{
    const uint64_t nowhere = UINT64_C(1) << 60;
    uc_engine *const uc = engine->uc;
    uc_hook hook;

    return uc_hook_add(uc, &hook, UC_HOOK_CODE, engine_on_code, engine, 1, 0) == UC_ERR_OK &&
           uc_hook_add(uc, &hook, UC_HOOK_MEM_READ_PROT, engine_on_load, engine, 1, 0) ==
               UC_ERR_OK &&
           uc_hook_add(uc, &hook, UC_HOOK_MEM_WRITE_PROT, engine_on_store, engine, 1, 0) ==
               UC_ERR_OK &&
           uc_hook_add(uc, &hook, UC_HOOK_MEM_READ, on_nothing, engine, nowhere, nowhere) ==
               UC_ERR_OK;
}
