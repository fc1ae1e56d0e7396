/* SPDX-License-Identifier: MIT */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Copies `text`, with control characters as \xNN. */
static void copy_printable(char *out, size_t size, const char *text)
{
    size_t used = 0;

    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        const bool is_control = c < 0x20 || c == 0x7F;
        const size_t needed = is_control ? 4 : 1;

        if (used + needed >= size) {
            break;
        }
        if (is_control) {
            snprintf(out + used, needed + 1, "\\x%02x", c);
        } else {
            out[used] = (char)c;
        }
        used += needed;
    }
    out[used] = '\0';
}

bool error_set(struct error *error, const char *format, ...)
{
    if (error != NULL) {
        char text[sizeof(error->text)];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        copy_printable(error->text, sizeof(error->text), text);
    }
    return false;
}
