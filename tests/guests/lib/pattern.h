/* SPDX-License-Identifier: MIT */
/* Memory that a program can recognize as its own: bytes that follow from a seed and from their
 * place in an array. Another program's, a stale or a moved-away byte is not what it should be. */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdint.h>

/* Cheap, since it is worked out for every byte again and again. */
static inline uint8_t pattern_byte(uint32_t seed, uint32_t index)
{
    return (uint8_t)((seed * 0x85EBCA6Bu + index * 0x9E3779B1u) >> 24);
}

/* Bytes first .. end - 1 of the array. */
static inline void pattern_fill(volatile uint8_t *array, uint32_t first, uint32_t end,
                                uint32_t seed)
{
    for (uint32_t i = first; i < end; i++) {
        array[i] = pattern_byte(seed, i);
    }
}

/* The first of them that is something else; `end`: none. */
static inline uint32_t pattern_find_wrong(const volatile uint8_t *array, uint32_t first,
                                          uint32_t end, uint32_t seed)
{
    while (first < end && array[first] == pattern_byte(seed, first)) {
        first++;
    }
    return first;
}

static inline uint32_t count_not_zero(const volatile uint8_t *array, uint32_t first, uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t i = first; i < end; i++) {
        count += array[i] != 0;
    }
    return count;
}

/* Depends on the order as well as on the values. */
static inline uint32_t checksum_of(uint32_t checksum, const volatile uint8_t *array, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        checksum = checksum * 31 + array[i];
    }
    return checksum;
}

static inline uint32_t xorshift32(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

#endif
