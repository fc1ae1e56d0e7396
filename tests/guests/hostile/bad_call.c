/* SPDX-License-Identifier: MIT */
/* Calls that do not exist, of the supervisor and of semihosting: each answers -1. */
#include <stdio.h>

#include "semihosting.h"
#include "supervisor.h"

int main(void)
{
    static const uint32_t numbers[] = {0, 99, UINT32_MAX};
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        printf("call %ld: %ld\n", (long)(int32_t)numbers[i],
               (long)(int32_t)supervisor_call(numbers[i], 0, 0, 0));
    }
    printf("semihosting 0x999: %ld\n", (long)(int32_t)semihost_call(0x999, 0));
    return 0;
}
