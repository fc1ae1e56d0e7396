/* SPDX-License-Identifier: MIT */
/* A calculation without output, for measuring: calc [ROUNDS]. A round is about a million
 * instructions: it multiplies two 32 x 32 matrices and feeds the result back, some 3 of 10
 * instructions being loads or stores, in 12 KB of memory. Exit status 0 unless the result is
 * absurd. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { N = 32, PRODUCTS_PER_ROUND = 4 };

static uint32_t a[N][N], b[N][N], product[N][N];

static void multiply(void)
{
    for (int row = 0; row < N; row++) {
        for (int column = 0; column < N; column++) {
            uint32_t sum = 0;
            for (int k = 0; k < N; k++) {
                sum += a[row][k] * b[k][column];
            }
            product[row][column] = sum;
        }
    }
}

int main(int argc, char **argv)
{
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 10;
    for (int row = 0; row < N; row++) {
        for (int column = 0; column < N; column++) {
            a[row][column] = (uint32_t)(row * 7 + column);
            b[row][column] = (uint32_t)(row ^ column) | 1;
        }
    }
    for (unsigned long i = 0; i < rounds * PRODUCTS_PER_ROUND; i++) {
        multiply();
        memcpy(a, product, sizeof a);
        a[0][0] |= 1; /* never all zero */
    }
    return a[0][0] & 1 ? 0 : 1;
}
