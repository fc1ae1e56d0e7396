/* SPDX-License-Identifier: MIT */
/* A YAML text held against a libcyaml schema before libcyaml loads it.
 *
 * libcyaml 1.3.1 finds most of what is wrong with a text, but the place that it names for an
 * unknown or repeated key is that of the value before it, it cuts a string at an escaped NUL, and
 * it ignores a second document. So the structure is checked here, event by event of libyaml, by the
 * schema that libcyaml is then given: same table, exact places. What passes, libcyaml can load.
 *
 * Keeps to a subset of YAML in which a text means what it looks like: one document, no aliases,
 * anchors or tags. */
#ifndef MACHINE_YAML_H
#define MACHINE_YAML_H

#include <cyaml/cyaml.h>
#include <stddef.h>

#include "base/error.h"

/* Where a value stands. */
struct yaml_place {
    char path[56];   /* "mmu.stages", "segments[2].size" */
    unsigned line;   /* from 1 */
    unsigned column; /* in characters, from 1 */
};

struct yaml_places {
    struct yaml_place *place; /* in the order of the text */
    size_t count;
    size_t capacity;
};

/* Checks `text` against the schema, which may hold mappings, sequences and strings, and notes the
 * place of every value. On failure returns false and one line "FILE:LINE:COLUMN: ...". In either
 * case the caller ends *places with yaml_places_free. */
bool yaml_check(const char *text, size_t length, const char *file,
                const cyaml_schema_value_t *schema, struct yaml_places *places,
                struct error *error);

/* The place of a value, NULL where the text does not give it. */
const struct yaml_place *yaml_place_of(const struct yaml_places *places, const char *path);

void yaml_places_free(struct yaml_places *places);

#endif
