/* SPDX-License-Identifier: MIT */
/* Files that somebody else wrote. */
#ifndef BASE_INPUT_H
#define BASE_INPUT_H

/* Opens a file for reading; -1 with errno where it cannot be. Never waits: a fifo that nobody has
 * open for writing is empty. Reading from it waits as usual. */
int input_open(const char *path);

#endif
