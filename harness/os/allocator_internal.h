/* SPDX-License-Identifier: MIT */
/* What the files of the allocator share. */
#ifndef OS_ALLOCATOR_INTERNAL_H
#define OS_ALLOCATOR_INTERNAL_H

#include <stddef.h>

#include "os/allocator.h"
#include "os/block_tree.h"

/* Blocks that one operation may need at most: the pieces of two ranges of 2^64 bytes, and some. */
enum { ALLOCATOR_BLOCKS_PER_OPERATION = 300 };

struct allocator {
    struct allocator_options options;
    uint64_t end;        /* of the memory that is used, exclusive */
    struct block *first; /* by address */
    struct block_tree by_address;
    struct block_tree by_size; /* of the free blocks; not kept by first and next fit */
    bool has_sizes;            /* that it is kept */
    uint64_t cursor;           /* of next fit */

    /* Giving back must not fail, so blocks are provided before. */
    struct block *spares; /* by `next` */
    size_t spare_count;
    size_t promised; /* of these, to allocations that are several pieces of a buddy memory */

    bool lacked_memory; /* for blocks, at some time */

    uint64_t free_bytes, asked_bytes;
    uint64_t takes, failures, gives, searched_total, searched_max;
};

/* --- allocator_blocks.c: one step each; the lists and trees are right after each of them --- */

/* Makes sure of `count` spares that are not promised. */
bool blocks_provide(struct allocator *allocator, size_t count);

/* A block of the whole memory, used. Needs a spare, as blocks_split does. */
struct block *blocks_first(struct allocator *allocator);

void blocks_claim(struct allocator *allocator, struct block *block);   /* free to used */
void blocks_release(struct allocator *allocator, struct block *block); /* used to free */

/* A used block becomes two: it keeps `size_bytes` (less than it has), the other is returned. */
struct block *blocks_split(struct allocator *allocator, struct block *block, uint64_t size_bytes);

/* What is behind the first `size_bytes` of a block becomes a free block; the rest is used, whether
 * it was or not. Needs a spare. */
void blocks_split_off(struct allocator *allocator, struct block *block, uint64_t size_bytes);

/* A block swallows the one behind it, and stays what it is, free or used. */
void blocks_absorb(struct allocator *allocator, struct block *block);

/* --- allocator_range.c: ranges of blocks; spares have been provided --- */

static inline bool allocator_is_buddy(const struct allocator *allocator)
{
    return allocator->options.policy == ALLOCATOR_BUDDY;
}

static inline uint64_t block_end(const struct block *block)
{
    return block->address + block->size_bytes;
}

/* Gives a used block back, as the policy has it: with buddy in aligned pieces. With `join` it is
 * joined with the free blocks around it. */
void range_return(struct allocator *allocator, struct block *block, bool join);

/* Whether [begin, end) lies in the memory and is free, but for `own`, which may be NULL. */
bool range_is_free(const struct allocator *allocator, uint64_t begin, uint64_t end,
                   const struct block *own);

/* Makes one used block of [begin, end), which is free but for at most one used block, and gives
 * back what the blocks of that range have outside of it. */
struct block *range_gather(struct allocator *allocator, uint64_t begin, uint64_t end, bool join);

/* How many blocks it takes to give `block` back: 1 on a free list. */
size_t range_pieces(const struct allocator *allocator, const struct block *block);

/* --- allocations, in allocator_range.c too --- */

struct extent extent_of(const struct block *block);

/* A used block becomes an allocation, with the size, pin and tag of `extent`, or is one no more. */
void allocation_enter(struct allocator *allocator, struct block *block,
                      const struct extent *extent);
struct extent allocation_leave(struct allocator *allocator, const struct block *block);

#endif
