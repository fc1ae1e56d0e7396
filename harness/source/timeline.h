/* SPDX-License-Identifier: MIT */
/* A stimulus as a list of phases instead of cycles, so that it can be edited: leave a phase out,
 * and what follows moves up. Played, a request waits until it moves, so every edit is a stimulus
 * that keeps the rules of the channels. */
#ifndef SOURCE_TIMELINE_H
#define SOURCE_TIMELINE_H

#include <stddef.h>

#include "base/error.h"
#include "lockstep/testbench.h"

enum phase_kind {
    PHASE_REQUEST, /* offered until it moves */
    PHASE_IDLE,    /* nothing is offered */
    PHASE_RESET,
};

struct phase {
    enum phase_kind kind;
    bool is_ready;   /* IDLE, RESET: rsp_ready */
    bool has_offer;  /* RESET: `request` is on offer */
    uint64_t cycles; /* IDLE, RESET: how long. REQUEST: how long at most where a RESET follows,
                      * which then takes the offer back; 0: until it moves */
    /* REQUEST: rsp_ready is low in the first stall_cycles, then in those whose bit is set, bit 0
     * first; then it is high. */
    uint64_t stall_cycles;
    uint64_t stall_bits;
    struct mmu_request request;
    struct offer offer;
    uint64_t played_cycles; /* when the timeline was played last, a failing one too */
};

/* All zero is empty. */
struct timeline {
    struct phase *phases;
    size_t count, capacity;
    uint64_t open_cycles; /* so far, of the last phase, when it is a request that has not moved */
    /* Of timeline_from_trace, as recorded: */
    uint64_t first_cycle; /* that noise goes by */
    uint64_t seed, noise_seed;
    size_t played_count; /* phases that timeline_play began last */
};

/* Appends a cycle; `moved`: the request was accepted in it. False when memory ran out. */
bool timeline_add(struct timeline *timeline, const struct mmu_in *in, const struct offer *offer,
                  bool moved);
/* A copy without phases [first, end); false when memory ran out. `copy` may have been used. */
bool timeline_copy_without(struct timeline *copy, const struct timeline *timeline, size_t first,
                           size_t end);
size_t timeline_request_count(const struct timeline *timeline);
void timeline_free(struct timeline *timeline);

/* What is played beside the phases. */
struct timeline_manner {
    uint64_t noise_seed;  /* nonzero: unused inputs carry noise (trace_noise) */
    uint64_t tail_cycles; /* at most so many idle ones, until everything accepted is answered */
    const struct input_limits *limits; /* that every cycle is held to; NULL: none */
    struct mmu_in *shown;              /* gets the inputs of a cycle before it is run; or NULL */
};

/* Plays all phases on a testbench, and the tail. True when no cycle disagreed. */
bool timeline_play(struct timeline *timeline, struct testbench *bench,
                   const struct timeline_manner *manner);

/* The same, recorded as a trace; the testbench must not have begun. False with an error where the
 * trace cannot be written. */
bool timeline_record(struct timeline *timeline, struct testbench *bench,
                     const struct timeline_manner *manner, const char *path, const char *command,
                     struct error *error);

/* Whether the RTL's ports carry the stimulus. False with an error that names the first request that
 * they do not. No limits: NULL. */
bool timeline_fits(const struct timeline *timeline, const struct input_limits *limits,
                   const struct mmu_config *config, struct error *error);

/* Writes down what a testbench is given. Add the sink; after a failing cycle, which no sink sees,
 * call timeline_recorder_end. */
struct timeline_recorder {
    struct timeline *timeline;
    const struct testbench *bench;
    bool is_short; /* memory ran out: a cycle is missing */
};
struct sink timeline_recorder_sink(struct timeline_recorder *recorder);
/* False when a cycle is missing. */
bool timeline_recorder_end(struct timeline_recorder *recorder);

/* The stimulus of a trace, from power-up on; `timeline` is empty. False with an error when the
 * trace cannot be read to its end, or memory ran out. */
bool timeline_from_trace(struct timeline *timeline, const char *path, struct error *error);

#endif
