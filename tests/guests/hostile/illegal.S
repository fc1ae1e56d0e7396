// SPDX-License-Identifier: MIT
// An instruction that no RISC-V processor has: all zero.
    .global main
main:
    .half 0, 0
