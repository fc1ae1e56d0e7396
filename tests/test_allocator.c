/* SPDX-License-Identifier: MIT */
/* The allocator: worked examples. */
#include <string.h>

#include "os/allocator.h"
#include "unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

static uint64_t take_one(struct allocator *allocator, uint64_t size_bytes)
{
    struct extent extent = {0};

    assert_true(allocator_take(allocator, size_bytes, &extent));
    return extent.address;
}

static void options_out_of_range_are_refused(void **state)
{
    static const struct {
        struct allocator_options options;
        const char *text;
    } cases[] = {
        {{.size_bytes = 0, .granule = 1}, "memory: found 0 bytes"},
        {{.size_bytes = 1, .granule = 0}, "granule: found 0 bytes"},
        {{.base = 2, .size_bytes = UINT64_MAX - 1, .granule = 1},
         "memory: found 18446744073709551614"},
        {{.size_bytes = 8, .granule = 3, .policy = ALLOCATOR_BUDDY}, "granule: found 3 bytes"},
        {{.size_bytes = 8, .granule = 16, .policy = ALLOCATOR_BUDDY}, "granule: found 16 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error error;

        assert_null(allocator_new(&cases[i].options, &error));
        assert_memory_equal(error.text, cases[i].text, strlen(cases[i].text));
    }
    allocator_free(make(ALLOCATOR_FIRST, 1, UINT64_MAX - 1, 16, false));
    allocator_free(make(ALLOCATOR_BUDDY, 0, UINT64_MAX, 1, false));
    allocator_free(NULL);
}

static void policy_names_are_read_and_printed(void **state)
{
    enum allocator_policy policy = ALLOCATOR_WORST;

    (void)state;
    for (unsigned i = 0; i < POLICIES; i++) {
        assert_true(
            allocator_policy_parse(allocator_policy_name((enum allocator_policy)i), &policy));
        assert_int_equal(policy, i);
    }
    assert_false(allocator_policy_parse("", &policy));
    assert_false(allocator_policy_parse("firs", &policy));
    assert_int_equal(policy, ALLOCATOR_BUDDY);
}

static void sizes_near_2_to_the_64_fail(void **state)
{
    static const uint64_t sizes[] = {UINT64_MAX, UINT64_MAX - 14, (UINT64_C(1) << 63) + 1,
                                     UINT64_C(1) << 63};
    struct extent extent;

    (void)state;
    for (unsigned policy = 0; policy < POLICIES; policy++) {
        struct allocator *const allocator =
            make((enum allocator_policy)policy, 100, UINT64_C(1) << 62, 16, false);
        const uint64_t address = take_one(allocator, 16);

        for (size_t i = 0; i < COUNT(sizes); i++) {
            assert_false(allocator_take(allocator, sizes[i], &extent));
            assert_false(allocator_take_at(allocator, 1000, sizes[i], false, &extent));
            assert_false(allocator_resize(allocator, address, sizes[i], false, &extent));
            assert_false(allocator_resize(allocator, address, sizes[i], true, &extent));
        }
        assert_false(allocator_take_at(allocator, 99, 2, false, &extent));
        assert_false(allocator_take_at(allocator, UINT64_MAX, 1, false, &extent));
        allocator_free(allocator);
    }
}

static void pinned_allocation_stays_and_others_pass_it(void **state)
{
    struct allocator *const allocator = make(ALLOCATOR_FIRST, 0, 100, 1, false);
    struct extent extent;

    (void)state;
    assert_true(allocator_take_at(allocator, 30, 10, true, &extent));
    assert_true(allocator_take_at(allocator, 50, 25, false, &extent));
    assert_true(allocator_take_at(allocator, 80, 10, false, &extent));
    assert_false(allocator_take_at(allocator, 39, 1, false, &extent));
    allocator_compact(allocator, NULL, NULL);
    assert_true(allocator_find(allocator, 30, &extent)); /* the pin */
    assert_true(allocator_find(allocator, 0, &extent));
    assert_int_equal(extent.size_bytes, 25);
    assert_true(allocator_find(allocator, 40, &extent));
    assert_int_equal(extent.size_bytes, 10);
    allocator_free(allocator);
}

static void heap_and_stack_grow_into_what_is_between_them(void **state)
{
    struct allocator *const allocator = make(ALLOCATOR_BEST, 0, 100, 4, false);
    struct extent extent;

    (void)state;
    assert_true(allocator_take_at(allocator, 0, 20, false, &extent));
    assert_true(allocator_take_at(allocator, 80, 20, false, &extent));
    assert_true(allocator_resize(allocator, 0, 41, false, &extent));
    assert_int_equal(extent.address, 0);
    assert_int_equal(extent.reserved_bytes, 44);
    assert_true(allocator_resize(allocator, 80, 53, true, &extent));
    assert_int_equal(extent.address, 44);
    assert_int_equal(extent.reserved_bytes, 56);
    assert_false(allocator_resize(allocator, 0, 45, false, &extent));
    assert_false(allocator_resize(allocator, 44, 57, true, &extent));
    assert_true(allocator_resize(allocator, 44, 1, true, &extent));
    assert_int_equal(extent.address, 96);
    assert_true(allocator_resize(allocator, 0, 0, false, &extent));
    assert_int_equal(extent.reserved_bytes, 4);
    allocator_free(allocator);
}

static void buddy_grows_only_where_the_larger_block_is_aligned(void **state)
{
    struct allocator *const allocator = make(ALLOCATOR_BUDDY, 1000, 64, 1, false);
    struct extent extent;

    (void)state;
    assert_int_equal(take_one(allocator, 8), 1000);
    assert_int_equal(take_one(allocator, 8), 1008);
    allocator_give(allocator, 1000);
    assert_false(allocator_resize(allocator, 1008, 9, false, &extent));
    assert_true(allocator_resize(allocator, 1008, 9, true, &extent));
    assert_int_equal(extent.address, 1000);
    assert_true(allocator_resize(allocator, 1000, 64, false, &extent));
    assert_int_equal(extent.reserved_bytes, 64);
    assert_true(allocator_resize(allocator, 1000, 3, true, &extent));
    assert_int_equal(extent.address, 1060);
    allocator_free(allocator);
}

/* malloc of what is tested is this one: see the linker's --wrap. */
void *__real_malloc(size_t size); // NOLINT: the linker's name
void *__wrap_malloc(size_t size); // NOLINT
static bool has_no_memory;

void *__wrap_malloc(size_t size) // NOLINT
{
    return has_no_memory ? NULL : __real_malloc(size);
}

/* Odd extents of a buddy memory go back in many pieces. */
static void giving_back_needs_no_memory(void **state)
{
    enum { EXTENTS = 64 };
    const uint64_t stride = UINT64_C(1) << 30;
    struct allocator *const allocator = make(ALLOCATOR_BUDDY, 0, EXTENTS * stride, 1, true);
    struct allocator_figures figures;
    struct extent extent;

    (void)state;
    for (uint64_t i = 0; i < EXTENTS; i++) {
        assert_true(allocator_take_at(allocator, i * stride + 1, stride - 2, false, &extent));
    }
    has_no_memory = true;
    for (uint64_t i = 0; i < EXTENTS; i++) {
        assert_true(allocator_resize(allocator, i * stride + 1, stride - 3, false, &extent));
        allocator_give(allocator, i * stride + 1);
    }
    allocator_figures(allocator, &figures);
    assert_int_equal(figures.free_bytes, EXTENTS * stride);
    assert_int_equal(figures.free_blocks, EXTENTS * 60);
    /* The twin: taking does need memory, and says so. */
    assert_true(!figures.lacked_memory);
    while (allocator_take(allocator, 1, &extent)) {
    }
    has_no_memory = false;
    allocator_figures(allocator, &figures);
    assert_true(figures.lacked_memory);
    assert_int_equal(figures.failures, 1);
    allocator_free(allocator);
}

/* The depth of a tree of n blocks is at most 2.41 log2 n, in whatever order they come. */
enum { MANY = 1 << 15, MANY_DEPTH = 36, MANY_BYTES = 1 << 16 /* of the largest */ };

/* Frees every other block of MANY, by rising address, by falling address, or from both ends. */
static void free_every_other(struct allocator *allocator, const uint64_t *addresses, unsigned order)
{
    for (size_t i = 0; i < MANY / 2; i++) {
        const size_t from_ends = i % 2 == 0 ? i / 2 : MANY / 2 - 1 - i / 2;
        const size_t orders[] = {i, MANY / 2 - 1 - i, from_ends};

        allocator_give(allocator, addresses[2 * orders[order]]);
    }
}

static void many_blocks_take_few_comparisons(void **state)
{
    static const enum allocator_policy policies[] = {ALLOCATOR_BEST, ALLOCATOR_WORST,
                                                     ALLOCATOR_BUDDY};
    static uint64_t addresses[MANY];

    (void)state;
    for (unsigned i = 0; i < 3 * COUNT(policies); i++) {
        struct allocator *const allocator =
            make(policies[i / 3], 0, (uint64_t)MANY * MANY_BYTES, 1, false);
        struct allocator_figures figures;

        for (unsigned block = 0; block < MANY; block++) {
            addresses[block] = take_one(allocator, 1000 + block);
        }
        free_every_other(allocator, addresses, i % 3);
        for (unsigned block = 0; block < 1000; block++) {
            take_one(allocator, 1 + block * 30);
        }
        allocator_figures(allocator, &figures);
        assert_true(figures.free_blocks > MANY / 8);
        assert_in_range(figures.searched_max, 10, MANY_DEPTH);
        allocator_free(allocator);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(policy_names_are_read_and_printed),
        cmocka_unit_test(sizes_near_2_to_the_64_fail),
        cmocka_unit_test(pinned_allocation_stays_and_others_pass_it),
        cmocka_unit_test(heap_and_stack_grow_into_what_is_between_them),
        cmocka_unit_test(buddy_grows_only_where_the_larger_block_is_aligned),
        cmocka_unit_test(giving_back_needs_no_memory),
        cmocka_unit_test(many_blocks_take_few_comparisons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
