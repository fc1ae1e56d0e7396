/* SPDX-License-Identifier: MIT */
/* The smallest Linux program: one write, one exit. */
#include "linux.h"

void _start(void)
{
    print("hello, world\n");
    linux_exit(0);
}
