/* SPDX-License-Identifier: MIT */
/* A text file line by line, in constant memory, whatever is in it. */
#ifndef SOURCE_LINES_H
#define SOURCE_LINES_H

#include <stdint.h>

#include "base/error.h"

struct lines;

enum lines_result {
    LINES_LINE,
    LINES_END,   /* there are no more */
    LINES_ERROR, /* cannot be read, or is no text: see error */
};

enum { LINES_MAX_BYTES = 1 << 16 }; /* of one line */

/* Opens `path` ("-" is standard input); NULL and an error on failure. */
struct lines *lines_open(const char *path, struct error *error);

/* The next line without its end (LF or CRLF), '\0'-ended, owned by `lines` until the next call,
 * which may be written to. */
enum lines_result lines_next(struct lines *lines, char **line, struct error *error);

/* Sets "FILE:LINE: ..." for the line that was taken last, and returns false. */
bool lines_refuse(const struct lines *lines, struct error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

uint64_t lines_taken(const struct lines *lines);
void lines_close(struct lines *lines);

#endif
