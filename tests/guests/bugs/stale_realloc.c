/* SPDX-License-Identifier: MIT */
/* OSTEP 14.5: realloc moves a block that cannot grow in place; a second pointer into it stays
 * behind. */
#include <stdlib.h>
#include <string.h>

#include "bug.h"

int main(void)
{
    char *vector = malloc(16);
    char *first_element = vector;
    char *in_the_way = malloc(16);
    strcpy(vector, "old");
    vector = realloc(vector, 4096);
    strcpy(vector, "new");
    char *next_owner = malloc(16);
    strcpy(next_owner, "somebody else's");
    ABOUT_TO("use a pointer from before realloc");
    SURVIVED("it reads \"%s\", the vector holds \"%s\"", first_element, vector); /* BUG: stale */
    free(in_the_way);
    return 0;
}
