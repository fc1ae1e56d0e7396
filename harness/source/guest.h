/* SPDX-License-Identifier: MIT */
/* The CPU: Unicorn, in a child process of its own under a system-call filter. Every fetch, load and
 * store of the guest is a user-mode request to the target's MMU; what it reads is what lies at the
 * physical address that the MMU gave. The parent is the operating system: it resumes the guest,
 * and gets an event back.
 *
 * No other file knows of Unicorn. Needs: the child is forked by guest_start, so target and its
 * stream must exist before. A pump may run then if it has nothing to do, as after stream_drain; no
 * other thread may hold locks. The child dies with the thread that called guest_start.
 *
 * There may be hundreds of guests on one target; they take turns, as at most one is in guest_resume
 * at any time. Each follows the segment registers as they are when it is resumed.
 */
#ifndef SOURCE_GUEST_H
#define SOURCE_GUEST_H

#include "base/error.h"
#include "source/target.h"

enum guest_isa {
    GUEST_RV32, /* RV32IMAC and F/D as far as picolibc's rv32imac library needs; machine mode in
                   Unicorn, user mode towards the MMU */
    GUEST_I386, /* 32-bit protected mode, flat segments but for the TLS base in GS */
};

/* RV32: x[0..31]. I386: in the order of the instruction encoding EAX ECX EDX EBX ESP EBP ESI EDI.
 */
struct guest_cpu {
    uint32_t reg[32];
    uint32_t pc;
    uint32_t eflags;  /* I386 */
    uint32_t gs_base; /* I386: the linear base of GDT entry 6 (selector 0x33), the thread area; a
                         guest that loads GS with 0x33 gets it */
};

enum { GUEST_EAX, GUEST_ECX, GUEST_EDX, GUEST_EBX, GUEST_ESP, GUEST_EBP, GUEST_ESI, GUEST_EDI };

enum guest_event_kind {
    GUEST_SYSCALL,      /* RV32: ecall; I386: int 0x80. pc is the next instruction */
    GUEST_SEMIHOST,     /* RV32: slli x0,x0,0x1f; ebreak; srai x0,x0,7. pc is the instruction after
                           the ebreak; operation in a0 (reg[10]), parameter in a1 (reg[11]) */
    GUEST_FAULT,        /* a request was refused: registers and memory are as before the
                           instruction, pc is the instruction; see request and response */
    GUEST_BUS_ERROR,    /* admitted by the MMU, but there is no RAM at response.addr; state as for
                           a fault */
    GUEST_MMU_REGISTER, /* the guest reached for the MMU's registers (RV32: CSR 0x7C0..0x7FF; I386:
                           in/out at ports 0x5E0 and 0x5E4). The user-mode register request has been
                           sent; response says `privilege`. pc is the instruction */
    GUEST_ILLEGAL,      /* an instruction that the CPU does not have, or that user mode may not use;
                           pc is the instruction */
    GUEST_ARITHMETIC,   /* I386: divide error and the like; pc is the instruction */
    GUEST_BREAKPOINT,   /* a breakpoint that is no semihosting call; pc is the instruction */
    GUEST_LIMIT,        /* max_steps is reached */
    GUEST_INTERRUPTED,  /* guest_interrupt was called */
    GUEST_DIED,         /* the child is gone: see guest_death */
    GUEST_HALTED,       /* the stream is halted (a disagreement between model and DUT) */
};

struct guest_event {
    enum guest_event_kind kind;
    uint32_t vector;              /* I386: the exception number for ILLEGAL and ARITHMETIC */
    struct mmu_request request;   /* FAULT, BUS_ERROR, MMU_REGISTER */
    struct mmu_response response; /* what was answered */
};

struct guest_options {
    struct target *target;
    enum guest_isa isa;
    uint64_t seed;   /* for what would come from the host's entropy or clock (rdtsc counts
                        instructions; rdrand draws from here) */
    bool no_sandbox; /* run the child without the system-call filter (debugging) */
    bool bare;       /* the limit for `segmmu bench`: see guest_bare.h */
};

struct guest;

/* Forks the child and starts the CPU in it. Its registers are all zero; set them before the first
 * guest_resume. NULL and an error when Unicorn or the filter cannot be had. */
struct guest *guest_start(const struct guest_options *options, struct error *error);

/* The registers, readable and writable while the guest stands still. */
struct guest_cpu *guest_cpu(struct guest *guest);

/* Runs until something happens, at the latest until target_steps is max_steps (0: no limit; where
 * it is already, nothing runs). All requests of the guest up to then are committed to the stream
 * (not necessarily consumed: the caller drains it before an effect on the host). The requests of an
 * instruction that did not complete are followed by a STREAM_SQUASH. Each iteration of an i386
 * `rep` completes by itself: when one is refused or is the last that the limit leaves, those before
 * it stand, pc is the `rep`, and the restart fetches again. */
void guest_resume(struct guest *guest, uint64_t max_steps, struct guest_event *event);

/* Async-signal-safe: makes guest_resume return GUEST_INTERRUPTED soon. */
void guest_interrupt(struct guest *guest);

/* After GUEST_DIED: what killed the child, such as "signal 6 (Aborted)" or a refused system call.
 */
const char *guest_death(const struct guest *guest);

/* Ends the child and frees. */
void guest_stop(struct guest *guest);

#endif
