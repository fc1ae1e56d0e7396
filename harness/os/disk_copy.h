/* SPDX-License-Identifier: MIT */
/* What a region held when it was swapped out. Pages of zeros are not carried: a segment with a
 * large hole is as fast as what is in it. */
#ifndef OS_DISK_COPY_H
#define OS_DISK_COPY_H

#include <stddef.h>

#include "os/swap.h"

struct memory;

struct disk_copy {
    struct disk_piece {
        uint64_t offset; /* from the region's lowest byte */
        uint64_t bytes;
        uint64_t slot;
    } * pieces;
    size_t count;
    uint64_t bytes; /* of all pieces */
};

/* Copies [address, address + size_bytes) of physical memory to the disk. `copy` is all zero. False
 * with an error, and nothing kept, when the disk does not take it. */
bool disk_copy_write(struct disk_copy *copy, struct swap *swap, const struct memory *memory,
                     uint64_t address, uint64_t size_bytes, struct error *error);

/* Brings it back to where memory is zero. False with an error when the disk has it no more. */
bool disk_copy_read(const struct disk_copy *copy, struct swap *swap, const struct memory *memory,
                    uint64_t address, struct error *error);

/* The disk may forget it. `copy` is all zero again. */
void disk_copy_release(struct disk_copy *copy, struct swap *swap);

#endif
