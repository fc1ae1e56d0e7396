/* SPDX-License-Identifier: MIT */
/* Processes that take, fill, resize, share, move and lose memory at random, beside a naive model.
 * A failure prints the seed; `test_memory_random SEED` runs that one alone. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "memory_fixture.h"
#include "unit.h"

#define KIB(count) (UINT64_C(count) << 10)

enum {
    RAM_BYTES = 64 << 10,
    STEPS = 300,
    SEEDS = 100,
    SEEDS_FULL = 5000,
};

/* Two that may grow into one another, in the middle of memory. */
static struct machine_segment given[] = {
    {.name = "up",
     .reg = {KIB(20), KIB(1), MMU_FLAG_PRESENT | MMU_FLAG_READ},
     .max_size_bytes = KIB(3)},
    {.name = "down",
     .reg = {KIB(24) + 5, 100, MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_GROWS_DOWN},
     .max_size_bytes = KIB(4)},
};

struct crowd {
    struct memory_world world;
    struct random_source random;
    struct memory_options options;
    bool has_given;
    /* Steps that came to something. */
    unsigned taken, refused, grown, shrunk, shared, put_out, brought_in;
};

static struct memory_options random_options(struct random_source *random)
{
    static const uint64_t granules[] = {0, 1, 16, 64, KIB(1)};
    struct memory_options options = {
        .policy = (enum allocator_policy)random_below(random, ALLOCATOR_BUDDY + 1),
        .granule = granules[random_below(random, 5)],
        .no_coalesce = random_chance(random, 1, 4),
        .no_compact = random_chance(random, 1, 4),
    };

    /* A random base may be any, which blocks of a buddy allocator cannot have. */
    if (options.policy != ALLOCATOR_BUDDY && random_chance(random, 1, 3)) {
        options.base_seed = random_next(random) | 1;
    }
    return options;
}

/* Small ones often, now and then one that is larger than what is left. */
static uint64_t random_size(struct random_source *random)
{
    return random_chance(random, 1, 8) ? random_below(random, RAM_BYTES + 2)
                                       : random_below(random, KIB(6));
}

/* A segment that is there, or NULL. */
static struct layout_segment *any_segment(struct crowd *crowd, bool is_resident)
{
    for (unsigned attempt = 0; attempt < 32; attempt++) {
        struct layout *const layout =
            &crowd->world.process[random_below(&crowd->random, WORLD_PROCESSES)].layout;
        struct layout_segment *const segment =
            &layout->segments[random_below(&crowd->random, MMU_MAX_SEGMENTS)];

        if (segment < layout->segments + layout->count && segment->region != NULL &&
            segment->region->is_resident == is_resident) {
            return segment;
        }
    }
    return NULL;
}

static bool has_free_segment(const struct memory_world *world, unsigned process)
{
    const struct layout *const layout = &world->process[process].layout;

    for (unsigned i = 0; i < layout->count; i++) {
        if (layout->segments[i].region == NULL) {
            return true;
        }
    }
    return layout->count < MMU_MAX_SEGMENTS;
}

/* Nothing that memory could do would have made room: by the definition of the extents' sizes, and
 * what is not in any of them. Where memory may be compacted, and neither powers of two nor the
 * machine file's segments are in the way, all that is free comes together. */
static void check_refusal(const struct crowd *crowd, uint64_t old_bytes, uint64_t new_bytes)
{
    const uint64_t granule = crowd->world.os.memory.options.granule;
    const uint64_t rounded = (new_bytes + granule - 1) / granule * granule;
    uint64_t free_bytes = RAM_BYTES;

    if (crowd->options.no_compact || crowd->options.policy == ALLOCATOR_BUDDY || crowd->has_given ||
        crowd->options.base_seed != 0) {
        return;
    }
    for (const struct region *region = crowd->world.os.memory.regions; region != NULL;
         region = region->next) {
        free_bytes -= region->is_resident ? region->extent.reserved_bytes : 0;
    }
    if (rounded <= free_bytes + old_bytes) {
        fail_msg("refused %" PRIu64 " bytes: %" PRIu64 " were free", rounded - old_bytes,
                 free_bytes);
    }
}

static void take(struct crowd *crowd)
{
    const unsigned process = (unsigned)random_below(&crowd->random, WORLD_PROCESSES);
    const uint64_t size_bytes = random_size(&crowd->random);
    struct layout_segment *segment;

    if (!has_free_segment(&crowd->world, process)) {
        return;
    }
    segment = memory_world_take(&crowd->world, process, size_bytes,
                                random_chance(&crowd->random, 1, 2) ? SEGMENT_UP : SEGMENT_DOWN);
    if (segment == NULL) {
        crowd->refused++;
        check_refusal(crowd, 0, size_bytes > 0 ? size_bytes : 1);
        return;
    }
    crowd->taken++;
    if (random_chance(&crowd->random, 2, 3)) {
        memory_world_fill(&crowd->world, segment, random_next(&crowd->random));
    }
}

static void resize(struct crowd *crowd, struct layout_segment *segment)
{
    const uint64_t old_bytes = segment->region->size_bytes;
    const uint64_t reserved_bytes = segment->region->extent.reserved_bytes;
    const bool is_fixed = segment->region->is_fixed;
    const uint64_t size_bytes = random_chance(&crowd->random, 1, 2)
                                    ? old_bytes + random_below(&crowd->random, KIB(2))
                                    : random_size(&crowd->random);

    if (!memory_world_resize(&crowd->world, segment, size_bytes)) {
        assert_true(size_bytes > old_bytes);
        crowd->refused++;
        if (!is_fixed) {
            check_refusal(crowd, reserved_bytes, size_bytes);
        }
        return;
    }
    crowd->grown += size_bytes > old_bytes;
    crowd->shrunk += size_bytes < old_bytes;
    if (random_chance(&crowd->random, 1, 2)) {
        memory_world_fill(&crowd->world, segment, random_next(&crowd->random));
    }
}

static void share(struct crowd *crowd, const struct layout_segment *segment)
{
    const unsigned process = (unsigned)random_below(&crowd->random, WORLD_PROCESSES);

    if (!segment->region->is_fixed && has_free_segment(&crowd->world, process)) {
        memory_world_share(&crowd->world, process, segment);
        crowd->shared++;
    }
}

/* What a process would have to have in memory to be selected. */
static bool is_resident(const struct process *process)
{
    for (unsigned i = 0; i < process->layout.count; i++) {
        const struct region *const region = process->layout.segments[i].region;

        if (region != NULL && !region->is_resident) {
            return false;
        }
    }
    return true;
}

static void step(struct crowd *crowd)
{
    struct memory_world *const world = &crowd->world;
    struct random_source *const random = &crowd->random;
    const unsigned process = (unsigned)random_below(random, WORLD_PROCESSES);
    struct layout_segment *const here = any_segment(crowd, true);
    struct layout_segment *const away = any_segment(crowd, false);
    const uint64_t choice = random_below(random, 32);

    if (choice < 8 || here == NULL) {
        take(crowd);
    } else if (choice < 18) {
        resize(crowd, here);
    } else if (choice < 22) {
        memory_world_release(world, here);
    } else if (choice < 23) {
        share(crowd, here);
    } else if (choice < 24) {
        memory_compact(&world->os.memory, random_chance(random, 1, 2)
                                              ? random_below(random, RAM_BYTES + 1)
                                              : UINT64_MAX);
    } else if (choice < 25 && !here->region->is_fixed) {
        memory_world_put_out(world, here);
        crowd->put_out++;
    } else if (choice < 27 && away != NULL) {
        const uint64_t size_bytes = away->region->size_bytes;

        if (memory_world_bring_in(world, away)) {
            crowd->brought_in++;
        } else {
            check_refusal(crowd, 0, size_bytes > 0 ? size_bytes : 1);
        }
    } else if (choice < 28) {
        memory_world_take_back(world, process);
    } else if (is_resident(&world->process[process])) {
        memory_world_select(world, process);
    }
}

static void run(uint64_t seed, struct crowd *crowd)
{
    *crowd = (struct crowd){.random = {seed}};
    crowd->options = random_options(&crowd->random);
    crowd->has_given =
        crowd->options.policy != ALLOCATOR_BUDDY && random_chance(&crowd->random, 1, 3);
    memory_world_open_given(&crowd->world, RAM_BYTES, given, crowd->has_given ? 2 : 0,
                            crowd->options);
    for (unsigned i = 0; crowd->has_given && i < 2; i++) {
        memory_world_take_given(&crowd->world, 0, i);
    }
    for (unsigned i = 0; i < STEPS; i++) {
        step(crowd);
        memory_world_check(&crowd->world);
    }
    memory_world_close(&crowd->world);
}

static uint64_t current_seed; /* 0: none is running */

static int say_seed(void **state)
{
    (void)state;
    if (current_seed != 0) {
        print_message("seed %" PRIu64 ": test_memory_random %" PRIu64 " runs it alone\n",
                      current_seed, current_seed);
    }
    return 0;
}

static void any_sequence_keeps_every_byte(void **state)
{
    const char *const only = *state;
    const uint64_t seeds = getenv("SEGMMU_FULL") != NULL ? SEEDS_FULL : SEEDS;
    static struct crowd crowd;
    struct crowd sum = {0};
    uint64_t moves = 0, compactions = 0;

    for (uint64_t seed = 1; seed <= seeds; seed++) {
        const uint64_t used = only != NULL ? strtoull(only, NULL, 0) : seed;

        current_seed = used;
        run(used, &crowd);
        current_seed = 0;
        sum.taken += crowd.taken;
        sum.refused += crowd.refused;
        sum.grown += crowd.grown;
        sum.shrunk += crowd.shrunk;
        sum.shared += crowd.shared;
        sum.put_out += crowd.put_out;
        sum.brought_in += crowd.brought_in;
        moves += crowd.world.os.memory.figures.moves;
        compactions += crowd.world.os.memory.figures.compactions;
        if (only != NULL) {
            return;
        }
    }
    print_message("%u taken, %u refused, %u grown, %u shrunk, %u shared, %u out, %u in, %" PRIu64
                  " moves, %" PRIu64 " compactions\n",
                  sum.taken, sum.refused, sum.grown, sum.shrunk, sum.shared, sum.put_out,
                  sum.brought_in, moves, compactions);
    assert_true(sum.taken > 0 && sum.refused > 0 && sum.grown > 0 && sum.shrunk > 0);
    assert_true(sum.shared > 0 && sum.put_out > 0 && sum.brought_in > 0);
    assert_true(moves > 0 && compactions > 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        {"any_sequence_keeps_every_byte", any_sequence_keeps_every_byte, NULL, say_seed,
         argc > 1 ? argv[1] : NULL},
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
