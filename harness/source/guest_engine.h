/* SPDX-License-Identifier: MIT */
/* Inside the child: one Unicorn, and how its accesses become requests.
 *
 *   guest_engine.c     opens Unicorn, runs it from event to event
 *   guest_unicorn.c    hooks, requests by the slow way, stopping
 *   guest_fetch.c, guest_data.c  what the hooks do
 *   guest_segments.c, guest_translate.h  the rule of mmu_translate, inlined, and the records of the
 * stream guest_code.c       what has been executed where: kinds of instructions, code that changed
 *   guest_rv32.c, guest_i386.c   what each instruction set needs: struct isa
 *   guest_bare.c       the same CPU without any of this, to measure against
 *
 * The arrangement. Unicorn has one region, the `window`: the whole virtual space, executable only.
 * So every load and store fires a PROT hook (a gate), which asks the MMU and then copies between
 * the window and physical memory, which is the truth. One CODE hook before each instruction does
 * the same for its fetch, and compares the bytes that Unicorn translated with those that lie at
 * the physical address.
 *
 * A refused access stops Unicorn; its registers are put back from a context that was saved at the
 * access (or before the instruction, for those that change registers early), and its stores are
 * undone.
 */
#ifndef SOURCE_GUEST_ENGINE_H
#define SOURCE_GUEST_ENGINE_H

#include <unicorn/unicorn.h>

#include "source/guest_shared.h"

enum {
    ENGINE_PAGE_BITS = 12,
    ENGINE_PAGE = 1 << ENGINE_PAGE_BITS,
    ENGINE_LINEAR_PAGES = 1 << (32 - ENGINE_PAGE_BITS),
    ENGINE_SLACK = 1 << 16, /* bytes after the window, so that wide compares stay inside */
    ENGINE_UNDO = 256,      /* stores of one instruction; fxsave, the longest, has fewer than 64 */
    ENGINE_CHECK_INTERVAL = 1024,   /* instructions between looks at limit, interrupt and halt */
    ENGINE_MAX_INSTRUCTION = 15,    /* bytes */
    ENGINE_MAX_FORGOTTEN = 1 << 12, /* instructions; they leave about 2 MB behind */
    ENGINE_INVALID = -1,            /* in place of an exception number */
};

/* What is known of the instruction at an address, 0 when it has not been executed since its
 * bytes last changed. Bits 3:0 are its length in bytes. */
enum engine_insn {
    INSN_LENGTH = 0x000f,
    INSN_KNOWN = 0x0010,
    INSN_SAVE = 0x0020,       /* may change registers before its last access */
    INSN_REPEATS = 0x0040,    /* runs again at its own address until it is done (x86 rep) */
    INSN_BRANCHES = 0x0080,   /* may follow itself */
    INSN_SPECIAL = 0x0100,    /* is carried out by isa->special */
    INSN_DESCRIPTOR = 0x0200, /* reads the GDT, after as many accesses as in bits 15:12 */
    INSN_PLAIN_SHIFT = 12,
};

/* Why the hooks stopped Unicorn. */
enum engine_stop {
    STOP_NONE,
    STOP_REFUSED,   /* an access was refused */
    STOP_STALE,     /* the instruction at pc is not what Unicorn translated */
    STOP_CHANGED,   /* the running block may hold an instruction that was stored over */
    STOP_ELSEWHERE, /* the fetch was answered with another address than the registers say */
    STOP_SPECIAL,   /* isa->special is to carry it out */
    STOP_EXCEPTION, /* Unicorn raised `exception` */
    STOP_CHECK,     /* limit, interrupt or halt */
};

/* A segment register as the fast path uses it: `vaddr` is inside for an access of n bytes when
 * vaddr - first < limit[access] - n. Where the fast path must not answer limit is 0. */
struct engine_segment {
    uint64_t first; /* lowest valid virtual address */
    uint64_t delta; /* physical minus virtual */
    uint64_t limit[MMU_ACCESS_RESERVED];
};

/* Whole pages of a segment, for the bare CPU. */
struct engine_piece {
    uint64_t vaddr;
    uint64_t paddr;
    uint64_t bytes;
};

#define ENGINE_NO_PC UINT64_MAX

struct engine_store {
    uint64_t paddr;
    uint32_t vaddr;
    uint32_t bytes;
    uint8_t old[16];
};

struct engine;

/* What an instruction set adds. */
struct isa {
    uc_arch arch;
    uc_mode mode;
    bool (*start)(struct engine *engine, struct error *error);
    void (*get)(struct engine *engine, struct guest_cpu *cpu);
    void (*set)(struct engine *engine, const struct guest_cpu *cpu);
    /* Saves the registers, in a hook; puts them back, after Unicorn stopped. */
    void (*save)(struct engine *engine);
    void (*restore)(struct engine *engine);
    /* The running instruction has stored, and CODE came for it again: true when it is at its
     * beginning, because Unicorn threw the running block away; false when it went round. NULL where
     * Unicorn does not do so. */
    bool (*began_anew)(struct engine *engine);
    /* Kind of the instruction at `bytes` (ENGINE_MAX_INSTRUCTION readable); `length` is Unicorn's,
     * 0 where it does not know. */
    uint16_t (*classify)(const uint8_t *bytes, uint32_t length);
    uint32_t shortest; /* bytes of a fetch where nothing is there to tell the length */
    /* A data access of an INSN_DESCRIPTOR: true when it is Unicorn's own reading of the GDT, which
     * is then in the window. */
    bool (*descriptor)(struct engine *engine, uint32_t vaddr, uint32_t bytes);
    /* Carries out the INSN_SPECIAL at engine->pc. True when it is an event; otherwise
     * engine->resume_pc says where to go on. */
    bool (*special)(struct engine *engine, struct guest_event *event);
    /* The event that an exception of Unicorn's is; ENGINE_INVALID: no valid instruction. The
     * instruction has been abandoned. */
    void (*exception)(struct engine *engine, int number, struct guest_event *event);
};

extern const struct isa isa_rv32;
extern const struct isa isa_i386;

struct engine {
    /* Used by every instruction, together. */
    uint8_t *window;
    uint8_t *ram;
    uint16_t *insn;        /* enum engine_insn by virtual address */
    uint64_t instructions; /* of all guests: begun so far, the refused one taken back */
    uint64_t check_at;     /* the hook looks further when instructions reaches this */
    const struct engine_segment *fetch_segment;
    const struct engine_segment *data_segment;
    unsigned segment_shift;
    unsigned segment_mask;
    uint64_t last_pc;       /* the same as pc, or ENGINE_NO_PC when Unicorn was stopped since */
    uint32_t pc;            /* of the running instruction */
    uint32_t stopping;      /* enum engine_stop: hooks refuse everything */
    uint32_t current;       /* requests of the running instruction */
    uint32_t attention;     /* enum engine_attention */
    uint32_t undo_count;    /* stores of the running instruction */
    uint32_t fast_requests; /* not yet added to target->requests */
    struct stream *stream;
    bool recording;

    struct target *target;
    const struct isa *isa;
    struct guest_shared *shared;
    uc_engine *uc;
    uc_context *context;
    uint64_t max_steps; /* of target_steps */
    uint64_t seed;
    uint32_t resume_pc;
    uint32_t eflags;      /* at a refusal (x86) */
    bool context_saved;   /* by CODE, before the instruction */
    bool bus_error;       /* the refusal is one */
    bool code_changed;    /* a store hit a known instruction */
    uint32_t forgotten;   /* known instructions that were changed under this Unicorn */
    uint64_t repetitions; /* of all guests: times that a repeating instruction came round */
    int exception;
    uint16_t kind;              /* of the running instruction; 0 for a plain one */
    struct mmu_request request; /* refused */
    struct mmu_response response;

    /* Where a synchronous stream's answer says that the instruction at this pc lies. */
    uint64_t elsewhere_pc;
    uint64_t elsewhere_paddr;

    /* Echoes of an access (see guest_data.c). */
    uint32_t echo_vaddr;
    uint32_t echo_bytes;
    uint32_t echo_count;
    uint64_t echo_value;

    bool bare;
    struct engine_piece bare_piece[MMU_MAX_SEGMENTS]; /* as they are mapped */

    uint8_t *page; /* enum engine_page by virtual page */
    uint8_t gdt[64];
    struct guest_cpu loaded; /* the registers as Unicorn has them */
    struct engine_store undo[ENGINE_UNDO];
    struct engine_segment segment[MMU_MAX_SEGMENTS + 1];
};

enum engine_attention {
    ATTENTION_ECHO_LOAD = 1 << 0,
    ATTENTION_ECHO_STORE = 1 << 1,
    ATTENTION_DESCRIPTOR = 1 << 2,
    ATTENTION_STOPPING = 1 << 3,
    ATTENTION_BOOT = 1 << 4, /* no guest runs yet: the window is memory */
};

enum engine_page {
    PAGE_IS_CODE = 1 << 0, /* the window has what lies in physical memory; instructions are known */
    PAGE_WRITTEN = 1 << 1, /* by the guest, since Unicorn translated it */
};

/* Opens Unicorn, adds the hooks; target, shared, isa and the options are set. False and an error
 * where it cannot be had. */
bool engine_open(struct engine *engine, struct error *error);
/* Runs from engine->resume_pc to the next event. */
void engine_run(struct engine *engine, struct guest_event *event);
bool engine_add_hooks(struct engine *engine);
void engine_on_code(uc_engine *uc, uint64_t address, uint32_t length, void *opaque);
bool engine_on_load(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
                    void *engine);
bool engine_on_store(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
                     void *engine);
/* The INTR hook alone. */
bool engine_add_exception_hook(struct engine *engine);
/* The segment registers that the guest uses as the MMU has them now. */
void engine_load_segments(struct engine *engine);
/* Stops Unicorn before or in the running instruction. */
void engine_stop(struct engine *engine, enum engine_stop why);
/* Takes back the running instruction's stores, and squashes its requests. */
void engine_undo(struct engine *engine);
/* The running instruction does not complete: its stores are undone, its requests squashed, and it
 * is not counted. */
void engine_abandon(struct engine *engine);
/* Sends a request by the slow way; false when it is refused, and then Unicorn is stopped. */
bool engine_request(struct engine *engine, uint32_t vaddr, uint32_t bytes, enum mmu_access access,
                    uint64_t *paddr);

/* guest_code.c: */
/* Reads what the guest would fetch, without a request: the number of bytes that are there. */
uint32_t engine_peek(const struct engine *engine, uint32_t vaddr, uint8_t *bytes, uint32_t count);
/* Whether the `bytes` at pc in the window are what lies in physical memory (as far as there is
 * anything), and were translated as such. */
bool engine_is_current(const struct engine *engine, uint32_t pc, uint32_t bytes);
/* Copies the pages of the instruction at pc into the window; Unicorn forgets what it translated. */
void engine_refresh(struct engine *engine, uint32_t pc);
/* Puts the instruction at elsewhere_pc into the window. */
void engine_fetch_elsewhere(struct engine *engine);
/* The guest stored into a page with code. */
void engine_code_stored(struct engine *engine, uint32_t vaddr, uint32_t bytes);
/* The window at a page with code changed: nothing is known of it any more. */
void engine_code_forget(struct engine *engine, uint32_t vaddr, uint32_t bytes);

/* guest_bare.c: */
bool engine_add_empty_hooks(struct engine *engine);
void engine_run_bare(struct engine *engine, struct guest_event *event);

#endif
