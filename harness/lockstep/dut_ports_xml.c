/* SPDX-License-Identifier: MIT */
/* Verilator's XML of a design, as far as it tells of ports: tags and their attributes, one after
 * another. The variables of the top come before the table of types that they refer to. */
#include "lockstep/dut_ports.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TEXT_SIZE = 1024,   /* of an attribute; longer ones are cut off */
    MAX_DEPTH = 16,     /* of types made of types */
    MAX_WIDTH = 1 << 20 /* bits of a port */
};

/* --- tags --- */

struct tag {
    const char *text;    /* after the < or the </ */
    const char *end;     /* of the text */
    bool is_end;         /* </name> */
    bool is_self_ending; /* <name .../> */
};

/* The tag at or after *at, which is moved past it. Verilator writes no > inside of a tag. */
static bool next_tag(const char **at, struct tag *tag)
{
    const char *begin = strchr(*at, '<');
    const char *end = begin ? strchr(begin, '>') : NULL;
    if (!end)
        return false;
    *at = end + 1;
    tag->is_end = begin[1] == '/';
    tag->text = begin + 1 + tag->is_end;
    tag->is_self_ending = end[-1] == '/';
    tag->end = end - tag->is_self_ending;
    /* <?xml ...?> and comments have no end tag either. */
    tag->is_self_ending = tag->is_self_ending || begin[1] == '?' || begin[1] == '!';
    return true;
}

static bool is_named(const struct tag *tag, const char *name)
{
    size_t length = strlen(name);
    return (size_t)(tag->end - tag->text) >= length && strncmp(tag->text, name, length) == 0 &&
           strchr(" />", tag->text[length]) != NULL;
}

static char unescape(const char **at)
{
    static const struct {
        const char *text;
        char character;
    } entities[] = {
        {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}};
    for (unsigned i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        size_t length = strlen(entities[i].text);
        if (strncmp(*at, entities[i].text, length) == 0) {
            *at += length;
            return entities[i].character;
        }
    }
    return *(*at)++;
}

/* The value of an attribute, or "". */
static const char *attribute(const struct tag *tag, const char *name, char value[TEXT_SIZE])
{
    size_t length = strlen(name), used = 0;
    const char *at = tag->text;
    value[0] = '\0';
    while ((at = memchr(at, ' ', (size_t)(tag->end - at))) != NULL) {
        const char *key = ++at;
        at = memchr(at, '"', (size_t)(tag->end - at));
        const char *end = at ? memchr(at + 1, '"', (size_t)(tag->end - at - 1)) : NULL;
        if (!end)
            break;
        bool is_wanted = (size_t)(at - key) == length + 1 && strncmp(key, name, length) == 0;
        at++;
        while (is_wanted && at < end && used + 1 < TEXT_SIZE)
            value[used++] = unescape(&at);
        value[used] = '\0';
        if (is_wanted)
            break;
        at = end + 1;
    }
    return value;
}

static uint64_t number_attribute(const struct tag *tag, const char *name)
{
    char value[TEXT_SIZE];
    return strtoull(attribute(tag, name, value), NULL, 10);
}

/* "32'sh1f" is 31. */
static int64_t constant(const struct tag *tag)
{
    char value[TEXT_SIZE];
    const char *digits = strchr(attribute(tag, "name", value), 'h');
    return digits ? (int32_t)strtoull(digits + 1, NULL, 16) : 0;
}

/* --- types --- */

struct type {
    uint64_t id, sub_id;
    enum {
        TYPE_VECTOR, /* width_bits */
        TYPE_ALIAS,  /* of sub_id */
        TYPE_ARRAY,  /* packed: as many of sub_id as the range says */
        TYPE_STRUCT, /* packed: the members that follow in the table */
        TYPE_UNION,  /* packed: as wide as its members */
        TYPE_MEMBER, /* of the struct or union before it, of sub_id */
        TYPE_OTHER,  /* not a vector of bits */
    } kind;
    uint64_t width_bits;
    int64_t bound[2]; /* of an array */
    unsigned bound_count;
};

struct reader {
    struct dut_ports *ports;
    struct error *error;
    uint64_t *type_of_port; /* ids, as many as ports */
    struct type *types;
    size_t type_count;
    struct strings files; /* id, path, id, path, ... */
    unsigned depth;       /* open elements */
    unsigned top_depth;   /* of the top's module, while inside it */
    bool is_in_readmem;
    char place[TEXT_SIZE];
};

static uint64_t difference(int64_t left, int64_t right)
{
    return left > right ? (uint64_t)left - (uint64_t)right : (uint64_t)right - (uint64_t)left;
}

static uint64_t width_of(const struct reader *reader, uint64_t id, unsigned depth);

/* Of a struct or union: the members behind it. */
/* Bounded by the depth of the types. NOLINTNEXTLINE(misc-no-recursion) */
static uint64_t width_of_members(const struct reader *reader, const struct type *type,
                                 unsigned depth)
{
    uint64_t width = 0;
    for (const struct type *member = type + 1;
         member < reader->types + reader->type_count && member->kind == TYPE_MEMBER; member++) {
        uint64_t bits = width_of(reader, member->sub_id, depth + 1);
        if (bits == 0)
            return 0;
        width += bits;
        if (width > MAX_WIDTH)
            return 0;
        if (type->kind == TYPE_UNION) /* they are all as wide */
            break;
    }
    return width;
}

/* 0 where it is not a vector of bits. */
/* NOLINTNEXTLINE(misc-no-recursion): to MAX_DEPTH */
static uint64_t width_of(const struct reader *reader, uint64_t id, unsigned depth)
{
    const struct type *type = reader->types;
    const struct type *end = type + reader->type_count;
    uint64_t width = 0;
    while (type < end && type->id != id)
        type++;
    if (type == end || depth > MAX_DEPTH)
        return 0;
    switch (type->kind) {
    case TYPE_VECTOR:
        width = type->width_bits;
        break;
    case TYPE_ALIAS:
    case TYPE_MEMBER:
        width = width_of(reader, type->sub_id, depth + 1);
        break;
    case TYPE_ARRAY:
        width = width_of(reader, type->sub_id, depth + 1);
        /* Bounds are 32 bits and widths below 2^21, so this does not overflow. */
        width *= difference(type->bound[0], type->bound[1]) + 1;
        break;
    case TYPE_STRUCT:
    case TYPE_UNION:
        width = width_of_members(reader, type, depth);
        break;
    case TYPE_OTHER:
        break;
    }
    return width <= MAX_WIDTH ? width : 0;
}

static bool no_memory(const struct reader *reader)
{
    return error_set(reader->error, "out of memory");
}

static bool add_type(struct reader *reader, const struct tag *tag)
{
    static const struct {
        const char *tag;
        int kind;
    } kinds[] = {
        {"basicdtype", TYPE_VECTOR},    {"refdtype", TYPE_ALIAS},     {"enumdtype", TYPE_ALIAS},
        {"packarraydtype", TYPE_ARRAY}, {"structdtype", TYPE_STRUCT}, {"uniondtype", TYPE_UNION},
        {"memberdtype", TYPE_MEMBER},
    };
    char name[TEXT_SIZE], left[TEXT_SIZE], right[TEXT_SIZE];
    struct type type = {.kind = TYPE_OTHER};
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (is_named(tag, kinds[i].tag))
            type.kind = kinds[i].kind;
    type.id = number_attribute(tag, "id");
    type.sub_id = number_attribute(tag, "sub_dtype_id");
    if (type.kind == TYPE_VECTOR) {
        attribute(tag, "name", name);
        attribute(tag, "left", left);
        attribute(tag, "right", right);
        if (left[0])
            type.width_bits = difference(strtol(left, NULL, 10), strtol(right, NULL, 10)) + 1;
        else if (strcmp(name, "logic") == 0 || strcmp(name, "bit") == 0)
            type.width_bits = 1;
    }
    struct type *grown = realloc(reader->types, (reader->type_count + 1) * sizeof *grown);
    if (!grown)
        return no_memory(reader);
    reader->types = grown;
    reader->types[reader->type_count++] = type;
    return true;
}

/* A bound of the packed array that is being read. */
static void add_bound(struct reader *reader, const struct tag *tag)
{
    struct type *type = reader->type_count ? &reader->types[reader->type_count - 1] : NULL;
    if (type && type->kind == TYPE_ARRAY && type->bound_count < 2)
        type->bound[type->bound_count++] = constant(tag);
}

/* --- ports --- */

static bool add_port(struct reader *reader, const struct tag *tag)
{
    struct dut_ports *ports = reader->ports;
    char name[TEXT_SIZE], direction[TEXT_SIZE];
    attribute(tag, "name", name);
    attribute(tag, "dir", direction);
    struct dut_port port = {.direction = strcmp(direction, "input") == 0    ? PORT_INPUT
                                         : strcmp(direction, "output") == 0 ? PORT_OUTPUT
                                                                            : PORT_INOUT};
    struct dut_port *grown = realloc(ports->port, (ports->count + 1) * sizeof *grown);
    if (grown)
        ports->port = grown;
    uint64_t *types = realloc(reader->type_of_port, (ports->count + 1) * sizeof *types);
    if (types)
        reader->type_of_port = types;
    if (!grown || !types || !(port.name = strdup(name)))
        return no_memory(reader);
    types[ports->count] = number_attribute(tag, "dtype_id");
    ports->port[ports->count++] = port;
    return true;
}

/* --- files that are read at run time --- */

/* "c,12,5,12,14" is line 12 of file c. */
static void note_place(struct reader *reader, const struct tag *tag)
{
    char place[TEXT_SIZE];
    char *line = strchr(attribute(tag, "loc", place), ',');
    if (line)
        *line++ = '\0';
    for (size_t i = 0; line && i + 1 < reader->files.count; i += 2)
        if (strcmp(reader->files.items[i], place) == 0)
            snprintf(reader->place, sizeof reader->place, "%.*s:%.*s", TEXT_SIZE - 20,
                     reader->files.items[i + 1], (int)strcspn(line, ","), line);
}

/* A string is in quotes, or packed into a number, such as 24'h6d656d. */
static void string_of_constant(const struct tag *tag, char text[TEXT_SIZE])
{
    char value[TEXT_SIZE];
    attribute(tag, "name", value);
    const char *digits = strstr(value, "'h");
    size_t used = 0;
    text[0] = '\0';
    if (value[0] == '"') {
        strcpy(text, value + 1);
        text[strcspn(text, "\"")] = '\0';
        return;
    }
    if (!digits)
        return;
    digits += 2;
    if (strlen(digits) % 2 != 0) /* never of text */
        return;
    for (; digits[0] && digits[1]; digits += 2) {
        char pair[3] = {digits[0], digits[1], '\0'};
        text[used++] = (char)strtoul(pair, NULL, 16);
    }
    text[used] = '\0';
}

static bool check_memory_file(const struct reader *reader, const struct tag *tag)
{
    char path[TEXT_SIZE];
    string_of_constant(tag, path);
    if (!path[0] || access(path, R_OK) == 0)
        return true;
    return error_set(reader->error, "%s: $readmemh or $readmemb of `%s`: %s", reader->place, path,
                     strerror(errno));
}

/* --- the whole --- */

static bool read_tag(struct reader *reader, const struct tag *tag)
{
    char value[TEXT_SIZE];
    if (is_named(tag, "file")) {
        strings_add(&reader->files, "%s", attribute(tag, "id", value));
        strings_add(&reader->files, "%s", attribute(tag, "filename", value));
    } else if (is_named(tag, "module")) {
        bool is_top = strcmp(attribute(tag, "topModule", value), "1") == 0;
        if (is_top && !reader->ports->top) {
            reader->ports->top = strdup(attribute(tag, "origName", value));
            reader->top_depth = tag->is_self_ending ? 0 : reader->depth + 1;
            return reader->ports->top || no_memory(reader);
        }
    } else if (is_named(tag, "var")) {
        /* The variables of a function lie deeper. */
        if (reader->top_depth && reader->depth == reader->top_depth &&
            attribute(tag, "dir", value)[0])
            return add_port(reader, tag);
    } else if (is_named(tag, "readmem")) {
        reader->is_in_readmem = !tag->is_self_ending;
        note_place(reader, tag);
    } else if (is_named(tag, "const")) {
        if (reader->is_in_readmem) {
            reader->is_in_readmem = false;
            return check_memory_file(reader, tag);
        }
        add_bound(reader, tag);
    } else {
        const char *end = memchr(tag->text, ' ', (size_t)(tag->end - tag->text));
        if (end && end - tag->text > 5 && strncmp(end - 5, "dtype", 5) == 0)
            return add_type(reader, tag);
    }
    return true;
}

bool dut_ports_parse(struct dut_ports *ports, const char *xml, struct error *error)
{
    struct reader reader = {.ports = ports, .error = error};
    struct tag tag;
    bool is_good = true;
    while (is_good && next_tag(&xml, &tag)) {
        if (tag.is_end) {
            reader.depth -= reader.depth > 0;
            if (reader.depth < reader.top_depth)
                reader.top_depth = 0;
            if (is_named(&tag, "readmem"))
                reader.is_in_readmem = false;
        } else {
            is_good = read_tag(&reader, &tag);
            reader.depth += !tag.is_self_ending;
        }
    }
    if (is_good && reader.files.is_short)
        is_good = no_memory(&reader);
    if (is_good && !ports->top)
        is_good = error_set(error, "Verilator names no top module");
    for (size_t i = 0; is_good && i < ports->count; i++)
        ports->port[i].width_bits = (unsigned)width_of(&reader, reader.type_of_port[i], 0);
    free(reader.type_of_port);
    free(reader.types);
    strings_free(&reader.files);
    return is_good;
}
