/* SPDX-License-Identifier: MIT */
/* Traces: what is written is what is read, cycle by cycle, and what was not written is refused. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "source/preamble.h"
#include "source/replay.h"

#include "recording.h"

/* --- what is written is what is read --- */

/* Every cycle of the frame as the recording had it, and the outputs as recorded. False, and which
 * output, when replay_matches finds a difference. */
static bool check_frame(const struct recording *recording, const struct trace_frame *frame,
                        uint64_t noise_seed, struct replay_difference *difference)
{
    struct replay replay;
    struct mmu_in in;
    struct offer offer;

    replay_begin(&replay, frame, noise_seed);
    for (;;) {
        const uint64_t cycle = replay.cycle;
        const struct testbench_cycle *const was = &recording->cycles[cycle];
        const uint64_t squashed = replay_squash(&replay);

        /* A squash said between two frames is in the second one. */
        if (cycle < frame->end_cycle) {
            assert_int_equal(squashed, recording->squashes[cycle]);
        }
        if (!replay_next(&replay, &in, &offer)) {
            assert_int_equal(cycle, frame->end_cycle);
            return true;
        }
        if (!inputs_equal(&in, &was->in)) {
            fail_msg("cycle %llu: other inputs", (unsigned long long)cycle);
        }
        if (in.req_valid) {
            assert_int_equal(offer.pc, was->offer.pc);
            assert_int_equal(offer.supervisor, was->offer.supervisor);
        }
        if (!replay_matches(&replay, &in, &was->model, difference)) {
            return false;
        }
    }
}

/* The frame alone: preamble, then its cycles on a model of its own. */
static void check_frame_alone(const struct recording *recording, const struct trace_frame *frame,
                              uint64_t noise_seed)
{
    static struct preamble preamble;
    const struct mmu_config *const config = &recording->machine.mmu;
    struct replay_difference difference;
    struct replay replay;
    struct error error;
    struct offer offer;
    struct mmu_out out;
    struct mmu_in in;
    struct mmu mmu;

    mmu_init(&mmu, config);
    assert_true(preamble_build(config, &frame->snapshot, &preamble, &error));
    for (size_t i = 0; i < preamble.count; i++) {
        mmu_cycle(&mmu, &preamble.in[i], &out);
    }
    replay_begin(&replay, frame, noise_seed);
    while (replay_next(&replay, &in, &offer)) {
        mmu_cycle(&mmu, &in, &out);
        assert_true(outputs_equal(&out, &recording->cycles[replay.cycle - 1].model));
        assert_true(replay_matches(&replay, &in, &out, &difference));
    }
}

static void recording_of_any_machine_is_read_back(void **state)
{
    const char *const path = recording_path("any");
    struct replay_difference difference;
    struct recording recording;
    struct error error;

    (void)state;
    for (unsigned i = 0; i < recording_config_count; i++) {
        const struct trace_frame *frame;
        struct trace_reader *reader;
        uint64_t cycle = 0, compared = 0;
        enum trace_read read;

        recording_make(&recording, &recording_configs[i], 500 + i, 30000, 700 + i, path);
        reader = trace_reader_open(path, &error);
        assert_non_null(reader);
        assert_string_equal(trace_reader_header(reader)->command, recording.header.command);
        assert_string_equal(trace_reader_machine(reader)->name, "recorded");
        assert_int_equal(trace_reader_header(reader)->seed, 500 + i);
        assert_memory_equal(&trace_reader_machine(reader)->mmu, &recording_configs[i],
                            sizeof(recording_configs[i]));
        while ((read = trace_reader_next(reader, &frame, &error)) == TRACE_FRAME) {
            assert_int_equal(frame->first_cycle, cycle);
            cycle = frame->end_cycle;
            assert_true(check_frame(&recording, frame, recording.header.noise_seed, &difference));
            check_frame_alone(&recording, frame, recording.header.noise_seed);
            assert_true(replay_translate(&recording_configs[i], frame, &compared, &difference));
        }
        if (read != TRACE_END) {
            fail_msg("%s", error.text);
        }
        assert_int_equal(cycle, recording.cycle_count);
        assert_true(compared > 1000);
        trace_reader_close(reader);
        recording_free(&recording);
    }
    unlink(path);
}

static void same_seed_gives_the_same_bytes(void **state)
{
    struct recording recording;
    size_t lengths[3];
    uint8_t *bytes[3];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        const char *const path = recording_path("same");

        recording_make(&recording, &recording_configs[2], i < 2 ? 77 : 78, 5000, 500, path);
        recording_free(&recording);
        bytes[i] = read_whole(path, &lengths[i]);
        unlink(path);
    }
    assert_int_equal(lengths[0], lengths[1]);
    assert_memory_equal(bytes[0], bytes[1], lengths[0]);
    assert_true(lengths[0] != lengths[2] || memcmp(bytes[0], bytes[2], lengths[0]) != 0);
    for (unsigned i = 0; i < 3; i++) {
        free(bytes[i]);
    }
}

/* The first answered request from `start` on. */
static struct trace_request *answered_request(const struct trace_frame *frame, size_t start)
{
    while (frame->requests[start].outcome != TRACE_ANSWERED) {
        start++;
        assert_true(start < frame->request_count);
    }
    return &frame->requests[start];
}

/* The twin: each field of what was recorded, changed, is noticed and named. */
static void changed_recording_is_noticed_by_field(void **state)
{
    const char *const path = recording_path("field");
    struct replay_difference difference;
    const struct trace_frame *frame;
    struct recording recording;
    struct trace_reader *reader;
    struct trace_request *request;
    struct error error;

    (void)state;
    recording_make(&recording, &recording_configs[2], 3, 3000, 65536, path);
    reader = trace_reader_open(path, &error);
    assert_int_equal(trace_reader_next(reader, &frame, &error), TRACE_FRAME);
    request = answered_request(frame, frame->request_count / 2);
#define NOTICED(member, change, name)                                                              \
    request->member change;                                                                        \
    assert_false(check_frame(&recording, frame, recording.header.noise_seed, &difference));        \
    assert_string_equal(difference.port, name);                                                    \
    assert_ptr_equal(difference.flight, &request->flight);                                         \
    assert_int_equal(difference.cycle, request->response_cycle);
    NOTICED(response.addr, ^= 4, "rsp_addr_o")
    request->response.addr ^= 4;
    NOTICED(response.data, ^= 1, "rsp_data_o")
    request->response.data ^= 1;
    NOTICED(response.fault, ^= 7, "rsp_fault_o")
    request->response.fault ^= 7;
    NOTICED(response.segment, ^= 1, "rsp_segment_o")
    request->response.segment ^= 1;
#undef NOTICED
    assert_true(check_frame(&recording, frame, recording.header.noise_seed, &difference));
    request->outcome = TRACE_DROPPED;
    assert_false(check_frame(&recording, frame, recording.header.noise_seed, &difference));
    assert_string_equal(difference.port, "req_ready_o");
    assert_int_equal(difference.recorded, 0);
    assert_int_equal(difference.now, 1);
    request->outcome = TRACE_UNANSWERED;
    assert_false(check_frame(&recording, frame, recording.header.noise_seed, &difference));
    assert_string_equal(difference.port, "rsp_valid_o");
    trace_reader_close(reader);
    recording_free(&recording);
    unlink(path);
}

/* --- files that are cut off or damaged --- */

/* What a whole file holds: where each frame ends, and its cycles. */
struct outline {
    uint64_t frame_end[64];
    uint64_t end_cycle[64];
    unsigned frames;
};

static enum trace_read read_outline(const char *path, struct outline *outline, struct error *error)
{
    struct trace_reader *const reader = trace_reader_open(path, error);
    const struct trace_frame *frame;
    enum trace_read read;

    outline->frames = 0;
    if (reader == NULL) {
        return TRACE_ERROR;
    }
    while ((read = trace_reader_next(reader, &frame, error)) == TRACE_FRAME) {
        assert_true(outline->frames < 64);
        outline->frame_end[outline->frames] = frame->file_offset + frame->file_bytes;
        outline->end_cycle[outline->frames++] = frame->end_cycle;
    }
    trace_reader_close(reader);
    return read;
}

static uint8_t *small_trace(size_t *length, struct outline *outline)
{
    const char *const path = recording_path("small");
    struct recording recording;
    struct error error;
    uint8_t *bytes;

    recording_make(&recording, &recording_configs[2], 9, 120, 25, path);
    recording_free(&recording);
    bytes = read_whole(path, length);
    assert_int_equal(read_outline(path, outline, &error), TRACE_END);
    assert_true(outline->frames >= 3);
    unlink(path);
    return bytes;
}

static void file_cut_anywhere_gives_every_whole_frame(void **state)
{
    const char *const path = recording_path("cut");
    struct outline whole, cut;
    struct error error;
    size_t length;
    uint8_t *const bytes = small_trace(&length, &whole);

    (void)state;
    for (size_t end = 0; end < length; end++) {
        unsigned frames = 0;
        enum trace_read read;

        write_whole(path, bytes, end);
        while (frames < whole.frames && whole.frame_end[frames] <= end) {
            frames++;
        }
        read = read_outline(path, &cut, &error);
        assert_int_equal(cut.frames, frames);
        assert_memory_equal(cut.end_cycle, whole.end_cycle, frames * sizeof(cut.end_cycle[0]));
        assert_non_null(strstr(error.text, path));
        if (read == TRACE_CUT) {
            char lost[64];

            snprintf(lost, sizeof(lost), "from cycle %llu on is lost",
                     frames > 0 ? (unsigned long long)whole.end_cycle[frames - 1] : 0);
            assert_non_null(strstr(error.text, lost));
        } else {
            assert_int_equal(read, TRACE_ERROR); /* within the file header only */
            assert_int_equal(frames, 0);
        }
    }
    free(bytes);
    unlink(path);
}

static void flipped_bit_anywhere_is_never_accepted(void **state)
{
    const char *const path = recording_path("flip");
    struct outline whole, flipped;
    struct error error;
    size_t length;
    uint8_t *const bytes = small_trace(&length, &whole);

    (void)state;
    for (size_t i = 0; i < length; i++) {
        const uint8_t bit = (uint8_t)(1 << i % 8);

        bytes[i] ^= bit;
        write_whole(path, bytes, length);
        assert_int_not_equal(read_outline(path, &flipped, &error), TRACE_END);
        assert_true(flipped.frames <= whole.frames);
        assert_memory_equal(flipped.end_cycle, whole.end_cycle,
                            flipped.frames * sizeof(flipped.end_cycle[0]));
        assert_non_null(strstr(error.text, path));
        bytes[i] ^= bit;
    }
    /* The twin: as it was, it is accepted. */
    write_whole(path, bytes, length);
    assert_int_equal(read_outline(path, &flipped, &error), TRACE_END);
    free(bytes);
    unlink(path);
}

static void bytes_after_the_end_mark_are_refused(void **state)
{
    const char *const path = recording_path("after");
    struct outline outline;
    struct error error;
    size_t length;
    uint8_t *const bytes = small_trace(&length, &outline);

    (void)state;
    bytes[length] = 0; /* read_whole has room for it */
    write_whole(path, bytes, length + 1);
    assert_int_equal(read_outline(path, &outline, &error), TRACE_ERROR);
    assert_non_null(strstr(error.text, "followed by more"));
    free(bytes);
    unlink(path);
}

static void file_of_anything_else_is_refused(void **state)
{
    const char *const path = recording_path("random");
    struct random_source random = {4};
    struct outline outline;
    struct error error;
    uint8_t bytes[2000];

    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            bytes[i] = (uint8_t)random_next(&random);
        }
        if (round % 2 == 1) {
            memcpy(bytes, "\x89SEGMMU\n\1\0\0", 12);
        }
        write_whole(path, bytes, random_below(&random, sizeof(bytes)));
        assert_int_equal(read_outline(path, &outline, &error), TRACE_ERROR);
    }
    unlink(path);
    assert_int_equal(read_outline(path, &outline, &error), TRACE_ERROR);
    assert_non_null(strstr(error.text, "No such file"));
    assert_int_equal(read_outline("/", &outline, &error), TRACE_ERROR);
    assert_non_null(strstr(error.text, "Is a directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recording_of_any_machine_is_read_back),
        cmocka_unit_test(same_seed_gives_the_same_bytes),
        cmocka_unit_test(changed_recording_is_noticed_by_field),
        cmocka_unit_test(file_cut_anywhere_gives_every_whole_frame),
        cmocka_unit_test(flipped_bit_anywhere_is_never_accepted),
        cmocka_unit_test(bytes_after_the_end_mark_are_refused),
        cmocka_unit_test(file_of_anything_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
