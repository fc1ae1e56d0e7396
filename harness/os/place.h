/* SPDX-License-Identifier: MIT */
/* Where in physical memory a range goes: the ranges that are taken, and two ways to find room
 * between them. */
#ifndef OS_PLACE_H
#define OS_PLACE_H

#include "base/random.h"

struct place_range {
    uint64_t begin;
    uint64_t end; /* exclusive */
};

enum { PLACE_MAX_RANGES = 512 };

struct place_map {
    uint64_t memory_bytes;
    struct place_range taken[PLACE_MAX_RANGES]; /* by rising begin; may overlap one another */
    unsigned count;
};

void place_init(struct place_map *map, uint64_t memory_bytes);

/* Marks [begin, end) as taken. False when the map is full. An empty range takes nothing. */
bool place_take(struct place_map *map, uint64_t begin, uint64_t end);

/* Takes the lowest free range of `size_bytes` whose base is a multiple of `alignment` (a power of
 * two). False when there is none. */
bool place_first_fit(struct place_map *map, uint64_t size_bytes, uint64_t alignment,
                     uint64_t *base);

/* Takes a free range of `size_bytes`, every possible base being equally likely. */
bool place_random(struct place_map *map, uint64_t size_bytes, struct random_source *random,
                  uint64_t *base);

/* The bytes that are not taken, and the most of them that lie in one piece. */
uint64_t place_free_bytes(const struct place_map *map, uint64_t *largest_bytes);

#endif
