/* SPDX-License-Identifier: MIT */
#include "allocator_oracle.h"

#include <assert.h>
#include <string.h>

static bool is_power_of_two(unsigned value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

unsigned oracle_block_end(const struct oracle *oracle, unsigned begin)
{
    unsigned end = begin + 1;

    while (end < oracle->size && !oracle->bytes[end].begins) {
        end++;
    }
    return end;
}

static unsigned block_begin(const struct oracle *oracle, unsigned address)
{
    while (!oracle->bytes[address].begins) {
        address--;
    }
    return address;
}

/* --- joining --- */

/* Whether two free blocks that touch may be one. */
static bool may_join(const struct oracle *oracle, unsigned begin, unsigned middle, unsigned end)
{
    const unsigned size = middle - begin;

    if (oracle->policy != ALLOCATOR_BUDDY) {
        return true;
    }
    return end - middle == size && is_power_of_two(size / oracle->granule) &&
           begin % (2 * size) == 0;
}

/* Joins the free blocks within [begin, end), a pair at a time, until no pair is left. */
static void join_within(struct oracle *oracle, unsigned begin, unsigned end)
{
    bool has_joined = true;

    while (has_joined) {
        has_joined = false;
        for (unsigned at = begin; at < end; at = oracle_block_end(oracle, at)) {
            const unsigned middle = oracle_block_end(oracle, at);

            if (middle < end && !oracle->bytes[at].is_used && !oracle->bytes[middle].is_used &&
                may_join(oracle, at, middle, oracle_block_end(oracle, middle))) {
                oracle->bytes[middle].begins = false;
                has_joined = true;
            }
        }
    }
}

void oracle_join(struct oracle *oracle)
{
    join_within(oracle, 0, oracle->size);
}

static void free_range(struct oracle *oracle, unsigned begin, unsigned end)
{
    if (begin == end) {
        return;
    }
    for (unsigned at = begin; at < end; at++) {
        const bool begins =
            oracle->policy == ALLOCATOR_BUDDY ? (at - begin) % oracle->granule == 0 : at == begin;

        oracle->bytes[at] = (struct oracle_byte){.begins = begins};
    }
    join_within(oracle, begin, end);
    if (!oracle->no_coalesce) {
        oracle_join(oracle);
    }
}

void oracle_init(struct oracle *oracle, enum allocator_policy policy, unsigned size,
                 unsigned granule, bool no_coalesce)
{
    memset(oracle, 0, sizeof(*oracle));
    oracle->policy = policy;
    oracle->size = policy == ALLOCATOR_BUDDY ? size / granule * granule : size;
    oracle->granule = granule;
    oracle->no_coalesce = no_coalesce;
    free_range(oracle, 0, oracle->size);
}

/* --- taking --- */

static unsigned reserved_for(const struct oracle *oracle, unsigned size)
{
    unsigned reserved = oracle->granule;

    while (reserved < size) {
        reserved += oracle->policy == ALLOCATOR_BUDDY ? reserved : oracle->granule;
    }
    return reserved;
}

/* Takes [begin, end), which lies in free blocks. */
static void carve(struct oracle *oracle, unsigned begin, unsigned end, unsigned asked, bool pinned)
{
    const unsigned lowest = block_begin(oracle, begin);
    const unsigned highest = oracle_block_end(oracle, block_begin(oracle, end - 1));

    for (unsigned at = begin; at < end; at++) {
        oracle->bytes[at] = (struct oracle_byte){.is_used = true};
    }
    oracle->bytes[begin].begins = true;
    oracle->bytes[begin].asked = asked;
    oracle->bytes[begin].is_pinned = pinned;
    if (end < oracle->size) {
        oracle->bytes[end].begins = true;
    }
    free_range(oracle, lowest, begin);
    free_range(oracle, end, highest);
}

static bool is_better(const struct oracle *oracle, unsigned size, unsigned best_size)
{
    switch (oracle->policy) {
    case ALLOCATOR_BEST:
    case ALLOCATOR_BUDDY:
        return size < best_size;
    case ALLOCATOR_WORST:
        return size > best_size;
    default:
        return false;
    }
}

/* The block of at least `size` bytes that the policy prefers, looked for in [begin, end). */
static int search(const struct oracle *oracle, unsigned begin, unsigned end, unsigned size,
                  unsigned *searched)
{
    const bool ends_at_first =
        oracle->policy == ALLOCATOR_FIRST || oracle->policy == ALLOCATOR_NEXT;
    unsigned best_size = 0;
    int best = -1;

    for (unsigned at = begin; at < end && !(ends_at_first && best >= 0);
         at = oracle_block_end(oracle, at)) {
        const unsigned block_size = oracle_block_end(oracle, at) - at;

        if (oracle->bytes[at].is_used) {
            continue;
        }
        ++*searched;
        if (block_size >= size && (best < 0 || is_better(oracle, block_size, best_size))) {
            best = (int)at;
            best_size = block_size;
        }
    }
    return best;
}

int oracle_take(struct oracle *oracle, unsigned size, unsigned *searched)
{
    const unsigned reserved = reserved_for(oracle, size);
    unsigned start = 0;
    int found;

    *searched = 0;
    if (oracle->policy == ALLOCATOR_NEXT && oracle->cursor < oracle->size) {
        start = block_begin(oracle, oracle->cursor);
    }
    found = search(oracle, start, oracle->size, reserved, searched);
    if (found < 0) {
        found = search(oracle, 0, start, reserved, searched);
    }
    if (found >= 0) {
        oracle->cursor = (unsigned)found + reserved;
        carve(oracle, (unsigned)found, (unsigned)found + reserved, size, false);
    }
    return found;
}

/* `own`: the allocation that begins there counts as free; -1: none. */
static bool is_free(const struct oracle *oracle, unsigned begin, unsigned end, int own)
{
    for (unsigned at = begin; at < end; at++) {
        if (oracle->bytes[at].is_used && (int)block_begin(oracle, at) != own) {
            return false;
        }
    }
    return true;
}

int oracle_take_at(struct oracle *oracle, unsigned address, unsigned size, bool pinned)
{
    unsigned begin = address, end = address + size;

    if (size == 0 || end > oracle->size) {
        return -1;
    }
    while (oracle->policy == ALLOCATOR_BUDDY && begin % oracle->granule != 0) {
        begin--;
    }
    while (oracle->policy == ALLOCATOR_BUDDY && end % oracle->granule != 0) {
        end++;
    }
    if (!is_free(oracle, begin, end, -1)) {
        return -1;
    }
    carve(oracle, begin, end, size, pinned);
    return (int)begin;
}

int oracle_resize(struct oracle *oracle, unsigned address, unsigned size, bool keep_end)
{
    const unsigned old_end = oracle_block_end(oracle, address);
    const unsigned old_size = old_end - address;
    const bool pinned = oracle->bytes[address].is_pinned;
    unsigned reserved = reserved_for(oracle, size);
    int begin = (int)address;

    if (size <= old_size && reserved > old_size) {
        reserved = old_size;
    }
    if (keep_end) {
        begin = (int)old_end - (int)reserved;
    }
    if (begin < 0 || (unsigned)begin + reserved > oracle->size) {
        return -1;
    }
    if (reserved > old_size &&
        (!is_free(oracle, (unsigned)begin, (unsigned)begin + reserved, (int)address) ||
         (oracle->policy == ALLOCATOR_BUDDY && (unsigned)begin % reserved != 0))) {
        return -1;
    }
    carve(oracle, (unsigned)begin, (unsigned)begin + reserved, size, pinned);
    return begin;
}

void oracle_give(struct oracle *oracle, unsigned address)
{
    free_range(oracle, address, oracle_block_end(oracle, address));
}

/* --- compaction --- */

static bool is_place(const struct oracle *oracle, unsigned address, unsigned size, unsigned to)
{
    if (oracle->policy != ALLOCATOR_BUDDY) {
        return is_free(oracle, to, to + size, (int)address);
    }
    if (is_power_of_two(size / oracle->granule)) {
        return to % size == 0 && is_free(oracle, to, to + size, -1);
    }
    /* Several pieces: to a block that holds them all. */
    return oracle->bytes[to].begins && !oracle->bytes[to].is_used &&
           oracle_block_end(oracle, to) - to >= size;
}

bool oracle_move(struct oracle *oracle, unsigned from, unsigned *source, unsigned *destination)
{
    const bool no_coalesce = oracle->no_coalesce;

    for (unsigned at = from; at < oracle->size; at++) {
        const struct oracle_byte byte = oracle->bytes[at];
        const unsigned size = oracle_block_end(oracle, at) - at;

        if (!byte.begins || !byte.is_used || byte.is_pinned) {
            continue;
        }
        for (unsigned to = 0; to < at; to++) {
            if (is_place(oracle, at, size, to)) {
                oracle->no_coalesce = false;
                oracle_give(oracle, at);
                carve(oracle, to, to + size, byte.asked, false);
                oracle->no_coalesce = no_coalesce;
                *source = at;
                *destination = to;
                return true;
            }
        }
    }
    return false;
}
