/* SPDX-License-Identifier: MIT */
/* Errors are values: one line of text that names the place, what was found and what was expected.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

struct error {
    char text[1024]; /* without a newline; empty when there is none */
};

/* Sets the text (cut off where it does not fit, control characters shown as \xNN, so that hostile
 * file names cannot write to a terminal) and returns false, so that a function can
 * `return error_set(error, "%s: ...", path)`. `error` may be NULL. */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
