/* SPDX-License-Identifier: MIT */
#include "os/block_tree.h"

#include <stddef.h>

static struct block_links *links_of(const struct block_tree *tree, struct block *block)
{
    return tree->order == BLOCK_BY_ADDRESS ? &block->by_address : &block->by_size;
}

static bool is_before(const struct block_tree *tree, const struct block *a, const struct block *b)
{
    if (tree->order == BLOCK_BY_ADDRESS || a->size_bytes == b->size_bytes) {
        return a->address < b->address;
    }
    return (a->size_bytes < b->size_bytes) == (tree->order == BLOCK_BY_RISING_SIZE);
}

/* --- balance --- */

/* Of a block and all below it. */
static struct block_sum sum_of(const struct block_tree *tree, struct block *block)
{
    struct block_sum sum = {0};

    if (block != NULL) {
        const struct block_sum *const below = links_of(tree, block)->below;

        sum.count = below[0].count + 1 + below[1].count;
        sum.free_count = below[0].free_count + !block->is_used + below[1].free_count;
        sum.largest_free_bytes = block->is_used ? 0 : block->size_bytes;
        for (unsigned side = 0; side < 2; side++) {
            if (below[side].largest_free_bytes > sum.largest_free_bytes) {
                sum.largest_free_bytes = below[side].largest_free_bytes;
            }
        }
    }
    return sum;
}

static void hang(const struct block_tree *tree, struct block *top, unsigned side,
                 struct block *child)
{
    struct block_links *const links = links_of(tree, top);

    links->child[side] = child;
    links->below[side] = sum_of(tree, child);
}

/* The child on `side` comes to the top, and is returned. */
static struct block *rotate(const struct block_tree *tree, struct block *top, unsigned side)
{
    struct block *const child = links_of(tree, top)->child[side];

    hang(tree, top, side, links_of(tree, child)->child[!side]);
    hang(tree, child, !side, top);
    return child;
}

static uint64_t weight(const struct block_links *links, unsigned side)
{
    return (uint64_t)links->below[side].count + 1;
}

/* Makes good that one of the two sides of `top` has gained or lost a block. Returns what is at the
 * top afterwards. */
static struct block *balance(const struct block_tree *tree, struct block *top)
{
    const struct block_links *const links = links_of(tree, top);

    for (unsigned side = 0; side < 2; side++) {
        if (weight(links, side) > 3 * weight(links, !side)) {
            struct block *const child = links->child[side];
            const struct block_links *const below = links_of(tree, child);

            if (weight(below, !side) >= 2 * weight(below, side)) {
                hang(tree, top, side, rotate(tree, child, !side));
            }
            return rotate(tree, top, side);
        }
    }
    return top;
}

/* --- changes --- */

// To the depth of the tree. NOLINTBEGIN(misc-no-recursion)

static struct block *insert(const struct block_tree *tree, struct block *top, struct block *block)
{
    unsigned side;

    if (top == NULL) {
        *links_of(tree, block) = (struct block_links){0};
        return block;
    }
    side = !is_before(tree, block, top);
    hang(tree, top, side, insert(tree, links_of(tree, top)->child[side], block));
    return balance(tree, top);
}

/* Takes the last block from below `top`. */
static struct block *remove_last(const struct block_tree *tree, struct block *top,
                                 struct block **last)
{
    const struct block_links *const links = links_of(tree, top);

    if (links->child[1] == NULL) {
        *last = top;
        return links->child[0];
    }
    hang(tree, top, 1, remove_last(tree, links->child[1], last));
    return balance(tree, top);
}

/* The predecessor takes the place of a block that has one below it; otherwise it lies above. So it
 * is refreshed in any case. */
static struct block *remove_block(const struct block_tree *tree, struct block *top,
                                  struct block *block)
{
    const struct block_links *const links = links_of(tree, top);
    unsigned side;

    if (top == block) {
        struct block *last, *rest;

        if (links->child[0] == NULL) {
            return links->child[1];
        }
        rest = remove_last(tree, links->child[0], &last);
        *links_of(tree, last) = *links;
        hang(tree, last, 0, rest);
        return balance(tree, last);
    }
    side = !is_before(tree, block, top);
    hang(tree, top, side, remove_block(tree, links->child[side], block));
    return balance(tree, top);
}

static void refresh(const struct block_tree *tree, struct block *top, struct block *block)
{
    if (top != block) {
        const unsigned side = !is_before(tree, block, top);
        struct block *const child = links_of(tree, top)->child[side];

        refresh(tree, child, block);
        hang(tree, top, side, child);
    }
}

// NOLINTEND(misc-no-recursion)

void block_tree_insert(struct block_tree *tree, struct block *block)
{
    tree->root = insert(tree, tree->root, block);
}

void block_tree_remove(struct block_tree *tree, struct block *block)
{
    tree->root = remove_block(tree, tree->root, block);
}

void block_tree_refresh(struct block_tree *tree, struct block *block)
{
    refresh(tree, tree->root, block);
}

/* --- questions --- */

struct block_sum block_tree_sum(const struct block_tree *tree)
{
    return sum_of(tree, tree->root);
}

struct block *block_tree_fit(const struct block_tree *tree, uint64_t size_bytes,
                             uint64_t *comparisons)
{
    struct block *best = NULL;

    for (struct block *block = tree->root; block != NULL;) {
        const bool fits = block->size_bytes >= size_bytes;

        ++*comparisons;
        best = fits ? block : best;
        /* Falling sizes: the first of the tree has it if any has. */
        block = block->by_size.child[!fits && tree->order == BLOCK_BY_RISING_SIZE];
    }
    return best;
}

// To the depth of the tree. NOLINTNEXTLINE(misc-no-recursion)
static struct block *first_free(struct block *top, uint64_t from, uint64_t size_bytes)
{
    while (top != NULL) {
        const struct block_links *const links = &top->by_address;

        if (top->address >= from) {
            struct block *const found = links->below[0].largest_free_bytes >= size_bytes
                                            ? first_free(links->child[0], from, size_bytes)
                                            : NULL;

            if (found != NULL) {
                return found;
            }
            if (!top->is_used && top->size_bytes >= size_bytes) {
                return top;
            }
        }
        top = links->below[1].largest_free_bytes >= size_bytes ? links->child[1] : NULL;
    }
    return NULL;
}

struct block *block_tree_first_free(const struct block_tree *tree, uint64_t from,
                                    uint64_t size_bytes)
{
    return first_free(tree->root, from, size_bytes);
}

static bool has_used(const struct block_sum *sum)
{
    return sum->count > sum->free_count;
}

// To the depth of the tree. NOLINTNEXTLINE(misc-no-recursion)
static struct block *first_used(struct block *top, uint64_t from)
{
    while (top != NULL) {
        const struct block_links *const links = &top->by_address;

        if (top->address >= from) {
            struct block *const found =
                has_used(&links->below[0]) ? first_used(links->child[0], from) : NULL;

            if (found != NULL) {
                return found;
            }
            if (top->is_used) {
                return top;
            }
        }
        top = has_used(&links->below[1]) ? links->child[1] : NULL;
    }
    return NULL;
}

struct block *block_tree_first_used(const struct block_tree *tree, uint64_t from)
{
    return first_used(tree->root, from);
}

struct block *block_tree_at(const struct block_tree *tree, uint64_t address)
{
    struct block *last = NULL;

    for (struct block *block = tree->root; block != NULL;) {
        const bool is_below = block->address <= address;

        last = is_below ? block : last;
        block = block->by_address.child[is_below];
    }
    return last;
}

uint32_t block_tree_free_below(const struct block_tree *tree, uint64_t address)
{
    uint32_t count = 0;

    for (const struct block *block = tree->root; block != NULL;) {
        const bool is_below = block->address < address;

        if (is_below) {
            count += block->by_address.below[0].free_count + !block->is_used;
        }
        block = block->by_address.child[is_below];
    }
    return count;
}
