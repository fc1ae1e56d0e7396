/* SPDX-License-Identifier: MIT */
/* Holds so many bytes of heap for so many rounds, then so many others (OSTEP 16.6 and 17.1):
 *     hold [BYTES ROUNDS]...
 * Several of them, of different sizes and durations, leave holes of free memory between one
 * another. A size that is refused is said, and makes the exit status 1. */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "arguments.h"
#include "pattern.h"
#include "supervisor.h"

struct heap {
    uint8_t *start;
    uint32_t bytes;
};

/* False when there is no room, or memory is not what it should be. */
static bool resize(struct heap *heap, uint32_t bytes)
{
    uint32_t old_bytes = heap->bytes;
    if (sbrk((ptrdiff_t)(bytes - old_bytes)) == (void *)-1) {
        printf("hold: %lu bytes refused\n", (unsigned long)bytes);
        return false;
    }
    heap->bytes = bytes;
    if (bytes > old_bytes) {
        if (count_not_zero(heap->start, old_bytes, bytes) > 0) {
            printf("hold: fresh memory is not zero\n");
            return false;
        }
        pattern_fill(heap->start, old_bytes, bytes, bytes);
        pattern_fill(heap->start, 0, old_bytes, bytes);
    }
    return true;
}

static bool hold(const struct heap *heap, uint32_t seed, uint32_t rounds)
{
    for (uint32_t round = 0; round < rounds; round++) {
        supervisor_yield();
        if (pattern_find_wrong(heap->start, 0, heap->bytes, seed) < heap->bytes) {
            printf("hold: memory has changed\n");
            return false;
        }
    }
    printf("hold: %lu bytes held\n", (unsigned long)heap->bytes);
    return true;
}

int main(int argc, char **argv)
{
    struct heap heap = {sbrk(0), 0};
    uint32_t seed = 0; /* of the bytes that are there */
    int status = 0;
    for (int i = 1; i < argc || i == 1; i += 2) {
        uint32_t bytes = number_argument(argc, argv, i, 20 * 1024);
        uint32_t rounds = number_argument(argc, argv, i + 1, 1);
        uint32_t old_bytes = heap.bytes;
        if (!resize(&heap, bytes)) {
            status = 1;
            continue;
        }
        seed = bytes > old_bytes ? bytes : seed;
        if (!hold(&heap, seed, rounds)) {
            return 1;
        }
    }
    return status;
}
