/* SPDX-License-Identifier: MIT */
#include "mutation/mutants.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

/* A line of the list, taken apart; the pieces lie in it. */
struct line {
    const char *path;
    unsigned number;
    char *rest; /* what has not been read of it */
    struct error *error;
};

static bool fail(const struct line *line, const char *found, const char *expected)
{
    return error_set(line->error, "%s:%u: found `%s`, expected %s", line->path, line->number, found,
                     expected);
}

/* The next word, or NULL. */
static char *next_word(struct line *line)
{
    return strsep(&line->rest, " ");
}

static bool take_text(struct line *line, const char *option, char **text)
{
    char *const word = next_word(line);

    if (word == NULL || word[0] == '\0' || *text != NULL) {
        return fail(line, option, "it once, with a value");
    }
    *text = strdup(word);
    return *text != NULL || error_set(line->error, "out of memory");
}

static bool take_number(struct line *line, const char *option, unsigned *number)
{
    char *const word = next_word(line);
    uint64_t value;

    if (word == NULL || !number_parse(word, &value) || value > INT32_MAX) {
        return fail(line, word != NULL ? word : option, "the number of a bit");
    }
    *number = (unsigned)value;
    return true;
}

/* --- where it is in the sources --- */

/* "LINE.COLUMN", and moves *text behind it. */
static bool read_place(char **text, unsigned *line, unsigned *column)
{
    char *end;

    *line = (unsigned)strtoul(*text, &end, 10);
    if (end == *text || *end != '.') {
        return false;
    }
    *text = end + 1;
    *column = (unsigned)strtoul(*text, &end, 10);
    if (end == *text) {
        return false;
    }
    *text = end;
    return true;
}

/* Cuts the text at the end of the file's name. */
static bool read_range(char *text, struct source_range *range)
{
    char *const colon = strrchr(text, ':');
    char *place = colon != NULL ? colon + 1 : NULL;

    *range = (struct source_range){0};
    if (colon == NULL || !read_place(&place, &range->first_line, &range->first_column) ||
        range->first_line == 0 || *place++ != '-' ||
        !read_place(&place, &range->last_line, &range->last_column) || *place != '\0') {
        return false;
    }
    *colon = '\0';
    range->file = text;
    return true;
}

static bool is_narrower(const struct source_range *range, const struct source_range *other)
{
    const unsigned lines = range->last_line - range->first_line;
    const unsigned other_lines = other->last_line - other->first_line;

    if (other->file == NULL || lines != other_lines) {
        return other->file == NULL || lines < other_lines;
    }
    return range->last_column - range->first_column < other->last_column - other->first_column;
}

/* Yosys names most cells after the place of their operator: "$and$FILE:LINE$12". */
static bool is_in_name(const struct source_range *range, const char *cell)
{
    char *const place = string_format("$%s:%u$", range->file, range->first_line);
    const bool is_there = place != NULL && cell != NULL && strstr(cell, place) != NULL;

    free(place);
    return is_there;
}

/* Between the place of the cell itself, those of the instances around it and of the wire that it
 * drives. */
static bool is_better(const struct source_range *range, const struct source_range *other,
                      const char *cell)
{
    if (other->file != NULL && is_in_name(range, cell) != is_in_name(other, cell)) {
        return is_in_name(range, cell);
    }
    return is_narrower(range, other);
}

/* The rest of the line: "RANGE -src RANGE..."; a file's name may have spaces. What is no range is
 * of no use to anybody. */
static bool take_sources(struct line *line, struct mutant *mutant)
{
    static const char separator[] = " -src ";
    struct source_range best = {0};

    while (line->rest != NULL) {
        char *const text = line->rest;
        char *const end = strstr(text, separator);
        struct source_range range;

        line->rest = end != NULL ? end + strlen(separator) : NULL;
        if (end != NULL) {
            *end = '\0';
        }
        if (read_range(text, &range) && is_better(&range, &best, mutant->cell)) {
            best = range;
        }
    }
    mutant->source = best;
    if (best.file != NULL) {
        mutant->source.file = strdup(best.file);
    }
    return best.file == NULL || mutant->source.file != NULL ||
           error_set(line->error, "out of memory");
}

/* --- a line --- */

static bool is_mode(const char *mode)
{
    static const char *const modes[] = {"inv", "const0", "const1", "cnot0", "cnot1"};

    for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(mode, modes[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool take_option(struct line *line, const char *option, struct mutant *mutant)
{
    if (strcmp(option, "-mode") == 0) {
        return take_text(line, option, &mutant->mode);
    }
    if (strcmp(option, "-module") == 0) {
        return take_text(line, option, &mutant->module);
    }
    if (strcmp(option, "-cell") == 0) {
        return take_text(line, option, &mutant->cell);
    }
    if (strcmp(option, "-port") == 0) {
        return take_text(line, option, &mutant->port);
    }
    if (strcmp(option, "-portbit") == 0) {
        return take_number(line, option, &mutant->port_bit);
    }
    if (strcmp(option, "-ctrlbit") == 0) {
        mutant->has_control_bit = true;
        return take_number(line, option, &mutant->control_bit);
    }
    if (strcmp(option, "-wire") == 0) {
        return take_text(line, option, &mutant->wire);
    }
    if (strcmp(option, "-wirebit") == 0) {
        return take_number(line, option, &mutant->wire_bit);
    }
    if (strcmp(option, "-src") == 0) {
        return take_sources(line, mutant);
    }
    return fail(line, option, "an option of `mutate`");
}

static bool read_line(struct line *line, struct mutant *mutant)
{
    char *word = next_word(line);

    *mutant = (struct mutant){0};
    if (word == NULL || strcmp(word, "mutate") != 0) {
        return fail(line, word, "mutate");
    }
    while ((word = next_word(line)) != NULL) {
        if (!take_option(line, word, mutant)) {
            return false;
        }
    }
    if (mutant->mode == NULL || mutant->module == NULL || mutant->cell == NULL ||
        mutant->port == NULL) {
        return fail(line, "mutate", "-mode, -module, -cell and -port with it");
    }
    return is_mode(mutant->mode) || fail(line, mutant->mode, "inv, const0, const1, cnot0 or cnot1");
}

static void free_mutant(struct mutant *mutant)
{
    free(mutant->mode);
    free(mutant->module);
    free(mutant->cell);
    free(mutant->port);
    free(mutant->wire);
    free(mutant->source.file);
}

/* --- the list --- */

static bool make_room(struct mutants *mutants, size_t *capacity)
{
    if (mutants->count == *capacity) {
        const size_t larger = *capacity * 2 + 64;
        struct mutant *const items = reallocarray(mutants->items, larger, sizeof(*items));

        if (items == NULL) {
            return false;
        }
        mutants->items = items;
        *capacity = larger;
    }
    return true;
}

bool mutants_read(struct mutants *mutants, FILE *list, const char *path, struct error *error)
{
    struct line line = {.path = path, .error = error};
    char *text = NULL;
    size_t size = 0, capacity = 0;
    ssize_t length;
    bool is_read = true;

    *mutants = (struct mutants){0};
    while (is_read && (length = getline(&text, &size, list)) > 0) {
        text[strcspn(text, "\n")] = '\0';
        line.number++;
        line.rest = text;
        is_read = make_room(mutants, &capacity) || error_set(error, "out of memory");
        if (is_read) {
            is_read = read_line(&line, &mutants->items[mutants->count++]);
        }
    }
    if (is_read && ferror(list)) {
        is_read = error_set(error, "%s: cannot be read: %s", path, strerror(errno));
    }
    free(text);
    return is_read;
}

void mutants_free(struct mutants *mutants)
{
    for (size_t i = 0; i < mutants->count; i++) {
        free_mutant(&mutants->items[i]);
    }
    free(mutants->items);
    *mutants = (struct mutants){0};
}

void mutants_keep(struct mutants *mutants, bool (*is_wanted)(const struct mutant *, void *),
                  void *context)
{
    size_t kept = 0;

    for (size_t i = 0; i < mutants->count; i++) {
        if (is_wanted(&mutants->items[i], context)) {
            mutants->items[kept++] = mutants->items[i];
        } else {
            free_mutant(&mutants->items[i]);
        }
    }
    mutants->count = kept;
}

void mutants_thin(struct mutants *mutants, size_t count)
{
    const size_t all = mutants->count;
    size_t kept = 0;

    if (count >= all) {
        return;
    }
    for (size_t i = 0; i < all; i++) {
        /* Whole numbers that i * count / all steps over are count in number. */
        if (i * count / all >= kept && kept < count) {
            mutants->items[kept++] = mutants->items[i];
        } else {
            free_mutant(&mutants->items[i]);
        }
    }
    mutants->count = kept;
}

/* --- as text --- */

char *mutant_command(const struct mutant *mutant)
{
    char control[32] = "";

    if (mutant->has_control_bit) {
        snprintf(control, sizeof(control), " -ctrlbit %u", mutant->control_bit);
    }
    return string_format("mutate -mode %s -module %s -cell %s -port %s -portbit %u%s", mutant->mode,
                         mutant->module, mutant->cell, mutant->port, mutant->port_bit, control);
}

/* A part of a hierarchical name, with the dots and without the backslashes. */
static void put_path(FILE *out, const char *begin, const char *end)
{
    for (; begin < end; begin++) {
        if (*begin != '\\') {
            fputc(*begin, out);
        }
    }
}

/* "$flatten\u_pipeline.\u_check.$and$FILE:70$12" is an $and in u_pipeline.u_check. */
static void put_cell(FILE *out, const struct mutant *mutant)
{
    static const char flattened[] = "$flatten";
    const char *path = mutant->cell;
    const char *name = strrchr(mutant->cell, '\\');
    const char *kind;

    if (strncmp(path, flattened, sizeof(flattened) - 1) == 0) {
        path += sizeof(flattened) - 1;
    }
    kind = strstr(name != NULL ? name : path, ".$");
    name = kind != NULL ? kind + 1 : path;
    fprintf(out, "%.*s.%s[%u]",
            name[0] == '$' ? 1 + (int)strcspn(name + 1, "$") : (int)strlen(name), name,
            mutant->port, mutant->port_bit);
    if (mutant->has_control_bit) {
        fprintf(out, " by [%u]", mutant->control_bit);
    }
    if (kind != NULL) {
        fputs(" in ", out);
        put_path(out, path, kind);
    }
}

char *mutant_describe(const struct mutant *mutant)
{
    char *text = NULL;
    size_t size;
    FILE *const out = open_memstream(&text, &size);

    if (out == NULL) {
        return NULL;
    }
    fprintf(out, "%s ", mutant->mode);
    put_cell(out, mutant);
    if (mutant->wire != NULL) {
        const char *const dot = strrchr(mutant->wire, '.');

        fprintf(out, " (%s[%u])", dot != NULL ? dot + 1 : mutant->wire, mutant->wire_bit);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
