/* SPDX-License-Identifier: MIT */
/* OSTEP 14.4, not allocating enough memory, in the block at the very end of the heap: where the
 * heap's segment ends with the heap, to the byte, there is nothing to run over. Where the hole
 * between heap and stack belongs to the process as well (OSTEP 15), there is. */
#include <stdlib.h>
#include <string.h>

#include "bug.h"

int main(void)
{
    char *last_block = malloc(40);
    ABOUT_TO("write 80 bytes into the last 40 of the heap");
    memset(last_block, 'x', 80); /* BUG: 40 */
    SURVIVED("80 bytes lie where 40 were allocated");
    return 0;
}
