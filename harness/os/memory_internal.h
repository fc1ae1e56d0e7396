/* SPDX-License-Identifier: MIT */
/* What the files of memory.h share. */
#ifndef OS_MEMORY_INTERNAL_H
#define OS_MEMORY_INTERNAL_H

#include "os/memory.h"

/* Hides a region's segments in the MMU, and shows them as the books now say. */
void memory_hide(struct memory *memory, const struct region *region);
void memory_show(struct memory *memory, const struct region *region);
/* Tells the log where the region lies now. */
void memory_tell(struct memory *memory, const struct region *region, enum memory_change change);

/* --- finding room (memory.c) --- */

/* As memory lies now. */
bool memory_take_extent(struct memory *memory, uint64_t size_bytes, struct extent *extent);
/* Enough is free, but in pieces, and they may be joined. */
bool memory_may_compact(const struct memory *memory, uint64_t size_bytes);
/* Somebody else was swapped out. */
bool memory_make_room(struct memory *memory, const struct process *sparing);
/* An extent knows its region. */
void memory_tag(struct memory *memory, const struct region *region);

#endif
