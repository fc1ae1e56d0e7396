/* SPDX-License-Identifier: MIT */
/* Guests of random code change no byte outside their own writable segments, and no segment
 * register.
 *
 *   test_hostile_guests rv32|i386 [SEED FIRST COUNT]
 *
 * Programs come in batches, each with a machine of its own and one guest, that goes on from program
 * to program as long as it lives. Every eighth batch runs in lockstep with the RTL. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "hostile_world.h"
#include "source/pump.h"

enum {
    SAMPLE = 300,
#ifdef __SANITIZE_ADDRESS__
    FULL = 3000, /* a tenth as fast */
#else
    FULL = 100000,
#endif
    BATCH = 50,
    STEPS = 200,  /* of one program */
    EVENTS = 40,  /* and no more than that */
    LOCKSTEP = 8, /* one batch in so many */
};

enum plant { PLANT_NOTHING, PLANT_LIMIT, PLANT_REGISTER };

static enum guest_isa isa;
static uint64_t seed = 1;
static uint64_t first_program;
static uint64_t program_count;
static struct dut_library *library; /* opened for the first batch that needs it */

struct batch {
    struct random_source random;
    struct machine machine;
    struct world world;
    struct target *target;
    struct guest *guest;
    struct testbench bench;
    struct pump *pump; /* NULL without a clock */
    unsigned deaths;
    unsigned events[GUEST_HALTED + 1];
};

/* The first is that of the lockstep batches. */
static const struct mmu_config configs[] = {
    {.va_w = 32, .pa_w = 32, .seg_bits = 2, .contexts = 1, .stages = 2},
    {.va_w = 32, .pa_w = 32, .seg_bits = 2, .contexts = 4, .stages = 1},
    {.va_w = 32, .pa_w = 32, .seg_bits = 0, .contexts = 1, .stages = 1},
    {.va_w = 32, .pa_w = 36, .seg_bits = 4, .contexts = 2, .stages = 3},
    {.va_w = 16, .pa_w = 20, .seg_bits = 1, .contexts = 1, .stages = 2},
    {.va_w = 32, .pa_w = 32, .seg_bits = 2, .select = MMU_SELECT_NAMED, .contexts = 1, .stages = 2},
};

static void start_guest(struct batch *batch)
{
    const struct guest_options options = {.target = batch->target, .isa = isa};
    struct error error = {""};

    batch->guest = guest_start(&options, &error);
    if (batch->guest == NULL) {
        fail_msg("%s", error.text);
    }
}

static void start_lockstep(struct batch *batch)
{
    const struct dut_source source = {.config = configs[0]};
    struct error error = {""};

    if (library == NULL) {
        library = dut_library_open(&source, DUT_FAST, &error);
    }
    if (library == NULL ||
        !testbench_init(&batch->bench, ENGINE_LOCKSTEP, &batch->machine, library, NULL, &error)) {
        fail_msg("%s", error.text);
    }
    batch->pump = pump_start(&batch->target->stream, &batch->bench, &batch->machine, &error);
    assert_non_null(batch->pump);
}

static struct batch *open_batch(uint64_t number)
{
    const bool is_lockstep = number % LOCKSTEP == LOCKSTEP / 2;
    struct batch *const batch = calloc(1, sizeof(*batch));
    struct error error = {""};

    assert_non_null(batch);
    batch->random.state = seed;
    batch->random.state = random_next(&batch->random) + number;
    batch->machine = (struct machine){
        .name = (char *)"hostile",
        .path = (char *)"hostile",
        .mmu = configs[is_lockstep ? 0 : number % (sizeof(configs) / sizeof(configs[0]))],
        .memory = {.ram_bytes = WORLD_RAM_BYTES},
    };
    batch->target = target_new(&batch->machine, &error);
    assert_non_null(batch->target);
    batch->target->stream.discard = !is_lockstep;
    world_init(&batch->world, batch->target, &batch->random);
    if (is_lockstep) {
        start_lockstep(batch);
    }
    start_guest(batch);
    return batch;
}

static void close_batch(struct batch *batch)
{
    guest_stop(batch->guest);
    if (batch->pump != NULL) {
        char complaint[512];

        assert_true(pump_stop(batch->pump, complaint));
        testbench_end(&batch->bench);
    }
    target_free(batch->target);
    free(batch);
}

/* Somewhere else, with another register: a guest whose faults are forgiven gets further. */
static void go_elsewhere(struct batch *batch)
{
    struct guest_cpu *const cpu = guest_cpu(batch->guest);

    cpu->reg[random_below(&batch->random, isa == GUEST_RV32 ? 32 : 8)] =
        world_address(&batch->world, &batch->random);
    cpu->reg[0] = isa == GUEST_RV32 ? 0 : cpu->reg[0];
    cpu->pc = random_chance(&batch->random, 1, 2) ? world_jump(&batch->world, &batch->random)
                                                  : cpu->pc + 2;
}

static void run_guest(struct batch *batch)
{
    struct guest_cpu *const cpu = guest_cpu(batch->guest);
    const uint64_t last_step = target_steps(batch->target) + STEPS;
    struct guest_event event;

    for (unsigned i = 1; i < (isa == GUEST_RV32 ? 32 : 8); i++) {
        cpu->reg[i] = world_address(&batch->world, &batch->random);
    }
    cpu->gs_base = world_address(&batch->world, &batch->random);
    cpu->pc = world_jump(&batch->world, &batch->random);
    for (unsigned events = 0; events < EVENTS; events++) {
        guest_resume(batch->guest, last_step, &event);
        batch->events[event.kind]++;
        if (event.kind == GUEST_DIED || event.kind == GUEST_LIMIT) {
            break;
        }
        if (event.kind != GUEST_SYSCALL && event.kind != GUEST_SEMIHOST) {
            go_elsewhere(batch);
        }
    }
    if (event.kind == GUEST_DIED) {
        batch->deaths++;
        guest_stop(batch->guest);
        assert_true(stream_drain(&batch->target->stream));
        start_guest(batch);
    }
    assert_true(stream_drain(&batch->target->stream)); /* model and RTL agree */
}

/* One program. False with a text when it did harm. */
static bool run_program(struct batch *batch, enum plant plant, char *text, size_t text_bytes)
{
    world_place(&batch->world, &batch->random);
    world_write_code(&batch->world, isa, &batch->random);
    if (plant == PLANT_LIMIT) {
        world_plant_limit(&batch->world);
    }
    world_remember(&batch->world);
    run_guest(batch);
    if (plant == PLANT_REGISTER) {
        world_plant_register(&batch->world);
    }
    return world_is_unharmed(&batch->world, text, text_bytes);
}

struct tally {
    uint64_t steps;
    unsigned harmful;
    unsigned deaths;
    unsigned events[GUEST_HALTED + 1];
};

static void add_batch(struct tally *tally, const struct batch *batch)
{
    tally->steps += target_steps(batch->target);
    tally->deaths += batch->deaths;
    for (unsigned i = 0; i <= GUEST_HALTED; i++) {
        tally->events[i] += batch->events[i];
    }
}

/* From a batch's first program on, since a guest remembers. */
static void run_programs(uint64_t first, uint64_t count, enum plant plant, struct tally *tally)
{
    struct batch *batch = NULL;
    char text[256];

    for (uint64_t program = first - first % BATCH; program < first + count; program++) {
        if (batch == NULL) {
            batch = open_batch(program / BATCH);
        }
        if (!run_program(batch, plant, text, sizeof(text))) {
            tally->harmful++;
            if (plant == PLANT_NOTHING) {
                fail_msg("program %" PRIu64 ": %s; to see it again: test_hostile_guests %s %" PRIu64
                         " %" PRIu64 " 1",
                         program, text, isa == GUEST_RV32 ? "rv32" : "i386", seed, program);
            }
        }
        if ((program + 1) % BATCH == 0 || program + 1 == first + count) {
            add_batch(tally, batch);
            close_batch(batch);
            batch = NULL;
        }
    }
}

static void random_guests_do_no_harm(void **state)
{
    struct tally tally = {0};

    (void)state;
    run_programs(first_program, program_count, PLANT_NOTHING, &tally);
    print_message("seed %" PRIu64 ", %" PRIu64 " programs, %" PRIu64
                  " steps: %u faults, %u bus errors, %u illegal "
                  "instructions, %u MMU registers, %u calls, %u ran to the limit; %u deaths\n",
                  seed, program_count, tally.steps, tally.events[GUEST_FAULT],
                  tally.events[GUEST_BUS_ERROR], tally.events[GUEST_ILLEGAL],
                  tally.events[GUEST_MMU_REGISTER], tally.events[GUEST_SYSCALL],
                  tally.events[GUEST_LIMIT], tally.deaths);
    if (program_count >= SAMPLE) {
        assert_in_range(tally.events[GUEST_FAULT], 5 * program_count, EVENTS * program_count);
        assert_in_range(tally.events[GUEST_BUS_ERROR], 1, program_count);
        assert_in_range(tally.events[GUEST_MMU_REGISTER], 1, program_count);
        assert_in_range(tally.events[GUEST_LIMIT], 1, program_count);
        assert_in_range(tally.deaths, 0,
                        program_count / 10); /* Unicorn gives up on an instruction */
    }
}

/* The twins. */
static void planted_limit_is_found(void **state)
{
    struct tally tally = {0};

    (void)state;
    run_programs(0, 100, PLANT_LIMIT, &tally);
    assert_in_range(tally.harmful, 10, 100);
}

static void planted_register_is_found(void **state)
{
    struct tally tally = {0};

    (void)state;
    run_programs(0, 10, PLANT_REGISTER, &tally);
    assert_int_equal(tally.harmful, 10);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest random[] = {cmocka_unit_test(random_guests_do_no_harm)};
    const struct CMUnitTest planted[] = {
        cmocka_unit_test(planted_limit_is_found),
        cmocka_unit_test(planted_register_is_found),
    };
    int failed;

    if ((argc != 2 && argc != 5) ||
        (strcmp(argv[1], "rv32") != 0 && strcmp(argv[1], "i386") != 0)) {
        fprintf(stderr, "usage: %s rv32|i386 [SEED FIRST COUNT]\n", argv[0]);
        return 2;
    }
    isa = strcmp(argv[1], "rv32") == 0 ? GUEST_RV32 : GUEST_I386;
    program_count = getenv("SEGMMU_FULL") != NULL ? FULL : SAMPLE;
    if (argc == 5) {
        seed = strtoull(argv[2], NULL, 0);
        first_program = strtoull(argv[3], NULL, 0);
        program_count = strtoull(argv[4], NULL, 0);
    }
    failed = cmocka_run_group_tests(random, NULL, NULL);
    if (argc == 2) {
        failed += cmocka_run_group_tests(planted, NULL, NULL);
    }
    if (library != NULL) {
        dut_library_close(library);
    }
    return failed == 0 ? 0 : 1;
}
