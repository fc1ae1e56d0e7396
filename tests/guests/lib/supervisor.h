/* SPDX-License-Identifier: MIT */
/* Calls of a guest to the supervisor, by `ecall`: the number in a7, arguments in a0 to a2, the
 * answer in a0. The table with what each does is in README.md. They are our own; input, output and
 * exit are standard semihosting, which picolibc does. */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <stdint.h>

enum supervisor_call_number {
    SUPERVISOR_SBRK = 1,
    SUPERVISOR_YIELD = 2,
    SUPERVISOR_READ = 3,
    SUPERVISOR_SPAWN = 4,
};

#define SUPERVISOR_FAILED UINT32_MAX /* -1: no such call, or it could not be done */

static inline uint32_t supervisor_call(uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
    register uint32_t a7 __asm__("a7") = number;
    register uint32_t a0 __asm__("a0") = a;
    register uint32_t a1 __asm__("a1") = b;
    register uint32_t a2 __asm__("a2") = c;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
    return a0;
}

static inline void supervisor_yield(void)
{
    supervisor_call(SUPERVISOR_YIELD, 0, 0, 0);
}

static inline uint32_t supervisor_read(int descriptor, void *buffer, uint32_t bytes)
{
    return supervisor_call(SUPERVISOR_READ, (uint32_t)descriptor, (uintptr_t)buffer, bytes);
}

/* `program` NULL: the program that calls. `argv` NULL: no arguments, else its own name first and
 * NULL at the end. The new process's number, or SUPERVISOR_FAILED. */
static inline uint32_t supervisor_spawn(const char *program, const char *const *argv)
{
    return supervisor_call(SUPERVISOR_SPAWN, (uintptr_t)program, (uintptr_t)argv, 0);
}

#endif
