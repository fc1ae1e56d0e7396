/* SPDX-License-Identifier: MIT */
/* The directed part, one request at a time: every rule of translation and of the registers at every
 * edge. Each item sets up what it needs and leaves the rest as it was. */
#include "source/stimulus_script.h"

enum {
    FLAGS_OPEN = MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE | MMU_FLAG_EXECUTE,
};

/* Accesses by turns, so that neither the table nor the run grows threefold. */
static unsigned next_access(unsigned *turn)
{
    return (*turn)++ % MMU_ACCESS_RESERVED;
}

/* --- after reset: every register of every bank, before it is written --- */

static unsigned reset_items(const struct mmu_config *config)
{
    (void)config;
    return 1;
}

static void read_bank(struct script *script)
{
    for (unsigned segment = 0; segment < mmu_segment_count(&script->config); segment++) {
        script_read(script, MMU_REG_BASE(segment));
        script_read(script, MMU_REG_SIZE(segment));
        script_read(script, MMU_REG_FLAGS(segment));
    }
}

/* The first subject, and bank 0 as WINDOW has it from reset: where a register powers up as it
 * likes, this alone sees a reset that is missing in one that is only ever written with its reset
 * value, such as WINDOW of a machine with one context. */
static void write_after_reset(struct script *script, unsigned item)
{
    (void)item;
    for (unsigned reg = MMU_REG_ID; reg <= MMU_REG_WINDOW; reg++) {
        script_read(script, (uint8_t)reg);
    }
    read_bank(script);
    for (unsigned context = 1; context < script->config.contexts; context++) {
        script_write(script, MMU_REG_WINDOW, context);
        read_bank(script);
    }
    script_write(script, MMU_REG_WINDOW, 0);
}

/* --- limit: sizes x bytes x edges, for every segment, growing up and down --- */

static unsigned limit_items(const struct mmu_config *config)
{
    return STIMULUS_SIZES * 2 * mmu_segment_count(config);
}

static void write_limit(struct script *script, unsigned item)
{
    const struct mmu_config *config = &script->config;
    bool grows_down = item & 1;
    unsigned number = item / 2 % mmu_segment_count(config);
    unsigned context = item % config->contexts;
    uint64_t size = stimulus_size(config, item / 2 / mmu_segment_count(config));
    struct mmu_segment segment = {
        .base = stimulus_inner_base(config, &script->random, size, grows_down),
        .size = size,
        .flags = (uint8_t)(FLAGS_OPEN | (grows_down ? MMU_FLAG_GROWS_DOWN : 0)),
    };
    struct extent extent = stimulus_extent(config, &segment);
    unsigned turn = item;

    script_segment(script, context, number, &segment);
    script_context(script, context);
    for (unsigned bytes = 1; bytes <= MMU_MAX_BYTES; bytes++) {
        for (unsigned edge = 0; edge < STIMULUS_EDGES; edge++) {
            script_translate(script, number, stimulus_edge_offset(extent, edge, bytes), bytes,
                             next_access(&turn));
        }
    }
}

/* --- physical: the same edges against both ends of physical memory --- */

static const uint64_t overhangs[] = {0, 1, 2, 15, 16, 17, 64};
enum { OVERHANGS = sizeof overhangs / sizeof overhangs[0] };

static unsigned physical_items(const struct mmu_config *config)
{
    (void)config;
    return OVERHANGS * 2;
}

/* A segment that reaches `overhangs[]` bytes beyond the top, or below address 0. */
static void write_physical(struct script *script, unsigned item)
{
    const struct mmu_config *config = &script->config;
    uint64_t physical_bytes = UINT64_C(1) << config->pa_w, span = mmu_span(config);
    bool grows_down = item & 1;
    uint64_t overhang = overhangs[item / 2] < span ? overhangs[item / 2] : span;
    uint64_t inside = span - overhang < 64 ? span - overhang : 64; /* bytes that lie in memory */
    unsigned number = item % mmu_segment_count(config);
    struct mmu_segment segment = {
        .base = grows_down ? inside : physical_bytes - inside,
        .size = inside + overhang,
        .flags = (uint8_t)(FLAGS_OPEN | (grows_down ? MMU_FLAG_GROWS_DOWN : 0)),
    };
    /* The offsets whose bytes lie in physical memory. */
    struct extent admitted = stimulus_extent(config, &segment);
    unsigned turn = item;

    if (grows_down) {
        admitted.first += overhang;
    } else {
        admitted.end -= overhang;
    }
    script_segment(script, 0, number, &segment);
    script_context(script, 0);
    for (unsigned bytes = 1; bytes <= MMU_MAX_BYTES; bytes++) {
        for (unsigned edge = 0; edge < STIMULUS_EDGES; edge++) {
            script_translate(script, number, stimulus_edge_offset(admitted, edge, bytes), bytes,
                             next_access(&turn));
        }
    }
    /* The very ends: a base one past the highest byte of memory, and a base of 0. */
    segment.base = grows_down ? physical_bytes : 0;
    script_segment(script, 0, number, &segment);
    for (unsigned edge = 0; edge < STIMULUS_EDGES; edge++) {
        script_translate(script, number,
                         stimulus_edge_offset(stimulus_extent(config, &segment), edge, 4), 4,
                         next_access(&turn));
    }
    segment.base = grows_down ? 0 : physical_bytes;
    script_segment(script, 0, number, &segment);
    for (unsigned edge = 0; edge < STIMULUS_EDGES; edge++) {
        script_translate(script, number,
                         stimulus_edge_offset(stimulus_extent(config, &segment), edge, 1), 1,
                         next_access(&turn));
    }
}

/* --- privileged: no translation, but the ends of physical memory hold --- */

static unsigned privileged_items(const struct mmu_config *config)
{
    (void)config;
    return 1;
}

static void write_privileged(struct script *script, unsigned item)
{
    struct extent memory = {0, UINT64_C(1) << script->config.pa_w};
    unsigned turn = item;

    for (unsigned bytes = 0; bytes <= MMU_MAX_BYTES + 1; bytes++) {
        for (unsigned edge = 0; edge < STIMULUS_EDGES; edge++) {
            script_request(script, (struct mmu_request){
                                       .op = MMU_OP_TRANSLATE,
                                       .priv = 1,
                                       .addr = stimulus_edge_offset(memory, edge, bytes),
                                       .bytes = (uint8_t)bytes,
                                       .access = (uint8_t)(turn++ % (MMU_ACCESS_RESERVED + 1)),
                                   });
        }
    }
}

/* --- address bits: each of the 64, alone and missing --- */

static unsigned address_bit_items(const struct mmu_config *config)
{
    return config->select == MMU_SELECT_NAMED ? MMU_MAX_SEGMENTS : mmu_segment_count(config);
}

/* All of the segment is valid, so that only the bit decides. With named selection the items go past
 * the last register. */
static void write_address_bits(struct script *script, unsigned item)
{
    const struct mmu_config *config = &script->config;
    uint64_t span = mmu_span(config);
    unsigned turn = item;

    if (item < mmu_segment_count(config)) {
        bool grows_down = item & 1;
        struct mmu_segment segment = {
            .base = stimulus_inner_base(config, &script->random, span, grows_down),
            .size = span,
            .flags = (uint8_t)(FLAGS_OPEN | (grows_down ? MMU_FLAG_GROWS_DOWN : 0)),
        };
        script_segment(script, 0, item, &segment);
    }
    script_context(script, 0);
    for (unsigned bit = 0; bit < 64; bit++) {
        struct mmu_request request =
            stimulus_user_request(config, item, random_below(&script->random, span), 1, 0);

        request.access = (uint8_t)next_access(&turn);
        request.addr ^= UINT64_C(1) << bit;
        script_request(script, request);
        request.priv = 1;
        script_request(script, request);
        request.addr = ~(UINT64_C(1) << bit);
        request.priv = 0;
        script_request(script, request);
    }
}

/* --- permissions: every access against every set of flags --- */

static unsigned permission_items(const struct mmu_config *config)
{
    (void)config;
    return MMU_FLAGS_ALL + 1;
}

static void write_permission(struct script *script, unsigned item)
{
    const struct mmu_config *config = &script->config;
    uint64_t size = stimulus_size(config, 0);
    unsigned number = item % mmu_segment_count(config);
    struct mmu_segment segment = {
        .base = stimulus_inner_base(config, &script->random, size, item & MMU_FLAG_GROWS_DOWN),
        .size = size,
        .flags = (uint8_t)item,
    };
    struct extent extent = stimulus_extent(config, &segment);

    script_segment(script, 0, number, &segment);
    script_context(script, 0);
    for (unsigned access = 0; access <= MMU_ACCESS_RESERVED; access++) {
        struct mmu_request request = stimulus_user_request(
            config, number, stimulus_edge_offset(extent, EDGE_INSIDE, 1), 1, access);

        script_request(script, request);
        request.priv = 1;
        script_request(script, request);
        script_translate(script, number, extent.end, 1, access);
    }
}

/* --- priority: every set of violated rules at once --- */

enum violation {
    VIOLATE_PRESENT = 1 << 0,
    VIOLATE_LIMIT = 1 << 1,
    VIOLATE_PERMISSION = 1 << 2,
    VIOLATE_PHYSICAL = 1 << 3,
    VIOLATIONS_ALL = (1 << 4) - 1,
};

static unsigned priority_items(const struct mmu_config *config)
{
    (void)config;
    return (VIOLATIONS_ALL + 1) * 2;
}

static void write_priority(struct script *script, unsigned item)
{
    const struct mmu_config *config = &script->config;
    unsigned violated = item / 2;
    bool grows_down = item & 1;
    unsigned number = item % mmu_segment_count(config);
    uint64_t size = stimulus_size(config, 0), physical_bytes = UINT64_C(1) << config->pa_w;
    struct mmu_segment segment = {
        .base = stimulus_inner_base(config, &script->random, size, grows_down),
        .size = size,
        .flags = (uint8_t)(FLAGS_OPEN | (grows_down ? MMU_FLAG_GROWS_DOWN : 0)),
    };
    struct extent extent = stimulus_extent(config, &segment);

    if (violated & VIOLATE_PRESENT) {
        segment.flags &= (uint8_t)~MMU_FLAG_PRESENT;
    }
    if (violated & VIOLATE_PHYSICAL) {
        segment.base = grows_down ? 0 : physical_bytes;
    }
    if (violated & VIOLATE_PERMISSION) {
        segment.flags &= (uint8_t) ~(FLAGS_OPEN & ~MMU_FLAG_PRESENT);
    }
    script_segment(script, 0, number, &segment);
    script_context(script, 0);
    for (unsigned access = 0; access <= MMU_ACCESS_RESERVED; access++) {
        uint64_t inside = stimulus_edge_offset(extent, EDGE_INSIDE, 1);
        uint64_t outside = grows_down ? extent.first - 1 : extent.end;

        script_translate(script, number, violated & VIOLATE_LIMIT ? outside : inside, 1, access);
        script_translate(script, number, inside, violated & VIOLATE_LIMIT ? 0 : 1, access);
    }
}

/* --- byte counts: all 32 --- */

static unsigned byte_count_items(const struct mmu_config *config)
{
    (void)config;
    return 2;
}

static void write_byte_counts(struct script *script, unsigned item)
{
    const struct mmu_config *config = &script->config;
    bool grows_down = item & 1;
    uint64_t size = mmu_span(config);
    unsigned number = mmu_segment_count(config) - 1;
    struct mmu_segment segment = {
        .base = stimulus_inner_base(config, &script->random, size, grows_down),
        .size = size,
        .flags = (uint8_t)(FLAGS_OPEN | (grows_down ? MMU_FLAG_GROWS_DOWN : 0)),
    };
    struct extent extent = stimulus_extent(config, &segment);

    script_segment(script, 0, number, &segment);
    script_context(script, 0);
    for (unsigned bytes = 0; bytes < 32; bytes++) {
        for (unsigned access = 0; access <= MMU_ACCESS_RESERVED; access++) {
            struct mmu_request request =
                stimulus_user_request(config, number, extent.first, bytes, access);

            script_request(script, request);
            request.addr = 0;
            request.priv = 1;
            script_request(script, request);
        }
    }
}

/* --- registers: every index and operation, values that fit and that do not --- */

static unsigned register_items(const struct mmu_config *config)
{
    (void)config;
    return 256;
}

static void write_and_read_back(struct script *script, uint8_t reg, uint64_t value)
{
    script_write(script, reg, value);
    script_read(script, reg);
}

static void write_registers(struct script *script, unsigned item)
{
    uint8_t reg = (uint8_t)item;
    uint64_t highest = 0;
    bool is_writable = stimulus_register_highest(&script->config, reg, &highest);

    if (is_writable) {
        write_and_read_back(script, reg, highest);
        write_and_read_back(script, reg, highest + 1);
        write_and_read_back(script, reg, highest | UINT64_C(1) << 63);
        write_and_read_back(script, reg, highest / 2);
    }
    write_and_read_back(script, reg, 1);
    write_and_read_back(script, reg, UINT64_MAX);
    write_and_read_back(script, reg, random_next(&script->random));
    for (unsigned op = 0; op <= MMU_OP_RESERVED; op++) {
        for (unsigned priv = 0; priv <= 1; priv++) {
            script_request(script,
                           (struct mmu_request){
                               .op = (uint8_t)op, .priv = (uint8_t)priv, .reg = reg, .wdata = op});
        }
    }
    script_read(script, MMU_REG_FAULT_STATUS);
    script_read(script, MMU_REG_FAULT_ADDR);
    script_write(script, MMU_REG_FAULT_STATUS, random_next(&script->random));
    write_and_read_back(script, reg, 0);
    script_read(script, MMU_REG_FAULT_STATUS);
    /* A bank that does not exist must not have been written: look at the others' window too. */
    write_and_read_back(script, MMU_REG_WINDOW, item % script->config.contexts);
    script_read(script, reg);
}

/* --- register bits: each bit of a value, alone --- */

static unsigned register_bit_items(const struct mmu_config *config)
{
    return 2 + 3 * mmu_segment_count(config); /* CONTEXT, WINDOW and the segment registers */
}

static void write_register_bits(struct script *script, unsigned item)
{
    const struct mmu_config *config = &script->config;
    uint8_t reg = item == 0   ? MMU_REG_CONTEXT
                  : item == 1 ? MMU_REG_WINDOW
                              : (uint8_t)(MMU_REG_BASE((item - 2) / 3) + (item - 2) % 3);

    script_write(script, MMU_REG_WINDOW, item % config->contexts);
    for (unsigned bit = 0; bit < 64; bit++) {
        write_and_read_back(script, reg, UINT64_C(1) << bit);
    }
}

/* --- layouts: neighbours that touch, in virtual and in physical memory --- */

static unsigned layout_items(const struct mmu_config *config)
{
    return mmu_segment_count(config) * 2;
}

/* Segment `number` fills its SPAN and its neighbour begins where it ends, in both spaces where the
 * machine has room for it; an access across the border is still refused. */
static void write_layouts(struct script *script, unsigned item)
{
    const struct mmu_config *config = &script->config;
    uint64_t span = mmu_span(config), physical_bytes = UINT64_C(1) << config->pa_w;
    unsigned number = item / 2, neighbour = (number + 1) % mmu_segment_count(config);
    bool neighbour_grows_down = item & 1;
    uint64_t base =
        span < physical_bytes ? random_below(&script->random, physical_bytes - span + 1) : 0;
    struct mmu_segment full = {.base = base, .size = span, .flags = FLAGS_OPEN};
    struct mmu_segment next = {.base = base + span <= physical_bytes ? base + span : base,
                               .size = span,
                               .flags = FLAGS_OPEN};
    unsigned turn = item;

    if (neighbour_grows_down) {
        next.flags |= MMU_FLAG_GROWS_DOWN;
        next.base = physical_bytes - next.base > span ? next.base + span : physical_bytes;
    }
    script_segment(script, 0, number, &full);
    script_segment(script, 0, neighbour, &next);
    script_context(script, 0);
    for (unsigned bytes = 1; bytes <= MMU_MAX_BYTES; bytes++) {
        for (unsigned before = 0; before <= bytes; before++) {
            script_translate(script, number, span - before, bytes, next_access(&turn));
        }
    }
}

const struct directed_subject directed_subjects[] = {
    {"registers after reset", reset_items, write_after_reset},
    {"limit edges", limit_items, write_limit},
    {"permissions", permission_items, write_permission},
    {"registers", register_items, write_registers},
    {"ends of physical memory", physical_items, write_physical},
    {"fault priority", priority_items, write_priority},
    {"privileged accesses", privileged_items, write_privileged},
    {"byte counts", byte_count_items, write_byte_counts},
    {"register bits", register_bit_items, write_register_bits},
    {"address bits", address_bit_items, write_address_bits},
    {"segments that touch", layout_items, write_layouts},
};
const unsigned directed_subject_count = sizeof directed_subjects / sizeof directed_subjects[0];
