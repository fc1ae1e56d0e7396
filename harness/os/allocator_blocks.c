/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>

#include "os/allocator_internal.h"

bool blocks_provide(struct allocator *allocator, size_t count)
{
    while (allocator->spare_count < allocator->promised + count) {
        struct block *const block = malloc(sizeof(*block));

        if (block == NULL) {
            allocator->lacked_memory = true;
            return false;
        }
        block->next = allocator->spares;
        allocator->spares = block;
        allocator->spare_count++;
    }
    return true;
}

static struct block *take_spare(struct allocator *allocator)
{
    struct block *const block = allocator->spares;

    assert(block != NULL);
    allocator->spares = block->next;
    allocator->spare_count--;
    return block;
}

struct block *blocks_first(struct allocator *allocator)
{
    struct block *const block = take_spare(allocator);

    *block = (struct block){
        .address = allocator->options.base,
        .size_bytes = allocator->end - allocator->options.base,
        .is_used = true,
    };
    allocator->first = block;
    block_tree_insert(&allocator->by_address, block);
    return block;
}

/* A block enters or leaves the free ones. */
static void add_free(struct allocator *allocator, struct block *block)
{
    allocator->free_bytes += block->size_bytes;
    if (allocator->has_sizes) {
        block_tree_insert(&allocator->by_size, block);
    }
}

static void remove_free(struct allocator *allocator, struct block *block)
{
    allocator->free_bytes -= block->size_bytes;
    if (allocator->has_sizes) {
        block_tree_remove(&allocator->by_size, block);
    }
}

void blocks_claim(struct allocator *allocator, struct block *block)
{
    assert(!block->is_used);
    remove_free(allocator, block);
    block->is_used = true;
    block_tree_refresh(&allocator->by_address, block);
}

void blocks_release(struct allocator *allocator, struct block *block)
{
    assert(block->is_used);
    block->is_used = block->is_pinned = false;
    block->asked_bytes = block->tag = 0;
    add_free(allocator, block);
    block_tree_refresh(&allocator->by_address, block);
}

/* Cuts off what is behind the first `size_bytes`, as a block that is in no tree. */
static struct block *cut(struct allocator *allocator, struct block *block, uint64_t size_bytes)
{
    struct block *const upper = take_spare(allocator);

    assert(size_bytes > 0 && size_bytes < block->size_bytes);
    *upper = (struct block){
        .address = block->address + size_bytes,
        .size_bytes = block->size_bytes - size_bytes,
        .previous = block,
        .next = block->next,
        .is_used = block->is_used,
    };
    block->size_bytes = size_bytes;
    block->next = upper;
    if (upper->next != NULL) {
        upper->next->previous = upper;
    }
    return upper;
}

struct block *blocks_split(struct allocator *allocator, struct block *block, uint64_t size_bytes)
{
    struct block *upper;

    assert(block->is_used);
    upper = cut(allocator, block, size_bytes);
    block_tree_insert(&allocator->by_address, upper);
    return upper;
}

void blocks_split_off(struct allocator *allocator, struct block *block, uint64_t size_bytes)
{
    struct block *upper;

    if (!block->is_used) {
        remove_free(allocator, block);
        block->is_used = true;
    }
    upper = cut(allocator, block, size_bytes);
    upper->is_used = false;
    block_tree_insert(&allocator->by_address, upper);
    add_free(allocator, upper);
}

void blocks_absorb(struct allocator *allocator, struct block *block)
{
    struct block *const upper = block->next;

    if (!upper->is_used) {
        remove_free(allocator, upper);
    }
    if (!block->is_used) {
        remove_free(allocator, block);
    }
    block->size_bytes += upper->size_bytes;
    block->next = upper->next;
    if (block->next != NULL) {
        block->next->previous = block;
    }
    block_tree_remove(&allocator->by_address, upper);
    if (!block->is_used) {
        add_free(allocator, block);
    }
    upper->next = allocator->spares;
    allocator->spares = upper;
    allocator->spare_count++;
}
