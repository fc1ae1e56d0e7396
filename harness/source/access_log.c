/* SPDX-License-Identifier: MIT */
#include "source/access_log.h"

#include <stdlib.h>
#include <string.h>

#include "source/access_log_text.h"
#include "source/csv.h"

struct access_log {
    enum access_log_format format;
    struct access_text text; /* lackey and Spike */
    struct csv_reader *csv;  /* CSV */
};

int access_log_format_parse(const char *word)
{
    static const char *const names[] = {
#define X(NAME, name, text) [ACCESS_LOG_##NAME] = #name,
        ACCESS_LOG_LIST(X)
#undef X
    };

    for (int format = 0; format < ACCESS_LOG_FORMATS; format++) {
        if (strcmp(names[format], word) == 0) {
            return format;
        }
    }
    return -1;
}

static int digit_value(char digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

bool access_take_hexadecimal(char **text, uint64_t *value, unsigned *digits)
{
    *value = 0;
    *digits = 0;
    for (int digit; (digit = digit_value(**text)) >= 0; (*text)++) {
        if (++*digits > 16) {
            return false;
        }
        *value = *value << 4 | (uint64_t)digit;
    }
    return *digits > 0;
}

struct access_log *access_log_open(const char *path, enum access_log_format format,
                                   struct error *error)
{
    static const struct mmu_request defaults = {0};
    struct access_log *const log = calloc(1, sizeof(*log));

    if (log == NULL) {
        error_set(error, "%s: out of memory", path);
        return NULL;
    }
    log->format = format;
    if (format == ACCESS_LOG_CSV) {
        log->csv = csv_open(path, &defaults, error);
    } else {
        log->text.lines = lines_open(path, error);
    }
    if (log->csv == NULL && log->text.lines == NULL) {
        free(log);
        return NULL;
    }
    return log;
}

static enum access_log_result next_of_csv(struct access_log *log, struct access *access,
                                          struct error *error)
{
    struct mmu_request request;

    switch (csv_next(log->csv, &request, error)) {
    case CSV_ROW:
        break;
    case CSV_END:
        return ACCESS_LOG_END;
    case CSV_ERROR:
        return ACCESS_LOG_ERROR;
    }
    *access = (struct access){
        .vaddr = request.addr,
        .size_bytes = request.bytes,
        .access = request.access,
        .priv = request.priv,
        .segment = request.segment,
    };
    return ACCESS_LOG_ACCESS;
}

enum access_log_result access_log_next(struct access_log *log, struct access *access,
                                       struct error *error)
{
    struct access_text *const text = &log->text;

    if (log->format == ACCESS_LOG_CSV) {
        return next_of_csv(log, access, error);
    }
    for (;;) {
        enum access_log_result result;

        if (text->rest == NULL) {
            switch (lines_next(text->lines, &text->rest, error)) {
            case LINES_LINE:
                break;
            case LINES_END:
                return ACCESS_LOG_END;
            case LINES_ERROR:
                return ACCESS_LOG_ERROR;
            }
        }
        result = log->format == ACCESS_LOG_LACKEY ? access_lackey_next(text, access, error)
                                                  : access_spike_next(text, access, error);
        if (result != ACCESS_LOG_END) {
            return result;
        }
        text->rest = NULL;
    }
}

void access_log_close(struct access_log *log)
{
    if (log->csv != NULL) {
        csv_close(log->csv);
    }
    if (log->text.lines != NULL) {
        lines_close(log->text.lines);
    }
    free(log);
}
