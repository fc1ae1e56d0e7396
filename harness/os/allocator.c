/* SPDX-License-Identifier: MIT */
#include "os/allocator.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "os/allocator_internal.h"

/* --- policies --- */

static const char *const policy_names[] = {
#define X(NAME, name) [ALLOCATOR_##NAME] = (name),
    ALLOCATOR_POLICY_LIST(X)
#undef X
};

bool allocator_policy_parse(const char *name, enum allocator_policy *policy)
{
    for (unsigned i = 0; i < sizeof(policy_names) / sizeof(policy_names[0]); i++) {
        if (strcmp(name, policy_names[i]) == 0) {
            *policy = (enum allocator_policy)i;
            return true;
        }
    }
    return false;
}

const char *allocator_policy_name(enum allocator_policy policy)
{
    return policy_names[policy];
}

/* --- making one --- */

static bool check_options(const struct allocator_options *options, struct error *error)
{
    const bool is_buddy = options->policy == ALLOCATOR_BUDDY;

    if (options->size_bytes == 0) {
        return error_set(error, "memory: found 0 bytes, expected at least 1");
    }
    if (options->base > UINT64_MAX - options->size_bytes) {
        return error_set(error,
                         "memory: found %" PRIu64 " bytes from address %" PRIu64
                         " on, expected its end to be at most %" PRIu64,
                         options->size_bytes, options->base, UINT64_MAX);
    }
    if (options->granule == 0) {
        return error_set(error, "granule: found 0 bytes, expected at least 1");
    }
    if (is_buddy && (options->granule & (options->granule - 1)) != 0) {
        return error_set(error,
                         "granule: found %" PRIu64 " bytes, expected a power of two with buddy",
                         options->granule);
    }
    if (is_buddy && options->granule > options->size_bytes) {
        return error_set(error,
                         "granule: found %" PRIu64 " bytes, expected at most the memory's %" PRIu64
                         " with buddy",
                         options->granule, options->size_bytes);
    }
    return true;
}

struct allocator *allocator_new(const struct allocator_options *options, struct error *error)
{
    struct allocator *allocator;
    uint64_t size_bytes = options->size_bytes;

    if (!check_options(options, error)) {
        return NULL;
    }
    allocator = calloc(1, sizeof(*allocator));
    if (allocator == NULL) {
        error_set(error, "out of memory for the books of the physical memory");
        return NULL;
    }
    if (options->policy == ALLOCATOR_BUDDY) {
        size_bytes -= size_bytes % options->granule;
    }
    allocator->options = *options;
    allocator->end = options->base + size_bytes;
    allocator->cursor = options->base;
    allocator->has_sizes = options->policy != ALLOCATOR_FIRST && options->policy != ALLOCATOR_NEXT;
    allocator->by_address.order = BLOCK_BY_ADDRESS;
    allocator->by_size.order =
        options->policy == ALLOCATOR_WORST ? BLOCK_BY_FALLING_SIZE : BLOCK_BY_RISING_SIZE;
    if (!blocks_provide(allocator, ALLOCATOR_BLOCKS_PER_OPERATION)) {
        error_set(error, "out of memory for the books of the physical memory");
        allocator_free(allocator);
        return NULL;
    }
    range_return(allocator, blocks_first(allocator), true);
    return allocator;
}

static void free_list(struct block *block)
{
    while (block != NULL) {
        struct block *const next = block->next;

        free(block);
        block = next;
    }
}

void allocator_free(struct allocator *allocator)
{
    if (allocator != NULL) {
        free_list(allocator->first);
        free_list(allocator->spares);
        free(allocator);
    }
}

/* --- allocations --- */

static struct block *find_used(const struct allocator *allocator, uint64_t address)
{
    struct block *const block = block_tree_at(&allocator->by_address, address);

    return block != NULL && block->address == address && block->is_used ? block : NULL;
}

/* What is reserved for `size_bytes`; false where no memory has so much. */
static bool round_up(const struct allocator *allocator, uint64_t size_bytes, uint64_t *reserved)
{
    const uint64_t granule = allocator->options.granule;
    uint64_t granules = size_bytes / granule + (size_bytes % granule != 0 || size_bytes == 0);

    if (allocator_is_buddy(allocator) && granules > 1) {
        const int shift = 64 - __builtin_clzll(granules - 1);

        if (shift > 63) {
            return false;
        }
        granules = UINT64_C(1) << shift;
    }
    return !__builtin_mul_overflow(granules, granule, reserved);
}

/* --- searching --- */

static struct block *search_from(const struct allocator *allocator, uint64_t from,
                                 uint64_t size_bytes, uint64_t *searched)
{
    const struct block_tree *const tree = &allocator->by_address;
    const uint32_t count = block_tree_sum(tree).free_count;
    const uint32_t below = block_tree_free_below(tree, from);
    struct block *found = block_tree_first_free(tree, from, size_bytes);

    if (found != NULL) {
        *searched = block_tree_free_below(tree, found->address) - below + 1;
        return found;
    }
    found = block_tree_first_free(tree, allocator->options.base, size_bytes);
    *searched = count;
    if (found != NULL) {
        *searched = count - below + block_tree_free_below(tree, found->address) + 1;
    }
    return found;
}

static struct block *search(struct allocator *allocator, uint64_t size_bytes)
{
    struct block *found;
    uint64_t searched = 0;

    if (allocator->has_sizes) {
        found = block_tree_fit(&allocator->by_size, size_bytes, &searched);
    } else if (allocator->options.policy == ALLOCATOR_FIRST) {
        found = search_from(allocator, allocator->options.base, size_bytes, &searched);
    } else {
        const struct block *const at = block_tree_at(&allocator->by_address, allocator->cursor);
        const bool is_within = !at->is_used && allocator->cursor < block_end(at);

        found = search_from(allocator, is_within ? at->address : allocator->cursor, size_bytes,
                            &searched);
        if (found != NULL) {
            allocator->cursor = found->address + size_bytes;
        }
    }
    allocator->searched_total += searched;
    if (searched > allocator->searched_max) {
        allocator->searched_max = searched;
    }
    return found;
}

/* --- operations --- */

bool allocator_take(struct allocator *allocator, uint64_t size_bytes, struct extent *extent)
{
    struct block *block = NULL;
    uint64_t reserved;

    if (round_up(allocator, size_bytes, &reserved) &&
        blocks_provide(allocator, ALLOCATOR_BLOCKS_PER_OPERATION)) {
        block = search(allocator, reserved);
    }
    if (block == NULL) {
        allocator->failures++;
        return false;
    }
    block = range_gather(allocator, block->address, block->address + reserved,
                         !allocator->options.no_coalesce);
    allocation_enter(allocator, block, &(struct extent){.size_bytes = size_bytes});
    allocator->takes++;
    *extent = extent_of(block);
    return true;
}

bool allocator_take_at(struct allocator *allocator, uint64_t address, uint64_t size_bytes,
                       bool pinned, struct extent *extent)
{
    uint64_t begin = address, end;
    struct block *block;
    bool is_possible = !__builtin_add_overflow(address, size_bytes, &end) &&
                       address >= allocator->options.base && end <= allocator->end;

    if (is_possible && size_bytes > 0 && allocator_is_buddy(allocator)) {
        const uint64_t base = allocator->options.base;
        const uint64_t granule = allocator->options.granule;

        begin -= (begin - base) % granule;
        end += (granule - (end - base) % granule) % granule; /* at most the end of the memory */
    }
    if (!is_possible || !range_is_free(allocator, begin, end, NULL) ||
        !blocks_provide(allocator, ALLOCATOR_BLOCKS_PER_OPERATION)) {
        allocator->failures++;
        return false;
    }
    block = range_gather(allocator, begin, end, !allocator->options.no_coalesce);
    allocation_enter(allocator, block,
                     &(struct extent){.size_bytes = size_bytes, .is_pinned = pinned});
    allocator->takes++;
    *extent = extent_of(block);
    return true;
}

void allocator_give(struct allocator *allocator, uint64_t address)
{
    struct block *const block = find_used(allocator, address);

    assert(block != NULL);
    allocation_leave(allocator, block);
    range_return(allocator, block, !allocator->options.no_coalesce);
    allocator->gives++;
}

void allocator_tag(struct allocator *allocator, uint64_t address, uint64_t tag)
{
    struct block *const block = find_used(allocator, address);

    assert(block != NULL);
    block->tag = tag;
}

/* Where an allocation of `reserved` bytes would lie. False where it could not. */
static bool place_resized(const struct allocator *allocator, const struct block *block,
                          uint64_t reserved, bool keep_end, uint64_t *begin, uint64_t *end)
{
    const uint64_t base = allocator->options.base;

    *begin = block->address;
    *end = block_end(block);
    if (keep_end ? reserved > *end - base : reserved > allocator->end - *begin) {
        return false;
    }
    if (keep_end) {
        *begin = *end - reserved;
    } else {
        *end = *begin + reserved;
    }
    if (reserved <= block->size_bytes) {
        return true;
    }
    return (!allocator_is_buddy(allocator) || (*begin - base) % reserved == 0) &&
           range_is_free(allocator, *begin, *end, block);
}

bool allocator_resize(struct allocator *allocator, uint64_t address, uint64_t size_bytes,
                      bool keep_end, struct extent *extent)
{
    struct block *block = find_used(allocator, address);
    uint64_t reserved, begin, end;
    bool is_provided;

    assert(block != NULL);
    if (!round_up(allocator, size_bytes, &reserved)) {
        return false;
    }
    if (size_bytes <= block->size_bytes && reserved > block->size_bytes) {
        reserved = block->size_bytes;
    }
    is_provided =
        reserved == block->size_bytes || blocks_provide(allocator, ALLOCATOR_BLOCKS_PER_OPERATION);
    if (!is_provided && reserved < block->size_bytes) {
        reserved = block->size_bytes; /* what is too much stays reserved */
        is_provided = true;
    }
    if (!is_provided || !place_resized(allocator, block, reserved, keep_end, &begin, &end)) {
        return false;
    }
    *extent = allocation_leave(allocator, block);
    extent->size_bytes = size_bytes;
    block = range_gather(allocator, begin, end, !allocator->options.no_coalesce);
    allocation_enter(allocator, block, extent);
    *extent = extent_of(block);
    return true;
}

/* --- questions --- */

bool allocator_next_free(const struct allocator *allocator, uint64_t from, uint64_t *address,
                         uint64_t *size_bytes)
{
    const struct block *const block = block_tree_first_free(&allocator->by_address, from, 1);

    if (block != NULL) {
        *address = block->address;
        *size_bytes = block->size_bytes;
    }
    return block != NULL;
}

bool allocator_next_used(const struct allocator *allocator, uint64_t from, struct extent *extent)
{
    const struct block *const block = block_tree_first_used(&allocator->by_address, from);

    if (block != NULL) {
        *extent = extent_of(block);
    }
    return block != NULL;
}

bool allocator_find(const struct allocator *allocator, uint64_t address, struct extent *extent)
{
    const struct block *const block = find_used(allocator, address);

    if (block != NULL) {
        *extent = extent_of(block);
    }
    return block != NULL;
}

void allocator_figures(const struct allocator *allocator, struct allocator_figures *figures)
{
    const struct block_sum all = block_tree_sum(&allocator->by_address);
    const uint64_t total = allocator->end - allocator->options.base;

    *figures = (struct allocator_figures){
        .takes = allocator->takes,
        .failures = allocator->failures,
        .gives = allocator->gives,
        .searched_total = allocator->searched_total,
        .searched_max = allocator->searched_max,
        .total_bytes = total,
        .used_bytes = total - allocator->free_bytes,
        .asked_bytes = allocator->asked_bytes,
        .free_bytes = allocator->free_bytes,
        .largest_free_bytes = all.largest_free_bytes,
        .free_blocks = all.free_count,
        .lacked_memory = allocator->lacked_memory,
    };
}
