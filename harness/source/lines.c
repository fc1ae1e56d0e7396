/* SPDX-License-Identifier: MIT */
#include "source/lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/input.h"

enum { BUFFER_BYTES = 4 * LINES_MAX_BYTES };

struct lines {
    int descriptor;
    bool is_at_end; /* of the file; the buffer may hold more */
    const char *name;
    uint64_t taken;
    size_t first, end;             /* what is left is buffer[first, end) */
    char buffer[BUFFER_BYTES + 1]; /* a '\0' fits behind the last line */
};

bool lines_refuse(const struct lines *lines, struct error *error, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return error_set(error, "%s:%" PRIu64 ": %s", lines->name, lines->taken, text);
}

struct lines *lines_open(const char *path, struct error *error)
{
    const bool is_standard_input = strcmp(path, "-") == 0;
    struct lines *const lines = malloc(sizeof(*lines));

    if (lines == NULL) {
        error_set(error, "%s: out of memory", path);
        return NULL;
    }
    lines->is_at_end = false;
    lines->taken = lines->first = lines->end = 0;
    lines->name = is_standard_input ? "standard input" : path;
    lines->descriptor = is_standard_input ? STDIN_FILENO : input_open(path);
    if (lines->descriptor < 0) {
        error_set(error, "%s: %s", path, strerror(errno));
        free(lines);
        return NULL;
    }
    return lines;
}

/* Reads once more behind what is left. */
static bool refill(struct lines *lines, struct error *error)
{
    ssize_t count;

    memmove(lines->buffer, lines->buffer + lines->first, lines->end - lines->first);
    lines->end -= lines->first;
    lines->first = 0;
    do {
        count = read(lines->descriptor, lines->buffer + lines->end, BUFFER_BYTES - lines->end);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return error_set(error, "%s: %s", lines->name, strerror(errno));
    }
    lines->end += (size_t)count;
    lines->is_at_end = count == 0;
    return true;
}

enum lines_result lines_next(struct lines *lines, char **line, struct error *error)
{
    char *end;
    size_t length;

    for (;;) {
        const size_t left = lines->end - lines->first;

        end = memchr(lines->buffer + lines->first, '\n', left);
        if (end != NULL || left > LINES_MAX_BYTES || lines->is_at_end) {
            break;
        }
        if (!refill(lines, error)) {
            return LINES_ERROR;
        }
    }
    if (end == NULL && lines->first == lines->end) {
        return LINES_END;
    }
    *line = lines->buffer + lines->first;
    length = (end != NULL ? (size_t)(end - lines->buffer) : lines->end) - lines->first;
    lines->taken++;
    if (length > LINES_MAX_BYTES) {
        lines_refuse(lines, error, "found a line longer than %d bytes", LINES_MAX_BYTES);
        return LINES_ERROR;
    }
    lines->first += length + (end != NULL);
    if (memchr(*line, '\0', length) != NULL) {
        lines_refuse(lines, error, "found a NUL byte, expected text");
        return LINES_ERROR;
    }
    if (length > 0 && (*line)[length - 1] == '\r') {
        length--;
    }
    (*line)[length] = '\0';
    return LINES_LINE;
}

uint64_t lines_taken(const struct lines *lines)
{
    return lines->taken;
}

void lines_close(struct lines *lines)
{
    if (lines->descriptor != STDIN_FILENO) {
        close(lines->descriptor);
    }
    free(lines);
}
