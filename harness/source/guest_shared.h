/* SPDX-License-Identifier: MIT */
/* What the two processes of a guest share: one page of memory and a socket.
 *
 *     parent: guest.c                        child: guest_child.c
 *     writes cpu and max_steps, sends a byte   -------->   runs the CPU
 *     reads cpu and event        <--------   writes cpu and event, sends a byte
 *
 * The child's first byte says that it is ready, or that `error` says why not. A socket that
 * closes is a child that died.
 */
#ifndef SOURCE_GUEST_SHARED_H
#define SOURCE_GUEST_SHARED_H

#include <stdatomic.h>

#include "source/guest.h"

enum {
    GUEST_BYTE_READY = 'R',
    GUEST_BYTE_FAILED = 'F',
    GUEST_BYTE_RESUME = 'G',
    GUEST_BYTE_EVENT = 'E',
};

struct guest_shared {
    struct guest_cpu cpu;
    uint64_t max_steps;
    struct guest_event event;
    struct error error;
    _Atomic uint32_t interrupt; /* set by guest_interrupt, cleared when it was reported */
};

/* The life of the child; `socket` is its end. Returns never. */
_Noreturn void guest_child(const struct guest_options *options, struct guest_shared *shared,
                           int socket);

/* From now on only the system calls that a running CPU needs: memory for translated code, the
 * stream's futex, the socket. Anything else kills the process. */
bool guest_filter_install(int socket, struct error *error);

#endif
