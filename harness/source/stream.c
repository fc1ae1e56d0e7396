/* SPDX-License-Identifier: MIT */
#include "source/stream.h"

#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Either side looks this often before it goes to sleep: a synchronous answer comes sooner than a
 * system call would return. */
enum { SPINS = 2000 };

/* A bell is 1 while somebody sleeps by it, or is about to. */
static void bell_ring(_Atomic uint32_t *bell)
{
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(bell, memory_order_relaxed) != 0) {
        atomic_store(bell, 0);
        syscall(SYS_futex, bell, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
    }
}

/* To be called, and the condition looked at once more, before bell_sleep. */
static void bell_announce(_Atomic uint32_t *bell)
{
    atomic_store(bell, 1);
}

/* Sleeps until the bell is rung, or for a tenth of a second: whoever died holding the rope must not
 * keep the other side for ever. */
static void bell_sleep(_Atomic uint32_t *bell)
{
    const struct timespec timeout = {.tv_nsec = 100L * 1000 * 1000};

    syscall(SYS_futex, bell, FUTEX_WAIT, 1, &timeout, NULL, 0);
}

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

void stream_init(struct stream *stream)
{
    memset(stream, 0, offsetof(struct stream, records));
    stream->limit = STREAM_BLOCK;
}

static bool is_consumed_to(struct stream *stream, uint64_t count)
{
    return atomic_load_explicit(&stream->consumed, memory_order_acquire) >= count ||
           stream_is_halted(stream);
}

/* Waits until the consumer is done with the first `count` records, or the stream is halted. */
static void wait_consumed(struct stream *stream, uint64_t count)
{
    for (unsigned spin = 0; spin < SPINS; spin++) {
        if (is_consumed_to(stream, count)) {
            return;
        }
        pause_briefly();
    }
    for (;;) {
        bell_announce(&stream->producer_bell);
        if (is_consumed_to(stream, count)) {
            return;
        }
        bell_sleep(&stream->producer_bell);
    }
}

void stream_publish(struct stream *stream)
{
    if (stream->discard) {
        return;
    }
    atomic_store_explicit(&stream->published, stream->appended, memory_order_release);
    bell_ring(&stream->consumer_bell);
}

void stream_make_room(struct stream *stream)
{
    if (stream->discard) {
        /* The records are written over; nobody reads them. */
        stream->limit = stream->appended + STREAM_BLOCK;
        return;
    }
    stream_publish(stream);
    if (stream->appended + STREAM_BLOCK > STREAM_CAPACITY) {
        wait_consumed(stream, stream->appended + STREAM_BLOCK - STREAM_CAPACITY);
    }
    stream->limit = stream->appended + STREAM_BLOCK;
}

static void append(struct stream *stream, struct stream_record record)
{
    if (!stream->discard) {
        *stream_slot(stream) = record;
        stream_commit(stream);
    }
}

void stream_mark(struct stream *stream, uint32_t process, enum account_purpose purpose,
                 uint64_t event)
{
    append(stream, (struct stream_record){
                       .kind = STREAM_MARK, .addr = account_of(process, purpose), .answer = event});
}

void stream_idle(struct stream *stream, uint64_t cycles)
{
    append(stream, (struct stream_record){.kind = STREAM_IDLE, .addr = cycles});
}

bool stream_drain(struct stream *stream)
{
    if (stream->discard) {
        return true;
    }
    append(stream, (struct stream_record){.kind = STREAM_DRAIN});
    stream_publish(stream);
    wait_consumed(stream, stream->appended);
    return !stream_is_halted(stream);
}

const struct stream_record *stream_await(struct stream *stream)
{
    struct stream_record *const last =
        &stream->records[(stream->appended - 1) & (STREAM_CAPACITY - 1)];

    stream_publish(stream);
    wait_consumed(stream, stream->appended);
    if (stream_is_halted(stream)) {
        last->fault = MMU_FAULT_PHYSICAL;
        last->answer = 0;
    }
    return last;
}

size_t stream_take(struct stream *stream, struct stream_record **first,
                   const _Atomic uint32_t *stop)
{
    const uint64_t consumed = atomic_load_explicit(&stream->consumed, memory_order_relaxed);
    const uint64_t index = consumed & (STREAM_CAPACITY - 1);

    for (unsigned spin = 0;; spin++) {
        const uint64_t published = atomic_load_explicit(&stream->published, memory_order_acquire);

        if (published != consumed) {
            const uint64_t waiting = published - consumed;
            const uint64_t unbroken = STREAM_CAPACITY - index;

            *first = &stream->records[index];
            return waiting < unbroken ? waiting : unbroken;
        }
        if (atomic_load(stop) != 0) {
            return 0;
        }
        if (spin < SPINS) {
            pause_briefly();
        } else if (spin % 2 == 0) {
            bell_announce(&stream->consumer_bell); /* and look once more */
        } else {
            bell_sleep(&stream->consumer_bell);
        }
    }
}

void stream_release(struct stream *stream, size_t count)
{
    const uint64_t consumed = atomic_load_explicit(&stream->consumed, memory_order_relaxed);

    atomic_store_explicit(&stream->consumed, consumed + count, memory_order_release);
    bell_ring(&stream->producer_bell);
}

void stream_wake(struct stream *stream)
{
    bell_ring(&stream->consumer_bell);
}

void stream_halt(struct stream *stream)
{
    atomic_store(&stream->halted, 1);
    bell_ring(&stream->producer_bell);
}
