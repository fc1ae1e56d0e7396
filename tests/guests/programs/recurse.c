/* SPDX-License-Identifier: MIT */
/* Recursion: 1 + 2 + ... + DEPTH, one stack frame for each term (OSTEP 13: the stack keeps track of
 * where we are in the function call chain). Where the stack is a segment with room to grow, each
 * fault below its end grows it and the instruction is restarted. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((noinline)) static uint32_t sum_to(uint32_t n)
{
    volatile char frame[32]; /* keeps the compiler from turning the recursion into a loop */
    frame[0] = (char)n;
    return n == 0 ? 0 : sum_to(n - 1) + n + (uint32_t)(frame[0] - (char)n);
}

int main(int argc, char **argv)
{
    uint32_t depth = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 500;
    printf("1 + ... + %lu = %lu\n", (unsigned long)depth, (unsigned long)sum_to(depth));
    return 0;
}
