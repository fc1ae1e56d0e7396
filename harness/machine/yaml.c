/* SPDX-License-Identifier: MIT */
#include "machine/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { MAX_FIELDS = 32 }; /* keys of one mapping in a schema */

struct checker {
    yaml_parser_t parser;
    const char *text;
    size_t length;
    const char *file;
    struct yaml_places *places;
    struct error *error;
    char path[sizeof(((struct yaml_place *)NULL)->path)]; /* of the node being checked */
};

/* --- messages --- */

__attribute__((format(printf, 3, 4))) static bool fail_at(struct checker *checker, yaml_mark_t mark,
                                                          const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return error_set(checker->error, "%s:%zu:%zu: %s", checker->file, mark.line + 1,
                     mark.column + 1, text);
}

/* libyaml's reader knows only the offset of a byte that it does not take. */
static yaml_mark_t mark_of_offset(const struct checker *checker, size_t offset)
{
    yaml_mark_t mark = {.index = offset};
    for (size_t i = 0; i < offset && i < checker->length; i++) {
        unsigned char byte = (unsigned char)checker->text[i];
        if (byte == '\n') {
            mark.line++;
            mark.column = 0;
        } else if ((byte & 0xC0) != 0x80) { /* not inside a UTF-8 character */
            mark.column++;
        }
    }
    return mark;
}

static bool fail_syntax(struct checker *checker)
{
    const yaml_parser_t *parser = &checker->parser;
    const char *problem = parser->problem ? parser->problem : "not YAML";
    switch (parser->error) {
    case YAML_MEMORY_ERROR:
        return error_set(checker->error, "%s: out of memory", checker->file);
    case YAML_READER_ERROR:
        return fail_at(checker, mark_of_offset(checker, parser->problem_offset),
                       "%s, expected YAML in UTF-8", problem);
    default:
        return fail_at(checker, parser->problem_mark, "not YAML: %s", problem);
    }
}

static const char *event_name(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.length == 0 ? "nothing" : "a single value";
    case YAML_SEQUENCE_START_EVENT:
        return "a list";
    case YAML_MAPPING_START_EVENT:
        return "a mapping (key: value)";
    default:
        return "nothing";
    }
}

static const char *type_name(cyaml_type_e type)
{
    switch (type) {
    case CYAML_MAPPING:
        return "a mapping (key: value)";
    case CYAML_SEQUENCE:
        return "a list";
    default:
        return "a single value";
    }
}

/* "mmu, cpu, memory" */
static void list_keys(const cyaml_schema_field_t *fields, char *list, size_t size)
{
    size_t used = 0;
    list[0] = '\0';
    for (const cyaml_schema_field_t *field = fields; field->key && used < size; field++) {
        used += (size_t)snprintf(list + used, size - used, "%s%s", field == fields ? "" : ", ",
                                 field->key);
    }
}

/* --- events --- */

static bool next_event(struct checker *checker, yaml_event_t *event)
{
    return yaml_parser_parse(&checker->parser, event) ? true : fail_syntax(checker);
}

/* What YAML allows and machine files do not: a text whose meaning stands elsewhere in it. */
static bool is_plain(struct checker *checker, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return fail_at(checker, event->start_mark, "found the alias *%.40s, expected a value",
                       (const char *)event->data.alias.anchor);
    case YAML_SCALAR_EVENT:
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
        if (memchr(event->data.scalar.value, '\0', event->data.scalar.length)) {
            return fail_at(checker, event->start_mark, "found a NUL character in a value");
        }
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        break;
    default:
        break;
    }
    if (anchor) {
        return fail_at(checker, event->start_mark, "found the anchor &%.40s, expected a value",
                       (const char *)anchor);
    }
    if (tag) {
        return fail_at(checker, event->start_mark, "found the tag %.40s, expected a value",
                       (const char *)tag);
    }
    return true;
}

static bool note_place(struct checker *checker, yaml_mark_t mark)
{
    struct yaml_places *places = checker->places;
    if (places->count == places->capacity) {
        size_t capacity = places->capacity ? 2 * places->capacity : 64;
        struct yaml_place *grown = realloc(places->place, capacity * sizeof(*grown));
        if (!grown) {
            return error_set(checker->error, "%s: out of memory", checker->file);
        }
        places->place = grown;
        places->capacity = capacity;
    }
    struct yaml_place *place = &places->place[places->count++];
    memcpy(place->path, checker->path, sizeof(place->path));
    place->line = (unsigned)mark.line + 1;
    place->column = (unsigned)mark.column + 1;
    return true;
}

/* --- the walk; the schema, not the text, bounds its depth --- */

static bool check_node(struct checker *checker, const cyaml_schema_value_t *schema,
                       const yaml_event_t *event);

/* `path` without the index: what the user calls the thing. */
static const char *path_or_file(const struct checker *checker)
{
    return checker->path[0] ? checker->path : "the file";
}

static bool check_key(struct checker *checker, const cyaml_schema_field_t *fields,
                      const yaml_event_t *event, unsigned *index)
{
    char keys[256];
    list_keys(fields, keys, sizeof(keys));
    if (!is_plain(checker, event)) {
        return false;
    }
    if (event->type != YAML_SCALAR_EVENT) {
        return fail_at(checker, event->start_mark, "%s: found %s as a key, expected one of %s",
                       path_or_file(checker), event_name(event), keys);
    }
    const char *key = (const char *)event->data.scalar.value;
    for (*index = 0; fields[*index].key; ++*index) {
        if (strcmp(fields[*index].key, key) == 0) {
            return true;
        }
    }
    return fail_at(checker, event->start_mark,
                   "%s: found the unknown key `%.40s`, expected one of %s", path_or_file(checker),
                   key, keys);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema */
static bool check_mapping(struct checker *checker, const cyaml_schema_field_t *fields,
                          yaml_mark_t start)
{
    const size_t path_length = strlen(checker->path);
    unsigned first_line[MAX_FIELDS] = {0}; /* of each key; 0: not seen */
    bool ok = true;
    for (;;) {
        yaml_event_t key, value;
        unsigned index = 0;
        if (!next_event(checker, &key)) {
            return false;
        }
        if (key.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&key);
            break;
        }
        ok = check_key(checker, fields, &key, &index);
        if (ok && first_line[index] != 0) {
            ok = fail_at(checker, key.start_mark,
                         "%s: found the key `%s` again, expected it once (first in line %u)",
                         path_or_file(checker), fields[index].key, first_line[index]);
        }
        if (ok) {
            first_line[index] = (unsigned)key.start_mark.line + 1;
        }
        yaml_event_delete(&key);
        if (!ok || !next_event(checker, &value)) {
            return false;
        }
        snprintf(checker->path + path_length, sizeof(checker->path) - path_length, "%s%s",
                 path_length ? "." : "", fields[index].key);
        ok = check_node(checker, &fields[index].value, &value);
        checker->path[path_length] = '\0';
        yaml_event_delete(&value);
        if (!ok) {
            return false;
        }
    }
    for (unsigned i = 0; fields[i].key; i++) {
        if (first_line[i] == 0 && !(fields[i].value.flags & CYAML_FLAG_OPTIONAL)) {
            return fail_at(checker, start, "%s: the key `%s` is missing", path_or_file(checker),
                           fields[i].key);
        }
    }
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema */
static bool check_sequence(struct checker *checker, const cyaml_schema_value_t *schema)
{
    const size_t path_length = strlen(checker->path);
    for (uint32_t count = 0;; count++) {
        yaml_event_t entry;
        if (!next_event(checker, &entry)) {
            return false;
        }
        if (entry.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&entry);
            return true;
        }
        bool ok = count < schema->sequence.max ||
                  fail_at(checker, entry.start_mark, "%s: found more than %u entries",
                          checker->path, (unsigned)schema->sequence.max);
        if (ok) {
            snprintf(checker->path + path_length, sizeof(checker->path) - path_length, "[%u]",
                     (unsigned)count);
            ok = check_node(checker, schema->sequence.entry, &entry);
            checker->path[path_length] = '\0';
        }
        yaml_event_delete(&entry);
        if (!ok) {
            return false;
        }
    }
}

/* `event` begins the node; its other events are still to come. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema */
static bool check_node(struct checker *checker, const cyaml_schema_value_t *schema,
                       const yaml_event_t *event)
{
    if (!is_plain(checker, event)) {
        return false;
    }
    const bool matches =
        (schema->type == CYAML_MAPPING && event->type == YAML_MAPPING_START_EVENT) ||
        (schema->type == CYAML_SEQUENCE && event->type == YAML_SEQUENCE_START_EVENT) ||
        (schema->type == CYAML_STRING && event->type == YAML_SCALAR_EVENT);
    if (!matches) {
        return fail_at(checker, event->start_mark, "%s: found %s, expected %s",
                       path_or_file(checker), event_name(event), type_name(schema->type));
    }
    if (!note_place(checker, event->start_mark)) {
        return false;
    }
    switch (schema->type) {
    case CYAML_MAPPING:
        return check_mapping(checker, schema->mapping.fields, event->start_mark);
    case CYAML_SEQUENCE:
        return check_sequence(checker, schema);
    default:
        return true;
    }
}

static bool expect_event(struct checker *checker, yaml_event_type_t type, const char *found,
                         const char *expected)
{
    yaml_event_t event;
    if (!next_event(checker, &event)) {
        return false;
    }
    bool ok = event.type == type ||
              fail_at(checker, event.start_mark, "found %s, expected %s", found, expected);
    yaml_event_delete(&event);
    return ok;
}

static bool check_stream(struct checker *checker, const cyaml_schema_value_t *schema)
{
    if (!expect_event(checker, YAML_STREAM_START_EVENT, "no text", "YAML") ||
        !expect_event(checker, YAML_DOCUMENT_START_EVENT, "an empty file",
                      type_name(schema->type))) {
        return false;
    }
    yaml_event_t root;
    if (!next_event(checker, &root)) {
        return false;
    }
    bool ok = check_node(checker, schema, &root);
    yaml_event_delete(&root);
    return ok &&
           expect_event(checker, YAML_DOCUMENT_END_EVENT, "more text", "the end of the file") &&
           expect_event(checker, YAML_STREAM_END_EVENT, "a second document", "the end of the file");
}

bool yaml_check(const char *text, size_t length, const char *file,
                const cyaml_schema_value_t *schema, struct yaml_places *places, struct error *error)
{
    struct checker checker = {
        .text = text, .length = length, .file = file, .places = places, .error = error};
    *places = (struct yaml_places){0};
    if (!yaml_parser_initialize(&checker.parser)) {
        return error_set(error, "%s: out of memory", file);
    }
    yaml_parser_set_encoding(&checker.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&checker.parser, (const unsigned char *)text, length);
    bool ok = check_stream(&checker, schema);
    yaml_parser_delete(&checker.parser);
    return ok;
}

const struct yaml_place *yaml_place_of(const struct yaml_places *places, const char *path)
{
    for (size_t i = 0; i < places->count; i++) {
        if (strcmp(places->place[i].path, path) == 0) {
            return &places->place[i];
        }
    }
    return NULL;
}

void yaml_places_free(struct yaml_places *places)
{
    free(places->place);
    *places = (struct yaml_places){0};
}
