/* SPDX-License-Identifier: MIT */
/* A script: the next steps of generated stimulus, in program order, and what the registers will
 * hold after them. Directed subjects and random episodes write scripts, the player (stimulus.c)
 * gives them their time. Looking ahead in the registers only steers; nothing is checked with it. */
#ifndef SOURCE_STIMULUS_SCRIPT_H
#define SOURCE_STIMULUS_SCRIPT_H

#include "base/random.h"
#include "segmmu/segmmu.h"

enum { SCRIPT_STEPS = 4096 };

/* When the receiver is ready. */
struct ready_pattern {
    uint64_t bits;  /* bit i: ready in cycle i of the pattern, which repeats; at least one is set */
    uint8_t length; /* cycles, 1..64; 0: drawn in every cycle */
    uint8_t chance; /* length 0: ready in chance + 1 of 256 cycles */
};

enum step_kind {
    STEP_REQUEST, /* after `count` idle cycles */
    STEP_RESET,   /* for `count` cycles */
    STEP_TIMER,   /* in `count` cycles the next STEP_RESET comes, whatever is left before it */
    STEP_DRAIN,   /* wait until nothing is in flight */
    STEP_READY,   /* the receiver changes its pattern */
};

struct step {
    uint8_t kind;
    uint16_t count;
    union {
        struct mmu_request request;
        struct ready_pattern ready;
    };
};

struct script {
    struct mmu_config config;
    struct random_source random;
    struct mmu_regs regs; /* after all steps */
    uint16_t gap;         /* idle cycles before each request from here on */
    unsigned count, next;
    struct step steps[SCRIPT_STEPS];
};

void script_init(struct script *script, const struct mmu_config *config, uint64_t seed);
/* Ready for new steps; registers and random numbers go on. */
void script_clear(struct script *script);

/* --- steps --- */

/* Fields that the operation does not use are replaced by noise. */
void script_request(struct script *script, struct mmu_request request);
void script_reset(struct script *script, unsigned cycles);
void script_timer(struct script *script, unsigned cycles);
void script_drain(struct script *script);
void script_ready(struct script *script, uint64_t bits, unsigned length);
void script_always_ready(struct script *script);

/* Register operations of the supervisor. */
void script_write(struct script *script, uint8_t reg, uint64_t value);
void script_read(struct script *script, uint8_t reg);

/* A user-mode translation of `bytes` at `offset` of a segment. The offset may lie outside of the
 * segment's SPAN on either side; with explicit selection that is an address in the neighbour. */
void script_translate(struct script *script, unsigned segment, uint64_t offset, unsigned bytes,
                      unsigned access);

/* Sets a segment register as software should: present is cleared first and set last. Leaves WINDOW
 * at `context`. */
void script_segment(struct script *script, unsigned context, unsigned segment,
                    const struct mmu_segment *value);
/* CONTEXT. */
void script_context(struct script *script, unsigned context);

/* The receiver is ready in `chance` + 1 of 256 cycles. */
void script_ready_by_chance(struct script *script, uint8_t chance);

/* --- what there is to aim at --- */

/* The request of script_translate, unused fields 0. */
struct mmu_request stimulus_user_request(const struct mmu_config *config, unsigned segment,
                                         uint64_t offset, unsigned bytes, unsigned access);
/* The segment register as the script will leave it. */
const struct mmu_segment *script_segment_value(const struct script *script, unsigned context,
                                               unsigned segment);

/* The highest value that a write of a register may carry. False where none may (read-only, or no
 * register). */
bool stimulus_register_highest(const struct mmu_config *config, unsigned reg, uint64_t *highest);

/* Valid offsets of a segment, [first, end). */
struct extent {
    uint64_t first, end;
};
struct extent stimulus_extent(const struct mmu_config *config, const struct mmu_segment *segment);

/* Where an access lies in its segment. X(NAME, text, offset of the first byte) */
#define STIMULUS_EDGE_LIST(X)                                                                      \
    X(AT_FIRST, "at the first byte", extent.first)                                                 \
    X(ONE_BEFORE, "one before the first byte", extent.first - 1)                                   \
    X(ALL_BEFORE, "ends before the first byte", extent.first - bytes)                              \
    X(INSIDE, "inside", extent.first + (extent.end - extent.first) / 2)                            \
    X(ENDS_AT_LAST, "ends with the last byte", extent.end - bytes)                                 \
    X(STRADDLES, "one byte over the end", extent.end - bytes + 1)                                  \
    X(AT_LAST, "at the last byte", extent.end - 1)                                                 \
    X(AT_END, "one past the last byte", extent.end)

enum stimulus_edge {
#define X(NAME, text, offset) EDGE_##NAME,
    STIMULUS_EDGE_LIST(X)
#undef X
        STIMULUS_EDGES
};
const char *stimulus_edge_name(enum stimulus_edge edge);
/* Wraps modulo 2^64 where the edge lies below offset 0. */
uint64_t stimulus_edge_offset(struct extent extent, enum stimulus_edge edge, unsigned bytes);

/* Sizes worth a look, none above SPAN. */
enum { STIMULUS_SIZES = 10 };
uint64_t stimulus_size(const struct mmu_config *config, unsigned index);

/* A base with which `size` bytes lie in physical memory wherever they fit: somewhere in the middle
 * and unaligned, drawn by `random`. */
uint64_t stimulus_inner_base(const struct mmu_config *config, struct random_source *random,
                             uint64_t size, bool grows_down);

/* --- what writes scripts --- */

/* A subject of the directed part. It consists of items that each stand alone. */
struct directed_subject {
    const char *name;
    unsigned (*item_count)(const struct mmu_config *config);
    void (*write)(struct script *script, unsigned item);
};
extern const struct directed_subject directed_subjects[]; /* one request at a time */
extern const unsigned directed_subject_count;
extern const struct directed_subject hazard_subjects[]; /* requests that meet */
extern const unsigned hazard_subject_count;

/* Writes one random episode: a traffic shape and a hundred requests or so, mixed as the kind of the
 * episode says. Returns the name of the kind. */
const char *script_random_episode(struct script *script);
/* NULL past the last. */
const char *random_episode_name(unsigned index);

#endif
