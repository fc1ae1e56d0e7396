/* SPDX-License-Identifier: MIT */
/* Starts itself until that is refused, as a fork bomb does: bomb [GENERATIONS [MOST]]
 * Its children do the same for one generation less; those of the last wait a while, so that they
 * pile up. MOST: how many each starts at the most, where memory never gets short. */
#include <stdio.h>

#include "arguments.h"
#include "supervisor.h"

enum { LAST_GENERATION_YIELDS = 100 };

int main(int argc, char **argv)
{
    uint32_t generations = number_argument(argc, argv, 1, 1);
    uint32_t most = number_argument(argc, argv, 2, 1000);
    char next[12], limit[12];
    const char *const arguments[] = {"bomb", next, limit, NULL};
    uint32_t started = 0;

    if (generations == 0) {
        for (int i = 0; i < LAST_GENERATION_YIELDS; i++) {
            supervisor_yield();
        }
        return 0;
    }
    snprintf(next, sizeof next, "%lu", (unsigned long)generations - 1);
    snprintf(limit, sizeof limit, "%lu", (unsigned long)most);
    while (started < most && supervisor_spawn(NULL, arguments) != SUPERVISOR_FAILED) {
        started++;
    }
    puts(started < most ? "bomb: refused" : "bomb: never refused");
    return 0;
}
