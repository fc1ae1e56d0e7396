/* SPDX-License-Identifier: MIT */
/* What the programs a, b and c do: take memory of all four kinds (code, data, heap, stack), fill it
 * with a pattern of their own, and look at all of it again and again while others run:
 *     a [ROUNDS [HEAP_BYTES]]
 */
#ifndef LETTER_H
#define LETTER_H

#include <stdio.h>
#include <unistd.h>

#include "arguments.h"
#include "pattern.h"
#include "supervisor.h"

enum { LETTER_DATA_BYTES = 2048, LETTER_FRAME_BYTES = 256 };

struct letter {
    char name;
    uint32_t heap_bytes; /* unless an argument says otherwise */
    uint32_t frames;     /* of LETTER_FRAME_BYTES on the stack, below which the rounds run */
};

static uint8_t letter_data[LETTER_DATA_BYTES];

/* What one run works on. */
struct letter_run {
    const struct letter *letter;
    uint32_t rounds;
    uint8_t *heap;
    uint32_t heap_bytes;
    uint32_t checksum;
};

static int letter_is_intact(const struct letter_run *run, const char *what, const uint8_t *bytes,
                            uint32_t count, uint32_t seed)
{
    uint32_t wrong = pattern_find_wrong(bytes, 0, count, seed);
    if (wrong < count) {
        printf("%c: byte %lu of the %s is 0x%02x, expected 0x%02x\n", run->letter->name,
               (unsigned long)wrong, what, bytes[wrong], pattern_byte(seed, wrong));
    }
    return wrong == count;
}

static int letter_rounds(struct letter_run *run)
{
    uint32_t name = (uint32_t)run->letter->name;
    for (uint32_t round = 1; round <= run->rounds; round++) {
        uint32_t seed = name * 1000 + round;
        pattern_fill(letter_data, 0, sizeof letter_data, seed);
        pattern_fill(run->heap, 0, run->heap_bytes, seed + 500);
        supervisor_yield();
        if (!letter_is_intact(run, "data", letter_data, sizeof letter_data, seed) ||
            !letter_is_intact(run, "heap", run->heap, run->heap_bytes, seed + 500)) {
            return 0;
        }
        run->checksum = checksum_of(run->checksum, run->heap, run->heap_bytes);
        printf("%c: round %lu of %lu\n", run->letter->name, (unsigned long)round,
               (unsigned long)run->rounds);
    }
    return 1;
}

__attribute__((noinline)) static int letter_descend(struct letter_run *run, uint32_t depth)
{
    uint8_t frame[LETTER_FRAME_BYTES];
    uint32_t seed = (uint32_t)run->letter->name * 1000 + depth;
    if (depth == 0) {
        return letter_rounds(run);
    }
    pattern_fill(frame, 0, sizeof frame, seed);
    return letter_descend(run, depth - 1) &&
           letter_is_intact(run, "stack", frame, sizeof frame, seed);
}

static int letter_main(const struct letter *letter, int argc, char **argv)
{
    struct letter_run run = {.letter = letter, .checksum = 1};
    run.rounds = number_argument(argc, argv, 1, 3);
    run.heap_bytes = number_argument(argc, argv, 2, letter->heap_bytes);
    run.heap = sbrk((ptrdiff_t)run.heap_bytes);
    if (run.heap == (void *)-1) {
        printf("%c: no memory for a heap of %lu bytes\n", letter->name,
               (unsigned long)run.heap_bytes);
        return 1;
    }
    uint32_t stale = count_not_zero(run.heap, 0, run.heap_bytes);
    if (stale > 0) {
        printf("%c: %lu bytes of the fresh heap are not zero\n", letter->name,
               (unsigned long)stale);
        return 1;
    }
    if (!letter_descend(&run, letter->frames)) {
        return 1;
    }
    printf("%c: done, checksum %08lx\n", letter->name, (unsigned long)run.checksum);
    return 0;
}

#endif
