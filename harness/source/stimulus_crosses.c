/* SPDX-License-Identifier: MIT */
#include "source/stimulus_crosses.h"

#include <stddef.h>

enum {
    ACCESS_FLAGS = MMU_FLAG_READ | MMU_FLAG_WRITE | MMU_FLAG_EXECUTE,
    ACCESSES = MMU_ACCESS_RESERVED + 1,
};

/* From the second request on, a stream has each response held for so many cycles. */
static void hold_responses(struct script *script, unsigned cycles)
{
    script_drain(script);
    script_ready(script, UINT64_C(1) << cycles, cycles + 1);
}

/* A byte count of a class. */
static unsigned bytes_of(struct script *script, enum coverage_bytes bytes)
{
    static const uint8_t others[] = {3, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15};
    const bool is_small = mmu_span(&script->config) < 2ul * MMU_MAX_BYTES;

    if (bytes == BYTES_OTHER && !is_small) {
        return others[random_below(&script->random, sizeof(others))];
    }
    if (bytes == BYTES_BAD) {
        return (MMU_MAX_BYTES + 1 + (unsigned)random_below(&script->random, 16)) % 32;
    }
    return coverage_bytes_fewest(bytes);
}

/* --- user translations --- */

/* What is wrong with the segment. */
enum setup { SETUP_OPEN, SETUP_ABSENT, SETUP_CLOSED, SETUP_OUTSIDE, SETUPS };

static const uint8_t setup_of_outcome[] = {
    [MMU_FAULT_NONE] = SETUP_OPEN,          [MMU_FAULT_LIMIT] = SETUP_OPEN,
    [MMU_FAULT_NOT_PRESENT] = SETUP_ABSENT, [MMU_FAULT_PERMISSION] = SETUP_CLOSED,
    [MMU_FAULT_PHYSICAL] = SETUP_OUTSIDE,
};

static unsigned translate_items(const struct mmu_config *config)
{
    return COVERAGE_BYTES * SETUPS * 2 * mmu_segment_count(config);
}

static unsigned translate_item_of(const struct mmu_config *config, const unsigned *at)
{
    return ((at[3] * SETUPS + setup_of_outcome[at[0]]) * 2 + at[4]) * mmu_segment_count(config) +
           at[5];
}

/* Sizes of a segment that has a place, [least, most]; no size where most < least. */
static struct extent sizes_for(const struct mmu_config *config, unsigned place, uint64_t bytes)
{
    const uint64_t span = mmu_span(config), memory = UINT64_C(1) << config->pa_w;
    struct extent sizes = {0, span < memory ? span : memory};
    uint64_t beside = 0; /* of the span */

    switch (place) {
    case PLACE_WHOLE:
        return (struct extent){bytes, bytes < sizes.end + 1 ? bytes : 0};
    case PLACE_AT_FIRST:
    case PLACE_ENDS_AT_LAST:
        sizes.first = bytes + 1;
        break;
    case PLACE_INSIDE:
        sizes.first = bytes + 2;
        break;
    case PLACE_BEFORE:
        beside = bytes + 1;
        break;
    case PLACE_ENDS_BEFORE:
        beside = bytes;
        break;
    case PLACE_OVER_FIRST:
    case PLACE_AT_END:
        beside = 1;
        break;
    case PLACE_PAST:
        beside = 2;
        break;
    case PLACE_OVER_LAST:
        sizes.first = 1;
        break;
    default:
        break;
    }
    if (beside > span) {
        return (struct extent){1, 0};
    }
    if (sizes.end > span - beside) {
        sizes.end = span - beside;
    }
    return sizes;
}

/* An offset at a place of the segment, for which it has the size. */
static uint64_t offset_at(struct script *script, struct extent extent, unsigned place,
                          uint64_t bytes)
{
    const uint64_t span = mmu_span(&script->config), size = extent.end - extent.first;
    const uint64_t overlap = 1 + cross_up_to(script, bytes > 2 ? bytes - 2 : 0); /* 1..bytes-1 */

    switch (place) {
    case PLACE_AT_FIRST:
    case PLACE_WHOLE:
        return extent.first;
    case PLACE_INSIDE:
        return extent.first + 1 + cross_up_to(script, size - bytes - 2);
    case PLACE_ENDS_AT_LAST:
        return extent.end - bytes;
    case PLACE_BEFORE:
        return cross_up_to(script, extent.first - bytes - 1);
    case PLACE_ENDS_BEFORE:
        return extent.first - bytes;
    case PLACE_OVER_FIRST:
        return extent.first - (overlap < extent.first ? overlap : extent.first);
    case PLACE_OVER_LAST:
        return extent.end - (overlap < size ? overlap : size);
    case PLACE_AT_END:
        return extent.end;
    case PLACE_PAST:
        return extent.end + 1 + cross_up_to(script, span - extent.end - 2);
    default:
        return cross_up_to(script, span - 1);
    }
}

static bool is_beyond(unsigned place, bool grows_down)
{
    if (place == PLACE_BEFORE || place == PLACE_ENDS_BEFORE || place == PLACE_OVER_FIRST) {
        return !grows_down;
    }
    return (place == PLACE_AT_END || place == PLACE_PAST) && grows_down;
}

static struct mmu_segment segment_for(struct script *script, enum setup setup, bool grows_down,
                                      uint64_t size)
{
    const struct mmu_config *const config = &script->config;
    struct mmu_segment segment = {
        .base = stimulus_inner_base(config, &script->random, size, grows_down),
        .size = size,
        .flags = (uint8_t)((setup == SETUP_ABSENT ? 0 : MMU_FLAG_PRESENT) |
                           (setup == SETUP_CLOSED ? 0 : ACCESS_FLAGS) |
                           (grows_down ? MMU_FLAG_GROWS_DOWN : 0)),
    };

    if (setup == SETUP_OUTSIDE) {
        segment.base = grows_down ? 0 : UINT64_C(1) << config->pa_w;
    }
    return segment;
}

/* One place: the segment for it, then each access, with each back-pressure. */
static void write_place(struct script *script, unsigned number, enum setup setup, bool grows_down,
                        unsigned place, unsigned bytes)
{
    const struct mmu_config *const config = &script->config;
    const unsigned context = (unsigned)random_below(&script->random, config->contexts);
    const struct extent sizes = sizes_for(config, place, bytes);
    struct mmu_segment segment;
    struct extent extent;

    if (sizes.end < sizes.first) {
        return;
    }
    segment = segment_for(script, setup, grows_down,
                          sizes.first + cross_up_to(script, sizes.end - sizes.first));
    extent = stimulus_extent(config, &segment);
    script_segment(script, context, number, &segment);
    script_context(script, context);
    for (unsigned held = 0; held < COVER_HELD; held++) {
        hold_responses(script, held);
        for (unsigned i = 0; i <= ACCESSES; i++) {
            struct mmu_request request = stimulus_user_request(
                config, number, offset_at(script, extent, place, bytes), bytes, i % ACCESSES);

            if (place == PLACE_ABOVE) {
                request.addr |= UINT64_C(1) << (config->va_w +
                                                random_below(&script->random, 64u - config->va_w));
            }
            script_request(script, request);
        }
    }
}

static void write_translate(struct script *script, unsigned item)
{
    const unsigned segments = mmu_segment_count(&script->config);
    const unsigned number = item % segments;
    const bool grows_down = item / segments % 2;
    const enum setup setup = (enum setup)(item / segments / 2 % SETUPS);
    const enum coverage_bytes bytes = (enum coverage_bytes)(item / segments / 2 / SETUPS);
    /* Outside of the segment, permissions and physical memory do not matter any more. */
    const unsigned last =
        setup == SETUP_CLOSED || setup == SETUP_OUTSIDE ? PLACE_ENDS_AT_LAST : COVERAGE_PLACES - 1;

    if (bytes == BYTES_BAD) {
        write_place(script, number, setup, grows_down, PLACE_NONE, bytes_of(script, bytes));
    }
    for (unsigned place = PLACE_AT_FIRST; bytes != BYTES_BAD && place <= last; place++) {
        const bool is_over = place == PLACE_OVER_FIRST || place == PLACE_OVER_LAST;

        if (!is_beyond(place, grows_down) && !(is_over && bytes == BYTES_1)) {
            write_place(script, number, setup, grows_down, place, bytes_of(script, bytes));
        }
    }
    script_drain(script);
    script_always_ready(script);
}

/* --- user translations that name a segment past the last --- */

static unsigned no_segment_items(const struct mmu_config *config)
{
    return config->select == MMU_SELECT_NAMED && config->seg_bits < MMU_MAX_SEGMENT_BITS
               ? COVERAGE_BYTES
               : 0;
}

static unsigned no_segment_item_of(const struct mmu_config *config, const unsigned *at)
{
    (void)config;
    return at[1];
}

static void write_no_segment(struct script *script, unsigned item)
{
    const unsigned count = mmu_segment_count(&script->config);

    for (unsigned access = 0; access < ACCESSES; access++) {
        script_translate(script,
                         count + (unsigned)cross_up_to(script, MMU_MAX_SEGMENTS - 1 - count),
                         cross_up_to(script, mmu_span(&script->config) - 1),
                         bytes_of(script, (enum coverage_bytes)item), access);
    }
}

/* --- privileged translations --- */

static unsigned privileged_items(const struct mmu_config *config)
{
    (void)config;
    return COVERAGE_BYTES;
}

static unsigned privileged_item_of(const struct mmu_config *config, const unsigned *at)
{
    (void)config;
    return at[3];
}

/* Of `bytes` bytes, 1 to 16, where that place is not below address 0. */
static uint64_t address_at(struct script *script, unsigned memory, uint64_t bytes)
{
    const uint64_t size = UINT64_C(1) << script->config.pa_w;

    switch (memory) {
    case MEMORY_AT_0:
        return 0;
    case MEMORY_INSIDE:
        return 1 + cross_up_to(script, size - bytes - 2);
    case MEMORY_ENDS_AT_LAST:
        return size - bytes;
    case MEMORY_OVER_LAST:
        return size - 1 - cross_up_to(script, bytes > 2 ? bytes - 2 : 0);
    case MEMORY_AT_END:
        return size;
    default:
        return size + 1 + cross_up_to(script, UINT64_MAX - size - 1);
    }
}

static void write_privileged(struct script *script, unsigned item)
{
    const enum coverage_bytes bytes = (enum coverage_bytes)item;

    for (unsigned held = 0; held < COVER_HELD; held++) {
        hold_responses(script, held);
        for (unsigned memory = MEMORY_AT_0; memory <= MEMORY_PAST; memory++) {
            for (unsigned i = 0; i <= ACCESSES; i++) {
                struct mmu_request request = {
                    .op = MMU_OP_TRANSLATE, .priv = 1, .access = (uint8_t)(i % ACCESSES)};

                request.bytes = (uint8_t)bytes_of(script, bytes);
                request.addr = address_at(script, memory, bytes == BYTES_BAD ? 1 : request.bytes);
                script_request(script, request);
            }
        }
    }
    script_drain(script);
    script_always_ready(script);
}

/* --- results at the ends of physical memory --- */

static unsigned physical_items(const struct mmu_config *config)
{
    (void)config;
    return 2 * BYTES_BAD;
}

static unsigned physical_item_of(const struct mmu_config *config, const unsigned *at)
{
    (void)config;
    return at[0] * BYTES_BAD + at[2];
}

/* A segment that fills its SPAN, and an offset in it, whose sum is a place in memory. */
static void write_physical_place(struct script *script, bool grows_down, unsigned memory,
                                 uint64_t bytes)
{
    const struct mmu_config *const config = &script->config;
    const uint64_t span = mmu_span(config), size = UINT64_C(1) << config->pa_w;
    const unsigned number = cross_segment(script);
    struct mmu_segment segment = segment_for(script, SETUP_OPEN, grows_down, span);
    uint64_t offset;

    if (bytes + (memory == MEMORY_PAST) > span) {
        return;
    }
    if (memory == MEMORY_OVER_0 || memory == MEMORY_BELOW_0) {
        const uint64_t overlap = 1 + cross_up_to(script, bytes > 2 ? bytes - 2 : 0);

        offset = span - bytes;
        segment.base = memory == MEMORY_OVER_0 ? bytes - overlap : 0;
    } else if (grows_down) {
        offset = span - bytes;
        segment.base = address_at(script, memory, bytes) + bytes;
    } else if (memory == MEMORY_PAST) {
        offset = 1 + cross_up_to(script, span - bytes - 1);
        segment.base = size;
    } else {
        const uint64_t address = address_at(script, memory, bytes);

        offset = cross_up_to(script, address < span - bytes ? address : span - bytes);
        segment.base = address - offset;
    }
    script_segment(script, script->regs.context, number, &segment);
    for (unsigned access = 0; access < MMU_ACCESS_RESERVED; access++) {
        script_translate(script, number, offset, (unsigned)bytes, access);
    }
}

static void write_physical(struct script *script, unsigned item)
{
    const bool grows_down = item / BYTES_BAD;
    const enum coverage_bytes bytes = (enum coverage_bytes)(item % BYTES_BAD);

    for (unsigned memory = MEMORY_AT_0; memory < COVERAGE_MEMORIES; memory++) {
        const bool is_below = memory == MEMORY_OVER_0 || memory == MEMORY_BELOW_0;
        const bool is_over = memory == MEMORY_OVER_LAST || memory == MEMORY_OVER_0;

        if ((memory <= MEMORY_ENDS_AT_LAST || is_below == grows_down) &&
            !(is_over && bytes == BYTES_1)) {
            write_physical_place(script, grows_down, memory, bytes_of(script, bytes));
        }
    }
    script_always_ready(script); /* an item is never empty */
}

static unsigned register_item_of(const struct mmu_config *config, const unsigned *at)
{
    (void)config;
    return at[2];
}

/* --- resets that find bubbles --- */

enum { RESET_ITEMS = 32 };

static unsigned reset_items(const struct mmu_config *config)
{
    (void)config;
    return RESET_ITEMS;
}

static unsigned reset_item_of(const struct mmu_config *config, const unsigned *at)
{
    (void)config;
    return at[0] % RESET_ITEMS;
}

static void write_resets(struct script *script, unsigned item)
{
    enum { ROUNDS = 8, REQUESTS = 8 };

    for (unsigned round = 0; round < ROUNDS; round++) {
        script_ready_by_chance(script, (uint8_t)(32 + (item * ROUNDS + round) % 192));
        script_timer(script, 1 + (unsigned)random_below(&script->random, 10));
        for (unsigned i = 0; i < REQUESTS; i++) {
            script->gap = (uint16_t)random_below(&script->random, 3);
            script_request(script,
                           (struct mmu_request){.op = (uint8_t)random_below(&script->random, 3),
                                                .priv = (uint8_t)random_below(&script->random, 2),
                                                .bytes = 1,
                                                .reg = MMU_REG_FLAGS(0)});
        }
        script->gap = 0;
        script_reset(script, 1);
    }
    script_always_ready(script);
}

/* --- requests that meet --- */

static unsigned pair_item_of(const struct mmu_config *config, const unsigned *at)
{
    (void)config;
    return at[0] * COVER_DISTANCES + at[1];
}

/* --- the table --- */

static const struct cross_subject {
    struct directed_subject subject;
    enum coverage_group group;
    unsigned (*item_of)(const struct mmu_config *config, const unsigned *at);
} subjects[] = {
    {{"pairs of requests", pair_items, write_pair}, COVER_HAZARD, pair_item_of},
    {{"resets and bubbles", reset_items, write_resets}, COVER_RESET, reset_item_of},
    {{"register values", cross_register_items, write_cross_register},
     COVER_REGISTER,
     register_item_of},
    {{"results in physical memory", physical_items, write_physical},
     COVER_PHYSICAL,
     physical_item_of},
    {{"segments past the last", no_segment_items, write_no_segment},
     COVER_NO_SEGMENT,
     no_segment_item_of},
    {{"privileged edges", privileged_items, write_privileged},
     COVER_PRIVILEGED,
     privileged_item_of},
    {{"translations by segment", translate_items, write_translate},
     COVER_TRANSLATE,
     translate_item_of},
};
enum { SUBJECTS = sizeof(subjects) / sizeof(subjects[0]) };

unsigned cross_item_count(const struct mmu_config *config)
{
    unsigned count = 0;

    for (unsigned i = 0; i < SUBJECTS; i++) {
        count += subjects[i].subject.item_count(config);
    }
    return count;
}

const char *script_cross(struct script *script, unsigned item)
{
    unsigned i = 0;

    while (item >= subjects[i].subject.item_count(&script->config)) {
        item -= subjects[i++].subject.item_count(&script->config);
    }
    subjects[i].subject.write(script, item);
    return subjects[i].subject.name;
}

bool cross_item_of(const struct coverage_bins *bins, unsigned bin, unsigned *item)
{
    unsigned at[COVERAGE_DIMENSIONS], first = 0;
    const enum coverage_group group = coverage_bin_place(bins, bin, at);

    for (unsigned i = 0; i < SUBJECTS; i++) {
        if (subjects[i].group == group) {
            *item = first + subjects[i].item_of(&bins->config, at);
            return true;
        }
        first += subjects[i].subject.item_count(&bins->config);
    }
    return false;
}
