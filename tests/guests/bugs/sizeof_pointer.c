/* SPDX-License-Identifier: MIT */
/* OSTEP 14.2: sizeof of a pointer is the size of the pointer, not of what it points to. */
#include <stdlib.h>
#include <string.h>

#include "bug.h"

struct record {
    char name[40];
};

int main(void)
{
    struct record *record = malloc(sizeof(record)); /* BUG: sizeof(*record) */
    char *neighbour = malloc(64);
    strcpy(neighbour, "mine");
    ABOUT_TO("fill a record of %u bytes that was given %u", (unsigned)sizeof(*record),
             (unsigned)sizeof(record));
    memset(record->name, 'x', sizeof(record->name) - 1);
    record->name[sizeof(record->name) - 1] = '\0';
    SURVIVED("the neighbour reads \"%.4s...\"", neighbour);
    return 0;
}
