/* SPDX-License-Identifier: MIT */
/* A small generator of pseudo-random numbers (splitmix64: Steele, Lea, Flood, OOPSLA 2014): the
 * same seed gives the same numbers on every machine. Not for secrets. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

struct random_source {
    uint64_t state; /* the seed; any value will do */
};

static inline uint64_t random_next(struct random_source *source)
{
    uint64_t value = source->state += UINT64_C(0x9E3779B97F4A7C15);

    value = (value ^ value >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ value >> 27) * UINT64_C(0x94D049BB133111EB);
    return value ^ value >> 31;
}

/* 0 .. limit - 1; limit > 0. */
static inline uint64_t random_below(struct random_source *source, uint64_t limit)
{
    assert(limit > 0);
    return random_next(source) % limit;
}

/* True in `part` of `whole` cases. */
static inline bool random_chance(struct random_source *source, unsigned part, unsigned whole)
{
    return random_below(source, whole) < part;
}

#endif
