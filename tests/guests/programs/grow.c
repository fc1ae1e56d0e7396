/* SPDX-License-Identifier: MIT */
/* A heap that grows and shrinks by random steps (OSTEP 16.6 and 17.1): grow [SEED [STEPS
 * [MOST_BYTES]]] Memory that comes must be zero, what stays must be what it was, wherever the
 * segment was moved to. A step that is refused (ENOMEM) leaves the heap as it is. The checksum
 * follows from the seed alone: it does not say how much others left. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "arguments.h"
#include "pattern.h"

enum { KEPT_BYTES = 1024 }; /* are never given back, and make the checksum */

/* Moves the end of the heap from `bytes` to `wanted`, and answers where it is now; 0: the heap is
 * not what it should be. */
static uint32_t resize(uint8_t *heap, uint32_t bytes, uint32_t wanted, uint32_t seed)
{
    uint32_t wrong = pattern_find_wrong(heap, KEPT_BYTES, bytes, seed);
    if (wrong < bytes) {
        printf("grow: byte %lu of %lu is 0x%02x\n", (unsigned long)wrong, (unsigned long)bytes,
               heap[wrong]);
        return 0;
    }
    void *end = sbrk((ptrdiff_t)(wanted - bytes));
    if (end == (void *)-1) {
        if (errno != ENOMEM || wanted < bytes) {
            printf("grow: from %lu to %lu bytes: errno %d\n", (unsigned long)bytes,
                   (unsigned long)wanted, errno);
            return 0;
        }
        return bytes;
    }
    if (end != heap + bytes) {
        printf("grow: the end of the heap is not where it was\n");
        return 0;
    }
    if (wanted > bytes) {
        uint32_t stale = count_not_zero(heap, bytes, wanted);
        if (stale > 0) {
            printf("grow: %lu fresh bytes are not zero\n", (unsigned long)stale);
            return 0;
        }
        pattern_fill(heap, bytes, wanted, seed);
    }
    return wanted;
}

int main(int argc, char **argv)
{
    uint32_t seed = number_argument(argc, argv, 1, 1);
    uint32_t steps = number_argument(argc, argv, 2, 20);
    uint32_t most = number_argument(argc, argv, 3, 16 * 1024);
    uint32_t random = seed * 2654435761u | 1;
    uint32_t bytes = KEPT_BYTES;
    uint32_t checksum = 1;
    uint8_t *heap = sbrk(KEPT_BYTES);

    if (heap == (void *)-1 || most < KEPT_BYTES) {
        printf("grow: no memory to begin with\n");
        return 1;
    }
    for (uint32_t step = 0; step < steps; step++) {
        pattern_fill(heap, 0, KEPT_BYTES, seed + step);
        bytes =
            resize(heap, bytes, KEPT_BYTES + xorshift32(&random) % (most - KEPT_BYTES + 1), seed);
        if (bytes == 0) {
            return 1;
        }
        checksum = checksum_of(checksum, heap, KEPT_BYTES);
    }
    printf("grow: seed %lu, %lu steps, checksum %08lx\n", (unsigned long)seed, (unsigned long)steps,
           (unsigned long)checksum);
    return 0;
}
