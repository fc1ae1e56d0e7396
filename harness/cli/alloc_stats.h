/* SPDX-License-Identifier: MIT */
/* The figures of `segmmu alloc`, in the end and over time. */
#ifndef CLI_ALLOC_STATS_H
#define CLI_ALLOC_STATS_H

#include <stdio.h>

#include "os/allocator.h"

enum { ALLOC_STATS_SAMPLES = 512 };

struct alloc_sample {
    uint64_t operations; /* done by then */
    uint64_t used_bytes, asked_bytes, largest_free_bytes, free_blocks;
};

/* Zero is a good start, but for `every`, which is 1. */
struct alloc_stats {
    uint64_t operations, compactions, moves, moved_bytes;
    /* Evenly spaced in operations: when the samples are full, every other one is dropped. */
    uint64_t every;
    unsigned count;
    struct alloc_sample samples[ALLOC_STATS_SAMPLES];
};

/* To be called after each operation. */
void alloc_stats_count(struct alloc_stats *stats, const struct allocator *allocator);

/* Writes them as JSON and closes `file`. False and an error where that fails. */
bool alloc_stats_save(const struct alloc_stats *stats, const struct allocator_options *options,
                      const struct allocator *allocator, FILE *file, const char *path,
                      struct error *error);

#endif
