// SPDX-License-Identifier: MIT
// Jumps to an address that no segment holds.
    .global main
main:
    li t0, 0x9abcdef0
    jr t0
