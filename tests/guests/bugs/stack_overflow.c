// SPDX-License-Identifier: MIT
// OSTEP 13 and 16: a recursion without end. Either the stack runs into the end of its segment, or it
// runs over whatever lies below it.
#include <string.h>

#include "bug.h"

static char data_below_the_stack[64] = "untouched";

static int recurse(int depth)
{
    char frame[128];
    memset(frame, 'X', sizeof frame);
    if (strcmp(data_below_the_stack, "untouched") != 0) {
        SURVIVED("so far: the stack ran over the data below it");
        return depth;
    }
    return recurse(depth + 1) + frame[0]; // BUG: no other end than that
}

int main(void)
{
    ABOUT_TO("recurse without end");
    return recurse(0) == 0;
}
