/* SPDX-License-Identifier: MIT */
/* The process that runs mutants: this program once more, as
 *
 *     segmmu mutate-worker SHARED SLOT LIBRARY
 *
 * SHARED is an inherited descriptor of memory with a struct mutate_shared; LIBRARY the shared
 * object with all mutants. Workers take mutants from the memory until none is left. A mutant that
 * takes its worker down is that worker's `entry`: another worker goes on with the next. */
#ifndef CLI_MUTATE_WORKER_H
#define CLI_MUTATE_WORKER_H

#include "cli/mutate.h"

enum mutate_phase {
    MUTATE_PHASE_NONE, /* it has not started */
    MUTATE_PHASE_LOADING,
    MUTATE_PHASE_RUNNING, /* the cycle must go on */
    MUTATE_PHASE_DONE,
};

enum { MUTATE_NO_ENTRY = UINT32_MAX };

struct mutate_slot {
    _Atomic enum mutate_phase phase;
    atomic_uint entry; /* that it runs, or MUTATE_NO_ENTRY */
    _Atomic uint64_t cycle;
    unsigned first; /* to be run before others, or MUTATE_NO_ENTRY */
};

struct mutate_entry {
    unsigned mutant;
    struct mutant_result result;
};

struct mutate_shared {
    struct mutant_trial trial;
    unsigned count;   /* of entries */
    atomic_uint next; /* entry to be taken */
    atomic_bool stop;
    struct mutate_slot slots[MUTATE_MAX_JOBS];
    struct mutate_entry entries[];
};

static inline size_t mutate_shared_size(size_t count)
{
    return sizeof(struct mutate_shared) + count * sizeof(struct mutate_entry);
}

#endif
