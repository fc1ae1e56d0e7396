/* SPDX-License-Identifier: MIT */
/* The few Linux system calls (i386, int 0x80) that these programs make, without a C library. */
#ifndef LINUX_H
#define LINUX_H

#include <stddef.h>
#include <stdint.h>

enum {
    LINUX_EXIT = 1,
    LINUX_READ = 3,
    LINUX_WRITE = 4,
    LINUX_OPEN = 5,
    LINUX_CLOSE = 6,
    LINUX_BRK = 45,
    LINUX_MMAP = 90,
    LINUX_MUNMAP = 91,
    LINUX_FTRUNCATE = 93,
    LINUX_MPROTECT = 125,
    LINUX_MSYNC = 144,
    LINUX_SCHED_YIELD = 158,
    LINUX_MREMAP = 163,
    LINUX_PREAD64 = 180,
    LINUX_MMAP2 = 192,
    LINUX_MADVISE = 219,
};

enum { LINUX_EINVAL = 22, LINUX_ENOMEM = 12 };

static inline int32_t linux_call(int32_t number, uint32_t a, uint32_t b, uint32_t c)
{
    int32_t answer;
    __asm__ volatile("int $0x80" : "=a"(answer) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
    return answer;
}

/* Calls with more arguments: ebx, ecx, edx, esi, edi and ebp. */
static inline int32_t linux_call6(int32_t number, const uint32_t arguments[6])
{
    int32_t answer = number;
    __asm__ volatile("push %%ebp\n\t"
                     "mov (%%edi), %%ebx\n\t"
                     "mov 4(%%edi), %%ecx\n\t"
                     "mov 8(%%edi), %%edx\n\t"
                     "mov 12(%%edi), %%esi\n\t"
                     "mov 20(%%edi), %%ebp\n\t"
                     "mov 16(%%edi), %%edi\n\t"
                     "int $0x80\n\t"
                     "pop %%ebp"
                     : "+a"(answer), "+D"(arguments)
                     :
                     : "ebx", "ecx", "edx", "esi", "memory");
    return answer;
}

__attribute__((noreturn)) static inline void linux_exit(int status)
{
    for (;;) {
        linux_call(LINUX_EXIT, (uint32_t)status, 0, 0);
    }
}

static inline void print(const char *text)
{
    size_t length = 0;
    while (text[length]) {
        length++;
    }
    linux_call(LINUX_WRITE, 1, (uint32_t)text, length);
}

static inline void print_number(uint32_t value)
{
    char digits[11];
    char *first = digits + sizeof digits - 1;
    *first = '\0';
    do {
        *--first = (char)('0' + value % 10);
    } while (value /= 10);
    print(first);
}

#endif
