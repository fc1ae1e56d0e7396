/* SPDX-License-Identifier: MIT */
/* Traces that nobody recorded: right checksums around what no machine could have done. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/random.h"
#include "sink/trace_encode.h"
#include "sink/trace_file.h"
#include "source/trace_decode.h"

#include "recording.h"

/* --- files with a forged frame --- */

static struct machine machine;
static struct trace_header header;

static int set_up(void **state)
{
    (void)state;
    machine = (struct machine){
        .name = (char *)"forged", .mmu = recording_configs[2], .memory = {.ram_bytes = 65536}};
    header = (struct trace_header){.machine_yaml = machine_print(&machine),
                                   .machine_name = (char *)"forged",
                                   .command = (char *)"forged"};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(header.machine_yaml);
    return 0;
}

struct forged {
    uint64_t number, first_cycle, end_cycle;
    size_t payload_bytes; /* as the frame header has it */
    const void *compressed;
    size_t compressed_bytes; /* likewise */
    size_t really;           /* bytes that follow */
};

/* The payload of a frame in which nothing happens. */
static size_t empty_payload(uint8_t *payload)
{
    static struct trace_encoder encoder;
    static const struct snapshot nothing;
    size_t length;

    assert_true(trace_encoder_init(&encoder, &machine.mmu));
    trace_encoder_start(&encoder, &nothing, 0);
    length = trace_encoder_finish(&encoder, payload);
    trace_encoder_free(&encoder);
    return length;
}

/* Writes a file header and the frame, its checksum right, and reads it. */
static enum trace_read read_forged(const struct forged *forged, struct error *error)
{
    const char *const path = recording_path("forged");
    uint8_t *const frame = calloc(1, TRACE_FRAME_HEADER_BYTES + forged->really);
    const size_t frame_bytes = TRACE_FRAME_HEADER_BYTES + forged->really;
    const struct trace_frame *read_frame;
    struct trace_reader *reader;
    struct trace_file file;
    enum trace_read read;
    uint8_t *bytes, *whole;
    size_t length;

    assert_true(trace_file_create(&file, path, &header, error));
    assert_true(trace_file_close(&file, error));
    bytes = read_whole(path, &length);
    length -= TRACE_END_BYTES;
    trace_put_le32(frame, TRACE_FRAME_MAGIC);
    trace_put_le64(frame + 8, forged->number);
    trace_put_le64(frame + 16, forged->first_cycle);
    trace_put_le64(frame + 24, forged->end_cycle);
    trace_put_le32(frame + 32, (uint32_t)forged->payload_bytes);
    trace_put_le32(frame + 36, (uint32_t)forged->compressed_bytes);
    memcpy(frame + TRACE_FRAME_HEADER_BYTES, forged->compressed, forged->really);
    trace_put_le32(frame + 4, (uint32_t)crc32(0, frame + 8, (uInt)(frame_bytes - 8)));
    whole = malloc(length + frame_bytes);
    memcpy(whole, bytes, length);
    memcpy(whole + length, frame, frame_bytes);
    write_whole(path, whole, length + frame_bytes);
    reader = trace_reader_open(path, error);
    assert_non_null(reader);
    read = trace_reader_next(reader, &read_frame, error);
    trace_reader_close(reader);
    unlink(path);
    free(frame);
    free(bytes);
    free(whole);
    return read;
}

/* A frame whose payload is `payload`, whatever it is. */
static enum trace_read read_payload(const uint8_t *payload, size_t length, struct error *error)
{
    const size_t room = ZSTD_compressBound(length);
    uint8_t *const compressed = malloc(room);
    const size_t compressed_bytes = ZSTD_compress(compressed, room, payload, length, 1);
    const struct forged forged = {
        0, 0, 1000, length, compressed, compressed_bytes, compressed_bytes};
    const enum trace_read read = read_forged(&forged, error);

    free(compressed);
    return read;
}

#define REFUSED(call, expected_read, reason)                                                       \
    error.text[0] = '\0';                                                                          \
    assert_int_equal(call, expected_read);                                                         \
    if (strstr(error.text, reason) == NULL || strstr(error.text, "frame 0 at byte ") == NULL) {    \
        fail_msg("%s", error.text);                                                                \
    }

static void frame_header_that_lies_is_refused(void **state)
{
    uint8_t payload[1000], compressed[2000];
    struct error error;
    struct forged right, wrong;

    (void)state;
    right = (struct forged){.end_cycle = 1000, .compressed = compressed};
    right.payload_bytes = empty_payload(payload);
    right.compressed_bytes = right.really =
        ZSTD_compress(compressed, sizeof(compressed), payload, right.payload_bytes, 1);
    /* The twin: as it is, it is accepted. */
    assert_int_equal(read_forged(&right, &error), TRACE_FRAME);
#define LIE(member, value, expected_read, reason)                                                  \
    wrong = right;                                                                                 \
    wrong.member = value;                                                                          \
    REFUSED(read_forged(&wrong, &error), expected_read, reason)
    LIE(number, 1, TRACE_ERROR, "does not go on")
    LIE(end_cycle, 0, TRACE_ERROR, "no cycles")
    LIE(first_cycle, 1001, TRACE_ERROR, "no cycles")
    LIE(end_cycle, TRACE_MAX_FRAME_CYCLES + 1, TRACE_ERROR, "more than a frame")
    LIE(end_cycle, UINT64_MAX, TRACE_ERROR, "more than a frame")
    LIE(payload_bytes, right.payload_bytes + 1, TRACE_ERROR, "does not decompress")
    LIE(payload_bytes, right.payload_bytes - 1, TRACE_ERROR, "does not decompress")
    LIE(payload_bytes, 0, TRACE_CUT, "empty, or larger")
    LIE(payload_bytes, TRACE_MAX_PAYLOAD_BYTES + 1, TRACE_CUT, "empty, or larger")
    LIE(payload_bytes, UINT32_MAX, TRACE_CUT, "empty, or larger")
    LIE(compressed_bytes, UINT32_MAX, TRACE_CUT, "empty, or larger")
    LIE(compressed_bytes, right.compressed_bytes + 1, TRACE_CUT, "ends within it")
    LIE(compressed_bytes, right.compressed_bytes - 1, TRACE_CUT, "checksum")
#undef LIE
    wrong = right; /* a byte behind the Zstandard frame */
    wrong.compressed_bytes = ++wrong.really;
    REFUSED(read_forged(&wrong, &error), TRACE_ERROR, "does not decompress")
}

static void decompression_bomb_is_refused(void **state)
{
    const size_t size = (size_t)256 << 20;
    const size_t room = 1 << 20;
    uint8_t *const zeros = calloc(1, size);
    uint8_t *const compressed = malloc(room);
    struct forged forged = {.end_cycle = 1000, .compressed = compressed};
    struct error error;

    (void)state;
    forged.compressed_bytes = forged.really = ZSTD_compress(compressed, room, zeros, size, 1);
    assert_false(ZSTD_isError(forged.really));
    forged.payload_bytes = 100;
    REFUSED(read_forged(&forged, &error), TRACE_ERROR, "does not decompress")
    forged.payload_bytes = TRACE_MAX_PAYLOAD_BYTES;
    REFUSED(read_forged(&forged, &error), TRACE_ERROR, "does not decompress")
    free(zeros);
    free(compressed);
}

static void table_that_lies_is_refused(void **state)
{
    uint8_t payload[1000];
    const size_t length = empty_payload(payload);
    struct error error;
    uint8_t many[1100];

    (void)state;
    for (unsigned i = 0; i < TRACE_COUNTS; i++) {
        payload[i] = 1; /* a record that is not there */
        assert_int_equal(read_payload(payload, length, &error), TRACE_ERROR);
        payload[i] = 0;
    }
    for (unsigned i = TRACE_COUNTS; i < TRACE_COUNTS + TRACE_LANES; i++) {
        payload[i]++;
        REFUSED(read_payload(payload, length, &error), TRACE_ERROR, "beyond its payload")
        payload[i]--;
    }
    REFUSED(read_payload(payload, length - 1, &error), TRACE_ERROR, "beyond its payload")
    payload[length] = 0;
    REFUSED(read_payload(payload, length + 1, &error), TRACE_ERROR, "bytes of nothing")
    /* 2^32 requests: refused before any room is made. */
    memcpy(many, "\x80\x80\x80\x80\x10", 5);
    memcpy(many + 5, payload + 1, length - 1);
    REFUSED(read_payload(many, length + 4, &error), TRACE_ERROR, "a frame has at most")
    /* A number in a longer form than needed. */
    memcpy(many, "\x80\x00", 2);
    memcpy(many + 2, payload + 1, length - 1);
    assert_int_equal(read_payload(many, length + 1, &error), TRACE_ERROR);
}

/* Payloads of a recording with a few bytes changed, as a decoder sees them behind a checksum that
 * is right. Whatever comes out, it was checked; nothing is read out of bounds (the sanitizers are
 * part of the tests). */
static void changed_payload_is_refused_or_consistent(void **state)
{
    static struct trace_encoder encoder;
    static uint8_t payload[TRACE_MAX_PAYLOAD_BYTES];
    struct random_source random = {6};
    struct trace_frame frame = {.end_cycle = 500};
    struct snapshot snapshot = {0};
    unsigned refused = 0, accepted = 0;
    struct error error;
    size_t length;

    (void)state;
    assert_true(trace_encoder_init(&encoder, &machine.mmu));
    trace_encoder_start(&encoder, &snapshot, 0);
    for (uint64_t i = 0; i < 60; i++) {
        const struct flight flight = {.request = {.addr = random_next(&random) & 0x3fff,
                                                  .bytes = 4,
                                                  .access = i % 3,
                                                  .op = i % 7 == 0},
                                      .offered_cycle = 4 * i,
                                      .accepted_cycle = 4 * i + i % 2};

        trace_encode_answered(&encoder, &flight, 4 * i + 3, &(struct mmu_response){.fault = i % 5});
        if (i % 10 == 0) {
            trace_encode_stall(&encoder, 4 * i + 2, 1);
        }
    }
    trace_encode_squash(&encoder, 300, 5);
    length = trace_encoder_finish(&encoder, payload);
    assert_true(trace_decode(&machine.mmu, payload, length, &frame, &error));
    assert_true(trace_frame_check(&machine.mmu, &frame, false, &error));
    for (unsigned round = 0; round < 100000; round++) {
        uint8_t saved[3];
        size_t place[3];

        for (unsigned i = 0; i < 3; i++) {
            place[i] = random_below(&random, length);
            saved[i] = payload[place[i]];
            payload[place[i]] = (uint8_t)random_next(&random);
        }
        if (trace_decode(&machine.mmu, payload, length, &frame, &error) &&
            trace_frame_check(&machine.mmu, &frame, false, &error)) {
            accepted++;
        } else {
            refused++;
        }
        for (unsigned i = 3; i-- > 0;) {
            payload[place[i]] = saved[i];
        }
    }
    assert_true(refused > 1000);
    assert_true(accepted > 1000); /* other addresses are as good as these */
    trace_decode_free(&frame);
    trace_encoder_free(&encoder);
}

/* --- what cannot have happened --- */

/* Two stages. Cycles 100 to 200; one request carried in, four of its own, one reset. */
static struct {
    struct trace_frame frame;
    struct trace_request requests[6];
    struct trace_run stalls[1], resets[1];
} example;

static struct trace_request request(uint64_t offered, uint64_t accepted, uint64_t response)
{
    return (struct trace_request){
        .flight = {.offered_cycle = offered, .accepted_cycle = accepted},
        .end_cycle = accepted + 1,
        .response_cycle = response,
        .outcome = response != 0 ? TRACE_ANSWERED : TRACE_UNANSWERED,
    };
}

static void make_example(void)
{
    memset(&example, 0, sizeof(example));
    example.requests[0] = request(98, 99, 101);
    example.requests[1] = request(100, 100, 103);
    example.requests[2] = request(101, 104, 106);
    example.requests[3] = request(148, 149, 0); /* dropped by the reset */
    example.requests[4] = request(160, 160, 190);
    example.requests[5] = request(195, 199, 0);
    example.requests[5].end_cycle = 200;
    example.requests[5].outcome = TRACE_PENDING;
    example.stalls[0] = (struct trace_run){170, 20};
    example.resets[0] = (struct trace_run){150, 2};
    example.frame = (struct trace_frame){
        .first_cycle = 100,
        .end_cycle = 200,
        .requests = example.requests,
        .request_count = 6,
        .carried_count = 1,
        .stalls = example.stalls,
        .stall_count = 1,
        .resets = example.resets,
        .reset_count = 1,
    };
}

static void frame_that_cannot_have_happened_is_refused(void **state)
{
    struct error error;

    (void)state;
    make_example();
    assert_true(trace_frame_check(&machine.mmu, &example.frame, false, &error));
#define IMPOSSIBLE(change, reason)                                                                 \
    make_example();                                                                                \
    change;                                                                                        \
    assert_false(trace_frame_check(&machine.mmu, &example.frame, false, &error));                  \
    if (strstr(error.text, reason) == NULL) {                                                      \
        fail_msg("%s", error.text);                                                                \
    }
    IMPOSSIBLE(example.frame.first_cycle = 0, "not the state at power-up")
    /* A third one into two stages. */
    IMPOSSIBLE((example.requests[0].response_cycle = 105, example.requests[1].response_cycle = 106,
                example.requests[2].response_cycle = 107),
               "into a full pipeline")
    IMPOSSIBLE(example.requests[1].response_cycle = 100, "not between its acceptance")
    IMPOSSIBLE(example.requests[1].response_cycle = 101, "overtakes")
    IMPOSSIBLE(example.requests[2].response_cycle = 150, "not between its acceptance")
    IMPOSSIBLE(example.requests[0].response_cycle = 99, "not between its acceptance")
    IMPOSSIBLE(example.requests[4].response_cycle = 200, "not between its acceptance")
    IMPOSSIBLE(example.requests[4].response_cycle = 189, "the receiver is not ready")
    IMPOSSIBLE(example.requests[1].outcome = TRACE_UNANSWERED, "overtakes")
    IMPOSSIBLE(example.requests[4].flight.offered_cycle = 151, "across a reset")
    IMPOSSIBLE(example.requests[3] = request(148, 150, 0), "across a reset")
    IMPOSSIBLE(example.requests[2].outcome = TRACE_DROPPED, "without a reset")
    IMPOSSIBLE(example.requests[5].outcome = TRACE_DROPPED, "without a reset")
    IMPOSSIBLE(example.requests[5].end_cycle = 199, "before the frame's end")
    IMPOSSIBLE(example.requests[4].outcome = TRACE_PENDING, "before the frame's end")
    IMPOSSIBLE((example.resets[0] = (struct trace_run){196, 1}), "left offered")
#undef IMPOSSIBLE
    /* Dropped in the reset's first cycle, or taken back just before it. */
    make_example();
    example.requests[3].outcome = TRACE_DROPPED;
    assert_true(trace_frame_check(&machine.mmu, &example.frame, false, &error));
    example.requests[3].end_cycle = 151;
    assert_true(trace_frame_check(&machine.mmu, &example.frame, false, &error));
}

static void requests_in_flight_at_the_end_are_known(void **state)
{
    const struct flight *flights[MMU_MAX_STAGES];

    (void)state;
    make_example();
    assert_int_equal(trace_frame_in_flight(&example.frame, flights), 0);
    example.requests[4] = request(160, 160, 0);
    assert_int_equal(trace_frame_in_flight(&example.frame, flights), 1);
    assert_ptr_equal(flights[0], &example.requests[4].flight);
    example.frame.reset_count = 0;
    assert_int_equal(trace_frame_in_flight(&example.frame, flights), 2);
    assert_ptr_equal(flights[0], &example.requests[3].flight);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frame_header_that_lies_is_refused),
        cmocka_unit_test(decompression_bomb_is_refused),
        cmocka_unit_test(table_that_lies_is_refused),
        cmocka_unit_test(changed_payload_is_refused_or_consistent),
        cmocka_unit_test(frame_that_cannot_have_happened_is_refused),
        cmocka_unit_test(requests_in_flight_at_the_end_are_known),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
