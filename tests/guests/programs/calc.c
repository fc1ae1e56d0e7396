/* SPDX-License-Identifier: MIT */
/* A calculation without output, for measuring: calc [ROUNDS], of about a million instructions each.
 * Exit status 0 unless the result is absurd. */
#include <stdlib.h>

#include "matrix.h"

int main(int argc, char **argv)
{
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 10;
    matrix_fill();
    while (rounds-- > 0) {
        matrix_round();
    }
    return matrix_a[0][0] & 1 ? 0 : 1;
}
