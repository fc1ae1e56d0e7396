/* SPDX-License-Identifier: MIT */
/* OSTEP 16.3, protection bits: instructions that came as data ("li a0, 7; ret"), called. This is
 * what an attacker does with a buffer on the heap. */
#include <stdint.h>
#include <stdlib.h>

#include "bug.h"

int main(void)
{
    uint32_t *buffer = malloc(sizeof *buffer);
    *buffer = 0x8082451d;
    make_stores_visible_to_fetches();
    ABOUT_TO("call a function in a heap buffer");
    int answer = ((int (*)(void))(uintptr_t)buffer)(); /* BUG */
    SURVIVED("the data ran as code and returned %d", answer);
    return 0;
}
