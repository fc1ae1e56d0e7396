/* SPDX-License-Identifier: MIT */
/* Unicorn with empty hooks: see guest_bare.h. */
#include "source/guest_bare.h"

#include <string.h>
#include <sys/mman.h>

#include "source/guest_engine.h"

static void see_code(uc_engine *uc, uint64_t address, uint32_t length, void *opaque)
{
    (void)uc;
    (void)address;
    (void)length;
    (void)opaque;
}

static void see_memory(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
                       void *opaque)
{
    (void)uc;
    (void)type;
    (void)address;
    (void)size;
    (void)value;
    (void)opaque;
}

bool engine_add_empty_hooks(struct engine *engine)
{
    uc_engine *const uc = engine->uc;
    uc_hook hook;

    return uc_hook_add(uc, &hook, UC_HOOK_CODE, see_code, engine, 1, 0) == UC_ERR_OK &&
           uc_hook_add(uc, &hook, UC_HOOK_MEM_READ, see_memory, engine, 1, 0) == UC_ERR_OK &&
           uc_hook_add(uc, &hook, UC_HOOK_MEM_WRITE, see_memory, engine, 1, 0) == UC_ERR_OK;
}

/* Whole pages of a segment. */
static bool piece_of(const struct engine *engine, unsigned number, struct engine_piece *piece)
{
    const struct target *const target = engine->target;
    const struct mmu_segment *const reg = &mmu_bank(&target->config, &target->regs)[number];
    const bool grows_down = (reg->flags & MMU_FLAG_GROWS_DOWN) != 0;
    uint64_t end;

    if ((reg->flags & MMU_FLAG_PRESENT) == 0 || reg->size == 0 ||
        (grows_down && reg->base < reg->size)) {
        return false;
    }
    piece->vaddr = (uint64_t)number << mmu_offset_width(&target->config);
    piece->paddr = reg->base;
    if (grows_down) {
        piece->vaddr += mmu_span(&target->config) - reg->size;
        piece->paddr -= reg->size;
    }
    end = (piece->vaddr + reg->size + ENGINE_PAGE - 1) & ~(uint64_t)(ENGINE_PAGE - 1);
    piece->paddr -= piece->vaddr & (ENGINE_PAGE - 1);
    piece->vaddr &= ~(uint64_t)(ENGINE_PAGE - 1);
    piece->bytes = end - piece->vaddr;
    if (piece->paddr % ENGINE_PAGE != 0 || piece->paddr > target->ram_bytes ||
        piece->vaddr > UINT32_MAX) {
        return false;
    }
    if (piece->bytes > target->ram_bytes - piece->paddr) {
        piece->bytes = (target->ram_bytes - piece->paddr) & ~(uint64_t)(ENGINE_PAGE - 1);
    }
    if (piece->bytes > (UINT64_C(1) << 32) - piece->vaddr) {
        piece->bytes = (UINT64_C(1) << 32) - piece->vaddr;
    }
    return piece->bytes != 0;
}

/* RAM's pages, a second time, in the window. mremap of size 0 copies a shared mapping. */
static void map_segments(struct engine *engine)
{
    const unsigned count = mmu_segment_count(&engine->target->config);
    struct engine_piece piece;

    for (unsigned number = 0; number < count; number++) {
        if (piece_of(engine, number, &piece) &&
            memcmp(&piece, &engine->bare_piece[number], sizeof(piece)) != 0) {
            (void)mremap(engine->ram + piece.paddr, 0, piece.bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
                         engine->window + piece.vaddr);
            uc_ctl_remove_cache(engine->uc, piece.vaddr, piece.vaddr + piece.bytes - 1);
            memcpy(&engine->bare_piece[number], &piece, sizeof(piece));
        }
    }
}

static bool is_mapped(const struct engine *engine, uint64_t vaddr)
{
    const unsigned count = mmu_segment_count(&engine->target->config);
    struct engine_piece piece;

    for (unsigned number = 0; number < count; number++) {
        if (piece_of(engine, number, &piece) && vaddr >= piece.vaddr &&
            vaddr - piece.vaddr < piece.bytes) {
            return true;
        }
    }
    return false;
}

/* The GDT needs a page of its own, as it has no gate to hide behind. */
static void place_gdt(struct engine *engine)
{
    uint64_t vaddr = (UINT64_C(1) << 32) - ENGINE_PAGE;
    uc_x86_mmr gdtr = {.limit = sizeof(engine->gdt) - 1};

    while (vaddr != 0 && is_mapped(engine, vaddr)) {
        vaddr -= ENGINE_PAGE;
    }
    memcpy(engine->window + vaddr, engine->gdt, sizeof(engine->gdt));
    gdtr.base = vaddr;
    uc_reg_write(engine->uc, UC_X86_REG_GDTR, &gdtr);
}

static uint32_t program_counter(struct engine *engine)
{
    uint32_t pc = 0;

    uc_reg_read(engine->uc, engine->isa == &isa_rv32 ? (int)UC_RISCV_REG_PC : (int)UC_X86_REG_EIP,
                &pc);
    return pc;
}

static void settle(struct engine *engine, struct guest_event *event)
{
    static const uint32_t ebreak = 0x00100073;
    const bool is_rv32 = engine->isa == &isa_rv32;
    const bool raised = engine->stopping == STOP_EXCEPTION;

    engine->resume_pc = program_counter(engine);
    if (raised &&
        (is_rv32 ? engine->exception >= 8 && engine->exception <= 11 : engine->exception == 0x80)) {
        event->kind = GUEST_SYSCALL;
    } else if (!raised && is_rv32 &&
               memcmp(engine->window + engine->resume_pc, &ebreak, sizeof(ebreak)) == 0) {
        event->kind = GUEST_SEMIHOST;
        engine->resume_pc += sizeof(ebreak);
    } else {
        engine->isa->exception(engine, raised ? engine->exception : ENGINE_INVALID, event);
    }
}

void engine_run_bare(struct engine *engine, struct guest_event *event)
{
    map_segments(engine);
    if (engine->isa == &isa_i386) {
        place_gdt(engine);
    }
    memset(event, 0, sizeof(*event));
    engine->stopping = STOP_NONE;
    (void)uc_emu_start(engine->uc, engine->resume_pc, 0, 0, 0);
    settle(engine, event);
}
