/* SPDX-License-Identifier: MIT */
/* Before each instruction: its fetch, and whether Unicorn may run what it translated.
 *
 * Measured with Unicorn 2.0.1: a repeating instruction (x86 rep) fires CODE before each iteration
 * and once after the last. A store into the running block makes x86 begin the instruction anew,
 * CODE included.
 */
#include <string.h>

#include "source/guest_translate.h"

static bool is_interrupted(struct engine *engine)
{
    return atomic_load_explicit(&engine->shared->interrupt, memory_order_relaxed) != 0 ||
           stream_is_halted(engine->stream);
}

/* The instruction that has just begun does not count yet. */
static bool is_at_limit(const struct engine *engine)
{
    return engine->max_steps != 0 &&
           engine->instructions - 1 + engine->repetitions >= engine->max_steps;
}

static void check(struct engine *engine)
{
    const uint64_t begun = engine->instructions - 1;
    uint64_t next = begun + ENGINE_CHECK_INTERVAL;

    if (is_at_limit(engine)) {
        engine_stop(engine, STOP_CHECK);
        return;
    }
    if (engine->max_steps != 0 && next > engine->max_steps - engine->repetitions) {
        next = engine->max_steps - engine->repetitions;
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
    if (UNLIKELY(engine->stream->synchronous) &&
        memcmp(engine->window + pc, engine->ram + paddr, kind & INSN_LENGTH) != 0) {
        engine->elsewhere_pc = pc;
        engine->elsewhere_paddr = paddr;
        engine_stop(engine, STOP_ELSEWHERE);
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
    engine->repetitions++;
    engine->check_at = 0; /* the limit has come nearer */
    if (is_at_limit(engine) ||
        (engine->repetitions % ENGINE_CHECK_INTERVAL == 0 && is_interrupted(engine))) {
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
    if (engine->elsewhere_pc != pc && engine_peek(engine, pc, bytes, sizeof(bytes)) == 0) {
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

void engine_on_code(uc_engine *uc, uint64_t address, uint32_t length, void *opaque)
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
