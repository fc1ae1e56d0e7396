/* SPDX-License-Identifier: MIT */
/* Each rule of memory_check, broken once. */
#include <string.h>

#include "memory_fixture.h"
#include "unit.h"

#define KIB(count) (UINT64_C(count) << 10)

enum { RAM_BYTES = 64 << 10 };

static bool extents_overlap; /* planted */

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names
bool __real_allocator_next_used(const struct allocator *allocator, uint64_t from,
                                struct extent *extent);
bool __wrap_allocator_next_used(const struct allocator *allocator, uint64_t from,
                                struct extent *extent);

/* The allocator itself goes wrong. */
bool __wrap_allocator_next_used(const struct allocator *allocator, uint64_t from,
                                struct extent *extent)
{
    if (!__real_allocator_next_used(allocator, from, extent)) {
        return false;
    }
    if (extents_overlap && from > 0) {
        extent->address -= 16;
        extents_overlap = false;
    }
    return true;
}
// NOLINTEND(bugprone-reserved-identifier)

/* Two processes that share code, each with data of its own; both have a bank. */
struct scene {
    struct memory_world world;
    struct layout_segment *code, *same_code, *data, *other_data;
};

static void open_scene(struct scene *scene)
{
    struct memory_world *const world = &scene->world;

    memory_world_open(world, RAM_BYTES, (struct memory_options){0});
    scene->code = memory_world_take(world, 0, KIB(4), SEGMENT_UP);
    scene->same_code = memory_world_share(world, 1, scene->code);
    scene->data = memory_world_take(world, 0, KIB(2) + 1, SEGMENT_DOWN);
    scene->other_data = memory_world_take(world, 1, KIB(2) + 1, SEGMENT_UP);
    memory_world_select(world, 0);
    memory_world_select(world, 1);
    memory_world_fill(world, scene->code, 1);
    memory_world_fill(world, scene->data, 2);
    memory_world_check(world);
}

/* --- what is planted --- */

static void lose_extent(struct scene *scene)
{
    allocator_give(scene->world.os.memory.allocator, scene->data->region->extent.address);
}

static void mistake_address(struct scene *scene)
{
    scene->data->region->extent.address += 16;
}

static void mistake_reserved_bytes(struct scene *scene)
{
    scene->data->region->extent.reserved_bytes -= 16;
}

static void outgrow_extent(struct scene *scene)
{
    scene->data->region->size_bytes = scene->data->region->extent.reserved_bytes + 1;
}

static void pin_extent(struct scene *scene)
{
    struct allocator *const allocator = scene->world.os.memory.allocator;
    struct extent *const extent = &scene->data->region->extent;

    allocator_give(allocator, extent->address);
    assert_true(
        allocator_take_at(allocator, extent->address, extent->reserved_bytes, true, extent));
}

static void take_for_nobody(struct scene *scene)
{
    struct extent extent;

    assert_true(allocator_take(scene->world.os.memory.allocator, 16, &extent));
}

static void put_two_into_one(struct scene *scene)
{
    scene->data->region->extent = scene->other_data->region->extent;
}

static void forget_region(struct scene *scene)
{
    scene->other_data->region->is_resident = false;
    memory_world_take_back(&scene->world, 1);
}

static void let_extents_overlap(struct scene *scene)
{
    (void)scene;
    extents_overlap = true;
}

static void lose_memory(struct scene *scene)
{
    scene->world.os.target->ram_bytes += 16;
}

static void leave_bank_to_swapped(struct scene *scene)
{
    struct region *const region = scene->data->region;

    allocator_give(scene->world.os.memory.allocator, region->extent.address);
    region->is_resident = false;
}

static void mistake_base(struct scene *scene)
{
    scene->same_code->reg.base += 16;
}

static void mistake_size(struct scene *scene)
{
    scene->data->reg.size--;
}

static void let_code_be_written(struct scene *scene)
{
    struct banks *const banks = &scene->world.os.banks;

    scene->code->region->key.image = &scene->world;
    scene->same_code->reg.flags |= MMU_FLAG_WRITE;
    assert_true(banks_write(banks, (unsigned)banks_find(banks, 1), scene->same_code->segment,
                            &scene->same_code->reg, NULL));
}

static void forget_to_write_register(struct scene *scene)
{
    scene->data->reg.flags |= MMU_FLAG_WRITE;
}

static void move_without_register(struct scene *scene)
{
    struct mmu_segment wrong = scene->data->reg;
    struct banks *const banks = &scene->world.os.banks;

    wrong.base -= 16;
    assert_true(
        banks_write(banks, (unsigned)banks_find(banks, 0), scene->data->segment, &wrong, NULL));
}

static void change_register_behind_the_back(struct scene *scene)
{
    const int bank = banks_find(&scene->world.os.banks, 0);

    scene->world.os.target->regs.segment[bank * MMU_MAX_SEGMENTS + scene->data->segment].base++;
}

static void select_behind_the_back(struct scene *scene)
{
    scene->world.os.target->regs.context ^= 1;
}

static const struct {
    const char *name;
    void (*plant)(struct scene *scene);
    const char *complaint;
} cases[] = {
    {"lose_extent", lose_extent, "a region has no extent of its own"},
    {"mistake_address", mistake_address, "a region has no extent of its own"},
    {"mistake_reserved_bytes", mistake_reserved_bytes, "a region has no extent of its own"},
    {"outgrow_extent", outgrow_extent, "a region has no extent of its own"},
    {"pin_extent", pin_extent, "a region has no extent of its own"},
    {"take_for_nobody", take_for_nobody, "an extent belongs to nobody"},
    {"put_two_into_one", put_two_into_one, "a region has no extent of its own"},
    {"forget_region", forget_region, "an extent belongs to nobody"},
    {"let_extents_overlap", let_extents_overlap, "two extents overlap"},
    {"lose_memory", lose_memory, "free and used are not all of memory"},
    {"leave_bank_to_swapped", leave_bank_to_swapped, "a segment is live without memory"},
    {"mistake_base", mistake_base, "a segment is not where its region is"},
    {"mistake_size", mistake_size, "a segment is not where its region is"},
    {"let_code_be_written", let_code_be_written, "shared code can be written"},
    {"forget_to_write_register", forget_to_write_register,
     "a live register is not what the books say"},
    {"move_without_register", move_without_register, "a live register is not what the books say"},
    {"change_register_behind_the_back", change_register_behind_the_back,
     "the MMU's registers are not what was written"},
    {"select_behind_the_back", select_behind_the_back,
     "the MMU's registers are not what was written"},
};

static void every_rule_finds_what_breaks_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene scene;
        struct memory *const memory = &scene.world.os.memory;
        const uint64_t ram_bytes = RAM_BYTES;

        open_scene(&scene);
        cases[i].plant(&scene);
        memory->changes++;
        if (memory_check(memory)) {
            fail_msg("%s: nothing was found", cases[i].name);
        }
        if (strncmp(memory->complaint, cases[i].complaint, strlen(cases[i].complaint)) != 0) {
            fail_msg("%s: found \"%s\", expected \"%s\"", cases[i].name, memory->complaint,
                     cases[i].complaint);
        }
        assert_false(memory_check(memory)); /* and it stays found */
        scene.world.os.target->ram_bytes = ram_bytes;
        memory_world_close(&scene.world);
    }
}

/* The books are looked at only when somebody says that they changed. */
static void books_are_looked_at_after_changes_only(void **state)
{
    struct scene scene;

    (void)state;
    open_scene(&scene);
    mistake_size(&scene);
    assert_true(memory_check(&scene.world.os.memory));
    assert_non_null(memory_take(&scene.world.os.memory, 16, false, &scene.world.process[2], "new"));
    assert_false(memory_check(&scene.world.os.memory));
    memory_world_close(&scene.world);
}

/* The independent check of these tests sees what it should. */
static void naive_model_sees_what_is_wrong(void **state)
{
    struct scene scene;
    uint8_t *ram;

    (void)state;
    open_scene(&scene);
    ram = scene.world.os.target->ram;
    assert_null(memory_world_find_fault(&scene.world));
    ram[RAM_BYTES - 1] = 1;
    assert_string_equal(memory_world_find_fault(&scene.world),
                        "a byte that is nobody's is not zero");
    ram[RAM_BYTES - 1] = 0;
    ram[scene.data->reg.base - 1] ^= 1;
    assert_string_equal(memory_world_find_fault(&scene.world),
                        "a byte of a segment is not what was written");
    ram[scene.data->reg.base - 1] ^= 1;
    scene.data->reg.size--;
    assert_string_equal(memory_world_find_fault(&scene.world),
                        "a segment has not the size that was asked for");
    scene.data->reg.size++;
    scene.other_data->reg.base = scene.code->reg.base;
    assert_string_equal(memory_world_find_fault(&scene.world), "a byte belongs to two segments");
    scene.other_data->reg.base = RAM_BYTES - 16;
    assert_string_equal(memory_world_find_fault(&scene.world), "a segment lies outside of memory");
    scene.other_data->reg.base = region_base(scene.other_data->region);
    scene.world.os.target->regs.segment[5].flags = MMU_FLAG_PRESENT;
    assert_string_equal(memory_world_find_fault(&scene.world),
                        "a register shows a segment that is not there");
    scene.world.os.target->regs.segment[5].flags = 0;
    scene.world.os.target->regs.segment[1].base ^= 1;
    assert_string_equal(memory_world_find_fault(&scene.world),
                        "a register is not what the layout says");
    scene.world.os.target->regs.segment[1].base ^= 1;
    assert_null(memory_world_find_fault(&scene.world));
    memory_world_close(&scene.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_finds_what_breaks_it),
        cmocka_unit_test(books_are_looked_at_after_changes_only),
        cmocka_unit_test(naive_model_sees_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
