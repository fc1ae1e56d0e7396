/* SPDX-License-Identifier: MIT */
/* Who has which bytes of a physical memory: a free list with first, best, worst or next fit, or a
 * buddy allocator. Pure book-keeping: it never touches the memory. Also behind `segmmu alloc`.
 * Source: OSTEP chapter 17.
 *
 *   free list   in address order; a block is split at its low end
 *     first     the lowest block that is large enough
 *     best      the smallest such block, of several the lowest
 *     worst     the largest block, of several the lowest
 *     next      as first, but from the cursor on, and from the low end when it meets the high end.
 *               The cursor is an address, at first that of the memory: the end of what was taken
 *               last by a search that found something. Nothing else moves it. The block that it
 *               lies in, or else the first one behind it, is looked at first; so a free block that
 *               has grown over the cursor by coalescing is looked at as a whole, and one that was
 *               given back just behind the cursor is met before those further on.
 *   buddy       the smallest block of granule * 2^k bytes that is large enough, of several the
 *               lowest, halved until it is as small as it can be. A block lies at a multiple of its
 *               size from the base. A memory that is no power of two is several top blocks, by
 *               falling size; what is left of it behind the last granule is not used at all.
 *
 * Every operation takes time logarithmic in the number of blocks, whatever the policy; those on
 * given addresses (take_at, resize) also look at each free block of the range, compaction at all.
 */
#ifndef OS_ALLOCATOR_H
#define OS_ALLOCATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define ALLOCATOR_POLICY_LIST(X)                                                                   \
    X(FIRST, "first")                                                                              \
    X(BEST, "best")                                                                                \
    X(WORST, "worst")                                                                              \
    X(NEXT, "next")                                                                                \
    X(BUDDY, "buddy")

enum allocator_policy {
#define X(NAME, name) ALLOCATOR_##NAME,
    ALLOCATOR_POLICY_LIST(X)
#undef X
};

/* False, *policy unchanged, where no policy has that name. */
bool allocator_policy_parse(const char *name, enum allocator_policy *policy);
const char *allocator_policy_name(enum allocator_policy policy);

struct allocator_options {
    uint64_t base;       /* address of the first byte */
    uint64_t size_bytes; /* > 0; base + size_bytes <= UINT64_MAX */
    uint64_t granule;    /* bytes, >= 1; sizes are rounded up to a multiple; buddy: to granule *
                            2^k, and it is a power of two and at most size_bytes */
    enum allocator_policy policy;
    bool no_coalesce; /* free blocks that touch are not joined, but by compaction */
};

/* An allocation: [address, address + reserved_bytes), of which size_bytes were asked for. */
struct extent {
    uint64_t address;
    uint64_t reserved_bytes;
    uint64_t size_bytes;
    bool is_pinned;
    uint64_t tag; /* the caller's own; 0 at first */
};

struct allocator;

/* NULL and an error where the options are not as said above, or memory ran out. */
struct allocator *allocator_new(const struct allocator_options *options, struct error *error);
void allocator_free(struct allocator *allocator); /* NULL is nothing */

/* False when no free block is large enough (or memory for the books ran out): counted as a failure.
 * Size 0 reserves a granule. */
bool allocator_take(struct allocator *allocator, uint64_t size_bytes, struct extent *extent);

/* Exactly [address, address + size_bytes), any alignment, size > 0, if all of it is free; counted
 * as allocation or failure. With `pinned` compaction never moves it. Free blocks that touch one
 * another count as one run here, coalesced or not. With buddy every granule that it touches is
 * reserved, and extent->address is that of the first of them. */
bool allocator_take_at(struct allocator *allocator, uint64_t address, uint64_t size_bytes,
                       bool pinned, struct extent *extent);

void allocator_give(struct allocator *allocator, uint64_t address); /* of an allocation */

/* Notes what the allocation at `address` is to the caller; resizing and moving keep it. */
void allocator_tag(struct allocator *allocator, uint64_t address, uint64_t tag);

/* Changes the size of the allocation at `address`, in place. Grows upwards, or downwards with
 * `keep_end`, into free memory next to it (a run, as above); false, nothing changed, where there is
 * too little, or with buddy where the larger block would not be aligned. Shrinking always succeeds:
 * what is not reserved any more goes back, at the high end or with `keep_end` at the low end.
 * reserved_bytes follow the granule or the buddy rule, but do not grow while the size fits. Not
 * counted as allocation or failure. */
bool allocator_resize(struct allocator *allocator, uint64_t address, uint64_t size_bytes,
                      bool keep_end, struct extent *extent);

/* Moves allocations together towards the low end and joins the free blocks, even with no_coalesce.
 * In address order each one that is not pinned goes to the lowest free block below it that is large
 * enough or, on a free list, else down to the end of its neighbour. After that nothing could move
 * any more. Where `move` is called, [to, to + reserved_bytes) was free or the allocation's own
 * (memmove), and the books already say `to`; it may ask, but change nothing. May be NULL. Stops
 * early, with books that are right, when memory for them runs out. */
typedef void allocator_move(void *context, uint64_t from, uint64_t to, uint64_t reserved_bytes);
void allocator_compact(struct allocator *allocator, allocator_move *move, void *context);

/* The same for those that begin below `first`; those from there on go up to the high end, each into
 * the free block behind it. What is free lies between them then, as far as nothing is pinned. With
 * buddy nothing goes up. */
void allocator_part(struct allocator *allocator, uint64_t first, allocator_move *move,
                    void *context);

/* The free block / allocation with the lowest address >= `from`; false: none. */
bool allocator_next_free(const struct allocator *allocator, uint64_t from, uint64_t *address,
                         uint64_t *size_bytes);
bool allocator_next_used(const struct allocator *allocator, uint64_t from, struct extent *extent);

/* The allocation that begins at `address`; false: none. */
bool allocator_find(const struct allocator *allocator, uint64_t address, struct extent *extent);

struct allocator_figures {
    uint64_t takes; /* that succeeded */
    uint64_t failures;
    uint64_t gives;
    uint64_t searched_total; /* first, next: free blocks that a search along the list looks at */
    uint64_t searched_max;   /* (of one take); best, worst, buddy: comparisons of sizes */
    uint64_t total_bytes;    /* buddy: whole granules */
    uint64_t used_bytes;     /* reserved; total = used + free */
    uint64_t asked_bytes;    /* sizes, without rounding */
    uint64_t free_bytes;
    uint64_t largest_free_bytes; /* one block, as the policy sees it */
    uint64_t free_blocks;
    bool lacked_memory; /* for the books, at some time: not all failures were for lack of room */
};
void allocator_figures(const struct allocator *allocator, struct allocator_figures *figures);

#endif
