/* SPDX-License-Identifier: MIT */
#include "source/play.h"

#include <stdlib.h>

#include "source/preamble.h"
#include "source/replay.h"

static bool play_preamble(const struct mmu_config *config, const struct snapshot *snapshot,
                          play_clock *clock, void *context, bool *goes_on, struct error *error)
{
    struct preamble *const preamble = malloc(sizeof(*preamble));
    bool is_built;

    if (preamble == NULL) {
        return error_set(error, "out of memory");
    }
    is_built = preamble_build(config, snapshot, preamble, error);
    for (size_t i = 0; is_built && *goes_on && i < preamble->count; i++) {
        const struct play_cycle cycle = {
            .in = preamble->in[i], .offer = preamble->offer[i], .moves = preamble->in[i].req_valid};

        *goes_on = clock(context, &cycle);
    }
    free(preamble);
    return is_built;
}

static bool play_frame(const struct trace_frame *frame, uint64_t noise_seed, play_clock *clock,
                       void *context)
{
    struct replay replay;
    struct play_cycle cycle;

    replay_begin(&replay, frame, noise_seed);
    while (replay_next(&replay, &cycle.in, &cycle.offer)) {
        cycle.number = replay.cycle - 1;
        cycle.moves = replay.moves;
        if (!clock(context, &cycle)) {
            return false;
        }
    }
    return true;
}

static bool play_frames(struct trace_reader *reader, play_clock *clock, void *context,
                        struct error *error)
{
    const struct mmu_config *const config = &trace_reader_machine(reader)->mmu;
    const struct trace_header *const header = trace_reader_header(reader);
    bool goes_on = true, is_first = true;

    while (goes_on) {
        const struct trace_frame *frame;

        switch (trace_reader_next(reader, &frame, error)) {
        case TRACE_FRAME:
            break;
        case TRACE_END:
            return true;
        case TRACE_CUT:
        case TRACE_ERROR:
            return false;
        }
        /* A trace from the first cycle on has the reset in it. */
        if (is_first && frame->first_cycle > 0 && !header->by_transactions &&
            !play_preamble(config, &frame->snapshot, clock, context, &goes_on, error)) {
            return false;
        }
        is_first = false;
        goes_on = goes_on && play_frame(frame, header->noise_seed, clock, context);
    }
    return true;
}

bool play_trace(const char *path, play_clock *clock, void *context, struct error *error)
{
    struct trace_reader *const reader = trace_reader_open(path, error);
    bool is_read;

    if (reader == NULL) {
        return false;
    }
    is_read = play_frames(reader, clock, context, error);
    trace_reader_close(reader);
    return is_read;
}
