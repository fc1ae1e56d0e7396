/* SPDX-License-Identifier: MIT */
/* What a command writes must not be what it reads, nor twice the same file: opening a file for
 * writing empties it. And what cannot be written is said before the run, not after it. */
#ifndef CLI_OUTPUT_PATHS_H
#define CLI_OUTPUT_PATHS_H

#include <stdbool.h>

#include "base/error.h"

struct named_path {
    const char *path; /* NULL: there is none */
    const char *role; /* for the message: "the guest program" */
    bool is_output;
};

/* False with an error when an output is the same file as another of the list, by whatever name, or
 * would be once it is made. Devices may be named twice. */
bool output_paths_differ(const struct named_path *paths, unsigned count, struct error *error);

/* False with an error when an output of the list cannot be written. Files stay as they are, and
 * none is left where there was none; a disk that is full shows only later. */
bool output_paths_writable(const struct named_path *paths, unsigned count, struct error *error);

#endif
