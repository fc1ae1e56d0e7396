/* SPDX-License-Identifier: MIT */
/* Process C of OSTEP 13.2 (figure 13.2): like a, the largest of the three. */
#include "letter.h"

int main(int argc, char **argv)
{
    static const struct letter letter = {.name = 'C', .heap_bytes = 20 * 1024, .frames = 16};
    return letter_main(&letter, argc, argv);
}
