/* SPDX-License-Identifier: MIT */
/* Code in the window: whether it is what lies in physical memory, and what is known of it.
 *
 * Unicorn translates a block from the window, ahead of the instructions that run; the segments, the
 * supervisor, or a store through another segment can change what lies there without Unicorn's
 * knowledge. So a page of the window counts as code only after it was copied from physical memory
 * and Unicorn forgot what it had of it; each instruction's bytes are compared before it runs; and
 * whatever changes such a page in the window takes back what is known (the insn table), so that the
 * next instruction there is looked at anew.
 */
#include <string.h>

#include "source/guest_translate.h"

static uint32_t page_of(uint32_t vaddr)
{
    return vaddr >> ENGINE_PAGE_BITS;
}

/* The physical address that a fetch of one byte would be answered with, without asking. */
static bool peek_address(const struct engine *engine, uint64_t vaddr, uint64_t *paddr)
{
    const struct target *const target = engine->target;
    const struct mmu_request request = {
        .addr = vaddr, .op = MMU_OP_TRANSLATE, .bytes = 1, .access = MMU_ACCESS_EXECUTE};
    struct mmu_response response;

    if (vaddr > UINT32_MAX) {
        return false;
    }
    response = mmu_translate(&target->config, mmu_bank(&target->config, &target->regs), &request);
    *paddr = response.addr;
    return response.fault == MMU_FAULT_NONE && response.addr < target->ram_bytes;
}

uint32_t engine_peek(const struct engine *engine, uint32_t vaddr, uint8_t *bytes, uint32_t count)
{
    uint64_t paddr;
    uint32_t found;

    if (engine_admits(engine, vaddr, MMU_ACCESS_EXECUTE, &paddr)) {
        memcpy(bytes, engine->ram + paddr, count);
        return count;
    }
    for (found = 0; found < count; found++) {
        if (!peek_address(engine, (uint64_t)vaddr + found, &paddr)) {
            break;
        }
        bytes[found] = engine->ram[paddr];
    }
    return found;
}

static bool is_in_window(const struct engine *engine, uint32_t pc, uint32_t bytes)
{
    uint8_t truth[ENGINE_MAX_INSTRUCTION];
    const uint32_t found = engine_peek(engine, pc, truth, bytes);
    const uint8_t first = engine->page[page_of(pc)];
    const uint8_t last = engine->page[page_of(pc + bytes - 1)];

    if ((first & last & PAGE_IS_CODE) == 0) {
        return false;
    }
    if (engine->insn[pc] == 0 && ((first | last) & PAGE_WRITTEN) != 0) {
        return false;
    }
    return memcmp(truth, engine->window + pc, found) == 0;
}

bool engine_is_current(const struct engine *engine, uint32_t pc, uint32_t bytes)
{
    if (engine->elsewhere_pc == pc) {
        return true; /* it was put there; its fetch looks at it again */
    }
    return is_in_window(engine, pc, bytes);
}

/* Copies what a fetch would find in one page; zeros where it would find nothing. */
static void copy_page(struct engine *engine, uint32_t page)
{
    const uint32_t start = page << ENGINE_PAGE_BITS;
    uint8_t *const to = engine->window + start;

    for (uint32_t at = 0; at < ENGINE_PAGE;) {
        uint64_t low;
        uint64_t high;

        /* A segment is one piece: where its 16 bytes are admitted at both ends, so are all. */
        if (at + ENGINE_PAGE / 4 <= ENGINE_PAGE && at % (ENGINE_PAGE / 4) == 0 &&
            engine_admits(engine, start + at, MMU_ACCESS_EXECUTE, &low) &&
            engine_admits(engine, start + at + ENGINE_PAGE / 4 - 1, MMU_ACCESS_EXECUTE, &high) &&
            high - low == ENGINE_PAGE / 4 - 1) {
            memcpy(to + at, engine->ram + low, ENGINE_PAGE / 4);
            at += ENGINE_PAGE / 4;
        } else {
            to[at] = peek_address(engine, start + at, &low) ? engine->ram[low] : 0;
            at++;
        }
    }
}

/* Makes Unicorn forget what it translated of [start, end). It knows no end of 2^32. */
static void forget_translated(struct engine *engine, uint64_t start, uint64_t end)
{
    uc_ctl_remove_cache(engine->uc, start, end > UINT32_MAX ? UINT32_MAX : end);
}

static void refresh_page(struct engine *engine, uint32_t page)
{
    const uint64_t start = (uint64_t)page << ENGINE_PAGE_BITS;

    engine_code_forget(engine, (uint32_t)start, ENGINE_PAGE);
    copy_page(engine, page);
    engine->page[page] = PAGE_IS_CODE;
    forget_translated(engine, start, start + ENGINE_PAGE);
}

void engine_refresh(struct engine *engine, uint32_t pc)
{
    const uint32_t first = page_of(pc);
    const uint32_t last = page_of(pc + ENGINE_MAX_INSTRUCTION - 1);

    refresh_page(engine, first);
    if (last != first) {
        refresh_page(engine, last);
    }
}

/* Instructions with a byte in [vaddr, vaddr + bytes). True where there was one. */
static bool forget_instructions(struct engine *engine, uint32_t vaddr, uint32_t bytes)
{
    bool found = false;

    for (uint32_t back = 1; back < ENGINE_MAX_INSTRUCTION; back++) {
        uint16_t *const insn = &engine->insn[vaddr - back]; /* uint32_t wraps, as addresses do */

        if ((*insn & INSN_LENGTH) > back) {
            *insn = 0;
            engine->forgotten++;
            found = true;
        }
    }
    for (uint32_t at = 0; at < bytes; at++) {
        uint16_t *const insn = &engine->insn[(uint32_t)(vaddr + at)];

        if (*insn != 0) {
            *insn = 0;
            engine->forgotten++;
            found = true;
        }
    }
    return found;
}

void engine_code_stored(struct engine *engine, uint32_t vaddr, uint32_t bytes)
{
    const uint32_t first = page_of(vaddr);
    const uint32_t last = page_of(vaddr + bytes - 1);

    engine->page[first] |= PAGE_WRITTEN;
    engine->page[last] |= PAGE_WRITTEN;
    if (forget_instructions(engine, vaddr, bytes)) {
        engine->check_at = 0; /* the running block may hold it: stop before the next instruction */
        engine->code_changed = true;
    }
}

void engine_code_forget(struct engine *engine, uint32_t vaddr, uint32_t bytes)
{
    engine->page[page_of(vaddr)] = 0;
    engine->page[page_of(vaddr + bytes - 1)] = 0;
    forget_instructions(engine, vaddr & ~(uint32_t)(ENGINE_PAGE - 1), ENGINE_PAGE);
    if (page_of(vaddr) != page_of(vaddr + bytes - 1)) {
        forget_instructions(engine, (vaddr + bytes - 1) & ~(uint32_t)(ENGINE_PAGE - 1),
                            ENGINE_PAGE);
    }
}

void engine_fetch_elsewhere(struct engine *engine)
{
    const uint32_t pc = (uint32_t)engine->elsewhere_pc;
    const uint64_t left = engine->target->ram_bytes - engine->elsewhere_paddr;
    const uint32_t bytes = left < ENGINE_MAX_INSTRUCTION ? (uint32_t)left : ENGINE_MAX_INSTRUCTION;

    engine_code_forget(engine, pc, ENGINE_MAX_INSTRUCTION);
    memcpy(engine->window + pc, engine->ram + engine->elsewhere_paddr, bytes);
    forget_translated(engine, pc, (uint64_t)pc + ENGINE_MAX_INSTRUCTION);
}
