/* SPDX-License-Identifier: MIT */
/* Hostile programs: calls with numbers and arguments of all kinds end in an answer, and change
 * nothing outside of the guest's segments and its root directory. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/abi.h"
#include "os_fixture.h"
#include "unit.h"

enum { RAM_BYTES = 256 << 10, DATA_BYTES = 64 << 10, CALLS = 200000 };

static const uint8_t rw_ = MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE;

static const struct machine machine = {
    .path = "machine.yaml",
    .mmu = {.va_w = 32, .pa_w = 32, .seg_bits = 2, .contexts = 1, .stages = 1},
    .memory.ram_bytes = RAM_BYTES,
};

/* Data and stack may each grow until they meet what the other or the machine's own has. */
static const struct layout layout = {
    .segments =
        {
            {.name = "data",
             .segment = 0,
             .reg = {.size = DATA_BYTES, .flags = rw_},
             .max_size_bytes = 80 << 10},
            {.name = "stack",
             .segment = 3,
             .reg = {.size = 1 << 10, .flags = rw_ | MMU_FLAG_GROWS_DOWN},
             .max_size_bytes = 4 << 10},
        },
    .count = 2,
    .heap = 0,
    .heap_start = 32 << 10,
    .heap_limit = 80 << 10,
    .stack = 1,
    .stack_top = UINT64_C(1) << 32,
    .stack_limit = (UINT64_C(1) << 32) - (4 << 10),
};

struct world {
    struct os_world os; /* first */
    struct process process;
    struct guest_cpu cpu;
    size_t spawned_bytes;
    char root[64];
};

/* What the guest starts: strings that end. */
static int64_t note_spawn(void *context, struct process *parent, const char *path,
                          char *const *argv)
{
    size_t *const bytes = context;

    (void)parent;
    *bytes += strlen(path) + 1;
    for (unsigned i = 0; argv[i] != NULL; i++) {
        *bytes += strlen(argv[i]);
    }
    return *bytes % 2 == 0 ? 3 : -ENOMEM;
}

static int set_up(void **state)
{
    static char *const arguments[] = {"guest", "argument", NULL};
    static const struct memory_options options = {.policy = ALLOCATOR_FIRST};
    static char path[] = "guest";
    static const struct image image = {.path = path};
    struct world *const world = calloc(1, sizeof(*world));
    struct files_options files_options = {.interrupt_fd = -1};
    struct error error = {""};

    assert_non_null(world);
    strcpy(world->root, "/tmp/test_abi.XXXXXX");
    assert_non_null(mkdtemp(world->root));
    files_options.root = world->root;
    os_world_open(&world->os, &machine, &options, OS_DISCARD);
    world->process = (struct process){
        .cpu = &world->cpu,
        .files = files_new(&files_options, &error),
        .layout = layout,
        .brk = layout.heap_start,
        .pid = 2,
        .argv = arguments,
    };
    assert_non_null(world->process.files);
    /* The test's own input and output are no business of these guests. */
    for (int fd = 0; fd <= 2; fd++) {
        files_close(world->process.files, fd);
    }
    os_world_add(&world->os, &world->process);
    world->os.services.context = &world->spawned_bytes;
    world->os.services.spawn = note_spawn;
    world->process.image = &image;
    assert_true(os_world_place(&world->os, &world->process));
    os_world_select(&world->os, &world->process);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *const world = *state;
    char command[160];

    files_free(world->process.files);
    os_world_close(&world->os);
    snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -r %s", world->root, world->root);
    assert_int_equal(system(command), 0);
    free(world);
    return 0;
}

/* A pointer into the data or the stack, near an end of them, a small number, or anything. */
static uint32_t random_argument(struct random_source *random)
{
    switch (random_below(random, 6)) {
    case 0:
        return (uint32_t)random_below(random, DATA_BYTES);
    case 1:
        return (uint32_t)(DATA_BYTES - random_below(random, 64));
    case 2:
        return (uint32_t)(0 - random_below(random, 5 << 10));
    case 3:
        return (uint32_t)random_below(random, 16);
    case 4:
        return (uint32_t)random_below(random, 4 << 10);
    default:
        return (uint32_t)random_next(random);
    }
}

/* Names, numbers and pointers for the calls to find in memory. */
static void fill_data(struct process *process, struct random_source *random)
{
    static const char *const names[] = {"a", "b",  "d/e", "../x",     "/",
                                        ".", "..", ":tt", "/dev/null"};
    uint8_t *const data = process->target->ram + process->layout.segments[0].reg.base;
    /* Up to the break at least belongs to the guest whatever it did to its heap. */
    const uint32_t owned = (uint32_t)layout.heap_start;

    for (unsigned i = 0; i < 8; i++) {
        const uint32_t word = random_argument(random);
        const char *const name = names[random_below(random, sizeof(names) / sizeof(names[0]))];

        memcpy(data + random_below(random, owned - 4), &word, sizeof(word));
        strcpy((char *)data + random_below(random, owned - 16), name);
    }
}

/* Where they are now; where they were before they moved is zero again. */
static void assert_rest_is_untouched(struct process *process)
{
    const uint8_t *const ram = process->target->ram;
    const struct layout_segment *const segments = process->layout.segments;
    const struct layout_range data = layout_range(&segments[0].reg, segments[0].reg.size);
    const struct layout_range stack = layout_range(&segments[1].reg, segments[1].reg.size);

    for (uint64_t paddr = 0; paddr < RAM_BYTES; paddr++) {
        if ((paddr < data.begin || paddr >= data.end) &&
            (paddr < stack.begin || paddr >= stack.end)) {
            assert_int_equal(ram[paddr], 0);
        }
    }
    assert_true(memory_check(process->memory));
}

static void linux_calls_at_random_are_survived(void **state)
{
    struct process *const process = &((struct world *)*state)->process;
    struct random_source random = {1};
    unsigned killed = 0;
    unsigned exited = 0;

    for (unsigned i = 0; i < CALLS; i++) {
        uint32_t *const reg = process->cpu->reg;

        fill_data(process, &random);
        for (unsigned k = 0; k < 8; k++) {
            reg[k] = random_argument(&random);
        }
        reg[GUEST_EAX] =
            (uint32_t)random_below(&random, random_chance(&random, 1, 50) ? 1000 : 450);
        switch (abi_linux.call(process, GUEST_SYSCALL)) {
        case ABI_CONTINUE:
            break;
        case ABI_EXITED:
            exited++;
            process->has_exited = false;
            break;
        case ABI_KILLED:
            killed++;
            process->signal = 0;
            break;
        }
    }
    assert_rest_is_untouched(process);
    assert_true(process->figures.unknown_calls > 0);
    assert_true(exited > 0 && killed > 0);
}

static void semihosting_calls_at_random_are_survived(void **state)
{
    struct process *const process = &((struct world *)*state)->process;
    struct random_source random = {2};
    unsigned exited = 0;

    for (unsigned i = 0; i < CALLS; i++) {
        uint32_t *const reg = process->cpu->reg;
        const bool is_ecall = random_chance(&random, 1, 8);

        fill_data(process, &random);
        for (unsigned k = 10; k < 18; k++) {
            reg[k] = random_argument(&random);
        }
        reg[10] = is_ecall ? reg[10] : (uint32_t)random_below(&random, 64);
        reg[17] = (uint32_t)random_below(&random, 8);
        exited +=
            abi_semihosting.call(process, is_ecall ? GUEST_SYSCALL : GUEST_SEMIHOST) == ABI_EXITED;
    }
    assert_rest_is_untouched(process);
    assert_true(process->figures.unknown_calls > 0);
    assert_true(exited > 0);
    assert_true(((struct world *)*state)->spawned_bytes > 0);
}

/* One call with up to three arguments. */
static int32_t linux_call(struct process *process, uint32_t number, uint32_t a, uint32_t b,
                          uint32_t c)
{
    uint32_t *const reg = process->cpu->reg;

    reg[GUEST_EAX] = number;
    reg[GUEST_EBX] = a;
    reg[GUEST_ECX] = b;
    reg[GUEST_EDX] = c;
    assert_int_equal(abi_linux.call(process, GUEST_SYSCALL), ABI_CONTINUE);
    return (int32_t)reg[GUEST_EAX];
}

static void linux_pipe_that_waits_for_itself_is_a_deadlock(void **state)
{
    enum { READ = 3, WRITE = 4, PIPE = 42 };
    struct process *const process = &((struct world *)*state)->process;
    uint32_t fds[2];

    assert_int_equal(linux_call(process, PIPE, 0, 0, 0), 0);
    assert_true(process_read(process, 0, fds, sizeof(fds)));
    assert_int_equal(linux_call(process, READ, fds[0], 64, 1), -EDEADLK);
    assert_int_equal(linux_call(process, WRITE, fds[1], 64, 5), 5);
    assert_int_equal(linux_call(process, READ, fds[0], 64, 100), 5);
}

static void linux_random_bytes_come_from_the_seed(void **state)
{
    enum { GETRANDOM = 355 };
    struct process *const process = &((struct world *)*state)->process;
    uint8_t first[12];
    uint8_t second[12];
    uint8_t other[12];

    process->random.state = 1;
    assert_int_equal(linux_call(process, GETRANDOM, 0, sizeof(first), 0), sizeof(first));
    assert_true(process_read(process, 0, first, sizeof(first)));
    process->random.state = 1;
    assert_int_equal(linux_call(process, GETRANDOM, 0, sizeof(first), 0), sizeof(first));
    assert_true(process_read(process, 0, second, sizeof(second)));
    process->random.state = 2;
    assert_int_equal(linux_call(process, GETRANDOM, 0, sizeof(first), 0), sizeof(first));
    assert_true(process_read(process, 0, other, sizeof(other)));
    assert_memory_equal(first, second, sizeof(first));
    assert_memory_not_equal(first, other, sizeof(first));
}

static void linux_time_is_counted_in_instructions(void **state)
{
    enum { TIME = 13, NANOSLEEP = 162 };
    static const uint32_t three_seconds[2] = {3, 0};
    struct process *const process = &((struct world *)*state)->process;

    assert_int_equal(linux_call(process, TIME, 0, 0, 0), PROCESS_EPOCH_S);
    process->target->instructions = 2000000000;
    assert_int_equal(linux_call(process, TIME, 0, 0, 0), PROCESS_EPOCH_S + 2);
    assert_true(process_write(process, 0, three_seconds, sizeof(three_seconds)));
    assert_int_equal(linux_call(process, NANOSLEEP, 0, 0, 0), 0);
    /* It sleeps; others may run meanwhile, or the machine stands still. */
    assert_int_equal(process->wake_ns, UINT64_C(5000000000));
    assert_int_equal(linux_call(process, TIME, 0, 0, 0), PROCESS_EPOCH_S + 2);
    process->services->slept_ns = UINT64_C(3000000000);
    assert_int_equal(linux_call(process, TIME, 0, 0, 0), PROCESS_EPOCH_S + 5);
}

int main(void)
{
#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_WORLD(linux_calls_at_random_are_survived),
        WITH_WORLD(semihosting_calls_at_random_are_survived),
        WITH_WORLD(linux_pipe_that_waits_for_itself_is_a_deadlock),
        WITH_WORLD(linux_random_bytes_come_from_the_seed),
        WITH_WORLD(linux_time_is_counted_in_instructions),
    };

    signal(SIGPIPE, SIG_IGN); /* as files.h needs */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
