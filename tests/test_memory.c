/* SPDX-License-Identifier: MIT */
/* Regions of physical memory: they are found room, grow, shrink, move and go, and what lay in them
 * follows; what they leave is zero. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory_fixture.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define KIB(count) (UINT64_C(count) << 10)

enum { RAM_BYTES = 64 << 10 };

/* --- beginning and end --- */

static void region_is_zero_and_nobody_elses(void **state)
{
    struct memory_world world;
    struct layout_segment *up, *down;

    (void)state;
    memory_world_open(&world, RAM_BYTES, (struct memory_options){0});
    up = memory_world_take(&world, 0, 1000, SEGMENT_UP);
    down = memory_world_take(&world, 0, 500, SEGMENT_DOWN);
    assert_int_equal(up->reg.base, 0);
    assert_int_equal(up->region->extent.reserved_bytes, 1008);
    assert_int_equal(down->reg.base, 1008 + 512); /* the high end of its extent */
    assert_int_equal(region_first(down->region), 1008 + 12);
    assert_int_equal(up->region->users, 1);
    memory_world_check(&world);
    memory_world_fill(&world, up, 1);
    memory_world_fill(&world, down, 2);
    memory_world_check(&world);
    memory_world_close(&world);
}

static void released_memory_is_zero_and_free(void **state)
{
    struct memory_world world;
    struct layout_segment *segment;

    (void)state;
    memory_world_open(&world, RAM_BYTES, (struct memory_options){0});
    for (unsigned round = 0; round < 3; round++) {
        segment = memory_world_take(&world, 0, RAM_BYTES, SEGMENT_UP);
        assert_non_null(segment);
        memory_world_fill(&world, segment, round);
        memory_world_release(&world, segment);
        memory_world_check(&world);
    }
    assert_int_equal(world.os.memory.figures.cleared_bytes, KIB(192));
    memory_world_close(&world);
}

static void empty_region_has_an_address_of_its_own(void **state)
{
    struct memory_world world;
    struct layout_segment *empty, *other;

    (void)state;
    memory_world_open(&world, RAM_BYTES, (struct memory_options){0});
    empty = memory_world_take(&world, 0, 0, SEGMENT_UP);
    other = memory_world_take(&world, 0, 16, SEGMENT_UP);
    assert_int_not_equal(empty->reg.base, other->reg.base);
    assert_true(memory_world_resize(&world, empty, 5));
    memory_world_fill(&world, empty, 1);
    assert_true(memory_world_resize(&world, empty, 0));
    memory_world_check(&world);
    memory_world_close(&world);
}

static void region_is_shared_by_key(void **state)
{
    static const char images[2];
    const struct region_key key = {.image = &images[0], .segment = 2};
    const struct region_key others[] = {
        {.image = &images[1], .segment = 2},
        {.image = &images[0], .segment = 1},
        {.image = &images[0], .segment = 2, .offset = 1},
        {.device = 1, .inode = 1},
        {0},
    };
    struct memory_world world;
    struct layout_segment *segment;

    (void)state;
    memory_world_open(&world, RAM_BYTES, (struct memory_options){0});
    memory_world_take(&world, 0, 100, SEGMENT_UP); /* without a key */
    assert_null(memory_share(&world.os.memory, &key));
    segment = memory_world_take(&world, 0, 1000, SEGMENT_UP);
    segment->region->key = key;
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_null(memory_share(&world.os.memory, &others[i]));
    }
    assert_int_equal(world.os.memory.figures.shares, 0);
    assert_ptr_equal(memory_share(&world.os.memory, &key), segment->region);
    assert_int_equal(segment->region->users, 2);
    assert_int_equal(world.os.memory.figures.shares, 1);
    assert_int_equal(world.os.memory.figures.shared_bytes, 1000);

    memory_world_fill(&world, segment, 1);
    memory_release(&world.os.memory, segment->region);
    memory_world_check(&world); /* the other one's is as it was */
    memory_world_release(&world, segment);
    assert_null(memory_share(&world.os.memory, &key));
    memory_world_close(&world);
}

static void region_without_room_is_refused_and_counted(void **state)
{
    struct memory_world world;

    (void)state;
    memory_world_open(&world, RAM_BYTES, (struct memory_options){0});
    assert_null(memory_world_take(&world, 0, RAM_BYTES + 1, SEGMENT_UP));
    assert_non_null(memory_world_take(&world, 0, RAM_BYTES - 16, SEGMENT_UP));
    assert_null(memory_world_take(&world, 0, 17, SEGMENT_UP));
    assert_int_equal(world.os.memory.figures.refusals, 2);
    assert_non_null(memory_world_take(&world, 0, 16, SEGMENT_UP));
    assert_int_equal(world.os.memory.figures.refusals, 2);
    memory_world_check(&world);
    memory_world_close(&world);
}

/* --- growth --- */

static void segment_grows_in_place_where_its_neighbour_is_free(void **state)
{
    struct memory_world world;
    struct layout_segment *up, *down, *between;

    (void)state;
    memory_world_open(&world, RAM_BYTES, (struct memory_options){.no_compact = true});
    between = memory_world_take(&world, 0, KIB(4), SEGMENT_UP);
    down = memory_world_take(&world, 0, KIB(1), SEGMENT_DOWN);
    up = memory_world_take(&world, 0, KIB(1), SEGMENT_UP);
    memory_world_fill(&world, up, 1);
    memory_world_fill(&world, down, 2);
    memory_world_release(&world, between);
    assert_true(memory_world_resize(&world, up, KIB(3)));
    assert_int_equal(up->reg.base, KIB(5));
    assert_true(memory_world_resize(&world, down, KIB(5)));
    assert_int_equal(down->reg.base, KIB(5));
    assert_int_equal(region_first(down->region), 0);
    assert_int_equal(world.os.memory.figures.moves, 0);
    memory_world_check(&world);
    /* And no further: the low end is that of memory, and above is another one. */
    assert_true(memory_world_resize(&world, down, KIB(5) + 1));
    assert_int_equal(world.os.memory.figures.moves, 1);
    assert_int_equal(world.os.memory.figures.moved_bytes, KIB(5));
    memory_world_check(&world);
    memory_world_close(&world);
}

static void segment_that_cannot_grow_in_place_moves(void **state)
{
    static const enum segment_way ways[] = {SEGMENT_UP, SEGMENT_DOWN};

    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct memory_world world;
        struct layout_segment *segments[3];
        uint64_t base;

        memory_world_open(&world, RAM_BYTES, (struct memory_options){.no_compact = true});
        for (unsigned k = 0; k < 3; k++) {
            segments[k] = memory_world_take(&world, 0, KIB(1), ways[i]);
            memory_world_fill(&world, segments[k], k);
        }
        memory_world_select(&world, 0);
        base = segments[1]->reg.base;
        assert_true(memory_world_resize(&world, segments[1], KIB(2)));
        assert_int_not_equal(segments[1]->reg.base, base);
        assert_int_equal(world.os.memory.figures.moves, 1);
        assert_int_equal(world.os.memory.figures.moved_bytes, KIB(1));
        memory_world_check(&world); /* contents, zeros where it lay, registers */
        memory_world_close(&world);
    }
}

/* [A 16K][B 16K][C 16K][free 16K], and A wants 24K: nowhere are 24K in one piece. */
static void others_make_room_for_one_that_grows(void **state)
{
    static const struct {
        enum segment_way way;
        unsigned grows; /* the one that does */
    } cases[] = {{SEGMENT_UP, 0}, {SEGMENT_UP, 1}, {SEGMENT_DOWN, 1}, {SEGMENT_DOWN, 2}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (unsigned no_compact = 0; no_compact <= 1; no_compact++) {
            struct memory_world world;
            struct layout_segment *segments[3];
            bool is_done;

            memory_world_open(&world, RAM_BYTES,
                              (struct memory_options){.no_compact = no_compact != 0});
            for (unsigned k = 0; k < 3; k++) {
                segments[k] = memory_world_take(&world, 0, KIB(16), cases[i].way);
                memory_world_fill(&world, segments[k], k);
            }
            memory_world_select(&world, 0);
            is_done = memory_world_resize(&world, segments[cases[i].grows], KIB(24));
            memory_world_check(&world);
            assert_int_equal(is_done, !no_compact);
            assert_int_equal(world.os.memory.figures.compactions, !no_compact);
            assert_int_equal(world.os.memory.figures.refusals, no_compact);
            memory_world_close(&world);
        }
    }
}

static void segment_that_shrinks_gives_memory_back(void **state)
{
    static const enum segment_way ways[] = {SEGMENT_UP, SEGMENT_DOWN};

    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct memory_world world;
        struct layout_segment *segment;
        struct allocator_figures figures;

        memory_world_open(&world, RAM_BYTES, (struct memory_options){.granule = KIB(1)});
        segment = memory_world_take(&world, 0, KIB(8), ways[i]);
        memory_world_fill(&world, segment, 1);
        memory_world_select(&world, 0);
        assert_true(memory_world_resize(&world, segment, KIB(3) + 1));
        allocator_figures(world.os.memory.allocator, &figures);
        assert_int_equal(figures.used_bytes, KIB(4));
        memory_world_check(&world);
        /* What it gave back within its extent is zero when it comes again. */
        assert_true(memory_world_resize(&world, segment, KIB(4)));
        memory_world_check(&world);
        memory_world_close(&world);
    }
}

/* --- registers --- */

/* Two processes lie in one region; one of them has a bank. */
static void registers_of_live_and_saved_processes_follow(void **state)
{
    struct memory_world world;
    struct layout_segment *shared, *other, *hole;

    (void)state;
    memory_world_open(&world, RAM_BYTES, (struct memory_options){0});
    hole = memory_world_take(&world, 2, KIB(1), SEGMENT_UP);
    shared = memory_world_take(&world, 0, KIB(1), SEGMENT_UP);
    memory_world_fill(&world, shared, 1);
    other = memory_world_share(&world, 1, shared);
    memory_world_select(&world, 1);
    memory_world_select(&world, 0);
    memory_world_select(&world, 2); /* of two banks this takes the one of process 1 */
    assert_int_equal(banks_find(&world.os.banks, 1), BANK_NONE);
    memory_world_release(&world, hole);
    memory_compact(&world.os.memory, UINT64_MAX);
    assert_int_equal(shared->reg.base, 0);
    assert_int_equal(other->reg.base, 0);
    memory_world_check(&world);
    assert_true(memory_world_resize(&world, other, KIB(2)));
    assert_int_equal(shared->reg.size, KIB(2));
    memory_world_check(&world);
    memory_world_select(&world, 1);
    memory_world_check(&world);
    memory_world_close(&world);
}

/* --- compaction --- */

static void compaction_keeps_every_byte(void **state)
{
    static const uint64_t gaps[] = {UINT64_MAX, 0, KIB(20), KIB(33) + 8};

    (void)state;
    for (size_t gap = 0; gap < COUNT(gaps); gap++) {
        struct memory_world world;
        struct layout_segment *segments[12];
        struct allocator_figures figures;

        memory_world_open(&world, RAM_BYTES, (struct memory_options){0});
        for (unsigned i = 0; i < COUNT(segments); i++) {
            segments[i] = memory_world_take(&world, i % 3, KIB(4) + UINT64_C(40) * i + 1,
                                            i % 2 == 0 ? SEGMENT_UP : SEGMENT_DOWN);
            memory_world_fill(&world, segments[i], i);
        }
        for (unsigned i = 0; i < COUNT(segments); i += 3) {
            memory_world_release(&world, segments[i]);
        }
        memory_world_select(&world, 1);
        memory_world_select(&world, 2);
        memory_compact(&world.os.memory, gaps[gap]);
        allocator_figures(world.os.memory.allocator, &figures);
        assert_int_equal(figures.free_blocks, 1);
        assert_int_equal(world.os.memory.figures.compactions, 1);
        assert_true(world.os.memory.figures.compacted_regions > 0);
        memory_world_check(&world);
        memory_world_close(&world);
    }
}

static void fixed_region_never_moves(void **state)
{
    static struct machine_segment given[] = {
        {.name = "code",
         .segment = 0,
         .reg = {KIB(20), KIB(1), MMU_FLAG_PRESENT | MMU_FLAG_READ},
         .max_size_bytes = KIB(2)},
        {.name = "stack",
         .segment = 3,
         .reg = {KIB(24), KIB(1), MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_GROWS_DOWN},
         .max_size_bytes = KIB(3)},
    };
    struct memory_world world;
    struct layout_segment *code, *stack, *below, *hole;

    (void)state;
    memory_world_open_given(&world, RAM_BYTES, given, COUNT(given), (struct memory_options){0});
    code = memory_world_take_given(&world, 0, 0);
    stack = memory_world_take_given(&world, 0, 1);
    memory_world_fill(&world, code, 1);
    memory_world_fill(&world, stack, 2);
    hole = memory_world_take(&world, 1, KIB(10), SEGMENT_UP);
    below = memory_world_take(&world, 1, KIB(10), SEGMENT_UP);
    assert_int_equal(below->reg.base, KIB(10));
    memory_world_fill(&world, below, 3);
    memory_world_select(&world, 0);
    memory_world_release(&world, hole);
    memory_compact(&world.os.memory, UINT64_MAX);
    assert_int_equal(code->reg.base, KIB(20));
    assert_int_equal(stack->reg.base, KIB(24));
    assert_int_equal(below->reg.base, 0);
    memory_world_check(&world);

    /* It grows up to its maximum, or to the other one: nothing in between. */
    assert_false(memory_world_resize(&world, code, KIB(2) + 1));
    assert_true(memory_world_resize(&world, code, KIB(2)));
    assert_true(memory_world_resize(&world, stack, KIB(2)));
    assert_false(memory_world_resize(&world, stack, KIB(2) + 1));
    assert_true(memory_world_resize(&world, code, KIB(2) - 1));
    assert_true(memory_world_resize(&world, stack, KIB(2) + 1));
    assert_false(memory_world_resize(&world, stack, KIB(3) + 1));
    memory_world_check(&world);

    /* Nobody else gets what it has not taken yet, nor when it is gone. */
    assert_non_null(memory_world_take(&world, 2, KIB(10), SEGMENT_UP));
    assert_null(memory_world_take(&world, 2, KIB(40) + 1, SEGMENT_UP));
    memory_world_release(&world, stack);
    memory_world_check(&world); /* zeros where it lay */
    assert_null(memory_world_take(&world, 2, KIB(40) + 1, SEGMENT_UP));
    assert_non_null(memory_world_take(&world, 2, KIB(40), SEGMENT_UP));
    memory_world_check(&world);
    memory_world_close(&world);
}

static void scattered_memory_is_refused_without_compaction(void **state)
{
    (void)state;
    for (unsigned no_compact = 0; no_compact <= 1; no_compact++) {
        struct memory_world world;
        struct layout_segment *segments[8];
        struct layout_segment *large;

        memory_world_open(&world, RAM_BYTES,
                          (struct memory_options){.no_compact = no_compact != 0});
        for (unsigned i = 0; i < COUNT(segments); i++) {
            segments[i] = memory_world_take(&world, i % 2, KIB(8), SEGMENT_UP);
            memory_world_fill(&world, segments[i], i);
        }
        memory_world_release(&world, segments[2]);
        memory_world_release(&world, segments[5]);
        large = memory_world_take(&world, 2, KIB(16), SEGMENT_UP);
        memory_world_check(&world);
        assert_int_equal(large == NULL, no_compact);
        assert_int_equal(world.os.memory.figures.compactions, !no_compact);
        assert_int_equal(world.os.memory.figures.compacted_bytes, no_compact ? 0 : KIB(32));
        assert_int_equal(world.os.memory.figures.refusals, no_compact);
        memory_world_close(&world);
    }
}

/* --- room from somebody else --- */

struct victim {
    struct memory_world *world;
    struct layout_segment *segment; /* NULL: gone already */
    const struct process *sparing;
};

static bool put_victim_out(void *context, const struct process *sparing)
{
    struct victim *const victim = context;

    victim->sparing = sparing;
    if (victim->segment == NULL) {
        return false;
    }
    memory_world_release(victim->world, victim->segment);
    victim->segment = NULL;
    return true;
}

static void room_is_made_only_where_there_is_none(void **state)
{
    struct memory_world world;
    struct layout_segment *segment;
    struct victim victim = {.world = &world};

    (void)state;
    memory_world_open(&world, RAM_BYTES, (struct memory_options){0});
    world.os.memory.make_room = put_victim_out;
    world.os.memory.context = &victim;
    victim.segment = memory_world_take(&world, 1, KIB(40), SEGMENT_UP);
    segment = memory_world_take(&world, 0, KIB(10), SEGMENT_UP);
    memory_world_fill(&world, segment, 1);
    assert_non_null(victim.segment);
    assert_non_null(memory_world_take(&world, 0, KIB(15), SEGMENT_UP));
    assert_null(victim.segment);
    assert_ptr_equal(victim.sparing, &world.process[0]);
    memory_world_check(&world);
    assert_null(memory_world_take(&world, 0, KIB(40), SEGMENT_UP)); /* nobody is left */
    assert_int_equal(world.os.memory.figures.refusals, 1);
    /* For growth likewise; and not for more than all of memory. */
    victim.segment = memory_world_take(&world, 1, KIB(39), SEGMENT_UP);
    assert_false(memory_world_resize(&world, segment, RAM_BYTES + 1));
    assert_non_null(victim.segment);
    assert_true(memory_world_resize(&world, segment, KIB(30)));
    assert_null(victim.segment);
    memory_world_check(&world);
    memory_world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(region_is_zero_and_nobody_elses),
        cmocka_unit_test(released_memory_is_zero_and_free),
        cmocka_unit_test(empty_region_has_an_address_of_its_own),
        cmocka_unit_test(region_is_shared_by_key),
        cmocka_unit_test(region_without_room_is_refused_and_counted),
        cmocka_unit_test(segment_grows_in_place_where_its_neighbour_is_free),
        cmocka_unit_test(segment_that_cannot_grow_in_place_moves),
        cmocka_unit_test(others_make_room_for_one_that_grows),
        cmocka_unit_test(segment_that_shrinks_gives_memory_back),
        cmocka_unit_test(registers_of_live_and_saved_processes_follow),
        cmocka_unit_test(compaction_keeps_every_byte),
        cmocka_unit_test(fixed_region_never_moves),
        cmocka_unit_test(scattered_memory_is_refused_without_compaction),
        cmocka_unit_test(room_is_made_only_where_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
