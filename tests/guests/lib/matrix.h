/* SPDX-License-Identifier: MIT */
/* The calculation of the two calc programs, without a C library: a round multiplies two 32 x 32
 * matrices of words four times and feeds the result back. About a million instructions, some 3 of
 * 10 of them loads or stores, in 12 KB of memory. */
#ifndef MATRIX_H
#define MATRIX_H

#include <stdint.h>

enum { MATRIX_N = 32, MATRIX_PRODUCTS = 4 };

static uint32_t matrix_a[MATRIX_N][MATRIX_N];
static uint32_t matrix_b[MATRIX_N][MATRIX_N];
static uint32_t matrix_product[MATRIX_N][MATRIX_N];

static void matrix_fill(void)
{
    for (int row = 0; row < MATRIX_N; row++) {
        for (int column = 0; column < MATRIX_N; column++) {
            matrix_a[row][column] = (uint32_t)(row * 7 + column);
            matrix_b[row][column] = (uint32_t)(row ^ column) | 1;
        }
    }
}

static void matrix_multiply(void)
{
    for (int row = 0; row < MATRIX_N; row++) {
        for (int column = 0; column < MATRIX_N; column++) {
            uint32_t sum = 0;
            for (int k = 0; k < MATRIX_N; k++) {
                sum += matrix_a[row][k] * matrix_b[k][column];
            }
            matrix_product[row][column] = sum;
        }
    }
}

static void matrix_round(void)
{
    for (int i = 0; i < MATRIX_PRODUCTS; i++) {
        matrix_multiply();
        for (int row = 0; row < MATRIX_N; row++) {
            for (int column = 0; column < MATRIX_N; column++) {
                matrix_a[row][column] = matrix_product[row][column];
            }
        }
        matrix_a[0][0] |= 1; /* never all zero */
    }
}

#endif
