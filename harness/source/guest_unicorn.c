/* SPDX-License-Identifier: MIT */
/* The hooks: each access of the guest becomes a request before it happens.
 *
 * Measured with Unicorn 2.0.1:
 * - A load that crosses a page fires its gate three times: for itself, then for its two aligned
 *   halves. A store that crosses a page, or hits unaligned a page that holds translated code, fires
 *   for itself, then for each byte. Those echoes are of the same access, and let through.
 * - A repeating instruction (x86 rep) fires CODE before each iteration and once after the last.
 * - A store into the running block makes x86 begin the instruction anew, CODE included.
 */
#include <stdlib.h>
#include <string.h>

#include "source/guest_translate.h"

#define UNLIKELY(condition) __builtin_expect((condition), 0)

static bool crosses_page(uint32_t vaddr, uint32_t bytes)
{
    return (vaddr & (ENGINE_PAGE - 1)) + bytes > ENGINE_PAGE;
}

static bool is_code_page(const struct engine *engine, uint32_t vaddr, uint32_t bytes)
{
    return (engine->page[vaddr >> ENGINE_PAGE_BITS] |
            engine->page[(uint32_t)(vaddr + bytes - 1) >> ENGINE_PAGE_BITS]) != 0;
}

/* --- stopping --- */

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

/* --- data --- */

/* True for an access that Unicorn makes of one that went before. */
static bool is_echo(struct engine *engine, uint32_t vaddr, uint32_t bytes, uint64_t value,
                    bool is_store)
{
    if (!is_store && (engine->attention & ATTENTION_ECHO_LOAD) != 0) {
        const uint32_t aligned = engine->echo_vaddr & ~(engine->echo_bytes - 1);

        if (bytes == engine->echo_bytes && vaddr == aligned + engine->echo_count * bytes) {
            if (++engine->echo_count == 2) {
                engine->attention &= ~ATTENTION_ECHO_LOAD;
            }
            return true;
        }
    }
    if (is_store && (engine->attention & ATTENTION_ECHO_STORE) != 0) {
        if (bytes == 1 && vaddr == engine->echo_vaddr + engine->echo_count &&
            (uint8_t)value == (uint8_t)(engine->echo_value >> (8 * engine->echo_count))) {
            if (++engine->echo_count == engine->echo_bytes) {
                engine->attention &= ~ATTENTION_ECHO_STORE;
            }
            return true;
        }
    }
    engine->attention &= ~(ATTENTION_ECHO_LOAD | ATTENTION_ECHO_STORE);
    return false;
}

static void expect_echo(struct engine *engine, uint32_t vaddr, uint32_t bytes, uint64_t value,
                        enum engine_attention what)
{
    engine->attention |= what;
    engine->echo_vaddr = vaddr;
    engine->echo_bytes = bytes;
    engine->echo_count = 0;
    engine->echo_value = value;
}

/* The rare cases. True: *answer is what the gate says; otherwise it is an access as any. */
static bool __attribute__((noinline))
is_settled(struct engine *engine, uint32_t vaddr, uint32_t bytes, uint64_t value, bool is_store,
           bool *answer)
{
    if ((engine->attention & ATTENTION_BOOT) != 0) {
        *answer = true;
        return true;
    }
    if ((engine->attention & ATTENTION_STOPPING) != 0) {
        *answer = false;
        return true;
    }
    *answer = true;
    if (is_echo(engine, vaddr, bytes, value, is_store)) {
        return true;
    }
    return (engine->attention & ATTENTION_DESCRIPTOR) != 0 && !is_store &&
           engine->isa->descriptor(engine, vaddr, bytes);
}

/* Copies to the window; true when it held something else. */
static inline bool copy_if_different(uint8_t *to, const uint8_t *from, uint32_t bytes)
{
    switch (bytes) {
    case 1:
        if (*to == *from) {
            return false;
        }
        *to = *from;
        return true;
    case 4:
        if (memcmp(to, from, 4) == 0) {
            return false;
        }
        memcpy(to, from, 4);
        return true;
    default:
        if (memcmp(to, from, bytes) == 0) {
            return false;
        }
        memcpy(to, from, bytes);
        return true;
    }
}

static bool on_load(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
                    void *opaque)
{
    struct engine *const engine = opaque;
    const uint32_t vaddr = (uint32_t)address;
    const uint32_t bytes = (uint32_t)size;
    uint64_t paddr;
    bool answer;

    (void)uc;
    (void)type;
    (void)value;
    if (UNLIKELY(engine->attention != 0) && is_settled(engine, vaddr, bytes, 0, false, &answer)) {
        return answer;
    }
    if (!engine_access(engine, vaddr, bytes, MMU_ACCESS_READ, &paddr)) {
        return false;
    }
    if (copy_if_different(engine->window + vaddr, engine->ram + paddr, bytes) &&
        is_code_page(engine, vaddr, bytes)) {
        engine_code_forget(engine, vaddr, bytes);
    }
    if (UNLIKELY(crosses_page(vaddr, bytes))) {
        expect_echo(engine, vaddr, bytes, 0, ATTENTION_ECHO_LOAD);
    }
    return true;
}

static void undo_push(struct engine *engine, uint32_t vaddr, uint64_t paddr, uint32_t bytes)
{
    struct engine_store *const store = &engine->undo[engine->undo_count++];

    if (engine->undo_count == ENGINE_UNDO) {
        abort(); /* no instruction stores so often */
    }
    store->paddr = paddr;
    store->vaddr = vaddr;
    store->bytes = bytes;
    memcpy(store->old, engine->ram + paddr, bytes);
}

static bool on_store(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
                     void *opaque)
{
    struct engine *const engine = opaque;
    const uint32_t vaddr = (uint32_t)address;
    const uint32_t bytes = (uint32_t)size;
    const uint64_t data = (uint64_t)value;
    uint64_t paddr;
    bool answer;

    (void)uc;
    (void)type;
    if (UNLIKELY(engine->attention != 0) && is_settled(engine, vaddr, bytes, data, true, &answer)) {
        return answer;
    }
    if (!engine_access(engine, vaddr, bytes, MMU_ACCESS_WRITE, &paddr)) {
        return false;
    }
    undo_push(engine, vaddr, paddr, bytes);
    memcpy(engine->ram + paddr, &data, bytes);
    if (UNLIKELY(is_code_page(engine, vaddr, bytes))) {
        engine_code_stored(engine, vaddr, bytes);
    }
    if ((vaddr & (bytes - 1)) != 0) {
        expect_echo(engine, vaddr, bytes, data, ATTENTION_ECHO_STORE);
    }
    return true;
}

/* --- instructions --- */

static bool is_interrupted(struct engine *engine)
{
    return atomic_load_explicit(&engine->shared->interrupt, memory_order_relaxed) != 0 ||
           stream_is_halted(engine->stream);
}

static void check(struct engine *engine)
{
    const uint64_t begun = engine->instructions - 1;
    uint64_t next = begun + ENGINE_CHECK_INTERVAL;

    if (engine->max_instructions != 0) {
        if (begun >= engine->max_instructions) {
            engine_stop(engine, STOP_CHECK);
            return;
        }
        if (next > engine->max_instructions) {
            next = engine->max_instructions;
        }
    }
    if (is_interrupted(engine)) {
        engine_stop(engine, STOP_CHECK);
        return;
    }
    engine->check_at = next + 1;
}

static inline void begin_instruction(struct engine *engine, uint32_t pc, uint16_t kind)
{
    engine->pc = pc;
    engine->last_pc = pc;
    engine->kind = kind;
    engine->undo_count = 0;
    engine->current = 0;
    engine->attention = 0;
}

/* The fetch, and what must be done before the instruction may run. */
static void enter_instruction(struct engine *engine, uint16_t kind)
{
    const uint32_t pc = engine->pc;
    uint64_t paddr;

    engine->context_saved = false;
    if (!engine_access(engine, pc, kind & INSN_LENGTH, MMU_ACCESS_EXECUTE, &paddr)) {
        return;
    }
    engine->insn[pc] = kind;
    if ((kind & INSN_SPECIAL) != 0) {
        engine_stop(engine, STOP_SPECIAL);
        return;
    }
    if ((kind & INSN_SAVE) != 0) {
        engine->isa->save(engine);
        engine->context_saved = true;
    }
    if ((kind & INSN_DESCRIPTOR) != 0) {
        engine->attention |= ATTENTION_DESCRIPTOR;
    }
}

/* The next iteration of a repeating instruction; the one before is complete. */
static void iterate(struct engine *engine)
{
    engine->undo_count = 0;
    engine->current = 0;
    engine->attention = 0;
    if (++engine->iterations % ENGINE_CHECK_INTERVAL == 0 && is_interrupted(engine)) {
        engine->instructions--;
        engine->resume_pc = engine->pc;
        engine_stop(engine, STOP_CHECK);
    }
}

/* Unicorn threw away the running block, because of a store that it has not carried out yet, and
 * began the instruction anew, in a block of its own. To stop here would be to do it all again. */
static void begin_anew(struct engine *engine)
{
    engine_undo(engine);
    engine->attention = 0;
    engine->code_changed = false;
    engine->check_at = engine->instructions + 1;
    enter_instruction(engine, engine->kind);
}

/* CODE came once more for the instruction that runs. True when that is all there is to it. */
static bool is_same_instruction(struct engine *engine)
{
    const bool repeats = (engine->kind & INSN_REPEATS) != 0;

    if (engine->isa->began_anew != NULL && engine->undo_count != 0 &&
        (!repeats || is_code_page(engine, engine->undo[0].vaddr, engine->undo[0].bytes)) &&
        engine->isa->began_anew(engine)) {
        engine->instructions--;
        begin_anew(engine);
        return true;
    }
    if (repeats && engine->insn[engine->pc] == engine->kind) {
        engine->instructions--;
        iterate(engine);
        return true;
    }
    return false;
}

/* An instruction that is not plain, or not known, or at which something is to be checked. */
static void __attribute__((noinline, cold))
look_closer(struct engine *engine, uint32_t pc, uint32_t length)
{
    uint8_t bytes[ENGINE_MAX_INSTRUCTION] = {0};
    uint16_t kind;

    if (engine->stopping != STOP_NONE || (engine->attention & ATTENTION_BOOT) != 0) {
        engine->instructions--;
        return;
    }
    if (pc == engine->last_pc && is_same_instruction(engine)) {
        return;
    }
    if (engine->instructions >= engine->check_at) {
        check(engine);
        if (engine->stopping == STOP_NONE && engine->code_changed) {
            engine_stop(engine, STOP_CHANGED);
        }
        if (engine->stopping != STOP_NONE) {
            engine->instructions--;
            engine->resume_pc = pc;
            return;
        }
    }
    if (engine_peek(engine, pc, bytes, sizeof(bytes)) == 0) {
        kind = INSN_KNOWN | (uint16_t)engine->isa->shortest;
    } else {
        kind = engine->isa->classify(engine->window + pc,
                                     length > ENGINE_MAX_INSTRUCTION ? 0 : length);
        if (!engine_is_current(engine, pc, kind & INSN_LENGTH)) {
            engine->instructions--;
            engine->resume_pc = pc;
            engine_stop(engine, STOP_STALE);
            return;
        }
    }
    begin_instruction(engine, pc, kind);
    engine->iterations = 0;
    enter_instruction(engine, kind);
}

/* At least 16 bytes can be read on both sides. */
static inline bool is_same_code(const uint8_t *window, const uint8_t *ram, uint32_t length)
{
    static const uint64_t mask[] = {
        0,
        UINT64_C(0xff),
        UINT64_C(0xffff),
        UINT64_C(0xffffff),
        UINT64_C(0xffffffff),
        UINT64_C(0xffffffffff),
        UINT64_C(0xffffffffffff),
        UINT64_C(0xffffffffffffff),
        UINT64_MAX,
    };
    uint64_t a;
    uint64_t b;

    memcpy(&a, window, sizeof(a));
    memcpy(&b, ram, sizeof(b));
    if (length <= 8) {
        return ((a ^ b) & mask[length]) == 0;
    }
    return a == b && memcmp(window + 8, ram + 8, length - 8) == 0;
}

static void on_code(uc_engine *uc, uint64_t address, uint32_t length, void *opaque)
{
    struct engine *const engine = opaque;
    const uint32_t pc = (uint32_t)address;
    const uint16_t kind = engine->insn[pc];
    uint64_t paddr;

    (void)uc;
    engine->instructions++;
    if (UNLIKELY(engine->instructions >= engine->check_at) ||
        UNLIKELY((kind & ~INSN_BRANCHES) != (INSN_KNOWN | length)) ||
        UNLIKELY(pc == engine->last_pc) ||
        UNLIKELY(!engine_admits(engine, pc, MMU_ACCESS_EXECUTE, &paddr)) ||
        UNLIKELY(!is_same_code(engine->window + pc, engine->ram + paddr, length))) {
        look_closer(engine, pc, length);
        return;
    }
    begin_instruction(engine, pc, kind);
    engine_admitted(engine, pc, paddr, length, MMU_ACCESS_EXECUTE);
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

    return uc_hook_add(uc, &hook, UC_HOOK_CODE, on_code, engine, 1, 0) == UC_ERR_OK &&
           uc_hook_add(uc, &hook, UC_HOOK_MEM_READ_PROT, on_load, engine, 1, 0) == UC_ERR_OK &&
           uc_hook_add(uc, &hook, UC_HOOK_MEM_WRITE_PROT, on_store, engine, 1, 0) == UC_ERR_OK &&
           uc_hook_add(uc, &hook, UC_HOOK_MEM_READ, on_nothing, engine, nowhere, nowhere) ==
               UC_ERR_OK;
}
