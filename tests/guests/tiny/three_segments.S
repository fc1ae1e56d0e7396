// SPDX-License-Identifier: MIT
// The translations that OSTEP 16 works out, in its order: an instruction at address 100 (physical
// 32868), a load from 4200 in the heap (physical 34920), a store to 15 KB in the stack (physical
// 27 KB). Ends with status 0 if the load found 104, the offset that the book computes.
#include "semihosting.h"

    .option norvc
    .text
    .global _start
_start:
    li s0, 4200
    li s1, 15 * 1024
    j at_100
    .org 100
at_100:
    lw a5, 0(s0)
    sw a5, 0(s1)

    lw a5, 0(s1)
    li a4, 104
    li a1, ADP_STOPPED_APPLICATION_EXIT
    beq a5, a4, exit
    li a1, ADP_STOPPED_RUN_TIME_ERROR
exit:
    li a0, SYS_EXIT
    semihost_call

    .data
    .org 104
    .word 104
