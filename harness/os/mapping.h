/* SPDX-License-Identifier: MIT */
/* Mappings: what mmap gives a process, in segments of their own. Where segments are selected by the
 * top bits of an address, a mapping takes a register that is present for nothing else, and begins
 * at the first address which that register translates; elsewhere there are none. A mapping is a
 * region as any other (os/memory.h): it grows, moves, is swapped out and is cleared as they are.
 *
 * Processes that map the same file from the same offset with MAP_SHARED share one region. What they
 * store reaches the file when one of them says so, unmaps it, is swapped out or ends.
 *
 * Functions return 0 or more, or -errno.
 */
#ifndef OS_MAPPING_H
#define OS_MAPPING_H

#include "os/process.h"

enum { MAPPING_PAGE_BYTES = 4096 }; /* lengths are rounded up to it */

struct file;

struct mapping {
    struct file *file;     /* NULL: anonymous */
    uint64_t offset_bytes; /* in the file, of its first byte */
    uint64_t size_bytes;   /* of pages; the region is larger where a sharer mapped more */
    bool is_shared;        /* MAP_SHARED */
    uint8_t *clean;        /* what the file holds of it, where stores reach the file; else NULL */
};

struct mapping_request {
    uint32_t vaddr;    /* where it should lie; 0: anywhere */
    bool is_fixed;     /* there or nowhere, in place of a mapping of the same size ... */
    bool keeps_others; /* ... but of none */
    uint64_t size_bytes;
    uint8_t access; /* MMU_FLAG_READ, _WRITE, _EXECUTE */
    bool is_shared;
    bool is_anonymous;
    int fd;
    uint64_t offset_bytes;
};

/* The size in whole pages. */
static inline uint64_t mapping_round(uint64_t size_bytes)
{
    return (size_bytes + MAPPING_PAGE_BYTES - 1) & ~(uint64_t)(MAPPING_PAGE_BYTES - 1);
}

/* Makes a mapping; the answer is its virtual address. ENOMEM: no segment, or no memory, is free. */
int64_t mapping_make(struct process *process, const struct mapping_request *request);

/* The segment whose mapping has this address, or NULL. */
struct layout_segment *mapping_find(struct process *process, uint64_t vaddr);

/* The address of a segment's first byte. */
uint64_t mapping_vaddr(const struct process *process, const struct layout_segment *segment);

/* Makes a mapping larger or smaller, at the address that it has. */
int64_t mapping_resize(struct process *process, struct layout_segment *segment,
                       uint64_t size_bytes);

/* What may be done with it from now on. EACCES: the file was not opened for that. */
int64_t mapping_protect(struct process *process, struct layout_segment *segment, uint8_t access);

/* Ends a mapping, whose segment is free then. */
void mapping_release(struct process *process, struct layout_segment *segment);

/* --- its bytes (mapping_file.c) --- */

/* Reads the file's bytes of offsets begin..end of the mapping into the region. */
int64_t mapping_read_file(struct process *process, const struct layout_segment *segment,
                          uint64_t begin, uint64_t end);

/* Notes that the mapping is as the file, from offset `begin` on. */
bool mapping_note_clean(struct process *process, const struct layout_segment *segment,
                        uint64_t begin);

/* Writes pages that are not what the file holds to the file. */
int64_t mapping_write_back(struct process *process, const struct layout_segment *segment);

/* The same for all mappings of a process, as far as they are in memory. */
void mapping_write_back_all(struct process *process);

/* For a process that ends: the segments stay until its memory is given back, the files do not. */
void mapping_end_all(struct process *process);

/* Writes back a last time, when there is nobody to tell of an error; closes the file. */
void mapping_close(struct process *process, struct layout_segment *segment);

#endif
