/* SPDX-License-Identifier: MIT */
/* RV32 in Unicorn: machine mode, because picolibc's start-up writes mtvec; user mode is a property
 * of the requests. So what a user may not do is kept from Unicorn here: every SYSTEM instruction
 * but the harmless CSRs is carried out by this file.
 * Source: The RISC-V Instruction Set Manual, volumes I and II; RISC-V semihosting 0.4. */
#include <string.h>

#include "source/guest_translate.h"

enum {
    OPCODE_SYSTEM = 0x73,
    INSTRUCTION_ECALL = 0x00000073,
    INSTRUCTION_EBREAK = 0x00100073,
    INSTRUCTION_C_EBREAK = 0x9002,
    SEMIHOST_BEFORE = 0x01f01013, /* slli x0, x0, 0x1f */
    SEMIHOST_AFTER = 0x40705013,  /* srai x0, x0, 7 */
    CSR_FFLAGS = 0x001,
    CSR_FCSR = 0x003,
    CSR_MSTATUS = 0x300,
    CSR_MISA = 0x301,
    CSR_MIE = 0x304,
    CSR_MTVEC = 0x305,
    CSR_MSCRATCH = 0x340,
    CSR_MTVAL = 0x343,
    CSR_MIP = 0x344,
    CSR_MMU = 0x7c0,
    CSR_MMU_LAST = 0x7ff,
    CSR_MCYCLE = 0xb00,
    CSR_MINSTRET = 0xb02,
    CSR_CYCLE = 0xc00,
    CSR_INSTRET = 0xc02,
    CSR_HIGH = 0x080, /* added for the upper halves of the counters */
    CSR_MVENDORID = 0xf11,
    CSR_MHARTID = 0xf14,
    MSTATUS_FS = 0x6000, /* the floating-point unit is on */
    MSTATUS_MPP = 0x1800,
    MISA_RV32IMAFDC = 0x4000112d,
    FIRST_REGISTER = UC_RISCV_REG_X0,
};

static uint32_t word_at(const uint8_t *bytes)
{
    uint32_t word;

    memcpy(&word, bytes, sizeof(word));
    return word;
}

static void get(struct engine *engine, struct guest_cpu *cpu)
{
    int id[32];
    void *value[32];

    for (int i = 0; i < 32; i++) {
        id[i] = FIRST_REGISTER + i;
        value[i] = &cpu->reg[i];
    }
    uc_reg_read_batch(engine->uc, id, value, 32);
    engine->loaded = *cpu;
}

static void set(struct engine *engine, const struct guest_cpu *cpu)
{
    for (int i = 1; i < 32; i++) {
        if (cpu->reg[i] != engine->loaded.reg[i]) {
            uc_reg_write(engine->uc, FIRST_REGISTER + i, &cpu->reg[i]);
        }
    }
    engine->loaded = *cpu;
}

static bool start(struct engine *engine, struct error *error)
{
    uint32_t status = MSTATUS_FS | MSTATUS_MPP;

    if (uc_reg_write(engine->uc, UC_RISCV_REG_MSTATUS, &status) != UC_ERR_OK) {
        return error_set(error, "cannot start Unicorn's RV32: no mstatus");
    }
    return true;
}

static void save(struct engine *engine)
{
    uc_context_save(engine->uc, engine->context);
}

static void restore(struct engine *engine)
{
    uc_context_restore(engine->uc, engine->context);
}

/* CSRs that hold nothing but what the guest wrote, and act on nothing that concerns the MMU. */
static bool is_harmless_csr(uint32_t csr)
{
    return (csr >= CSR_FFLAGS && csr <= CSR_FCSR) || csr == CSR_MTVEC ||
           (csr >= CSR_MSCRATCH && csr <= CSR_MTVAL);
}

static uint16_t classify(const uint8_t *bytes, uint32_t length)
{
    const uint32_t word = word_at(bytes);
    uint16_t kind = INSN_KNOWN | INSN_BRANCHES;

    (void)length; /* the lowest bits tell */
    if ((word & 3) != 3) {
        kind |= 2;
        return (uint16_t)word == INSTRUCTION_C_EBREAK ? kind | INSN_SPECIAL : kind;
    }
    kind |= 4;
    if ((word & 0x7f) != OPCODE_SYSTEM) {
        return kind;
    }
    if ((word >> 12 & 3) != 0 && is_harmless_csr(word >> 20)) {
        return kind;
    }
    return kind | INSN_SPECIAL;
}

static uint32_t read_register(struct engine *engine, uint32_t number)
{
    uint32_t value = 0;

    if (number != 0) {
        uc_reg_read(engine->uc, FIRST_REGISTER + (int)number, &value);
    }
    return value;
}

static void write_register(struct engine *engine, uint32_t number, uint32_t value)
{
    if (number != 0) {
        uc_reg_write(engine->uc, FIRST_REGISTER + (int)number, &value);
    }
}

static bool illegal(struct engine *engine, struct guest_event *event)
{
    engine_abandon(engine);
    event->kind = GUEST_ILLEGAL;
    event->vector = 2;
    return true;
}

/* A CSR whose writes go nowhere. */
static bool constant_csr(const struct engine *engine, uint32_t csr, uint32_t *value)
{
    const uint64_t count = engine->instructions - 1; /* executed before this one */

    if ((csr >= CSR_CYCLE && csr <= CSR_INSTRET) || csr == CSR_MCYCLE || csr == CSR_MINSTRET) {
        *value = (uint32_t)count;
        return true;
    }
    if ((csr >= CSR_CYCLE + CSR_HIGH && csr <= CSR_INSTRET + CSR_HIGH) ||
        csr == CSR_MCYCLE + CSR_HIGH || csr == CSR_MINSTRET + CSR_HIGH) {
        *value = (uint32_t)(count >> 32);
        return true;
    }
    switch (csr) {
    case CSR_MSTATUS:
        *value = MSTATUS_FS | MSTATUS_MPP;
        return true;
    case CSR_MISA:
        *value = MISA_RV32IMAFDC;
        return true;
    case CSR_MIE:
    case CSR_MIP:
        *value = 0;
        return true;
    default:
        *value = 0;
        return csr >= CSR_MVENDORID && csr <= CSR_MHARTID;
    }
}

/* The guest reaches for the MMU: CSR 0x7C0 + n is its register n. */
static bool mmu_csr(struct engine *engine, uint32_t word, struct guest_event *event)
{
    const uint32_t funct3 = word >> 12 & 7;
    const uint32_t source = word >> 15 & 31;
    const bool writes = (funct3 & 3) == 1 || source != 0;

    event->kind = GUEST_MMU_REGISTER;
    event->request = (struct mmu_request){
        .op = writes ? MMU_OP_WRITE_REGISTER : MMU_OP_READ_REGISTER,
        .reg = (uint8_t)((word >> 20) - CSR_MMU),
    };
    if (writes) {
        event->request.wdata = (funct3 & 4) != 0 ? source : read_register(engine, source);
    }
    event->response = target_request(engine->target, &event->request, engine->pc, 0);
    engine->current++;
    engine_abandon(engine);
    return true;
}

static bool csr_instruction(struct engine *engine, uint32_t word, struct guest_event *event)
{
    const uint32_t csr = word >> 20;
    uint32_t value;

    if (csr >= CSR_MMU && csr <= CSR_MMU_LAST) {
        return mmu_csr(engine, word, event);
    }
    if (!constant_csr(engine, csr, &value)) {
        return illegal(engine, event);
    }
    write_register(engine, word >> 7 & 31, value);
    engine->resume_pc = engine->pc + 4;
    return false;
}

/* ebreak between the two shifts that do nothing. */
static bool is_semihosting(const struct engine *engine)
{
    uint8_t bytes[12];

    return engine_peek(engine, engine->pc - 4, bytes, sizeof(bytes)) == sizeof(bytes) &&
           word_at(bytes) == SEMIHOST_BEFORE && word_at(bytes + 8) == SEMIHOST_AFTER;
}

static bool special(struct engine *engine, struct guest_event *event)
{
    const uint32_t length = engine->kind & INSN_LENGTH;
    const uint32_t word = word_at(engine->window + engine->pc);

    if (length == 2 || (word == INSTRUCTION_EBREAK && !is_semihosting(engine))) {
        engine_abandon(engine);
        event->kind = GUEST_BREAKPOINT;
        event->vector = 3;
        return true;
    }
    if (word == INSTRUCTION_EBREAK || word == INSTRUCTION_ECALL) {
        event->kind = word == INSTRUCTION_ECALL ? GUEST_SYSCALL : GUEST_SEMIHOST;
        engine->resume_pc = engine->pc + 4;
        return true;
    }
    if ((word >> 12 & 3) != 0) {
        return csr_instruction(engine, word, event);
    }
    return illegal(engine, event); /* wfi, mret, sret, sfence.vma, hlv */
}

/* Nothing but illegal instructions and misaligned atomics is left for Unicorn to raise. */
static void exception(struct engine *engine, int number, struct guest_event *event)
{
    (void)engine;
    event->kind = number == 3 ? GUEST_BREAKPOINT : GUEST_ILLEGAL;
    event->vector = number == ENGINE_INVALID ? 2 : (uint32_t)number;
}

const struct isa isa_rv32 = {
    .arch = UC_ARCH_RISCV,
    .mode = UC_MODE_RISCV32,
    .shortest = 2,
    .start = start,
    .get = get,
    .set = set,
    .save = save,
    .restore = restore,
    .classify = classify,
    .special = special,
    .exception = exception,
};
