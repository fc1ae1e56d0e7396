/* SPDX-License-Identifier: MIT */
/* The MMU's banks: whose they are, and which register writes a change costs. */
#include <stdlib.h>
#include <string.h>

#include "os_fixture.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { BANKS = 3, SEGMENTS = 4 };

static const uint8_t rw_ = MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE;

static const struct machine machine = {
    .path = "machine.yaml",
    .mmu = {.va_w = 14, .pa_w = 17, .seg_bits = 2, .contexts = BANKS, .stages = 1},
    .memory.ram_bytes = 64 << 10,
};
static const struct memory_options first_fit = {.policy = ALLOCATOR_FIRST};

struct write {
    uint8_t reg;
    uint64_t value;
};

static int set_up(void **state)
{
    struct os_world *const world = malloc(sizeof(*world));

    assert_non_null(world);
    os_world_open(world, &machine, &first_fit, OS_RECORD);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    os_world_close(*state);
    free(*state);
    return 0;
}

/* What was sent since the last time is these writes, in this order. */
static void assert_writes(struct os_world *world, uint64_t *seen, const struct write *writes,
                          unsigned count)
{
    const struct stream *const stream = &world->target->stream;

    assert_int_equal(stream->appended - *seen, count);
    for (unsigned i = 0; i < count; i++) {
        const struct stream_record *const record = &stream->records[*seen + i];

        assert_int_equal(record->kind, STREAM_REQUEST);
        assert_int_equal(record->op, MMU_OP_WRITE_REGISTER);
        assert_int_equal(record->reg, writes[i].reg);
        assert_int_equal(record->addr, writes[i].value);
        assert_true(record->access & STREAM_ACCESS_PRIV);
        assert_int_equal(record->flags, STREAM_SUPERVISOR);
    }
    *seen = stream->appended;
}

#define ASSERT_WRITES(world, seen, ...)                                                            \
    assert_writes(world, seen, (const struct write[]){__VA_ARGS__},                                \
                  COUNT(((const struct write[]){__VA_ARGS__})))

static void assert_no_writes(struct os_world *world, const uint64_t *seen)
{
    assert_int_equal(world->target->stream.appended, *seen);
}

static unsigned give_and_select(struct banks *banks, uint32_t process)
{
    const unsigned bank = banks_give(banks, process);

    assert_true(banks_select(banks, bank, NULL));
    return bank;
}

/* --- whose they are --- */

static void bank_of_longest_ago_is_replaced(void **state)
{
    struct banks *const banks = &((struct os_world *)*state)->banks;
    const unsigned first = give_and_select(banks, 0);
    const unsigned second = give_and_select(banks, 1);
    const unsigned third = give_and_select(banks, 2);

    assert_true(first != second && second != third && first != third);
    assert_true(banks_select(banks, first, NULL)); /* now it is the second that is oldest */
    assert_int_equal(give_and_select(banks, 3), second);
    assert_int_equal(banks_find(banks, 1), BANK_NONE);
    assert_int_equal(banks_find(banks, 0), first);
    assert_int_equal(banks_find(banks, 2), third);
    assert_int_equal(banks_find(banks, 3), second);
    assert_int_equal(give_and_select(banks, 4), third);
    assert_int_equal(give_and_select(banks, 5), first);
}

static void free_bank_goes_before_any_other(void **state)
{
    struct banks *const banks = &((struct os_world *)*state)->banks;
    unsigned newest = 0;

    for (uint32_t process = 0; process < BANKS; process++) {
        newest = give_and_select(banks, process);
    }
    banks_take_back(banks, BANKS - 1);
    assert_int_equal(banks_find(banks, BANKS - 1), BANK_NONE);
    assert_int_equal(banks_give(banks, 9), newest);
    for (uint32_t process = 0; process < BANKS - 1; process++) {
        assert_int_not_equal(banks_find(banks, process), BANK_NONE);
    }
}

static void bank_that_is_given_back_shows_nothing(void **state)
{
    struct os_world *const world = *state;
    const unsigned bank = banks_give(&world->banks, 5);
    uint64_t seen;

    for (unsigned segment = 0; segment < SEGMENTS; segment += 2) {
        const struct mmu_segment reg = {UINT64_C(0x100) * segment, 0x80, rw_};

        assert_true(banks_write(&world->banks, bank, segment, &reg, NULL));
    }
    seen = world->target->stream.appended;
    banks_take_back(&world->banks, 5);
    ASSERT_WRITES(world, &seen, {MMU_REG_FLAGS(0), rw_ & ~MMU_FLAG_PRESENT},
                  {MMU_REG_FLAGS(2), rw_ & ~MMU_FLAG_PRESENT});
    banks_take_back(&world->banks, 5); /* it has none any more */
    assert_no_writes(world, &seen);
    assert_true(banks_agree(&world->banks));
}

/* --- what a change costs --- */

static void register_is_written_only_when_it_changes(void **state)
{
    struct os_world *const world = *state;
    struct mmu_segment reg = {0x1000, 0x200, rw_};
    const uint8_t absent = rw_ & ~MMU_FLAG_PRESENT;
    uint64_t seen = world->target->stream.appended;

    assert_true(banks_write(&world->banks, 0, 1, &reg, NULL));
    ASSERT_WRITES(world, &seen, {MMU_REG_BASE(1), 0x1000}, {MMU_REG_SIZE(1), 0x200},
                  {MMU_REG_FLAGS(1), rw_});
    assert_true(banks_write(&world->banks, 0, 1, &reg, NULL));
    assert_no_writes(world, &seen);

    reg.size = 0x210;
    assert_true(banks_write(&world->banks, 0, 1, &reg, NULL));
    ASSERT_WRITES(world, &seen, {MMU_REG_FLAGS(1), absent}, {MMU_REG_SIZE(1), 0x210},
                  {MMU_REG_FLAGS(1), rw_});
    reg.base = 0x2000;
    assert_true(banks_write(&world->banks, 0, 1, &reg, NULL));
    ASSERT_WRITES(world, &seen, {MMU_REG_FLAGS(1), absent}, {MMU_REG_BASE(1), 0x2000},
                  {MMU_REG_FLAGS(1), rw_});
    reg.flags |= MMU_FLAG_GROWS_DOWN;
    assert_true(banks_write(&world->banks, 0, 1, &reg, NULL));
    ASSERT_WRITES(world, &seen, {MMU_REG_FLAGS(1), absent},
                  {MMU_REG_FLAGS(1), rw_ | MMU_FLAG_GROWS_DOWN});
}

static void segment_is_hidden_with_one_write(void **state)
{
    struct os_world *const world = *state;
    const struct mmu_segment reg = {0x1000, 0x200, rw_};
    uint64_t seen;

    assert_true(banks_write(&world->banks, 0, 1, &reg, NULL));
    seen = world->target->stream.appended;
    banks_hide(&world->banks, 0, 1);
    ASSERT_WRITES(world, &seen, {MMU_REG_FLAGS(1), rw_ & ~MMU_FLAG_PRESENT});
    banks_hide(&world->banks, 0, 1);
    banks_hide(&world->banks, 0, 2);
    assert_no_writes(world, &seen);
    /* What was hidden comes back with one, when nothing else changed meanwhile. */
    assert_true(banks_write(&world->banks, 0, 1, &reg, NULL));
    ASSERT_WRITES(world, &seen, {MMU_REG_FLAGS(1), rw_});
}

static void window_is_written_only_for_another_bank(void **state)
{
    struct os_world *const world = *state;
    const struct mmu_segment reg = {.flags = rw_};
    uint64_t seen = world->target->stream.appended;

    assert_true(banks_write(&world->banks, 0, 0, &reg, NULL));
    ASSERT_WRITES(world, &seen, {MMU_REG_FLAGS(0), rw_});
    assert_true(banks_write(&world->banks, 2, 0, &reg, NULL));
    ASSERT_WRITES(world, &seen, {MMU_REG_WINDOW, 2}, {MMU_REG_FLAGS(0), rw_});
    assert_true(banks_write(&world->banks, 2, 1, &reg, NULL));
    ASSERT_WRITES(world, &seen, {MMU_REG_FLAGS(1), rw_});
    banks_hide(&world->banks, 0, 0);
    ASSERT_WRITES(world, &seen, {MMU_REG_WINDOW, 0}, {MMU_REG_FLAGS(0), rw_ & ~MMU_FLAG_PRESENT});
}

static void selection_is_one_context_write(void **state)
{
    struct os_world *const world = *state;
    uint64_t seen = world->target->stream.appended;

    assert_true(banks_select(&world->banks, 0, NULL)); /* as after a reset */
    assert_no_writes(world, &seen);
    assert_true(banks_select(&world->banks, 2, NULL));
    ASSERT_WRITES(world, &seen, {MMU_REG_CONTEXT, 2});
    assert_true(banks_select(&world->banks, 2, NULL));
    assert_no_writes(world, &seen);
    assert_int_equal(world->target->regs.context, 2);
}

static void write_that_the_mmu_refuses_is_told(void **state)
{
    struct os_world *const world = *state;
    const struct mmu_segment reg = {.flags = rw_};
    struct error error = {""};

    /* There is no such bank. */
    assert_false(banks_select(&world->banks, BANKS, &error));
    assert_non_null(strstr(error.text, "the MMU refused CONTEXT = 0x3"));
    assert_int_equal(world->banks.context, 0);
    assert_true(banks_agree(&world->banks));
    assert_true(banks_write(&world->banks, 0, 0, &reg, &error));
}

/* --- what is written down --- */

static void register_that_changed_behind_the_back_is_seen(void **state)
{
    struct os_world *const world = *state;
    struct mmu_regs *const regs = &world->target->regs;
    const struct mmu_segment reg = {0x1000, 0x200, rw_};

    assert_true(banks_write(&world->banks, BANKS - 1, SEGMENTS - 1, &reg, NULL));
    assert_true(banks_agree(&world->banks));
    for (unsigned field = 0; field < 5; field++) {
        struct mmu_regs *const saved = malloc(sizeof(*saved));
        struct mmu_segment *const last = &regs->segment[(BANKS - 1) * SEGMENTS + SEGMENTS - 1];

        assert_non_null(saved);
        *saved = *regs;
        switch (field) {
        case 0:
            last->base++;
            break;
        case 1:
            last->size--;
            break;
        case 2:
            last->flags ^= MMU_FLAG_WRITE;
            break;
        case 3:
            regs->context ^= 1;
            break;
        default:
            regs->window ^= 1;
            break;
        }
        assert_false(banks_agree(&world->banks));
        *regs = *saved;
        free(saved);
        assert_true(banks_agree(&world->banks));
    }
}

static bool is_same(const struct mmu_segment *a, const struct mmu_segment *b)
{
    return a->base == b->base && a->size == b->size && a->flags == b->flags;
}

/* Whatever is written, the MMU's registers are what was asked for last, and no write is sent that
 * changes nothing. */
static void any_sequence_leaves_what_was_asked_for(void **state)
{
    enum { STEPS = 20000 };
    struct mmu_segment wanted[BANKS][SEGMENTS] = {0};
    struct random_source random = {1};
    struct os_world world;
    unsigned context = 0;

    (void)state;
    os_world_open(&world, &machine, &first_fit, OS_DISCARD);
    for (unsigned step = 0; step < STEPS; step++) {
        const unsigned bank = (unsigned)random_below(&random, BANKS);
        const unsigned segment = (unsigned)random_below(&random, SEGMENTS);
        struct mmu_segment *const reg = &wanted[bank][segment];
        const uint64_t before = world.target->requests;
        const struct mmu_segment old = *reg;
        uint64_t most = 2; /* WINDOW, and one register */

        switch (random_below(&random, 8)) {
        case 0:
            context = bank;
            most = 1;
            assert_true(banks_select(&world.banks, bank, NULL));
            break;
        case 1:
            reg->flags &= (uint8_t)~MMU_FLAG_PRESENT;
            banks_hide(&world.banks, bank, segment);
            break;
        default:
            if (random_chance(&random, 1, 2)) {
                reg->base = random_below(&random, 4) << 12;
            }
            if (random_chance(&random, 1, 2)) {
                reg->size = random_below(&random, 4) << 8;
            }
            reg->flags = (uint8_t)random_below(&random, 32);
            /* The last one also where the flags end as they began. */
            most = 2 + (old.base != reg->base) + (old.size != reg->size) + 1;
            if (is_same(&old, reg)) {
                most = 0;
            }
            assert_true(banks_write(&world.banks, bank, segment, reg, NULL));
            break;
        }
        assert_true(world.target->requests - before <= most);
        assert_int_equal(world.target->regs.context, context);
        for (unsigned i = 0; i < BANKS * SEGMENTS; i++) {
            assert_true(
                is_same(&world.target->regs.segment[i], &wanted[i / SEGMENTS][i % SEGMENTS]));
        }
    }
    os_world_close(&world);
}

int main(void)
{
#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_WORLD(bank_of_longest_ago_is_replaced),
        WITH_WORLD(free_bank_goes_before_any_other),
        WITH_WORLD(bank_that_is_given_back_shows_nothing),
        WITH_WORLD(register_is_written_only_when_it_changes),
        WITH_WORLD(segment_is_hidden_with_one_write),
        WITH_WORLD(window_is_written_only_for_another_bank),
        WITH_WORLD(selection_is_one_context_write),
        WITH_WORLD(write_that_the_mmu_refuses_is_told),
        WITH_WORLD(register_that_changed_behind_the_back_is_seen),
        cmocka_unit_test(any_sequence_leaves_what_was_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
