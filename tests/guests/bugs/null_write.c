/* SPDX-License-Identifier: MIT */
/* OSTEP 14, homework 1: writing through NULL. What lies at 0 decides what comes of it: code that
 * may not be written, code that may, or data. */
#include <stddef.h>
#include <stdint.h>

#include "bug.h"

int main(void)
{
    volatile uint32_t *pointer = NULL;
    ABOUT_TO("write through a null pointer");
    *pointer = 0xdeadbeef; /* BUG */
    SURVIVED("address 0 now holds %lx", (unsigned long)*pointer);
    return 0;
}
