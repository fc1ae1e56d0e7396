/* SPDX-License-Identifier: MIT */
/* OSTEP 14.4, calling free() incorrectly: a pointer into the middle of a block. free looks for its
 * header in front of the pointer and finds the program's own data. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bug.h"

int main(void)
{
    char *block = malloc(64);
    memset(block, 0, 64);
    strcpy(block + 32, "data");
    ABOUT_TO("free a pointer into the middle of a block");
    errno = 0;
    free(block + 32); /* BUG: malloc gave block */
    int error = errno;
    SURVIVED("%s, what was there reads \"%s\"", error ? "free set errno" : "free said nothing",
             block + 32);
    return 0;
}
