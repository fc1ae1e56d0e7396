/* SPDX-License-Identifier: MIT */
/* What writer and reader of a trace share: sizes, lanes, flags, numbers, and the predictor that
 * both of them run, so that only what it did not foresee is written. The format is described in
 * traces/README.md, to the byte.
 */
#ifndef SINK_TRACE_FORMAT_H
#define SINK_TRACE_FORMAT_H

#include <stddef.h>
#include <string.h>

#include "segmmu/types.h"

#define TRACE_MAGIC "\x89SEGMMU\n" /* 8 bytes; what spoils text files spoils this */

enum {
    TRACE_VERSION = 1,
    TRACE_VERSION_TRANSACTIONS = 2, /* the same, trace_header.by_transactions */
    TRACE_FRAME_MAGIC = 0x4d415246, /* "FRAM" */
    TRACE_END_MAGIC = 0x2e444e45,   /* "END." */

    TRACE_PROLOGUE_BYTES = 20,     /* magic, version, length and CRC of the file header */
    TRACE_FRAME_HEADER_BYTES = 40, /* of each frame, before its payload */
    TRACE_END_BYTES = 40,          /* the end mark */
    TRACE_CRC_OFFSET = 4,          /* in a frame and in the end mark: what follows it is covered */

    TRACE_MAX_HEADER_BYTES = 1 << 20,
    TRACE_MAX_PAYLOAD_BYTES = 8 << 20, /* of one frame, compressed or not */
    TRACE_MAX_FRAME_CYCLES = 1 << 22,

    /* A frame ends with the cycle in which it came to hold this many records (requests, runs and
     * squashes together); what is open at that moment is added. */
    TRACE_FRAME_RECORDS = 1 << 16,
    TRACE_TAIL_RECORDS = 1 << 12, /* the same for a writer in memory */
    TRACE_MAX_FRAME_RECORDS = TRACE_FRAME_RECORDS + 16,
};

/* A frame's payload is a table of counts and lengths, then these lanes one after the other. A lane
 * holds one field of all records, because like fields compress best beside each other.
 * X(NAME, largest size of one record in it) */
#define TRACE_LANE_LIST(X)                                                                         \
    X(SNAPSHOT, 0) /* sized apart */                                                               \
    X(TAG, 2)                                                                                      \
    X(TIMING, 30)                                                                                  \
    X(PC, 10)                                                                                      \
    X(ADDRESS, 10)                                                                                 \
    X(BYTES, 1)                                                                                    \
    X(FIELD, 12)                                                                                   \
    X(RESPONSE, 32)                                                                                \
    X(STALL, 20)                                                                                   \
    X(RESET, 20)                                                                                   \
    X(SQUASH, 20)

enum trace_lane_name {
#define X(NAME, size) TRACE_LANE_##NAME,
    TRACE_LANE_LIST(X)
#undef X
        TRACE_LANES,
};

/* What a payload counts, in this order. */
enum trace_count {
    TRACE_COUNT_REQUESTS,
    TRACE_COUNT_STALLS,
    TRACE_COUNT_RESETS,
    TRACE_COUNT_SQUASHES,
    TRACE_COUNTS,
};

/* The first byte of a request in the lane TAG: its access in bits 1:0, and what was not foreseen
 * and therefore stands in the other lanes. */
enum trace_tag {
    TRACE_TAG_ACCESS = 3,
    TRACE_TAG_BYTES = 1 << 2,
    TRACE_TAG_TIMING = 1 << 3,
    TRACE_TAG_PC = 1 << 4,
    TRACE_TAG_ADDRESS = 1 << 5,
    TRACE_TAG_RESPONSE = 1 << 6,
    TRACE_TAG_EXTRA = 1 << 7, /* a second byte follows; without it that byte is 0 */
};

/* The second byte: op in bits 1:0, outcome (enum trace_outcome) in bits 5:4. */
enum trace_extra {
    TRACE_EXTRA_OP = 3,
    TRACE_EXTRA_PRIV = 1 << 2,
    TRACE_EXTRA_SUPERVISOR = 1 << 3,
    TRACE_EXTRA_OUTCOME_SHIFT = 4,
    TRACE_EXTRA_SEGMENT = 1 << 6,  /* the request's segment is not 0: in lane FIELD */
    TRACE_EXTRA_REGISTER = 1 << 7, /* reg and wdata are not both 0: in lane FIELD */
};

/* The first byte of a response in lane RESPONSE: its fault in bits 3:0. */
enum trace_response_flag {
    TRACE_RESPONSE_FAULT = 15,
    TRACE_RESPONSE_ADDRESS = 1 << 4,
    TRACE_RESPONSE_DATA = 1 << 5,
    TRACE_RESPONSE_SEGMENT = 1 << 6,
    TRACE_RESPONSE_UNUSED = 1 << 7,
};

/* What the end mark says of all frames together. */
struct trace_totals {
    uint64_t frames;
    uint64_t requests;  /* accepted in these frames */
    uint64_t responses; /* moved in them */
    uint64_t end_cycle; /* of the last frame; 0 without one */
};

/* --- numbers --- */

enum { TRACE_VARINT_BYTES = 10 };

/* Little-endian groups of 7 bits, bit 7 set in all but the last; the shortest form only. */
static inline uint8_t *trace_put_varint(uint8_t *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

/* A difference of either sign as a small number: 0, -1, 1, -2, ... */
static inline uint64_t trace_zigzag(uint64_t difference)
{
    return difference << 1 ^ (0 - (difference >> 63));
}

static inline uint64_t trace_unzigzag(uint64_t number)
{
    return number >> 1 ^ (0 - (number & 1));
}

static inline void trace_put_le32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

static inline void trace_put_le64(uint8_t *at, uint64_t value)
{
    trace_put_le32(at, (uint32_t)value);
    trace_put_le32(at + 4, (uint32_t)(value >> 32));
}

static inline uint32_t trace_get_le32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t trace_get_le64(const uint8_t *at)
{
    return trace_get_le32(at) | (uint64_t)trace_get_le32(at + 4) << 32;
}

/* --- the predictor --- */

/* What the records of a frame so far say of the next one. Starts anew with each frame. */
struct trace_predictor {
    struct mmu_config config;
    uint8_t segment_shift;        /* where an address has its segment number, and how wide; */
    uint8_t segment_mask;         /* 0 where the request names it */
    uint64_t end_cycle;           /* one past the last cycle in which a request was offered */
    uint64_t gap, queue, latency; /* cycles, of the last request that had them */
    uint64_t pc;                  /* of the last request */
    uint64_t next_pc;             /* one past the last fetch */
    uint64_t vaddr[4];            /* of the last translate with this access */
    uint64_t displacement[MMU_MAX_SEGMENTS]; /* paddr - vaddr of the last one in this segment */
    uint8_t bytes[4];                        /* of the last translate with this access */
};

static inline void trace_predictor_start(struct trace_predictor *predictor,
                                         const struct mmu_config *config, uint64_t first_cycle)
{
    memset(predictor, 0, sizeof(*predictor));
    predictor->config = *config;
    if (config->select == MMU_SELECT_EXPLICIT) {
        predictor->segment_shift = (uint8_t)mmu_offset_width(config);
        predictor->segment_mask = (uint8_t)(mmu_segment_count(config) - 1);
    }
    predictor->end_cycle = first_cycle;
    predictor->latency = config->stages;
}

static inline uint64_t trace_predict_pc(const struct trace_predictor *predictor,
                                        const struct mmu_request *request)
{
    return request->access == MMU_ACCESS_EXECUTE ? predictor->next_pc : predictor->pc;
}

static inline uint64_t trace_predict_vaddr(const struct trace_predictor *predictor,
                                           const struct mmu_request *request, uint64_t pc)
{
    if (request->op != MMU_OP_TRANSLATE) {
        return 0;
    }
    return request->access == MMU_ACCESS_EXECUTE && pc != 0 ? pc
                                                            : predictor->vaddr[request->access];
}

static inline uint8_t trace_predict_bytes(const struct trace_predictor *predictor,
                                          const struct mmu_request *request)
{
    return request->op == MMU_OP_TRANSLATE ? predictor->bytes[request->access] : 0;
}

/* The segment in a response to `request`, as the specification has it. */
static inline uint8_t trace_predict_segment(const struct trace_predictor *predictor,
                                            const struct mmu_request *request)
{
    if (request->op != MMU_OP_TRANSLATE || request->priv) {
        return 0;
    }
    if (predictor->config.select == MMU_SELECT_NAMED) {
        return request->segment;
    }
    return (uint8_t)(request->addr >> predictor->segment_shift) & predictor->segment_mask;
}

/* The physical address of a response without a fault from segment `segment`. */
static inline uint64_t trace_predict_paddr(const struct trace_predictor *predictor,
                                           const struct mmu_request *request, uint8_t segment)
{
    if (request->op != MMU_OP_TRANSLATE) {
        return 0;
    }
    return request->priv ? request->addr : request->addr + predictor->displacement[segment];
}

static inline void trace_learn_request(struct trace_predictor *predictor,
                                       const struct mmu_request *request, uint64_t pc)
{
    predictor->pc = pc;
    if (request->op == MMU_OP_TRANSLATE) {
        predictor->vaddr[request->access] = request->addr;
        predictor->bytes[request->access] = request->bytes;
        if (request->access == MMU_ACCESS_EXECUTE) {
            predictor->next_pc = pc != 0 ? pc + request->bytes : 0;
        }
    }
}

static inline void trace_learn_response(struct trace_predictor *predictor,
                                        const struct mmu_request *request,
                                        const struct mmu_response *response)
{
    if (request->op == MMU_OP_TRANSLATE && !request->priv && response->fault == MMU_FAULT_NONE) {
        predictor->displacement[response->segment & 15] = response->addr - request->addr;
    }
}

#endif
