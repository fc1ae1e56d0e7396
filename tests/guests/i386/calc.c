/* SPDX-License-Identifier: MIT */
/* programs/calc.c for Linux, without a C library: calc [ROUNDS]. */
#include "../lib/matrix.h"
#include "linux.h"

static uint32_t decimal(const char *text)
{
    uint32_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        value = value * 10 + (uint32_t)(*text - '0');
    }
    return value;
}

/* At the entry the stack holds argc, argv[0], argv[1], ... */
__attribute__((used)) static void run(const uint32_t *stack)
{
    uint32_t rounds = stack[0] > 1 ? decimal((const char *)stack[2]) : 10;
    matrix_fill();
    while (rounds-- > 0) {
        matrix_round();
    }
    linux_exit(matrix_a[0][0] & 1 ? 0 : 1);
}

__attribute__((naked)) void _start(void)
{
    __asm__("push %esp\n\tcall run");
}
