/* SPDX-License-Identifier: MIT */
#include "sink/distribution.h"

#include <stdlib.h>
#include <string.h>

static struct distribution_entry *place_of(struct distribution_entry *table, size_t size,
                                           uint64_t value)
{
    /* Fibonacci hashing: neighbours, which latencies are, land far apart. */
    size_t place = (size_t)(value * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (size - 1);

    while (table[place].count != 0 && table[place].value != value) {
        place = (place + 1) & (size - 1);
    }
    return &table[place];
}

static bool grow(struct distribution *distribution)
{
    const size_t size = distribution->table_size == 0 ? 64 : distribution->table_size * 2;
    struct distribution_entry *const table = calloc(size, sizeof(*table));

    if (table == NULL) {
        return false;
    }
    for (size_t i = 0; i < distribution->table_size; i++) {
        if (distribution->table[i].count != 0) {
            *place_of(table, size, distribution->table[i].value) = distribution->table[i];
        }
    }
    free(distribution->table);
    distribution->table = table;
    distribution->table_size = size;
    return true;
}

bool distribution_add_large(struct distribution *distribution, uint64_t value)
{
    struct distribution_entry *entry;

    if (distribution->table_used * 2 >= distribution->table_size && !grow(distribution)) {
        return false;
    }
    entry = place_of(distribution->table, distribution->table_size, value);
    distribution->table_used += entry->count == 0;
    entry->value = value;
    entry->count++;
    distribution->large_count++;
    distribution->large_sum += value;
    return true;
}

uint64_t distribution_count(const struct distribution *distribution)
{
    uint64_t count = distribution->large_count;

    for (uint64_t value = 0; value < DISTRIBUTION_SMALL; value++) {
        count += distribution->small[value];
    }
    return count;
}

uint64_t distribution_sum(const struct distribution *distribution)
{
    uint64_t sum = distribution->large_sum;

    for (uint64_t value = 0; value < DISTRIBUTION_SMALL; value++) {
        sum += distribution->small[value] * value;
    }
    return sum;
}

static int by_value(const void *left, const void *right)
{
    const uint64_t a = ((const struct distribution_entry *)left)->value;
    const uint64_t b = ((const struct distribution_entry *)right)->value;

    return (a > b) - (a < b);
}

/* All values that came, ascending. Malloc'ed. */
static struct distribution_entry *sorted(const struct distribution *distribution, size_t *count)
{
    struct distribution_entry *const entries =
        calloc(DISTRIBUTION_SMALL + distribution->table_used, sizeof(*entries));
    size_t used = 0;

    if (entries == NULL) {
        return NULL;
    }
    for (uint64_t value = 0; value < DISTRIBUTION_SMALL; value++) {
        if (distribution->small[value] != 0) {
            entries[used++] = (struct distribution_entry){value, distribution->small[value]};
        }
    }
    for (size_t i = 0; i < distribution->table_size; i++) {
        if (distribution->table[i].count != 0) {
            entries[used++] = distribution->table[i];
        }
    }
    qsort(entries, used, sizeof(*entries), by_value);
    *count = used;
    return entries;
}

/* The rank, from 1, of a percentile: ceil(count * percent / 100) without overflow, at least 1. */
static uint64_t rank_of(uint64_t count, unsigned percent)
{
    const uint64_t rank = count / 100 * percent + (count % 100 * percent + 99) / 100;

    return rank == 0 ? 1 : rank;
}

bool distribution_percentiles(const struct distribution *distribution, const unsigned *percent,
                              uint64_t *value, size_t count)
{
    const uint64_t value_count = distribution_count(distribution);
    size_t entry_count = 0;
    size_t entry = 0;
    uint64_t seen = 0;
    struct distribution_entry *entries;

    memset(value, 0, count * sizeof(*value));
    if (value_count == 0) {
        return true;
    }
    entries = sorted(distribution, &entry_count);
    if (entries == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const uint64_t rank = rank_of(value_count, percent[i]);

        while (seen + entries[entry].count < rank) {
            seen += entries[entry++].count;
        }
        value[i] = entries[entry].value;
    }
    free(entries);
    return true;
}

void distribution_free(struct distribution *distribution)
{
    free(distribution->table);
    memset(distribution, 0, sizeof(*distribution));
}
