/* SPDX-License-Identifier: MIT */
/* OSTEP 13 and 16: a recursion without end. Either the stack runs into the end of its segment, or
 * it runs over whatever lies below it: the heap, then the data, stdio's included. So what is left
 * to say is said without stdio. */
#include <stdint.h>

#include "bug.h"
#include "semihosting.h"

enum { FRAME_WORDS = 1024, STRIDE_WORDS = 16 };

/* The stack reaches the end of this first; the rest keeps it away from the constants below. */
static volatile uint32_t data_below_the_stack[3 * FRAME_WORDS];

static int is_overwritten(void)
{
    for (int i = 1; i <= 4 * STRIDE_WORDS; i++) {
        if (data_below_the_stack[3 * FRAME_WORDS - i] != 0) {
            return 1;
        }
    }
    return 0;
}

static int recurse(int depth)
{
    volatile uint32_t frame[FRAME_WORDS];
    for (int i = 0; i < FRAME_WORDS; i += STRIDE_WORDS) {
        frame[i] = 0x58585858;
    }
    if (is_overwritten()) {
        semihost_call(SYS_WRITE0, (uintptr_t) "survived: the stack ran over the program's data\n");
        semihost_call(SYS_EXIT, ADP_STOPPED_APPLICATION_EXIT);
    }
    return recurse(depth + 1) + (int)frame[0]; /* BUG: no other end than that */
}

int main(void)
{
    ABOUT_TO("recurse without end");
    return recurse(0) == 0;
}
