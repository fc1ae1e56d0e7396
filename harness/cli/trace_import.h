/* SPDX-License-Identifier: MIT */
/* `segmmu trace import`: from a log of another program's accesses to a trace. */
#ifndef CLI_TRACE_IMPORT_H
#define CLI_TRACE_IMPORT_H

#include <stdbool.h>

#include "source/access_log.h"

enum trace_import_addresses {
    TRACE_IMPORT_BY_FORMAT, /* CSV as it is, the others folded */
    TRACE_IMPORT_FOLD,      /* into segments that the import lays out */
    TRACE_IMPORT_KEEP,      /* as they are, through the segments of the machine file */
};

struct trace_import_options {
    const char *machine; /* name or path */
    const char *input;   /* "-": standard input */
    const char *output;  /* NULL: the input's name with .trace, in the current directory */
    const char *command; /* for the trace's header */
    enum access_log_format format;
    enum trace_import_addresses addresses;
};

/* Reads the log, runs it through the clocked model, writes the trace and prints what was imported.
 * The exit status. */
int trace_import(const struct trace_import_options *options);

#endif
