/* SPDX-License-Identifier: MIT */
/* OSTEP 16.3, protection bits: a store into the program's own code. The instruction written is
 * "li a0, 7; ret" in two halves of 16 bits. */
#include <stdint.h>

#include "bug.h"

__attribute__((noinline, aligned(4))) static int answer(void)
{
    __asm__ volatile("" : : : "memory");
    return 42;
}

int main(void)
{
    volatile uint32_t *code = (volatile uint32_t *)(uintptr_t)answer;
    ABOUT_TO("overwrite a function that returns 42");
    *code = 0x8082451d; /* BUG */
    make_stores_visible_to_fetches();
    SURVIVED("it returns %d", answer());
    return 0;
}
