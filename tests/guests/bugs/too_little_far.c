/* SPDX-License-Identifier: MIT */
/* OSTEP 14.4, not allocating enough memory, by far: an index with three zeros too many leaves not
 * only the array but all that the process has. */
#include <stdlib.h>

#include "bug.h"

int main(void)
{
    int *array = malloc(100 * sizeof *array);
    ABOUT_TO("write element 10,000,000 of 100");
    array[10000000] = 1; /* BUG: 39 MB past the end */
    SURVIVED("it is %d now", array[10000000]);
    return 0;
}
