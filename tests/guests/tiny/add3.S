// SPDX-License-Identifier: MIT
// OSTEP 15.1: x = x + 3. The load is at address 128, the add after it, then the store; x is 3000 and
// lies on the stack at 15 KB. (The book's store is at 135: an x86 add has three bytes, this has four.)
//
//      128: fetch, load from 15 KB        physical 32 KB + 128, 47 KB
//      132: fetch                         physical 32 KB + 132
//      136: fetch, store to 15 KB         physical 32 KB + 136, 47 KB
//
// Ends with status 0 if x is 3003.
#include "semihosting.h"

    .option norvc
    .text
    .org 120
    .global _start
_start:
    li s0, 15 * 1024        // what the book has in ebx
    .org 128
    lw a5, 0(s0)
    addi a5, a5, 3
    sw a5, 0(s0)

    lw a5, 0(s0)
    li a4, 3003
    li a1, ADP_STOPPED_APPLICATION_EXIT
    beq a5, a4, exit
    li a1, ADP_STOPPED_RUN_TIME_ERROR
exit:
    li a0, SYS_EXIT
    semihost_call

    .section .at_15k, "aw"
x:
    .word 3000
