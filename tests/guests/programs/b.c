/* SPDX-License-Identifier: MIT */
/* Process B of OSTEP 13.2 (figure 13.2): like a, with other memory. */
#include "letter.h"

int main(int argc, char **argv)
{
    static const struct letter letter = {.name = 'B', .heap_bytes = 12 * 1024, .frames = 8};
    return letter_main(&letter, argc, argv);
}
