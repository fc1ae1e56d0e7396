/* SPDX-License-Identifier: MIT */
/* i386: every access of every kind of instruction is refused once. Registers and memory are then as
 * before the instruction, and after a restart all is as if nothing had been refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest_cases_i386.h"
#include "guest_fixture.h"

enum {
    PROLOGUE = 0x100, /* sets the state that only instructions can set */
    START = 0x200,    /* cmp ebx, edi, so that the flags are not all zero, then the case */
    CASE = START + 2,
    CONTINUE = 0x1000, /* where calls and returns lead; also eax */
    PROGRAM = 0x1100,
    DATA = FIXTURE_DATA + 0x100,
    FX_IN = FIXTURE_DATA + 0x3000,
    FX_OUT = FIXTURE_DATA + 0x3400,
    MOST_REQUESTS = 400,    /* of one case with its epilogue */
    EPILOGUE_REQUESTS = 40, /* at least, of fxsave and int */
    PROGRAM_CASES = 120,
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

/* Flags that the instruction leaves undefined (SDM 2): what Unicorn shows of them depends on when
 * it is asked. */
static uint32_t undefined_flags(const char *text)
{
    static const struct {
        const char *start;
        uint32_t flags;
    } undefined[] = {
        {"bts", 0x894},  /* OF SF AF PF */
        {"shld", 0x810}, /* OF AF */
        {"imul", 0xd4},  /* SF ZF AF PF */
        {"div", 0x8d5},  /* all */
    };

    for (unsigned i = 0; i < sizeof(undefined) / sizeof(undefined[0]); i++) {
        if (strncmp(text, undefined[i].start, strlen(undefined[i].start)) == 0) {
            return undefined[i].flags;
        }
    }
    return 0;
}

static void expect_same(const struct snapshot *one, const struct snapshot *other, const char *text,
                        uint64_t refused, const char *when)
{
    for (unsigned i = 0; i < 8; i++) {
        if (one->cpu.reg[i] != other->cpu.reg[i]) {
            fail_msg("%s, request %u refused, %s: register %u is %#x, not %#x", text,
                     (unsigned)refused, when, i, other->cpu.reg[i], one->cpu.reg[i]);
        }
    }
    if (((one->cpu.eflags ^ other->cpu.eflags) & ~undefined_flags(text)) != 0 ||
        one->cpu.pc != other->cpu.pc) {
        fail_msg("%s, request %u refused, %s: eflags %#x, not %#x; pc %#x, not %#x", text,
                 (unsigned)refused, when, other->cpu.eflags, one->cpu.eflags, other->cpu.pc,
                 one->cpu.pc);
    }
    for (unsigned i = 0; i < FIXTURE_RAM_BYTES; i++) {
        if (one->ram[i] != other->ram[i]) {
            fail_msg("%s, request %u refused, %s: byte %#x is %#x, not %#x", text,
                     (unsigned)refused, when, i, other->ram[i], one->ram[i]);
        }
    }
}

static void put_word(struct fixture *fixture, uint32_t vaddr, uint32_t word)
{
    fixture_put(fixture, vaddr, &word, sizeof(word));
}

/* fxsave (modrm 05) or fxrstor (0d) of an absolute address. */
static uint32_t put_fx(struct fixture *fixture, uint32_t at, uint8_t modrm, uint32_t vaddr)
{
    const uint8_t opcode[] = {0x0f, 0xae, modrm};

    fixture_put(fixture, at, opcode, sizeof(opcode));
    put_word(fixture, at + 3, vaddr);
    return at + 7;
}

static void put_memory(struct fixture *fixture)
{
    static const uint8_t one[] = {0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f};
    static const uint8_t pi[] = {0x35, 0xc2, 0x68, 0x21, 0xa2, 0xda, 0x0f, 0xc9, 0x00, 0x40};

    memset(fixture->target->ram, 0, FIXTURE_RAM_BYTES);
    for (uint32_t i = 0; i < 0x2000; i++) {
        *fixture_at(fixture, FIXTURE_DATA + i) = (uint8_t)(i * 7 + i / 256 + 1);
    }
    put_word(fixture, DATA + 8, CONTINUE);
    put_word(fixture, DATA + 24, 0x1f80); /* MXCSR for fxrstor */
    put_word(fixture, DATA + 32, 0);      /* bounds */
    put_word(fixture, DATA + 36, 0x7fffffff);
    put_word(fixture, DATA + 40, 0x12345678); /* far pointers */
    put_word(fixture, DATA + 44, 0x2b);
    put_word(fixture, DATA + 48, CONTINUE);
    put_word(fixture, DATA + 52, 0x23);
    put_word(fixture, FX_IN, 0x37f | 0x3000 << 16); /* control, status: top is 6 */
    put_word(fixture, FX_IN + 4, 0xc0);             /* two registers in use */
    put_word(fixture, FX_IN + 24, 0x1f80);
    fixture_put(fixture, FX_IN + 32, pi, sizeof(pi));
    fixture_put(fixture, FX_IN + 48, one, sizeof(one));
    for (uint32_t i = 0; i < 128; i++) {
        *fixture_at(fixture, FX_IN + 160 + i) = (uint8_t)(i * 37 + 11);
    }
}

static uint32_t put_prologue(struct fixture *fixture)
{
    static const uint8_t call[] = {0x8e, 0xe8, 0xcd, 0x80}; /* mov gs, ax; int 0x80 */
    static const uint8_t fninit[] = {0xdb,
                                     0xe3}; /* fxrstor leaves the instruction pointers alone */
    const uint32_t end = put_fx(fixture, PROLOGUE + sizeof(fninit), 0x0d, FX_IN);

    fixture_put(fixture, PROLOGUE, fninit, sizeof(fninit));
    fixture_put(fixture, end, call, sizeof(call));
    return PROLOGUE;
}

static void put_epilogue(struct fixture *fixture, uint32_t at)
{
    static const uint8_t call[] = {0xcd, 0x80};

    fixture_put(fixture, put_fx(fixture, at, 0x05, FX_OUT), call, sizeof(call));
}

static void set_registers(struct guest_cpu *cpu, uint32_t pc)
{
    const uint32_t stack = FIXTURE_STACK_TOP - 0x200;

    cpu->reg[GUEST_EAX] = CONTINUE;
    cpu->reg[GUEST_ECX] = 5;
    cpu->reg[GUEST_EDX] = 0x33;
    cpu->reg[GUEST_EBX] = DATA;
    cpu->reg[GUEST_ESP] = stack;
    cpu->reg[GUEST_EBP] = stack + 0x20;
    cpu->reg[GUEST_ESI] = FIXTURE_DATA + 0x600;
    cpu->reg[GUEST_EDI] = FIXTURE_DATA + 0x803;
    cpu->eflags = 0x202;
    cpu->gs_base = FIXTURE_DATA + 0x40;
    cpu->pc = pc;
}

/* Memory, floating-point state and registers as every case finds them. */
static void begin(struct fixture *fixture, const struct i386_case *a_case)
{
    static const uint8_t compare[] = {0x39, 0xfb}; /* cmp ebx, edi */
    struct guest_cpu *const cpu = guest_cpu(fixture->guest);

    atomic_store(&fixture->refuse_at, 0);
    put_memory(fixture);
    cpu->pc = put_prologue(fixture);
    cpu->reg[GUEST_EAX] = 0;
    fixture_expect(fixture, GUEST_SYSCALL);
    fixture_put(fixture, START, compare, sizeof(compare));
    fixture_put(fixture, CASE, a_case->code, a_case->bytes);
    put_epilogue(fixture, CASE + a_case->bytes);
    put_epilogue(fixture, CONTINUE);
    put_word(fixture, FIXTURE_STACK_TOP - 0x200, CONTINUE);
    set_registers(cpu, START);
    atomic_store(&fixture->seen, 0);
}

static void refuse_each(struct fixture *fixture, const struct i386_case *a_case)
{
    static struct snapshot plain;
    static struct snapshot before;
    static struct snapshot now;
    uint64_t requests;
    uint64_t instructions;
    unsigned in_case = 0;

    begin(fixture, a_case);
    instructions = fixture->target->instructions;
    if (fixture_expect(fixture, GUEST_SYSCALL).kind != GUEST_SYSCALL) {
        return;
    }
    instructions = fixture->target->instructions - instructions;
    requests = atomic_load(&fixture->seen);
    assert_in_range(requests, EPILOGUE_REQUESTS, MOST_REQUESTS);
    requests -= EPILOGUE_REQUESTS - 4; /* the case `fxsave` has them */
    take(fixture, &plain);
    for (uint64_t refused = 2; refused <= requests; refused++) {
        uint64_t begun;

        begin(fixture, a_case);
        begun = fixture->target->instructions;
        atomic_store(&fixture->refuse_at, refused);
        fixture_expect(fixture, GUEST_FAULT);
        take(fixture, &now);
        if (refused == 2) {
            before = now; /* its own fetch: nothing of it was begun */
            assert_int_equal(now.cpu.pc, CASE);
            assert_int_equal(now.cpu.eflags & 0x8d5, 0x91); /* of the cmp */
        }
        if (now.cpu.pc == CASE && a_case->code[0] != 0xf3 && a_case->code[0] != 0xf2) {
            expect_same(&before, &now, a_case->text, refused, "at the fault");
            in_case++;
        }
        fixture_expect(fixture, GUEST_SYSCALL);
        take(fixture, &now);
        expect_same(&plain, &now, a_case->text, refused, "after the restart");
        assert_int_equal(fixture->target->instructions - begun, instructions);
    }
    assert_true(in_case > 1 || a_case->code[0] == 0xf3 || a_case->code[0] == 0xf2 ||
                strcmp(a_case->text, "mov gs, edx") == 0);
}

static void refusal_of_each_access_is_undone_and_restarted(void **state)
{
    const struct fixture_options options = {
        .isa = GUEST_I386, .stream = FIXTURE_SYNCHRONOUS, .base_offset = 5};
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, &options);
    for (size_t i = 0; i < sizeof(i386_cases) / sizeof(i386_cases[0]); i++) {
        refuse_each(&fixture, &i386_cases[i]);
    }
    fixture_close(&fixture);
}

static uint32_t put_move(struct fixture *fixture, uint32_t at, unsigned reg, uint32_t value)
{
    const uint8_t opcode = (uint8_t)(0xb8 + reg);

    fixture_put(fixture, at, &opcode, 1);
    put_word(fixture, at + 1, value);
    return at + 5;
}

/* Random cases one after the other, each with its registers as the cases expect them. */
static void put_program(struct fixture *fixture, uint32_t seed)
{
    struct guest_cpu cpu = {0};
    uint32_t at = PROGRAM;

    set_registers(&cpu, 0);
    for (unsigned count = 0; count < PROGRAM_CASES;) {
        const struct i386_case *a_case;

        seed = seed * 1664525 + 1013904223;
        a_case = &i386_cases[(seed >> 8) % (sizeof(i386_cases) / sizeof(i386_cases[0]))];
        if (a_case->alone) {
            continue;
        }
        for (unsigned reg = 0; reg < 8; reg++) {
            at = put_move(fixture, at, reg, cpu.reg[reg]);
        }
        fixture_put(fixture, at, a_case->code, a_case->bytes);
        at += a_case->bytes;
        count++;
    }
    put_epilogue(fixture, at);
}

static unsigned run_program(uint32_t seed, uint32_t refuse_one_in, uint64_t base_offset,
                            struct snapshot *end, uint64_t *instructions)
{
    const struct fixture_options options = {
        .isa = GUEST_I386, .stream = FIXTURE_SYNCHRONOUS, .base_offset = base_offset};
    struct fixture fixture;
    unsigned faults;

    fixture_open(&fixture, &options);
    put_memory(&fixture);
    guest_cpu(fixture.guest)->pc = put_prologue(&fixture);
    fixture_expect(&fixture, GUEST_SYSCALL);
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
    for (uint32_t seed = 1; seed <= 5; seed++) {
        uint64_t plain_instructions;
        uint64_t instructions;

        assert_int_equal(run_program(seed, 0, seed, &plain, &plain_instructions), 0);
        faults += run_program(seed, 6, seed, &refused, &instructions);
        expect_same(&plain, &refused, "a random program", seed, "at its end");
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
