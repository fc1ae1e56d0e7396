/* SPDX-License-Identifier: MIT */
/* OSTEP 14.4, forgetting to allocate memory: strcpy through a pointer that nobody set. What it
 * holds is what some earlier function left on the stack. */
#include <string.h>

#include "bug.h"

static void leave_garbage_on_the_stack(void)
{
    char frame[256];
    memset(frame, 0xA5, sizeof frame);
    __asm__ volatile("" : : "r"(frame) : "memory");
}

static void copy_to_nowhere(void)
{
    char *destination;                        /* BUG: never set */
    __asm__ volatile("" : "=m"(destination)); /* the compiler may not choose a value for it */
    strcpy(destination, "hello");
    SURVIVED("something, somewhere, now reads \"hello\"");
}

int main(void)
{
    ABOUT_TO("strcpy to a pointer that was never set");
    leave_garbage_on_the_stack();
    copy_to_nowhere();
    return 0;
}
