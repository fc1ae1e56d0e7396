/* SPDX-License-Identifier: MIT */
/* i386: the requests that instructions make, and the events that end a run. Refused accesses are in
 * test_guest_refusal_i386.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest_fixture.h"

enum { START = 0x1000, DATA = FIXTURE_DATA };
#define STACK (FIXTURE_STACK_TOP - 0x100)

#define CODE(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})
#define INT80 0xcd, 0x80

static void open_with(struct fixture *fixture, const struct fixture_options *options,
                      const uint8_t *code, size_t bytes)
{
    struct guest_cpu *cpu;

    fixture_open(fixture, options);
    fixture_put(fixture, START, code, bytes);
    cpu = guest_cpu(fixture->guest);
    cpu->pc = START;
    cpu->reg[GUEST_ESP] = STACK;
    cpu->reg[GUEST_EBX] = DATA;
    cpu->eflags = 0x202;
}

static void open_code(struct fixture *fixture, const uint8_t *code, size_t bytes)
{
    const struct fixture_options options = {.isa = GUEST_I386, .base_offset = 3};

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
    /* push eax; add [ebx], ecx; call $+5; mov eax, [ebx+4094]; movups xmm0, [ebx]; int 0x80 */
    open_code(&fixture, CODE(0x50, 0x01, 0x0b, 0xe8, 0, 0, 0, 0, 0x8b, 0x83, 0xfe, 0x0f, 0, 0, 0x0f,
                             0x10, 0x03, INT80));
    fixture_expect(&fixture, GUEST_SYSCALL);
    expect_records(&fixture, "X 1000 1\nW fffffeec 4\n"
                             "X 1001 2\nR 40000000 4\nW 40000000 4\n"
                             "X 1003 5\nW fffffee8 4\n"
                             "X 1008 6\nR 40000ffe 4\n"
                             "X 100e 3\nR 40000000 8\nR 40000008 8\n"
                             "X 1011 2\n");
    assert_int_equal(fixture.target->instructions, 6);
    assert_int_equal(fixture_word(&fixture, STACK - 8), START + 8);
    fixture_close(&fixture);
}

static void repeated_instruction_is_fetched_and_counted_once(void **state)
{
    struct fixture fixture;

    (void)state;
    open_code(&fixture, CODE(0xf3, 0xaa, INT80)); /* rep stosb; int 0x80 */
    guest_cpu(fixture.guest)->reg[GUEST_ECX] = 3;
    guest_cpu(fixture.guest)->reg[GUEST_EDI] = DATA + 7;
    fixture_expect(&fixture, GUEST_SYSCALL);
    expect_records(&fixture, "X 1000 2\nW 40000007 1\nW 40000008 1\nW 40000009 1\nX 1002 2\n");
    assert_int_equal(fixture.target->instructions, 2);
    assert_int_equal(guest_cpu(fixture.guest)->reg[GUEST_EDI], DATA + 10);
    fixture_close(&fixture);
}

static void refused_store_is_squashed_and_restarted(void **state)
{
    struct fixture fixture;
    struct guest_event event;

    (void)state;
    open_code(&fixture, CODE(0x01, 0x0b, INT80)); /* add [ebx], ecx; int 0x80 */
    guest_cpu(fixture.guest)->reg[GUEST_ECX] = 5;
    fixture_write_register(&fixture, MMU_REG_FLAGS(1), MMU_FLAG_PRESENT | MMU_FLAG_READ);
    event = fixture_expect(&fixture, GUEST_FAULT);
    assert_int_equal(event.response.fault, MMU_FAULT_PERMISSION);
    assert_int_equal(event.request.addr, DATA);
    assert_int_equal(event.request.access, MMU_ACCESS_WRITE);
    assert_int_equal(guest_cpu(fixture.guest)->pc, START);
    assert_int_equal(fixture.target->regs.fault_code, MMU_FAULT_PERMISSION);
    assert_int_equal(fixture.target->instructions, 0);
    fixture_write_register(&fixture, MMU_REG_FLAGS(1),
                           MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE);
    fixture_expect(&fixture, GUEST_SYSCALL);
    expect_records(&fixture, "X 1000 2\nR 40000000 4\nW 40000000 4 permission\nsquash 3\n"
                             "X 1000 2\nR 40000000 4\nW 40000000 4\nX 1002 2\n");
    assert_int_equal(fixture_word(&fixture, DATA), 5);
    assert_int_equal(fixture.target->instructions, 2);
    fixture_close(&fixture);
}

static void fetch_outside_the_segment_faults_with_one_byte(void **state)
{
    struct fixture fixture;
    struct guest_event event;

    (void)state;
    open_code(&fixture, CODE(0xe9, 0xfb, 0x7f, 0, 0)); /* jmp 0x9000 */
    event = fixture_expect(&fixture, GUEST_FAULT);
    assert_int_equal(event.response.fault, MMU_FAULT_LIMIT);
    assert_int_equal(event.request.addr, 0x9000);
    assert_int_equal(event.request.bytes, 1);
    assert_int_equal(guest_cpu(fixture.guest)->pc, 0x9000);
    fixture_close(&fixture);
}

static void admitted_without_memory_is_a_bus_error(void **state)
{
    struct fixture fixture;
    struct guest_event event;

    (void)state;
    open_code(&fixture, CODE(0x8b, 0x03, INT80)); /* mov eax, [ebx] */
    fixture_write_register(&fixture, MMU_REG_BASE(1), FIXTURE_RAM_BYTES - 2);
    event = fixture_expect(&fixture, GUEST_BUS_ERROR);
    assert_int_equal(event.response.addr, FIXTURE_RAM_BYTES - 2);
    assert_int_equal(event.response.fault, MMU_FAULT_NONE);
    assert_int_equal(guest_cpu(fixture.guest)->pc, START);
    fixture_close(&fixture);
}

static void thread_area_is_reached_through_gs(void **state)
{
    struct fixture fixture;

    (void)state;
    /* mov eax, 0x33; mov gs, ax; mov eax, [gs:4]; mov [gs:ebx*1-DATA], eax; int 0x80 */
    open_code(&fixture, CODE(0xb8, 0x33, 0, 0, 0, 0x8e, 0xe8, 0x65, 0xa1, 4, 0, 0, 0, 0x65, 0xa3, 8,
                             0, 0, 0, INT80));
    guest_cpu(fixture.guest)->gs_base = DATA + 0x100;
    fixture_put(&fixture, DATA + 0x104, "abcd", 4);
    fixture_expect(&fixture, GUEST_SYSCALL);
    expect_records(&fixture, "X 1000 5\nX 1005 2\nX 1007 6\nR 40000104 4\nX 100d 6\n"
                             "W 40000108 4\nX 1013 2\n");
    assert_memory_equal(fixture_at(&fixture, DATA + 0x108), "abcd", 4);
    fixture_close(&fixture);
}

/* The page that Unicorn reads descriptors from is the guest's like any other. */
static void gdt_is_not_where_the_guest_reads(void **state)
{
    struct fixture fixture;

    (void)state;
    open_code(&fixture, CODE(0xa1, 0x20, 0xf0, 0xff, 0xff, INT80)); /* mov eax, [0xfffff020] */
    fixture_put(&fixture, 0xfffff020, "mine", 4);
    fixture_expect(&fixture, GUEST_SYSCALL);
    assert_memory_equal(&guest_cpu(fixture.guest)->reg[GUEST_EAX], "mine", 4);
    fixture_close(&fixture);
}

static void ports_of_the_mmu_send_a_user_register_request(void **state)
{
    struct fixture fixture;
    struct guest_event event;

    (void)state;
    open_code(&fixture, CODE(0xef)); /* out dx, eax */
    guest_cpu(fixture.guest)->reg[GUEST_EDX] = 0x5e4;
    guest_cpu(fixture.guest)->reg[GUEST_EAX] = 77;
    event = fixture_expect(&fixture, GUEST_MMU_REGISTER);
    assert_int_equal(event.request.op, MMU_OP_WRITE_REGISTER);
    assert_int_equal(event.request.wdata, 77);
    assert_int_equal(event.response.fault, MMU_FAULT_PRIVILEGE);
    expect_records(&fixture, "X 1000 1\nset 0 privilege\nsquash 2\n");
    guest_cpu(fixture.guest)->reg[GUEST_EDX] = 0x60;
    assert_int_equal(fixture_expect(&fixture, GUEST_ILLEGAL).vector, 13);
    fixture_close(&fixture);
}

static void forbidden_instructions_end_with_an_event(void **state)
{
    static const struct {
        uint8_t code[8];
        enum guest_event_kind kind;
        uint32_t vector;
    } cases[] = {
        {{0xf4}, GUEST_ILLEGAL, 13},                         /* hlt */
        {{0xfa}, GUEST_ILLEGAL, 13},                         /* cli */
        {{0x0f, 0x20, 0xc0}, GUEST_ILLEGAL, 13},             /* mov eax, cr0 */
        {{0x0f, 0x01, 0x13}, GUEST_ILLEGAL, 13},             /* lgdt [ebx] */
        {{0x0f, 0x30}, GUEST_ILLEGAL, 13},                   /* wrmsr */
        {{0x0f, 0x09}, GUEST_ILLEGAL, 13},                   /* wbinvd */
        {{0x0f, 0x0b}, GUEST_ILLEGAL, 6},                    /* ud2 */
        {{0x0f, 0x05}, GUEST_ILLEGAL, 6},                    /* syscall */
        {{0x0f, 0x34}, GUEST_ILLEGAL, 6},                    /* sysenter */
        {{0xc5, 0xf8, 0x31}, GUEST_ILLEGAL, 6},              /* rdtsc behind VEX, of 2 bytes */
        {{0xc4, 0xe1, 0x78, 0x31}, GUEST_ILLEGAL, 6},        /* of 3 */
        {{0x0f, 0x01, 0xf9}, GUEST_ILLEGAL, 6},              /* rdtscp */
        {{0x0f, 0xc7, 0xf0}, GUEST_ILLEGAL, 6},              /* rdrand eax */
        {{0x0f, 0xc7, 0xf8}, GUEST_ILLEGAL, 6},              /* rdseed eax */
        {{0xcf}, GUEST_ILLEGAL, 13},                         /* iret */
        {{0xcd, 0x21}, GUEST_ILLEGAL, 13},                   /* int 0x21 */
        {{0xcc}, GUEST_BREAKPOINT, 3},                       /* int3 */
        {{0x31, 0xc9, 0xf7, 0xf1}, GUEST_ARITHMETIC, 0},     /* xor ecx, ecx; div ecx */
        {{0xb8, 7, 0, 0, 0, 0x8e, 0xd8}, GUEST_ILLEGAL, 13}, /* mov ds, 7: no such descriptor */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;

        open_code(&fixture, cases[i].code, sizeof(cases[i].code));
        assert_int_equal(fixture_expect(&fixture, cases[i].kind).vector, cases[i].vector);
        assert_in_range(guest_cpu(fixture.guest)->pc, START, START + 5);
        fixture_close(&fixture);
    }
}

/* Up to 15 bytes an instruction is what it is without its prefixes; more raise exception 13. */
static void prefixes_hide_no_instruction(void **state)
{
    static const uint8_t prefixes[] = {0x2e, 0x66, 0x67, 0xf3};
    static const struct {
        uint8_t code[3];
        uint8_t bytes;
        enum guest_event_kind kind;
    } cases[] = {
        {{0xee}, 1, GUEST_MMU_REGISTER},                                       /* out dx, al */
        {{0xef}, 1, GUEST_MMU_REGISTER},                                       /* out dx, eax */
        {{0xec}, 1, GUEST_MMU_REGISTER},                                       /* in al, dx */
        {{0xed}, 1, GUEST_MMU_REGISTER},                                       /* in eax, dx */
        {{0x6c}, 1, GUEST_MMU_REGISTER},                                       /* insb */
        {{0x6f}, 1, GUEST_MMU_REGISTER},                                       /* outsd */
        {{INT80}, 2, GUEST_SYSCALL},         {{0xcd, 3}, 2, GUEST_BREAKPOINT}, /* int 3 */
        {{0x0f, 0x05}, 2, GUEST_ILLEGAL},                                      /* syscall */
        {{0x83, 0xc0, 1}, 3, GUEST_SYSCALL}, /* add eax, 1; int 0x80 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (uint32_t count = 10; count <= 18; count++) {
            const bool is_too_long = count + cases[i].bytes > 15;
            uint8_t code[32];
            struct fixture fixture;
            struct guest_event event;

            memset(code, prefixes[(i + count) % sizeof(prefixes)], count);
            memcpy(code + count, cases[i].code, cases[i].bytes);
            memcpy(code + count + cases[i].bytes, (const uint8_t[]){INT80}, 2);
            open_code(&fixture, code, count + cases[i].bytes + 2U);
            guest_cpu(fixture.guest)->reg[GUEST_EDX] = 0x5e0;
            event = fixture_expect(&fixture, is_too_long ? GUEST_ILLEGAL : cases[i].kind);
            if (is_too_long) {
                assert_int_equal(event.vector, 13);
            }
            if (is_too_long || cases[i].kind != GUEST_SYSCALL) {
                assert_int_equal(guest_cpu(fixture.guest)->pc, START);
            }
            fixture_close(&fixture);
        }
    }
}

static void time_stamp_counts_instructions(void **state)
{
    struct fixture fixture;

    (void)state;
    open_code(&fixture, CODE(0x90, 0x90, 0x0f, 0x31, INT80)); /* nop; nop; rdtsc */
    guest_cpu(fixture.guest)->reg[GUEST_EDX] = 9;
    fixture_expect(&fixture, GUEST_SYSCALL);
    assert_int_equal(guest_cpu(fixture.guest)->reg[GUEST_EAX], 2);
    assert_int_equal(guest_cpu(fixture.guest)->reg[GUEST_EDX], 0);
    assert_int_equal(fixture.target->instructions, 4);
    fixture_close(&fixture);
}

static void time_stamp_behind_prefixes_counts_instructions(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 13; count++) {
        struct fixture fixture;
        uint8_t code[17];

        memset(code, 0x66, count);
        memcpy(code + count, (const uint8_t[]){0x0f, 0x31, INT80}, 4);
        open_code(&fixture, code, count + 4);
        guest_cpu(fixture.guest)->reg[GUEST_EAX] = 9;
        guest_cpu(fixture.guest)->reg[GUEST_EDX] = 9;
        fixture_expect(&fixture, GUEST_SYSCALL);
        assert_int_equal(guest_cpu(fixture.guest)->reg[GUEST_EAX], 0);
        assert_int_equal(guest_cpu(fixture.guest)->reg[GUEST_EDX], 0);
        assert_int_equal(guest_cpu(fixture.guest)->pc, START + count + 4);
        fixture_close(&fixture);
    }
}

static const struct fixture_options writable_code = {
    .isa = GUEST_I386, .base_offset = 1, .code_flags = MMU_FLAG_WRITE};

static void store_into_the_next_instruction_is_executed(void **state)
{
    struct fixture fixture;

    (void)state;
    /* mov byte [0x1008], 0x42; nop; inc eax, which becomes inc edx; int 0x80 */
    open_with(&fixture, &writable_code,
              CODE(0xc6, 0x05, 0x08, 0x10, 0, 0, 0x42, 0x90, 0x40, INT80));
    fixture_expect(&fixture, GUEST_SYSCALL);
    assert_int_equal(guest_cpu(fixture.guest)->reg[GUEST_EAX], 0);
    assert_int_equal(guest_cpu(fixture.guest)->reg[GUEST_EDX], 1);
    assert_int_equal(fixture.target->instructions, 4);
    fixture_close(&fixture);
}

/* Unicorn begins such an instruction anew; it must not add twice. */
static void addition_into_its_own_block_is_done_once(void **state)
{
    struct fixture fixture;

    (void)state;
    /* mov ecx, 4; again: add byte [0x1010], 1; loop again; nop; nop; int 0x80; 0 at 0x1010 */
    open_with(&fixture, &writable_code,
              CODE(0xb9, 4, 0, 0, 0, 0x80, 0x05, 0x10, 0x10, 0, 0, 1, 0xe2, 0xf7, 0xb0, 0x00, 0x00,
                   INT80));
    /* mov al, imm at 0x100e..0x100f; the byte at 0x1010 is add's modrm: keep it harmless */
    fixture_put(&fixture, 0x100e, (const uint8_t[]){0x90, 0xb0, 0x00, INT80}, 5);
    fixture_expect(&fixture, GUEST_SYSCALL);
    assert_int_equal(guest_cpu(fixture.guest)->reg[GUEST_EAX], 4);
    assert_int_equal(fixture.target->instructions, 1 + 8 + 3);
    fixture_close(&fixture);
}

static void code_changed_by_the_supervisor_is_executed(void **state)
{
    struct fixture fixture;

    (void)state;
    open_code(&fixture, CODE(0x40, INT80));
    fixture_expect(&fixture, GUEST_SYSCALL);
    assert_int_equal(guest_cpu(fixture.guest)->reg[GUEST_EAX], 1);
    fixture_put(&fixture, START, "\x42", 1);
    guest_cpu(fixture.guest)->pc = START;
    fixture_expect(&fixture, GUEST_SYSCALL);
    assert_int_equal(guest_cpu(fixture.guest)->reg[GUEST_EAX], 1);
    assert_int_equal(guest_cpu(fixture.guest)->reg[GUEST_EDX], 1);
    fixture_close(&fixture);
}

static void limit_is_exact(void **state)
{
    (void)state;
    for (uint64_t limit = 1; limit < 5000; limit = limit * 3 + 1) {
        const struct fixture_options options = {
            .isa = GUEST_I386, .stream = FIXTURE_DISCARDED, .max_steps = limit};
        struct fixture fixture;

        open_with(&fixture, &options, CODE(0x40, 0xeb, 0xfd)); /* inc eax; jmp back */
        fixture_expect(&fixture, GUEST_LIMIT);
        assert_int_equal(fixture.target->instructions, limit);
        assert_int_equal(fixture.target->requests - fixture.first_record - 9, limit);
        assert_int_equal(guest_cpu(fixture.guest)->reg[GUEST_EAX], (limit + 1) / 2);
        fixture_close(&fixture);
    }
}

static void *interrupt_soon(void *opaque)
{
    const struct timespec delay = {.tv_nsec = 20L * 1000 * 1000};

    nanosleep(&delay, NULL);
    guest_interrupt(opaque);
    return NULL;
}

static void interrupt_stops_an_endless_loop(void **state)
{
    static const struct {
        uint8_t code[4];
        uint32_t ecx;
    } loops[] = {{{0xeb, 0xfe}, 0}, {{0xf3, 0xac, 0xeb, 0xfe}, 0}}; /* jmp $; rep lodsb, jmp $ */

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        const struct fixture_options options = {.isa = GUEST_I386, .stream = FIXTURE_DISCARDED};
        struct fixture fixture;
        pthread_t thread;

        open_with(&fixture, &options, loops[i].code, sizeof(loops[i].code));
        guest_cpu(fixture.guest)->reg[GUEST_ESI] = DATA;
        assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, fixture.guest), 0);
        fixture_expect(&fixture, GUEST_INTERRUPTED);
        pthread_join(thread, NULL);
        fixture_close(&fixture);
    }
}

/* The answer counts, not what the registers say: here code lies 64 bytes behind. */
static void code_is_where_the_answer_says(void **state)
{
    const struct fixture_options options = {.isa = GUEST_I386, .stream = FIXTURE_SYNCHRONOUS};

    (void)state;
    for (unsigned shift = 0; shift <= 64; shift += 64) {
        struct fixture fixture;
        const struct guest_cpu *cpu;

        open_with(&fixture, &options, CODE(0x40, 0x40, 0x40, INT80));     /* inc eax, thrice */
        fixture_put(&fixture, START + 64, CODE(0x42, 0x42, 0x90, INT80)); /* inc edx, twice */
        cpu = guest_cpu(fixture.guest);
        atomic_store(&fixture.shift_fetches, shift);
        fixture_expect(&fixture, GUEST_SYSCALL);
        assert_int_equal(cpu->reg[GUEST_EAX], shift == 0 ? 3 : 0);
        assert_int_equal(cpu->reg[GUEST_EDX], shift == 0 ? 0 : 2);
        assert_int_equal(fixture.target->instructions, 4);
        fixture_close(&fixture);
    }
}

/* The fixture's own checks can fail: a wrong record is seen. */
static void different_program_has_different_records(void **state)
{
    struct fixture fixture;
    char *records;

    (void)state;
    open_code(&fixture, CODE(0x51, INT80));
    fixture_expect(&fixture, GUEST_SYSCALL);
    records = fixture_records(&fixture);
    assert_string_not_equal(records, "X 1000 1\nW fffffee0 4\nX 1001 2\n");
    free(records);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_of_instructions_are_in_program_order),
        cmocka_unit_test(repeated_instruction_is_fetched_and_counted_once),
        cmocka_unit_test(refused_store_is_squashed_and_restarted),
        cmocka_unit_test(fetch_outside_the_segment_faults_with_one_byte),
        cmocka_unit_test(admitted_without_memory_is_a_bus_error),
        cmocka_unit_test(thread_area_is_reached_through_gs),
        cmocka_unit_test(gdt_is_not_where_the_guest_reads),
        cmocka_unit_test(ports_of_the_mmu_send_a_user_register_request),
        cmocka_unit_test(forbidden_instructions_end_with_an_event),
        cmocka_unit_test(prefixes_hide_no_instruction),
        cmocka_unit_test(time_stamp_counts_instructions),
        cmocka_unit_test(time_stamp_behind_prefixes_counts_instructions),
        cmocka_unit_test(store_into_the_next_instruction_is_executed),
        cmocka_unit_test(addition_into_its_own_block_is_done_once),
        cmocka_unit_test(code_changed_by_the_supervisor_is_executed),
        cmocka_unit_test(limit_is_exact),
        cmocka_unit_test(interrupt_stops_an_endless_loop),
        cmocka_unit_test(code_is_where_the_answer_says),
        cmocka_unit_test(different_program_has_different_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
