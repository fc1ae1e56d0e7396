/* SPDX-License-Identifier: MIT */
/* OSTEP 14.4, forgetting to free memory: in a program that runs long enough memory runs out. Here
 * malloc says so, and the program listens. */
#include <errno.h>
#include <stdlib.h>

#include "bug.h"

int main(void)
{
    unsigned blocks = 0;
    ABOUT_TO("allocate again and again, and never free");
    while (malloc(256 * 1024)) { /* BUG: nobody keeps the pointer */
        blocks++;
    }
    int error = errno;
    SURVIVED("the heap ended after %u MB, malloc said %s", blocks / 4,
             error == ENOMEM ? "ENOMEM" : "something else");
    return 0;
}
