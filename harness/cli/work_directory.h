/* SPDX-License-Identifier: MIT */
/* The directory that a command works in: the user's, which is kept, or one that goes with it. */
#ifndef CLI_WORK_DIRECTORY_H
#define CLI_WORK_DIRECTORY_H

#include <stdbool.h>

#include "base/error.h"

/* Creates `out`, which must not be there yet or be empty, or a temporary one where it is NULL;
 * `command` is in its name. Absolute, malloc'ed; NULL with an error. */
char *work_directory_make(const char *out, const char *command, struct error *error);

/* Removes it unless it is kept, and frees its path; NULL is none. */
void work_directory_end(char *directory, bool is_kept);

#endif
