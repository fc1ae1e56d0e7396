/* SPDX-License-Identifier: MIT */
/* Reads standard input to its end, and says how much there was. While it waits, others can run. */
#include "../lib/pattern.h"
#include "start.h"

static uint8_t buffer[1000];

static int run(int argc, char **argv)
{
    uint32_t total = 0, checksum = 1;
    int32_t count;
    (void)argc;
    (void)argv;
    while ((count = linux_call(LINUX_READ, 0, (uint32_t)buffer, sizeof buffer)) > 0) {
        checksum = checksum_of(checksum, buffer, (uint32_t)count);
        total += (uint32_t)count;
    }
    if (count < 0) {
        fail("read_all: read", count);
    }
    print("read_all: ");
    print_number(total);
    print(" bytes, checksum ");
    print_number(checksum);
    print("\n");
    return 0;
}
