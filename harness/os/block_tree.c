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

static uint64_t weight(const struct block_tree *tree, struct block *block)
{
    return block == NULL ? 1 : (uint64_t)links_of(tree, block)->count + 1;
}

/* Adds what is free from `child` down. */
static void add_free(struct block *block, const struct block *child)
{
    if (child != NULL) {
        block->free_count += child->free_count;
        if (child->largest_free_bytes > block->largest_free_bytes) {
            block->largest_free_bytes = child->largest_free_bytes;
        }
    }
}

/* Sums up what is from a block down. */
static void update(const struct block_tree *tree, struct block *block)
{
    struct block_links *const links = links_of(tree, block);

    links->count = (uint32_t)(weight(tree, links->left) + weight(tree, links->right) - 1);
    if (tree->order == BLOCK_BY_ADDRESS) {
        block->free_count = !block->is_used;
        block->largest_free_bytes = block->is_used ? 0 : block->size_bytes;
        add_free(block, links->left);
        add_free(block, links->right);
    }
}

/* Each rotation returns what is at the top afterwards. */
static struct block *rotate_left(const struct block_tree *tree, struct block *top)
{
    struct block *const right = links_of(tree, top)->right;

    links_of(tree, top)->right = links_of(tree, right)->left;
    links_of(tree, right)->left = top;
    update(tree, top);
    update(tree, right);
    return right;
}

static struct block *rotate_right(const struct block_tree *tree, struct block *top)
{
    struct block *const left = links_of(tree, top)->left;

    links_of(tree, top)->left = links_of(tree, left)->right;
    links_of(tree, left)->right = top;
    update(tree, top);
    update(tree, left);
    return left;
}

/* Makes good that one of the two sides of `top` has gained or lost a block. */
static struct block *balance(const struct block_tree *tree, struct block *top)
{
    struct block_links *const links = links_of(tree, top);
    const uint64_t left = weight(tree, links->left);
    const uint64_t right = weight(tree, links->right);

    if (right > 3 * left) {
        const struct block_links *const below = links_of(tree, links->right);

        if (weight(tree, below->left) >= 2 * weight(tree, below->right)) {
            links->right = rotate_right(tree, links->right);
        }
        return rotate_left(tree, top);
    }
    if (left > 3 * right) {
        const struct block_links *const below = links_of(tree, links->left);

        if (weight(tree, below->right) >= 2 * weight(tree, below->left)) {
            links->left = rotate_left(tree, links->left);
        }
        return rotate_right(tree, top);
    }
    update(tree, top);
    return top;
}

/* --- changes --- */

// To the depth of the tree. NOLINTBEGIN(misc-no-recursion)

static struct block *insert(const struct block_tree *tree, struct block *top, struct block *block)
{
    struct block_links *links;

    if (top == NULL) {
        *links_of(tree, block) = (struct block_links){0};
        update(tree, block);
        return block;
    }
    links = links_of(tree, top);
    if (is_before(tree, block, top)) {
        links->left = insert(tree, links->left, block);
    } else {
        links->right = insert(tree, links->right, block);
    }
    return balance(tree, top);
}

/* Takes the last block from below `top`. */
static struct block *remove_last(const struct block_tree *tree, struct block *top,
                                 struct block **last)
{
    struct block_links *const links = links_of(tree, top);

    if (links->right == NULL) {
        *last = top;
        return links->left;
    }
    links->right = remove_last(tree, links->right, last);
    return balance(tree, top);
}

/* The predecessor takes the place of a block with two sides: it is refreshed in any case. */
static struct block *remove_block(const struct block_tree *tree, struct block *top,
                                  struct block *block)
{
    struct block_links *const links = links_of(tree, top);

    if (top == block) {
        struct block *last, *left;

        if (links->left == NULL) {
            return links->right;
        }
        left = remove_last(tree, links->left, &last);
        links_of(tree, last)->left = left;
        links_of(tree, last)->right = links->right;
        return balance(tree, last);
    }
    if (is_before(tree, block, top)) {
        links->left = remove_block(tree, links->left, block);
    } else {
        links->right = remove_block(tree, links->right, block);
    }
    return balance(tree, top);
}

static void refresh(const struct block_tree *tree, struct block *top, struct block *block)
{
    struct block_links *const links = links_of(tree, top);

    if (top != block) {
        refresh(tree, is_before(tree, block, top) ? links->left : links->right, block);
    }
    update(tree, top);
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

struct block *block_tree_fit(const struct block_tree *tree, uint64_t size_bytes,
                             uint64_t *comparisons)
{
    struct block *best = NULL;

    for (struct block *block = tree->root; block != NULL;) {
        const bool fits = block->size_bytes >= size_bytes;

        ++*comparisons;
        best = fits ? block : best;
        /* Falling sizes: the first of the tree has it if any has. */
        block = fits || tree->order == BLOCK_BY_FALLING_SIZE ? block->by_size.left
                                                             : block->by_size.right;
    }
    return best;
}

// To the depth of the tree. NOLINTNEXTLINE(misc-no-recursion)
static struct block *first_free(struct block *top, uint64_t from, uint64_t size_bytes)
{
    while (top != NULL && top->largest_free_bytes >= size_bytes) {
        if (top->address >= from) {
            struct block *const found = first_free(top->by_address.left, from, size_bytes);

            if (found != NULL) {
                return found;
            }
            if (!top->is_used && top->size_bytes >= size_bytes) {
                return top;
            }
        }
        top = top->by_address.right;
    }
    return NULL;
}

struct block *block_tree_first_free(const struct block_tree *tree, uint64_t from,
                                    uint64_t size_bytes)
{
    return first_free(tree->root, from, size_bytes);
}

// To the depth of the tree. NOLINTNEXTLINE(misc-no-recursion)
static struct block *first_used(struct block *top, uint64_t from)
{
    while (top != NULL && top->by_address.count > top->free_count) {
        if (top->address >= from) {
            struct block *const found = first_used(top->by_address.left, from);

            if (found != NULL) {
                return found;
            }
            if (top->is_used) {
                return top;
            }
        }
        top = top->by_address.right;
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
        last = block->address <= address ? block : last;
        block = block->address <= address ? block->by_address.right : block->by_address.left;
    }
    return last;
}

uint32_t block_tree_free_below(const struct block_tree *tree, uint64_t address)
{
    uint32_t count = 0;

    for (const struct block *block = tree->root; block != NULL;) {
        const struct block *const left = block->by_address.left;

        if (block->address >= address) {
            block = left;
            continue;
        }
        count += (left != NULL ? left->free_count : 0) + !block->is_used;
        block = block->by_address.right;
    }
    return count;
}
