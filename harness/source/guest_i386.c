/* SPDX-License-Identifier: MIT */
/* i386 in Unicorn: 32-bit protected mode, privilege level 3, flat segments but for the thread's.
 * Source: Intel SDM 1, 2 and 3A. */
#include <string.h>

#include "source/guest_i386.h"
#include "source/guest_translate.h"

enum {
    SELECTOR_CODE = 0x23, /* GDT entry 4, level 3 */
    SELECTOR_DATA = 0x2b, /* entry 5 */
    ENTRY_THREAD = 6,
    GDT_ENTRIES = 8,
    CR0_FPU = 0x22,  /* MP, NE: the floating-point unit reports its errors as exception 16 */
    CR4_SSE = 0x600, /* OSFXSR, OSXMMEXCPT */
    FPCW_START = 0x37f,
    FPTAG_EMPTY = 0xffff,
    MXCSR_START = 0x1f80,
    EFLAGS_FIXED = 0x202,   /* the bit that is always 1, and interrupts on */
    EFLAGS_USER = 0x240dd5, /* CF PF AF ZF SF TF DF OF AC ID */
    PORT_MMU_INDEX = 0x5e0,
    PORT_MMU_VALUE = 0x5e4,
};

/* Linear addresses. The GDT is never where the guest's own accesses go: see descriptor. */
#define BOOT_CODE UINT32_C(0xffffd000)
#define BOOT_STACK UINT32_C(0xe000) /* SS is not loaded yet, and so of 16 bits */
#define GDT_BASE UINT32_C(0xfffff000)

/* A flat segment of level 3, accessed and present, granularity of 4 KB, 32 bits. */
static void put_descriptor(struct engine *engine, unsigned entry, uint32_t base, uint8_t type)
{
    uint8_t *const at = engine->gdt + (size_t)8 * entry;

    at[0] = 0xff;
    at[1] = 0xff;
    at[2] = (uint8_t)base;
    at[3] = (uint8_t)(base >> 8);
    at[4] = (uint8_t)(base >> 16);
    at[5] = type;
    at[6] = 0xcf;
    at[7] = (uint8_t)(base >> 24);
}

/* Unicorn enters level 3 only as the hardware does: by an iret. */
static bool enter_level_3(struct engine *engine)
{
    const uint32_t frame[] = {BOOT_CODE + 1, SELECTOR_CODE, EFLAGS_FIXED, 0, SELECTOR_DATA};
    const uint32_t stack = BOOT_STACK;
    uint32_t data = SELECTOR_DATA;
    uint32_t selector = 0;
    bool loaded;

    memcpy(engine->window + GDT_BASE, engine->gdt, sizeof(engine->gdt));
    memcpy(engine->window + BOOT_STACK, frame, sizeof(frame));
    engine->window[BOOT_CODE] = 0xcf;     /* iret */
    engine->window[BOOT_CODE + 1] = 0xcc; /* int3 */
    engine->attention = ATTENTION_BOOT;
    uc_reg_write(engine->uc, UC_X86_REG_ESP, &stack);
    (void)uc_emu_start(engine->uc, BOOT_CODE, 0, 0, 0);
    loaded = uc_reg_write(engine->uc, UC_X86_REG_DS, &data) == UC_ERR_OK &&
             uc_reg_write(engine->uc, UC_X86_REG_ES, &data) == UC_ERR_OK &&
             uc_reg_read(engine->uc, UC_X86_REG_CS, &selector) == UC_ERR_OK &&
             engine->exception == 3;
    engine->attention = 0;
    engine->stopping = STOP_NONE;
    memset(engine->window + GDT_BASE, 0, sizeof(engine->gdt));
    memset(engine->window + BOOT_STACK, 0, sizeof(frame));
    memset(engine->window + BOOT_CODE, 0, 2);
    uc_ctl_remove_cache(engine->uc, BOOT_CODE, BOOT_CODE + ENGINE_PAGE);
    /* There may have been code, when this is not the first Unicorn of the guest. */
    engine_code_forget(engine, GDT_BASE, 1);
    engine_code_forget(engine, BOOT_STACK, 1);
    engine_code_forget(engine, BOOT_CODE, 1);
    return loaded && selector == SELECTOR_CODE;
}

static bool start(struct engine *engine, struct error *error)
{
    const uc_x86_mmr gdtr = {.base = GDT_BASE, .limit = 8 * GDT_ENTRIES - 1};
    const uint16_t control = FPCW_START;
    const uint16_t tags = FPTAG_EMPTY;
    const uint32_t mxcsr = MXCSR_START;
    uint32_t cr0 = 0;
    uint32_t cr4 = CR4_SSE;
    uc_engine *const uc = engine->uc;

    put_descriptor(engine, SELECTOR_CODE >> 3, 0, 0xfb);
    put_descriptor(engine, SELECTOR_DATA >> 3, 0, 0xf3);
    put_descriptor(engine, ENTRY_THREAD, 0, 0xf3);
    if (uc_reg_read(uc, UC_X86_REG_CR0, &cr0) != UC_ERR_OK) {
        return error_set(error, "cannot start Unicorn's i386: no CR0");
    }
    cr0 |= CR0_FPU;
    if (uc_reg_write(uc, UC_X86_REG_CR0, &cr0) != UC_ERR_OK ||
        uc_reg_write(uc, UC_X86_REG_CR4, &cr4) != UC_ERR_OK ||
        uc_reg_write(uc, UC_X86_REG_GDTR, &gdtr) != UC_ERR_OK ||
        uc_reg_write(uc, UC_X86_REG_FPCW, &control) != UC_ERR_OK ||
        uc_reg_write(uc, UC_X86_REG_FPTAG, &tags) != UC_ERR_OK ||
        uc_reg_write(uc, UC_X86_REG_MXCSR, &mxcsr) != UC_ERR_OK) {
        return error_set(error, "cannot start Unicorn's i386: a control register is missing");
    }
    if (!enter_level_3(engine)) {
        return error_set(error, "cannot start Unicorn's i386: it does not reach level 3");
    }
    return true;
}

static const int general[8] = {UC_X86_REG_EAX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_EBX,
                               UC_X86_REG_ESP, UC_X86_REG_EBP, UC_X86_REG_ESI, UC_X86_REG_EDI};

static void get(struct engine *engine, struct guest_cpu *cpu)
{
    int id[9];
    void *value[9];

    for (int i = 0; i < 8; i++) {
        id[i] = general[i];
        value[i] = &cpu->reg[i];
    }
    id[8] = UC_X86_REG_EFLAGS;
    value[8] = &cpu->eflags;
    uc_reg_read_batch(engine->uc, id, value, 9);
    engine->loaded = *cpu;
}

static void set(struct engine *engine, const struct guest_cpu *cpu)
{
    const uint32_t eflags = (cpu->eflags & EFLAGS_USER) | EFLAGS_FIXED;

    for (int i = 0; i < 8; i++) {
        if (cpu->reg[i] != engine->loaded.reg[i]) {
            uc_reg_write(engine->uc, general[i], &cpu->reg[i]);
        }
    }
    if (eflags != engine->loaded.eflags) {
        uc_reg_write(engine->uc, UC_X86_REG_EFLAGS, &eflags);
    }
    if (cpu->gs_base != engine->loaded.gs_base) {
        put_descriptor(engine, ENTRY_THREAD, cpu->gs_base, 0xf3);
    }
    engine->loaded = *cpu;
}

static void save(struct engine *engine)
{
    /* The flags in the context may be stale (Unicorn 2.0.1), as read they are not. */
    if (!engine->context_saved) {
        uc_context_save(engine->uc, engine->context);
        uc_reg_read(engine->uc, UC_X86_REG_EFLAGS, &engine->eflags);
    }
}

static void restore(struct engine *engine)
{
    uc_context_restore(engine->uc, engine->context);
    uc_reg_write(engine->uc, UC_X86_REG_EFLAGS, &engine->eflags);
}

static uint32_t read_register(struct engine *engine, int id)
{
    uint32_t value = 0;

    uc_reg_read(engine->uc, id, &value);
    return value;
}

static bool began_anew(struct engine *engine)
{
    const uint32_t stored_at = engine->undo[engine->undo_count - 1].vaddr;

    if ((engine->kind & INSN_REPEATS) != 0) {
        /* Once stored, EDI has moved on; 16 bits of it, in case that is its size. */
        return (uint16_t)read_register(engine, UC_X86_REG_EDI) == (uint16_t)stored_at;
    }
    if ((engine->kind & INSN_BRANCHES) != 0) {
        /* A call onto itself: done, the stack pointer is where it stored. */
        return read_register(engine, UC_X86_REG_ESP) != stored_at;
    }
    return true;
}

static bool descriptor(struct engine *engine, uint32_t vaddr, uint32_t bytes)
{
    const uint32_t offset = vaddr - GDT_BASE;
    const uint32_t before = (uint32_t)engine->kind >> INSN_PLAIN_SHIFT;

    /* current counts the fetch too. */
    if (engine->current <= before || bytes != 4 || offset > sizeof(engine->gdt) - 4) {
        return false;
    }
    memcpy(engine->window + vaddr, engine->gdt + offset, bytes);
    return true;
}

/* The guest reaches for the MMU: index and value ports, as at a PC's PCI configuration. No index
 * can ever be set, so a value is always register 0's. */
static bool mmu_port(struct engine *engine, uint32_t port, bool writes, struct guest_event *event)
{
    const uint32_t eax = read_register(engine, UC_X86_REG_EAX);

    event->kind = GUEST_MMU_REGISTER;
    event->request = (struct mmu_request){.op = MMU_OP_READ_REGISTER};
    if (writes && port == PORT_MMU_INDEX) {
        event->request.reg = (uint8_t)eax;
    } else if (writes) {
        event->request.op = MMU_OP_WRITE_REGISTER;
        event->request.wdata = eax;
    }
    event->response = target_request(engine->target, &event->request, engine->pc, 0);
    engine->current++;
    engine_abandon(engine);
    return true;
}

static bool refused(struct engine *engine, enum guest_event_kind kind, uint32_t vector,
                    struct guest_event *event)
{
    engine_abandon(engine);
    event->kind = kind;
    event->vector = vector;
    return true;
}

static bool read_counter(struct engine *engine)
{
    const uint64_t count = engine->instructions - 1; /* executed before this one */
    const uint32_t low = (uint32_t)count;
    const uint32_t high = (uint32_t)(count >> 32);

    uc_reg_write(engine->uc, UC_X86_REG_EAX, &low);
    uc_reg_write(engine->uc, UC_X86_REG_EDX, &high);
    engine->resume_pc = engine->pc + (engine->kind & INSN_LENGTH);
    return false;
}

static bool special(struct engine *engine, struct guest_event *event)
{
    struct i386_insn insn;
    uint32_t port;

    i386_decode(engine->window + engine->pc, &insn);
    switch (i386_special(&insn)) {
    case I386_SYSCALL:
        event->kind = GUEST_SYSCALL;
        event->vector = 0x80;
        engine->resume_pc = engine->pc + (engine->kind & INSN_LENGTH);
        return true;
    case I386_BREAKPOINT:
        return refused(engine, GUEST_BREAKPOINT, 3, event);
    case I386_COUNTER:
        return read_counter(engine);
    case I386_PORT:
        port = insn.has_port ? insn.immediate : (uint16_t)read_register(engine, UC_X86_REG_EDX);
        if (port == PORT_MMU_INDEX || port == PORT_MMU_VALUE) {
            return mmu_port(engine, port, (insn.opcode & 2) != 0, event);
        }
        return refused(engine, GUEST_ILLEGAL, 13, event);
    case I386_UNDEFINED:
        return refused(engine, GUEST_ILLEGAL, 6, event);
    case I386_PRIVILEGED:
    case I386_ORDINARY:
        break;
    }
    return refused(engine, GUEST_ILLEGAL, 13, event);
}

static void exception(struct engine *engine, int number, struct guest_event *event)
{
    (void)engine;
    /* Unicorn delivers no exception, and so takes the second of those that can be part of a double
     * fault for one (SDM 3A, table 6-5). */
    if (number == 8) {
        number = 13;
    }
    event->vector = number == ENGINE_INVALID ? 6 : (uint32_t)number;
    switch (number) {
    case 0:  /* divide */
    case 4:  /* overflow */
    case 5:  /* bound */
    case 16: /* x87 */
    case 19: /* SSE */
        event->kind = GUEST_ARITHMETIC;
        break;
    case 1: /* trap flag */
    case 3:
        event->kind = GUEST_BREAKPOINT;
        break;
    default:
        event->kind = GUEST_ILLEGAL;
        break;
    }
}

const struct isa isa_i386 = {
    .arch = UC_ARCH_X86,
    .mode = UC_MODE_32,
    .shortest = 1,
    .start = start,
    .get = get,
    .set = set,
    .save = save,
    .restore = restore,
    .began_anew = began_anew,
    .classify = i386_classify,
    .descriptor = descriptor,
    .special = special,
    .exception = exception,
};
