/* SPDX-License-Identifier: MIT */
/* A semihosting call as the RISC-V specification has it: three uncompressed instructions, not
 * across a page boundary; the operation in a0, its parameter in a1, the answer in a0. Programs with
 * a C library leave this to picolibc. */
#ifndef SEMIHOSTING_H
#define SEMIHOSTING_H

#define SYS_WRITE0 0x04
#define SYS_EXIT 0x18
#define ADP_STOPPED_APPLICATION_EXIT 0x20026 /* SYS_EXIT with this ends with status 0 */
#define ADP_STOPPED_RUN_TIME_ERROR 0x20023   /* and with this with 1 */

#ifdef __ASSEMBLER__

/* clang-format off */
.macro semihost_call
    .balign 16
    .option push
    .option norvc
    slli x0, x0, 0x1f
    ebreak
    srai x0, x0, 7
    .option pop
.endm
/* clang-format on */

#else

#include <stdint.h>

static inline uint32_t semihost_call(uint32_t operation, uintptr_t parameter)
{
    register uint32_t a0 __asm__("a0") = operation;
    register uintptr_t a1 __asm__("a1") = parameter;
    __asm__ volatile(".balign 16\n\t"
                     ".option push\n\t"
                     ".option norvc\n\t"
                     "slli x0, x0, 0x1f\n\t"
                     "ebreak\n\t"
                     "srai x0, x0, 7\n\t"
                     ".option pop"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
    return a0;
}

#endif
#endif
