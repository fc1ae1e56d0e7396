/* SPDX-License-Identifier: MIT */
/* Asks semihosting to print a string that lies in no segment. The supervisor's access on behalf of
 * the guest is translated like any other and refused like any other; the call answers -1. */
#include <stdio.h>

#include "semihosting.h"

int main(void)
{
    puts("about to print a string at 0x9abcdef0");
    uint32_t answer = semihost_call(SYS_WRITE0, 0x9abcdef0);
    printf("survived: it answered %ld\n", (long)(int32_t)answer);
    return 0;
}
