/* SPDX-License-Identifier: MIT */
/* Starts other processes (OSTEP 5, the process API): spawner [COUNT [PROGRAM [ARGUMENT...]]]
 * Without a program it starts itself, with a COUNT of 0. */
#include <stdio.h>

#include "arguments.h"
#include "supervisor.h"

int main(int argc, char **argv)
{
    static const char *const itself[] = {"spawner", "0", NULL};
    const char *program = argc > 2 ? argv[2] : NULL;
    const char *const *arguments = argc > 2 ? (const char *const *)argv + 2 : itself;
    uint32_t count = number_argument(argc, argv, 1, 3);
    uint32_t started = 0;
    for (uint32_t i = 0; i < count; i++) {
        started += supervisor_spawn(program, arguments) != SUPERVISOR_FAILED;
        supervisor_yield();
    }
    printf("spawner: %lu of %lu started\n", (unsigned long)started, (unsigned long)count);
    return started == count ? 0 : 1;
}
