/* SPDX-License-Identifier: MIT */
#include "sink/trace_encode.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SNAPSHOT_REGS_BYTES = 32,
    SNAPSHOT_SEGMENT_BYTES = 21,
    SNAPSHOT_FLIGHT_BYTES = 64,
    SNAPSHOT_BYTES = SNAPSHOT_REGS_BYTES +
                     MMU_MAX_CONTEXTS * MMU_MAX_SEGMENTS * SNAPSHOT_SEGMENT_BYTES +
                     MMU_MAX_STAGES * SNAPSHOT_FLIGHT_BYTES,
    TABLE_BYTES = (TRACE_COUNTS + TRACE_LANES) * TRACE_VARINT_BYTES,
};

static size_t lane_capacity(unsigned lane)
{
    static const size_t record_bytes[TRACE_LANES] = {
#define X(NAME, size) size,
        TRACE_LANE_LIST(X)
#undef X
    };

    return lane == TRACE_LANE_SNAPSHOT ? SNAPSHOT_BYTES
                                       : record_bytes[lane] * TRACE_MAX_FRAME_RECORDS;
}

bool trace_encoder_init(struct trace_encoder *encoder, const struct mmu_config *config)
{
    size_t total = 0;

    memset(encoder, 0, sizeof(*encoder));
    encoder->predictor.config = *config;
    for (unsigned lane = 0; lane < TRACE_LANES; lane++) {
        total += lane_capacity(lane);
    }
    /* Room for the worst case; pages that are never written to cost nothing. */
    encoder->memory = malloc(total);
    if (encoder->memory == NULL) {
        return false;
    }
    total = 0;
    for (unsigned lane = 0; lane < TRACE_LANES; lane++) {
        encoder->start[lane] = encoder->memory + total;
        total += lane_capacity(lane);
    }
    return true;
}

void trace_encoder_free(struct trace_encoder *encoder)
{
    free(encoder->memory);
    encoder->memory = NULL;
}

/* --- the snapshot --- */

static uint8_t *put_request(uint8_t *at, const struct mmu_request *request)
{
    *at++ = request->op;
    *at++ = request->bytes;
    *at++ = request->access;
    *at++ = request->priv;
    *at++ = request->segment;
    *at++ = request->reg;
    at = trace_put_varint(at, request->addr);
    return trace_put_varint(at, request->wdata);
}

static void encode_snapshot(struct trace_encoder *encoder, const struct snapshot *snapshot)
{
    const struct mmu_config *const config = &encoder->predictor.config;
    const struct mmu_regs *const regs = &snapshot->regs;
    const unsigned segments = (unsigned)config->contexts << config->seg_bits;
    uint8_t *at = encoder->at[TRACE_LANE_SNAPSHOT];

    *at++ = regs->context;
    *at++ = regs->window;
    *at++ = regs->fault_valid;
    *at++ = regs->fault_more;
    *at++ = regs->fault_code;
    *at++ = regs->fault_access;
    *at++ = regs->fault_priv;
    *at++ = regs->fault_segment;
    *at++ = regs->fault_bytes;
    at = trace_put_varint(at, regs->fault_addr);
    for (unsigned i = 0; i < segments; i++) {
        at = trace_put_varint(at, regs->segment[i].base);
        at = trace_put_varint(at, regs->segment[i].size);
        *at++ = regs->segment[i].flags;
    }
    for (unsigned stage = 0; stage < config->stages; stage++) {
        const struct flight *const flight = &snapshot->flight[stage];

        *at++ = snapshot->is_valid[stage];
        if (snapshot->is_valid[stage]) {
            at = put_request(at, &flight->request);
            *at++ = flight->offer.supervisor;
            at = trace_put_varint(at, flight->offer.pc);
            at = trace_put_varint(at, encoder->first_cycle - flight->accepted_cycle);
            at = trace_put_varint(at, flight->accepted_cycle - flight->offered_cycle);
        }
    }
    encoder->at[TRACE_LANE_SNAPSHOT] = at;
}

void trace_encoder_start(struct trace_encoder *encoder, const struct snapshot *snapshot,
                         uint64_t first_cycle)
{
    const struct mmu_config config = encoder->predictor.config;

    trace_predictor_start(&encoder->predictor, &config, first_cycle);
    encoder->first_cycle = first_cycle;
    memcpy(encoder->at, encoder->start, sizeof(encoder->at));
    memset(encoder->count, 0, sizeof(encoder->count));
    encoder->records = 0;
    encoder->accepted = 0;
    encoder->responses = 0;
    encoder->run_end[0] = encoder->run_end[1] = first_cycle;
    encoder->squash_cycle = first_cycle;
    encoder->is_sound = true;
    encode_snapshot(encoder, snapshot);
}

/* --- records --- */

/* Takes room for one record. */
static inline bool begin_record(struct trace_encoder *encoder)
{
    if (__builtin_expect(encoder->records >= TRACE_MAX_FRAME_RECORDS, 0)) {
        encoder->is_sound = false;
        return false;
    }
    encoder->records++;
    return true;
}

static void put_response(struct trace_encoder *encoder, const struct mmu_response *response,
                         uint64_t predicted_paddr, uint8_t predicted_segment)
{
    uint8_t *at = encoder->at[TRACE_LANE_RESPONSE];
    uint8_t *const flags = at++;

    *flags = response->fault & TRACE_RESPONSE_FAULT;
    if (response->fault != MMU_FAULT_NONE) {
        predicted_paddr = 0;
    }
    if (response->addr != predicted_paddr) {
        *flags |= TRACE_RESPONSE_ADDRESS;
        at = trace_put_varint(at, trace_zigzag(response->addr - predicted_paddr));
    }
    if (response->data != 0) {
        *flags |= TRACE_RESPONSE_DATA;
        at = trace_put_varint(at, response->data);
    }
    if (response->segment != predicted_segment) {
        *flags |= TRACE_RESPONSE_SEGMENT;
        *at++ = response->segment;
    }
    encoder->at[TRACE_LANE_RESPONSE] = at;
}

/* Writes a response only where it is not as foreseen: the flag to set in the tag. */
static inline unsigned encode_response(struct trace_encoder *encoder,
                                       const struct mmu_request *request,
                                       const struct mmu_response *response)
{
    struct trace_predictor *const predictor = &encoder->predictor;
    const uint8_t segment = trace_predict_segment(predictor, request);
    const uint64_t paddr = trace_predict_paddr(predictor, request, segment);
    unsigned flag = 0;

    if (response->fault != MMU_FAULT_NONE || response->addr != paddr || response->data != 0 ||
        response->segment != segment) {
        put_response(encoder, response, paddr, segment);
        flag = TRACE_TAG_RESPONSE;
    }
    trace_learn_response(predictor, request, response);
    encoder->responses++;
    return flag;
}

static void put_extra(struct trace_encoder *encoder, const struct mmu_request *request,
                      unsigned extra)
{
    *encoder->at[TRACE_LANE_TAG]++ = (uint8_t)extra;
    if (extra & TRACE_EXTRA_SEGMENT) {
        *encoder->at[TRACE_LANE_FIELD]++ = request->segment;
    }
    if (extra & TRACE_EXTRA_REGISTER) {
        *encoder->at[TRACE_LANE_FIELD]++ = request->reg;
        encoder->at[TRACE_LANE_FIELD] =
            trace_put_varint(encoder->at[TRACE_LANE_FIELD], request->wdata);
    }
}

/* Everything of a request but its response; `latency` is 0 for one that has none. Inlined into both
 * callers, so that the compiler knows the outcome. */
static inline __attribute__((always_inline)) void
encode_request(struct trace_encoder *encoder, const struct flight *flight, uint64_t end_cycle,
               uint64_t latency, unsigned outcome, unsigned response_flag)
{
    struct trace_predictor *const predictor = &encoder->predictor;
    const struct mmu_request *const request = &flight->request;
    const uint64_t offered_cycle =
        flight->offered_cycle < encoder->first_cycle ? encoder->first_cycle : flight->offered_cycle;
    const uint64_t gap = offered_cycle - predictor->end_cycle;
    const uint64_t queue = end_cycle - offered_cycle - 1;
    const uint64_t pc = flight->offer.pc;
    const uint64_t predicted_pc = trace_predict_pc(predictor, request);
    const uint64_t predicted_vaddr = trace_predict_vaddr(predictor, request, pc);
    const uint8_t predicted_bytes = trace_predict_bytes(predictor, request);
    const unsigned extra = request->op | (request->priv ? TRACE_EXTRA_PRIV : 0u) |
                           (flight->offer.supervisor ? TRACE_EXTRA_SUPERVISOR : 0u) |
                           outcome << TRACE_EXTRA_OUTCOME_SHIFT |
                           (request->segment ? TRACE_EXTRA_SEGMENT : 0u) |
                           ((request->reg | request->wdata) != 0 ? TRACE_EXTRA_REGISTER : 0u);
    unsigned tag = request->access | response_flag;

    if (__builtin_expect(offered_cycle < predictor->end_cycle || end_cycle <= offered_cycle, 0)) {
        encoder->is_sound = false;
        return;
    }
    if (gap != predictor->gap || queue != predictor->queue ||
        (outcome == TRACE_ANSWERED && latency != predictor->latency)) {
        uint8_t *at = encoder->at[TRACE_LANE_TIMING];

        tag |= TRACE_TAG_TIMING;
        at = trace_put_varint(at, gap);
        at = trace_put_varint(at, queue);
        if (outcome == TRACE_ANSWERED) {
            at = trace_put_varint(at, latency);
            predictor->latency = latency;
        }
        encoder->at[TRACE_LANE_TIMING] = at;
        predictor->gap = gap;
        predictor->queue = queue;
    }
    predictor->end_cycle = end_cycle;
    if (pc != predicted_pc) {
        tag |= TRACE_TAG_PC;
        encoder->at[TRACE_LANE_PC] =
            trace_put_varint(encoder->at[TRACE_LANE_PC], trace_zigzag(pc - predicted_pc));
    }
    if (request->addr != predicted_vaddr) {
        tag |= TRACE_TAG_ADDRESS;
        encoder->at[TRACE_LANE_ADDRESS] = trace_put_varint(
            encoder->at[TRACE_LANE_ADDRESS], trace_zigzag(request->addr - predicted_vaddr));
    }
    if (request->bytes != predicted_bytes) {
        tag |= TRACE_TAG_BYTES;
        *encoder->at[TRACE_LANE_BYTES]++ = request->bytes;
    }
    if (extra != 0) {
        tag |= TRACE_TAG_EXTRA;
    }
    *encoder->at[TRACE_LANE_TAG]++ = (uint8_t)tag;
    if (extra != 0) {
        put_extra(encoder, request, extra);
    }
    trace_learn_request(predictor, request, pc);
    encoder->count[TRACE_COUNT_REQUESTS]++;
    encoder->accepted += outcome <= TRACE_UNANSWERED;
}

void trace_encode_answered(struct trace_encoder *encoder, const struct flight *flight,
                           uint64_t response_cycle, const struct mmu_response *response)
{
    if (begin_record(encoder)) {
        const unsigned flag = encode_response(encoder, &flight->request, response);

        encode_request(encoder, flight, flight->accepted_cycle + 1,
                       response_cycle - flight->accepted_cycle, TRACE_ANSWERED, flag);
    }
}

void trace_encode_unanswered(struct trace_encoder *encoder, const struct flight *flight,
                             uint64_t end_cycle, enum trace_outcome outcome)
{
    assert(outcome != TRACE_ANSWERED);
    if (begin_record(encoder)) {
        encode_request(encoder, flight, end_cycle, 0, outcome, 0);
    }
}

void trace_encode_carried(struct trace_encoder *encoder, const struct flight *flight,
                          uint64_t response_cycle, const struct mmu_response *response)
{
    uint8_t *const at = encoder->at[TRACE_LANE_RESPONSE];
    struct trace_predictor *const predictor = &encoder->predictor;

    if (!begin_record(encoder)) {
        return;
    }
    if (response == NULL) {
        encoder->at[TRACE_LANE_RESPONSE] = trace_put_varint(at, 0);
        return;
    }
    encoder->at[TRACE_LANE_RESPONSE] =
        trace_put_varint(at, response_cycle - encoder->first_cycle + 1);
    put_response(encoder, response,
                 trace_predict_paddr(predictor, &flight->request,
                                     trace_predict_segment(predictor, &flight->request)),
                 trace_predict_segment(predictor, &flight->request));
    trace_learn_response(predictor, &flight->request, response);
    encoder->responses++;
}

static void encode_run(struct trace_encoder *encoder, unsigned lane, unsigned count,
                       uint64_t *run_end, uint64_t cycle, uint64_t length)
{
    if (begin_record(encoder)) {
        encoder->at[lane] = trace_put_varint(encoder->at[lane], cycle - *run_end);
        encoder->at[lane] = trace_put_varint(encoder->at[lane], length);
        encoder->count[count]++;
        *run_end = cycle + length;
    }
}

void trace_encode_stall(struct trace_encoder *encoder, uint64_t cycle, uint64_t length)
{
    encode_run(encoder, TRACE_LANE_STALL, TRACE_COUNT_STALLS, &encoder->run_end[0], cycle, length);
}

void trace_encode_reset(struct trace_encoder *encoder, uint64_t cycle, uint64_t length)
{
    encode_run(encoder, TRACE_LANE_RESET, TRACE_COUNT_RESETS, &encoder->run_end[1], cycle, length);
}

void trace_encode_squash(struct trace_encoder *encoder, uint64_t cycle, uint64_t count)
{
    if (begin_record(encoder)) {
        uint8_t *at = encoder->at[TRACE_LANE_SQUASH];

        at = trace_put_varint(at, cycle - encoder->squash_cycle);
        encoder->at[TRACE_LANE_SQUASH] = trace_put_varint(at, count);
        encoder->count[TRACE_COUNT_SQUASHES]++;
        encoder->squash_cycle = cycle;
    }
}

/* --- the payload --- */

size_t trace_encoder_finish(struct trace_encoder *encoder, uint8_t *payload)
{
    uint8_t *at = payload;

    for (unsigned i = 0; i < TRACE_COUNTS; i++) {
        at = trace_put_varint(at, encoder->count[i]);
    }
    for (unsigned lane = 0; lane < TRACE_LANES; lane++) {
        at = trace_put_varint(at, (uint64_t)(encoder->at[lane] - encoder->start[lane]));
    }
    assert((size_t)(at - payload) <= TABLE_BYTES);
    for (unsigned lane = 0; lane < TRACE_LANES; lane++) {
        const size_t length = (size_t)(encoder->at[lane] - encoder->start[lane]);

        memcpy(at, encoder->start[lane], length);
        at += length;
    }
    assert(at - payload <= TRACE_MAX_PAYLOAD_BYTES);
    return (size_t)(at - payload);
}
