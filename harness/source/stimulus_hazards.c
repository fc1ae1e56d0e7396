/* SPDX-License-Identifier: MIT */
/* The directed part, requests that meet: what is in flight together, in which order, with how many
 * cycles between, against which back-pressure, and what a reset finds. */
#include "source/stimulus_script.h"

enum {
    FLAGS_OPEN = MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE | MMU_FLAG_EXECUTE,
    GAPS = MMU_MAX_STAGES + 2, /* idle cycles between two requests: 0 .. GAPS - 1 */
};

/* Patterns of the receiver that a hazard is tried with. */
static const struct ready_pattern stalls[] = {
    {.bits = 0x1, .length = 1}, {.bits = 0x1, .length = 2}, {.bits = 0x2, .length = 3},
    {.bits = 0x8, .length = 4}, {.bits = 0x3, .length = 5},
};
enum { STALLS = sizeof stalls / sizeof stalls[0] };

static void use_stall(struct script *script, unsigned index)
{
    script_drain(script);
    script_ready(script, stalls[index % STALLS].bits, stalls[index % STALLS].length);
}

/* An open segment of `size` bytes somewhere in memory. */
static struct mmu_segment open_segment(struct script *script, uint64_t size, bool grows_down)
{
    return (struct mmu_segment){
        .base = stimulus_inner_base(&script->config, &script->random, size, grows_down),
        .size = size,
        .flags = (uint8_t)(FLAGS_OPEN | (grows_down ? MMU_FLAG_GROWS_DOWN : 0)),
    };
}

/* --- live writes: a register write directly before and after a translation of the segment --- */

static unsigned live_write_items(const struct mmu_config *config)
{
    (void)config;
    return 3 * GAPS * STALLS;
}

static void write_live_writes(struct script *script, unsigned item)
{
    const struct mmu_config *config = &script->config;
    unsigned field = item % 3, gap = item / 3 % GAPS, stall = item / 3 / GAPS;
    unsigned number = item % mmu_segment_count(config);
    unsigned other = (number + 1) % mmu_segment_count(config);
    bool grows_down = item & 1;
    uint64_t size = stimulus_size(config, 0);
    struct mmu_segment segment = open_segment(script, size, grows_down);
    uint64_t inside = stimulus_edge_offset(stimulus_extent(config, &segment), EDGE_INSIDE, 1);
    /* Old and new values of BASE, SIZE and FLAGS that answer differently. */
    const uint64_t values[3][2] = {
        {segment.base, segment.base ^ 1},
        {segment.size, 1},
        {segment.flags, (uint64_t)(segment.flags & ~MMU_FLAG_PRESENT)},
    };
    const uint8_t regs[3] = {MMU_REG_BASE(number), MMU_REG_SIZE(number), MMU_REG_FLAGS(number)};

    script_segment(script, 0, number, &segment);
    script_context(script, 0);
    use_stall(script, stall);
    for (unsigned round = 0; round < 4; round++) {
        script->gap = (uint16_t)gap;
        script_translate(script, number, inside, 1, MMU_ACCESS_READ);
        script_write(script, regs[field], values[field][~round & 1]);
        script->gap = 0;
        script_translate(script, number, inside, 1, MMU_ACCESS_WRITE);
        script_translate(script, other, inside, 1, MMU_ACCESS_EXECUTE);
        script->gap = (uint16_t)gap;
        script_translate(script, number, inside, 1, MMU_ACCESS_EXECUTE);
        script->gap = 0;
        script_read(script, regs[field]);
    }
    /* The same register of another bank, and one that refuses the value: nothing changes here. */
    script_write(script, MMU_REG_WINDOW, config->contexts - 1u);
    script_write(script, regs[field], values[field][1]);
    script_translate(script, number, inside, 1, MMU_ACCESS_READ);
    script_write(script, MMU_REG_WINDOW, 0);
    script_write(script, regs[field], UINT64_MAX);
    script_translate(script, number, inside, 1, MMU_ACCESS_READ);
    script_read(script, regs[field]);
    script_always_ready(script);
}

/* --- contexts: switches of CONTEXT and WINDOW with translations and writes in flight --- */

static unsigned context_items(const struct mmu_config *config)
{
    return config->contexts * GAPS;
}

static void write_contexts(struct script *script, unsigned item)
{
    const struct mmu_config *config = &script->config;
    unsigned context = item % config->contexts, next = (context + 1) % config->contexts;
    unsigned gap = item / config->contexts;
    unsigned number = item % mmu_segment_count(config);
    struct mmu_segment here = open_segment(script, stimulus_size(config, 0), false);
    struct mmu_segment there = open_segment(script, stimulus_size(config, 4), true);
    uint64_t offset = stimulus_edge_offset(stimulus_extent(config, &here), EDGE_AT_FIRST, 1);
    uint64_t offset_there = stimulus_edge_offset(stimulus_extent(config, &there), EDGE_AT_LAST, 1);

    script_segment(script, next, number, &there);
    script_segment(script, context, number, &here);
    use_stall(script, item);
    for (unsigned round = 0; round < 2; round++) {
        script_context(script, context);
        script_translate(script, number, offset, 1, MMU_ACCESS_READ);
        script->gap = (uint16_t)gap;
        script_context(script, next);
        script->gap = 0;
        script_translate(script, number, offset, 1, MMU_ACCESS_READ);
        script_translate(script, number, offset_there, 1, MMU_ACCESS_WRITE);
        script_context(script, context);
        script->gap = (uint16_t)gap;
        script_translate(script, number, offset_there, 1, MMU_ACCESS_WRITE);
        script->gap = 0;
        script_context(script, config->contexts); /* refused: the old one stays */
        script_translate(script, number, offset, 1, MMU_ACCESS_EXECUTE);
    }
    /* WINDOW directly before a write and a read of what it shows. */
    for (unsigned round = 0; round < 2; round++) {
        script_write(script, MMU_REG_WINDOW, round ? context : next);
        script_write(script, MMU_REG_SIZE(number), round ? here.size : 1);
        script_write(script, MMU_REG_WINDOW, round ? next : context);
        script_read(script, MMU_REG_SIZE(number));
        script->gap = (uint16_t)gap;
        script_translate(script, number, offset, 1, MMU_ACCESS_READ);
        script->gap = 0;
        script_write(script, MMU_REG_WINDOW, config->contexts); /* refused */
        script_read(script, MMU_REG_WINDOW);
        script_read(script, MMU_REG_FLAGS(number));
        script_read(script, MMU_REG_CONTEXT);
    }
    script_always_ready(script);
}

/* --- fault registers: the first sticks, `more`, a clear while a new one comes --- */

/* One request for each fault, and one that has none: the last segment may only be read, the first
 * one is not present (with a single segment, write_fault_registers decides which of the two it is).
 */
static void request_with_fault(struct script *script, unsigned fault, unsigned noise)
{
    const struct mmu_config *config = &script->config;
    unsigned number = fault == MMU_FAULT_NOT_PRESENT ? 0 : mmu_segment_count(config) - 1;
    struct mmu_request request =
        stimulus_user_request(config, number, 0, 1 + noise % 2, MMU_ACCESS_READ);

    switch (fault) {
    case MMU_FAULT_PRIVILEGE:
        request.op = (uint8_t)(1 + noise % 3);
        /* A clear that is refused is worth as much as all other registers. */
        request.reg = noise & 1 ? MMU_REG_FAULT_STATUS : (uint8_t)noise;
        break;
    case MMU_FAULT_REGISTER:
        request.op = noise & 1 ? MMU_OP_READ_REGISTER : MMU_OP_RESERVED;
        request.priv = 1;
        request.reg = (uint8_t)(0xf3 - noise % 4 * 4);
        break;
    case MMU_FAULT_LIMIT:
        if (noise % 4 == 3) { /* the one that holds for privileged accesses too */
            request.priv = 1;
            request.bytes = noise & 4 ? 0 : MMU_MAX_BYTES + 1;
        } else {
            request.addr |= UINT64_C(1) << 63;
            request.bytes = (uint8_t)(1 + noise % MMU_MAX_BYTES);
        }
        break;
    case MMU_FAULT_PERMISSION:
        request.access = noise & 1 ? MMU_ACCESS_EXECUTE : MMU_ACCESS_RESERVED;
        break;
    case MMU_FAULT_PHYSICAL:
        request.addr = UINT64_C(1) << (config->pa_w + noise % 2);
        request.priv = 1;
        request.access = (uint8_t)(noise % MMU_ACCESS_RESERVED);
        break;
    default: /* none, not_present */
        break;
    }
    script_request(script, request);
}

enum { FAULT_KINDS = MMU_FAULT_PHYSICAL + 1 };

static unsigned fault_register_items(const struct mmu_config *config)
{
    (void)config;
    return FAULT_KINDS * FAULT_KINDS;
}

/* Reads what is recorded; also between requests that fault. */
static void read_fault_registers(struct script *script)
{
    script_read(script, MMU_REG_FAULT_STATUS);
    script_read(script, MMU_REG_FAULT_ADDR);
}

static void write_fault_registers(struct script *script, unsigned item)
{
    const struct mmu_config *config = &script->config;
    unsigned first = item / FAULT_KINDS, second = item % FAULT_KINDS;
    unsigned number = mmu_segment_count(config) - 1;
    struct mmu_segment segment = open_segment(script, mmu_span(config), false);

    segment.flags = MMU_FLAG_READ | MMU_FLAG_PRESENT;
    if (number == 0 && (first == MMU_FAULT_NOT_PRESENT || second == MMU_FAULT_NOT_PRESENT)) {
        segment.flags = MMU_FLAG_READ;
    }
    script_write(script, MMU_REG_WINDOW, 0);
    script_write(script, MMU_REG_FLAGS(0), 0);
    script_segment(script, 0, number, &segment);
    script_context(script, 0);
    use_stall(script, item);
    for (unsigned gap = 0; gap < GAPS; gap++) {
        script_write(script, MMU_REG_FAULT_STATUS, gap);
        request_with_fault(script, first, item + gap);
        script->gap = (uint16_t)gap;
        request_with_fault(script, second, item + gap + 1);
        script->gap = 0;
        read_fault_registers(script);
        /* A clear with a fault directly before and after it. */
        request_with_fault(script, first, gap);
        script_write(script, MMU_REG_FAULT_STATUS, UINT64_MAX);
        script->gap = (uint16_t)gap;
        request_with_fault(script, second, gap);
        script->gap = 0;
        read_fault_registers(script);
        script_write(script, MMU_REG_FAULT_STATUS, 0);
        read_fault_registers(script);
    }
    script_always_ready(script);
}

/* --- resets: in mid-flight, of one cycle and more, and what they leave --- */

enum { RESET_DELAYS = 12 };

static unsigned reset_items(const struct mmu_config *config)
{
    (void)config;
    return RESET_DELAYS * STALLS;
}

/* Everything is set, requests of each kind are in flight, then `delay` cycles later comes a reset;
 * after it every register of a bank is read and nothing translates. */
static void write_resets(struct script *script, unsigned item)
{
    const struct mmu_config *config = &script->config;
    unsigned delay = item % RESET_DELAYS, stall = item / RESET_DELAYS;
    unsigned bank = item % config->contexts, count = mmu_segment_count(config);
    struct mmu_segment segment = open_segment(script, stimulus_size(config, 0), item & 1);
    uint64_t inside = stimulus_edge_offset(stimulus_extent(config, &segment), EDGE_INSIDE, 1);

    for (unsigned number = 0; number < count; number++) {
        script_segment(script, bank, number, &segment);
    }
    script_context(script, bank);
    request_with_fault(script, MMU_FAULT_PERMISSION, item);
    use_stall(script, stall);
    script_timer(script, delay);
    for (unsigned round = 0; round < 3; round++) {
        /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): every bank has a segment */
        script_translate(script, round % count, inside, 1, MMU_ACCESS_READ);
        /* BASE, SIZE and FLAGS by turns, so that the reset meets a write of each. */
        script_write(script, (uint8_t)(MMU_REG_BASE(round % count) + (round + item) % 3),
                     MMU_FLAGS_ALL);
        script_read(script, MMU_REG_CONTEXT);
        request_with_fault(script, MMU_FAULT_PRIVILEGE, item);
    }
    script_reset(script, 1 + (delay + stall) % 3);
    script_always_ready(script);
    script_translate(script, 0, inside, 1, MMU_ACCESS_READ);
    read_fault_registers(script);
    script_read(script, MMU_REG_CONTEXT);
    script_read(script, MMU_REG_WINDOW);
    script_write(script, MMU_REG_WINDOW, bank);
    for (unsigned number = 0; number < count; number++) {
        script_read(script, MMU_REG_BASE(number));
        script_read(script, MMU_REG_SIZE(number));
        script_read(script, MMU_REG_FLAGS(number));
    }
}

/* --- back-pressure: every pattern of up to PATTERN_CYCLES cycles against patterns of offering ---
 */

enum { PATTERN_CYCLES = 6 };

static unsigned back_pressure_items(const struct mmu_config *config)
{
    (void)config;
    return (2u << PATTERN_CYCLES) - 2 - PATTERN_CYCLES; /* 2^n - 1 patterns of each length n */
}

static void write_back_pressure(struct script *script, unsigned item)
{
    /* Idle cycles before each request, repeated. */
    static const uint8_t offers[][4] = {{0, 0, 0, 0}, {1, 1, 1, 1}, {0, 0, 1, 0}, {3, 0, 2, 0}};
    const struct mmu_config *config = &script->config;
    unsigned length = 1, bits = item + 1;
    struct mmu_segment segment = open_segment(script, mmu_span(config), item & 1);

    while (bits > (1u << length) - 1) {
        bits -= (1u << length) - 1;
        length++;
    }
    script_segment(script, 0, 0, &segment);
    script_context(script, 0);
    for (unsigned offer = 0; offer < sizeof offers / sizeof offers[0]; offer++) {
        script_drain(script);
        script_ready(script, bits, length);
        for (unsigned i = 0; i < 8; i++) {
            uint64_t offset = random_below(&script->random, mmu_span(config));

            script->gap = offers[offer][i % 4];
            if (i == 5) {
                script_read(script, MMU_REG_ID);
            } else {
                script_translate(script, i == 3, offset, 1, i % MMU_ACCESS_RESERVED);
            }
        }
        script->gap = 0;
    }
    script_always_ready(script);
}

const struct directed_subject hazard_subjects[] = {
    {"back-pressure", back_pressure_items, write_back_pressure},
    {"writes of a live segment", live_write_items, write_live_writes},
    {"fault registers", fault_register_items, write_fault_registers},
    {"contexts in flight", context_items, write_contexts},
    {"resets in flight", reset_items, write_resets},
};
const unsigned hazard_subject_count = sizeof hazard_subjects / sizeof hazard_subjects[0];
