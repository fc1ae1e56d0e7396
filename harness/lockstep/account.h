/* SPDX-License-Identifier: MIT */
/* Whose cycles they are: every cycle of a run belongs to a process and a purpose. A stream says
 * when the account changes (source/stream.h), the testbench tells its sinks in which cycle that
 * was. */
#ifndef LOCKSTEP_ACCOUNT_H
#define LOCKSTEP_ACCOUNT_H

#include <stdint.h>

/* X(constant, name) */
#define ACCOUNT_PURPOSE_LIST(X)                                                                    \
    X(ACCOUNT_USER, "user")       /* the guest's own instructions */                               \
    X(ACCOUNT_CALL, "call")       /* serving calls and faults */                                   \
    X(ACCOUNT_SWITCH, "switch")   /* a switch that writes the segment registers */                 \
    X(ACCOUNT_SELECT, "select")   /* a switch by CONTEXT alone: they are in a bank */              \
    X(ACCOUNT_MOVE, "move")       /* a segment that grows goes elsewhere: copying, registers */    \
    X(ACCOUNT_COMPACT, "compact") /* segments are moved together: likewise */                      \
    X(ACCOUNT_ZERO, "zero")       /* clearing memory that goes back */                             \
    X(ACCOUNT_LOAD, "load")       /* registers and arguments of a new process */                   \
    X(ACCOUNT_IDLE, "idle")       /* nobody can run */

enum account_purpose {
#define X(constant, name) constant,
    ACCOUNT_PURPOSE_LIST(X)
#undef X
        ACCOUNT_PURPOSES
};

#define ACCOUNT_NOBODY UINT32_MAX /* in the place of a process's number */

static inline uint64_t account_of(uint32_t process, enum account_purpose purpose)
{
    return (uint64_t)purpose << 32 | process;
}

static inline uint32_t account_process(uint64_t account)
{
    return (uint32_t)account;
}

static inline enum account_purpose account_purpose(uint64_t account)
{
    return (enum account_purpose)(account >> 32);
}

#endif
