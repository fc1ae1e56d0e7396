/* SPDX-License-Identifier: MIT */
/* From records to the lanes of one frame: straight into their bytes, no list of events between. */
#ifndef SINK_TRACE_ENCODE_H
#define SINK_TRACE_ENCODE_H

#include "sink/trace.h"
#include "sink/trace_format.h"

struct trace_encoder {
    struct trace_predictor predictor;
    uint64_t first_cycle;
    uint8_t *at[TRACE_LANES];    /* where each lane goes on */
    uint8_t *start[TRACE_LANES]; /* room for TRACE_MAX_FRAME_RECORDS records in each */
    uint64_t count[TRACE_COUNTS];
    uint64_t records;      /* all counts together, and the answers to carried requests */
    uint64_t accepted;     /* of the requests */
    uint64_t responses;    /* moved */
    uint64_t run_end[2];   /* of the last stall and the last reset */
    uint64_t squash_cycle; /* of the last squash */
    bool is_sound; /* false: was given requests out of order, or more than a frame can hold */
    uint8_t *memory;
};

bool trace_encoder_init(struct trace_encoder *encoder, const struct mmu_config *config);
void trace_encoder_free(struct trace_encoder *encoder);

/* Begins a frame. */
void trace_encoder_start(struct trace_encoder *encoder, const struct snapshot *snapshot,
                         uint64_t first_cycle);

/* A request that was accepted in this frame, and its response; in order of acceptance, also below.
 * The hot path. */
void trace_encode_answered(struct trace_encoder *encoder, const struct flight *flight,
                           uint64_t response_cycle, const struct mmu_response *response);
/* A request that has no response in this frame; `outcome` is not ANSWERED. `end_cycle` as in
 * struct trace_request. */
void trace_encode_unanswered(struct trace_encoder *encoder, const struct flight *flight,
                             uint64_t end_cycle, enum trace_outcome outcome);
/* Next of the snapshot's requests, oldest first, each once: its response, or NULL for none. */
void trace_encode_carried(struct trace_encoder *encoder, const struct flight *flight,
                          uint64_t response_cycle, const struct mmu_response *response);
/* Runs of one kind, in order. */
void trace_encode_stall(struct trace_encoder *encoder, uint64_t cycle, uint64_t length);
void trace_encode_reset(struct trace_encoder *encoder, uint64_t cycle, uint64_t length);
void trace_encode_squash(struct trace_encoder *encoder, uint64_t cycle, uint64_t count);

/* The frame's payload, uncompressed, into `payload` (TRACE_MAX_PAYLOAD_BYTES): its size. */
size_t trace_encoder_finish(struct trace_encoder *encoder, uint8_t *payload);

#endif
