/* SPDX-License-Identifier: MIT */
#include "lockstep/dut_strings.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_owned(struct strings *strings, char *text)
{
    char **items = text ? realloc(strings->items, (strings->count + 2) * sizeof *items) : NULL;
    if (!items) {
        strings->is_short = true;
        free(text);
        return;
    }
    strings->items = items;
    items[strings->count++] = text;
    items[strings->count] = NULL;
}

static char *format_list(const char *format, va_list arguments)
{
    char *text;
    return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

char *string_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = format_list(format, arguments);
    va_end(arguments);
    return text;
}

void strings_add(struct strings *strings, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_owned(strings, format_list(format, arguments));
    va_end(arguments);
}

void strings_add_all(struct strings *strings, const char *const *items)
{
    for (; items && *items; items++)
        add_owned(strings, strdup(*items));
}

bool strings_add_files(struct strings *strings, const char *directory, const char *suffix)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, NULL, NULL);
    if (count < 0)
        return false;
    size_t first = strings->count;
    for (int i = 0; i < count; i++) {
        if (string_ends_with(entries[i]->d_name, suffix))
            strings_add(strings, "%s/%s", directory, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    /* Not alphasort: the order must not depend on the locale. */
    for (size_t i = first + 1; i < strings->count; i++) {
        for (size_t j = i; j > first && strcmp(strings->items[j - 1], strings->items[j]) > 0; j--) {
            char *later = strings->items[j - 1];
            strings->items[j - 1] = strings->items[j];
            strings->items[j] = later;
        }
    }
    return true;
}

void strings_free(struct strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        free(strings->items[i]);
    free(strings->items);
    *strings = (struct strings){0};
}

bool string_ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text), suffix_length = strlen(suffix);
    return length >= suffix_length && strcmp(text + length - suffix_length, suffix) == 0;
}
