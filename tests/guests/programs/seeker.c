/* SPDX-License-Identifier: MIT */
/* Looks for what others left behind (OSTEP 13.4): takes heap, step by step, and stack, and counts
 * the bytes of fresh memory that are not zero; there must be none: seeker [HEAP_BYTES
 * [STACK_BYTES]]
 */
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "arguments.h"
#include "pattern.h"
#include "supervisor.h"

enum { STEP_BYTES = 1000, OWN_FRAMES_BYTES = 1024 };

static uint8_t data[4096];

struct found {
    uint32_t count;
    uint8_t first; /* the first byte that was not zero */
};

static void look(struct found *found, const volatile uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bytes[i] != 0 && found->count++ == 0) {
            found->first = bytes[i];
        }
    }
}

int main(int argc, char **argv)
{
    struct found found = {0, 0};
    uint32_t heap_bytes = number_argument(argc, argv, 1, 16 * 1024);
    uint32_t stack_bytes = number_argument(argc, argv, 2, 4 * 1024);
    uint32_t taken = 0;
    /* Before anything else leaves traces of its own there: below what the start-up code has used.
     */
    volatile uint8_t *below = (volatile uint8_t *)__builtin_frame_address(0) - OWN_FRAMES_BYTES;

    look(&found, below - stack_bytes, stack_bytes);
    look(&found, data, sizeof data);
    while (taken < heap_bytes) {
        uint32_t step = heap_bytes - taken < STEP_BYTES ? heap_bytes - taken : STEP_BYTES;
        uint8_t *fresh = sbrk((ptrdiff_t)step);
        if (fresh == (void *)-1) {
            break;
        }
        look(&found, fresh, step);
        taken += step;
        supervisor_yield();
    }
    if (found.count > 0) {
        printf("seeker: %lu bytes that are not zero, the first is 0x%02x '%c'\n",
               (unsigned long)found.count, found.first,
               found.first >= ' ' && found.first < 127 ? found.first : '.');
        return 1;
    }
    /* How much heap there was is the machine's affair. */
    printf("seeker: all zero%s\n", taken < heap_bytes ? ", but less heap than wanted" : "");
    return 0;
}
