/* SPDX-License-Identifier: MIT */
/* Recursion 1 MB deep: every page of the stack below the first comes by a fault and a restart. */
#include "linux.h"

enum { FRAME_BYTES = 1024, DEPTH = 1000 };

__attribute__((noinline)) static uint32_t recurse(uint32_t depth)
{
    volatile char frame[FRAME_BYTES];
    frame[0] = 1;
    return depth == 0 ? 0 : recurse(depth - 1) + (uint32_t)frame[0];
}

void _start(void)
{
    print("frames: ");
    print_number(recurse(DEPTH));
    print("\n");
    linux_exit(0);
}
