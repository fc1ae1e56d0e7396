/* SPDX-License-Identifier: MIT */
/* The sink that records. A request is written down when its response moves, in one record with it;
 * what is open when a frame ends is written then. */
#include <stdlib.h>
#include <sys/stat.h>

#include "sink/trace_encode.h"
#include "sink/trace_file.h"

/* A run of cycles that has not ended. */
struct open_run {
    bool is_open;
    uint64_t cycle;
};

enum { FLIGHTS = TRANSACTION_IN_FLIGHT };

struct trace_writer {
    struct testbench *bench;
    struct trace_encoder encoder;
    uint64_t record_limit; /* of a frame */
    struct open_run stall, reset;
    struct flight taken_back; /* by the reset of this cycle, if was_taken_back */
    bool was_taken_back;
    bool is_ended; /* nothing is recorded any more */

    bool has_file;
    struct trace_file file;
    struct trace_file_frame frame; /* as it was last finished; its payload buffer is kept */

    /* For the tail: `frame` is the one before the one that is being recorded. */
    struct trace_header header;
    bool has_frame;

    bool has_failed; /* by itself; the file has an error of its own */
};

/* --- frames --- */

/* The sink's control, which ends a frame, comes with the frame's last cycle at the latest. */
static void wake_in_time(struct trace_writer *writer)
{
    testbench_wake(writer->bench, writer->encoder.first_cycle + TRACE_MAX_FRAME_CYCLES - 1);
}

static void start_frame(struct trace_writer *writer, uint64_t first_cycle)
{
    struct snapshot snapshot;

    if (writer->header.by_transactions) {
        /* What is in flight is not carried over, but it counts as done. */
        snapshot = (struct snapshot){.regs = writer->bench->transaction->regs};
    } else {
        testbench_snapshot(writer->bench, &snapshot);
    }
    trace_encoder_start(&writer->encoder, &snapshot, first_cycle);
    if (writer->stall.is_open) {
        writer->stall.cycle = first_cycle;
    }
    if (writer->reset.is_open) {
        writer->reset.cycle = first_cycle;
    }
    wake_in_time(writer);
}

static void end_runs(struct trace_writer *writer, uint64_t end_cycle)
{
    struct trace_encoder *const encoder = &writer->encoder;

    if (writer->stall.is_open && writer->stall.cycle < end_cycle) {
        trace_encode_stall(encoder, writer->stall.cycle, end_cycle - writer->stall.cycle);
    }
    if (writer->reset.is_open && writer->reset.cycle < end_cycle) {
        trace_encode_reset(encoder, writer->reset.cycle, end_cycle - writer->reset.cycle);
    }
}

/* A request of the frame before, and its response or NULL. */
static void encode_carried(struct trace_writer *writer, const struct flight *flight, uint64_t cycle,
                           const struct mmu_response *response)
{
    if (!writer->header.by_transactions) {
        trace_encode_carried(&writer->encoder, flight, cycle, response);
    }
}

/* An accepted request to which no response moves in this frame. */
static void encode_open(struct trace_writer *writer, const struct flight *flight)
{
    if (flight->accepted_cycle < writer->encoder.first_cycle) {
        encode_carried(writer, flight, 0, NULL);
    } else {
        trace_encode_unanswered(&writer->encoder, flight, flight->accepted_cycle + 1,
                                TRACE_UNANSWERED);
    }
}

/* Writes down what is open before `end_cycle`, and finishes the frame's payload. `flights` are in
 * flight, oldest first; `pending` is still offered, or NULL. */
static void finish_frame(struct trace_writer *writer, uint64_t end_cycle,
                         const struct flight *const *flights, unsigned flight_count,
                         const struct flight *pending)
{
    for (unsigned i = 0; i < flight_count; i++) {
        encode_open(writer, flights[i]);
    }
    if (pending != NULL) {
        trace_encode_unanswered(&writer->encoder, pending, end_cycle, TRACE_PENDING);
    }
    end_runs(writer, end_cycle);
    if (!writer->encoder.is_sound) {
        writer->has_failed = true;
        writer->is_ended = true;
        return;
    }
    writer->frame.first_cycle = writer->encoder.first_cycle;
    writer->frame.end_cycle = end_cycle;
    writer->frame.accepted = writer->encoder.accepted;
    writer->frame.responses = writer->encoder.responses;
    writer->frame.payload_bytes = trace_encoder_finish(&writer->encoder, writer->frame.payload);
    writer->has_frame = true;
}

/* The requests in flight, oldest first; how many. */
static unsigned list_flights(const struct testbench *bench, const struct flight *flights[FLIGHTS])
{
    const unsigned places = bench->transaction != NULL ? FLIGHTS : MMU_MAX_STAGES + 1;

    for (unsigned i = 0; i < bench->flight_count; i++) {
        flights[i] = &bench->flights[(bench->flight_first + i) % places];
    }
    return bench->flight_count;
}

static void finish_frame_here(struct trace_writer *writer, uint64_t end_cycle)
{
    const struct testbench *const bench = writer->bench;
    const struct flight *flights[FLIGHTS];
    const unsigned flight_count = list_flights(bench, flights);

    finish_frame(writer, end_cycle, flights, flight_count,
                 bench->is_offered ? &bench->offered : NULL);
}

static void next_frame(struct trace_writer *writer, uint64_t end_cycle)
{
    finish_frame_here(writer, end_cycle);
    if (writer->has_file && !writer->has_failed) {
        trace_file_put_frame(&writer->file, &writer->frame);
        writer->is_ended = writer->file.has_failed;
    }
    start_frame(writer, end_cycle);
}

/* --- the sink --- */

static void on_completed(void *context, uint64_t cycle, const struct flight *flight,
                         const struct mmu_response *response)
{
    struct trace_writer *const writer = context;

    if (flight->accepted_cycle < writer->encoder.first_cycle) {
        encode_carried(writer, flight, cycle, response);
    } else {
        trace_encode_answered(&writer->encoder, flight, cycle, response);
    }
    if (__builtin_expect(writer->encoder.records >= writer->record_limit, 0)) {
        testbench_wake(writer->bench, cycle);
    }
}

static void on_dropped(void *context, uint64_t cycle, const struct flight *flight,
                       bool was_accepted)
{
    struct trace_writer *const writer = context;

    (void)cycle;
    if (was_accepted) {
        encode_open(writer, flight);
    } else {
        writer->taken_back = *flight;
        writer->was_taken_back = true;
    }
}

static void on_squashed(void *context, uint64_t count)
{
    struct trace_writer *const writer = context;

    if (!writer->is_ended) {
        trace_encode_squash(&writer->encoder, writer->bench->cycle, count);
        testbench_wake(writer->bench, writer->bench->cycle);
    }
}

static void follow_run(struct open_run *run, bool is_on, uint64_t cycle,
                       void (*encode)(struct trace_encoder *, uint64_t, uint64_t),
                       struct trace_encoder *encoder)
{
    if (run->is_open == is_on) {
        return;
    }
    if (run->is_open && run->cycle < cycle) {
        encode(encoder, run->cycle, cycle - run->cycle);
    }
    run->is_open = is_on;
    run->cycle = cycle;
}

/* A cycle of reset: what was offered until now, and what is offered in it (a reset may change it).
 */
static void encode_taken_back(struct trace_writer *writer, uint64_t cycle, const struct mmu_in *in,
                              const struct offer *offer)
{
    const struct flight *const old = &writer->taken_back;
    const bool goes_on =
        writer->was_taken_back && in->req_valid && requests_equal(&old->request, &in->req);

    if (writer->was_taken_back) {
        const uint64_t end_cycle = goes_on ? cycle + 1 : cycle;

        if (old->offered_cycle < end_cycle && writer->encoder.first_cycle < end_cycle) {
            trace_encode_unanswered(&writer->encoder, old, end_cycle, TRACE_DROPPED);
        }
        writer->was_taken_back = false;
    }
    if (in->req_valid && !goes_on) {
        const struct flight new = {.request = in->req, .offer = *offer, .offered_cycle = cycle};

        trace_encode_unanswered(&writer->encoder, &new, cycle + 1, TRACE_DROPPED);
    }
}

static void on_control(void *context, uint64_t cycle, const struct mmu_in *in)
{
    struct trace_writer *const writer = context;
    struct trace_encoder *const encoder = &writer->encoder;

    if (writer->is_ended) {
        return;
    }
    follow_run(&writer->stall, in->rsp_ready == 0, cycle, trace_encode_stall, encoder);
    follow_run(&writer->reset, in->rst, cycle, trace_encode_reset, encoder);
    if (in->rst) {
        encode_taken_back(writer, cycle, in,
                          &writer->bench->history[cycle % TESTBENCH_HISTORY].offer);
    }
    if (encoder->records >= writer->record_limit ||
        cycle + 1 - encoder->first_cycle >= TRACE_MAX_FRAME_CYCLES) {
        next_frame(writer, cycle + 1);
    } else {
        wake_in_time(writer);
    }
}

void trace_writer_set_frame_records(struct trace_writer *writer, unsigned records)
{
    writer->record_limit = records < TRACE_FRAME_RECORDS ? records : TRACE_FRAME_RECORDS;
    testbench_wake(writer->bench, writer->bench->cycle);
}

struct sink trace_writer_sink(struct trace_writer *writer)
{
    return (struct sink){
        .context = writer,
        .completed = on_completed,
        .dropped = on_dropped,
        .squashed = on_squashed,
        .control = on_control,
    };
}

/* --- the end --- */

/* The cycle in which model and DUT disagreed, or the DUT stopped. No sink has seen it: it is
 * recorded with what the model answered. */
static void finish_failing_frame(struct trace_writer *writer)
{
    const struct testbench *const bench = writer->bench;
    const uint64_t cycle = bench->cycle;
    const struct testbench_cycle *const now = &bench->history[cycle % TESTBENCH_HISTORY];
    const struct mmu_out *const out = bench->engine == ENGINE_RTL ? &now->dut : &now->model;
    const bool is_scored = bench->verdict != TESTBENCH_DUT_BROKEN;
    const struct flight *flights[FLIGHTS + 1];
    const struct flight *const *in_flight = flights;
    unsigned flight_count = list_flights(bench, flights);
    struct flight offered = bench->offered;
    const struct flight *pending = NULL;

    if (!bench->is_offered) {
        offered =
            (struct flight){.request = now->in.req, .offer = now->offer, .offered_cycle = cycle};
    }
    if (is_scored && out->rsp_valid && now->in.rsp_ready && !now->in.rst && flight_count > 0) {
        on_completed(writer, cycle, *in_flight++, &out->rsp);
        flight_count--;
    }
    if (now->in.rst) {
        while (flight_count > 0) {
            on_dropped(writer, cycle, *in_flight++, true);
            flight_count--;
        }
        if (bench->is_offered) {
            on_dropped(writer, cycle, &bench->offered, false);
        }
        encode_taken_back(writer, cycle, &now->in, &now->offer);
    } else if (now->in.req_valid) {
        if (is_scored && out->req_ready && flight_count < FLIGHTS) {
            offered.accepted_cycle = cycle;
            flights[in_flight - flights + flight_count++] = &offered;
        } else {
            pending = &offered;
        }
    }
    follow_run(&writer->stall, now->in.rsp_ready == 0, cycle, trace_encode_stall, &writer->encoder);
    follow_run(&writer->reset, now->in.rst, cycle, trace_encode_reset, &writer->encoder);
    finish_frame(writer, cycle + 1, in_flight, flight_count, pending);
}

/* The last frame, as far as there is one. Ends the recording; false when no frame is left. */
static bool finish_last_frame(struct trace_writer *writer)
{
    writer->is_ended = true;
    if (writer->bench->verdict != TESTBENCH_AGREED) {
        finish_failing_frame(writer);
        return !writer->has_failed;
    }
    if (writer->bench->cycle == writer->encoder.first_cycle) {
        return false;
    }
    finish_frame_here(writer, writer->bench->cycle);
    return !writer->has_failed;
}

/* --- opening and closing --- */

static void free_writer(struct trace_writer *writer)
{
    trace_encoder_free(&writer->encoder);
    free(writer->frame.payload);
    free(writer->header.machine_yaml);
    free(writer->header.machine_name);
    free(writer->header.command);
    free(writer);
}

static bool copy_header(struct trace_header *to, const struct trace_header *from)
{
    *to = (struct trace_header){
        .machine_yaml = strdup(from->machine_yaml),
        .machine_name = strdup(from->machine_name),
        .command = strdup(from->command),
        .seed = from->seed,
        .noise_seed = from->noise_seed,
        .by_transactions = from->by_transactions,
    };
    return to->machine_yaml != NULL && to->machine_name != NULL && to->command != NULL;
}

static struct trace_writer *new_writer(struct testbench *bench, const char *path,
                                       const struct trace_header *header, struct error *error)
{
    struct trace_writer *const writer = calloc(1, sizeof(*writer));

    if (writer != NULL) {
        writer->bench = bench;
        writer->frame.payload = malloc(TRACE_MAX_PAYLOAD_BYTES);
    }
    if (writer == NULL || writer->frame.payload == NULL || !copy_header(&writer->header, header) ||
        !trace_encoder_init(&writer->encoder, &bench->machine->mmu)) {
        if (writer != NULL) {
            free_writer(writer);
        }
        error_set(error, "%s: out of memory", path);
        return NULL;
    }
    return writer;
}

struct trace_writer *trace_writer_open(const char *path, const struct trace_header *header,
                                       struct testbench *bench, struct error *error)
{
    struct trace_writer *const writer = new_writer(bench, path, header, error);

    if (writer == NULL) {
        return NULL;
    }
    if (!trace_file_create(&writer->file, path, header, error)) {
        free_writer(writer);
        return NULL;
    }
    writer->has_file = true;
    /* Without what is open when a frame ends. */
    writer->record_limit = TRACE_FRAME_RECORDS - (header->by_transactions ? FLIGHTS : 0);
    start_frame(writer, bench->cycle);
    return writer;
}

struct trace_writer *trace_writer_open_memory(const struct trace_header *header,
                                              struct testbench *bench, struct error *error)
{
    struct trace_writer *const writer = new_writer(bench, "recording in memory", header, error);

    if (writer == NULL) {
        return NULL;
    }
    writer->record_limit = TRACE_TAIL_RECORDS;
    start_frame(writer, bench->cycle);
    return writer;
}

static bool records_to(const struct trace_writer *writer, const char *path)
{
    struct stat own, other;

    return writer->has_file && fstat(writer->file.fd, &own) == 0 && stat(path, &other) == 0 &&
           own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

bool trace_writer_save_tail(struct trace_writer *writer, const char *path, struct error *error)
{
    struct trace_file file;

    if (writer->has_failed || writer->is_ended) {
        return error_set(error, "%s: there is no recording to save", path);
    }
    if (records_to(writer, path)) {
        return error_set(error, "%s: holds the whole recording, and not its tail alone", path);
    }
    if (!trace_file_create(&file, path, &writer->header, error)) {
        return false;
    }
    if (writer->has_frame) {
        trace_file_put_frame(&file, &writer->frame);
    }
    if (finish_last_frame(writer)) {
        trace_file_put_frame(&file, &writer->frame);
        if (writer->has_file) {
            trace_file_put_frame(&writer->file, &writer->frame);
        }
    }
    if (writer->has_failed) {
        trace_file_close(&file, NULL);
        return error_set(error, "%s: the recording is out of order", path);
    }
    return trace_file_close(&file, error);
}

bool trace_writer_status(const struct trace_writer *writer, struct error *error)
{
    if (writer->has_file && writer->file.has_failed) {
        return error_set(error, "%s", writer->file.error.text);
    }
    return !writer->has_failed || error_set(error, "trace: the recording is out of order");
}

bool trace_writer_close(struct trace_writer *writer, struct error *error)
{
    bool is_written;

    if (writer->has_file) {
        if (!writer->is_ended && finish_last_frame(writer)) {
            trace_file_put_frame(&writer->file, &writer->frame);
        }
        is_written = trace_file_close(&writer->file, error);
        if (is_written && writer->has_failed) {
            is_written = error_set(error, "trace: the recording is out of order");
        }
    } else {
        is_written = trace_writer_status(writer, error);
    }
    free_writer(writer);
    return is_written;
}
