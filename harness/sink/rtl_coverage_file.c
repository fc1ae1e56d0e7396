/* SPDX-License-Identifier: MIT */
/* Reading what Verilator has written, or anybody else. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sink/rtl_coverage.h"

static const char header[] = "# SystemC::Coverage-3";

enum { KEY = '\001', VALUE = '\002' };

/* A line of the file that tells of a point. */
struct entry {
    char *keys;    /* all of them and their values: what names the point */
    unsigned line; /* in the file, from 1 */
    uint64_t count;
};

/* A file that is being read. */
struct reader {
    const char *name;
    char *text; /* all of it, and '\0' */
    size_t size;
    struct entry *entries;
    size_t entry_count, capacity;
    uint64_t lines_run; /* of the points so far */
    struct error *error;
};

static bool refuse(const struct reader *reader, unsigned line, const char *what)
{
    return error_set(reader->error, "%s:%u: damaged coverage: %s", reader->name, line, what);
}

/* --- numbers --- */

/* Decimal digits, and moves behind them. False where there are none, or too many. */
static bool take_number(const char **text, uint64_t *value)
{
    const char *const begin = *text;

    for (*value = 0; **text >= '0' && **text <= '9'; (*text)++) {
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, (uint64_t)(**text - '0'), value)) {
            return false;
        }
    }
    return *text > begin;
}

static bool parse_number(const char *text, uint64_t max, uint64_t *value)
{
    return take_number(&text, value) && *text == '\0' && *value <= max;
}

static bool take_line(const char **text, unsigned *line)
{
    uint64_t value;

    if (!take_number(text, &value) || value < 1 || value > RTL_COVERAGE_MAX_LINE) {
        return false;
    }
    *line = (unsigned)value;
    return true;
}

bool rtl_lines_next(const char **lines, unsigned *first, unsigned *last)
{
    if (!take_line(lines, first)) {
        return false;
    }
    *last = *first;
    if (**lines == '-') {
        (*lines)++;
        if (!take_line(lines, last) || *last < *first) {
            return false;
        }
    }
    if (**lines == ',') {
        (*lines)++;
        return **lines != '\0';
    }
    return **lines == '\0';
}

/* --- the lines of the file --- */

static bool make_room(struct reader *reader)
{
    if (reader->entry_count == reader->capacity) {
        const size_t capacity = reader->capacity * 2 + 1024;
        struct entry *const entries =
            reallocarray(reader->entries, capacity, sizeof(*reader->entries));

        if (entries == NULL) {
            error_set(reader->error, "%s: out of memory", reader->name);
            return false;
        }
        reader->entries = entries;
        reader->capacity = capacity;
    }
    return true;
}

/* C 'KEYS' COUNT, where the keys may have apostrophes in them. */
static bool take_entry(struct reader *reader, char *text, unsigned line)
{
    char *const end = strrchr(text, '\'');
    struct entry *entry;
    uint64_t count;

    if (strncmp(text, "C '", 3) != 0 || end < text + 3) {
        return refuse(reader, line, "expected C 'POINT' COUNT");
    }
    if (end[1] != ' ' || !parse_number(end + 2, UINT64_MAX, &count)) {
        return refuse(reader, line, "expected a count behind the point");
    }
    *end = '\0';
    if (!make_room(reader)) {
        return false;
    }
    entry = &reader->entries[reader->entry_count++];
    *entry = (struct entry){.keys = text + 3, .line = line, .count = count};
    return true;
}

static bool take_lines(struct reader *reader, bool is_ended)
{
    char *text = reader->text;
    bool has_end = false;
    unsigned line = 1;

    for (; text < reader->text + reader->size; line++) {
        char *const end = memchr(text, '\n', reader->size - (size_t)(text - reader->text));

        if (end == NULL) {
            return refuse(reader, line, "it ends in mid-line");
        }
        *end = '\0';
        if (strlen(text) != (size_t)(end - text)) {
            return refuse(reader, line, "found a byte 0");
        }
        if (line == 1) {
            if (strcmp(text, header) != 0) {
                return refuse(reader, line, "expected `# SystemC::Coverage-3`");
            }
        } else if (has_end) {
            return refuse(reader, line, "found a line behind its end");
        } else if (strcmp(text, RTL_COVERAGE_END) == 0) {
            has_end = true;
        } else if (!take_entry(reader, text, line)) {
            return false;
        }
        text = end + 1;
    }
    if (line == 1) {
        return refuse(reader, line, "it is empty, expected `# SystemC::Coverage-3`");
    }
    return has_end || !is_ended ||
           refuse(reader, line, "expected `" RTL_COVERAGE_END "`: it was cut off");
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *const one = a, *const other = b;
    const int order = strcmp(one->keys, other->keys);

    return order != 0 ? order : (one->line > other->line) - (one->line < other->line);
}

static bool is_each_once(struct reader *reader)
{
    if (reader->entry_count > 0) {
        qsort(reader->entries, reader->entry_count, sizeof(*reader->entries), compare_entries);
    }
    for (size_t i = 1; i < reader->entry_count; i++) {
        const struct entry *const before = &reader->entries[i - 1], *const entry = before + 1;

        if (strcmp(before->keys, entry->keys) == 0) {
            char what[64];

            snprintf(what, sizeof(what), "the same point as in line %u", before->line);
            return refuse(reader, entry->line, what);
        }
    }
    return true;
}

/* --- a point --- */

static int digit_of(char character)
{
    if (character >= '0' && character <= '9') {
        return character - '0';
    }
    return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}

/* Puts the bytes in place of their %XX, and %FFFFFFXX where there was a sign: that is how Verilator
 * prints a byte above 127. False for anything else, and for control characters. */
static bool decode(char *value)
{
    static const char sign[] = "FFFFFF";
    char *to = value;

    for (const char *from = value; *from != '\0'; from++) {
        char character = *from;

        if (character == '%') {
            if (strncmp(from + 1, sign, sizeof(sign) - 1) == 0) {
                from += sizeof(sign) - 1;
            }
            if (digit_of(from[1]) < 0 || digit_of(from[2]) < 0) {
                return false;
            }
            character = (char)(digit_of(from[1]) << 4 | digit_of(from[2]));
            from += 2;
        }
        if ((unsigned char)character < ' ' || character == 0x7F) {
            return false;
        }
        *to++ = character;
    }
    *to = '\0';
    return true;
}

/* The values of the keys that matter; NULL where they are not there. */
enum { KEY_FILE, KEY_LINE, KEY_COLUMN, KEY_PAGE, KEY_NAME, KEY_LINES, KEYS };
static const char *const key_names[KEYS] = {"f", "l", "n", "page", "o", "S"};

static bool split(const struct reader *reader, const struct entry *entry, char *values[KEYS])
{
    static const char separator[] = {KEY, '\0'};
    char *rest = entry->keys;

    if (*rest++ != KEY) {
        return refuse(reader, entry->line, "expected keys and values");
    }
    while (rest != NULL) {
        char *const key = strsep(&rest, separator);
        char *const value = strchr(key, VALUE);

        if (value == NULL || value == key) {
            return refuse(reader, entry->line, "found a key without a value");
        }
        *value = '\0';
        for (unsigned i = 0; i < KEYS; i++) {
            if (strcmp(key_names[i], key) == 0) {
                if (values[i] != NULL) {
                    return refuse(reader, entry->line, "found a key twice");
                }
                values[i] = value + 1;
            }
        }
    }
    return true;
}

/* Checks the list of lines that a point runs. */
static bool check_lines(struct reader *reader, const struct entry *entry, const char *lines)
{
    while (*lines != '\0') {
        unsigned first, last;

        if (!rtl_lines_next(&lines, &first, &last)) {
            return refuse(reader, entry->line, "expected line numbers, such as 18-20,23");
        }
        reader->lines_run += last - first + 1;
    }
    return reader->lines_run <= RTL_COVERAGE_MAX_LINES_RUN ||
           refuse(reader, entry->line, "its points run more lines than any RTL has");
}

static bool copy_texts(struct rtl_point *point, char *const values[KEYS])
{
    const char *const name = values[KEY_NAME], *const lines = values[KEY_LINES];
    const size_t file_size = strlen(values[KEY_FILE]) + 1, name_size = strlen(name) + 1;

    point->text = malloc(file_size + name_size + strlen(lines) + 1);
    if (point->text == NULL) {
        return false;
    }
    point->file = strcpy(point->text, values[KEY_FILE]);
    point->name = strcpy(point->text + file_size, name);
    point->lines = strcpy(point->text + file_size + name_size, lines);
    return true;
}

/* By the page that Verilator would show it on, "v_toggle/MODULE". */
static enum rtl_point_kind kind_of(const char *page)
{
    static const char toggle[] = "v_toggle/", branch[] = "v_branch/";

    if (strncmp(page, toggle, sizeof(toggle) - 1) == 0) {
        return RTL_POINT_TOGGLE;
    }
    return strncmp(page, branch, sizeof(branch) - 1) == 0 ? RTL_POINT_BRANCH : RTL_POINT_LINES;
}

/* Takes the entry's text apart, in its place. point->text is the caller's to free. */
static bool make_point(struct reader *reader, const struct entry *entry, struct rtl_point *point)
{
    static char nothing[] = "", zero[] = "0";
    char *values[KEYS] = {NULL};
    uint64_t line, column;

    if (!split(reader, entry, values)) {
        return false;
    }
    if (values[KEY_FILE] == NULL || values[KEY_LINE] == NULL || values[KEY_PAGE] == NULL) {
        return refuse(reader, entry->line, "expected the keys f, l and page");
    }
    values[KEY_COLUMN] = values[KEY_COLUMN] != NULL ? values[KEY_COLUMN] : zero;
    values[KEY_NAME] = values[KEY_NAME] != NULL ? values[KEY_NAME] : nothing;
    values[KEY_LINES] = values[KEY_LINES] != NULL ? values[KEY_LINES] : nothing;
    if (!parse_number(values[KEY_LINE], RTL_COVERAGE_MAX_LINE, &line) || line == 0 ||
        !parse_number(values[KEY_COLUMN], INT32_MAX, &column)) {
        return refuse(reader, entry->line, "expected numbers in l and n");
    }
    if (!decode(values[KEY_FILE]) || values[KEY_FILE][0] == '\0' || !decode(values[KEY_NAME])) {
        return refuse(reader, entry->line, "expected names in f and o");
    }
    *point = (struct rtl_point){
        .kind = kind_of(values[KEY_PAGE]),
        .line = (unsigned)line,
        .column = (unsigned)column,
        .count = entry->count,
    };
    return check_lines(reader, entry, values[KEY_LINES]) &&
           (copy_texts(point, values) ||
            error_set(reader->error, "%s: out of memory", reader->name));
}

static bool make_points(struct reader *reader, struct rtl_coverage *part)
{
    part->points = calloc(reader->entry_count + 1, sizeof(*part->points));
    if (part->points == NULL) {
        return error_set(reader->error, "%s: out of memory", reader->name);
    }
    for (; part->count < reader->entry_count; part->count++) {
        if (!make_point(reader, &reader->entries[part->count], &part->points[part->count])) {
            return false;
        }
    }
    return true;
}

/* --- the file --- */

static bool read_text(struct reader *reader, int fd)
{
    struct stat status;
    ssize_t count;

    if (fstat(fd, &status) != 0) {
        return error_set(reader->error, "%s: %s", reader->name, strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return error_set(reader->error, "%s: not a file", reader->name);
    }
    if (status.st_size > RTL_COVERAGE_MAX_BYTES) {
        return error_set(reader->error, "%s: found %lld bytes, expected at most %d", reader->name,
                         (long long)status.st_size, RTL_COVERAGE_MAX_BYTES);
    }
    reader->text = malloc((size_t)status.st_size + 1);
    if (reader->text == NULL) {
        return error_set(reader->error, "%s: out of memory", reader->name);
    }
    while (reader->size < (size_t)status.st_size) {
        count = pread(fd, reader->text + reader->size, (size_t)status.st_size - reader->size,
                      (off_t)reader->size);
        if (count < 0) {
            return error_set(reader->error, "%s: %s", reader->name, strerror(errno));
        }
        if (count == 0) {
            break;
        }
        reader->size += (size_t)count;
    }
    reader->text[reader->size] = '\0';
    return true;
}

bool rtl_coverage_read(struct rtl_coverage *coverage, int fd, const char *name, bool is_ended,
                       struct error *error)
{
    struct reader reader = {.name = name, .error = error};
    struct rtl_coverage part = {0};
    bool is_read = read_text(&reader, fd) && take_lines(&reader, is_ended) &&
                   is_each_once(&reader) && make_points(&reader, &part);

    if (is_read && !rtl_coverage_merge(coverage, &part)) {
        is_read = error_set(error, "%s: out of memory", name);
    }
    rtl_coverage_free(&part);
    free(reader.entries);
    free(reader.text);
    return is_read;
}
