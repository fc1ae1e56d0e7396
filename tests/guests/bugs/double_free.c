/* SPDX-License-Identifier: MIT */
/* OSTEP 14.4, freeing memory repeatedly: "the result of doing so is undefined". Here the block goes
 * onto the free list twice, if the C library lets it. */
#include <errno.h>
#include <stdlib.h>

#include "bug.h"

int main(void)
{
    char *block = malloc(32);
    free(block);
    ABOUT_TO("free a block for the second time");
    errno = 0;
    free(block); /* BUG: freed above */
    int error = errno;
    char *first = malloc(32), *second = malloc(32);
    SURVIVED("%s, the next two blocks are %s", error ? "free set errno" : "free said nothing",
             first == second ? "one and the same" : "two");
    return 0;
}
