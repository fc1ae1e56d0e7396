/* SPDX-License-Identifier: MIT */
/* Process A of OSTEP 13.2 (figure 13.2: three processes share 512 KB): the smallest of the three.
 */
#include "letter.h"

int main(int argc, char **argv)
{
    static const struct letter letter = {.name = 'A', .heap_bytes = 8 * 1024, .frames = 4};
    return letter_main(&letter, argc, argv);
}
