/* SPDX-License-Identifier: MIT */
#include "sink/trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

/* The fastest of the levels that still halve a guest's trace. */
enum { COMPRESSION_LEVEL = 1 };

static bool fail(struct trace_file *file, const char *what)
{
    if (!file->has_failed) {
        file->has_failed = true;
        error_set(&file->error, "%s: cannot be written: %s", file->path, what);
    }
    return false;
}

static bool write_all(struct trace_file *file, const uint8_t *bytes, size_t length)
{
    while (length > 0 && !file->has_failed) {
        const ssize_t written = write(file->fd, bytes, length);

        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return fail(file, written < 0 ? strerror(errno) : "nothing is taken");
        }
        bytes += written;
        length -= (size_t)written;
    }
    return !file->has_failed;
}

static void put_crc(uint8_t *start, size_t covered_offset, size_t end)
{
    const uLong crc = crc32(0, start + covered_offset, (uInt)(end - covered_offset));

    trace_put_le32(start + covered_offset - 4, (uint32_t)crc);
}

static uint8_t *put_string(uint8_t *at, const char *text)
{
    const size_t length = strlen(text);

    trace_put_le32(at, (uint32_t)length);
    memcpy(at + 4, text, length);
    return at + 4 + length;
}

static bool put_header(struct trace_file *file, const struct trace_header *header)
{
    const size_t texts =
        strlen(header->machine_name) + strlen(header->command) + strlen(header->machine_yaml);
    const size_t length = 16 + 3 * 4 + texts;
    uint8_t *bytes, *at;
    bool is_written;

    if (length > TRACE_MAX_HEADER_BYTES) {
        return fail(file, "its header (machine and command) is larger than 1 MiB");
    }
    bytes = malloc(TRACE_PROLOGUE_BYTES + length);
    if (bytes == NULL) {
        return fail(file, "out of memory");
    }
    memcpy(bytes, TRACE_MAGIC, 8);
    trace_put_le32(bytes + 8, header->by_transactions ? TRACE_VERSION_TRANSACTIONS : TRACE_VERSION);
    trace_put_le32(bytes + 12, (uint32_t)length);
    at = bytes + TRACE_PROLOGUE_BYTES;
    trace_put_le64(at, header->seed);
    trace_put_le64(at + 8, header->noise_seed);
    at = put_string(at + 16, header->machine_name);
    at = put_string(at, header->command);
    at = put_string(at, header->machine_yaml);
    put_crc(bytes, TRACE_PROLOGUE_BYTES, (size_t)(at - bytes));
    is_written = write_all(file, bytes, (size_t)(at - bytes));
    free(bytes);
    return is_written;
}

static void release(struct trace_file *file)
{
    if (file->fd >= 0) {
        close(file->fd);
    }
    ZSTD_freeCCtx(file->compressor);
    free(file->buffer);
    free(file->path);
    file->fd = -1;
    file->compressor = NULL;
    file->buffer = NULL;
    file->path = NULL;
}

bool trace_file_create(struct trace_file *file, const char *path, const struct trace_header *header,
                       struct error *error)
{
    memset(file, 0, sizeof(*file));
    file->fd = -1;
    file->path = strdup(path);
    file->compressor = ZSTD_createCCtx();
    file->buffer_bytes = TRACE_FRAME_HEADER_BYTES + ZSTD_compressBound(TRACE_MAX_PAYLOAD_BYTES);
    file->buffer = malloc(file->buffer_bytes);
    if (file->path == NULL || file->compressor == NULL || file->buffer == NULL) {
        release(file);
        return error_set(error, "%s: out of memory", path);
    }
    file->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file->fd < 0) {
        fail(file, strerror(errno));
    } else {
        put_header(file, header);
    }
    if (file->has_failed) {
        error_set(error, "%s", file->error.text);
        release(file);
        return false;
    }
    return true;
}

bool trace_file_put_frame(struct trace_file *file, const struct trace_file_frame *frame)
{
    uint8_t *const bytes = file->buffer;
    size_t compressed;

    if (file->has_failed) {
        return false;
    }
    compressed = ZSTD_compressCCtx(file->compressor, bytes + TRACE_FRAME_HEADER_BYTES,
                                   file->buffer_bytes - TRACE_FRAME_HEADER_BYTES, frame->payload,
                                   frame->payload_bytes, COMPRESSION_LEVEL);
    if (ZSTD_isError(compressed) || compressed > TRACE_MAX_PAYLOAD_BYTES) {
        return fail(file, "a frame cannot be compressed");
    }
    trace_put_le32(bytes, TRACE_FRAME_MAGIC);
    trace_put_le64(bytes + 8, file->totals.frames);
    trace_put_le64(bytes + 16, frame->first_cycle);
    trace_put_le64(bytes + 24, frame->end_cycle);
    trace_put_le32(bytes + 32, (uint32_t)frame->payload_bytes);
    trace_put_le32(bytes + 36, (uint32_t)compressed);
    put_crc(bytes, TRACE_CRC_OFFSET + 4, TRACE_FRAME_HEADER_BYTES + compressed);
    file->totals.frames++;
    file->totals.requests += frame->accepted;
    file->totals.responses += frame->responses;
    file->totals.end_cycle = frame->end_cycle;
    return write_all(file, bytes, TRACE_FRAME_HEADER_BYTES + compressed);
}

bool trace_file_close(struct trace_file *file, struct error *error)
{
    uint8_t mark[TRACE_END_BYTES];

    trace_put_le32(mark, TRACE_END_MAGIC);
    trace_put_le64(mark + 8, file->totals.frames);
    trace_put_le64(mark + 16, file->totals.requests);
    trace_put_le64(mark + 24, file->totals.responses);
    trace_put_le64(mark + 32, file->totals.end_cycle);
    put_crc(mark, TRACE_CRC_OFFSET + 4, sizeof(mark));
    write_all(file, mark, sizeof(mark));
    if (close(file->fd) != 0) {
        fail(file, strerror(errno));
    }
    file->fd = -1;
    release(file);
    return !file->has_failed || error_set(error, "%s", file->error.text);
}
