/* SPDX-License-Identifier: MIT */
/* A process: the supervisor's books of one guest program. What its segment registers hold is
 * written down in its layout; they are in one of the MMU's banks (os/banks.h) while it runs, and as
 * long as nobody else needs that bank.
 */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include "base/random.h"
#include "os/files.h"
#include "os/layout.h"
#include "os/memory.h"
#include "source/guest.h"

/* FAULT_STATUS and FAULT_ADDR, field by field. */
struct fault_record {
    bool is_valid;
    bool has_more; /* another fault came while this one was recorded */
    bool is_privileged;
    uint8_t code;   /* enum mmu_fault */
    uint8_t access; /* enum mmu_access */
    uint8_t segment;
    uint8_t bytes;
    uint64_t addr; /* virtual address, or register index */
};

struct process_figures {
    uint64_t instructions;
    uint64_t switches; /* to it, from another process */
    uint64_t swaps_out, swaps_in;
    uint64_t faults;        /* taken from the MMU, those that were served included */
    uint64_t stack_growths; /* served faults */
    uint64_t break_changes; /* of the heap's end */
    uint64_t calls;         /* of the guest to its operating system */
    uint64_t unknown_calls; /* of these, answered with "no such call" */
    uint32_t first_unknown; /* number of the first of them */
};

enum { PROCESS_OUTPUT_BYTES = 4096, PROCESS_SIGNALS = 64 };

/* What a process asks of the supervisor, beyond memory. */
struct process_services {
    void *context;
    uint64_t slept_ns; /* virtual time that passed on the machine without instructions */
    /* Starts another process. Its pid, or -errno. */
    int64_t (*spawn)(void *context, struct process *parent, const char *path, char *const *argv);
    /* A region from the disk, which the process would share. False when there is no room, or it
     * cannot be read. */
    bool (*bring_in)(void *context, struct process *process, struct region *region);
};

struct process {
    struct process *next; /* of all in memory->processes */
    struct target *target;
    struct memory *memory;
    struct process_services *services;
    const struct image *image;
    struct guest_cpu *cpu; /* readable and writable while the guest stands still */
    struct files *files;
    struct layout layout; /* segments[].reg is what the registers hold while it is in a bank */
    uint64_t brk;         /* end of the heap, in layout.heap_start .. layout.heap_limit */
    uint32_t number;      /* 0 for the first */
    uint32_t pid;
    struct random_source random; /* what getrandom answers */
    char *const *argv;           /* NULL-terminated */
    bool has_yielded;            /* by its last call: another one may run */
    uint64_t wake_ns;            /* it sleeps until then; 0: it does not */
    bool has_exited;
    int exit_status;           /* once it has exited */
    int signal;                /* once it has been killed by one; 0 before */
    int last_error;            /* semihosting's errno */
    uint32_t feature_position; /* in semihosting's file of features */
    struct process_linux {
        struct process_action {
            uint32_t handler; /* 0: default, 1: ignored */
            uint32_t flags;
            uint32_t restorer;
            uint64_t mask;
        } actions[PROCESS_SIGNALS]; /* signal n at n - 1 */
        uint64_t signal_mask;
        uint32_t file_mode_mask;
    } linux_state;
    /* Characters on their way to the guest's standard output, see process_put. */
    char output[PROCESS_OUTPUT_BYTES];
    unsigned output_count;
    int output_error; /* errno of those that could not be written; the guest was not told */
    struct process_figures figures;
};

/* --- faults (process_fault.c) --- */

/* Reads FAULT_STATUS and FAULT_ADDR through the channel, and clears them. */
struct fault_record process_take_fault(struct process *process);

/* Grows the segment that a limit fault hit, if it grows down and its maximum admits the address.
 * True when the access may be tried again. */
bool process_grow_by_fault(struct process *process, const struct fault_record *fault);

/* --- segments (process_segments.c) --- */

/* Writes the registers of all segments into a bank; the bank's others are not present. */
bool process_write_segments(const struct process *process, struct banks *banks, unsigned bank,
                            struct error *error);

/* The segment with a register number, or NULL. */
struct layout_segment *process_find_segment(struct process *process, uint8_t number);

/* Makes a segment larger or smaller. False, and nothing changed, where there is no room. */
bool process_resize(struct process *process, struct layout_segment *segment, uint64_t size_bytes);

/* Moves the heap's end. False when there is no such room. Bytes that are given back read as zero
 * when they are taken again. */
bool process_set_break(struct process *process, uint64_t brk);

/* Bytes of a segment that the program used: its parts, its heap, and the stack as deep as it left
 * a byte that is not zero. The rest of the register's size is internal fragmentation. */
uint64_t process_used_bytes(const struct process *process, const struct layout_segment *segment);

/* --- memory of the guest, by user-mode requests (process_memory.c) --- */

/* False when a byte of it cannot be accessed (EFAULT). Bytes up to there may have been copied. */
bool process_read(struct process *process, uint32_t vaddr, void *to, size_t bytes);
bool process_write(struct process *process, uint32_t vaddr, const void *from, size_t bytes);

/* Reads a string with its end; at most `size` bytes. 0, EFAULT or ENAMETOOLONG. */
int process_read_string(struct process *process, uint32_t vaddr, char *to, size_t size);

/* --- output and time --- */

/* Puts a character into the standard output. It is written with the rest of its line, at the latest
 * by the next process_flush; a guest that prints character by character would otherwise wait for
 * the checker at each of them. */
void process_put(struct process *process, char character);
/* Writes what was put. The guest's call had no answer, so a failure is kept in output_error. */
void process_flush(struct process *process);

/* Counts a call that the ABI does not have. */
void process_unknown_call(struct process *process, uint32_t number);

/* Virtual nanoseconds since the machine's start: one per instruction of anybody, and what was
 * slept. */
uint64_t process_time_ns(const struct process *process);
/* Nothing happens to the process for so long. */
void process_sleep(struct process *process, uint64_t ns);

/* Seconds since 1970 at the start of every run: 2000-01-01 00:00:00 UTC. */
enum { PROCESS_EPOCH_S = 946684800 };

#endif
