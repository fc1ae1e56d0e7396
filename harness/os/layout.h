/* SPDX-License-Identifier: MIT */
/* How a program is laid out in the segment registers of one context. Where its segments lie in
 * physical memory is os/memory.h's.
 *
 *   explicit, several segments   a part goes where the top bits of its address say; the stack gets
 *                                the highest segment that nothing else lies in, and grows down
 *   one segment (base, bounds)   everything in it: image, heap, room, and the stack at its end
 *   named                        fetches see segment 0, which holds the executable parts; data
 *                                accesses see segment 1, which holds all parts, heap and stack
 *
 * Segments that the machine file gives are used as they are; the loader lays out the others.
 * A segment that grows up begins at offset 0, so the hole below its first part belongs to it: the
 * internal fragmentation of OSTEP 15.
 */
#ifndef OS_LAYOUT_H
#define OS_LAYOUT_H

#include "machine/machine.h"
#include "os/elf.h"

struct region;
struct mapping;

struct layout_segment {
    char name[32];           /* "code", "data", "stack", or the machine file's */
    uint8_t segment;         /* register number */
    bool is_given;           /* by the machine file */
    struct mmu_segment reg;  /* what the register must hold; flags with `present` */
    uint64_t max_size_bytes; /* it may grow to this; >= reg.size */
    uint64_t image_bytes;    /* of its parts, without holes */
    struct region *region;   /* the memory that it lies in; NULL: none yet */
    struct mapping *mapping; /* what mmap made (os/mapping.h); otherwise NULL */
};

/* Physical addresses, the end exclusive. */
struct layout_range {
    uint64_t begin;
    uint64_t end;
};

/* Virtual addresses are those of a 32-bit CPU, ends exclusive. */
struct layout {
    struct layout_segment segments[MMU_MAX_SEGMENTS]; /* by rising number */
    unsigned count;
    int heap;            /* index of the segment that the heap lies in; -1: no heap */
    uint64_t heap_start; /* the first break */
    uint64_t heap_limit; /* the break may reach this */
    int stack;           /* index of the segment that the stack lies in */
    uint64_t stack_top;
    uint64_t stack_limit; /* the stack may reach down to this */
};

struct layout_options {
    const struct machine *machine;
    const struct image *image;
    uint8_t context;       /* the bank whose given segments are the program's */
    bool is_movable;       /* given segments say how large and what for, but not where */
    uint64_t memory_bytes; /* of the machine */
    unsigned programs;     /* that share it; 0 is 1 */
    unsigned economy;      /* 0: heap and stack that share a segment get a quarter and an eighth of
                              the program's part of it as room, and each step halves that */
};

/* Lays out a program; bases are 0 but where the machine file gives them. False and one line with
 * the numbers when the addresses, or the least stack, do not fit. */
bool layout_make(const struct layout_options *options, struct layout *layout, struct error *error);

/* A further step of economy would still leave a stack. */
bool layout_can_save(const struct layout_options *options);

/* False and one line when two of the segments that the program uses share physical memory, as a
 * machine file can make them: one would be loaded over the other. */
bool layout_check_overlaps(const struct layout *layout, const struct machine *machine,
                           struct error *error);

/* The physical range that a segment covers if it had `size_bytes`. */
struct layout_range layout_range(const struct mmu_segment *reg, uint64_t size_bytes);

/* Copies the image's bytes to where a segment lies. Memory that is not taken must be zero. */
void layout_load(const struct layout *layout, unsigned index, const struct mmu_config *mmu,
                 const struct image *image, uint8_t *ram);

#endif
