/* SPDX-License-Identifier: MIT */
#include "source/pump.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct pump {
    struct stream *stream;
    struct timing timing;
    struct testbench *bench;
    const struct machine *machine;
    pthread_t thread;
    _Atomic uint32_t stop;
    bool is_agreed;
};

/* Released piece by piece, so that a producer that waits for room need not wait for all of it. */
enum { PIECE = 1 << 12 };

/* To be read when what was run is released. */
static void tell_cycle(struct pump *pump)
{
    atomic_store_explicit(&pump->stream->cycle, pump->bench->cycle, memory_order_relaxed);
}

static bool pump_all(struct pump *pump)
{
    struct stream_record *records;
    size_t count;

    if (!timing_init(&pump->timing, pump->bench, pump->machine)) {
        return false;
    }
    tell_cycle(pump);
    while ((count = stream_take(pump->stream, &records, &pump->stop)) > 0) {
        const size_t piece = count < PIECE ? count : PIECE;

        if (!timing_run(&pump->timing, records, piece)) {
            return false;
        }
        tell_cycle(pump);
        stream_release(pump->stream, piece);
    }
    return timing_drain(&pump->timing);
}

static void *pump_main(void *argument)
{
    struct pump *const pump = argument;

    pump->is_agreed = pump_all(pump);
    if (!pump->is_agreed) {
        stream_halt(pump->stream);
    }
    return NULL;
}

struct pump *pump_start(struct stream *stream, struct testbench *bench,
                        const struct machine *machine, struct error *error)
{
    struct pump *const pump = calloc(1, sizeof(*pump));
    sigset_t all, before;
    int failure;

    if (pump == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    pump->stream = stream;
    pump->bench = bench;
    pump->machine = machine;
    /* Signals are the main thread's. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failure = pthread_create(&pump->thread, NULL, pump_main, pump);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure != 0) {
        error_set(error, "cannot start the checking thread: %s", strerror(failure));
        free(pump);
        return NULL;
    }
    return pump;
}

bool pump_stop(struct pump *pump, char *complaint)
{
    bool is_agreed;

    atomic_store(&pump->stop, 1);
    stream_wake(pump->stream);
    pthread_join(pump->thread, NULL);
    is_agreed = pump->is_agreed;
    strcpy(complaint, pump->timing.complaint);
    free(pump);
    return is_agreed;
}
