/* SPDX-License-Identifier: MIT */
/* A growing list of strings: the arguments of a command, the files of a build. */
#ifndef LOCKSTEP_DUT_STRINGS_H
#define LOCKSTEP_DUT_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is the empty list. */
struct strings {
    char **items; /* ends with NULL unless the list is empty */
    size_t count;
    bool is_short; /* memory ran out: at least one string is missing */
};

void strings_add(struct strings *strings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void strings_add_all(struct strings *strings, const char *const *items); /* up to NULL; or NULL */

/* Adds directory/NAME for each NAME in the directory that ends in `suffix`, in the order of strcmp.
 * False with errno where the directory cannot be read. */
bool strings_add_files(struct strings *strings, const char *directory, const char *suffix);

void strings_free(struct strings *strings);

/* printf into new memory; NULL where there is none. */
char *string_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

bool string_ends_with(const char *text, const char *suffix);

#endif
