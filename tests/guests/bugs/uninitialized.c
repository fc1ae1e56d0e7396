/* SPDX-License-Identifier: MIT */
/* OSTEP 14.4, forgetting to initialize allocated memory. picolibc's malloc clears what it gives; a
 * local array it cannot clear, and that still holds what an earlier function left there. */
#include <stdlib.h>
#include <string.h>

#include "bug.h"

__attribute__((noinline)) static void handle_password(void)
{
    char password[32];
    memset(password, '.', sizeof password);
    strcpy(password + 16, "secret");
    __asm__ volatile("" : : "r"(password) : "memory");
}

__attribute__((noinline)) static void read_uninitialized(const char *from_malloc)
{
    char local[32]; /* BUG: neither this nor what malloc gave was ever written */
    __asm__ volatile("" : "=m"(local));
    SURVIVED("malloc's block reads \"%.6s\", a local array \"%.6s\"", from_malloc, local + 16);
}

int main(void)
{
    char *block = malloc(32);
    memset(block, 'x', 32);
    free(block);
    char *again = malloc(32);
    ABOUT_TO("read memory that was never written");
    handle_password();
    read_uninitialized(again + 8);
    return 0;
}
