// SPDX-License-Identifier: MIT
// OSTEP 14.4, forgetting to free memory: in a program that runs long enough memory runs out. Here
// malloc says so, and the program listens.
#include <errno.h>
#include <stdlib.h>

#include "bug.h"

int main(void)
{
    unsigned blocks = 0;
    ABOUT_TO("allocate 1 MB again and again, and never free");
    while (malloc(1024 * 1024)) // BUG: nobody keeps the pointer
        blocks++;
    SURVIVED("the heap ended after %s, errno is %s", blocks ? "many blocks" : "no block",
             errno == ENOMEM ? "ENOMEM" : "something else");
    return 0;
}
