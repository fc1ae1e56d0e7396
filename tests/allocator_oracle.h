/* SPDX-License-Identifier: MIT */
/* The allocator restated for memories of a few hundred bytes: a record for each byte, and every
 * question answered by looking at all of them. Shares nothing with harness/os but the names of the
 * policies. Addresses are offsets from the base. */
#ifndef TESTS_ALLOCATOR_ORACLE_H
#define TESTS_ALLOCATOR_ORACLE_H

#include <stdbool.h>

#include "os/allocator.h"

enum { ORACLE_MAX_BYTES = 400 };

struct oracle_byte {
    bool begins; /* a block */
    bool is_used;
    unsigned asked; /* of the allocation that begins here */
    bool is_pinned;
};

struct oracle {
    enum allocator_policy policy;
    unsigned size, granule;
    bool no_coalesce;
    unsigned cursor;
    struct oracle_byte bytes[ORACLE_MAX_BYTES];
};

void oracle_init(struct oracle *oracle, enum allocator_policy policy, unsigned size,
                 unsigned granule, bool no_coalesce);

/* One past the last byte of the block that begins at `begin`. */
unsigned oracle_block_end(const struct oracle *oracle, unsigned begin);

/* Each answers the address, or -1. */
int oracle_take(struct oracle *oracle, unsigned size, unsigned *searched);
int oracle_take_at(struct oracle *oracle, unsigned address, unsigned size, bool pinned);
int oracle_resize(struct oracle *oracle, unsigned address, unsigned size, bool keep_end);

void oracle_give(struct oracle *oracle, unsigned address);

/* The first move of a compaction from `from` on: false when there is none. */
bool oracle_move(struct oracle *oracle, unsigned from, unsigned *source, unsigned *destination);
void oracle_join(struct oracle *oracle); /* before the first move */

#endif
