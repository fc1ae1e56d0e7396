/* SPDX-License-Identifier: MIT */
#include "sink/coverage_exclusions.h"

#include <stddef.h>

static const char no_translate_fault[] = "a user translation has no such fault";
static const char past_span[] = "SPAN is smaller than that";

/* --- translations --- */

static bool is_in_segment(unsigned place)
{
    return place >= PLACE_AT_FIRST && place <= PLACE_ENDS_AT_LAST;
}

/* What the limit, and with it the place, has to say of the outcome. */
static const char *place_and_outcome(unsigned place, unsigned outcome)
{
    if (is_in_segment(place)) {
        return outcome == MMU_FAULT_LIMIT ? "an access within its segment keeps the limit" : NULL;
    }
    return outcome != MMU_FAULT_LIMIT && outcome != MMU_FAULT_NOT_PRESENT
               ? "an access outside of its segment is a limit fault, unless there is no segment"
               : NULL;
}

static const char *access_and_outcome(unsigned access, unsigned outcome)
{
    if (access != MMU_ACCESS_RESERVED) {
        return NULL;
    }
    return outcome == MMU_FAULT_NONE || outcome == MMU_FAULT_PHYSICAL
               ? "access 3 is a permission fault at the latest"
               : NULL;
}

static const char *place_and_growth(unsigned place, bool grows_down)
{
    switch (place) {
    case PLACE_BEFORE:
    case PLACE_ENDS_BEFORE:
    case PLACE_OVER_FIRST:
        return grows_down ? NULL : "a segment that grows up begins with offset 0";
    case PLACE_AT_END:
    case PLACE_PAST:
        return grows_down ? "a segment that grows down ends with the last offset" : NULL;
    default:
        return NULL;
    }
}

/* The offsets that a place takes beside the bytes themselves. */
static const char *place_and_bytes(uint64_t span, unsigned place, unsigned bytes)
{
    const unsigned fewest = coverage_bytes_fewest((enum coverage_bytes)bytes);
    unsigned beside = 0;

    if ((bytes == BYTES_BAD) != (place == PLACE_NONE)) {
        return "only a byte count that is not 1 to 16 has no place";
    }
    switch (place) {
    case PLACE_OVER_FIRST:
    case PLACE_OVER_LAST:
        return bytes == BYTES_1 ? "one byte straddles nothing" : NULL;
    case PLACE_NONE:
    case PLACE_AT_END:
    case PLACE_PAST:
    case PLACE_ABOVE:
        return NULL;
    case PLACE_INSIDE:
        beside = 2;
        break;
    case PLACE_AT_FIRST:
    case PLACE_ENDS_AT_LAST:
    case PLACE_BEFORE:
        beside = 1;
        break;
    }
    return span < fewest + beside ? past_span : NULL;
}

const char *exclusion_of_translate(const struct mmu_config *config, const unsigned *at)
{
    const unsigned outcome = at[0], access = at[1], place = at[2], bytes = at[3];
    const char *reason = place_and_bytes(mmu_span(config), place, bytes);

    if (outcome == MMU_FAULT_PRIVILEGE || outcome == MMU_FAULT_REGISTER) {
        return no_translate_fault;
    }
    if (reason == NULL) {
        reason = place_and_growth(place, at[4] == 1);
    }
    if (reason == NULL) {
        reason = place_and_outcome(place, outcome);
    }
    return reason != NULL ? reason : access_and_outcome(access, outcome);
}

const char *exclusion_of_no_segment(const struct mmu_config *config, const unsigned *at)
{
    (void)at;
    if (config->select != MMU_SELECT_NAMED) {
        return "SELECT explicit: the address names no segment past the last";
    }
    return config->seg_bits == MMU_MAX_SEGMENT_BITS
               ? "SEG_BITS 4: every number that a request can name is a segment"
               : NULL;
}

static bool is_in_memory(unsigned memory)
{
    return memory == MEMORY_AT_0 || memory == MEMORY_INSIDE || memory == MEMORY_ENDS_AT_LAST;
}

const char *exclusion_of_privileged(const struct mmu_config *config, const unsigned *at)
{
    const unsigned outcome = at[0], access = at[1], memory = at[2], bytes = at[3];

    (void)config;
    if (outcome == MMU_FAULT_PRIVILEGE || outcome == MMU_FAULT_REGISTER ||
        outcome == MMU_FAULT_NOT_PRESENT) {
        return "a privileged translation has no such fault";
    }
    if ((bytes == BYTES_BAD) != (memory == MEMORY_NONE)) {
        return "only a byte count that is not 1 to 16 has no place";
    }
    if ((bytes == BYTES_BAD) != (outcome == MMU_FAULT_LIMIT)) {
        return "the limit of a privileged translation is its byte count";
    }
    if (memory == MEMORY_OVER_0 || memory == MEMORY_BELOW_0) {
        return "a privileged address is never below 0";
    }
    if (memory == MEMORY_OVER_LAST && bytes == BYTES_1) {
        return "one byte straddles nothing";
    }
    if (bytes == BYTES_BAD) {
        return NULL;
    }
    if ((access == MMU_ACCESS_RESERVED) != (outcome == MMU_FAULT_PERMISSION)) {
        return "the permission of a privileged translation is missing for access 3 alone";
    }
    if (access != MMU_ACCESS_RESERVED && is_in_memory(memory) != (outcome == MMU_FAULT_NONE)) {
        return "what lies in physical memory is admitted, and nothing else";
    }
    return NULL;
}

const char *exclusion_of_physical(const struct mmu_config *config, const unsigned *at)
{
    const unsigned memory = at[1], bytes = at[2];
    const unsigned fewest = coverage_bytes_fewest((enum coverage_bytes)bytes);

    if (memory == MEMORY_NONE || bytes == BYTES_BAD) {
        return "an access within the limit has 1 to 16 bytes";
    }
    if (bytes == BYTES_1 && (memory == MEMORY_OVER_LAST || memory == MEMORY_OVER_0)) {
        return "one byte straddles nothing";
    }
    if (at[0] == 0 && (memory == MEMORY_OVER_0 || memory == MEMORY_BELOW_0)) {
        return "a segment that grows up never reaches below address 0";
    }
    if (at[0] == 1 &&
        (memory == MEMORY_OVER_LAST || memory == MEMORY_AT_END || memory == MEMORY_PAST)) {
        return "a segment that grows down lies below its base, which is at most 2^PA_W";
    }
    return mmu_span(config) < fewest + (memory == MEMORY_PAST) ? past_span : NULL;
}

/* --- registers --- */

const char *exclusion_of_register(const struct mmu_config *config, const unsigned *at)
{
    const unsigned operation = at[0] + 1, value = at[3];
    uint64_t highest;

    if ((operation == MMU_OP_WRITE_REGISTER) != (value != VALUE_UNUSED)) {
        return "a write has a value, and nothing else does";
    }
    if (operation != MMU_OP_WRITE_REGISTER || value == VALUE_ZERO) {
        return NULL;
    }
    if (!coverage_register_highest(config, at[2], &highest)) {
        return value != VALUE_FAR_ABOVE ? "the register holds no value that is written" : NULL;
    }
    if (value == VALUE_FITS && highest < 2) {
        return "between zero and the highest value there is none";
    }
    if (value == VALUE_HIGHEST && highest == 0) {
        return "the highest value is zero";
    }
    if ((value == VALUE_ONE_ABOVE || value == VALUE_FAR_ABOVE) && highest == UINT64_MAX) {
        return "the register takes every value";
    }
    return NULL;
}

const char *exclusion_of_fault(const struct mmu_config *config, const unsigned *at)
{
    const bool is_privileged = at[1] == 1;

    (void)config;
    switch (at[0]) {
    case MMU_FAULT_NONE:
        return "no fault is no fault";
    case MMU_FAULT_PRIVILEGE:
    case MMU_FAULT_NOT_PRESENT:
        return is_privileged ? "it comes in user mode only" : NULL;
    case MMU_FAULT_REGISTER:
        return is_privileged ? NULL : "it comes in privileged mode only";
    default:
        return NULL;
    }
}

/* --- requests that meet --- */

const char *exclusion_of_hazard(const struct mmu_config *config, const unsigned *at)
{
#define NEEDS(NAME, text, segments, contexts) {segments, contexts},
    static const struct {
        uint8_t segments, contexts;
    } needs[] = {COVERAGE_HAZARD_LIST(NEEDS)};

    if (mmu_segment_count(config) < needs[at[0]].segments) {
        return "SEG_BITS 0: one segment has no neighbour";
    }
    return config->contexts < needs[at[0]].contexts ? "CONTEXTS 1: there is no other bank" : NULL;
}

const char *exclusion_of_switch(const struct mmu_config *config, const unsigned *at)
{
    return config->contexts == 1 && at[1] == EFFECT_CHANGES ? "CONTEXTS 1: there is no other bank"
                                                            : NULL;
}

const char *exclusion_of_reset(const struct mmu_config *config, const unsigned *at)
{
    const unsigned in_flight = at[0], offer = at[1], visible = at[2];

    if (in_flight == 0 && visible != VISIBLE_NONE) {
        return "there is no response without a request";
    }
    if (in_flight == config->stages && visible == VISIBLE_NONE) {
        return "a full pipeline shows a response";
    }
    if (offer == OFFER_WAITING && visible == VISIBLE_NONE) {
        return "a request waits only behind a response that is held";
    }
    return NULL;
}
