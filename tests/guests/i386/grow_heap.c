/* SPDX-License-Identifier: MIT */
/* brk up by 1 MB, fill it, brk back, and up again: what comes back must be zero. */
#include "linux.h"

enum { GROWTH_BYTES = 1024 * 1024 };

static uint32_t set_break(uint32_t address)
{
    return (uint32_t)linux_call(LINUX_BRK, address, 0, 0);
}

/* The heap follows the data, and this is some. */
uint32_t start;

static uint32_t count_not_zero(const uint8_t *bytes)
{
    uint32_t count = 0;
    for (size_t i = 0; i < GROWTH_BYTES; i++) {
        count += bytes[i] != 0;
    }
    return count;
}

void _start(void)
{
    start = set_break(0);
    for (int round = 0; round < 2; round++) {
        if (set_break(start + GROWTH_BYTES) != start + GROWTH_BYTES) {
            print("brk: refused\n");
            linux_exit(1);
        }
        print("not zero: ");
        print_number(count_not_zero((const uint8_t *)start));
        print("\n");
        for (size_t i = 0; i < GROWTH_BYTES; i++) {
            ((volatile uint8_t *)start)[i] = 0x55;
        }
        if (set_break(start) != start) {
            print("brk: not released\n");
            linux_exit(1);
        }
    }
    linux_exit(0);
}
