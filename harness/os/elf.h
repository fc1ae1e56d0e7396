/* SPDX-License-Identifier: MIT */
/* A guest program as it lies in its ELF file: static executables for 32-bit RISC-V and i386.
 * Nothing in the file is believed: every offset, size and sum is checked before it is used. */
#ifndef OS_ELF_H
#define OS_ELF_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "source/guest.h"

enum {
    IMAGE_MAX_PARTS = 32,       /* loadable program headers */
    IMAGE_MAX_FILE = 256 << 20, /* bytes of the file */
};

/* One loadable program header that occupies memory. */
struct image_part {
    uint32_t vaddr;
    uint64_t memory_bytes; /* > 0; vaddr + memory_bytes <= 2^32 */
    uint64_t file_bytes;   /* <= memory_bytes; the rest is zero */
    const uint8_t *bytes;  /* file_bytes of them, inside image->file */
    uint8_t access;        /* MMU_FLAG_READ, _WRITE and _EXECUTE */
    unsigned header;       /* number of the program header, for messages */
};

struct image {
    char *path;
    uint8_t *file;
    size_t file_bytes;
    enum guest_isa isa;
    uint32_t entry;                           /* inside an executable part */
    struct image_part parts[IMAGE_MAX_PARTS]; /* by rising vaddr, none overlaps another */
    unsigned part_count;                      /* at least 1 */
    /* Where the program headers lie in memory (auxiliary vector); phdr_vaddr is 0 when no part
     * holds them. */
    uint32_t phdr_vaddr;
    uint32_t phdr_bytes; /* of one header */
    uint32_t phdr_count;
    uint32_t stack_top; /* the symbol __stack, as picolibc's start-up code uses it; 0: none */
};

/* Reads a program from a file. NULL and one line that names the file and the place in it. */
struct image *image_load(const char *path, struct error *error);

/* The same from memory; takes over `file`, which must come from malloc (freed also on failure). */
struct image *image_parse(const char *path, uint8_t *file, size_t file_bytes, struct error *error);

/* One past the last byte of the highest part that has all flags of `access`; 0 when none has. */
uint64_t image_end(const struct image *image, uint8_t access);

void image_free(struct image *image);

#endif
