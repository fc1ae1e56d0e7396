/* SPDX-License-Identifier: MIT */
/* From YAML to struct port_map, as harness/machine does it for machine files: yaml_check holds the
 * text against the schema and notes places, libcyaml loads strings, and what they mean is worked
 * out here. */
#include "lockstep/port_map.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/input.h"
#include "base/number.h"
#include "lockstep/dut_job.h"
#include "machine/yaml.h"

enum {
    MAX_FILE_BYTES = 1 << 16,
    MAX_TIES = 256,
};

/* --- the file's form --- */

struct text_of_ports {
#define X(port, direction, bits, type, member) char *port;
    CONTRACT_PORT_LIST(X)
#undef X
};

struct text_of_tie {
    char *port, *value;
};

struct text_of_map {
    struct text_of_ports ports;
    char **narrow;
    unsigned narrow_count;
    struct text_of_tie *tie;
    unsigned tie_count;
};

#define TEXT(type, member, flags)                                                                  \
    CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | (flags), type, member, 0, CYAML_UNLIMITED)

static const cyaml_schema_field_t ports_fields[] = {
#define X(port, direction, bits, type, member)                                                     \
    TEXT(struct text_of_ports, port, CYAML_FLAG_OPTIONAL),
    CONTRACT_PORT_LIST(X)
#undef X
        CYAML_FIELD_END,
};

static const cyaml_schema_field_t tie_fields[] = {
    TEXT(struct text_of_tie, port, CYAML_FLAG_DEFAULT),
    TEXT(struct text_of_tie, value, CYAML_FLAG_DEFAULT),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t tie_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct text_of_tie, tie_fields)};

static const cyaml_schema_value_t name_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED)};

static const cyaml_schema_field_t map_fields[] = {
    CYAML_FIELD_MAPPING("ports", CYAML_FLAG_OPTIONAL, struct text_of_map, ports, ports_fields),
    CYAML_FIELD_SEQUENCE("narrow", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct text_of_map,
                         narrow, &name_schema, 0, CONTRACT_PORTS),
    CYAML_FIELD_SEQUENCE("tie", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct text_of_map, tie,
                         &tie_schema, 0, MAX_TIES),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t map_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct text_of_map, map_fields)};

/* --- reading values --- */

struct reader {
    struct port_map *map;
    const struct yaml_places *places;
    struct error *error;
};

__attribute__((format(printf, 3, 4))) static bool refuse(const struct reader *reader,
                                                         const char *path, const char *format, ...)
{
    const struct yaml_place *place = yaml_place_of(reader->places, path);
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return error_set(reader->error, "%s:%u:%u: %s: %s", reader->map->path, place ? place->line : 1,
                     place ? place->column : 1, path, text);
}

static uint64_t largest(unsigned width_bits)
{
    return UINT64_MAX >> (64 - width_bits);
}

static bool read_port(const struct reader *reader, enum contract_port port, const char *text)
{
    const struct contract_port_info *info = &contract_ports[port];
    struct port_mapping *mapping = &reader->map->ports[port];
    char path[64];
    if (!text)
        return true;
    snprintf(path, sizeof path, "ports.%s", info->name);
    const struct yaml_place *place = yaml_place_of(reader->places, path);
    mapping->line = place ? place->line : 1;
    mapping->column = place ? place->column : 1;
    free(mapping->name);
    mapping->name = NULL;
    if (text[0] >= '0' && text[0] <= '9') {
        if (!number_parse(text, &mapping->constant) ||
            mapping->constant > largest(info->width_bits))
            return refuse(reader, path, "found `%.40s`, expected a constant of %u bits", text,
                          info->width_bits);
        if (port == CONTRACT_clk_i || port == CONTRACT_rst_i || port == CONTRACT_req_valid_i ||
            port == CONTRACT_rsp_valid_o)
            return refuse(reader, path,
                          "found the constant %.40s, expected a port: no DUT does "
                          "without it",
                          text);
        return true;
    }
    mapping->is_inverted = text[0] == '~';
    if (!dut_is_identifier(text + mapping->is_inverted))
        return refuse(reader, path,
                      "found `%.40s`, expected a port's name, ~ and a name, or a "
                      "constant",
                      text);
    if (mapping->is_inverted && info->width_bits != 1)
        return refuse(reader, path,
                      "found `%.40s`, expected a name without ~: only a port of one "
                      "bit is inverted",
                      text);
    if (mapping->is_inverted && port == CONTRACT_clk_i)
        return refuse(reader, path, "found `%.40s`, expected a clock whose rising edge counts",
                      text);
    mapping->name = strdup(text + mapping->is_inverted);
    return mapping->name || error_set(reader->error, "%s: out of memory", reader->map->path);
}

static bool read_narrow(const struct reader *reader, unsigned index, const char *text)
{
    char path[64];
    snprintf(path, sizeof path, "narrow[%u]", index);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++) {
        struct port_mapping *mapping = &reader->map->ports[i];
        if (strcmp(contract_ports[i].name, text) != 0)
            continue;
        if (contract_ports[i].width_bits == 1)
            return refuse(reader, path, "found %s, expected a port of more than one bit", text);
        if (!mapping->name)
            return refuse(reader, path, "found %s, which `ports` makes a constant", text);
        if (mapping->is_narrow)
            return refuse(reader, path, "found %s again, expected it once", text);
        mapping->is_narrow = true;
        return true;
    }
    return refuse(reader, path,
                  "found `%.40s`, expected a port of the contract, such as "
                  "req_addr_i",
                  text);
}

static bool read_tie(const struct reader *reader, unsigned index, const struct text_of_tie *text)
{
    struct port_tie *tie = &reader->map->ties[index];
    char path[64];
    snprintf(path, sizeof path, "tie[%u].port", index);
    const struct yaml_place *place = yaml_place_of(reader->places, path);
    tie->line = place ? place->line : 1;
    tie->column = place ? place->column : 1;
    if (!dut_is_identifier(text->port))
        return refuse(reader, path, "found `%.40s`, expected a port's name", text->port);
    for (unsigned i = 0; i < index; i++)
        if (strcmp(reader->map->ties[i].name, text->port) == 0)
            return refuse(reader, path, "found %.40s again, expected it once", text->port);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        if (reader->map->ports[i].name && strcmp(reader->map->ports[i].name, text->port) == 0)
            return refuse(reader, path, "found %.40s, which is the contract's %s already",
                          text->port, contract_ports[i].name);
    snprintf(path, sizeof path, "tie[%u].value", index);
    if (!number_parse(text->value, &tie->value))
        return refuse(reader, path, "found `%.40s`, expected a number (decimal or 0x)",
                      text->value);
    tie->name = strdup(text->port);
    reader->map->tie_count++;
    return tie->name || error_set(reader->error, "%s: out of memory", reader->map->path);
}

static bool is_each_port_once(const struct reader *reader)
{
    const struct port_map *map = reader->map;
    for (unsigned i = 0; i < CONTRACT_PORTS; i++) {
        for (unsigned j = 0; j < i; j++) {
            if (!map->ports[i].name || !map->ports[j].name ||
                strcmp(map->ports[i].name, map->ports[j].name) != 0)
                continue;
            /* Of the two, the one that the file gives. */
            unsigned named = map->ports[i].line ? i : j;
            char path[64];
            snprintf(path, sizeof path, "ports.%s", contract_ports[named].name);
            return refuse(reader, path, "found %.40s, which is the contract's %s already",
                          map->ports[named].name, contract_ports[named == i ? j : i].name);
        }
    }
    return true;
}

static bool read_map(const struct reader *reader, const struct text_of_map *text)
{
    char *const given[] = {
#define X(port, direction, bits, type, member) text->ports.port,
        CONTRACT_PORT_LIST(X)
#undef X
    };
    struct port_map *map = reader->map;
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        if (!read_port(reader, (enum contract_port)i, given[i]))
            return false;
    if (!is_each_port_once(reader))
        return false;
    for (unsigned i = 0; i < text->narrow_count; i++)
        if (!read_narrow(reader, i, text->narrow[i]))
            return false;
    map->ties = calloc(text->tie_count + 1, sizeof *map->ties);
    if (!map->ties)
        return error_set(reader->error, "%s: out of memory", map->path);
    for (unsigned i = 0; i < text->tie_count; i++)
        if (!read_tie(reader, i, &text->tie[i]))
            return false;
    return true;
}

/* --- the whole --- */

static bool use_contract_names(struct port_map *map, struct error *error)
{
    *map = (struct port_map){0};
    for (unsigned i = 0; i < CONTRACT_PORTS; i++) {
        map->ports[i].name = strdup(contract_ports[i].name);
        if (!map->ports[i].name)
            return error_set(error, "out of memory");
    }
    return true;
}

bool port_map_parse(struct port_map *map, const char *text, size_t length, const char *path,
                    struct error *error)
{
    const cyaml_config_t config = {.mem_fn = cyaml_mem, .flags = CYAML_CFG_NO_ALIAS};
    struct yaml_places places = {0};
    struct text_of_map *loaded = NULL;
    bool is_good = use_contract_names(map, error);
    if (is_good && !(map->path = strdup(path)))
        is_good = error_set(error, "%s: out of memory", path);
    if (is_good && yaml_check(text, length, path, &map_schema, &places, error)) {
        cyaml_err_t status = cyaml_load_data((const uint8_t *)text, length, &config, &map_schema,
                                             (cyaml_data_t **)&loaded, NULL);
        const struct reader reader = {.map = map, .places = &places, .error = error};
        /* Of a text that was checked, libyaml can only run out of memory. */
        is_good = status == CYAML_OK ? read_map(&reader, loaded)
                                     : error_set(error, "%s: out of memory (libcyaml: %s)", path,
                                                 cyaml_strerror(status));
        cyaml_free(&config, &map_schema, loaded, 0);
    } else {
        is_good = false;
    }
    yaml_places_free(&places);
    return is_good;
}

bool port_map_load(struct port_map *map, const char *path, struct error *error)
{
    if (!path)
        return use_contract_names(map, error);
    *map = (struct port_map){0};
    int descriptor = input_open(path);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "r") : NULL;
    char *text = file ? malloc(MAX_FILE_BYTES + 1) : NULL;
    size_t length = text ? fread(text, 1, MAX_FILE_BYTES + 1, file) : 0;
    bool is_good = false;
    if (!text || ferror(file))
        error_set(error, "%s: %s", path, strerror(errno));
    else if (length > MAX_FILE_BYTES)
        error_set(error, "%s: found more than 64 KiB, expected a port map", path);
    else
        is_good = port_map_parse(map, text, length, path, error);
    free(text);
    if (file)
        fclose(file);
    else if (descriptor >= 0)
        close(descriptor);
    return is_good;
}

void port_map_free(struct port_map *map)
{
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        free(map->ports[i].name);
    for (unsigned i = 0; i < map->tie_count; i++)
        free(map->ties[i].name);
    free(map->ties);
    free(map->path);
    *map = (struct port_map){0};
}
