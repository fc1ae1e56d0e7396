/* SPDX-License-Identifier: MIT */
/* Brings the 64-bit addresses of another program into a machine's segments, as its supervisor
 * would.
 *
 * Memory is cut into pages. Each page that is touched gets the next free page of a segment, so that
 * a sparse address space becomes a dense one; offsets within a page stay. Instructions and data are
 * apart, as on a PDP-11: a page that is both fetched and loaded has a place in either. Fetches go
 * to segment 0. Loads and stores go to the others: each area of 64 MB (heap, libraries, stack) to
 * the next one, round and round. Of four segments or more the last grows down. A machine with one
 * segment has all in that one.
 *
 * Segments begin empty and grow by a page when one is first touched; that is for the caller to do
 * (place.new_size). A segment that is full takes the page that it gave out first. Memory is
 * constant. */
#ifndef SOURCE_FOLD_H
#define SOURCE_FOLD_H

#include "base/error.h"
#include "machine/machine.h"

struct fold;

/* Where an access goes. */
struct fold_place {
    uint64_t vaddr;    /* the machine's */
    uint8_t segment;   /* of it, for named selection too */
    uint64_t new_size; /* SIZE that the segment needs first; 0: it is large enough */
};

/* NULL and an error where the machine has no room for a few pages in each segment. */
struct fold *fold_new(const struct machine *machine, struct error *error);
void fold_free(struct fold *fold);

/* The register writes that lay out the segments after a reset; their number, at most
 * 2 * MMU_MAX_SEGMENTS. */
unsigned fold_setup(const struct fold *fold, struct mmu_request *out);

/* Where the byte at `vaddr` goes when it is accessed so (enum mmu_access). */
struct fold_place fold_place(struct fold *fold, uint64_t vaddr, uint8_t access);

uint64_t fold_page_bytes(const struct fold *fold); /* a power of 2 */
uint64_t fold_pages(const struct fold *fold);      /* given out, ever */
uint64_t fold_reused(const struct fold *fold);     /* of these, taken from another page */

#endif
