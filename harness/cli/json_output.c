/* SPDX-License-Identifier: MIT */
#include "cli/json_output.h"

#include <errno.h>
#include <stdlib.h>

static bool lacked_memory;

static void *take_memory(size_t size)
{
    void *const memory = malloc(size);

    lacked_memory |= memory == NULL && size > 0;
    return memory;
}

void json_output_init(void)
{
    json_set_alloc_funcs(take_memory, free);
}

bool json_output_write(const json_t *json, FILE *file)
{
    if (json == NULL || lacked_memory) {
        errno = lacked_memory || errno == ENOMEM ? ENOMEM : EILSEQ;
        return false;
    }
    if (json_dumpf(json, file, JSON_INDENT(2)) != 0 || fputc('\n', file) == EOF) {
        return false;
    }
    if (lacked_memory) {
        errno = ENOMEM;
    }
    return !lacked_memory;
}
