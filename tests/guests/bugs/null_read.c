/* SPDX-License-Identifier: MIT */
/* OSTEP 14, homework 1 (null.c): reading through NULL. Where a segment begins at 0, address 0 is
 * mapped like any other and the read succeeds. */
#include <stddef.h>
#include <stdint.h>

#include "bug.h"

int main(void)
{
    volatile uint32_t *pointer = NULL;
    ABOUT_TO("read through a null pointer");
    uint32_t value = *pointer; /* BUG */
    __asm__ volatile("" : : "r"(value));
    SURVIVED("address 0 is mapped, there was something to read");
    return 0;
}
