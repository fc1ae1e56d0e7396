/* SPDX-License-Identifier: MIT */
/* Replay: a frame of a trace as the inputs of every cycle, and what came of them held against what
 * was recorded. */
#ifndef SOURCE_REPLAY_H
#define SOURCE_REPLAY_H

#include "sink/trace.h"

struct replay {
    const struct trace_frame *frame;
    uint64_t noise_seed;
    uint64_t cycle; /* of the next call, as recorded */
    /* Next in each list of the frame. */
    size_t request, response, stall, reset, squash;
    const struct trace_request *offered; /* in the cycle that was given last, or NULL */
    bool moves;                          /* it is accepted in that cycle */
};

/* The frame must stay as it is until the replay is over. */
void replay_begin(struct replay *replay, const struct trace_frame *frame, uint64_t noise_seed);

/* How many accepted requests the recording squashed before the next cycle; 0 for none. Call it
 * until it is 0, also after the last cycle. */
uint64_t replay_squash(struct replay *replay);

/* The inputs of the next cycle; false at the end of the frame. Writes every field of both. */
bool replay_next(struct replay *replay, struct mmu_in *in, struct offer *offer);

/* An output that is not as it was recorded. */
struct replay_difference {
    uint64_t cycle;
    const char *port; /* as in the specification */
    uint64_t recorded, now;
    const struct flight *flight; /* the request that it is about, or NULL; of the frame */
};

/* Compares the outputs of the cycle that was given last with what was recorded: whether the offered
 * request moved, and which response. A trace does not hold what the outputs were where nothing
 * could move. */
bool replay_matches(struct replay *replay, const struct mmu_in *in, const struct mmu_out *out,
                    struct replay_difference *difference);

/* The frame's requests one after the other, without a clock: each recorded answer held against
 * mmu_translate (a user's translation) or mmu_execute. `compared` counts them. */
bool replay_translate(const struct mmu_config *config, const struct trace_frame *frame,
                      uint64_t *compared, struct replay_difference *difference);

#endif
