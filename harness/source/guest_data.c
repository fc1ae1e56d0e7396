/* SPDX-License-Identifier: MIT */
/* Loads and stores: the gates.
 *
 * Measured with Unicorn 2.0.1: a load that crosses a page fires its gate three times, for itself,
 * then for its two aligned halves. A store that crosses a page, or hits unaligned a page that may
 * hold translated code, fires for itself, then for each byte. Those echoes are of the same access,
 * and let through.
 */
#include <stdlib.h>
#include <string.h>

#include "source/guest_translate.h"

static bool crosses_page(uint32_t vaddr, uint32_t bytes)
{
    return (vaddr & (ENGINE_PAGE - 1)) + bytes > ENGINE_PAGE;
}

/* True for an access that Unicorn makes of one that went before. */
static bool is_echo(struct engine *engine, uint32_t vaddr, uint32_t bytes, uint64_t value,
                    bool is_store)
{
    if (!is_store && (engine->attention & ATTENTION_ECHO_LOAD) != 0) {
        const uint32_t aligned = engine->echo_vaddr & ~(engine->echo_bytes - 1);

        if (bytes == engine->echo_bytes && vaddr == aligned + engine->echo_count * bytes) {
            if (++engine->echo_count == 2) {
                engine->attention &= ~(uint32_t)ATTENTION_ECHO_LOAD;
            }
            return true;
        }
    }
    if (is_store && (engine->attention & ATTENTION_ECHO_STORE) != 0) {
        if (bytes == 1 && vaddr == engine->echo_vaddr + engine->echo_count &&
            (uint8_t)value == (uint8_t)(engine->echo_value >> (8 * engine->echo_count))) {
            if (++engine->echo_count == engine->echo_bytes) {
                engine->attention &= ~(uint32_t)ATTENTION_ECHO_STORE;
            }
            return true;
        }
    }
    engine->attention &= ~(uint32_t)(ATTENTION_ECHO_LOAD | ATTENTION_ECHO_STORE);
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

bool engine_on_load(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
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

bool engine_on_store(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
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
