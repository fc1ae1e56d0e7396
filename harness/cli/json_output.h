/* SPDX-License-Identifier: MIT */
/* JSON on its way out. */
#ifndef CLI_JSON_OUTPUT_H
#define CLI_JSON_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* To be called before any JSON is made: from then on it is known when something had no memory.
 * Objects drop such members without a word. */
void json_output_init(void);

/* Writes the object or array, and a newline. False with errno where it cannot be written, or is not
 * whole for lack of memory (ENOMEM). Where `json` is NULL errno tells whether that was for lack of
 * memory; if not it becomes EILSEQ: a text is not UTF-8. */
bool json_output_write(const json_t *json, FILE *file);

#endif
