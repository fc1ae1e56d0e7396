/* SPDX-License-Identifier: MIT */
/* Numbers among a program's arguments. */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <stdint.h>
#include <stdlib.h>

/* argv[index], decimal or 0x hexadecimal, with K for 1024 behind it or not; `otherwise` where there
 * is no such argument. */
static inline uint32_t number_argument(int argc, char **argv, int index, uint32_t otherwise)
{
    char *end;
    if (index >= argc) {
        return otherwise;
    }
    uint32_t number = strtoul(argv[index], &end, 0);
    return *end == 'K' ? number * 1024 : number;
}

#endif
