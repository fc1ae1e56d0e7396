/* SPDX-License-Identifier: MIT */
#include "source/csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/input.h"
#include "base/number.h"
#include "segmmu/names.h"

enum {
    BUFFER_BYTES = 1 << 16,
    MAX_LINE_BYTES = 4096,
    MAX_BYTES_VALUE = 31,   /* what the 5 bits of req_bytes_i hold */
    MAX_SEGMENT_VALUE = 15, /* and the 4 of req_segment_i */
};

enum column { VADDR, BYTES, ACCESS, PRIV, SEGMENT, COLUMNS };

static const struct {
    const char *name;
    bool is_required;
    const char *expected;
} columns[COLUMNS] = {
    [VADDR] = {"vaddr", true, "an address (decimal or 0x, then K, M, G or nothing)"},
    [BYTES] = {"bytes", true, "a number from 0 to 31"},
    [ACCESS] = {"access", true, "read, write or execute"},
    [PRIV] = {"priv", false, "0 or 1"},
    [SEGMENT] = {"segment", false, "a number from 0 to 15"},
};

struct csv_reader {
    int descriptor;
    bool is_at_end; /* of the file; the buffer may hold more */
    const char *name;
    const struct mmu_request *defaults;
    uint64_t line_number; /* of the line that was taken last, from 1: the header */
    unsigned column_count;
    enum column column[COLUMNS]; /* by position in a row */
    size_t first, end;           /* what is left is buffer[first, end) */
    char buffer[BUFFER_BYTES];
};

/* --- lines --- */

__attribute__((format(printf, 3, 4))) static bool
refuse(const struct csv_reader *reader, struct error *error, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (reader->line_number <= 1) {
        return error_set(error, "%s:1: header: %s", reader->name, text);
    }
    return error_set(error, "%s:%" PRIu64 ": row %" PRIu64 ": %s", reader->name,
                     reader->line_number, reader->line_number - 1, text);
}

/* Reads once more behind what is left. */
static bool refill(struct csv_reader *reader, struct error *error)
{
    memmove(reader->buffer, reader->buffer + reader->first, reader->end - reader->first);
    reader->end -= reader->first;
    reader->first = 0;
    for (;;) {
        ssize_t count =
            read(reader->descriptor, reader->buffer + reader->end, BUFFER_BYTES - reader->end);
        if (count >= 0) {
            reader->end += (size_t)count;
            reader->is_at_end = count == 0;
            return true;
        }
        if (errno != EINTR) {
            return error_set(error, "%s: %s", reader->name, strerror(errno));
        }
    }
}

/* The end of the next line in the buffer, NULL where it is not there yet. Looks no further than a
 * line may reach. */
static char *line_end(const struct csv_reader *reader)
{
    const char *start = reader->buffer + reader->first;
    size_t length = reader->end - reader->first;
    return memchr(start, '\n', length < MAX_LINE_BYTES + 1 ? length : MAX_LINE_BYTES + 1);
}

/* The next line without its end, '\0'-ended, in place. */
static enum csv_result take_line(struct csv_reader *reader, char **line, struct error *error)
{
    char *end;
    while (!(end = line_end(reader)) && reader->end - reader->first <= MAX_LINE_BYTES &&
           !reader->is_at_end) {
        if (!refill(reader, error)) {
            return CSV_ERROR;
        }
    }
    if (!end && reader->first == reader->end) {
        return CSV_END;
    }
    reader->line_number++;
    if (!end && reader->end - reader->first > MAX_LINE_BYTES) {
        refuse(reader, error, "longer than %d bytes", MAX_LINE_BYTES);
        return CSV_ERROR;
    }
    *line = reader->buffer + reader->first;
    size_t length = (end ? (size_t)(end - reader->buffer) : reader->end) - reader->first;
    if (memchr(*line, '\0', length)) {
        refuse(reader, error, "found a NUL byte, expected text");
        return CSV_ERROR;
    }
    reader->first += length + (end ? 1 : 0);
    if (length > 0 && (*line)[length - 1] == '\r') {
        length--;
    }
    (*line)[length] = '\0'; /* over the line's end, or behind the file's: the buffer is not full */
    if (memchr(*line, '"', length)) {
        refuse(reader, error, "found a quote, expected plain fields");
        return CSV_ERROR;
    }
    return CSV_ROW;
}

/* Cuts the next field off *rest, which becomes NULL after the last. */
static char *take_field(char **rest)
{
    char *field = *rest;
    char *comma = strchr(field, ',');
    if (comma) {
        *comma = '\0';
    }
    *rest = comma ? comma + 1 : NULL;
    return field;
}

/* --- header --- */

static bool read_column(struct csv_reader *reader, const char *name, struct error *error)
{
    enum column column = 0;
    while (column < COLUMNS && strcmp(columns[column].name, name) != 0) {
        column++;
    }
    if (column == COLUMNS) {
        return refuse(reader, error,
                      "found the column `%.40s`, expected vaddr, bytes, access, priv or segment",
                      name);
    }
    for (unsigned i = 0; i < reader->column_count; i++) {
        if (reader->column[i] == column) {
            return refuse(reader, error, "found the column `%s` again, expected it once", name);
        }
    }
    reader->column[reader->column_count++] = column;
    return true;
}

static bool has_column(const struct csv_reader *reader, enum column column)
{
    for (unsigned i = 0; i < reader->column_count; i++) {
        if (reader->column[i] == column) {
            return true;
        }
    }
    return false;
}

static bool read_header(struct csv_reader *reader, struct error *error)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF"; /* as some spreadsheets write it */
    char *rest;
    enum csv_result result = take_line(reader, &rest, error);
    if (result == CSV_END) {
        return error_set(error,
                         "%s:1: found an empty file, expected the header "
                         "vaddr,bytes,access",
                         reader->name);
    }
    if (result == CSV_ERROR) {
        return false;
    }
    if (strncmp(rest, byte_order_mark, sizeof(byte_order_mark) - 1) == 0) {
        rest += sizeof(byte_order_mark) - 1;
    }
    while (rest) {
        if (!read_column(reader, take_field(&rest), error)) {
            return false;
        }
    }
    for (enum column column = 0; column < COLUMNS; column++) {
        if (columns[column].is_required && !has_column(reader, column)) {
            return refuse(reader, error, "the column `%s` is missing", columns[column].name);
        }
    }
    return true;
}

/* --- rows --- */

static bool read_small(const char *field, uint64_t max, uint8_t *value)
{
    uint64_t number;
    if (!number_parse(field, &number) || number > max) {
        return false;
    }
    *value = (uint8_t)number;
    return true;
}

static bool read_value(enum column column, const char *field, struct mmu_request *request)
{
    int access;
    switch (column) {
    case VADDR:
        return number_parse(field, &request->addr);
    case BYTES:
        return read_small(field, MAX_BYTES_VALUE, &request->bytes);
    case ACCESS:
        access = mmu_access_code(field);
        request->access = (uint8_t)access;
        return access >= 0;
    case PRIV:
        return read_small(field, 1, &request->priv);
    case SEGMENT:
        return read_small(field, MAX_SEGMENT_VALUE, &request->segment);
    case COLUMNS:
        break;
    }
    return false;
}

enum csv_result csv_next(struct csv_reader *reader, struct mmu_request *request,
                         struct error *error)
{
    char *rest;
    enum csv_result result = take_line(reader, &rest, error);
    if (result != CSV_ROW) {
        return result;
    }
    *request = *reader->defaults;
    for (unsigned i = 0; i < reader->column_count; i++) {
        enum column column = reader->column[i];
        if (!rest) {
            refuse(reader, error, "column %s: found the end of the row, expected %s",
                   columns[column].name, columns[column].expected);
            return CSV_ERROR;
        }
        const char *field = take_field(&rest);
        if (!read_value(column, field, request)) {
            refuse(reader, error, "column %s: found `%.40s`, expected %s", columns[column].name,
                   field, columns[column].expected);
            return CSV_ERROR;
        }
    }
    if (rest) {
        refuse(reader, error, "found more than %u fields: `%.40s`", reader->column_count, rest);
        return CSV_ERROR;
    }
    return CSV_ROW;
}

bool csv_may_wait(const struct csv_reader *reader)
{
    return !reader->is_at_end && !line_end(reader);
}

struct csv_reader *csv_open(const char *path, const struct mmu_request *defaults,
                            struct error *error)
{
    const bool is_standard_input = strcmp(path, "-") == 0;
    struct csv_reader *reader = calloc(1, sizeof(*reader));
    if (!reader) {
        error_set(error, "%s: out of memory", path);
        return NULL;
    }
    reader->name = is_standard_input ? "standard input" : path;
    reader->defaults = defaults;
    reader->descriptor = is_standard_input ? STDIN_FILENO : input_open(path);
    if (reader->descriptor < 0) {
        error_set(error, "%s: %s", path, strerror(errno));
        free(reader);
        return NULL;
    }
    if (!read_header(reader, error)) {
        csv_close(reader);
        return NULL;
    }
    return reader;
}

void csv_close(struct csv_reader *reader)
{
    if (reader->descriptor != STDIN_FILENO) {
        close(reader->descriptor);
    }
    free(reader);
}
