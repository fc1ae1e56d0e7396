/* SPDX-License-Identifier: MIT */
/* The file of a trace while it is written: header, frames, end mark, each with one write(2) where
 * the system takes it in one, so that a kill loses at most the frame being written. */
#ifndef SINK_TRACE_FILE_H
#define SINK_TRACE_FILE_H

#include <zstd.h>

#include "sink/trace.h"
#include "sink/trace_format.h"

struct trace_file {
    char *path;
    int fd;
    ZSTD_CCtx *compressor;
    uint8_t *buffer; /* one frame as it is written */
    size_t buffer_bytes;
    struct trace_totals totals;
    bool has_failed; /* and why; nothing is written any more */
    struct error error;
};

/* One frame, its payload uncompressed. */
struct trace_file_frame {
    uint64_t first_cycle, end_cycle;
    uint64_t accepted, responses;
    uint8_t *payload;
    size_t payload_bytes;
};

/* Creates the file and writes the header. False with an error, and nothing to close. */
bool trace_file_create(struct trace_file *file, const char *path, const struct trace_header *header,
                       struct error *error);
bool trace_file_put_frame(struct trace_file *file, const struct trace_file_frame *frame);
/* Writes the end mark where nothing failed, closes and frees. False when anything failed ever. */
bool trace_file_close(struct trace_file *file, struct error *error);

#endif
