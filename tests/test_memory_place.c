/* SPDX-License-Identifier: MIT */
/* Where regions are put: policies, granules, random bases; and how bytes get there. */
#include <stdlib.h>
#include <string.h>

#include "memory_fixture.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define KIB(count) (UINT64_C(count) << 10)

enum { RAM_BYTES = 64 << 10 };

/* --- policies and granules --- */

/* Free are 6K at 4K, 3K at 14K, 8K at 21K, and 4K at the end; 3K have just been taken at 57K. */
static void each_policy_has_its_own_place(void **state)
{
    static const struct {
        enum allocator_policy policy;
        uint64_t base;
    } cases[] = {
        {ALLOCATOR_FIRST, KIB(4)}, {ALLOCATOR_BEST, KIB(14)},  {ALLOCATOR_WORST, KIB(21)},
        {ALLOCATOR_NEXT, KIB(60)}, {ALLOCATOR_BUDDY, KIB(40)},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        static const uint64_t sizes[] = {4, 6, 4, 3, 4, 8, 28, 3};
        struct memory_world world;
        struct layout_segment *segments[COUNT(sizes)];

        memory_world_open(&world, RAM_BYTES,
                          (struct memory_options){.policy = cases[i].policy, .granule = KIB(1)});
        for (unsigned k = 0; k < COUNT(sizes) && cases[i].policy != ALLOCATOR_BUDDY; k++) {
            segments[k] = memory_world_take(&world, 0, sizes[k] << 10, SEGMENT_UP);
            assert_non_null(segments[k]);
        }
        if (cases[i].policy == ALLOCATOR_BUDDY) {
            memory_world_take(&world, 0, KIB(32), SEGMENT_UP);
            memory_world_take(&world, 0, KIB(5), SEGMENT_UP);
        } else {
            memory_world_release(&world, segments[1]);
            memory_world_release(&world, segments[3]);
            memory_world_release(&world, segments[5]);
        }
        assert_int_equal(memory_world_take(&world, 1, KIB(3), SEGMENT_UP)->reg.base, cases[i].base);
        memory_world_check(&world);
        memory_world_close(&world);
    }
}

static void granule_is_small_where_memory_is_small(void **state)
{
    static const struct {
        uint64_t ram_bytes, granule, reserved_bytes;
    } cases[] = {
        {(1 << 20) - 1, 0, 112}, {1 << 20, 0, 4096}, {1 << 20, 64, 128}, {RAM_BYTES, 1, 100}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct memory_world world;

        memory_world_open(&world, cases[i].ram_bytes,
                          (struct memory_options){.granule = cases[i].granule});
        assert_int_equal(
            memory_world_take(&world, 0, 100, SEGMENT_UP)->region->extent.reserved_bytes,
            cases[i].reserved_bytes);
        memory_world_check(&world);
        memory_world_close(&world);
    }
}

static void free_neighbours_are_joined_unless_told_otherwise(void **state)
{
    (void)state;
    for (unsigned no_coalesce = 0; no_coalesce <= 1; no_coalesce++) {
        struct memory_world world;
        struct layout_segment *halves[2];

        memory_world_open(
            &world, RAM_BYTES,
            (struct memory_options){.no_compact = true, .no_coalesce = no_coalesce != 0});
        for (unsigned i = 0; i < 2; i++) {
            halves[i] = memory_world_take(&world, 0, RAM_BYTES / 2, SEGMENT_UP);
        }
        memory_world_release(&world, halves[0]);
        memory_world_release(&world, halves[1]);
        assert_int_equal(memory_world_take(&world, 0, RAM_BYTES, SEGMENT_UP) == NULL, no_coalesce);
        memory_world_check(&world);
        memory_world_close(&world);
    }
}

/* --- random bases --- */

/* Of 20 bytes those from 4 to 9 are the machine file's; three more have room at 0, 1, 10 .. 17. */
static void random_base_may_be_each_that_fits_and_no_other(void **state)
{
    static struct machine_segment given[] = {
        {.name = "given", .reg = {4, 6, MMU_FLAG_PRESENT | MMU_FLAG_READ}, .max_size_bytes = 6}};
    bool seen[20] = {false};

    (void)state;
    for (unsigned i = 1; i <= 1000; i++) {
        struct memory_world world;

        memory_world_open_given(&world, 20, given, 1,
                                (struct memory_options){.granule = 1, .base_seed = i});
        seen[memory_world_take(&world, 0, 3, SEGMENT_UP)->reg.base] = true;
        memory_world_check(&world);
        memory_world_close(&world);
    }
    for (unsigned base = 0; base < 20; base++) {
        assert_int_equal(seen[base], base <= 1 || (base >= 10 && base <= 17));
    }
}

static void random_bases_follow_the_seed(void **state)
{
    uint64_t bases[3];

    (void)state;
    for (unsigned i = 0; i < COUNT(bases); i++) {
        struct memory_world world;

        memory_world_open(&world, 1 << 20, (struct memory_options){.base_seed = i == 2 ? 8 : 7});
        bases[i] = memory_world_take(&world, 0, 3000, SEGMENT_DOWN)->reg.base;
        memory_world_close(&world);
    }
    assert_int_equal(bases[0], bases[1]);
    assert_int_not_equal(bases[0], bases[2]);
}

/* Whatever the base: no two segments of a program overlap, all lie in memory, and the image is
 * where the registers say. */
static void random_bases_keep_segments_apart(void **state)
{
    static const uint8_t code[0x900] = {0xC0}, data[0x80] = {0xDA};
    static const struct machine machine = {
        .path = "machine.yaml",
        .mmu = {.va_w = 32, .pa_w = 32, .seg_bits = 2, .contexts = 1, .stages = 1},
        .memory.ram_bytes = KIB(256),
    };
    const struct image image = {
        .path = "guest.elf",
        .isa = GUEST_RV32,
        .entry = 0x100,
        .part_count = 2,
        .parts = {{0x100, 0x900, 0x900, code, MMU_FLAG_READ | MMU_FLAG_EXECUTE, 0},
                  {0x40000000, 0x100, 0x80, data, MMU_FLAG_READ | MMU_FLAG_WRITE, 1}},
    };
    const struct layout_options layout_options = {
        .machine = &machine, .image = &image, .memory_bytes = KIB(256)};
    unsigned unaligned = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 500; seed++) {
        const struct memory_options options = {.base_seed = seed};
        struct os_world world;
        struct process process = {0};
        struct layout *const layout = &process.layout;
        struct error error = {""};

        os_world_open(&world, &machine, &options, OS_DISCARD);
        os_world_add(&world, &process);
        assert_true(layout_make(&layout_options, layout, &error));
        assert_true(os_world_place(&world, &process));
        for (unsigned i = 0; i < layout->count; i++) {
            const struct mmu_segment *const a = &layout->segments[i].reg;
            const struct layout_range range = layout_range(a, a->size);

            assert_int_equal(range.end - range.begin, a->size);
            assert_true(range.end <= KIB(256));
            unaligned += a->base % 16 != 0;
            for (unsigned k = 0; k < i; k++) {
                const struct mmu_segment *const b = &layout->segments[k].reg;
                const struct layout_range other = layout_range(b, b->size);

                assert_true(range.end <= other.begin || other.end <= range.begin);
            }
            layout_load(layout, i, &machine.mmu, &image, world.target->ram);
        }
        assert_int_equal(world.target->ram[layout->segments[0].reg.base + 0x100], 0xC0);
        assert_int_equal(world.target->ram[layout->segments[1].reg.base], 0xDA);
        os_world_close(&world);
    }
    assert_true(unaligned > 1000);
}

/* --- copying and clearing --- */

/* Any two ranges, overlapping or not, are copied as memmove would; a page of zeros at a time. */
static void copy_is_memmove(void **state)
{
    struct random_source random = {1};
    struct memory_world world;
    uint8_t *const expected = malloc(RAM_BYTES);
    uint8_t *ram;

    (void)state;
    assert_non_null(expected);
    memory_world_open(&world, RAM_BYTES, (struct memory_options){0});
    ram = world.os.target->ram;
    for (unsigned round = 0; round < 2000; round++) {
        const uint64_t bytes = random_below(&random, round % 2 == 0 ? 100 : RAM_BYTES / 2);
        const uint64_t from = random_below(&random, RAM_BYTES - bytes + 1);
        const uint64_t to = random_below(&random, RAM_BYTES - bytes + 1);

        for (unsigned i = 0; i < 5; i++) {
            memset(ram + random_below(&random, RAM_BYTES - 300), (int)random_below(&random, 3),
                   random_below(&random, 300));
        }
        memcpy(expected, ram, RAM_BYTES);
        if (random_chance(&random, 3, 4)) {
            memmove(expected + to, expected + from, bytes);
            memory_copy(&world.os.memory, to, from, bytes);
        } else {
            memset(expected + to, 0, bytes);
            memory_clear(&world.os.memory, to, bytes);
        }
        assert_memory_equal(ram, expected, RAM_BYTES);
    }
    free(expected);
    memory_world_close(&world);
}

/* A segment with a hole of many megabytes, which the host never had. */
static void hole_stays_a_hole(void **state)
{
    enum { LARGE = 256 << 20, STEP = 3 };
    static const uint64_t moves[][2] = {
        {0, 100 << 20}, {100 << 20, (100 << 20) + 5}, {(100 << 20) + 5, STEP}};
    struct memory_world world;
    uint64_t requests;
    uint8_t *ram;

    (void)state;
    memory_world_open(&world, LARGE, (struct memory_options){0});
    ram = world.os.target->ram;
    memcpy(ram, "first", 5);
    memcpy(ram + (100 << 20) - 4, "last", 4);
    requests = world.os.target->requests;
    for (size_t i = 0; i < COUNT(moves); i++) {
        const uint64_t from = moves[i][0], to = moves[i][1];
        const uint64_t distance = to > from ? to - from : from - to;
        const uint64_t rest = distance < 100 << 20 ? distance : 100 << 20;

        memory_copy(&world.os.memory, to, from, 100 << 20);
        memory_clear(&world.os.memory, to > from ? from : from + (100 << 20) - rest, rest);
        assert_memory_equal(ram + to, "first", 5);
        assert_memory_equal(ram + to + (100 << 20) - 4, "last", 4);
    }
    /* Five pages or so each time, whose every 16 bytes are read and written. */
    assert_true(world.os.target->requests - requests < 7680);
    assert_int_equal(ram[STEP + 50], 0);
    memory_world_close(&world);
}

/* A read and a write for each 16 bytes that are not in a page of zeros. */
static void copying_and_clearing_cost_requests(void **state)
{
    struct memory_world world;
    uint64_t before;

    (void)state;
    memory_world_open(&world, RAM_BYTES, (struct memory_options){0});
    memset(world.os.target->ram, 1, 100);
    before = world.os.target->requests;
    memory_copy(&world.os.memory, KIB(8), 0, 100);
    assert_int_equal(world.os.target->requests - before, 2 * 7);
    before = world.os.target->requests;
    memory_clear(&world.os.memory, 0, 100);
    assert_int_equal(world.os.target->requests - before, 7);
    assert_int_equal(world.os.memory.figures.cleared_bytes, 100);
    before = world.os.target->requests;
    memory_clear(&world.os.memory, 0, 100);
    memory_copy(&world.os.memory, 200, 0, 100);
    assert_int_equal(world.os.target->requests, before);
    memory_world_close(&world);
}

/* They are the supervisor's own: privileged, by 16 bytes at most. */
static void copying_is_privileged(void **state)
{
    static const struct machine machine = {
        .path = "machine.yaml",
        .mmu = {.va_w = 32, .pa_w = 32, .seg_bits = 2, .contexts = 1, .stages = 1},
        .memory.ram_bytes = RAM_BYTES,
    };
    const struct memory_options options = {0};
    struct os_world world;
    unsigned reads = 0, writes = 0;

    (void)state;
    os_world_open(&world, &machine, &options, OS_RECORD);
    memset(world.target->ram + 5, 1, 40);
    memory_copy(&world.memory, 100, 5, 40);
    for (uint64_t i = 0; i < world.target->stream.appended; i++) {
        const struct stream_record *const record = &world.target->stream.records[i];

        if (record->kind != STREAM_REQUEST) {
            continue;
        }
        assert_int_equal(record->op, MMU_OP_TRANSLATE);
        assert_int_equal(record->flags, STREAM_SUPERVISOR);
        assert_true(record->access & STREAM_ACCESS_PRIV);
        assert_int_equal(record->fault, MMU_FAULT_NONE);
        assert_true(record->bytes <= MMU_MAX_BYTES);
        *((record->access & ~STREAM_ACCESS_PRIV) == MMU_ACCESS_WRITE ? &writes : &reads) +=
            record->bytes;
    }
    assert_int_equal(reads, 40);
    assert_int_equal(writes, 40);
    os_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_policy_has_its_own_place),
        cmocka_unit_test(granule_is_small_where_memory_is_small),
        cmocka_unit_test(free_neighbours_are_joined_unless_told_otherwise),
        cmocka_unit_test(random_base_may_be_each_that_fits_and_no_other),
        cmocka_unit_test(random_bases_follow_the_seed),
        cmocka_unit_test(random_bases_keep_segments_apart),
        cmocka_unit_test(copy_is_memmove),
        cmocka_unit_test(hole_stays_a_hole),
        cmocka_unit_test(copying_and_clearing_cost_requests),
        cmocka_unit_test(copying_is_privileged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
