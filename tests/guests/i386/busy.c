/* SPDX-License-Identifier: MIT */
/* Keeps the CPU busy and never asks for anything but to print (OSTEP 5 and 7, time sharing):
 *     busy [N [NAME]]      counts to N, in steps of some ten thousand instructions
 */
#include "start.h"

enum { STEP_INSTRUCTIONS = 10000, LOOP_INSTRUCTIONS = 2 };

static void work(void)
{
    uint32_t turns = STEP_INSTRUCTIONS / LOOP_INSTRUCTIONS;
    __asm__ volatile("1: dec %0\n\t"
                     "jnz 1b"
                     : "+r"(turns));
}

static int run(int argc, char **argv)
{
    uint32_t steps = number_argument(argc, argv, 1, 5);
    const char *name = argc > 2 ? argv[2] : "busy";
    for (uint32_t step = 1; step <= steps; step++) {
        work();
        print(name);
        print(": ");
        print_number(step);
        print("\n");
    }
    return 0;
}
