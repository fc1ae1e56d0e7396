/* SPDX-License-Identifier: MIT */
#include "os/allocator_internal.h"

/* --- giving back --- */

static bool is_free(const struct block *block)
{
    return block != NULL && !block->is_used;
}

static void return_to_list(struct allocator *allocator, struct block *block, bool join)
{
    if (join && is_free(block->next)) {
        blocks_absorb(allocator, block);
    }
    if (join && is_free(block->previous)) {
        blocks_absorb(allocator, block->previous);
    } else {
        blocks_release(allocator, block);
    }
}

/* `block` lies at a multiple of its size, as all free blocks do. Two of the same size that touch
 * are buddies if the lower one lies at a multiple of twice that. */
static void return_buddy(struct allocator *allocator, struct block *block, bool join)
{
    while (join) {
        const bool is_upper =
            (block->address - allocator->options.base) / block->size_bytes % 2 != 0;
        const struct block *const buddy = is_upper ? block->previous : block->next;

        if (!is_free(buddy) || buddy->size_bytes != block->size_bytes) {
            break;
        }
        if (is_upper) {
            block = block->previous;
            blocks_claim(allocator, block);
        }
        blocks_absorb(allocator, block);
    }
    blocks_release(allocator, block);
}

/* The largest block that begins at `offset`, is aligned, and ends within `size_bytes`: both are
 * multiples of the granule, which is a power of two. */
static uint64_t piece_at(uint64_t offset, uint64_t size_bytes)
{
    const uint64_t largest = UINT64_C(1) << (63 - __builtin_clzll(size_bytes));
    const uint64_t aligned = offset & -offset; /* 0: any */

    return aligned != 0 && aligned < largest ? aligned : largest;
}

void range_return(struct allocator *allocator, struct block *block, bool join)
{
    if (!allocator_is_buddy(allocator)) {
        return_to_list(allocator, block, join);
        return;
    }
    for (;;) {
        const uint64_t piece =
            piece_at(block->address - allocator->options.base, block->size_bytes);
        struct block *rest;

        if (piece == block->size_bytes) {
            break;
        }
        rest = blocks_split(allocator, block, piece);
        return_buddy(allocator, block, join);
        block = rest;
    }
    return_buddy(allocator, block, join);
}

size_t range_pieces(const struct allocator *allocator, const struct block *block)
{
    uint64_t offset = block->address - allocator->options.base;
    const uint64_t end = offset + block->size_bytes;
    size_t pieces = 0;

    if (!allocator_is_buddy(allocator)) {
        return 1;
    }
    while (offset < end) {
        offset += piece_at(offset, end - offset);
        pieces++;
    }
    return pieces;
}

/* --- taking --- */

bool range_is_free(const struct allocator *allocator, uint64_t begin, uint64_t end,
                   const struct block *own)
{
    if (begin < allocator->options.base || end > allocator->end || begin >= end) {
        return false;
    }
    for (const struct block *block = block_tree_at(&allocator->by_address, begin);
         block != NULL && block->address < end; block = block->next) {
        if (block->is_used && block != own) {
            return false;
        }
    }
    return true;
}

struct block *range_gather(struct allocator *allocator, uint64_t begin, uint64_t end, bool join)
{
    struct block *block = block_tree_at(&allocator->by_address, begin);

    if (!block->is_used && block->address == begin && block_end(block) > end) {
        /* The usual case in as few steps as it can be: nothing that is cut off can be joined. */
        while (allocator_is_buddy(allocator) && block->size_bytes / 2 >= end - begin) {
            blocks_split_off(allocator, block, block->size_bytes / 2);
        }
        if (!allocator_is_buddy(allocator)) {
            blocks_split_off(allocator, block, end - begin);
        }
    }
    if (!block->is_used) {
        blocks_claim(allocator, block);
    }
    while (block_end(block) < end) {
        blocks_absorb(allocator, block);
    }
    if (block_end(block) > end) {
        range_return(allocator, blocks_split(allocator, block, end - block->address), join);
    }
    if (block->address < begin) {
        struct block *const lower = block;

        block = blocks_split(allocator, lower, begin - lower->address);
        range_return(allocator, lower, join);
    }
    return block;
}

/* --- allocations --- */

struct extent extent_of(const struct block *block)
{
    return (struct extent){
        .address = block->address,
        .reserved_bytes = block->size_bytes,
        .size_bytes = block->asked_bytes,
        .is_pinned = block->is_pinned,
        .tag = block->tag,
    };
}

void allocation_enter(struct allocator *allocator, struct block *block, const struct extent *extent)
{
    block->asked_bytes = extent->size_bytes;
    block->is_pinned = extent->is_pinned;
    block->tag = extent->tag;
    allocator->asked_bytes += block->asked_bytes;
    allocator->promised += range_pieces(allocator, block) - 1;
}

struct extent allocation_leave(struct allocator *allocator, const struct block *block)
{
    allocator->asked_bytes -= block->asked_bytes;
    allocator->promised -= range_pieces(allocator, block) - 1;
    return extent_of(block);
}
