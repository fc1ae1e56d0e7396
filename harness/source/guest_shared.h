/* SPDX-License-Identifier: MIT */
/* What the two processes of a guest share: one page of memory, in which they take turns.
 *
 *     parent: guest.c                            child: guest_child.c
 *                              turn   <--------   ready, or dead with an `error` that says why
 *     cpu, max_steps,          turn   -------->   runs the CPU
 *                              turn   <--------   cpu and event
 */
#ifndef SOURCE_GUEST_SHARED_H
#define SOURCE_GUEST_SHARED_H

#include <stdatomic.h>

#include "source/guest.h"
#include "source/guest_turn.h"

struct guest_shared {
    struct guest_turn turn;
    struct guest_cpu cpu;
    uint64_t max_steps;
    struct guest_event event;
    struct error error;
    _Atomic uint32_t interrupt; /* set by guest_interrupt, cleared when it was reported */
};

/* The life of the child. Returns never. */
_Noreturn void guest_child(const struct guest_options *options, struct guest_shared *shared);

/* From now on only the system calls that a running CPU needs: memory for translated code, and the
 * futexes of turn and stream. Anything else kills the process. */
bool guest_filter_install(struct error *error);

#endif
