/* SPDX-License-Identifier: MIT */
/* What every bug program does: say what it is about to do, do it, and say what came of it if it is
 * still alive. tests/memory_bugs makes the README's table of these lines and of the exit status. */
#ifndef BUG_H
#define BUG_H

#include <stdio.h>

#define ABOUT_TO(...) (printf("about to "), printf(__VA_ARGS__), printf("\n"))
#define SURVIVED(...) (printf("survived: "), printf(__VA_ARGS__), printf("\n"))

/* Fetches after this see the stores before it. */
static inline void make_stores_visible_to_fetches(void)
{
    __asm__ volatile(".option push\n\t"
                     ".option arch, +zifencei\n\t"
                     "fence.i\n\t"
                     ".option pop"
                     :
                     :
                     : "memory");
}

#endif
