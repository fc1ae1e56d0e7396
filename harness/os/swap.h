/* SPDX-License-Identifier: MIT */
/* The disk that processes are swapped to (OSTEP 13.1 and 21): a file of the host holds the bytes,
 * and two numbers say how long the machine's disk would take. What is read back is checked against
 * a CRC kept in memory, so that nobody runs on with a damaged copy.
 */
#ifndef OS_SWAP_H
#define OS_SWAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct swap_disk {
    uint64_t latency_cycles;  /* before the first byte of a transfer */
    uint64_t bytes_per_cycle; /* at least 1 */
};

struct swap_figures {
    uint64_t writes, reads;              /* transfers that succeeded */
    uint64_t bytes_written, bytes_read;  /* in them */
    uint64_t used_bytes, used_bytes_max; /* on the disk, now and at most */
    uint64_t busy_cycles;                /* of those transfers; stays at UINT64_MAX */
};

struct swap;

/* Makes the file, or empties one that is there. NULL and one line where that cannot be. A file
 * whose disk is full (/dev/full) opens; the first write to it fails. */
struct swap *swap_open(const char *path, const struct swap_disk *disk, struct error *error);

/* Copies `count` bytes to the disk; *slot finds them again until it is released. False and one line
 * that names the file and says why; nothing is kept then, and *slot is left alone. */
bool swap_write(struct swap *swap, const uint8_t *bytes, uint64_t count, uint64_t *slot,
                struct error *error);

/* Reads all of a slot back: `count` is that of its swap_write. False and one line when the file is
 * too short, cannot be read or holds other bytes than were written; `bytes` then holds nothing to
 * use. The slot stays in either case. */
bool swap_read(struct swap *swap, uint64_t slot, uint8_t *bytes, uint64_t count,
               struct error *error);

/* The slot's place in the file is free for others. */
void swap_release(struct swap *swap, uint64_t slot);

/* How long a transfer of so many bytes takes: latency + bytes / bandwidth, rounded up; UINT64_MAX
 * where it does not fit. */
uint64_t swap_cycles(const struct swap *swap, uint64_t bytes);

void swap_figures(const struct swap *swap, struct swap_figures *figures);

/* Removes a file that swap_open made; leaves one that was there before, empty. NULL is fine. */
void swap_close(struct swap *swap);

#endif
