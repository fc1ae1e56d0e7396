/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/number.h"

void cli_error(const char *format, ...)
{
    char text[sizeof(((struct error *)0)->text)];
    struct error printable;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    error_set(&printable, "%s", text);
    fprintf(stderr, "segmmu: %s\n", printable.text);
}

bool cli_parse(const struct argp *argp, int argc, char **argv, unsigned flags, void *input)
{
    const error_t failure = argp_parse(argp, argc, argv, flags, NULL, input);

    if (failure != 0) {
        cli_error("cannot parse the command line: %s", strerror(failure));
    }
    return failure == 0;
}

static int failed_write; /* errno; 0: none was noted */

uint64_t cli_number(struct argp_state *state, const char *option, const char *text, uint64_t min,
                    uint64_t max)
{
    uint64_t value = 0;

    if (!number_parse(text, &value) || value < min || value > max) {
        argp_error(state,
                   "%s: found `%s`, expected a number from %" PRIu64 " to %" PRIu64
                   " (decimal or 0x, then K, M, G or nothing)",
                   option, text, min, max);
    }
    return value;
}

bool cli_compares_transactions(struct argp_state *state, const char *text)
{
    const bool is_by_transactions = strcmp(text, "transaction") == 0;

    if (!is_by_transactions && strcmp(text, "cycle") != 0) {
        argp_error(state, "--compare: found `%s`, expected cycle or transaction", text);
    }
    return is_by_transactions;
}

void cli_note_failed_write(void)
{
    failed_write = failed_write != 0 ? failed_write : errno;
}

bool cli_flush(void)
{
    const bool had_failed = ferror(stdout) != 0;

    errno = 0;
    if (fflush(stdout) != 0 || had_failed) {
        cli_note_failed_write();
        cli_error("cannot write to standard output: %s",
                  failed_write != 0 ? strerror(failed_write) : "an earlier write failed");
        clearerr(stdout); /* said once */
        return false;
    }
    return true;
}

bool cli_colour(FILE *stream)
{
    const char *const no_colour = getenv("NO_COLOR");

    return (no_colour == NULL || no_colour[0] == '\0') && isatty(fileno(stream));
}

static bool is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_=+:,./@%";

    return word[0] != '\0' && word[strspn(word, plain)] == '\0';
}

/* JSON takes text alone, and a terminal obeys control characters. */
static bool is_text(const char *word)
{
    json_t *const string = json_string(word);
    const bool is_utf8 = string != NULL;

    json_decref(string);
    while (*word != '\0' && !iscntrl((unsigned char)*word)) {
        word++;
    }
    return is_utf8 && *word == '\0';
}

/* As bash reads it: $'...' with a backslash before what is not plain. */
static char *put_bytes(char *out, const char *word)
{
    out = stpcpy(out, "$'");
    for (; *word != '\0'; word++) {
        const unsigned char byte = (unsigned char)*word;

        if (byte == '\'' || byte == '\\') {
            *out++ = '\\';
            *out++ = *word;
        } else if (isprint(byte) && byte < 0x80) {
            *out++ = *word;
        } else {
            out += sprintf(out, "\\x%02x", byte);
        }
    }
    return stpcpy(out, "'");
}

/* Writes the word, in quotes where a shell would take it apart, and returns its end. */
static char *put_word(char *out, const char *word)
{
    if (is_plain(word)) {
        return stpcpy(out, word);
    }
    if (!is_text(word)) {
        return put_bytes(out, word);
    }
    *out++ = '\'';
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            out = stpcpy(out, "'\\''");
        } else {
            *out++ = *word;
        }
    }
    *out++ = '\'';
    *out = '\0';
    return out;
}

char *cli_command_line(int argc, char **argv)
{
    size_t size = 1;
    char *line, *end;

    for (int i = 0; i < argc; i++) {
        size += 4 * strlen(argv[i]) + 4; /* each byte escaped; $, quotes and a space */
    }
    line = end = malloc(size);
    if (line == NULL) {
        return NULL;
    }
    *end = '\0';
    for (int i = 0; i < argc; i++) {
        if (i > 0) {
            *end++ = ' ';
        }
        /* argv[0] is "segmmu COMMAND". */
        end = i == 0 ? stpcpy(end, argv[0]) : put_word(end, argv[i]);
    }
    return line;
}
