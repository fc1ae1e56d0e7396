/* SPDX-License-Identifier: MIT */
/* Physical memory as the supervisor keeps it: regions, which segments of processes lie in. It finds
 * room for them, makes them grow and shrink, moves them, and rewrites the segment registers of
 * everybody who lies in what moved.
 *
 * Free memory is zero at all times, and so is what lies in a region's extent beyond its size: bytes
 * are cleared when they are given back, so nobody can find what another one wrote. Copying and
 * clearing go through the MMU's channel as privileged requests of 16 bytes, and cost cycles.
 *
 *     process --> layout_segment --> region --> extent (os/allocator.h)
 *
 * Source: OSTEP chapters 15 to 17.
 */
#ifndef OS_MEMORY_H
#define OS_MEMORY_H

#include "base/random.h"
#include "machine/machine.h"
#include "os/accounts.h"
#include "os/allocator.h"
#include "os/banks.h"
#include "os/disk_copy.h"

struct process;

/* What makes two segments the same, so that they can share a region. All zero: nothing does. */
struct region_key {
    const void *image; /* a program's read-only segment ... */
    unsigned segment;  /* ... by its register number; */
    uint64_t device;   /* or a file that is mapped with MAP_SHARED, */
    uint64_t inode;
    uint64_t offset; /* from here on */
};

struct region {
    struct region *next;  /* of all; in the order in which they were made */
    struct extent extent; /* while it is resident */
    uint64_t size_bytes;  /* of the segment; <= extent.reserved_bytes */
    bool grows_down;      /* it lies at the high end of its extent, otherwise at the low one */
    bool is_resident;     /* in physical memory; otherwise swapped out or not yet taken */
    bool is_fixed;        /* placed by the machine file: neither moved nor given back */
    bool is_on_disk;      /* swapped out: the copy has what it held */
    struct disk_copy copy;
    unsigned users; /* segments of processes that lie in it */
    struct region_key key;
    uint32_t log_region; /* of os/memory's log */
};

struct memory_options {
    enum allocator_policy policy;
    uint64_t granule; /* 0: 4096 where there is a megabyte of memory and more, else 16 */
    bool no_coalesce;
    bool no_compact;
    uint64_t base_seed; /* 0: by the policy; else new regions go to random bases of any alignment */
};

struct memory_figures {
    uint64_t moves; /* of regions that grew and had to go elsewhere */
    uint64_t moved_bytes;
    uint64_t compactions;
    uint64_t compacted_regions;
    uint64_t compacted_bytes;
    uint64_t cleared_bytes;
    uint64_t shares; /* segments that found their region there already */
    uint64_t shared_bytes;
    uint64_t refusals; /* requests for memory that failed for good */
};

struct memory {
    struct target *target;
    struct accounts *accounts;
    struct banks *banks;
    struct memory_log *log;
    struct allocator *allocator;
    struct memory_options options;
    struct random_source random; /* of base_seed */
    struct region *regions;
    struct process *processes; /* whose segments lie in them */
    /* Makes room by swapping somebody out who is not `sparing`; false when there is nobody. NULL:
     * there is no disk. */
    bool (*make_room)(void *context, const struct process *sparing);
    void *context;
    bool is_closing; /* the machine stops: what is given back is not cleared any more */
    struct memory_figures figures;
    uint64_t changes, checked_changes; /* of where regions lie */
    char complaint[128];               /* what memory_check found; empty: nothing */
};

/* Takes what the machine file's segments may occupy out of what is free. False with an error. */
bool memory_init(struct memory *memory, const struct machine *machine,
                 const struct memory_options *options, struct error *error);
void memory_end(struct memory *memory);

/* A new region of zeros with one user. NULL when there is no room, compacted and swapped as may
 * be. `process` is spared, and named with `name` in the log. */
struct region *memory_take(struct memory *memory, uint64_t size_bytes, bool grows_down,
                           const struct process *process, const char *name);

/* The region that the machine file gave a segment. NULL when memory ran out. */
struct region *memory_take_fixed(struct memory *memory, const struct mmu_segment *reg,
                                 uint64_t max_size_bytes, const struct process *process,
                                 const char *name);

/* The region with this key, with one more user; NULL when there is none. */
struct region *memory_share(struct memory *memory, const struct region_key *key);

/* One user less. The last one's memory is cleared and free. */
void memory_release(struct memory *memory, struct region *region);

/* Makes a region larger, where it lies or elsewhere, or smaller; registers follow. False, and
 * nothing changed, where there is no room. */
bool memory_resize(struct memory *memory, struct region *region, uint64_t size_bytes,
                   const struct process *process);

/* Room in physical memory for a region that has none, as memory_take. */
bool memory_bring_in(struct memory *memory, struct region *region, const struct process *process);
/* Clears its memory and gives it back; the region goes on without. */
void memory_put_out(struct memory *memory, struct region *region);

/* Moves regions together: those that begin below `gap` to the low end, the others to the high end.
 * UINT64_MAX: all of them to the low end. (memory_compact.c) */
void memory_compact(struct memory *memory, uint64_t gap);

/* What a segment register's base must be. */
static inline uint64_t region_base(const struct region *region)
{
    return region->grows_down ? region->extent.address + region->extent.reserved_bytes
                              : region->extent.address;
}

/* The lowest physical address of its segment. */
static inline uint64_t region_first(const struct region *region)
{
    return region->grows_down ? region_base(region) - region->size_bytes : region->extent.address;
}

/* --- through the MMU's channel (memory_copy.c) --- */

/* As memmove and memset of zero. */
void memory_copy(struct memory *memory, uint64_t to, uint64_t from, uint64_t bytes);
void memory_clear(struct memory *memory, uint64_t address, uint64_t bytes);

/* From `address` on up to `limit`, by parts of pages: the first address that is not in one of
 * zeros, and the first that is. */
uint64_t memory_skip_zeros(const struct memory *memory, uint64_t address, uint64_t limit);
uint64_t memory_skip_data(const struct memory *memory, uint64_t address, uint64_t limit);

/* Checks, if anything changed since the last time: regions do not overlap; free and used are all of
 * memory; every live segment register is what the books say; what is shared cannot be written.
 * False, and `complaint`, otherwise. (memory_check.c) */
bool memory_check(struct memory *memory);

#endif
