/* SPDX-License-Identifier: MIT */
/* RV32: every access of every kind of instruction is refused once; and many at random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest_fixture.h"

struct rv32_case {
    const char *text;
    unsigned bytes;
    uint8_t code[4];
};

/* clang-format off */
static const struct rv32_case rv32_cases[] = {
    {"lw a0, 0(s0)", 2, {0x08, 0x40}},
    {"lw s0, 0(s0)", 2, {0x00, 0x40}},
    {"lh a0, 2(s0)", 4, {0x03, 0x15, 0x24, 0x00}},
    {"lbu a0, 3(s0)", 4, {0x03, 0x45, 0x34, 0x00}},
    {"sw a1, 0(s0)", 2, {0x0c, 0xc0}},
    {"sh a1, 2(s0)", 4, {0x23, 0x11, 0xb4, 0x00}},
    {"sb a1, 3(s0)", 4, {0xa3, 0x01, 0xb4, 0x00}},
    {"c.lw a0, 4(s0)", 2, {0x48, 0x40}},
    {"c.sw a1, 8(s0)", 2, {0x0c, 0xc4}},
    {"c.lwsp a0, 16(sp)", 2, {0x42, 0x45}},
    {"c.swsp a1, 16(sp)", 2, {0x2e, 0xc8}},
    {"lr.w a0, (s0)", 4, {0x2f, 0x25, 0x04, 0x10}},
    {"sc.w a0, a1, (s0)", 4, {0x2f, 0x25, 0xb4, 0x18}},
    {"amoadd.w a0, a1, (s0)", 4, {0x2f, 0x25, 0xb4, 0x00}},
    {"amoswap.w a0, a1, (s0)", 4, {0x2f, 0x25, 0xb4, 0x08}},
    {"amomaxu.w a1, a1, (s0)", 4, {0xaf, 0x25, 0xb4, 0xe0}},
    {"flw fa0, 0(s0)", 2, {0x08, 0x60}},
    {"fsw fa1, 0(s0)", 2, {0x0c, 0xe0}},
    {"fld fa0, 0(s0)", 2, {0x08, 0x20}},
    {"fsd fa1, 0(s0)", 2, {0x0c, 0xa0}},
    {"c.fld fa0, 8(s0)", 2, {0x08, 0x24}},
    {"c.fsdsp fa1, 24(sp)", 2, {0x2e, 0xac}},
    {"lw a0, 4094-2048(s1)", 4, {0x03, 0xa5, 0xe4, 0x7f}},
    {"sw a1, 4095-2048(s1)", 4, {0xa3, 0xaf, 0xb4, 0x7e}},
    {"fld fa0, 4091-2048(s1)", 4, {0x07, 0xb5, 0xb4, 0x7f}},
    {"fsd fa1, 4093-2048(s1)", 4, {0xa7, 0xbe, 0xb4, 0x7e}},
    {"lh a0, 4095-2048(s1)", 4, {0x03, 0x95, 0xf4, 0x7f}},
    {"add a0, a1, s0", 4, {0x33, 0x85, 0x85, 0x00}},
    {"fence.i", 4, {0x0f, 0x10, 0x00, 0x00}},
};
/* clang-format on */

enum {
    CASES = sizeof(rv32_cases) / sizeof(rv32_cases[0]),
    PROLOGUE = 0x100,
    CASE = 0x200,
    PROGRAM = 0x400,
    PROGRAM_CASES = 400,
    DATA = FIXTURE_DATA + 0x100,
    FLOATS = FIXTURE_DATA + 0x3000,
    OUT = FIXTURE_DATA + 0x3100,
    SP = 2,
    T0 = 5,
    T1 = 6,
    S0 = 8,
    S1 = 9,
    A1 = 11,
    ECALL = 0x00000073,
};

struct snapshot {
    struct guest_cpu cpu;
    uint8_t ram[FIXTURE_RAM_BYTES];
};

static void take(struct fixture *fixture, struct snapshot *snapshot)
{
    snapshot->cpu = *guest_cpu(fixture->guest);
    memcpy(snapshot->ram, fixture->target->ram, FIXTURE_RAM_BYTES);
}

static void expect_same(const struct snapshot *one, const struct snapshot *other, const char *text)
{
    for (unsigned i = 0; i < 32; i++) {
        if (one->cpu.reg[i] != other->cpu.reg[i]) {
            fail_msg("%s: x%u is %#x, not %#x", text, i, other->cpu.reg[i], one->cpu.reg[i]);
        }
    }
    assert_int_equal(one->cpu.pc, other->cpu.pc);
    for (unsigned i = 0; i < FIXTURE_RAM_BYTES; i++) {
        if (one->ram[i] != other->ram[i]) {
            fail_msg("%s: byte %#x is %#x, not %#x", text, i, other->ram[i], one->ram[i]);
        }
    }
}

/* fld fa0, 0(t1); fld fa1, 8(t1); lr.w a0, (s0), so that sc.w succeeds; ecall */
static void put_prologue(struct fixture *fixture)
{
    static const uint32_t code[] = {0x00033507, 0x00833587, 0x1004252f, ECALL};

    fixture_put(fixture, PROLOGUE, code, sizeof(code));
}

/* fsd fa0, 0(t0); fsd fa1, 8(t0); ecall */
static void put_epilogue(struct fixture *fixture, uint32_t at)
{
    static const uint32_t code[] = {0x00a2b027, 0x00b2b427, ECALL};

    fixture_put(fixture, at, code, sizeof(code));
}

static void set_registers(struct guest_cpu *cpu, uint32_t pc)
{
    for (uint32_t i = 1; i < 32; i++) {
        cpu->reg[i] = i * 0x01010101;
    }
    cpu->reg[SP] = FIXTURE_STACK_TOP - 0x100;
    cpu->reg[T0] = OUT;
    cpu->reg[T1] = FLOATS;
    cpu->reg[S0] = DATA;
    cpu->reg[S1] = DATA + 2048;
    cpu->pc = pc;
}

static void begin(struct fixture *fixture)
{
    atomic_store(&fixture->refuse_at, 0);
    memset(fixture->target->ram, 0, FIXTURE_RAM_BYTES);
    for (uint32_t i = 0; i < 0x3100; i++) {
        *fixture_at(fixture, FIXTURE_DATA + i) = (uint8_t)(i * 7 + i / 256 + 1);
    }
    put_prologue(fixture);
    set_registers(guest_cpu(fixture->guest), PROLOGUE);
    fixture_expect(fixture, GUEST_SYSCALL);
}

static void begin_case(struct fixture *fixture, const struct rv32_case *a_case)
{
    begin(fixture);
    fixture_put(fixture, CASE, a_case->code, a_case->bytes);
    put_epilogue(fixture, CASE + a_case->bytes);
    set_registers(guest_cpu(fixture->guest), CASE);
    atomic_store(&fixture->seen, 0);
}

static void refuse_each(struct fixture *fixture, const struct rv32_case *a_case)
{
    static struct snapshot before;
    static struct snapshot plain;
    static struct snapshot now;
    uint64_t requests;

    begin_case(fixture, a_case);
    take(fixture, &before);
    fixture_expect(fixture, GUEST_SYSCALL);
    requests = atomic_load(&fixture->seen);
    assert_in_range(requests, 6, 9);
    take(fixture, &plain);
    for (uint64_t refused = 1; refused <= requests; refused++) {
        begin_case(fixture, a_case);
        atomic_store(&fixture->refuse_at, refused);
        fixture_expect(fixture, GUEST_FAULT);
        take(fixture, &now);
        if (now.cpu.pc == CASE) {
            expect_same(&before, &now, a_case->text);
        }
        fixture_expect(fixture, GUEST_SYSCALL);
        take(fixture, &now);
        expect_same(&plain, &now, a_case->text);
    }
}

static void refusal_of_each_access_is_undone_and_restarted(void **state)
{
    const struct fixture_options options = {
        .isa = GUEST_RV32, .stream = FIXTURE_SYNCHRONOUS, .base_offset = 5};
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, &options);
    for (size_t i = 0; i < CASES; i++) {
        refuse_each(&fixture, &rv32_cases[i]);
    }
    fixture_close(&fixture);
}

/* All but the one that loads its own base. */
static void put_program(struct fixture *fixture, uint32_t seed)
{
    uint32_t at = PROGRAM;

    for (unsigned count = 0; count < PROGRAM_CASES; count++) {
        const struct rv32_case *a_case;

        do {
            seed = seed * 1664525 + 1013904223;
            a_case = &rv32_cases[(seed >> 8) % CASES];
        } while (strcmp(a_case->text, "lw s0, 0(s0)") == 0);
        fixture_put(fixture, at, a_case->code, a_case->bytes);
        at += a_case->bytes;
    }
    put_epilogue(fixture, at);
}

static unsigned run_program(uint32_t seed, uint32_t refuse_one_in, struct snapshot *end,
                            uint64_t *instructions)
{
    const struct fixture_options options = {
        .isa = GUEST_RV32, .stream = FIXTURE_SYNCHRONOUS, .base_offset = seed};
    struct fixture fixture;
    unsigned faults;

    fixture_open(&fixture, &options);
    begin(&fixture);
    put_program(&fixture, seed);
    set_registers(guest_cpu(fixture.guest), PROGRAM);
    fixture.random = seed;
    atomic_store(&fixture.refuse_one_in, refuse_one_in);
    assert_int_equal(fixture_resume_over_faults(&fixture, &faults).kind, GUEST_SYSCALL);
    take(&fixture, end);
    *instructions = fixture.target->instructions;
    fixture_close(&fixture);
    return faults;
}

static void refusals_at_random_change_nothing(void **state)
{
    static struct snapshot plain;
    static struct snapshot refused;
    unsigned faults = 0;

    (void)state;
    for (uint32_t seed = 1; seed <= 6; seed++) {
        uint64_t plain_instructions;
        uint64_t instructions;

        assert_int_equal(run_program(seed, 0, &plain, &plain_instructions), 0);
        faults += run_program(seed, 5, &refused, &instructions);
        expect_same(&plain, &refused, "a random program");
        assert_int_equal(instructions, plain_instructions);
    }
    assert_true(faults > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusal_of_each_access_is_undone_and_restarted),
        cmocka_unit_test(refusals_at_random_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
