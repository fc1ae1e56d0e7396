/* SPDX-License-Identifier: MIT */
/* What a guest's process takes of the host's memory, and guests that change their own code for
 * ever, which cost no more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

#include "guest_fixture.h"

enum {
    START = 0x1000,
    MOST_KB = 4096, /* besides what it uses */
    CHANGES = 20000,
    THREAD = 0x33,
};

/* Of memory that is not of a file and not shared with other guests; it counts pages that a child
 * has from its parent and never wrote to as well. */
static long anonymous_kb(pid_t pid)
{
    char path[64];
    char line[256];
    long kilobytes = -1;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    file = fopen(path, "r");
    assert_non_null(file);
    while (kilobytes < 0 && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "RssAnon: %ld", &kilobytes) != 1) {
            kilobytes = -1;
        }
    }
    fclose(file);
    assert_true(kilobytes >= 0);
    return kilobytes;
}

/* The only child of this process. */
static pid_t child(void)
{
    char path[64];
    pid_t pid = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/task/%ld/children", (long)gettid());
    file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%d", &pid), 1);
    fclose(file);
    return pid;
}

static void memory_that_is_touched_is_seen(void **state)
{
    enum { BYTES = 8 << 20 };
    const long before = anonymous_kb(getpid());
    char *const memory = malloc(BYTES);

    (void)state;
    assert_non_null(memory);
    memset(memory, 1, BYTES);
    assert_in_range(anonymous_kb(getpid()) - before, BYTES / 1024 - 100, BYTES / 1024 + 100);
    free(memory);
}

static void open_code(struct fixture *fixture, enum guest_isa isa, const void *code, size_t bytes)
{
    const struct fixture_options options = {
        .isa = isa, .stream = FIXTURE_DISCARDED, .code_flags = MMU_FLAG_WRITE};

    fixture_open(fixture, &options);
    fixture_put(fixture, START, code, bytes);
    guest_cpu(fixture->guest)->pc = START;
}

static void expect_little_memory(void)
{
    assert_in_range(anonymous_kb(child()), 1, anonymous_kb(getpid()) + MOST_KB);
}

static void guest_takes_little_memory(void **state)
{
    /* l: dec ecx; mov [ebx], ecx; jnz l; int 0x80 */
    static const uint8_t i386[] = {0x49, 0x89, 0x0b, 0x75, 0xfb, 0xcd, 0x80};
    /* l: addi a1, a1, -1; sw a1, 0(a2); bnez a1, l; ecall */
    static const uint32_t rv32[] = {0xfff58593, 0x00b62023, 0xfe059ce3, 0x00000073};
    struct fixture fixture;

    (void)state;
    open_code(&fixture, GUEST_I386, i386, sizeof(i386));
    guest_cpu(fixture.guest)->reg[GUEST_ECX] = 100000;
    guest_cpu(fixture.guest)->reg[GUEST_EBX] = FIXTURE_DATA;
    fixture_expect(&fixture, GUEST_SYSCALL);
    expect_little_memory();
    fixture_close(&fixture);
    open_code(&fixture, GUEST_RV32, rv32, sizeof(rv32));
    guest_cpu(fixture.guest)->reg[11] = 100000;
    guest_cpu(fixture.guest)->reg[12] = FIXTURE_DATA;
    fixture_expect(&fixture, GUEST_SYSCALL);
    expect_little_memory();
    fixture_close(&fixture);
}

/* Every round adds one to the immediate of an instruction. All that Unicorn holds of the guest is
 * looked at afterwards: it has been started anew meanwhile. */
static void rv32_guest_that_changes_its_code_goes_on(void **state)
{
    static const uint32_t code[] = {
        0xf00500d3, /* fmv.w.x ft1, a0 */
        0x34059073, /* csrw mscratch, a1 */
        0x00215073, /* csrwi frm, 2 */
        0x00100337, /* lui t1, 0x100 */
        0x00062283, /* loop: lw t0, 0(a2) */
        0x006282b3, /* add t0, t0, t1 */
        0x00562023, /* sw t0, 0(a2) */
        0x00000713, /* li a4, 0: changed */
        0x00e787b3, /* add a5, a5, a4 */
        0xfff58593, /* addi a1, a1, -1 */
        0xfe0594e3, /* bnez a1, loop */
        0xe00086d3, /* fmv.x.w a3, ft1 */
        0x34002773, /* csrr a4, mscratch */
        0x00202673, /* csrr a2, frm */
        0x00000073, /* ecall */
    };
    struct fixture fixture;
    const struct guest_cpu *cpu;
    uint32_t sum = 0;

    (void)state;
    open_code(&fixture, GUEST_RV32, code, sizeof(code));
    guest_cpu(fixture.guest)->reg[10] = 0x3f800000;
    guest_cpu(fixture.guest)->reg[11] = CHANGES;
    guest_cpu(fixture.guest)->reg[12] = START + 4 * 7;
    guest_cpu(fixture.guest)->reg[31] = 0x12345678;
    fixture_expect(&fixture, GUEST_SYSCALL);
    for (uint32_t i = 1; i <= CHANGES; i++) {
        sum += (i & 0xfff) ^ 0x800;
        sum -= 0x800; /* sign of 12 bits */
    }
    cpu = guest_cpu(fixture.guest);
    assert_int_equal(cpu->reg[15], sum);
    assert_int_equal(cpu->reg[13], 0x3f800000);
    assert_int_equal(cpu->reg[14], CHANGES);
    assert_int_equal(cpu->reg[12], 2);
    assert_int_equal(cpu->reg[31], 0x12345678);
    assert_int_equal(fixture.target->instructions, 4 + 7 * CHANGES + 4);
    expect_little_memory();
    fixture_close(&fixture);
}

static void i386_guest_that_changes_its_code_goes_on(void **state)
{
    static const uint8_t code[] = {
        0x8e, 0xe8,                               /* mov gs, ax */
        0xd9, 0xe8,                               /* fld1 */
        0x66, 0x0f, 0x6e, 0xc3,                   /* movd xmm0, ebx */
        0xfd,                                     /* std */
        0xfe, 0x05, 0x10, 0x10, 0x00, 0x00,       /* loop: inc byte [START + 16] */
        0xb0, 0x00,                               /* mov al, 0: changed */
        0x01, 0xc2,                               /* add edx, eax */
        0x49,                                     /* dec ecx */
        0x75, 0xf3,                               /* jnz loop */
        0xd9, 0x1b,                               /* fstp dword [ebx] */
        0x66, 0x0f, 0x7e, 0x43, 0x04,             /* movd [ebx + 4], xmm0 */
        0x66, 0x8c, 0xe8,                         /* mov ax, gs */
        0x65, 0x8b, 0x3d, 0x00, 0x00, 0x00, 0x00, /* mov edi, [gs:0] */
        0x9c,                                     /* pushf */
        0x5e,                                     /* pop esi */
        0xcd, 0x80,                               /* int 0x80 */
    };
    struct fixture fixture;
    struct guest_cpu *cpu;
    uint32_t sum = 0;

    (void)state;
    open_code(&fixture, GUEST_I386, code, sizeof(code));
    fixture_put(&fixture, FIXTURE_DATA + 0x800, "gs:0", 4);
    cpu = guest_cpu(fixture.guest);
    cpu->reg[GUEST_EAX] = THREAD;
    cpu->reg[GUEST_EBX] = FIXTURE_DATA;
    cpu->reg[GUEST_ECX] = CHANGES;
    cpu->reg[GUEST_ESP] = FIXTURE_STACK_TOP;
    cpu->gs_base = FIXTURE_DATA + 0x800;
    fixture_expect(&fixture, GUEST_SYSCALL);
    for (uint32_t i = 1; i <= CHANGES; i++) {
        sum += i & 0xff;
    }
    assert_int_equal(cpu->reg[GUEST_EDX], sum);
    assert_int_equal(fixture_word(&fixture, FIXTURE_DATA), 0x3f800000);
    assert_int_equal(fixture_word(&fixture, FIXTURE_DATA + 4), FIXTURE_DATA);
    assert_int_equal(cpu->reg[GUEST_EAX] & 0xffff, THREAD);
    assert_memory_equal(&cpu->reg[GUEST_EDI], "gs:0", 4);
    assert_int_equal(cpu->reg[GUEST_ESI], 0x646); /* DF IF ZF PF, and the bit that is always 1 */
    assert_int_equal(fixture.target->instructions, 4 + 5 * CHANGES + 7);
    expect_little_memory();
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_is_touched_is_seen),
        cmocka_unit_test(guest_takes_little_memory),
        cmocka_unit_test(rv32_guest_that_changes_its_code_goes_on),
        cmocka_unit_test(i386_guest_that_changes_its_code_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
