/* SPDX-License-Identifier: MIT */
/* Nothing but switches from process to process: storm [COUNT], a yield each (OSTEP 6.3). */
#include <stdio.h>

#include "arguments.h"
#include "supervisor.h"

int main(int argc, char **argv)
{
    uint32_t count = number_argument(argc, argv, 1, 1000);
    for (uint32_t i = 0; i < count; i++) {
        supervisor_yield();
    }
    printf("storm: %lu yields\n", (unsigned long)count);
    return 0;
}
