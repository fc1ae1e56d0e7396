// SPDX-License-Identifier: MIT
// OSTEP 14.4, not allocating enough memory: strlen without the byte for the end of the string, and
// the neighbour on the heap pays for it. malloc rounds up, so it takes a string that just fits.
#include <stdlib.h>
#include <string.h>

#include "bug.h"

int main(void)
{
    const char *source = "twelve bytes";
    char *copy = malloc(strlen(source)); // BUG: + 1
    char *neighbour = malloc(16);
    strcpy(neighbour, "mine");
    ABOUT_TO("write %u bytes into the %u allocated", (unsigned)strlen(source) + 1,
             (unsigned)strlen(source));
    strcpy(copy, source);
    SURVIVED("byte %u of 12 was written, the neighbour reads \"%s\"", (unsigned)strlen(copy) + 1,
             neighbour);
    return 0;
}
