/* SPDX-License-Identifier: MIT */
/* How programs are laid out: which register holds what, and what does not fit. */
#include <string.h>

#include "os/layout.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint8_t r_x = MMU_FLAG_READ | MMU_FLAG_EXECUTE;
static const uint8_t rw_ = MMU_FLAG_READ | MMU_FLAG_WRITE;

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

static bool make(const struct machine *machine, const struct image *image, struct layout *layout,
                 struct error *error)
{
    const struct layout_options options = {
        .machine = machine, .image = image, .memory_bytes = machine->memory.ram_bytes};

    return layout_make(&options, layout, error);
}

static void explicit_segments_follow_the_top_bits(void **state)
{
    const struct machine machine = machine_of(32, 2, MMU_SELECT_EXPLICIT, 1 << 30);
    const struct image image = image_at(0x100, 0x40000000);
    struct error error = {""};
    struct layout layout;

    (void)state;
    assert_true(make(&machine, &image, &layout, &error));
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
    assert_true(make(&machine, &image, &layout, &error));
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
    assert_true(make(&machine, &image, &layout, &error));
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
    assert_true(make(&machine, &image, &layout, &error));
    assert_int_equal(layout.count, 3);
    assert_memory_equal(&layout.segments[0].reg, &given[0].reg, sizeof(given[0].reg));
    assert_memory_equal(&layout.segments[2].reg, &given[1].reg, sizeof(given[1].reg));
    assert_int_equal(layout.stack_top, 16 << 10);
    assert_int_equal(layout.stack_limit, 12 << 10);

    /* One byte less, and the code does not fit. */
    given[0].reg.size = 0x8FF;
    assert_false(make(&machine, &image, &layout, &error));
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
    assert_true(make(&machine, &image, &layout, &error));
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
        {32, 0, MMU_SELECT_NAMED, 0, 0x1000, 1 << 20, "segment_bits is 0"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct machine machine =
            machine_of(cases[i].va_w, cases[i].seg_bits, cases[i].select, cases[i].ram);
        const struct image image = image_at(cases[i].code, cases[i].data);
        struct error error = {""};
        struct layout layout;

        assert_false(make(&machine, &image, &layout, &error));
        if (strstr(error.text, cases[i].message) == NULL) {
            fail_msg("found \"%s\", expected \"%s\"", error.text, cases[i].message);
        }
    }
}

static void segments_of_another_context_are_not_the_programs(void **state)
{
    struct machine machine = machine_of(14, 2, MMU_SELECT_EXPLICIT, 64 << 10);
    struct machine_segment given[] = {
        {.name = "code",
         .segment = 0,
         .context = 1,
         .reg = {32 << 10, 0x910, MMU_FLAG_PRESENT | MMU_FLAG_EXECUTE},
         .max_size_bytes = 0x910},
    };
    const struct image image = image_at(0, 0x1000);
    struct layout_options options = {
        .machine = &machine, .image = &image, .memory_bytes = 64 << 10, .context = 0};
    struct error error = {""};
    struct layout layout;

    (void)state;
    machine.segments = given;
    machine.segment_count = COUNT(given);
    assert_true(layout_make(&options, &layout, &error));
    assert_false(layout.segments[0].is_given);
    assert_int_equal(layout.segments[0].reg.size, 0x900);
    assert_int_equal(layout.segments[0].reg.base, 0);
    options.context = 1;
    assert_true(layout_make(&options, &layout, &error));
    assert_true(layout.segments[0].is_given);
    assert_int_equal(layout.segments[0].reg.size, 0x910);
    assert_int_equal(layout.segments[0].reg.base, 32 << 10);
    options.is_movable = true; /* the size, but not the place */
    assert_true(layout_make(&options, &layout, &error));
    assert_false(layout.segments[0].is_given);
    assert_int_equal(layout.segments[0].reg.size, 0x910);
}

static void each_step_of_economy_halves_the_rooms(void **state)
{
    const struct machine machine = machine_of(14, 0, MMU_SELECT_EXPLICIT, 8 << 10);
    const struct image image = image_at(0, 0x1000);
    struct layout_options options = {.machine = &machine, .image = &image, .memory_bytes = 8 << 10};
    /* Behind the image of 0x1100 bytes. */
    static const struct {
        uint64_t heap_bytes, stack_bytes;
    } rooms[] = {{2 << 10, 1 << 10}, {1 << 10, 512}, {512, 256}, {256, 128}};
    struct error error = {""};
    struct layout layout;

    (void)state;
    for (; options.economy < COUNT(rooms); options.economy++) {
        assert_true(layout_make(&options, &layout, &error));
        assert_int_equal(layout.segments[0].reg.size, 0x1100 + rooms[options.economy].heap_bytes +
                                                          rooms[options.economy].stack_bytes);
        assert_int_equal(layout_can_save(&options), options.economy < COUNT(rooms) - 1);
    }
}

static void parts_are_loaded_where_their_segment_lies(void **state)
{
    static uint8_t ram[64 << 10];
    const struct machine machine = machine_of(14, 2, MMU_SELECT_EXPLICIT, sizeof(ram));
    const struct image image = image_at(0x100, 0x1000);
    struct error error = {""};
    struct layout layout;
    unsigned written = 0;

    (void)state;
    assert_true(make(&machine, &image, &layout, &error));
    layout.segments[0].reg.base = 4000;
    layout.segments[1].reg.base = 9001;
    layout_load(&layout, 0, &machine.mmu, &image, ram);
    assert_int_equal(ram[4000 + 0x100], 0xC0);
    assert_int_equal(ram[9001], 0); /* the other segment is not loaded */
    layout_load(&layout, 1, &machine.mmu, &image, ram);
    assert_int_equal(ram[9001], 0xDA);
    for (size_t i = 0; i < sizeof(ram); i++) {
        written += ram[i] != 0;
    }
    assert_int_equal(written, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(explicit_segments_follow_the_top_bits),
        cmocka_unit_test(one_segment_holds_everything),
        cmocka_unit_test(named_segments_part_fetches_from_data),
        cmocka_unit_test(given_segments_are_used_as_they_are),
        cmocka_unit_test(stack_symbol_decides_where_the_stack_is),
        cmocka_unit_test(parts_that_the_machine_cannot_hold_are_refused),
        cmocka_unit_test(segments_of_another_context_are_not_the_programs),
        cmocka_unit_test(each_step_of_economy_halves_the_rooms),
        cmocka_unit_test(parts_are_loaded_where_their_segment_lies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
