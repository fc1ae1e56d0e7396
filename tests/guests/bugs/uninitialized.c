// SPDX-License-Identifier: MIT
// OSTEP 14.4, forgetting to initialize allocated memory: malloc gives memory as its last user left
// it.
#include <stdlib.h>
#include <string.h>

#include "bug.h"

int main(void)
{
    char *password = malloc(32);
    strcpy(password, "........secret");
    free(password);
    char *line = malloc(32);
    ABOUT_TO("read memory from malloc that was never written");
    SURVIVED("it reads \"%s\"", line + 8); // BUG: nothing was stored there
    return 0;
}
