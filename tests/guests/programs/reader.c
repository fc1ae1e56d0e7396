/* SPDX-License-Identifier: MIT */
/* Copies standard input to standard output by the supervisor's read, a few bytes at a time, and
 * says how many there were (OSTEP 6.2, system calls). While it waits for input, others can run. */
#include <stdio.h>

#include "supervisor.h"

int main(void)
{
    char piece[7];
    uint32_t total = 0, count;
    while ((count = supervisor_read(0, piece, sizeof piece)) != 0) {
        if (count == SUPERVISOR_FAILED) {
            puts("reader: cannot read");
            return 1;
        }
        fwrite(piece, 1, count, stdout);
        total += count;
    }
    printf("reader: %lu bytes\n", (unsigned long)total);
    return 0;
}
