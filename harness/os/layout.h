/* SPDX-License-Identifier: MIT */
/* How a program is laid out in the segment registers of one context and in physical memory.
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
#include "os/place.h"

struct layout_segment {
    char name[32];           /* "code", "data", "stack", or the machine file's */
    uint8_t segment;         /* register number */
    bool is_given;           /* by the machine file */
    struct mmu_segment reg;  /* as first written; flags with `present` */
    uint64_t max_size_bytes; /* it may grow to this without moving; >= reg.size */
    uint64_t image_bytes;    /* of its parts, without holes */
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
    uint8_t context;    /* the bank whose given segments are the program's */
    uint64_t base_seed; /* 0: aligned first fit, in order; else random bases of any alignment */
};

/* Lays out a program in the free memory of `map` and takes what it uses. False and one line with
 * the numbers when the program does not fit, in which case `map` is unchanged. */
bool layout_make(const struct layout_options *options, struct place_map *map, struct layout *layout,
                 struct error *error);

/* False and one line when two of the segments that the program uses share physical memory, as a
 * machine file can make them: one would be loaded over the other. */
bool layout_check_overlaps(const struct layout *layout, const struct machine *machine,
                           struct error *error);

/* Takes in `map` what the machine file's segments may occupy, in all contexts. */
bool layout_take_given(const struct machine *machine, struct place_map *map);

/* The physical range that a segment covers if it had `size_bytes`. */
struct place_range layout_range(const struct mmu_segment *reg, uint64_t size_bytes);

/* Copies the image's bytes to where its segments lie. Memory that is not taken must be zero. */
void layout_load(const struct layout *layout, const struct mmu_config *mmu,
                 const struct image *image, uint8_t *ram);

#endif
