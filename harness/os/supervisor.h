/* SPDX-License-Identifier: MIT */
/* The supervisor: the operating system on the host's side. It loads guest programs, gives each of
 * them an address space of its own in one physical memory, lets them take turns, and serves their
 * faults and calls until all have ended. What it changes in the MMU it changes by requests through
 * the MMU's channel.
 *
 *   supervisor.c            the run, events
 *   supervisor_task.c       the beginning and the end of a process
 *   supervisor_schedule.c   who runs next, and the switch to it
 *   supervisor_swap.c       to the disk and back
 *   supervisor_result.c     what came of it
 */
#ifndef OS_SUPERVISOR_H
#define OS_SUPERVISOR_H

#include "os/process.h"
#include "os/swap.h"

enum {
    SUPERVISOR_MAX_ALIVE = 1024,      /* processes at a time, with those that are spawned */
    SUPERVISOR_MAX_PROCESSES = 65536, /* in a run */
};

struct supervisor_program {
    const char *path;  /* on the host */
    char *const *argv; /* NULL-terminated; argv[0] is the program's own name */
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

/* What became of a process. */
struct supervisor_process {
    char name[64]; /* its program's, without directories */
    uint32_t pid;
    enum supervisor_outcome outcome;
    int guest_status;  /* EXITED: 0..255 */
    int signal;        /* KILLED, FAULTED: Linux's number */
    char message[512]; /* one line for the user; empty when the guest exited by itself, and all that
                          it printed left */
    struct fault_record fault; /* FAULTED: what the MMU recorded */
    uint64_t fault_pc;         /* FAULTED, KILLED: of the instruction */
    struct process_figures figures;
    uint64_t heap_start;
    uint64_t heap_end;
    uint64_t arrival_cycle, end_cycle;
    struct supervisor_segment segments[MMU_MAX_SEGMENTS];
    unsigned segment_count;
};

struct supervisor_options {
    struct target *target;         /* as target_new made it: registers and memory are zero */
    const struct machine *machine; /* the target's */
    struct timesheet *sheet;       /* whose cycles they were */
    struct memory_log *log;        /* what happened to physical memory */
    const struct supervisor_program *programs;
    unsigned program_count;
    const char *root;          /* directory that is the guests' "/"; NULL: no files */
    uint64_t max_instructions; /* of all together; 0: no limit */
    uint64_t quantum;          /* instructions until another one's turn; 0: until it waits */
    uint64_t seed;             /* of what the guests are given as random */
    struct memory_options memory;
    uint64_t compact_interval; /* nonzero: memory is compacted about so many instructions apart,
                                  to one end and the other, at random (by the seed) */
    const char *swap_path;     /* NULL: no disk */
    struct swap_disk disk;
    unsigned resident; /* so many processes in memory at most; 0: as many as fit */
    bool no_sandbox;   /* as in struct guest_options */
    bool bare;         /* likewise */
    /* Called when a process ends; may be NULL. */
    void (*ended)(void *context, const struct supervisor_process *process);
    void *context;
};

struct supervisor_result {
    enum supervisor_outcome outcome; /* of the run: EXITED, unless all were stopped */
    char message[512];               /* why all were stopped; empty otherwise */
    uint64_t instructions;
    uint64_t requests;
    uint64_t idle_cycles;
    uint64_t cycles;                      /* of the machine's time */
    struct supervisor_process *processes; /* by rising number; malloc'ed */
    unsigned process_count;
    struct memory_figures memory;
    struct allocator_figures allocator;
    uint64_t context_switches;  /* by one CONTEXT write */
    uint64_t register_switches; /* by writing the segment registers */
    bool has_disk;
    struct disk_figures {
        uint64_t writes, reads; /* transfers: of a segment each */
        uint64_t bytes_written, bytes_read;
        uint64_t used_bytes_max; /* of the disk */
        uint64_t busy_cycles;
    } disk;
};

struct supervisor;

/* Reads the programs, and starts a process for the CPU of each (fork). Sends no request yet, so the
 * consumer of the stream need not run. NULL and one line on failure. */
struct supervisor *supervisor_new(const struct supervisor_options *options, struct error *error);

/* Loads and runs the guests to their end. When it returns, everything that they sent has been
 * published. False when there was no memory for the result. */
bool supervisor_run(struct supervisor *supervisor, struct supervisor_result *result);

/* Async-signal-safe: makes supervisor_run end soon, also while guests wait for input. */
void supervisor_interrupt(struct supervisor *supervisor);

void supervisor_free(struct supervisor *supervisor);
void supervisor_result_free(struct supervisor_result *result);

/* The exit status of a process as a shell would tell it. */
int supervisor_process_status(const struct supervisor_process *process);
/* The exit status of `segmmu run`: 0 when all ended with 0, otherwise that of the first, by number,
 * that did not. */
int supervisor_exit_status(const struct supervisor_result *result);

#endif
