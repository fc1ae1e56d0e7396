/* SPDX-License-Identifier: MIT */
/* What `segmmu trace` shows of a trace. */
#ifndef CLI_TRACE_SHOW_H
#define CLI_TRACE_SHOW_H

#include <stdint.h>

#include "sink/trace.h"

/* Each prints on standard output and returns the command's exit status. `path` is the reader's. */
int trace_show_info(struct trace_reader *reader, const char *path, bool as_json);
/* The wanted frame, or all where `wanted` is NULL. */
int trace_show_events(struct trace_reader *reader, const char *path, const uint64_t *wanted,
                      bool as_csv);

#endif
