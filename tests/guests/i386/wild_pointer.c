/* SPDX-License-Identifier: MIT */
/* A store through a pointer that was never set. */
#include "linux.h"

void _start(void)
{
    print("about to write to 0xa5a5a5a5\n");
    *(volatile uint32_t *)0xa5a5a5a5 = 1;
    print("survived\n");
    linux_exit(0);
}
