/* SPDX-License-Identifier: MIT */
#include "os/allocator_internal.h"

/* In each run of free blocks there are no two that could be one. */
static void join_all(struct allocator *allocator)
{
    uint64_t from = allocator->options.base;
    struct block *block;

    while ((block = block_tree_first_free(&allocator->by_address, from, 1)) != NULL) {
        from = block_end(block);
        blocks_claim(allocator, block);
        range_return(allocator, block, true);
    }
}

/* The lowest place below `block` that it can go to: on a free list its own bytes may be part of it.
 * False where there is none. */
static bool find_place(const struct allocator *allocator, const struct block *block, uint64_t *to)
{
    const struct block *const place =
        block_tree_first_free(&allocator->by_address, allocator->options.base, block->size_bytes);
    const struct block *const previous = block->previous;

    if (place != NULL && place->address < block->address) {
        *to = place->address;
        return true;
    }
    if (!allocator_is_buddy(allocator) && previous != NULL && !previous->is_used) {
        *to = previous->address;
        return true;
    }
    return false;
}

static void move_block(struct allocator *allocator, struct block *block, uint64_t to)
{
    const bool overlaps = to + block->size_bytes > block->address;
    const struct extent extent = allocation_leave(allocator, block);
    struct block *const moved = range_gather(allocator, to, to + extent.reserved_bytes, true);

    if (!overlaps) {
        range_return(allocator, block, true);
    }
    allocation_enter(allocator, moved, &extent);
}

/* On a free list, where what lies between a block and `to` + its size is free. */
static void move_up(struct allocator *allocator, struct block *block, uint64_t to)
{
    const uint64_t address = block->address;
    const struct extent extent = allocation_leave(allocator, block);
    struct block *const run = range_gather(allocator, address, to + extent.reserved_bytes, true);
    struct block *const moved = blocks_split(allocator, run, to - address);

    range_return(allocator, run, true);
    allocation_enter(allocator, moved, &extent);
}

/* Those that begin below `limit` go down. */
static bool compact_below(struct allocator *allocator, uint64_t limit, allocator_move *move,
                          void *context)
{
    /* What lies below the first free block stays there. */
    struct block *block = block_tree_first_free(&allocator->by_address, allocator->options.base, 1);
    uint64_t from = block != NULL ? block->address : allocator->end;

    while ((block = block_tree_first_used(&allocator->by_address, from)) != NULL &&
           block->address < limit) {
        const uint64_t address = block->address, size_bytes = block->size_bytes;
        uint64_t to;

        from = block_end(block);
        if (block->is_pinned || !find_place(allocator, block, &to)) {
            continue;
        }
        if (!blocks_provide(allocator, ALLOCATOR_BLOCKS_PER_OPERATION)) {
            return false;
        }
        move_block(allocator, block, to);
        if (move != NULL) {
            move(context, address, to, size_bytes);
        }
    }
    return true;
}

/* The last block that begins below `limit`, or NULL. */
static struct block *last_below(const struct allocator *allocator, uint64_t limit)
{
    return limit > allocator->options.base ? block_tree_at(&allocator->by_address, limit - 1)
                                           : NULL;
}

/* Those that begin at `first` or above go up, each into the free block behind it. */
static void slide_up(struct allocator *allocator, uint64_t first, allocator_move *move,
                     void *context)
{
    struct block *block = last_below(allocator, allocator->end);

    while (block != NULL && block->address >= first) {
        const uint64_t address = block->address, size_bytes = block->size_bytes;
        const struct block *const next = block->next;
        uint64_t to;

        if (!block->is_used || block->is_pinned || next == NULL || next->is_used) {
            block = block->previous;
            continue;
        }
        if (!blocks_provide(allocator, ALLOCATOR_BLOCKS_PER_OPERATION)) {
            return;
        }
        to = block_end(next) - size_bytes;
        move_up(allocator, block, to);
        if (move != NULL) {
            move(context, address, to, size_bytes);
        }
        block = last_below(allocator, to);
    }
}

void allocator_compact(struct allocator *allocator, allocator_move *move, void *context)
{
    if (allocator->options.no_coalesce) {
        join_all(allocator);
    }
    compact_below(allocator, UINT64_MAX, move, context);
}

void allocator_part(struct allocator *allocator, uint64_t first, allocator_move *move,
                    void *context)
{
    if (allocator->options.no_coalesce) {
        join_all(allocator);
    }
    if (compact_below(allocator, first, move, context) && !allocator_is_buddy(allocator)) {
        slide_up(allocator, first, move, context);
    }
}
