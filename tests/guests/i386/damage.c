/* SPDX-License-Identifier: MIT */
/* Does to a file what a failing disk does: damage FILE [cut]
 * Every byte of the first 64 KB becomes 0xFF; or, with the argument, the file is cut off at once.
 */
#include "start.h"

enum { FILE_BYTES = 64 * 1024, PIECE_BYTES = 4096, OPEN_READ_WRITE = 2 };

static uint8_t piece[PIECE_BYTES];

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print("usage: damage FILE [cut]\n");
        return 2;
    }
    int32_t fd = linux_call(LINUX_OPEN, (uint32_t)argv[1], OPEN_READ_WRITE, 0);
    if (fd < 0) {
        fail("open", fd);
    }
    if (argc > 2) {
        int32_t answer = linux_call(LINUX_FTRUNCATE, (uint32_t)fd, 0, 0);
        if (answer < 0) {
            fail("ftruncate", answer);
        }
        print("damage: cut off\n");
        return 0;
    }
    for (uint32_t i = 0; i < PIECE_BYTES; i++) {
        piece[i] = 0xFF;
    }
    for (uint32_t done = 0; done < FILE_BYTES; done += PIECE_BYTES) {
        int32_t answer = linux_call(LINUX_WRITE, (uint32_t)fd, (uint32_t)piece, PIECE_BYTES);
        if (answer != PIECE_BYTES) {
            fail("write", answer);
        }
    }
    print("damage: written over\n");
    return 0;
}
