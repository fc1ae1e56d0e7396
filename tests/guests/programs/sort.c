/* SPDX-License-Identifier: MIT */
/* Fills a heap array with pseudo-random numbers, sorts it (heapsort: accesses all over the array)
 * and prints checksums: sort [COUNT [ROUNDS]]. Memory is 4 * COUNT bytes, however many rounds. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t xorshift32(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

/* Lets array[root] sink to its place in the max-heap array[0..end). */
static void sift_down(uint32_t *array, size_t root, size_t end)
{
    uint32_t value = array[root];
    for (size_t child; (child = 2 * root + 1) < end; root = child) {
        if (child + 1 < end && array[child] < array[child + 1]) {
            child++;
        }
        if (value >= array[child]) {
            break;
        }
        array[root] = array[child];
    }
    array[root] = value;
}

static void heapsort(uint32_t *array, size_t count)
{
    for (size_t root = count / 2; root-- > 0;) {
        sift_down(array, root, count);
    }
    for (size_t end = count; end-- > 1;) {
        uint32_t largest = array[0];
        array[0] = array[end];
        array[end] = largest;
        sift_down(array, 0, end);
    }
}

static bool is_sorted(const uint32_t *array, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (array[i - 1] > array[i]) {
            return false;
        }
    }
    return true;
}

/* Fletcher's: depends on the order as well as on the values. */
static uint32_t checksum(const uint32_t *array, size_t count)
{
    uint32_t sum = 1, sum_of_sums = 0;
    for (size_t i = 0; i < count; i++) {
        sum += array[i];
        sum_of_sums += sum;
    }
    return sum_of_sums ^ (sum << 16 | sum >> 16);
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 0) : 10000;
    unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
    if (count == 0 || count > SIZE_MAX / sizeof(uint32_t)) {
        puts("usage: sort [COUNT [ROUNDS]]");
        return 2;
    }
    uint32_t *array = malloc(count * sizeof *array);
    if (!array) {
        printf("no memory for %lu numbers\n", (unsigned long)count);
        return 1;
    }
    uint32_t random = 2463534242u, unsorted = 0, sorted = 0;
    for (unsigned long round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            array[i] = xorshift32(&random);
        }
        unsorted ^= checksum(array, count);
        heapsort(array, count);
        sorted ^= checksum(array, count);
        if (!is_sorted(array, count)) {
            puts("not sorted");
            return 1;
        }
    }
    printf("%lu numbers, %lu rounds: unsorted %08lx, sorted %08lx\n", (unsigned long)count, rounds,
           (unsigned long)unsorted, (unsigned long)sorted);
    free(array);
    return 0;
}
