// SPDX-License-Identifier: MIT
// OSTEP 16.1: "an illegal address, such as 7 KB, which is beyond the end of the heap". The load at
// address 100 is where the segmentation fault gets its name.
#include "semihosting.h"

    .option norvc
    .text
    .global _start
_start:
    li s0, 7 * 1024
    j at_100
    .org 100
at_100:
    lw a5, 0(s0)

    li a0, SYS_EXIT
    li a1, ADP_STOPPED_APPLICATION_EXIT
    semihost_call

    .data
    .word 0
