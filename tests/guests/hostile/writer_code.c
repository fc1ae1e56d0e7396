/* SPDX-License-Identifier: MIT */
/* A function of its own, called in turn with other processes of the same program, which share its
 * code (OSTEP 16.5): writer_code [write]
 * With the argument it stores into the code after two rounds, and should go no further; without, it
 * must never see another's store. */
#include <stdint.h>
#include <stdio.h>

#include "supervisor.h"

enum { ROUNDS = 5 };

__attribute__((noinline, aligned(4))) static int answer(void)
{
    __asm__ volatile("" : : : "memory");
    return 42;
}

int main(int argc, char **argv)
{
    (void)argv;
    for (int round = 1; round <= ROUNDS; round++) {
        int answered = answer();
        printf("writer_code: round %d, the answer is %d\n", round, answered);
        if (answered != 42) {
            return 1;
        }
        if (argc > 1 && round == 2) {
            puts("writer_code: about to change the answer");
            *(volatile uint32_t *)(uintptr_t)answer = 0x8082451d; /* li a0, 7; ret */
            puts("writer_code: it was written");
        }
        supervisor_yield();
    }
    return 0;
}
