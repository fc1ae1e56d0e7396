/* SPDX-License-Identifier: MIT */
/* The supervisor: loads a guest program, programs the segment registers through the MMU's channel,
 * and runs it, serving its faults and its calls, until it ends.
 */
#ifndef OS_SUPERVISOR_H
#define OS_SUPERVISOR_H

#include "os/process.h"

struct supervisor_options {
    struct target *target;         /* as target_new made it: registers and memory are zero */
    const struct machine *machine; /* the target's */
    const char *path;              /* of the program, on the host */
    char *const *argv;             /* NULL-terminated; argv[0] is the program's own name */
    const char *root;              /* directory that is the guest's "/"; NULL: no files */
    uint64_t max_instructions;     /* 0: no limit; counts target_steps */
    uint64_t seed;                 /* of what the guest is given as random */
    uint64_t base_seed;            /* 0: aligned first fit; else random physical bases */
    bool no_sandbox;               /* as in struct guest_options */
    bool bare;                     /* likewise */
};

/* X(NAME, word in --stats, exit status of `segmmu run`; -1: the guest's own) */
#define SUPERVISOR_OUTCOME_LIST(X)                                                                 \
    X(EXITED, exited, -1)            /* the guest ended itself: guest_status */                    \
    X(FAULTED, faulted, 139)         /* killed by a translation fault: `fault` */                  \
    X(KILLED, killed, -1)            /* killed otherwise: `signal` */                              \
    X(LIMIT, limit, 124)             /* max_instructions were executed */                          \
    X(INTERRUPTED, interrupted, 130) /* supervisor_interrupt was called */                         \
    X(DISAGREED, disagreed, 120)     /* the stream was halted */                                   \
    X(ENGINE_DIED, engine_died, 125) /* the CPU's process ended */                                 \
    X(ERROR, error, 125)             /* segmmu's own: `message` */

enum supervisor_outcome {
#define X(NAME, name, status) SUPERVISOR_##NAME,
    SUPERVISOR_OUTCOME_LIST(X)
#undef X
};

const char *supervisor_outcome_name(enum supervisor_outcome outcome);

/* How much of a segment's register was used at the end. */
struct supervisor_segment {
    struct layout_segment segment;
    uint64_t used_bytes; /* <= segment.reg.size; the rest is internal fragmentation */
};

struct supervisor_result {
    enum supervisor_outcome outcome;
    int guest_status;  /* EXITED: 0..255 */
    int signal;        /* KILLED: Linux's number */
    char message[512]; /* one line for the user; empty when the guest exited by itself, and all that
                          it printed left */
    struct fault_record fault; /* FAULTED: what the MMU recorded */
    uint64_t fault_pc;         /* FAULTED, KILLED: of the instruction */
    uint64_t instructions;
    uint64_t requests;
    struct process_figures figures;
    uint64_t heap_start;
    uint64_t heap_end;
    struct supervisor_segment segments[MMU_MAX_SEGMENTS];
    unsigned segment_count;
};

struct supervisor;

/* Reads and places the program, and starts the CPU's process (fork). Sends no request yet, so the
 * consumer of the stream need not run. NULL and one line on failure. */
struct supervisor *supervisor_new(const struct supervisor_options *options, struct error *error);

/* Loads the registers and runs the guest to its end. When it returns, everything that the guest
 * sent has been published. */
void supervisor_run(struct supervisor *supervisor, struct supervisor_result *result);

/* Async-signal-safe: makes supervisor_run end soon, also while the guest waits for input. */
void supervisor_interrupt(struct supervisor *supervisor);

void supervisor_free(struct supervisor *supervisor);

/* The exit status of `segmmu run`. */
int supervisor_exit_status(const struct supervisor_result *result);

#endif
