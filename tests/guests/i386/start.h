/* SPDX-License-Identifier: MIT */
/* Programs with arguments, without a C library: `run` takes the place of main. */
#ifndef START_H
#define START_H

#include "linux.h"

static int run(int argc, char **argv);

/* At the entry the stack holds argc, argv[0], argv[1], ... */
__attribute__((used, noreturn)) static void start(uint32_t *stack)
{
    linux_exit(run((int)stack[0], (char **)(stack + 1)));
}

__attribute__((naked, noreturn)) void _start(void)
{
    __asm__("push %esp\n\t"
            "call start");
}

/* argv[index] as a decimal number; `otherwise` where there is no such argument. */
static inline uint32_t number_argument(int argc, char **argv, int index, uint32_t otherwise)
{
    uint32_t value = 0;
    if (index >= argc) {
        return otherwise;
    }
    for (const char *digit = argv[index]; *digit >= '0' && *digit <= '9'; digit++) {
        value = value * 10 + (uint32_t)(*digit - '0');
    }
    return value;
}

/* Says why the program ends, and ends it. */
__attribute__((noreturn)) static inline void fail(const char *what, int32_t answer)
{
    print(what);
    print(answer < 0 ? ": error " : ": ");
    print_number((uint32_t)(answer < 0 ? -answer : answer));
    print("\n");
    linux_exit(1);
}

#endif
