/* SPDX-License-Identifier: MIT */
/* OSTEP 14.4, not allocating enough memory: strlen without the byte for the end of the string.
 * Often harmless, since malloc rounds up; "even though it ran correctly once, doesn't mean it's
 * correct". */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "bug.h"

int main(void)
{
    const char *source = "twelve bytes";
    char *copy = malloc(strlen(source)); /* BUG: + 1 */
    ABOUT_TO("write 13 bytes into 12");
    strcpy(copy, source);
    SURVIVED("malloc had rounded the 12 bytes up to %u", (unsigned)malloc_usable_size(copy));
    return 0;
}
