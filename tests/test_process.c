/* SPDX-License-Identifier: MIT */
/* A process's books and its registers say the same; its memory is reached through the MMU only. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/abi.h"
#include "os/supervisor.h"
#include "os_fixture.h"
#include "segmmu/names.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint8_t rw_ = MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE;

enum { RAM_BYTES = 64 << 10 };

/* The address space of OSTEP 16: code in segment 0, heap in 1, stack in 3. */
static const struct machine machine = {
    .path = "machine.yaml",
    .mmu = {.va_w = 14, .pa_w = 17, .seg_bits = 2, .contexts = 2, .stages = 1},
    .memory.ram_bytes = RAM_BYTES,
};

/* First fit puts them there, in this order, at granules of 16 bytes. */
enum { CODE = 0, STACK = 3 << 10, HEAP = 3 << 10 }; /* the stack's base is its end */

static const struct layout good_layout = {
    .segments =
        {
            {.name = "code",
             .segment = 0,
             .reg = {.size = 2 << 10, .flags = MMU_FLAG_PRESENT | MMU_FLAG_READ},
             .max_size_bytes = 2 << 10},
            {.name = "heap",
             .segment = 1,
             .reg = {.size = 0x100, .flags = rw_},
             .max_size_bytes = 4 << 10,
             .image_bytes = 0x80},
            {.name = "stack",
             .segment = 3,
             .reg = {.size = 1 << 10, .flags = rw_ | MMU_FLAG_GROWS_DOWN},
             .max_size_bytes = 2 << 10},
        },
    .count = 3,
    .heap = 1,
    .heap_start = 0x1100,
    .heap_limit = 0x2000,
    .stack = 2,
    .stack_top = 0x4000,
    .stack_limit = 0x3800,
};

static const struct memory_options first_fit = {.policy = ALLOCATOR_FIRST};

struct world {
    struct os_world os; /* first */
    struct process process;
    struct guest_cpu cpu;
    unsigned bank;
};

static struct world *open_world(const struct machine *of)
{
    struct world *const world = calloc(1, sizeof(*world));

    assert_non_null(world);
    os_world_open(&world->os, of, &first_fit, OS_RECORD);
    world->process.cpu = &world->cpu;
    world->process.layout = good_layout;
    world->process.brk = good_layout.heap_start;
    os_world_add(&world->os, &world->process);
    return world;
}

static void place(struct world *world)
{
    assert_true(os_world_place(&world->os, &world->process));
    world->bank = os_world_select(&world->os, &world->process);
}

static int set_up(void **state)
{
    struct world *const world = open_world(&machine);

    /* A bank is somebody else's, so that a mistaken one is seen. */
    banks_give(&world->os.banks, 7);
    place(world);
    *state = world;
    return 0;
}

static void close_world(struct world *world)
{
    os_world_close(&world->os);
    free(world);
}

static int tear_down(void **state)
{
    close_world(*state);
    return 0;
}

/* The books against the registers, which only requests have changed. */
static void assert_books_agree(const struct world *world)
{
    const struct process *const process = &world->process;
    const struct mmu_regs *const regs = &process->target->regs;

    assert_int_equal(regs->context, world->bank);
    for (unsigned i = 0; i < process->layout.count; i++) {
        const struct layout_segment *const segment = &process->layout.segments[i];
        const struct mmu_segment *const reg =
            &regs->segment[world->bank << machine.mmu.seg_bits | segment->segment];

        assert_int_equal(reg->base, segment->reg.base);
        assert_int_equal(reg->size, segment->reg.size);
        assert_int_equal(reg->flags, segment->reg.flags);
    }
}

static void registers_say_what_the_books_say(void **state)
{
    const struct world *const world = *state;

    assert_int_equal(world->bank, 1);
    assert_books_agree(world);
    assert_int_equal(world->process.layout.segments[0].reg.base, CODE);
    assert_int_equal(world->process.layout.segments[1].reg.base, HEAP);
    assert_int_equal(world->process.layout.segments[2].reg.base, STACK);
    assert_int_equal(world->process.target->regs.segment[0].flags, 0); /* the other context */
}

static void live_segment_is_absent_while_it_changes(void **state)
{
    struct process *const process = &((struct world *)*state)->process;
    struct stream *const stream = &process->target->stream;
    const uint64_t first = stream->appended;
    static const struct {
        uint8_t kind;
        uint8_t reg;
        uint64_t value;
    } expected[] = {
        {STREAM_REQUEST, MMU_REG_FLAGS(1), MMU_FLAG_READ | MMU_FLAG_WRITE},
        {STREAM_REQUEST, MMU_REG_SIZE(1), 0x200},
        {STREAM_REQUEST, MMU_REG_FLAGS(1), MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE},
        {.kind = STREAM_MARK}, /* that the segment grew */
    };

    assert_true(process_set_break(process, 0x1200));
    assert_int_equal(stream->appended - first, COUNT(expected));
    for (unsigned i = 0; i < COUNT(expected); i++) {
        const struct stream_record *const record = &stream->records[first + i];

        assert_int_equal(record->kind, expected[i].kind);
        if (expected[i].kind == STREAM_MARK) {
            assert_int_not_equal(record->answer, 0);
            continue;
        }
        assert_int_equal(record->op, MMU_OP_WRITE_REGISTER);
        assert_int_equal(record->reg, expected[i].reg);
        assert_int_equal(record->addr, expected[i].value);
        assert_true(record->access & STREAM_ACCESS_PRIV);
        assert_int_equal(record->flags, STREAM_SUPERVISOR);
    }
}

static void memory_is_where_the_registers_say(void **state)
{
    struct process *const process = &((struct world *)*state)->process;
    char text[64];

    assert_true(process_write(process, 0x1003, "a string of more than 16 bytes", 31));
    assert_string_equal((char *)process->target->ram + HEAP + 3, "a string of more than 16 bytes");
    assert_true(process_read(process, 0x1003, text, 31));
    assert_string_equal(text, "a string of more than 16 bytes");
    assert_int_equal(process_read_string(process, 0x1003, text, sizeof(text)), 0);
    assert_string_equal(text, "a string of more than 16 bytes");
    assert_int_equal(process_read_string(process, 0x1003, text, 30), ENAMETOOLONG);
    assert_true(process_write(process, 0x3FFF, "x", 1));
    assert_int_equal(process->target->ram[STACK - 1], 'x');
}

static void pointer_that_the_mmu_refuses_is_a_fault(void **state)
{
    static const struct {
        uint32_t vaddr;
        size_t bytes;
        bool for_write;
        bool is_good;
    } cases[] = {
        {0x10F0, 16, true, true},      /* up to the heap's last byte */
        {0x10F0, 17, true, false},     /* one more */
        {0x1100, 1, false, false},     /* behind it */
        {0x1000, 0, true, true},       /* nothing at all */
        {0x0000, 16, false, true},     /* the code may be read */
        {0x0000, 16, true, false},     /* and not written */
        {0x2000, 1, false, false},     /* a segment that is not there */
        {0x4000, 1, false, false},     /* more than 14 bits */
        {0xFFFFFFFF, 2, false, false}, /* around the end */
    };
    struct process *const process = &((struct world *)*state)->process;
    uint8_t bytes[32] = {0};

    for (size_t i = 0; i < COUNT(cases); i++) {
        const bool is_good = cases[i].for_write
                                 ? process_write(process, cases[i].vaddr, bytes, cases[i].bytes)
                                 : process_read(process, cases[i].vaddr, bytes, cases[i].bytes);

        if (is_good != cases[i].is_good) {
            fail_msg("case %zu: found %d", i, is_good);
        }
        assert_int_equal(process->target->regs.fault_valid, 0); /* taken and cleared */
    }
    assert_int_equal(process_read_string(process, 0x10FF, (char *)bytes, 0), ENAMETOOLONG);
    process->target->ram[HEAP + 0xFF] = 'x';
    assert_int_equal(process_read_string(process, 0x10FF, (char *)bytes, 32), EFAULT);
}

/* A machine file may put a segment where only part of it has memory behind it. */
static void physical_address_without_memory_is_a_fault(void **state)
{
    struct world *const world = open_world(&machine);
    struct layout_segment *const heap = &world->process.layout.segments[1];
    uint8_t bytes[16];

    (void)state;
    heap->is_given = true;
    heap->reg.base = RAM_BYTES - 8;
    place(world);
    assert_true(process_read(&world->process, 0x1000, bytes, 8));
    assert_false(process_read(&world->process, 0x1000, bytes, 9));
    close_world(world);
}

static void stack_grows_by_fault_up_to_its_maximum(void **state)
{
    struct world *const world = *state;
    struct process *const process = &world->process;
    struct layout_segment *const stack = &process->layout.segments[2];
    uint8_t byte;

    assert_true(process_write(process, 0x3C00, "x", 1));
    assert_int_equal(stack->reg.size, 1 << 10);
    assert_true(process_write(process, 0x3BFF, "y", 1));
    assert_true(stack->reg.size > 1 << 10);
    assert_int_equal(process->figures.stack_growths, 1);
    assert_true(process_write(process, 0x3800, "z", 1));
    assert_int_equal(stack->reg.size, 2 << 10);
    assert_false(process_write(process, 0x37FF, "x", 1));
    /* The code lay below it: it was moved, with what it held. */
    assert_int_not_equal(stack->reg.base, STACK);
    assert_true(process_read(process, 0x3C00, &byte, 1));
    assert_int_equal(byte, 'x');
    assert_true(process_read(process, 0x3BFF, &byte, 1));
    assert_int_equal(byte, 'y');
    assert_books_agree(world);
    assert_true(memory_check(&world->os.memory));
}

/* What the machine file gives lies where it lies. */
static void given_stack_never_grows_into_another_segment(void **state)
{
    struct world *const world = open_world(&machine);
    struct process *const process = &world->process;
    struct layout_segment *const segments = process->layout.segments;

    (void)state;
    /* The code ends 64 bytes below the stack as it is. */
    segments[0].is_given = segments[2].is_given = true;
    segments[0].reg.base = (25 << 10) - 64;
    segments[2].reg.base = 28 << 10;
    place(world);
    assert_true(process_write(process, 0x3BC0, "x", 1));
    assert_false(process_write(process, 0x3BBF, "x", 1));
    assert_int_equal(segments[2].reg.size, (1 << 10) + 64);
    assert_books_agree(world);
    close_world(world);
}

static void other_faults_grow_nothing(void **state)
{
    struct process *const process = &((struct world *)*state)->process;
    const struct fault_record good = {
        .is_valid = true, .code = MMU_FAULT_LIMIT, .segment = 3, .bytes = 1, .addr = 0x3BFF};
    struct fault_record fault;

    fault = good;
    fault.is_valid = false;
    assert_false(process_grow_by_fault(process, &fault));
    fault = good;
    fault.is_privileged = true;
    assert_false(process_grow_by_fault(process, &fault));
    fault = good;
    fault.code = MMU_FAULT_PERMISSION;
    assert_false(process_grow_by_fault(process, &fault));
    fault = good;
    fault.addr |= UINT64_C(1) << 40;
    assert_false(process_grow_by_fault(process, &fault));
    fault = good;
    fault.segment = 1; /* grows up: only its break moves it */
    assert_false(process_grow_by_fault(process, &fault));
    assert_true(process_grow_by_fault(process, &good));
}

static void break_moves_within_its_limits(void **state)
{
    struct process *const process = &((struct world *)*state)->process;
    uint8_t byte = 1;

    assert_true(process_set_break(process, 0x1180));
    assert_int_equal(process->layout.segments[1].reg.size, 0x180);
    assert_true(process_write(process, 0x117F, &byte, 1));
    assert_false(process_write(process, 0x1180, &byte, 1));
    assert_true(process_set_break(process, 0x1100));
    assert_false(process_read(process, 0x117F, &byte, 1));
    assert_true(process_set_break(process, 0x2000));
    assert_true(process_read(process, 0x117F, &byte, 1));
    assert_int_equal(byte, 0); /* what was given back is gone */
    assert_false(process_set_break(process, 0x2001));
    assert_false(process_set_break(process, 0x10FF));
    assert_int_equal(process->brk, 0x2000);
    assert_books_agree(*state);
}

static void given_heap_keeps_its_size(void **state)
{
    struct world *const world = open_world(&machine);
    struct process *const process = &world->process;

    (void)state;
    process->layout.segments[1].is_given = true;
    process->layout.segments[1].reg.base = 32 << 10;
    process->layout.heap_start = process->brk = 0x1010;
    place(world);
    assert_true(process_set_break(process, 0x1020));
    assert_int_equal(process->layout.segments[1].reg.size, 0x100);
    assert_true(process_set_break(process, 0x1200));
    assert_int_equal(process->layout.segments[1].reg.size, 0x200);
    assert_int_equal(process->layout.segments[1].reg.base, 32 << 10);
    close_world(world);
}

static void segments_of_four_bytes_are_crossed(void **state)
{
    static const struct machine tiny = {
        .path = "tiny.yaml",
        .mmu = {.va_w = 6, .pa_w = 6, .seg_bits = 4, .contexts = 1, .stages = 1},
        .memory.ram_bytes = 64,
    };
    struct world *const world = open_world(&tiny);
    struct process *const process = &world->process;
    char text[16];

    (void)state;
    process->layout = (struct layout){.count = 4, .heap = -1, .stack = 3};
    for (uint8_t i = 0; i < 4; i++) {
        process->layout.segments[i] = (struct layout_segment){
            .name = "part",
            .segment = i,
            .is_given = true,
            .reg = {40u - 8 * i, 4, rw_},
            .max_size_bytes = 4,
        };
    }
    place(world);
    assert_true(process_write(process, 1, "abcdefghijklmno", 15));
    assert_memory_equal(process->target->ram + 41, "abc", 3);
    assert_memory_equal(process->target->ram + 32, "defg", 4);
    assert_true(process_read(process, 1, text, 15));
    assert_memory_equal(text, "abcdefghijklmno", 15);
    close_world(world);
}

static void used_bytes_leave_the_fragmentation(void **state)
{
    struct process *const process = &((struct world *)*state)->process;

    assert_true(process_set_break(process, 0x1180));
    assert_int_equal(process_used_bytes(process, &process->layout.segments[1]), 0x80 + 0x80);
    assert_int_equal(process_used_bytes(process, &process->layout.segments[2]), 0);
    assert_true(process_write(process, 0x3FF0, "x", 1));
    assert_int_equal(process_used_bytes(process, &process->layout.segments[2]), 16);
}

static void abi_goes_with_the_instruction_set(void **state)
{
    static const struct {
        enum machine_abi abi;
        enum guest_isa isa;
        const struct abi *expected;
    } cases[] = {
        {MACHINE_ABI_AUTO, GUEST_RV32, &abi_semihosting},
        {MACHINE_ABI_AUTO, GUEST_I386, &abi_linux},
        {MACHINE_ABI_LINUX, GUEST_I386, &abi_linux},
        {MACHINE_ABI_SEMIHOSTING, GUEST_RV32, &abi_semihosting},
        {MACHINE_ABI_LINUX, GUEST_RV32, NULL},
        {MACHINE_ABI_SEMIHOSTING, GUEST_I386, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct machine wanted = {.path = "machine.yaml", .abi = cases[i].abi};
        const struct image image = {.path = "guest.elf", .isa = cases[i].isa};
        struct error error = {""};

        assert_ptr_equal(abi_choose(&wanted, &image, &error), cases[i].expected);
        assert_int_equal(error.text[0] != '\0', cases[i].expected == NULL);
    }
}

static void exit_status_says_how_it_ended(void **state)
{
    static const struct {
        struct supervisor_process process;
        int status;
    } cases[] = {
        {{.outcome = SUPERVISOR_EXITED, .guest_status = 7}, 7},
        {{.outcome = SUPERVISOR_EXITED, .guest_status = 0, .signal = 11}, 0},
        {{.outcome = SUPERVISOR_FAULTED, .signal = 11}, 139},
        {{.outcome = SUPERVISOR_KILLED, .signal = 4}, 132},
        {{.outcome = SUPERVISOR_LIMIT}, 124},
        {{.outcome = SUPERVISOR_INTERRUPTED}, 130},
        {{.outcome = SUPERVISOR_DISAGREED}, 120},
        {{.outcome = SUPERVISOR_ENGINE_DIED}, 125},
        {{.outcome = SUPERVISOR_ERROR}, 125},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct supervisor_process processes[2] = {cases[i].process};
        const struct supervisor_result result = {
            .outcome = SUPERVISOR_EXITED, .processes = processes, .process_count = 2};

        assert_int_equal(supervisor_process_status(&cases[i].process), cases[i].status);
        /* One that ended well hides none before or behind it. */
        assert_int_equal(supervisor_exit_status(&result), cases[i].status);
        processes[1] = processes[0];
        processes[0] = (struct supervisor_process){.outcome = SUPERVISOR_EXITED};
        assert_int_equal(supervisor_exit_status(&result), cases[i].status);
    }
    assert_string_equal(supervisor_outcome_name(SUPERVISOR_ENGINE_DIED), "engine_died");
}

static void exit_status_is_that_of_the_first_that_failed(void **state)
{
    struct supervisor_process processes[] = {
        {.outcome = SUPERVISOR_EXITED},
        {.outcome = SUPERVISOR_EXITED, .guest_status = 3},
        {.outcome = SUPERVISOR_FAULTED, .signal = 11},
    };
    struct supervisor_result result = {
        .outcome = SUPERVISOR_EXITED, .processes = processes, .process_count = 3};

    (void)state;
    assert_int_equal(supervisor_exit_status(&result), 3);
    processes[1].guest_status = 0;
    assert_int_equal(supervisor_exit_status(&result), 139);
    result.process_count = 2;
    assert_int_equal(supervisor_exit_status(&result), 0);
    /* All were stopped, whatever some had come to before. */
    result.outcome = SUPERVISOR_DISAGREED;
    assert_int_equal(supervisor_exit_status(&result), 120);
}

int main(void)
{
#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_WORLD(registers_say_what_the_books_say),
        WITH_WORLD(live_segment_is_absent_while_it_changes),
        WITH_WORLD(memory_is_where_the_registers_say),
        WITH_WORLD(pointer_that_the_mmu_refuses_is_a_fault),
        cmocka_unit_test(physical_address_without_memory_is_a_fault),
        WITH_WORLD(stack_grows_by_fault_up_to_its_maximum),
        cmocka_unit_test(given_stack_never_grows_into_another_segment),
        WITH_WORLD(other_faults_grow_nothing),
        WITH_WORLD(break_moves_within_its_limits),
        cmocka_unit_test(given_heap_keeps_its_size),
        cmocka_unit_test(segments_of_four_bytes_are_crossed),
        WITH_WORLD(used_bytes_leave_the_fragmentation),
        cmocka_unit_test(abi_goes_with_the_instruction_set),
        cmocka_unit_test(exit_status_says_how_it_ended),
        cmocka_unit_test(exit_status_is_that_of_the_first_that_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
