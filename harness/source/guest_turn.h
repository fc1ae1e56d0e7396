/* SPDX-License-Identifier: MIT */
/* Whose turn it is: the parent's or the child's, never both. Each sleeps while the other has it.
 *
 * One word of shared memory, a futex of the kind that the kernel calls robust: it names the child,
 * and when the child dies, of whatever, the kernel says so in it and wakes the parent. So a turn
 * costs two system calls on either side, and a death is seen at once.
 * Source: Linux, Documentation/locking/robust-futex-ABI.rst.
 */
#ifndef SOURCE_GUEST_TURN_H
#define SOURCE_GUEST_TURN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct guest_turn {
    _Atomic uint32_t word; /* the child's number; FUTEX_WAITERS: it is its turn; FUTEX_OWNER_DIED */
};

/* --- child: begins with the turn --- */

/* The calling process is the child. */
void guest_turn_adopt(struct guest_turn *turn);
/* Gives the turn to the parent, and waits to get it back. */
void guest_turn_yield(struct guest_turn *turn);

/* --- parent: both are false when the child is dead or dying --- */

/* Waits for the child, just forked, to yield. */
bool guest_turn_await(struct guest_turn *turn, pid_t child);
/* Gives the turn to the child, and waits to get it back. */
bool guest_turn_give(struct guest_turn *turn, pid_t child);

#endif
