/* SPDX-License-Identifier: MIT */
/* How often each value came: exact, whatever the values, in memory that grows with the number of
 * different ones only. */
#ifndef SINK_DISTRIBUTION_H
#define SINK_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISTRIBUTION_SMALL = 32 };

struct distribution_entry {
    uint64_t value;
    uint64_t count; /* 0: the place is empty */
};

/* All zero is empty. */
struct distribution {
    uint64_t small[DISTRIBUTION_SMALL]; /* counts of the values below it */
    struct distribution_entry *table;   /* of the others, open addressing */
    size_t table_size;                  /* 0 or a power of two */
    size_t table_used;
    uint64_t large_count; /* of the values in the table */
    uint64_t large_sum;
};

/* A value that is not small; see distribution_add. */
bool distribution_add_large(struct distribution *distribution, uint64_t value);

/* False when memory ran out; the value is then not in it. */
static inline bool distribution_add(struct distribution *distribution, uint64_t value)
{
    if (value >= DISTRIBUTION_SMALL) {
        return distribution_add_large(distribution, value);
    }
    distribution->small[value]++;
    return true;
}

/* Of all values. */
uint64_t distribution_count(const struct distribution *distribution);
uint64_t distribution_sum(const struct distribution *distribution);

/* The smallest value v such that at least `percent` of all values are <= v (nearest rank; 0 gives
 * the minimum, 100 the maximum), for each of `count` ascending percents. Zeros when it is empty.
 * False when memory ran out. */
bool distribution_percentiles(const struct distribution *distribution, const unsigned *percent,
                              uint64_t *value, size_t count);

void distribution_free(struct distribution *distribution);

#endif
