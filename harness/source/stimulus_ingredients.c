/* SPDX-License-Identifier: MIT */
#include "source/stimulus_ingredients.h"

/* --- small draws --- */

static unsigned any_segment(struct script *script)
{
    return (unsigned)random_below(&script->random, mmu_segment_count(&script->config));
}

static unsigned any_context(struct script *script)
{
    return (unsigned)random_below(&script->random, script->config.contexts);
}

static unsigned any_bytes(struct script *script)
{
    return 1 + (unsigned)random_below(&script->random, MMU_MAX_BYTES);
}

/* Numbers of every magnitude alike. */
static uint64_t any_number(struct script *script)
{
    return random_next(&script->random) >> random_below(&script->random, 64);
}

/* Values around a power of two and their neighbours, not above `highest`. */
static uint64_t any_value_up_to(struct script *script, uint64_t highest)
{
    uint64_t near = random_below(&script->random, 18);

    switch (random_below(&script->random, 4)) {
    case 0:
        return near < highest ? near : highest;
    case 1:
        return highest - (near < highest ? near : highest);
    case 2:
        return any_number(script) % (highest + 1);
    default:
        return random_below(&script->random, highest + 1);
    }
}

/* --- segments --- */

/* The physical addresses that a segment covers, [first, end); modulo 2^64 where it reaches below 0.
 */
static struct extent physical_extent(const struct mmu_segment *segment)
{
    if (segment->flags & MMU_FLAG_GROWS_DOWN) {
        return (struct extent){segment->base - segment->size, segment->base};
    }
    return (struct extent){segment->base, segment->base + segment->size};
}

/* Beside another segment of the bank, at either end of memory, inside it, or anywhere. */
static uint64_t any_base(struct script *script, unsigned context, uint64_t size, bool grows_down)
{
    uint64_t physical_bytes = UINT64_C(1) << script->config.pa_w, base;
    struct extent other =
        physical_extent(script_segment_value(script, context, any_segment(script)));

    switch (random_below(&script->random, 6)) {
    case 0: /* begins where the other ends */
        base = grows_down ? other.end + size : other.end;
        break;
    case 1: /* ends where the other begins */
        base = grows_down ? other.first : other.first - size;
        break;
    case 2: /* ends with memory, or reaches a few bytes beyond */
        base = physical_bytes + (grows_down ? 0 : random_below(&script->random, 18) - size);
        break;
    case 3: /* begins with memory, or reaches a few bytes below */
        base = grows_down ? size - random_below(&script->random, 18) : 0;
        break;
    case 4:
        base = any_value_up_to(script, physical_bytes);
        break;
    default:
        base = stimulus_inner_base(&script->config, &script->random, size, grows_down);
        break;
    }
    return base <= physical_bytes
               ? base
               : stimulus_inner_base(&script->config, &script->random, size, grows_down);
}

static void lay_out(struct script *script, unsigned context, unsigned number)
{
    uint64_t noise = random_next(&script->random);
    struct mmu_segment segment = {
        .size = any_value_up_to(script, mmu_span(&script->config)),
        .flags = (uint8_t)(noise & MMU_FLAGS_ALL),
    };

    if (noise >> 8 & 3) {
        segment.flags |= MMU_FLAG_PRESENT;
    }
    segment.base = any_base(script, context, segment.size, segment.flags & MMU_FLAG_GROWS_DOWN);
    script_segment(script, context, number, &segment);
}

/* A segment of the current bank that admits something, which it is made to where it does not. */
static unsigned usable_segment(struct script *script)
{
    const struct mmu_config *config = &script->config;
    unsigned context = script->regs.context, number = any_segment(script);
    struct mmu_segment segment = *script_segment_value(script, context, number);
    struct extent extent = physical_extent(&segment);
    uint8_t access_flags = MMU_FLAG_READ | MMU_FLAG_WRITE | MMU_FLAG_EXECUTE;
    bool is_inside = extent.first <= extent.end && extent.end <= UINT64_C(1) << config->pa_w;

    if ((segment.flags & MMU_FLAG_PRESENT) && (segment.flags & access_flags) && segment.size > 0 &&
        is_inside) {
        return number;
    }
    segment.flags |=
        (uint8_t)(MMU_FLAG_PRESENT | MMU_FLAG_READ << random_below(&script->random, 3));
    if (segment.size == 0 || !is_inside) {
        segment.size = 1 + random_below(&script->random, mmu_span(config));
        if (segment.size > UINT64_C(1) << config->pa_w) {
            segment.size = UINT64_C(1) << config->pa_w;
        }
    }
    segment.base = stimulus_inner_base(config, &script->random, segment.size,
                                       segment.flags & MMU_FLAG_GROWS_DOWN);
    script_segment(script, context, number, &segment);
    return number;
}

/* A request that this segment admits, where usable_segment chose it. */
static struct mmu_request admitted_request(struct script *script, unsigned number)
{
    static const enum stimulus_edge edges[] = {EDGE_AT_FIRST, EDGE_ENDS_AT_LAST, EDGE_INSIDE};
    const struct mmu_segment *segment = script_segment_value(script, script->regs.context, number);
    struct extent extent = stimulus_extent(&script->config, segment);
    unsigned bytes = any_bytes(script), access = (unsigned)random_below(&script->random, 3);
    uint64_t offset;

    if (bytes > segment->size) {
        bytes = (unsigned)segment->size;
    }
    while ((segment->flags & (MMU_FLAG_READ | MMU_FLAG_WRITE | MMU_FLAG_EXECUTE)) != 0 &&
           !(segment->flags & MMU_FLAG_READ << access)) {
        access = (access + 1) % MMU_ACCESS_RESERVED;
    }
    offset = extent.first + random_below(&script->random, extent.end - extent.first - bytes + 1);
    if (random_chance(&script->random, 1, 2)) {
        enum stimulus_edge edge = edges[random_below(&script->random, 3)];
        offset = stimulus_edge_offset(extent, edge, edge == EDGE_INSIDE ? 1 : bytes);
        bytes = edge == EDGE_INSIDE ? 1 : bytes;
    }
    return stimulus_user_request(&script->config, number, offset, bytes, access);
}

/* --- ingredients --- */

static void add_admitted(struct script *script)
{
    script_request(script, admitted_request(script, usable_segment(script)));
}

static void add_not_present(struct script *script)
{
    unsigned number = usable_segment(script);
    struct mmu_segment segment = *script_segment_value(script, script->regs.context, number);
    struct mmu_request request = admitted_request(script, number);

    script_write(script, MMU_REG_WINDOW, script->regs.context);
    script_write(script, MMU_REG_FLAGS(number), (uint64_t)(segment.flags & ~MMU_FLAG_PRESENT));
    script_request(script, request);
    script_write(script, MMU_REG_FLAGS(number), segment.flags);
}

static void add_limit(struct script *script)
{
    static const enum stimulus_edge edges[] = {EDGE_ONE_BEFORE, EDGE_ALL_BEFORE, EDGE_STRADDLES,
                                               EDGE_AT_END};
    unsigned number = usable_segment(script);
    const struct mmu_config *config = &script->config;
    struct mmu_request request = admitted_request(script, number);
    struct extent extent =
        stimulus_extent(config, script_segment_value(script, script->regs.context, number));

    switch (random_below(&script->random, 4)) {
    case 0:
        request.bytes = (uint8_t)((MMU_MAX_BYTES + 1 + random_below(&script->random, 16)) % 32);
        break;
    case 1:
        request.addr |= UINT64_C(1)
                        << (config->va_w + random_below(&script->random, 64u - config->va_w));
        break;
    default:
        request.addr = stimulus_user_request(
                           config, number,
                           stimulus_edge_offset(extent, edges[random_below(&script->random, 4)],
                                                request.bytes),
                           request.bytes, request.access)
                           .addr;
        break;
    }
    script_request(script, request);
}

static void add_permission(struct script *script)
{
    unsigned number = usable_segment(script);
    struct mmu_request request = admitted_request(script, number);
    uint8_t flags = script_segment_value(script, script->regs.context, number)->flags;

    do {
        request.access = (request.access + 1) & 3;
    } while (request.access != MMU_ACCESS_RESERVED && (flags & MMU_FLAG_READ << request.access));
    script_request(script, request);
}

static void add_physical(struct script *script)
{
    unsigned number = usable_segment(script);
    struct mmu_segment segment = *script_segment_value(script, script->regs.context, number);
    struct extent extent = stimulus_extent(&script->config, &segment);
    struct mmu_request request = admitted_request(script, number);
    uint64_t physical_bytes = UINT64_C(1) << script->config.pa_w;
    uint64_t offset = random_below(&script->random, segment.size), bytes = request.bytes;
    uint64_t overhang;

    /* The last byte of the access, the first one, or a byte between is the first outside. */
    if (offset > segment.size - bytes) {
        offset = segment.size - bytes;
    }
    overhang = random_below(&script->random, bytes + 1);
    script_write(script, MMU_REG_WINDOW, script->regs.context);
    if (segment.flags & MMU_FLAG_GROWS_DOWN) {
        uint64_t distance = segment.size - offset; /* from the base down to the first byte */
        script_write(script, MMU_REG_BASE(number), distance > overhang ? distance - overhang : 0);
    } else {
        uint64_t distance = offset + bytes - overhang;
        script_write(script, MMU_REG_BASE(number),
                     distance < physical_bytes ? physical_bytes - distance : 0);
    }
    script_request(script, stimulus_user_request(&script->config, number, extent.first + offset,
                                                 request.bytes, request.access));
    script_write(script, MMU_REG_BASE(number), segment.base);
}

static void add_privileged(struct script *script)
{
    uint64_t physical_bytes = UINT64_C(1) << script->config.pa_w;
    struct mmu_request request = {.op = MMU_OP_TRANSLATE, .priv = 1};
    uint64_t noise = random_next(&script->random);

    request.bytes = (uint8_t)(noise & 7 ? any_bytes(script) : noise >> 3 & 0x1f);
    request.access = (uint8_t)(noise >> 8 & 7 ? (noise >> 11) % 3 : MMU_ACCESS_RESERVED);
    request.addr = noise >> 16 & 3 ? any_value_up_to(script, physical_bytes) : any_number(script);
    script_request(script, request);
}

/* Every field by itself. */
static void add_wild(struct script *script)
{
    uint64_t noise = random_next(&script->random);
    struct mmu_request request = {
        .addr = any_number(script),
        .wdata = any_number(script),
        .op = noise & 3,
        .bytes = noise >> 2 & 0x1f,
        .access = noise >> 7 & 3,
        .priv = noise >> 9 & 1,
        .segment = noise >> 10 & 0xf,
        .reg = noise >> 14 & 0xff,
    };
    script_request(script, request);
}

/* A register that exists, more often a segment's. */
static uint8_t any_register(struct script *script)
{
    if (random_chance(&script->random, 1, 4)) {
        return (uint8_t)random_below(&script->random, MMU_REG_WINDOW + 1);
    }
    return (uint8_t)(MMU_REG_BASE(any_segment(script)) + random_below(&script->random, 3));
}

static void add_write(struct script *script)
{
    uint8_t reg = any_register(script);
    uint64_t highest;

    if (stimulus_register_highest(&script->config, reg, &highest) && highest != UINT64_MAX) {
        script_write(script, reg, any_value_up_to(script, highest));
    } else {
        script_write(script, reg, any_number(script));
    }
}

static void add_unholdable_write(struct script *script)
{
    uint8_t reg = any_register(script);
    uint64_t highest;

    if (stimulus_register_highest(&script->config, reg, &highest) && highest != UINT64_MAX) {
        uint64_t above = any_number(script) % (UINT64_MAX - highest);
        script_write(script, reg, highest + 1 + above);
    } else {
        script_write(script, (uint8_t)random_below(&script->random, 256), any_number(script));
    }
}

static void add_read(struct script *script)
{
    script_read(script, random_chance(&script->random, 7, 8)
                            ? any_register(script)
                            : (uint8_t)random_below(&script->random, 256));
}

static void add_user_register(struct script *script)
{
    script_request(script, (struct mmu_request){
                               .op = (uint8_t)(1 + random_below(&script->random, 3)),
                               .reg = any_register(script),
                               .wdata = any_number(script),
                           });
}

static void add_reserved(struct script *script)
{
    script_request(script, (struct mmu_request){
                               .op = MMU_OP_RESERVED, .priv = 1, .reg = any_register(script)});
}

static void add_context(struct script *script)
{
    script_context(script, any_context(script));
}

static void add_layout(struct script *script)
{
    lay_out(script,
            random_chance(&script->random, 3, 4) ? script->regs.context : any_context(script),
            any_segment(script));
}

static void add_fault_read(struct script *script)
{
    script_read(script, MMU_REG_FAULT_STATUS);
    script_read(script, MMU_REG_FAULT_ADDR);
}

static void add_fault_clear(struct script *script)
{
    script_write(script, MMU_REG_FAULT_STATUS, any_number(script));
}

/* Within a few requests, wherever they are then. */
static void add_reset(struct script *script)
{
    script_timer(script, (unsigned)random_below(&script->random, 12));
    for (unsigned i = 0; i < 3; i++) {
        add_admitted(script);
    }
    script_reset(script, 1 + (unsigned)random_below(&script->random, 2));
}

static void (*const add_ingredient[INGREDIENTS])(struct script *) = {
#define X(name) [WITH_##name] = add_##name,
    INGREDIENT_LIST(X)
#undef X
};

void script_ingredient(struct script *script, enum ingredient ingredient)
{
    add_ingredient[ingredient](script);
}
