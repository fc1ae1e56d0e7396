/* SPDX-License-Identifier: MIT */
/* What functional coverage counts: one table of groups. A group is a cross of a few dimensions, and
 * each combination of their values is a bin with a name, such as
 *
 *     translate: limit, read, over the last byte, 4 bytes, grows up, segment 2, held 0
 *
 * A bin that no stimulus of a configuration can hit is excluded, with a reason that follows from
 * the parameters and the specification. */
#ifndef SINK_COVERAGE_BINS_H
#define SINK_COVERAGE_BINS_H

#include "segmmu/segmmu.h"

enum { COVERAGE_DIMENSIONS = 7, COVERAGE_NAME_SIZE = 160 };

/* X(NAME, text) */
#define COVERAGE_GROUP_LIST(X)                                                                     \
    X(TRANSLATE, "translate")                                                                      \
    X(NO_SEGMENT, "no segment")                                                                    \
    X(PRIVILEGED, "privileged")                                                                    \
    X(PHYSICAL, "physical")                                                                        \
    X(PERMISSION, "permission")                                                                    \
    X(BANK, "bank")                                                                                \
    X(REGISTER, "register")                                                                        \
    X(FAULT, "fault")                                                                              \
    X(FAULT_RECORD, "fault record")                                                                \
    X(HAZARD, "hazard")                                                                            \
    X(SWITCH, "switch")                                                                            \
    X(RESET, "reset")                                                                              \
    X(DROPPED, "dropped")                                                                          \
    X(TRAFFIC, "traffic")

enum coverage_group {
#define X(NAME, text) COVER_##NAME,
    COVERAGE_GROUP_LIST(X)
#undef X
        COVERAGE_GROUPS
};

/* --- values of the dimensions --- */

/* How many bytes. X(NAME, text, the fewest bytes of it) */
#define COVERAGE_BYTES_LIST(X)                                                                     \
    X(1, "1 byte", 1)                                                                              \
    X(2, "2 bytes", 2)                                                                             \
    X(4, "4 bytes", 4)                                                                             \
    X(8, "8 bytes", 8)                                                                             \
    X(16, "16 bytes", 16)                                                                          \
    X(OTHER, "3 to 15 bytes, odd ones", 3)                                                         \
    X(BAD, "not 1 to 16 bytes", 0)
enum coverage_bytes {
#define X(NAME, text, fewest) BYTES_##NAME,
    COVERAGE_BYTES_LIST(X)
#undef X
        COVERAGE_BYTES
};

/* Where the bytes lie in a segment: against its valid offsets [first, end). */
#define COVERAGE_PLACE_LIST(X)                                                                     \
    X(NONE, "nowhere")                                                                             \
    X(AT_FIRST, "at the first byte")                                                               \
    X(WHOLE, "all of it")                                                                          \
    X(INSIDE, "inside")                                                                            \
    X(ENDS_AT_LAST, "ends with the last byte")                                                     \
    X(BEFORE, "before it")                                                                         \
    X(ENDS_BEFORE, "ends before the first byte")                                                   \
    X(OVER_FIRST, "over the first byte")                                                           \
    X(OVER_LAST, "over the last byte")                                                             \
    X(AT_END, "one past the last byte")                                                            \
    X(PAST, "past it")                                                                             \
    X(ABOVE, "a bit at or above VA_W")
enum coverage_place {
#define X(NAME, text) PLACE_##NAME,
    COVERAGE_PLACE_LIST(X)
#undef X
        COVERAGE_PLACES
};

/* Where the bytes lie in physical memory. */
#define COVERAGE_MEMORY_LIST(X)                                                                    \
    X(NONE, "nowhere")                                                                             \
    X(AT_0, "at physical address 0")                                                               \
    X(INSIDE, "inside memory")                                                                     \
    X(ENDS_AT_LAST, "ends with memory")                                                            \
    X(OVER_LAST, "over the end of memory")                                                         \
    X(AT_END, "one past memory")                                                                   \
    X(PAST, "past memory")                                                                         \
    X(OVER_0, "over address 0")                                                                    \
    X(BELOW_0, "below address 0")
enum coverage_memory {
#define X(NAME, text) MEMORY_##NAME,
    COVERAGE_MEMORY_LIST(X)
#undef X
        COVERAGE_MEMORIES
};

/* Requests that follow each other. X(NAME, text, segments, contexts that it takes) */
#define COVERAGE_HAZARD_LIST(X)                                                                    \
    X(BASE_TRANSLATE, "BASE written, then the segment translates", 1, 1)                           \
    X(SIZE_TRANSLATE, "SIZE written, then the segment translates", 1, 1)                           \
    X(FLAGS_TRANSLATE, "FLAGS written, then the segment translates", 1, 1)                         \
    X(TRANSLATE_BASE, "the segment translates, then BASE written", 1, 1)                           \
    X(TRANSLATE_SIZE, "the segment translates, then SIZE written", 1, 1)                           \
    X(TRANSLATE_FLAGS, "the segment translates, then FLAGS written", 1, 1)                         \
    X(REFUSED_TRANSLATE, "a write of the segment refused, then it translates", 1, 1)               \
    X(OTHER_SEGMENT, "another segment written, then one translates", 2, 1)                         \
    X(OTHER_BANK, "the segment of another bank written, then it translates", 1, 2)                 \
    X(CONTEXT_TRANSLATE, "CONTEXT changed, then a translation", 1, 2)                              \
    X(TRANSLATE_CONTEXT, "a translation, then CONTEXT changed", 1, 2)                              \
    X(CONTEXT_REFUSED, "CONTEXT refused, then a translation", 1, 1)                                \
    X(WINDOW_WRITE, "WINDOW changed, then a segment register written", 1, 2)                       \
    X(WINDOW_READ, "WINDOW changed, then a segment register read", 1, 2)                           \
    X(WINDOW_REFUSED, "WINDOW refused, then a segment register read", 1, 1)                        \
    X(WRITE_READ, "a register written, then read", 1, 1)                                           \
    X(REFUSED_READ, "a write refused, then the register read", 1, 1)                               \
    X(FAULT_FAULT, "a fault, then another", 1, 1)                                                  \
    X(FAULT_STATUS, "a fault, then FAULT_STATUS read", 1, 1)                                       \
    X(FAULT_ADDR, "a fault, then FAULT_ADDR read", 1, 1)                                           \
    X(FAULT_CLEAR, "a fault, then cleared", 1, 1)                                                  \
    X(CLEAR_FAULT, "FAULT_STATUS cleared, then a fault", 1, 1)                                     \
    X(CLEAR_STATUS, "FAULT_STATUS cleared, then read", 1, 1)                                       \
    X(CLEAR_BETWEEN, "a fault, a clear, and a fault, one after the other", 1, 1)
enum coverage_hazard {
#define X(NAME, text, segments, contexts) HAZARD_##NAME,
    COVERAGE_HAZARD_LIST(X)
#undef X
        COVERAGE_HAZARDS
};

enum { COVER_HELD = 3, COVER_WAITED = 4, COVER_DISTANCES = 4 };
enum coverage_record { RECORD_EMPTY, RECORD_ONE, RECORD_MORE, COVERAGE_RECORDS };
enum coverage_fault_action { ACTION_STATUS, ACTION_ADDR, ACTION_CLEAR, COVERAGE_FAULT_ACTIONS };
enum coverage_effect { EFFECT_CHANGES, EFFECT_STAYS, EFFECT_REFUSED, COVERAGE_EFFECTS };
enum coverage_offer { OFFER_NONE, OFFER_NEW, OFFER_WAITING, COVERAGE_OFFERS };
enum coverage_visible { VISIBLE_NONE, VISIBLE_TAKEN, VISIBLE_HELD, COVERAGE_VISIBLES };
enum coverage_kind {
    KIND_USER,
    KIND_PRIVILEGED,
    KIND_WRITE,
    KIND_READ,
    KIND_RESERVED,
    COVERAGE_KINDS
};
/* A value that is written. */
enum coverage_value {
    VALUE_ZERO,
    VALUE_FITS,
    VALUE_HIGHEST,
    VALUE_ONE_ABOVE,
    VALUE_FAR_ABOVE,
    VALUE_UNUSED, /* nothing is written */
    COVERAGE_VALUES
};
/* Registers by position: the five that stand alone, then three of each segment, then what is none.
 */
enum coverage_register {
    REGISTER_AT_ID,
    REGISTER_AT_CONTEXT,
    REGISTER_AT_STATUS,
    REGISTER_AT_ADDR,
    REGISTER_AT_WINDOW,
    REGISTER_AT_GAP,    /* 0x05 .. 0x0f */
    REGISTER_AT_FOURTH, /* 0x13 + 4s of a segment that there is */
    REGISTER_AT_PAST,   /* past the last segment's */
    REGISTER_AT_SEGMENTS,
};

/* --- the bins of one configuration --- */

struct coverage_bins {
    struct mmu_config config;
    unsigned count;
    unsigned reachable_count;
    unsigned first[COVERAGE_GROUPS + 1];                   /* bin of each group */
    unsigned values[COVERAGE_GROUPS][COVERAGE_DIMENSIONS]; /* of each dimension; 1 past the last */
    const char **exclusion; /* why a bin cannot be hit; NULL where it can; static strings */
};

/* False when memory runs out. Ended with coverage_bins_free, also after that. */
bool coverage_bins_init(struct coverage_bins *bins, const struct mmu_config *config);
void coverage_bins_free(struct coverage_bins *bins);

static inline unsigned coverage_bin(const struct coverage_bins *bins, enum coverage_group group,
                                    const unsigned at[COVERAGE_DIMENSIONS])
{
    const unsigned *const values = bins->values[group];
    unsigned bin = 0;

    for (unsigned i = 0; i < COVERAGE_DIMENSIONS; i++) {
        bin = bin * values[i] + at[i];
    }
    return bins->first[group] + bin;
}

/* Where a bin lies: its group, and its values. */
enum coverage_group coverage_bin_place(const struct coverage_bins *bins, unsigned bin,
                                       unsigned at[COVERAGE_DIMENSIONS]);
/* "group: value, value"; returns `buffer`. */
char *coverage_bin_name(const struct coverage_bins *bins, unsigned bin,
                        char buffer[COVERAGE_NAME_SIZE]);

const char *coverage_group_name(enum coverage_group group);
const char *coverage_group_subject(enum coverage_group group); /* a sentence */
unsigned coverage_dimension_count(enum coverage_group group);
const char *coverage_dimension_name(enum coverage_group group, unsigned dimension);
char *coverage_value_name(const struct mmu_config *config, enum coverage_group group,
                          unsigned dimension, unsigned value, char buffer[COVERAGE_NAME_SIZE]);

/* --- what a request is --- */

static inline enum coverage_bytes coverage_bytes_of(unsigned bytes)
{
    static const uint8_t classes[32] = {
        [0] = BYTES_BAD, [1] = BYTES_1,           [2] = BYTES_2, [3] = BYTES_OTHER,
        [4] = BYTES_4,   [5 ... 7] = BYTES_OTHER, [8] = BYTES_8, [9 ... 15] = BYTES_OTHER,
        [16] = BYTES_16, [17 ... 31] = BYTES_BAD,
    };
    return (enum coverage_bytes)classes[bytes & 31];
}
unsigned coverage_bytes_fewest(enum coverage_bytes value);
enum coverage_register coverage_register_of(const struct mmu_config *config, unsigned reg);
/* The highest value that a register holds; false where it can be written with none. */
bool coverage_register_highest(const struct mmu_config *config, unsigned register_place,
                               uint64_t *highest);

#endif
