/* SPDX-License-Identifier: MIT */
/* How programs are laid out: which register holds what, where it lies, and what does not fit. */
#include <string.h>

#include "os/layout.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint8_t r_x = MMU_FLAG_READ | MMU_FLAG_EXECUTE;
static const uint8_t rw_ = MMU_FLAG_READ | MMU_FLAG_WRITE;

/* --- placing --- */

static void first_fit_takes_the_lowest_hole_that_is_large_enough(void **state)
{
    struct place_map map;
    uint64_t base;
    uint64_t largest;

    (void)state;
    place_init(&map, 1000);
    assert_true(place_take(&map, 500, 600));
    assert_true(place_take(&map, 100, 200));
    assert_true(place_first_fit(&map, 100, 1, &base));
    assert_int_equal(base, 0);
    assert_true(place_first_fit(&map, 300, 1, &base));
    assert_int_equal(base, 200);
    assert_int_equal(place_free_bytes(&map, &largest), 400);
    assert_int_equal(largest, 400);
    assert_true(place_first_fit(&map, 1, 256, &base));
    assert_int_equal(base, 768);
    assert_false(place_first_fit(&map, 232, 1, &base));
    assert_true(place_first_fit(&map, 231, 1, &base));
    assert_int_equal(base, 769);
}

static void random_base_may_be_each_that_fits_and_no_other(void **state)
{
    struct random_source random = {1};
    bool seen[20] = {false};

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        struct place_map map;
        uint64_t base;

        place_init(&map, 20);
        place_take(&map, 4, 10);
        assert_true(place_random(&map, 3, &random, &base));
        seen[base] = true;
    }
    for (unsigned base = 0; base < 20; base++) {
        assert_int_equal(seen[base], base <= 1 || (base >= 10 && base <= 17));
    }
}

static void random_base_without_room_is_none(void **state)
{
    struct random_source random = {1};
    struct place_map map;
    uint64_t base;

    (void)state;
    place_init(&map, 20);
    place_take(&map, 5, 15);
    assert_false(place_random(&map, 6, &random, &base));
    assert_true(place_random(&map, 5, &random, &base));
}

/* --- layouts --- */

static struct machine machine_of(uint8_t va_w, uint8_t seg_bits, uint8_t select, uint64_t ram)
{
    return (struct machine){
        .path = "machine.yaml",
        .mmu = {.va_w = va_w,
                .pa_w = 32,
                .seg_bits = seg_bits,
                .select = select,
                .contexts = 1,
                .stages = 1},
        .memory.ram_bytes = ram,
    };
}

/* Code of 0x900 bytes and data of 0x100 whose first byte is 0xDA. */
static struct image image_at(uint32_t code, uint32_t data)
{
    static const uint8_t code_bytes[0x900] = {0xC0};
    static const uint8_t data_bytes[0x80] = {0xDA};

    return (struct image){
        .path = "guest.elf",
        .isa = GUEST_RV32,
        .entry = code,
        .part_count = 2,
        .parts = {{code, 0x900, 0x900, code_bytes, r_x, 0},
                  {data, 0x100, 0x80, data_bytes, rw_, 1}},
    };
}

static bool make(const struct machine *machine, const struct image *image, uint64_t base_seed,
                 struct layout *layout, struct error *error)
{
    const struct layout_options options = {
        .machine = machine, .image = image, .base_seed = base_seed};
    struct place_map map;

    place_init(&map, machine->memory.ram_bytes);
    assert_true(layout_take_given(machine, &map));
    return layout_make(&options, &map, layout, error);
}

static void explicit_segments_follow_the_top_bits(void **state)
{
    const struct machine machine = machine_of(32, 2, MMU_SELECT_EXPLICIT, 1 << 30);
    const struct image image = image_at(0x100, 0x40000000);
    struct error error = {""};
    struct layout layout;

    (void)state;
    assert_true(make(&machine, &image, 0, &layout, &error));
    assert_int_equal(layout.count, 3);
    assert_int_equal(layout.segments[0].segment, 0);
    assert_int_equal(layout.segments[0].reg.size, 0xA00); /* the hole below the code included */
    assert_int_equal(layout.segments[0].reg.flags, MMU_FLAG_PRESENT | r_x);
    assert_int_equal(layout.segments[0].image_bytes, 0x900);
    assert_int_equal(layout.segments[1].segment, 1);
    assert_int_equal(layout.segments[1].reg.size, 0x100);
    assert_int_equal(layout.segments[1].reg.flags, MMU_FLAG_PRESENT | rw_);
    assert_true(layout.segments[1].max_size_bytes > 0x100);
    assert_int_equal(layout.heap, 1);
    assert_int_equal(layout.heap_start, 0x40000100);
    assert_int_equal(layout.segments[2].segment, 3);
    assert_int_equal(layout.segments[2].reg.flags, MMU_FLAG_PRESENT | rw_ | MMU_FLAG_GROWS_DOWN);
    assert_int_equal(layout.stack, 2);
    assert_true(layout.stack_top == UINT64_C(1) << 32);
    assert_true(layout.stack_limit == layout.stack_top - layout.segments[2].max_size_bytes);
}

static void one_segment_holds_everything(void **state)
{
    const struct machine machine = machine_of(14, 0, MMU_SELECT_EXPLICIT, 64 << 10);
    const struct image image = image_at(0, 0x1000);
    struct error error = {""};
    struct layout layout;

    (void)state;
    assert_true(make(&machine, &image, 0, &layout, &error));
    assert_int_equal(layout.count, 1);
    assert_int_equal(layout.segments[0].reg.size, 16 << 10);
    assert_int_equal(layout.segments[0].reg.flags, MMU_FLAG_PRESENT | rw_ | r_x);
    assert_int_equal(layout.stack_top, 16 << 10);
    assert_int_equal(layout.heap_start, 0x1100);
    assert_true(layout.heap_limit > layout.heap_start);
    assert_true(layout.heap_limit == layout.stack_limit);
}

static void named_segments_part_fetches_from_data(void **state)
{
    const struct machine machine = machine_of(32, 2, MMU_SELECT_NAMED, 1 << 30);
    const struct image image = image_at(0, 0x10000);
    struct error error = {""};
    struct layout layout;

    (void)state;
    assert_true(make(&machine, &image, 0, &layout, &error));
    assert_int_equal(layout.count, 2);
    assert_int_equal(layout.segments[0].reg.size, 0x900);
    assert_int_equal(layout.segments[0].reg.flags, MMU_FLAG_PRESENT | r_x);
    assert_int_equal(layout.segments[1].reg.flags, MMU_FLAG_PRESENT | rw_);
    assert_int_equal(layout.heap, 1);
    assert_int_equal(layout.stack, 1);
    assert_int_equal(layout.stack_top, layout.segments[1].reg.size);
}

static void given_segments_are_used_as_they_are(void **state)
{
    struct machine machine = machine_of(14, 2, MMU_SELECT_EXPLICIT, 64 << 10);
    struct machine_segment given[] = {
        {.name = "code",
         .segment = 0,
         .reg = {32 << 10, 0x900, MMU_FLAG_PRESENT | MMU_FLAG_EXECUTE},
         .max_size_bytes = 0x900},
        {.name = "stack",
         .segment = 3,
         .reg = {28 << 10, 2 << 10, MMU_FLAG_PRESENT | MMU_FLAG_GROWS_DOWN | rw_},
         .max_size_bytes = 4 << 10},
    };
    const struct image image = image_at(0, 0x1000);
    struct error error = {""};
    struct layout layout;

    (void)state;
    machine.segments = given;
    machine.segment_count = COUNT(given);
    assert_true(make(&machine, &image, 0, &layout, &error));
    assert_int_equal(layout.count, 3);
    assert_memory_equal(&layout.segments[0].reg, &given[0].reg, sizeof(given[0].reg));
    assert_memory_equal(&layout.segments[2].reg, &given[1].reg, sizeof(given[1].reg));
    assert_int_equal(layout.stack_top, 16 << 10);
    assert_int_equal(layout.stack_limit, 12 << 10);

    /* One byte less, and the code does not fit. */
    given[0].reg.size = 0x8FF;
    assert_false(make(&machine, &image, 0, &layout, &error));
    assert_non_null(strstr(error.text, "program header 0 does not fit into segment 0 (code)"));
}

static void stack_symbol_decides_where_the_stack_is(void **state)
{
    const struct machine machine = machine_of(32, 0, MMU_SELECT_EXPLICIT, 1 << 30);
    struct image image = image_at(0, 0x10000);
    struct error error = {""};
    struct layout layout;

    (void)state;
    image.stack_top = 16 << 20;
    assert_true(make(&machine, &image, 0, &layout, &error));
    assert_int_equal(layout.segments[0].reg.size, 16 << 20);
    assert_int_equal(layout.stack_top, 16 << 20);
}

static void parts_that_the_machine_cannot_hold_are_refused(void **state)
{
    static const struct {
        uint8_t va_w;
        uint8_t seg_bits;
        uint8_t select;
        uint32_t code;
        uint32_t data;
        uint64_t ram;
        const char *message;
    } cases[] = {
        {14, 0, MMU_SELECT_EXPLICIT, 0, 0x3F01, 64 << 10, "lies outside the 14-bit addresses"},
        {14, 2, MMU_SELECT_EXPLICIT, 0, 0x1F01, 64 << 10, "crosses from segment 1 into 2"},
        {14, 0, MMU_SELECT_EXPLICIT, 0, 0x3F00, 64 << 10, "no room for a stack"},
        {32, 2, MMU_SELECT_EXPLICIT, 0x10000, 0x40000000, 64 << 10, "does not fit into the memory"},
        {32, 0, MMU_SELECT_NAMED, 0, 0x1000, 1 << 20, "segment_bits is 0"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct machine machine =
            machine_of(cases[i].va_w, cases[i].seg_bits, cases[i].select, cases[i].ram);
        const struct image image = image_at(cases[i].code, cases[i].data);
        struct error error = {""};
        struct layout layout;

        assert_false(make(&machine, &image, 0, &layout, &error));
        if (strstr(error.text, cases[i].message) == NULL) {
            fail_msg("found \"%s\", expected \"%s\"", error.text, cases[i].message);
        }
    }
}

/* Whatever the base: no two segments overlap, all lie in memory, and the image is where the
 * registers say. */
static void random_bases_keep_segments_apart(void **state)
{
    static uint8_t ram[256 << 10];
    const struct machine machine = machine_of(32, 2, MMU_SELECT_EXPLICIT, sizeof(ram));
    const struct image image = image_at(0x100, 0x40000000);
    unsigned unaligned = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct error error = {""};
        struct layout layout;

        assert_true(make(&machine, &image, seed, &layout, &error));
        for (unsigned i = 0; i < layout.count; i++) {
            const struct layout_segment *const a = &layout.segments[i];
            const struct place_range range = layout_range(&a->reg, a->max_size_bytes);

            assert_int_equal(range.end - range.begin, a->max_size_bytes);
            assert_true(range.end <= sizeof(ram));
            unaligned += range.begin % 16 != 0;
            for (unsigned k = 0; k < i; k++) {
                const struct layout_segment *const b = &layout.segments[k];
                const struct place_range other = layout_range(&b->reg, b->max_size_bytes);

                assert_true(range.end <= other.begin || other.end <= range.begin);
            }
        }
        memset(ram, 0, sizeof(ram));
        layout_load(&layout, &machine.mmu, &image, ram);
        assert_int_equal(ram[layout.segments[0].reg.base + 0x100], 0xC0);
        assert_int_equal(ram[layout.segments[1].reg.base], 0xDA);
    }
    assert_true(unaligned > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_fit_takes_the_lowest_hole_that_is_large_enough),
        cmocka_unit_test(random_base_may_be_each_that_fits_and_no_other),
        cmocka_unit_test(random_base_without_room_is_none),
        cmocka_unit_test(explicit_segments_follow_the_top_bits),
        cmocka_unit_test(one_segment_holds_everything),
        cmocka_unit_test(named_segments_part_fetches_from_data),
        cmocka_unit_test(given_segments_are_used_as_they_are),
        cmocka_unit_test(stack_symbol_decides_where_the_stack_is),
        cmocka_unit_test(parts_that_the_machine_cannot_hold_are_refused),
        cmocka_unit_test(random_bases_keep_segments_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
