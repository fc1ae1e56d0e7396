/* SPDX-License-Identifier: MIT */
/* Reaches for the MMU's registers through its ports: 0x5E0 takes the index, 0x5E4 the value. Ends
 * up as a request in user mode, which the MMU answers with `privilege`. */
#include "linux.h"

void _start(void)
{
    print("about to write the MMU's register 0x10\n");
    __asm__ volatile("outl %0, %w1" : : "a"(0x10), "Nd"(0x5E0));
    __asm__ volatile("outl %0, %w1" : : "a"(0), "Nd"(0x5E4));
    print("survived\n");
    linux_exit(0);
}
