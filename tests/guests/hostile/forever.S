// SPDX-License-Identifier: MIT
// Never ends.
    .global main
main:
    j main
