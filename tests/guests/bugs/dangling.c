/* SPDX-License-Identifier: MIT */
/* OSTEP 14.4, freeing memory before you are done with it: the block has a new owner, and the old
 * pointer still writes to it. */
#include <stdlib.h>
#include <string.h>

#include "bug.h"

int main(void)
{
    char *old_owner = malloc(32);
    free(old_owner);
    char *new_owner = malloc(32);
    strcpy(new_owner, "mine");
    ABOUT_TO("write through a pointer that was freed");
    strcpy(old_owner, "not yours"); /* BUG: freed above */
    SURVIVED("the new owner reads \"%s\"", new_owner);
    return 0;
}
