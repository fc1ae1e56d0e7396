/* SPDX-License-Identifier: MIT */
/* The file of a trace while it is read: nothing in it is believed before its checksum is right, and
 * nothing is allocated before its size is. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/input.h"
#include "sink/trace_format.h"
#include "source/trace_decode.h"

struct trace_reader {
    FILE *file;
    char *path;
    uint64_t offset; /* of the next byte to be read */
    struct trace_header header;
    struct machine *machine;
    uint8_t *compressed, *payload; /* room for one frame; grow */
    size_t compressed_room, payload_room;
    struct trace_frame frame;
    struct trace_totals totals;
    struct flight in_flight[MMU_MAX_STAGES]; /* at the end of the frame before */
    unsigned in_flight_count;
    enum trace_read state; /* FRAME while there may be more */
    struct error error;    /* of the state */
};

/* --- the file header --- */

static bool is_crc_right(const uint8_t *covered, size_t length, uint32_t recorded)
{
    return (uint32_t)crc32(0, covered, (uInt)length) == recorded;
}

/* A string of the header, malloc'ed; NULL where the header is too short or the text has a NUL. */
static char *take_string(const uint8_t **at, const uint8_t *end)
{
    uint32_t length;
    char *text;

    if (end - *at < 4) {
        return NULL;
    }
    length = trace_get_le32(*at);
    if (length > (size_t)(end - *at - 4) || memchr(*at + 4, '\0', length) != NULL) {
        return NULL;
    }
    text = strndup((const char *)*at + 4, length);
    *at += 4 + (size_t)length;
    return text;
}

static bool parse_header(struct trace_reader *reader, const uint8_t *body, size_t length,
                         struct error *error)
{
    struct trace_header *const header = &reader->header;
    const uint8_t *const end = body + length;
    const uint8_t *at = body + 16;
    char *place = NULL;

    if (length < 16) {
        return error_set(error, "%s: its header is too short", reader->path);
    }
    header->seed = trace_get_le64(body);
    header->noise_seed = trace_get_le64(body + 8);
    if ((header->machine_name = take_string(&at, end)) == NULL ||
        (header->command = take_string(&at, end)) == NULL ||
        (header->machine_yaml = take_string(&at, end)) == NULL || at != end) {
        return error_set(error, "%s: its header does not hold three texts", reader->path);
    }
    if (asprintf(&place, "%s: the machine in its header", reader->path) < 0) {
        return error_set(error, "%s: out of memory", reader->path);
    }
    reader->machine =
        machine_parse(header->machine_yaml, strlen(header->machine_yaml), place, error);
    free(place);
    if (reader->machine == NULL) {
        return false;
    }
    free(reader->machine->name);
    reader->machine->name = strdup(header->machine_name);
    return reader->machine->name != NULL || error_set(error, "%s: out of memory", reader->path);
}

/* Reads up to `length` bytes: how many there were. */
static size_t take(struct trace_reader *reader, void *bytes, size_t length)
{
    const size_t taken = fread(bytes, 1, length, reader->file);

    reader->offset += taken;
    return taken;
}

/* For a read that came short: the system's reason, or that the file ends. */
static const char *short_reason(const struct trace_reader *reader)
{
    return ferror(reader->file) ? strerror(errno) : "the file ends there";
}

static bool read_header(struct trace_reader *reader, struct error *error)
{
    uint8_t prologue[TRACE_PROLOGUE_BYTES];
    uint32_t version, length;
    uint8_t *body;
    bool is_read;
    const size_t taken = take(reader, prologue, sizeof(prologue));

    if (ferror(reader->file)) {
        return error_set(error, "%s: %s", reader->path, strerror(errno));
    }
    if (taken == 0) {
        return error_set(error, "%s: is empty, not a trace", reader->path);
    }
    if (memcmp(prologue, TRACE_MAGIC, taken < 8 ? taken : 8) != 0) {
        return error_set(error, "%s: is not a trace (it does not begin with the magic number)",
                         reader->path);
    }
    if (taken < sizeof(prologue)) {
        return error_set(error, "%s: cut off at byte %zu, within its header", reader->path, taken);
    }
    version = trace_get_le32(prologue + 8);
    length = trace_get_le32(prologue + 12);
    if (version != TRACE_VERSION && version != TRACE_VERSION_TRANSACTIONS) {
        return error_set(error,
                         "%s: is a trace of version %" PRIu32 "; versions %d and %d are understood",
                         reader->path, version, TRACE_VERSION, TRACE_VERSION_TRANSACTIONS);
    }
    reader->header.by_transactions = version == TRACE_VERSION_TRANSACTIONS;
    if (length > TRACE_MAX_HEADER_BYTES) {
        return error_set(error, "%s: its header says it has %" PRIu32 " bytes; at most %d",
                         reader->path, length, TRACE_MAX_HEADER_BYTES);
    }
    body = malloc(length > 0 ? length : 1);
    if (body == NULL) {
        return error_set(error, "%s: out of memory", reader->path);
    }
    if (take(reader, body, length) != length) {
        is_read = error_set(error, "%s: cut off at byte %" PRIu64 ", within its header: %s",
                            reader->path, reader->offset, short_reason(reader));
    } else if (!is_crc_right(body, length, trace_get_le32(prologue + 16))) {
        is_read = error_set(error, "%s: its header is damaged (checksum)", reader->path);
    } else {
        is_read = parse_header(reader, body, length, error);
    }
    free(body);
    return is_read;
}

struct trace_reader *trace_reader_open(const char *path, struct error *error)
{
    struct trace_reader *const reader = calloc(1, sizeof(*reader));
    int fd;

    if (reader == NULL || (reader->path = strdup(path)) == NULL) {
        free(reader);
        error_set(error, "%s: out of memory", path);
        return NULL;
    }
    reader->state = TRACE_FRAME;
    fd = input_open(path);
    reader->file = fd < 0 ? NULL : fdopen(fd, "rb");
    if (reader->file == NULL) {
        const int reason = errno;

        if (fd >= 0) {
            close(fd);
        }
        errno = reason;
        error_set(error, "%s: %s", path, strerror(errno));
    } else if (read_header(reader, error)) {
        return reader;
    }
    trace_reader_close(reader);
    return NULL;
}

const struct trace_header *trace_reader_header(const struct trace_reader *reader)
{
    return &reader->header;
}

const struct machine *trace_reader_machine(const struct trace_reader *reader)
{
    return reader->machine;
}

void trace_reader_close(struct trace_reader *reader)
{
    if (reader->file != NULL) {
        fclose(reader->file);
    }
    if (reader->machine != NULL) {
        machine_free(reader->machine);
    }
    trace_decode_free(&reader->frame);
    free(reader->header.machine_yaml);
    free(reader->header.machine_name);
    free(reader->header.command);
    free(reader->compressed);
    free(reader->payload);
    free(reader->path);
    free(reader);
}

/* --- frames --- */

/* Ends the reading. The file up to `offset` is whole, the rest is lost. */
static enum trace_read lose(struct trace_reader *reader, uint64_t offset, const char *what)
{
    reader->state = TRACE_CUT;
    error_set(&reader->error,
              "%s: frame %" PRIu64 " at byte %" PRIu64 ": %s; whole frames: %" PRIu64
              "; what was recorded from cycle %" PRIu64 " on is lost",
              reader->path, reader->totals.frames, offset, what, reader->totals.frames,
              reader->totals.end_cycle);
    return reader->state;
}

/* Ends the reading: what stands there was never recorded. */
static enum trace_read refuse(struct trace_reader *reader, uint64_t offset, const char *what)
{
    reader->state = TRACE_ERROR;
    error_set(&reader->error, "%s: frame %" PRIu64 " at byte %" PRIu64 ": %s", reader->path,
              reader->totals.frames, offset, what);
    return reader->state;
}

static enum trace_read refuse_errno(struct trace_reader *reader)
{
    reader->state = TRACE_ERROR;
    error_set(&reader->error, "%s: at byte %" PRIu64 ": %s", reader->path, reader->offset,
              strerror(errno));
    return reader->state;
}

static bool grow(uint8_t **buffer, size_t *room, size_t size)
{
    if (size > *room) {
        uint8_t *const grown = realloc(*buffer, size);

        if (grown == NULL) {
            return false;
        }
        *buffer = grown;
        *room = size;
    }
    return true;
}

static enum trace_read read_end(struct trace_reader *reader, const uint8_t *head, size_t taken)
{
    const uint64_t offset = reader->offset - taken;
    const struct trace_totals *const totals = &reader->totals;
    uint8_t extra;

    if (!is_crc_right(head + TRACE_CRC_OFFSET + 4, TRACE_END_BYTES - TRACE_CRC_OFFSET - 4,
                      trace_get_le32(head + TRACE_CRC_OFFSET))) {
        return lose(reader, offset, "the end mark is damaged (checksum)");
    }
    if (trace_get_le64(head + 8) != totals->frames ||
        trace_get_le64(head + 16) != totals->requests ||
        trace_get_le64(head + 24) != totals->responses ||
        trace_get_le64(head + 32) != totals->end_cycle) {
        return refuse(reader, offset,
                      "the end mark counts other frames, requests, responses or "
                      "cycles than there are");
    }
    if (take(reader, &extra, 1) != 0) {
        return refuse(reader, offset, "the end mark is followed by more");
    }
    reader->state = TRACE_END;
    return TRACE_END;
}

/* The payload of the frame whose header is `head`, in reader->payload. */
static enum trace_read read_payload(struct trace_reader *reader, const uint8_t *head)
{
    const uint64_t offset = reader->offset - TRACE_FRAME_HEADER_BYTES;
    const uint32_t payload_bytes = trace_get_le32(head + 32);
    const uint32_t compressed_bytes = trace_get_le32(head + 36);
    uLong crc;

    if (payload_bytes == 0 || payload_bytes > TRACE_MAX_PAYLOAD_BYTES ||
        compressed_bytes > TRACE_MAX_PAYLOAD_BYTES) {
        return lose(reader, offset, "its header says that it is empty, or larger than can be");
    }
    if (!grow(&reader->compressed, &reader->compressed_room, compressed_bytes) ||
        !grow(&reader->payload, &reader->payload_room, payload_bytes)) {
        return refuse(reader, offset, "out of memory");
    }
    if (take(reader, reader->compressed, compressed_bytes) != compressed_bytes) {
        return ferror(reader->file) ? refuse_errno(reader)
                                    : lose(reader, offset, "the file ends within it");
    }
    crc = crc32(0, head + TRACE_CRC_OFFSET + 4, TRACE_FRAME_HEADER_BYTES - TRACE_CRC_OFFSET - 4);
    crc = crc32(crc, reader->compressed, compressed_bytes);
    if ((uint32_t)crc != trace_get_le32(head + TRACE_CRC_OFFSET)) {
        return lose(reader, offset, "it is damaged (checksum)");
    }
    /* One Zstandard frame, of exactly the size that the header says: no bomb, nothing behind it. */
    if (ZSTD_findFrameCompressedSize(reader->compressed, compressed_bytes) != compressed_bytes ||
        ZSTD_decompress(reader->payload, payload_bytes, reader->compressed, compressed_bytes) !=
            payload_bytes) {
        return refuse(reader, offset, "it does not decompress to the size that its header says");
    }
    return TRACE_FRAME;
}

/* Whether the frame goes on where the one before it ended. */
static enum trace_read check_sequence(struct trace_reader *reader)
{
    const struct trace_frame *const frame = &reader->frame;
    const struct trace_totals *const totals = &reader->totals;
    unsigned position = 0;

    if (totals->frames == 0) {
        return TRACE_FRAME;
    }
    if (frame->carried_count != reader->in_flight_count) {
        return refuse(reader, frame->file_offset,
                      "other requests are in flight in its snapshot "
                      "than when the frame before it ended");
    }
    for (; position < reader->in_flight_count; position++) {
        const struct flight *const before = &reader->in_flight[position];
        const struct flight *const now = &frame->requests[position].flight;

        if (before->accepted_cycle != now->accepted_cycle ||
            before->request.addr != now->request.addr || before->request.op != now->request.op) {
            return refuse(reader, frame->file_offset,
                          "other requests are in flight in its "
                          "snapshot than when the frame before it "
                          "ended");
        }
    }
    return TRACE_FRAME;
}

static void remember(struct trace_reader *reader)
{
    const struct trace_frame *const frame = &reader->frame;
    const struct flight *flights[MMU_MAX_STAGES];

    reader->in_flight_count =
        reader->header.by_transactions ? 0 : trace_frame_in_flight(frame, flights);
    for (unsigned i = 0; i < reader->in_flight_count; i++) {
        reader->in_flight[i] = *flights[i];
    }
    reader->totals.frames++;
    reader->totals.end_cycle = frame->end_cycle;
    for (size_t i = 0; i < frame->request_count; i++) {
        reader->totals.requests +=
            i >= frame->carried_count && frame->requests[i].outcome <= TRACE_UNANSWERED;
        reader->totals.responses += frame->requests[i].outcome == TRACE_ANSWERED;
    }
}

static enum trace_read read_frame(struct trace_reader *reader, const uint8_t *head)
{
    struct trace_frame *const frame = &reader->frame;
    const uint64_t offset = reader->offset - TRACE_FRAME_HEADER_BYTES;
    const uint64_t end_before = frame->end_cycle;
    const uint64_t number = trace_get_le64(head + 8);
    const uint64_t first_cycle = trace_get_le64(head + 16);
    const uint64_t end_cycle = trace_get_le64(head + 24);
    const enum trace_read state = read_payload(reader, head);
    struct error error = {""};

    if (state != TRACE_FRAME) {
        return state;
    }
    if (number != reader->totals.frames ||
        (reader->totals.frames > 0 && first_cycle != end_before)) {
        return refuse(reader, offset, "it does not go on where the frame before it ended");
    }
    if (end_cycle <= first_cycle || end_cycle - first_cycle > TRACE_MAX_FRAME_CYCLES) {
        return refuse(reader, offset, "it has no cycles, or more than a frame can have");
    }
    frame->number = number;
    frame->first_cycle = first_cycle;
    frame->end_cycle = end_cycle;
    frame->file_offset = offset;
    frame->file_bytes = reader->offset - offset;
    if (!trace_decode(&reader->machine->mmu, reader->payload, trace_get_le32(head + 32), frame,
                      &error) ||
        !trace_frame_check(&reader->machine->mmu, frame, reader->header.by_transactions, &error)) {
        return refuse(reader, offset, error.text);
    }
    return check_sequence(reader);
}

enum trace_read trace_reader_next(struct trace_reader *reader, const struct trace_frame **frame,
                                  struct error *error)
{
    uint8_t head[TRACE_FRAME_HEADER_BYTES];

    _Static_assert((int)TRACE_END_BYTES == (int)TRACE_FRAME_HEADER_BYTES,
                   "one read takes in either");
    if (reader->state == TRACE_FRAME) {
        const uint64_t offset = reader->offset;
        const size_t taken = take(reader, head, sizeof(head));
        const uint32_t magic = taken >= 4 ? trace_get_le32(head) : 0;

        if (ferror(reader->file)) {
            refuse_errno(reader);
        } else if (taken == 0) {
            lose(reader, offset, "the file ends here without an end mark");
        } else if (taken < sizeof(head)) {
            lose(reader, offset, "the file ends within it");
        } else if (magic == TRACE_END_MAGIC) {
            read_end(reader, head, taken);
        } else if (magic != TRACE_FRAME_MAGIC) {
            lose(reader, offset, "neither a frame nor an end mark begins here");
        } else if (read_frame(reader, head) == TRACE_FRAME) {
            remember(reader);
            *frame = &reader->frame;
            return TRACE_FRAME;
        }
    }
    error_set(error, "%s", reader->error.text);
    return reader->state;
}
