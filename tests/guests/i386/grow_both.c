/* SPDX-License-Identifier: MIT */
/* Heap and stack grow towards one another (OSTEP 13.3, 16.4): grow_both [SEED [STEPS]]
 * Each step moves the break up or down by a random amount and recurses to a random depth; memory
 * that comes must be zero, what stays must be what it was. A break that is refused stays where it
 * is. */
#include "../lib/pattern.h"
#include "start.h"

enum { KEPT_BYTES = 4096, MOST_BYTES = 32 * 1024, FRAME_BYTES = 512, MOST_FRAMES = 32 };

/* The heap follows the data, and this is some. */
uint8_t *heap;

static uint32_t set_break(uint32_t address)
{
    return (uint32_t)linux_call(LINUX_BRK, address, 0, 0);
}

__attribute__((noinline)) static void descend(uint32_t depth)
{
    uint8_t frame[FRAME_BYTES];
    pattern_fill(frame, 0, sizeof frame, depth);
    if (depth > 0) {
        descend(depth - 1);
    }
    if (pattern_find_wrong(frame, 0, sizeof frame, depth) < sizeof frame) {
        fail("a frame of the stack has changed, at depth", (int32_t)depth);
    }
}

/* The heap's bytes after a step from `bytes` to `wanted`. */
static uint32_t resize(uint32_t bytes, uint32_t wanted, uint32_t seed)
{
    uint32_t wrong = pattern_find_wrong(heap, 0, bytes, seed);
    if (wrong < bytes) {
        fail("a byte of the heap has changed", (int32_t)wrong);
    }
    uint32_t got = set_break((uint32_t)heap + wanted) - (uint32_t)heap;
    if (got != wanted && (got != bytes || wanted < bytes)) {
        fail("the break moved elsewhere", (int32_t)got);
    }
    uint32_t first = got < bytes ? got : bytes;
    uint32_t stale = count_not_zero(heap, first, got);
    if (stale > 0) {
        fail("fresh bytes are not zero", (int32_t)stale);
    }
    pattern_fill(heap, first, got, seed);
    return got;
}

static int run(int argc, char **argv)
{
    uint32_t seed = number_argument(argc, argv, 1, 1);
    uint32_t steps = number_argument(argc, argv, 2, 6);
    uint32_t random = seed * 2654435761u | 1;
    uint32_t checksum = 1, bytes = 0;
    heap = (uint8_t *)set_break(0);
    for (uint32_t step = 0; step < steps; step++) {
        /* Pages, as Linux takes and clears them. */
        uint32_t more = xorshift32(&random) % (MOST_BYTES - KEPT_BYTES) & ~4095u;
        bytes = resize(bytes, KEPT_BYTES + more, seed);
        if (bytes < KEPT_BYTES) {
            fail("no memory to begin with", (int32_t)bytes);
        }
        descend(xorshift32(&random) % MOST_FRAMES);
        checksum = checksum_of(checksum, heap, KEPT_BYTES);
    }
    print("grow_both: checksum ");
    print_number(checksum);
    print("\n");
    return 0;
}
