/* SPDX-License-Identifier: MIT */
/* Translate requests from a CSV file, row by row in constant memory.
 *
 *     vaddr,bytes,access,priv,segment
 *     0x3c00,4,read,0,0
 *
 * The header is required; its columns come in any order, priv and segment may be left out. Lines
 * end with LF or CRLF. No field ever needs a quote, so quotes are refused. */
#ifndef SOURCE_CSV_H
#define SOURCE_CSV_H

#include "base/error.h"
#include "segmmu/types.h"

struct csv_reader;

enum csv_result {
    CSV_ROW,   /* *request is the next row's */
    CSV_END,   /* there are no more rows */
    CSV_ERROR, /* unreadable: error names file, line, row and column */
};

/* Opens `path` ("-" is standard input) and reads the header. Columns that the file does not have
 * keep the values of `defaults`, which must outlive the reader. NULL and an error on failure. */
struct csv_reader *csv_open(const char *path, const struct mmu_request *defaults,
                            struct error *error);

enum csv_result csv_next(struct csv_reader *reader, struct mmu_request *request,
                         struct error *error);

/* The next row is not in memory: reading it may wait for whoever writes the file. */
bool csv_may_wait(const struct csv_reader *reader);

void csv_close(struct csv_reader *reader);

#endif
