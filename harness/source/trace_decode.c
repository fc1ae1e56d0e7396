/* SPDX-License-Identifier: MIT */
#include "source/trace_decode.h"

#include <inttypes.h>
#include <stdlib.h>

#include "segmmu/translate.h"
#include "sink/trace_format.h"

/* A lane that is being read. Reading past its end gives zeros and marks it. */
struct cursor {
    const uint8_t *at, *end;
    bool is_bad;
};

static uint8_t get_byte(struct cursor *cursor)
{
    if (cursor->at == cursor->end) {
        cursor->is_bad = true;
        return 0;
    }
    return *cursor->at++;
}

static uint64_t get_varint(struct cursor *cursor)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t byte = get_byte(cursor);

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            /* The shortest form only, and nothing above bit 63. */
            cursor->is_bad |= (byte == 0 && shift > 0) || (shift == 63 && byte > 1);
            return value;
        }
    }
    cursor->is_bad = true;
    return 0;
}

struct decoder {
    struct cursor lane[TRACE_LANES];
    struct trace_predictor predictor;
    struct trace_frame *frame;
    struct error *error;
};

/* A byte of at most `limit`. */
static uint8_t get_limited(struct cursor *cursor, uint8_t limit)
{
    const uint8_t byte = get_byte(cursor);

    cursor->is_bad |= byte > limit;
    return byte;
}

/* --- the snapshot --- */

static void decode_regs(const struct mmu_config *config, struct cursor *lane, struct mmu_regs *regs)
{
    const unsigned segments = (unsigned)config->contexts << config->seg_bits;

    regs->context = get_limited(lane, (uint8_t)(config->contexts - 1));
    regs->window = get_limited(lane, (uint8_t)(config->contexts - 1));
    regs->fault_valid = get_limited(lane, 1);
    regs->fault_more = get_limited(lane, 1);
    regs->fault_code = get_limited(lane, MMU_FAULT_PHYSICAL);
    regs->fault_access = get_limited(lane, 3);
    regs->fault_priv = get_limited(lane, 1);
    regs->fault_segment = get_limited(lane, 15);
    regs->fault_bytes = get_limited(lane, 31);
    regs->fault_addr = get_varint(lane);
    for (unsigned i = 0; i < segments; i++) {
        struct mmu_segment *const segment = &regs->segment[i];

        segment->base = get_varint(lane);
        segment->size = get_varint(lane);
        segment->flags = get_limited(lane, MMU_FLAGS_ALL);
        lane->is_bad |= segment->base > UINT64_C(1) << config->pa_w;
        lane->is_bad |= segment->size > mmu_span(config);
    }
}

static void decode_flight(struct cursor *lane, uint64_t first_cycle, struct flight *flight)
{
    struct mmu_request *const request = &flight->request;
    uint64_t age, queue;

    request->op = get_limited(lane, 3);
    request->bytes = get_limited(lane, 31);
    request->access = get_limited(lane, 3);
    request->priv = get_limited(lane, 1);
    request->segment = get_limited(lane, 15);
    request->reg = get_byte(lane);
    request->addr = get_varint(lane);
    request->wdata = get_varint(lane);
    flight->offer.supervisor = get_limited(lane, 1);
    flight->offer.pc = get_varint(lane);
    age = get_varint(lane);
    queue = get_varint(lane);
    lane->is_bad |= age == 0 || age > first_cycle || queue > first_cycle - age;
    flight->accepted_cycle = first_cycle - age;
    flight->offered_cycle = flight->accepted_cycle - queue;
}

static bool decode_snapshot(struct decoder *decoder)
{
    const struct mmu_config *const config = &decoder->predictor.config;
    struct trace_frame *const frame = decoder->frame;
    struct snapshot *const snapshot = &frame->snapshot;
    struct cursor *const lane = &decoder->lane[TRACE_LANE_SNAPSHOT];

    memset(snapshot, 0, sizeof(*snapshot));
    decode_regs(config, lane, &snapshot->regs);
    for (unsigned stage = 0; stage < config->stages; stage++) {
        snapshot->is_valid[stage] = get_limited(lane, 1);
        if (snapshot->is_valid[stage]) {
            decode_flight(lane, frame->first_cycle, &snapshot->flight[stage]);
            frame->carried_count++;
        }
    }
    if (lane->is_bad) {
        return error_set(decoder->error, "its snapshot holds what no register can");
    }
    if (lane->at != lane->end) {
        return error_set(decoder->error, "its snapshot is followed by %zu bytes of nothing",
                         (size_t)(lane->end - lane->at));
    }
    return true;
}

/* --- requests --- */

static void decode_response(struct decoder *decoder, struct trace_request *request,
                            bool is_explicit)
{
    struct cursor *const lane = &decoder->lane[TRACE_LANE_RESPONSE];
    const struct mmu_request *const asked = &request->flight.request;
    struct mmu_response *const response = &request->response;
    const uint8_t flags = is_explicit ? get_byte(lane) : 0;

    response->fault = flags & TRACE_RESPONSE_FAULT;
    response->segment = trace_predict_segment(&decoder->predictor, asked);
    if (response->fault == MMU_FAULT_NONE) {
        response->addr = trace_predict_paddr(&decoder->predictor, asked, response->segment);
    }
    if (flags & TRACE_RESPONSE_ADDRESS) {
        response->addr += trace_unzigzag(get_varint(lane));
    }
    if (flags & TRACE_RESPONSE_DATA) {
        response->data = get_varint(lane);
    }
    if (flags & TRACE_RESPONSE_SEGMENT) {
        response->segment = get_limited(lane, 15);
    }
    lane->is_bad |= (flags & TRACE_RESPONSE_UNUSED) != 0;
    trace_learn_response(&decoder->predictor, asked, response);
}

static void decode_carried(struct decoder *decoder, const struct flight *flight,
                           struct trace_request *request)
{
    struct cursor *const lane = &decoder->lane[TRACE_LANE_RESPONSE];
    const uint64_t answered = get_varint(lane);

    *request = (struct trace_request){
        .flight = *flight,
        .end_cycle = flight->accepted_cycle + 1,
        .outcome = TRACE_UNANSWERED,
    };
    if (answered > 0) {
        request->outcome = TRACE_ANSWERED;
        request->response_cycle = decoder->frame->first_cycle + answered - 1;
        lane->is_bad |= request->response_cycle < decoder->frame->first_cycle;
        decode_response(decoder, request, true);
    }
}

static void decode_timing(struct decoder *decoder, struct trace_request *request, bool is_explicit)
{
    struct trace_predictor *const predictor = &decoder->predictor;
    struct cursor *const lane = &decoder->lane[TRACE_LANE_TIMING];
    const uint64_t end_of_frame = decoder->frame->end_cycle;
    struct flight *const flight = &request->flight;

    if (is_explicit) {
        predictor->gap = get_varint(lane);
        predictor->queue = get_varint(lane);
        if (request->outcome == TRACE_ANSWERED) {
            predictor->latency = get_varint(lane);
        }
    }
    /* end_cycle of the predictor never passes the end of the frame. */
    if (predictor->gap >= end_of_frame - predictor->end_cycle ||
        predictor->queue >= end_of_frame - predictor->end_cycle - predictor->gap) {
        lane->is_bad = true;
        return;
    }
    flight->offered_cycle = predictor->end_cycle + predictor->gap;
    request->end_cycle = flight->offered_cycle + predictor->queue + 1;
    predictor->end_cycle = request->end_cycle;
    if (request->outcome <= TRACE_UNANSWERED) {
        flight->accepted_cycle = request->end_cycle - 1;
    }
    if (request->outcome == TRACE_ANSWERED) {
        lane->is_bad |= predictor->latency > end_of_frame - flight->accepted_cycle;
        request->response_cycle = flight->accepted_cycle + predictor->latency;
    }
}

static void decode_request(struct decoder *decoder, struct trace_request *request)
{
    struct trace_predictor *const predictor = &decoder->predictor;
    struct cursor *const lane = decoder->lane;
    struct mmu_request *const asked = &request->flight.request;
    const uint8_t tag = get_byte(&lane[TRACE_LANE_TAG]);
    const uint8_t extra = tag & TRACE_TAG_EXTRA ? get_byte(&lane[TRACE_LANE_TAG]) : 0;

    memset(request, 0, sizeof(*request));
    request->outcome = extra >> TRACE_EXTRA_OUTCOME_SHIFT & 3;
    request->flight.offer.supervisor = (extra & TRACE_EXTRA_SUPERVISOR) != 0;
    asked->access = tag & TRACE_TAG_ACCESS;
    asked->op = extra & TRACE_EXTRA_OP;
    asked->priv = (extra & TRACE_EXTRA_PRIV) != 0;
    if (extra & TRACE_EXTRA_SEGMENT) {
        asked->segment = get_limited(&lane[TRACE_LANE_FIELD], 15);
    }
    if (extra & TRACE_EXTRA_REGISTER) {
        asked->reg = get_byte(&lane[TRACE_LANE_FIELD]);
        asked->wdata = get_varint(&lane[TRACE_LANE_FIELD]);
    }
    asked->bytes = tag & TRACE_TAG_BYTES ? get_limited(&lane[TRACE_LANE_BYTES], 31)
                                         : trace_predict_bytes(predictor, asked);
    request->flight.offer.pc = trace_predict_pc(predictor, asked);
    if (tag & TRACE_TAG_PC) {
        request->flight.offer.pc += trace_unzigzag(get_varint(&lane[TRACE_LANE_PC]));
    }
    asked->addr = trace_predict_vaddr(predictor, asked, request->flight.offer.pc);
    if (tag & TRACE_TAG_ADDRESS) {
        asked->addr += trace_unzigzag(get_varint(&lane[TRACE_LANE_ADDRESS]));
    }
    decode_timing(decoder, request, (tag & TRACE_TAG_TIMING) != 0);
    if (request->outcome == TRACE_ANSWERED) {
        decode_response(decoder, request, (tag & TRACE_TAG_RESPONSE) != 0);
    } else {
        lane[TRACE_LANE_TAG].is_bad |= (tag & TRACE_TAG_RESPONSE) != 0;
    }
    trace_learn_request(predictor, asked, request->flight.offer.pc);
}

static bool is_any_lane_bad(const struct decoder *decoder)
{
    bool is_bad = false;

    for (unsigned lane = 0; lane < TRACE_LANES; lane++) {
        is_bad |= decoder->lane[lane].is_bad;
    }
    return is_bad;
}

static bool decode_requests(struct decoder *decoder)
{
    struct trace_frame *const frame = decoder->frame;
    struct snapshot *const snapshot = &frame->snapshot;
    size_t position = 0;

    for (unsigned stage = MMU_MAX_STAGES; stage-- > 0;) {
        if (snapshot->is_valid[stage]) {
            decode_carried(decoder, &snapshot->flight[stage], &frame->requests[position++]);
        }
    }
    for (; position < frame->request_count; position++) {
        decode_request(decoder, &frame->requests[position]);
        if (is_any_lane_bad(decoder)) {
            return error_set(decoder->error, "request %zu cannot be read", position);
        }
    }
    return true;
}

/* --- runs and squashes --- */

static bool decode_runs(struct decoder *decoder, struct cursor *lane, struct trace_run *runs,
                        size_t count, const char *name)
{
    uint64_t cycle = decoder->frame->first_cycle;

    for (size_t i = 0; i < count; i++) {
        const uint64_t gap = get_varint(lane);
        const uint64_t length = get_varint(lane);

        if (lane->is_bad || length == 0 || (gap == 0 && i > 0) ||
            gap > decoder->frame->end_cycle - cycle ||
            length > decoder->frame->end_cycle - cycle - gap) {
            return error_set(decoder->error, "%s %zu is not within the frame", name, i);
        }
        runs[i] = (struct trace_run){cycle + gap, length};
        cycle += gap + length;
    }
    return true;
}

static bool decode_squashes(struct decoder *decoder)
{
    struct trace_frame *const frame = decoder->frame;
    struct cursor *const lane = &decoder->lane[TRACE_LANE_SQUASH];
    uint64_t cycle = frame->first_cycle;

    for (size_t i = 0; i < frame->squash_count; i++) {
        const uint64_t gap = get_varint(lane);
        const uint64_t count = get_varint(lane);

        if (lane->is_bad || count == 0 || gap > frame->end_cycle - cycle) {
            return error_set(decoder->error, "squash %zu is not within the frame", i);
        }
        cycle += gap;
        frame->squashes[i] = (struct trace_squash){cycle, count};
    }
    return true;
}

/* --- the payload --- */

/* Room for `count` elements where there was other room, or none. */
static bool resize(void **array, size_t count, size_t size)
{
    void *const resized = realloc(*array, (count > 0 ? count : 1) * size);

    if (resized != NULL) {
        *array = resized;
    }
    return resized != NULL;
}

static bool make_room(struct trace_frame *frame)
{
    return resize((void **)&frame->requests, frame->request_count, sizeof(*frame->requests)) &&
           resize((void **)&frame->stalls, frame->stall_count, sizeof(*frame->stalls)) &&
           resize((void **)&frame->resets, frame->reset_count, sizeof(*frame->resets)) &&
           resize((void **)&frame->squashes, frame->squash_count, sizeof(*frame->squashes));
}

/* The table at the start of the payload: counts, and where each lane lies. */
static bool read_table(struct decoder *decoder, const uint8_t *payload, size_t payload_bytes)
{
    struct cursor table = {payload, payload + payload_bytes, false};
    uint64_t count[TRACE_COUNTS], length[TRACE_LANES];
    uint64_t records = 0;
    const uint8_t *at;

    for (unsigned i = 0; i < TRACE_COUNTS; i++) {
        count[i] = get_varint(&table);
        if (count[i] > TRACE_MAX_FRAME_RECORDS) {
            return error_set(decoder->error, "%" PRIu64 " records; a frame has at most %d",
                             count[i], TRACE_MAX_FRAME_RECORDS);
        }
        records += count[i];
    }
    if (records > TRACE_MAX_FRAME_RECORDS) {
        return error_set(decoder->error, "%" PRIu64 " records; a frame has at most %d", records,
                         TRACE_MAX_FRAME_RECORDS);
    }
    for (unsigned lane = 0; lane < TRACE_LANES; lane++) {
        length[lane] = get_varint(&table);
    }
    at = table.at;
    for (unsigned lane = 0; lane < TRACE_LANES; lane++) {
        if (table.is_bad || length[lane] > (size_t)(table.end - at)) {
            return error_set(decoder->error, "its table of lanes reaches beyond its payload");
        }
        decoder->lane[lane] = (struct cursor){at, at + length[lane], false};
        at += length[lane];
    }
    if (at != table.end) {
        return error_set(decoder->error, "its lanes are followed by %zu bytes of nothing",
                         (size_t)(table.end - at));
    }
    decoder->frame->request_count = count[TRACE_COUNT_REQUESTS];
    decoder->frame->stall_count = count[TRACE_COUNT_STALLS];
    decoder->frame->reset_count = count[TRACE_COUNT_RESETS];
    decoder->frame->squash_count = count[TRACE_COUNT_SQUASHES];
    return true;
}

bool trace_decode(const struct mmu_config *config, const uint8_t *payload, size_t payload_bytes,
                  struct trace_frame *frame, struct error *error)
{
    struct decoder decoder = {.frame = frame, .error = error};

    frame->carried_count = 0;
    trace_predictor_start(&decoder.predictor, config, frame->first_cycle);
    if (!read_table(&decoder, payload, payload_bytes) || !decode_snapshot(&decoder)) {
        return false;
    }
    frame->request_count += frame->carried_count;
    if (!make_room(frame)) {
        return error_set(error, "out of memory");
    }
    if (!decode_requests(&decoder) ||
        !decode_runs(&decoder, &decoder.lane[TRACE_LANE_STALL], frame->stalls, frame->stall_count,
                     "stall") ||
        !decode_runs(&decoder, &decoder.lane[TRACE_LANE_RESET], frame->resets, frame->reset_count,
                     "reset") ||
        !decode_squashes(&decoder)) {
        return false;
    }
    for (unsigned lane = 0; lane < TRACE_LANES; lane++) {
        if (decoder.lane[lane].is_bad || decoder.lane[lane].at != decoder.lane[lane].end) {
            return error_set(error, "its lanes and its records do not match");
        }
    }
    return true;
}

void trace_decode_free(struct trace_frame *frame)
{
    free(frame->requests);
    free(frame->stalls);
    free(frame->resets);
    free(frame->squashes);
}
