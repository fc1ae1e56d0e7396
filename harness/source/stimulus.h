/* SPDX-License-Identifier: MIT */
/* Generated stimulus: the inputs of every cycle, made to reach the corners of the specification.
 *
 *     directed subjects --+
 *     crosses           --+--> script (steps) --> player --> struct mmu_in
 *     random episodes   --+                         ^
 *                                                   +------- outputs of the cycle before
 *
 * First the directed part: every rule at every edge, a table of subjects (stimulus_directed.c for
 * one request at a time, stimulus_hazards.c for requests that meet). Then random episodes without
 * end (stimulus_random.c), by turns with the crosses of functional coverage (stimulus_crosses.c)
 * until each has been played. The player gives the steps their time: a valid beat waits unchanged
 * until it moves, resets apart, and valid never depends on the ready of its own cycle.
 *
 * The same configuration, seed and outputs give the same inputs, to the bit.
 */
#ifndef SOURCE_STIMULUS_H
#define SOURCE_STIMULUS_H

#include "lockstep/dut_contract.h"
#include "source/stimulus_crosses.h"

struct stimulus {
    struct script script;
    uint64_t seed;
    uint64_t noise_seed; /* of trace_noise, which fills what nobody asks for; never 0 */

    /* Where the directed part stands. */
    unsigned directed_round; /* every subject plays its item `round` in turn */
    unsigned directed_subject;
    bool directed_done;
    uint64_t directed_cycles;   /* cycles that the directed part took, once it is done */
    const char *subject;        /* name of what is played now; static */
    struct input_limits limits; /* of the DUT; none after stimulus_init */

    /* Where the crosses stand. */
    unsigned next_cross;  /* how many were played */
    unsigned first_cross; /* item that is played first; the others follow around the end */
    bool is_cross_turn;
    bool is_aimed; /* the next cross goes for aim_group, by aim_item where it is an item's */
    bool has_aim_item;
    enum coverage_group aim_group;
    unsigned aim_item;

    /* The player. */
    struct random_source timing; /* apart from the script's, so that no wait changes a request */
    uint64_t cycle;              /* of the next call, since the start or the last restart */
    uint64_t earlier_cycles;     /* before that */
    struct mmu_in last;          /* what the last call gave */
    unsigned in_flight;
    bool is_offering;
    struct mmu_request offered;
    unsigned gap_left;
    unsigned reset_left;
    bool timer_runs; /* when it is over, steps up to the next reset are left out */
    unsigned timer_left;
    struct ready_pattern ready;
    unsigned ready_phase;
};

/* The configuration must be valid. */
void stimulus_init(struct stimulus *stimulus, const struct mmu_config *config, uint64_t seed);

/* The inputs of the next cycle; begins with one cycle of reset. `out` is what the cycle before
 * gave, NULL in the first. Writes every field of *in. */
void stimulus_next(struct stimulus *stimulus, const struct mmu_out *out, struct mmu_in *in);

/* Goes on with another DUT, which has just been begun: with a cycle of reset, and what would have
 * followed the item that is played now. The next call of stimulus_next has no `out`. */
void stimulus_restart(struct stimulus *stimulus);

/* Goes for a bin of functional coverage with what is played next. The same aims at the same cycles
 * give the same stimulus. */
void stimulus_aim(struct stimulus *stimulus, const struct coverage_bins *bins, unsigned bin);

/* Names of the directed part's subjects, in the order of their first items; NULL past the last. */
const char *stimulus_directed_name(unsigned index);

#endif
