/* SPDX-License-Identifier: MIT */
/* The directory that a worker in the sandbox writes to. What it leaves there was the RTL's to write
 * as well, so it is looked at before it goes where the user wants it; the user's own directory the
 * RTL never sees. */
#ifndef CLI_CHECK_SCRATCH_H
#define CLI_CHECK_SCRATCH_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

/* A new directory for temporary files, malloc'ed; NULL with an error. */
char *check_scratch_make(struct error *error);

/* Copies the files of a check to `directory` (NULL: the current one) and removes it all. False with
 * an error where something cannot be copied. */
bool check_scratch_end(const char *scratch, const char *directory, struct error *error);

/* Its parts, for who gives the files names of his own: copies one file to `path`, unless it is not
 * there or no file; removes it all. */
bool check_scratch_copy(const char *scratch, const char *name, const char *path,
                        struct error *error);
void check_scratch_remove(const char *scratch);

/* Puts the place where the files go in place of the scratch directory, in a text (malloc'ed; the
 * new one comes back, or the old one when memory is short) and in every string of a result. */
char *check_scratch_rename(char *text, const char *scratch, const char *directory);
void check_scratch_rename_all(json_t *value, const char *scratch, const char *directory);

#endif
