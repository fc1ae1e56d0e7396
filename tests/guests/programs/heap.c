/* SPDX-License-Identifier: MIT */
/* A heap that grows and gives back (OSTEP 13, 14.1 and 16): the supervisor raises the size of the
 * heap's segment for sbrk(+n) and lowers it for sbrk(-n). Memory that comes back comes back zeroed.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STEP_BYTES = 16 * 1024, STEPS = 8 };

static size_t bytes_not_zero(const uint8_t *start, size_t size_bytes)
{
    size_t count = 0;
    for (size_t i = 0; i < size_bytes; i++) {
        count += start[i] != 0;
    }
    return count;
}

int main(void)
{
    uint8_t *start = sbrk(0);

    for (int step = 0; step < STEPS; step++) {
        uint8_t *block = sbrk(STEP_BYTES);
        if (block == (void *)-1) {
            printf("grow: refused, errno %d\n", errno);
            return 1;
        }
        printf("grown to %3d K, %u bytes of the new ones not zero\n",
               (int)((block - start + STEP_BYTES) / 1024),
               (unsigned)bytes_not_zero(block, STEP_BYTES));
        memset(block, 0x55, STEP_BYTES);
    }
    while (sbrk(0) != start) {
        if (sbrk(-STEP_BYTES) == (void *)-1) {
            printf("release: refused, errno %d\n", errno);
            return 1;
        }
        printf("shrunk to %3d K\n", (int)(((uint8_t *)sbrk(0) - start) / 1024));
    }
    uint8_t *again = sbrk(STEP_BYTES);
    if (again != start) {
        puts("grown again, but elsewhere");
        return 1;
    }
    printf("grown again, %u bytes not zero\n", (unsigned)bytes_not_zero(again, STEP_BYTES));
    if (sbrk(0x7fffffff) != (void *)-1 || errno != ENOMEM) {
        puts("2 GiB more: not refused");
        return 1;
    }
    puts("2 GiB more: ENOMEM");
    return 0;
}
