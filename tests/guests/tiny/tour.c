/* SPDX-License-Identifier: MIT */
/* The address space of 16 KB, seen from inside (OSTEP 13 and 16), without a C library: where code,
 * data and stack lie. Built for ostep15 (one segment) and ostep16 (three). */
#include "semihosting.h"

static int global = 1;

static void print_address(const char *what, uintptr_t address)
{
    char digits[] = "0x0000\n";
    for (int i = 5; i >= 2; i--, address >>= 4) {
        digits[i] = "0123456789abcdef"[address & 15];
    }
    semihost_call(SYS_WRITE0, (uintptr_t)what);
    semihost_call(SYS_WRITE0, (uintptr_t)digits);
}

__attribute__((noreturn, used)) static void start(void)
{
    int local;
    print_address("code  ", (uintptr_t)start);
    print_address("data  ", (uintptr_t)&global);
    print_address("stack ", (uintptr_t)&local);
    for (;;) {
        semihost_call(SYS_EXIT, ADP_STOPPED_APPLICATION_EXIT);
    }
}

__attribute__((naked, section(".text.start"))) void _start(void)
{
    __asm__("la sp, __stack\n\t"
            "j start");
}
