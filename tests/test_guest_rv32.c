/* SPDX-License-Identifier: MIT */
/* RV32: the requests that instructions make, and the events that end a run. Refused accesses are in
 * test_guest_refusal_rv32.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest_fixture.h"

enum {
    START = 0x1000,
    DATA = FIXTURE_DATA,
    A0 = 10,
    A1 = 11,
    A2 = 12,
    A3 = 13,
    A5 = 15,
    ADDI_A0 = 0x00150513, /* addi a0, a0, 1 */
    ADDI_A1 = 0x00158593, /* addi a1, a1, 1 */
    SW_A2_16_A3 = 0x00c6a823,
    FENCE_I = 0x0000100f,
    NOP = 0x00000013,
    ECALL = 0x00000073,
    EBREAK = 0x00100073,
    SEMIHOST_BEFORE = 0x01f01013,
    SEMIHOST_AFTER = 0x40705013,
};

#define CODE(...) ((const uint32_t[]){__VA_ARGS__}), sizeof((const uint32_t[]){__VA_ARGS__})

static void open_with(struct fixture *fixture, const struct fixture_options *options,
                      const uint32_t *code, size_t bytes)
{
    struct guest_cpu *cpu;

    fixture_open(fixture, options);
    if (!options->named) {
        fixture_put(fixture, START, code, bytes);
    }
    cpu = guest_cpu(fixture->guest);
    cpu->pc = START;
    cpu->reg[A2] = DATA;
}

static void open_code(struct fixture *fixture, const uint32_t *code, size_t bytes)
{
    const struct fixture_options options = {.isa = GUEST_RV32, .base_offset = 3};

    open_with(fixture, &options, code, bytes);
}

static void expect_records(struct fixture *fixture, const char *expected)
{
    char *const records = fixture_records(fixture);

    assert_string_equal(records, expected);
    free(records);
}

static void requests_of_instructions_are_in_program_order(void **state)
{
    struct fixture fixture;

    (void)state;
    /* amoadd.w a0, a1, (a2); c.nop, c.lw a0, 0(a2); ecall */
    open_code(&fixture, CODE(0x00b6252f, 0x42080001, ECALL));
    fixture_expect(&fixture, GUEST_SYSCALL);
    expect_records(&fixture, "X 1000 4\nR 40000000 4\nW 40000000 4\nX 1004 2\n"
                             "X 1006 2\nR 40000000 4\nX 1008 4\n");
    assert_int_equal(fixture.target->instructions, 4);
    assert_int_equal(guest_cpu(fixture.guest)->pc, START + 12);
    fixture_close(&fixture);
}

static void load_across_a_page_is_one_request(void **state)
{
    struct fixture fixture;

    (void)state;
    open_code(&fixture, CODE(0x00062503, ECALL)); /* lw a0, 0(a2) */
    guest_cpu(fixture.guest)->reg[A2] = DATA + 0xffe;
    fixture_put(&fixture, DATA + 0xffe, "abcd", 4);
    fixture_expect(&fixture, GUEST_SYSCALL);
    expect_records(&fixture, "X 1000 4\nR 40000ffe 4\nX 1004 4\n");
    assert_memory_equal(&guest_cpu(fixture.guest)->reg[A0], "abcd", 4);
    fixture_close(&fixture);
}

static void semihosting_call_is_told_from_a_breakpoint(void **state)
{
    struct fixture fixture;

    (void)state;
    open_code(&fixture, CODE(SEMIHOST_BEFORE, EBREAK, SEMIHOST_AFTER, EBREAK));
    fixture_expect(&fixture, GUEST_SEMIHOST);
    assert_int_equal(guest_cpu(fixture.guest)->pc, START + 8);
    assert_int_equal(fixture.target->instructions, 2);
    fixture_expect(&fixture, GUEST_BREAKPOINT);
    assert_int_equal(guest_cpu(fixture.guest)->pc, START + 12);
    assert_int_equal(fixture.target->instructions, 3);
    expect_records(&fixture, "X 1000 4\nX 1004 4\nX 1008 4\nX 100c 4\nsquash 1\n");
    fixture_close(&fixture);
}

static void csrs_of_the_mmu_send_a_user_register_request(void **state)
{
    struct fixture fixture;
    struct guest_event event;

    (void)state;
    open_code(&fixture, CODE(0x7c559573, 0x7c002573)); /* csrrw a0, 0x7c5, a1; csrr a0, 0x7c0 */
    guest_cpu(fixture.guest)->reg[A1] = 77;
    event = fixture_expect(&fixture, GUEST_MMU_REGISTER);
    assert_int_equal(event.request.op, MMU_OP_WRITE_REGISTER);
    assert_int_equal(event.request.reg, 5);
    assert_int_equal(event.request.wdata, 77);
    assert_int_equal(event.response.fault, MMU_FAULT_PRIVILEGE);
    guest_cpu(fixture.guest)->pc = START + 4;
    event = fixture_expect(&fixture, GUEST_MMU_REGISTER);
    assert_int_equal(event.request.op, MMU_OP_READ_REGISTER);
    expect_records(&fixture, "X 1000 4\nset 5 privilege\nsquash 2\n"
                             "X 1004 4\nget 0 privilege\nsquash 2\n");
    fixture_close(&fixture);
}

static void forbidden_instructions_are_illegal(void **state)
{
    static const uint32_t code[] = {
        0x10500073,                         /* wfi */
        0x30200073,                         /* mret */
        0x12000073,                         /* sfence.vma */
        0x18051073,                         /* csrw satp, a0 */
        0x3a051073,                         /* csrw pmpcfg0, a0 */
        0x7c004073, 0x7ff04073,             /* SYSTEM, funct3 4: no CSR instruction */
        0x7c000073,                         /* SYSTEM, funct3 0 */
        0x00000000, 0xffffffff, 0x0000006b, /* no such opcode */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(code) / sizeof(code[0]); i++) {
        struct fixture fixture;

        open_code(&fixture, &code[i], sizeof(code[i]));
        fixture_expect(&fixture, GUEST_ILLEGAL);
        assert_int_equal(guest_cpu(fixture.guest)->pc, START);
        assert_int_equal(fixture.target->instructions, 0);
        fixture_close(&fixture);
    }
}

static void startup_csrs_do_not_matter(void **state)
{
    struct fixture fixture;

    (void)state;
    /* csrw mtvec, a0; csrs mstatus, a0; nop; csrr a0, mcycle; ecall */
    open_code(&fixture, CODE(0x30551073, 0x30052073, NOP, 0xb0002573, ECALL));
    guest_cpu(fixture.guest)->reg[A0] = 0xffffffff;
    fixture_expect(&fixture, GUEST_SYSCALL);
    assert_int_equal(guest_cpu(fixture.guest)->reg[A0], 3);
    assert_int_equal(fixture.target->instructions, 5);
    fixture_close(&fixture);
}

static void fetch_outside_the_segment_faults_with_two_bytes(void **state)
{
    struct fixture fixture;
    struct guest_event event;

    (void)state;
    open_code(&fixture, CODE(0x00078067)); /* jr a5 */
    guest_cpu(fixture.guest)->reg[A5] = 0xc0de0000;
    event = fixture_expect(&fixture, GUEST_FAULT);
    assert_int_equal(event.request.addr, 0xc0de0000);
    assert_int_equal(event.request.access, MMU_ACCESS_EXECUTE);
    assert_int_equal(event.request.bytes, 2);
    assert_int_equal(guest_cpu(fixture.guest)->pc, 0xc0de0000);
    assert_int_equal(fixture.target->instructions, 1);
    fixture_close(&fixture);
}

static void data_is_not_executed(void **state)
{
    struct fixture fixture;

    (void)state;
    open_code(&fixture, CODE(0x00078067)); /* jr a5 */
    guest_cpu(fixture.guest)->reg[A5] = DATA;
    fixture_put(&fixture, DATA, CODE(ECALL));
    assert_int_equal(fixture_expect(&fixture, GUEST_FAULT).response.fault, MMU_FAULT_PERMISSION);
    fixture_close(&fixture);
}

static void instruction_across_the_limit_faults_with_all_its_bytes(void **state)
{
    struct fixture fixture;
    struct guest_event event;

    (void)state;
    open_code(&fixture, CODE(0x00078067)); /* jr a5 */
    guest_cpu(fixture.guest)->reg[A5] = FIXTURE_CODE_BYTES - 2;
    fixture_put(&fixture, FIXTURE_CODE_BYTES - 2, "\x13", 1); /* half a nop */
    event = fixture_expect(&fixture, GUEST_FAULT);
    assert_int_equal(event.request.addr, FIXTURE_CODE_BYTES - 2);
    assert_int_equal(event.request.bytes, 4);
    assert_int_equal(event.response.fault, MMU_FAULT_LIMIT);
    fixture_close(&fixture);
}

static void stored_instruction_is_executed(void **state)
{
    const struct fixture_options options = {
        .isa = GUEST_RV32, .base_offset = 1, .code_flags = MMU_FLAG_WRITE};
    struct fixture fixture;

    (void)state;
    /* The addi a0 four instructions on becomes an addi a1; then round once more. */
    open_with(&fixture, &options, CODE(ADDI_A0, SW_A2_16_A3, NOP, FENCE_I, ADDI_A0, ECALL));
    guest_cpu(fixture.guest)->reg[A2] = ADDI_A1;
    guest_cpu(fixture.guest)->reg[A3] = START;
    fixture_expect(&fixture, GUEST_SYSCALL);
    assert_int_equal(guest_cpu(fixture.guest)->reg[A0], 1);
    assert_int_equal(guest_cpu(fixture.guest)->reg[A1], 1);
    assert_int_equal(fixture.target->instructions, 6);
    fixture_close(&fixture);
}

/* The data segment is put over the code: stores change what another address executes. */
static void instruction_stored_through_another_segment_is_executed(void **state)
{
    struct fixture fixture;

    (void)state;
    open_code(&fixture, CODE(ADDI_A0, SW_A2_16_A3, NOP, FENCE_I, ADDI_A0, ECALL));
    fixture_write_register(&fixture, MMU_REG_BASE(1),
                           (uint64_t)(fixture_at(&fixture, 0) - fixture.target->ram));
    for (unsigned round = 0; round < 2; round++) {
        guest_cpu(fixture.guest)->pc = START;
        guest_cpu(fixture.guest)->reg[A2] = round == 0 ? ADDI_A0 : ADDI_A1;
        guest_cpu(fixture.guest)->reg[A3] = DATA + START;
        fixture_expect(&fixture, GUEST_SYSCALL);
    }
    assert_int_equal(guest_cpu(fixture.guest)->reg[A0], 3);
    assert_int_equal(guest_cpu(fixture.guest)->reg[A1], 1);
    fixture_close(&fixture);
}

/* Code and data at the same virtual addresses (PDP-11 I and D space). */
static void named_selection_keeps_code_and_data_apart(void **state)
{
    const struct fixture_options options = {.isa = GUEST_RV32, .named = true};
    struct fixture fixture;
    uint8_t *data;

    (void)state;
    open_with(&fixture, &options, NULL, 0);
    /* lw a0, 0(a2); sw a0, 4(a2); ecall */
    fixture_put(&fixture, START, CODE(0x00062503, 0x00a62223, ECALL));
    data = fixture_at(&fixture, DATA + START);
    memcpy(data, "datamore", 8);
    guest_cpu(fixture.guest)->reg[A2] = START;
    for (unsigned round = 0; round < 3; round++) {
        guest_cpu(fixture.guest)->pc = START;
        fixture_expect(&fixture, GUEST_SYSCALL);
    }
    assert_memory_equal(data, "datadata", 8);
    assert_int_equal(fixture_word(&fixture, START), 0x00062503);
    assert_int_equal(fixture.target->instructions, 9);
    fixture_close(&fixture);
}

static void limit_is_exact_and_can_be_reached_at_any_instruction(void **state)
{
    (void)state;
    for (uint64_t limit = 1; limit < 5000; limit = limit * 3 + 1) {
        const struct fixture_options options = {
            .isa = GUEST_RV32, .stream = FIXTURE_DISCARDED, .max_steps = limit};
        struct fixture fixture;

        open_with(&fixture, &options, CODE(0x0000006f)); /* j . */
        fixture_expect(&fixture, GUEST_LIMIT);
        assert_int_equal(fixture.target->instructions, limit);
        fixture_close(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_of_instructions_are_in_program_order),
        cmocka_unit_test(load_across_a_page_is_one_request),
        cmocka_unit_test(semihosting_call_is_told_from_a_breakpoint),
        cmocka_unit_test(csrs_of_the_mmu_send_a_user_register_request),
        cmocka_unit_test(forbidden_instructions_are_illegal),
        cmocka_unit_test(startup_csrs_do_not_matter),
        cmocka_unit_test(fetch_outside_the_segment_faults_with_two_bytes),
        cmocka_unit_test(data_is_not_executed),
        cmocka_unit_test(instruction_across_the_limit_faults_with_all_its_bytes),
        cmocka_unit_test(stored_instruction_is_executed),
        cmocka_unit_test(instruction_stored_through_another_segment_is_executed),
        cmocka_unit_test(named_selection_keeps_code_and_data_apart),
        cmocka_unit_test(limit_is_exact_and_can_be_reached_at_any_instruction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
