/* SPDX-License-Identifier: MIT */
/* The allocator: random operations against a naive restatement of it, which looks at every byte
 * (allocator_oracle.c). */
#include <stdlib.h>
#include <string.h>

#include "allocator_oracle.h"
#include "base/random.h"
#include "unit.h"

enum { POLICIES = ALLOCATOR_BUDDY + 1 };

static struct allocator *make(enum allocator_policy policy, uint64_t base, uint64_t size_bytes,
                              uint64_t granule, bool no_coalesce)
{
    struct error error;
    struct allocator *const allocator =
        allocator_new(&(struct allocator_options){.base = base,
                                                  .size_bytes = size_bytes,
                                                  .granule = granule,
                                                  .policy = policy,
                                                  .no_coalesce = no_coalesce},
                      &error);

    assert_non_null(allocator);
    return allocator;
}

/* --- both sides of the comparison --- */

struct pair {
    struct allocator *allocator;
    struct oracle oracle;
    uint64_t base;
    uint64_t takes, failures, gives, searched_total, searched_max;
    uint16_t content[ORACLE_MAX_BYTES]; /* of the memory: who wrote each byte */
    uint16_t owner[ORACLE_MAX_BYTES];   /* who wrote the allocation that begins here */
    uint16_t writers;
    /* of the compaction that runs */
    unsigned from;
    unsigned moves;
};

static void check_free_list(const struct pair *pair, struct allocator_figures *expected)
{
    const struct oracle *const oracle = &pair->oracle;
    uint64_t from = 0, address = 0, size_bytes = 0;

    for (unsigned at = 0; at < oracle->size; at = oracle_block_end(oracle, at)) {
        const unsigned size = oracle_block_end(oracle, at) - at;

        if (oracle->bytes[at].is_used) {
            continue;
        }
        assert_true(allocator_next_free(pair->allocator, from, &address, &size_bytes));
        assert_int_equal(address, pair->base + at);
        assert_int_equal(size_bytes, size);
        from = address + 1;
        expected->free_blocks++;
        expected->free_bytes += size;
        if (size > expected->largest_free_bytes) {
            expected->largest_free_bytes = size;
        }
    }
    assert_false(allocator_next_free(pair->allocator, from, &address, &size_bytes));
}

static void check_allocations(const struct pair *pair, struct allocator_figures *expected)
{
    const struct oracle *const oracle = &pair->oracle;
    struct extent extent = {0}, found;
    uint64_t from = 0;

    for (unsigned at = 0; at < oracle->size; at = oracle_block_end(oracle, at)) {
        const struct oracle_byte *const byte = &oracle->bytes[at];

        if (!byte->is_used) {
            assert_false(allocator_find(pair->allocator, pair->base + at, &extent));
            continue;
        }
        assert_true(allocator_next_used(pair->allocator, from, &extent));
        assert_int_equal(extent.address, pair->base + at);
        assert_int_equal(extent.reserved_bytes, oracle_block_end(oracle, at) - at);
        assert_int_equal(extent.size_bytes, byte->asked);
        assert_int_equal(extent.is_pinned, byte->is_pinned);
        assert_int_equal(extent.tag, pair->owner[at]);
        assert_true(allocator_find(pair->allocator, extent.address, &found));
        assert_int_equal(found.reserved_bytes, extent.reserved_bytes);
        from = extent.address + 1;
        expected->asked_bytes += byte->asked;
        expected->used_bytes += extent.reserved_bytes;
    }
    assert_false(allocator_next_used(pair->allocator, from, &extent));
}

static void check_same(const struct pair *pair)
{
    struct allocator_figures figures, expected = {
                                          .takes = pair->takes,
                                          .failures = pair->failures,
                                          .gives = pair->gives,
                                          .total_bytes = pair->oracle.size,
                                      };

    check_free_list(pair, &expected);
    check_allocations(pair, &expected);
    allocator_figures(pair->allocator, &figures);
    if (pair->oracle.policy == ALLOCATOR_FIRST || pair->oracle.policy == ALLOCATOR_NEXT) {
        expected.searched_total = pair->searched_total;
        expected.searched_max = pair->searched_max;
    } else {
        expected.searched_total = figures.searched_total;
        expected.searched_max = figures.searched_max;
    }
    assert_int_equal(figures.used_bytes + figures.free_bytes, figures.total_bytes);
    assert_int_equal(figures.takes, expected.takes);
    assert_int_equal(figures.failures, expected.failures);
    assert_int_equal(figures.gives, expected.gives);
    assert_int_equal(figures.searched_total, expected.searched_total);
    assert_int_equal(figures.searched_max, expected.searched_max);
    assert_int_equal(figures.total_bytes, expected.total_bytes);
    assert_int_equal(figures.used_bytes, expected.used_bytes);
    assert_int_equal(figures.asked_bytes, expected.asked_bytes);
    assert_int_equal(figures.free_bytes, expected.free_bytes);
    assert_int_equal(figures.largest_free_bytes, expected.largest_free_bytes);
    assert_int_equal(figures.free_blocks, expected.free_blocks);
    assert_false(figures.lacked_memory);
}

/* --- operations on both --- */

static void write_content(struct pair *pair, unsigned address)
{
    pair->owner[address] = ++pair->writers;
    allocator_tag(pair->allocator, pair->base + address, pair->writers);
    for (unsigned i = address; i < oracle_block_end(&pair->oracle, address); i++) {
        pair->content[i] = pair->writers;
    }
}

static bool take(struct pair *pair, unsigned size, unsigned *address)
{
    struct extent extent = {0};
    unsigned searched;
    const int expected = oracle_take(&pair->oracle, size, &searched);
    const bool is_taken = allocator_take(pair->allocator, size, &extent);

    assert_int_equal(is_taken, expected >= 0);
    if (is_taken) {
        *address = (unsigned)(extent.address - pair->base);
        assert_int_equal(*address, expected);
        assert_int_equal(extent.size_bytes, size);
        write_content(pair, *address);
    }
    pair->takes += is_taken;
    pair->failures += !is_taken;
    pair->searched_total += searched;
    if (searched > pair->searched_max) {
        pair->searched_max = searched;
    }
    return is_taken;
}

static bool take_at(struct pair *pair, unsigned place, unsigned size, bool pinned)
{
    struct extent extent = {0};
    const int expected = oracle_take_at(&pair->oracle, place, size, pinned);
    const bool is_taken =
        allocator_take_at(pair->allocator, pair->base + place, size, pinned, &extent);

    assert_int_equal(is_taken, expected >= 0);
    if (is_taken) {
        assert_int_equal(extent.address, pair->base + (unsigned)expected);
        write_content(pair, (unsigned)expected);
    }
    pair->takes += is_taken;
    pair->failures += !is_taken;
    return is_taken;
}

static void give(struct pair *pair, unsigned address)
{
    oracle_give(&pair->oracle, address);
    allocator_give(pair->allocator, pair->base + address);
    pair->gives++;
}

static bool resize(struct pair *pair, unsigned address, unsigned size, bool keep_end)
{
    struct extent extent = {0};
    const int expected = oracle_resize(&pair->oracle, address, size, keep_end);
    const bool is_done =
        allocator_resize(pair->allocator, pair->base + address, size, keep_end, &extent);

    assert_int_equal(is_done, expected >= 0);
    if (is_done) {
        assert_int_equal(extent.address, pair->base + (unsigned)expected);
        assert_int_equal(extent.size_bytes, size);
        write_content(pair, (unsigned)expected);
    }
    return is_done;
}

/* An allocator_move. */
static void check_move(void *context, uint64_t from, uint64_t to, uint64_t reserved_bytes)
{
    struct pair *const pair = context;
    unsigned source = 0, destination = 0;
    struct extent extent;

    assert_true(oracle_move(&pair->oracle, pair->from, &source, &destination));
    assert_int_equal(from, pair->base + source);
    assert_int_equal(to, pair->base + destination);
    assert_true(allocator_find(pair->allocator, to, &extent));
    assert_int_equal(extent.reserved_bytes, reserved_bytes);
    memmove(pair->content + destination, pair->content + source,
            reserved_bytes * sizeof(pair->content[0]));
    pair->owner[destination] = pair->owner[source];
    pair->from = source + 1;
    pair->moves++;
    check_same(pair);
}

static void never_move(void *context, uint64_t from, uint64_t to, uint64_t reserved_bytes)
{
    (void)context, (void)from, (void)to, (void)reserved_bytes;
    fail_msg("a second compaction moved something");
}

/* Each allocation has what was written to it. */
static void check_content(const struct pair *pair)
{
    const struct oracle *const oracle = &pair->oracle;

    for (unsigned at = 0; at < oracle->size; at = oracle_block_end(oracle, at)) {
        for (unsigned i = at; oracle->bytes[at].is_used && i < oracle_block_end(oracle, at); i++) {
            assert_int_equal(pair->content[i], pair->owner[at]);
        }
    }
}

static void compact(struct pair *pair)
{
    unsigned source, destination;

    pair->from = 0;
    oracle_join(&pair->oracle);
    allocator_compact(pair->allocator, check_move, pair);
    assert_false(oracle_move(&pair->oracle, pair->from, &source, &destination));
    assert_false(oracle_move(&pair->oracle, 0, &source, &destination));
    check_same(pair);
    check_content(pair);
    allocator_compact(pair->allocator, never_move, NULL);
    check_same(pair);
}

/* --- random operations --- */

/* The allocation that lies at or behind a random address; -1: none. */
static int random_allocation(const struct pair *pair, struct random_source *random)
{
    const struct oracle *const oracle = &pair->oracle;
    unsigned at = (unsigned)random_below(random, oracle->size);

    while (at < oracle->size && !(oracle->bytes[at].begins && oracle->bytes[at].is_used)) {
        at++;
    }
    return at < oracle->size ? (int)at : -1;
}

static void random_operation(struct pair *pair, struct random_source *random)
{
    const unsigned most = pair->oracle.size / (1 + (unsigned)random_below(random, 20));
    const unsigned size = (unsigned)random_below(random, most + 1);
    const uint64_t kind = random_below(random, 100);
    const int allocation = random_allocation(pair, random);
    unsigned address;

    if (kind < 40) {
        take(pair, size, &address);
    } else if (kind < 45) {
        take_at(pair, (unsigned)random_below(random, pair->oracle.size), size,
                random_chance(random, 1, 3));
    } else if (kind >= 98) {
        compact(pair);
    } else if (allocation >= 0 && kind < 80) {
        give(pair, (unsigned)allocation);
    } else if (allocation >= 0) {
        resize(pair, (unsigned)allocation, size, random_chance(random, 1, 2));
    }
}

static void pair_start(struct pair *pair, enum allocator_policy policy,
                       struct random_source *random)
{
    const unsigned size = 1 + (unsigned)random_below(random, ORACLE_MAX_BYTES);
    const bool no_coalesce = random_chance(random, 1, 3);
    unsigned granule = 1 + (unsigned)random_below(random, 12);

    if (policy == ALLOCATOR_BUDDY) {
        granule = 1U << random_below(random, 4);
        granule = granule <= size ? granule : 1;
    }
    memset(pair, 0, sizeof(*pair));
    pair->base = random_chance(random, 1, 2) ? UINT64_MAX - size : random_below(random, 1000);
    pair->allocator = make(policy, pair->base, size, granule, no_coalesce);
    oracle_init(&pair->oracle, policy, size, granule, no_coalesce);
    check_same(pair);
}

static void random_operations_do_as_the_oracle(void **state)
{
    const unsigned memories = getenv("SEGMMU_FULL") != NULL ? 2000 : 60;
    const unsigned operations = 300;
    unsigned moves = 0;

    (void)state;
    for (unsigned i = 0; i < memories * POLICIES; i++) {
        struct random_source random = {i};
        struct pair pair;

        pair_start(&pair, (enum allocator_policy)(i % POLICIES), &random);
        for (unsigned operation = 0; operation < operations; operation++) {
            random_operation(&pair, &random);
            check_same(&pair);
        }
        moves += pair.moves;
        allocator_free(pair.allocator);
    }
    assert_true(moves > memories); /* compactions had something to do */
}

/* The twin: of two policies that choose differently, the oracle of one tells the other apart. */
static void oracle_of_another_policy_differs(void **state)
{
    (void)state;
    for (unsigned policy = 0; policy < POLICIES; policy++) {
        for (unsigned other = 0; other < POLICIES; other++) {
            struct allocator *const allocator =
                make((enum allocator_policy)policy, 0, 200, 1, false);
            struct random_source random = {1};
            struct oracle oracle;
            bool is_same = true;

            oracle_init(&oracle, (enum allocator_policy)other, 200, 1, false);
            for (unsigned i = 0; i < 200 && is_same; i++) {
                const unsigned size = 1 + (unsigned)random_below(&random, 20);
                const uint64_t victim = random_below(&random, 200);
                struct extent extent = {0};
                unsigned searched;
                const int expected = oracle_take(&oracle, size, &searched);

                is_same = allocator_take(allocator, size, &extent) == (expected >= 0) &&
                          (expected < 0 || extent.address == (unsigned)expected);
                if (is_same && allocator_next_used(allocator, victim, &extent)) {
                    allocator_give(allocator, extent.address);
                    oracle_give(&oracle, (unsigned)extent.address);
                }
            }
            assert_int_equal(is_same, policy == other);
            allocator_free(allocator);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_do_as_the_oracle),
        cmocka_unit_test(oracle_of_another_policy_differs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
