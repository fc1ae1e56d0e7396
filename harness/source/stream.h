/* SPDX-License-Identifier: MIT */
/* The stream: every request that the guest and its supervisor send to the MMU, in program order,
 * with the answer that they went on with. One producer at a time, one consumer, in different
 * processes: it lives in memory that both share (MAP_SHARED), has a fixed size, and hands over in
 * large blocks.
 *
 *     guest (child) --+
 *                     +--> stream --> timing --> testbench (model, DUT, checker) --> sinks
 *     supervisor   ---+
 */
#ifndef SOURCE_STREAM_H
#define SOURCE_STREAM_H

#include <stdatomic.h>
#include <stddef.h>

#include "lockstep/account.h"
#include "segmmu/types.h"

enum stream_kind {
    STREAM_REQUEST, /* a request of the channel */
    STREAM_SQUASH,  /* the last `addr` requests belong to an instruction that will be restarted */
    STREAM_DRAIN,   /* answer all that came before, then go on */
    STREAM_MARK,    /* answer all that came before; from here on the cycles are those of the account
                     * `addr`; `answer` is the memory event that happens here, or 0 */
    STREAM_IDLE,    /* answer all that came before, then offer nothing for `addr` cycles */
};

enum stream_flag {
    STREAM_SUPERVISOR = 1 << 0, /* from the supervisor; a pipelined CPU drains first */
};

/* 32 bytes. For a request: what it asks, and what its sender went on with. */
struct stream_record {
    uint64_t addr;   /* translate: virtual address; write register: the value; SQUASH: the count;
                      * MARK: account_of(process, purpose); IDLE: cycles */
    uint64_t answer; /* physical address, or the value read; MARK: number of a memory event */
    uint64_t pc;     /* guest's program counter; of the call for the supervisor's */
    uint8_t kind;    /* enum stream_kind */
    uint8_t flags;   /* enum stream_flag */
    uint8_t op;      /* enum mmu_op */
    uint8_t fault;   /* enum mmu_fault of the answer */
    uint8_t bytes;   /* translate */
    uint8_t access;  /* translate: enum mmu_access, bit 7: privileged mode (any operation) */
    uint8_t segment; /* translate: the request's segment (named), later the answer's */
    uint8_t reg;     /* register operations */
};

enum { STREAM_ACCESS_PRIV = 0x80 };

enum {
    STREAM_CAPACITY = 1 << 17, /* records */
    STREAM_BLOCK = 1 << 13,    /* records that are handed over at once */
};

/* Starts on a page; the record array follows. Producer and consumer fields are on cache lines of
 * their own. */
struct stream {
    /* Written by the producer. */
    _Alignas(64) _Atomic uint64_t published; /* records handed over, ever */
    uint64_t appended;                       /* records written, ever; producer's alone */
    uint64_t limit;                          /* appended may reach this without looking */
    bool synchronous; /* every request waits for the consumer's answer (engine rtl) */
    bool discard;     /* nothing is recorded (engine translate) */
    /* Written by the consumer. */
    _Alignas(64) _Atomic uint64_t consumed;
    _Atomic uint64_t cycle;  /* cycles run for what was consumed; exact after stream_drain */
    _Atomic uint32_t halted; /* nonzero: the consumer found a disagreement or failed; stop */
    /* Sleepers on either side wait here (futex). */
    _Alignas(64) _Atomic uint32_t producer_bell;
    _Atomic uint32_t consumer_bell;
    _Alignas(64) struct stream_record records[STREAM_CAPACITY];
};

/* Sets up a stream in memory of sizeof(struct stream), shared or not. */
void stream_init(struct stream *stream);

/* --- producer --- */

/* The slot of the next record; write all its fields, then stream_commit. May wait for the consumer
 * where the stream is full. */
void stream_make_room(struct stream *stream);
static inline struct stream_record *stream_slot(struct stream *stream)
{
    if (stream->appended == stream->limit) {
        stream_make_room(stream);
    }
    return &stream->records[stream->appended & (STREAM_CAPACITY - 1)];
}
static inline void stream_commit(struct stream *stream)
{
    stream->appended++;
}

/* Hands over all that was committed. */
void stream_publish(struct stream *stream);

/* Publishes, and waits until the consumer has answered and compared everything. False when the
 * stream is halted: nothing may leave to the host any more. */
bool stream_drain(struct stream *stream);

/* From here on the machine works for `process` (or ACCOUNT_NOBODY) and `purpose`, and the memory
 * event with the number `event` (sink/memory_log.h; 0: none) happens here. What is in flight is
 * answered first, so that each cycle is one account's; it costs no cycle otherwise, but the gap of
 * a blocking CPU before the next request is the new account's. Nothing is handed over by it, and
 * nothing happens on a stream that discards. */
void stream_mark(struct stream *stream, uint32_t process, enum account_purpose purpose,
                 uint64_t event);

/* Nothing is offered for `cycles` cycles, in which the MMU is clocked as in any other. As
 * stream_mark. */
void stream_idle(struct stream *stream, uint64_t cycles);

/* For synchronous streams: publishes the last committed record, waits, and returns it with the
 * consumer's answer filled in. When the stream is halted the answer is a `physical` fault. */
const struct stream_record *stream_await(struct stream *stream);

static inline bool stream_is_halted(struct stream *stream)
{
    return atomic_load_explicit(&stream->halted, memory_order_acquire) != 0;
}

/* --- consumer --- */

/* Waits until a record is there or `stop` is nonzero; the number of records from *first on that
 * lie in one piece (0 when stopped and empty). The consumer may write to them (answers). */
size_t stream_take(struct stream *stream, struct stream_record **first,
                   const _Atomic uint32_t *stop);
/* Done with `count` of them. */
void stream_release(struct stream *stream, size_t count);
/* Wakes a consumer that waits, after its `stop` was set. */
void stream_wake(struct stream *stream);
/* Nothing more may be believed: wakes the producer, whose waits return at once from now on. */
void stream_halt(struct stream *stream);

#endif
