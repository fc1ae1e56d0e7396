/* SPDX-License-Identifier: MIT */
/* The table of groups, and the bins that it makes of a configuration. */
#include "sink/coverage_bins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sink/coverage_exclusions.h"

/* --- dimensions --- */

struct dimension {
    const char *name;
    const char *const *texts; /* of the values, or NULL: */
    const char *format;       /* of a number */
    unsigned count;
    unsigned (*count_of)(const struct mmu_config *config); /* where it depends on that */
};

#define TEXTS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define TEXT2(NAME, text) text,
#define TEXT3(NAME, text, fewest) text,
#define TEXT4(NAME, text, segments, contexts) text,

static unsigned contexts_of(const struct mmu_config *config)
{
    return config->contexts;
}

static unsigned stages_of(const struct mmu_config *config)
{
    return config->stages;
}

static unsigned flights_of(const struct mmu_config *config)
{
    return config->stages + 1u;
}

static unsigned registers_of(const struct mmu_config *config)
{
    return REGISTER_AT_SEGMENTS + 3 * mmu_segment_count(config);
}

static const char *const faults[] = {"none",  "privilege",  "register", "not_present",
                                     "limit", "permission", "physical"};

static const struct dimension outcome = {"outcome", faults, NULL, MMU_FAULT_PHYSICAL + 1, NULL};
static const struct dimension access_kind = {
    "access", TEXTS("read", "write", "execute", "access 3"), NULL, MMU_ACCESS_RESERVED + 1, NULL};
static const struct dimension place = {"edge", TEXTS(COVERAGE_PLACE_LIST(TEXT2)), NULL,
                                       COVERAGE_PLACES, NULL};
static const struct dimension memory = {"edge of memory", TEXTS(COVERAGE_MEMORY_LIST(TEXT2)), NULL,
                                        COVERAGE_MEMORIES, NULL};
static const struct dimension bytes = {"size", TEXTS(COVERAGE_BYTES_LIST(TEXT3)), NULL,
                                       COVERAGE_BYTES, NULL};
static const struct dimension growth = {"growth", TEXTS("grows up", "grows down"), NULL, 2, NULL};
static const struct dimension segment = {"segment", NULL, "segment %u", 0, mmu_segment_count};
static const struct dimension held = {"back-pressure", TEXTS("held 0", "held 1", "held 2 or more"),
                                      NULL, COVER_HELD, NULL};
static const struct dimension flags = {"flags", NULL, "flags 0x%02x", MMU_FLAGS_ALL + 1, NULL};
static const struct dimension context = {"context", NULL, "context %u", 0, contexts_of};
static const struct dimension operation = {"operation", TEXTS("write", "read", "reserved"), NULL, 3,
                                           NULL};
static const struct dimension mode = {"mode", TEXTS("user", "privileged"), NULL, 2, NULL};
static const struct dimension admitted = {"answer", TEXTS("admitted", "refused"), NULL, 2, NULL};
static const struct dimension register_place = {"register", NULL, NULL, 0, registers_of};
static const struct dimension value_class = {
    "value", TEXTS("zero", "fits", "the highest", "one above the highest", "far above", "no value"),
    NULL, COVERAGE_VALUES, NULL};
static const struct dimension record = {"record",
                                        TEXTS("none recorded", "one recorded", "more recorded"),
                                        NULL, COVERAGE_RECORDS, NULL};
static const struct dimension fault_action = {
    "action", TEXTS("read FAULT_STATUS", "read FAULT_ADDR", "clear"), NULL, COVERAGE_FAULT_ACTIONS,
    NULL};
static const struct dimension pair = {"pair", TEXTS(COVERAGE_HAZARD_LIST(TEXT4)), NULL,
                                      COVERAGE_HAZARDS, NULL};
static const struct dimension distance = {
    "distance", TEXTS("1 cycle", "2 cycles", "3 cycles", "4 cycles or more"), NULL, COVER_DISTANCES,
    NULL};
static const struct dimension switched = {"register", TEXTS("CONTEXT", "WINDOW"), NULL, 2, NULL};
static const struct dimension effect = {"effect", TEXTS("changes", "stays", "refused"), NULL,
                                        COVERAGE_EFFECTS, NULL};
static const struct dimension older = {"in flight", NULL, "%u older in flight", 0, stages_of};
static const struct dimension in_flight = {"in flight", NULL, "%u in flight", 0, flights_of};
static const struct dimension offer = {
    "offer", TEXTS("nothing offered", "a request offered", "a request waiting"), NULL,
    COVERAGE_OFFERS, NULL};
static const struct dimension visible = {
    "response", TEXTS("no response", "response and ready", "response held"), NULL,
    COVERAGE_VISIBLES, NULL};
static const struct dimension kind = {"request",
                                      TEXTS("user translation", "privileged translation",
                                            "register write", "register read",
                                            "reserved operation"),
                                      NULL, COVERAGE_KINDS, NULL};
static const struct dimension dropped_when = {"when", TEXTS("in flight", "not accepted"), NULL, 2,
                                              NULL};
static const struct dimension waited = {
    "waited", TEXTS("waited 0", "waited 1", "waited 2 or 3", "waited 4 or more"), NULL,
    COVER_WAITED, NULL};
static const struct dimension held_long = {
    "back-pressure", TEXTS("held 0", "held 1", "held 2 or 3", "held 4 or more"), NULL, COVER_WAITED,
    NULL};

/* --- the table --- */

static const struct group {
    const char *subject;
    const struct dimension *dimensions[COVERAGE_DIMENSIONS];
    coverage_exclusion *exclusion; /* NULL: everything can be hit */
} groups[COVERAGE_GROUPS] = {
    [COVER_TRANSLATE] = {"user translations, by the segment that is asked",
                         {&outcome, &access_kind, &place, &bytes, &growth, &segment, &held},
                         exclusion_of_translate},
    [COVER_NO_SEGMENT] = {"user translations that name a segment past the last",
                          {&access_kind, &bytes},
                          exclusion_of_no_segment},
    [COVER_PRIVILEGED] = {"privileged translations, by where they lie in physical memory",
                          {&outcome, &access_kind, &memory, &bytes, &held},
                          exclusion_of_privileged},
    [COVER_PHYSICAL] = {"user translations within limit and permission, by where the result lies",
                        {&growth, &memory, &bytes},
                        exclusion_of_physical},
    [COVER_PERMISSION] = {"user translations of 1 to 16 bytes within the limit, by flags",
                          {&flags, &access_kind},
                          NULL},
    [COVER_BANK] = {"user translations by bank", {&context, &segment, &admitted}, NULL},
    [COVER_REGISTER] = {"register operations",
                        {&operation, &mode, &register_place, &value_class},
                        exclusion_of_register},
    [COVER_FAULT] = {"faults, by what was recorded before",
                     {&outcome, &mode, &record},
                     exclusion_of_fault},
    [COVER_FAULT_RECORD] = {"reads and clears of the fault registers",
                            {&fault_action, &record},
                            NULL},
    [COVER_HAZARD] = {"requests that follow each other, by the cycles between their acceptances",
                      {&pair, &distance},
                      exclusion_of_hazard},
    [COVER_SWITCH] = {"writes of CONTEXT and WINDOW, by what is in flight",
                      {&switched, &effect, &older},
                      exclusion_of_switch},
    [COVER_RESET] = {"cycles of reset, by what they find",
                     {&in_flight, &offer, &visible},
                     exclusion_of_reset},
    [COVER_DROPPED] = {"requests that a reset drops", {&kind, &dropped_when}, NULL},
    [COVER_TRAFFIC] = {"requests by how long they waited, and how long their response did",
                       {&waited, &held_long, &older},
                       NULL},
};

/* --- the bins of a configuration --- */

static unsigned value_count(const struct mmu_config *config, enum coverage_group group, unsigned i)
{
    const struct dimension *const dimension = groups[group].dimensions[i];

    if (dimension == NULL) {
        return 1;
    }
    return dimension->count_of != NULL ? dimension->count_of(config) : dimension->count;
}

bool coverage_bins_init(struct coverage_bins *bins, const struct mmu_config *config)
{
    memset(bins, 0, sizeof(*bins));
    bins->config = *config;
    for (unsigned group = 0; group < COVERAGE_GROUPS; group++) {
        unsigned count = 1;

        for (unsigned i = 0; i < COVERAGE_DIMENSIONS; i++) {
            bins->values[group][i] = value_count(config, (enum coverage_group)group, i);
            count *= bins->values[group][i];
        }
        bins->first[group] = bins->count;
        bins->count += count;
    }
    bins->first[COVERAGE_GROUPS] = bins->count;
    bins->exclusion = calloc(bins->count, sizeof(*bins->exclusion));
    if (bins->exclusion == NULL) {
        return false;
    }
    for (unsigned bin = 0; bin < bins->count; bin++) {
        unsigned at[COVERAGE_DIMENSIONS];
        const enum coverage_group group = coverage_bin_place(bins, bin, at);

        if (groups[group].exclusion != NULL) {
            bins->exclusion[bin] = groups[group].exclusion(config, at);
        }
        bins->reachable_count += bins->exclusion[bin] == NULL;
    }
    return true;
}

void coverage_bins_free(struct coverage_bins *bins)
{
    free(bins->exclusion);
    bins->exclusion = NULL;
}

enum coverage_group coverage_bin_place(const struct coverage_bins *bins, unsigned bin,
                                       unsigned at[COVERAGE_DIMENSIONS])
{
    unsigned group = 0;

    while (bin >= bins->first[group + 1]) {
        group++;
    }
    bin -= bins->first[group];
    for (unsigned i = COVERAGE_DIMENSIONS; i-- > 0;) {
        at[i] = bin % bins->values[group][i];
        bin /= bins->values[group][i];
    }
    return (enum coverage_group)group;
}

/* --- names --- */

const char *coverage_group_name(enum coverage_group group)
{
    static const char *const names[] = {COVERAGE_GROUP_LIST(TEXT2)};

    return names[group];
}

const char *coverage_group_subject(enum coverage_group group)
{
    return groups[group].subject;
}

unsigned coverage_dimension_count(enum coverage_group group)
{
    unsigned count = 0;

    while (count < COVERAGE_DIMENSIONS && groups[group].dimensions[count] != NULL) {
        count++;
    }
    return count;
}

const char *coverage_dimension_name(enum coverage_group group, unsigned dimension)
{
    return groups[group].dimensions[dimension]->name;
}

static char *register_place_name(const struct mmu_config *config, unsigned value, char *buffer)
{
    static const char *const alone[] = {
        "ID",
        "CONTEXT",
        "FAULT_STATUS",
        "FAULT_ADDR",
        "WINDOW",
        "no register (0x05 to 0x0f)",
        "no register (0x13 + 4s)",
        "no register (past the last segment)",
    };
    const unsigned segment_register = value - REGISTER_AT_SEGMENTS;

    if (value < REGISTER_AT_SEGMENTS) {
        snprintf(buffer, COVERAGE_NAME_SIZE, "%s", alone[value]);
        return buffer;
    }
    return mmu_register_name(config, MMU_REG_BASE(segment_register / 3) + segment_register % 3,
                             buffer, COVERAGE_NAME_SIZE);
}

char *coverage_value_name(const struct mmu_config *config, enum coverage_group group,
                          unsigned dimension, unsigned value, char buffer[COVERAGE_NAME_SIZE])
{
    const struct dimension *const d = groups[group].dimensions[dimension];

    if (d == &register_place) {
        return register_place_name(config, value, buffer);
    }
    if (d->texts != NULL) {
        snprintf(buffer, COVERAGE_NAME_SIZE, "%s", d->texts[value]);
    } else {
        snprintf(buffer, COVERAGE_NAME_SIZE, d->format, value);
    }
    return buffer;
}

char *coverage_bin_name(const struct coverage_bins *bins, unsigned bin,
                        char buffer[COVERAGE_NAME_SIZE])
{
    unsigned at[COVERAGE_DIMENSIONS];
    const enum coverage_group group = coverage_bin_place(bins, bin, at);
    size_t length = (size_t)snprintf(buffer, COVERAGE_NAME_SIZE, "%s", coverage_group_name(group));

    for (unsigned i = 0; i < coverage_dimension_count(group) && length < COVERAGE_NAME_SIZE; i++) {
        char value[COVERAGE_NAME_SIZE];

        coverage_value_name(&bins->config, group, i, at[i], value);
        length += (size_t)snprintf(buffer + length, COVERAGE_NAME_SIZE - length, "%s %s",
                                   i == 0 ? ":" : ",", value);
    }
    return buffer;
}

/* --- what a request is --- */

unsigned coverage_bytes_fewest(enum coverage_bytes value)
{
#define FEWEST(NAME, text, fewest) fewest,
    static const uint8_t fewest_of[] = {COVERAGE_BYTES_LIST(FEWEST)};

    return fewest_of[value];
}

enum coverage_register coverage_register_of(const struct mmu_config *config, unsigned reg)
{
    const unsigned position = reg - MMU_REG_SEGMENT;
    const unsigned number = position / MMU_REG_SEGMENT_STRIDE;

    if (reg < MMU_REG_SEGMENT) {
        return reg <= MMU_REG_WINDOW ? (enum coverage_register)reg : REGISTER_AT_GAP;
    }
    if (number >= mmu_segment_count(config)) {
        return REGISTER_AT_PAST;
    }
    if (position % MMU_REG_SEGMENT_STRIDE == 3) {
        return REGISTER_AT_FOURTH;
    }
    return (enum coverage_register)(REGISTER_AT_SEGMENTS + number * 3 +
                                    position % MMU_REG_SEGMENT_STRIDE);
}

bool coverage_register_highest(const struct mmu_config *config, unsigned place_of_register,
                               uint64_t *highest)
{
    switch (place_of_register) {
    case REGISTER_AT_CONTEXT:
    case REGISTER_AT_WINDOW:
        *highest = config->contexts - 1u;
        return true;
    case REGISTER_AT_STATUS:
        *highest = UINT64_MAX; /* any value clears it */
        return true;
    case REGISTER_AT_ID:
    case REGISTER_AT_ADDR:
    case REGISTER_AT_GAP:
    case REGISTER_AT_FOURTH:
    case REGISTER_AT_PAST:
        return false;
    }
    switch ((place_of_register - REGISTER_AT_SEGMENTS) % 3) {
    case 0:
        *highest = UINT64_C(1) << config->pa_w;
        return true;
    case 1:
        *highest = mmu_span(config);
        return true;
    default:
        *highest = MMU_FLAGS_ALL;
        return true;
    }
}
