/* SPDX-License-Identifier: MIT */
/* The allocator's blocks in balanced trees: all of them by address, the free ones by size.
 *
 * Weight-balanced trees: Adams, "Efficient sets: a balancing act" (JFP 1993), with the parameters
 * <3, 2> that Hirai and Yamamoto proved right ("Balancing weight-balanced trees", JFP 2011). The
 * depth is at most 2.41 log2(count), whatever the order of the operations.
 */
#ifndef OS_BLOCK_TREE_H
#define OS_BLOCK_TREE_H

#include <stdbool.h>
#include <stdint.h>

enum block_order {
    BLOCK_BY_ADDRESS,
    BLOCK_BY_RISING_SIZE,  /* equal ones by address */
    BLOCK_BY_FALLING_SIZE, /* equal ones by address */
};

/* Of the blocks of a tree. */
struct block_sum {
    uint64_t largest_free_bytes;
    uint32_t count, free_count;
};

/* A block knows the sums of what is below it, so that a descent looks at no block beside its path.
 */
struct block_links {
    struct block *child[2];    /* that come before it, that come after it */
    struct block_sum below[2]; /* of each child and all below */
};

/* Bytes of memory that are taken or free as one. All blocks together are the whole memory. What a
 * descent by address looks at comes first. */
struct block {
    uint64_t address;
    uint64_t size_bytes; /* > 0 */
    struct block_links by_address;
    bool is_used, is_pinned;

    struct block_links by_size;    /* while it is free */
    struct block *previous, *next; /* by address */
    uint64_t asked_bytes, tag;     /* of an allocation */
};

struct block_tree {
    struct block *root;
    enum block_order order;
};

/* A block's key must not change while it is in a tree, but for one: by address, a block may change
 * size and use if block_tree_refresh follows, or an insertion or removal of its successor, each of
 * which refreshes the predecessor too. */
void block_tree_insert(struct block_tree *tree, struct block *block);
void block_tree_remove(struct block_tree *tree, struct block *block);
void block_tree_refresh(struct block_tree *tree, struct block *block);

/* Of all blocks of the tree. */
struct block_sum block_tree_sum(const struct block_tree *tree);

/* By size: the first of the tree's order that has `size_bytes`; NULL: none. Counts the comparisons
 * of sizes. */
struct block *block_tree_fit(const struct block_tree *tree, uint64_t size_bytes,
                             uint64_t *comparisons);

/* By address: the lowest with address >= `from` that is free and has `size_bytes`, or that is used;
 * NULL: none. */
struct block *block_tree_first_free(const struct block_tree *tree, uint64_t from,
                                    uint64_t size_bytes);
struct block *block_tree_first_used(const struct block_tree *tree, uint64_t from);

/* By address: the block that `address` lies in; NULL where it is below the memory. */
struct block *block_tree_at(const struct block_tree *tree, uint64_t address);

/* By address: how many free blocks begin below `address`. */
uint32_t block_tree_free_below(const struct block_tree *tree, uint64_t address);

#endif
