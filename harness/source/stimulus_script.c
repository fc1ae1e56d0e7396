/* SPDX-License-Identifier: MIT */
#include "source/stimulus_script.h"

#include <assert.h>
#include <string.h>

void script_init(struct script *script, const struct mmu_config *config, uint64_t seed)
{
    memset(script, 0, sizeof *script);
    script->config = *config;
    script->random.state = seed;
}

void script_clear(struct script *script)
{
    script->count = 0;
    script->next = 0;
    script->gap = 0;
}

static struct step *append(struct script *script, enum step_kind kind, unsigned count)
{
    struct step *step = &script->steps[script->count];

    assert(script->count < SCRIPT_STEPS);
    script->count++;
    memset(step, 0, sizeof *step);
    step->kind = (uint8_t)kind;
    step->count = (uint16_t)count;
    return step;
}

/* Noise in what the operation does not use: a DUT that looks at it is found out. */
static void fill_unused(struct script *script, struct mmu_request *request)
{
    uint64_t noise = random_next(&script->random);
    bool is_translate = request->op == MMU_OP_TRANSLATE;
    bool names_segment =
        is_translate && !request->priv && script->config.select == MMU_SELECT_NAMED;

    if (!is_translate) {
        request->addr = random_next(&script->random);
        request->bytes = noise & 0x1f;
        request->access = noise >> 5 & 0x3;
    } else {
        request->reg = noise >> 8 & 0xff;
    }
    if (!names_segment) {
        request->segment = noise >> 16 & 0xf;
    }
    if (request->op != MMU_OP_WRITE_REGISTER) {
        request->wdata = random_next(&script->random);
    }
}

void script_request(struct script *script, struct mmu_request request)
{
    fill_unused(script, &request);
    append(script, STEP_REQUEST, script->gap)->request = request;
    mmu_execute(&script->config, &script->regs, &request);
}

void script_reset(struct script *script, unsigned cycles)
{
    append(script, STEP_RESET, cycles);
    memset(&script->regs, 0, sizeof script->regs);
}

void script_timer(struct script *script, unsigned cycles)
{
    append(script, STEP_TIMER, cycles);
}

void script_drain(struct script *script)
{
    append(script, STEP_DRAIN, 0);
}

void script_ready(struct script *script, uint64_t bits, unsigned length)
{
    assert(length >= 1 && length <= 64 && bits != 0 && (length == 64 || bits >> length == 0));
    append(script, STEP_READY, 0)->ready =
        (struct ready_pattern){.bits = bits, .length = (uint8_t)length};
}

void script_always_ready(struct script *script)
{
    script_ready(script, 1, 1);
}

void script_ready_by_chance(struct script *script, uint8_t chance)
{
    append(script, STEP_READY, 0)->ready = (struct ready_pattern){.chance = chance};
}

void script_write(struct script *script, uint8_t reg, uint64_t value)
{
    script_request(script, (struct mmu_request){
                               .op = MMU_OP_WRITE_REGISTER, .priv = 1, .reg = reg, .wdata = value});
}

void script_read(struct script *script, uint8_t reg)
{
    script_request(script, (struct mmu_request){.op = MMU_OP_READ_REGISTER, .priv = 1, .reg = reg});
}

void script_translate(struct script *script, unsigned segment, uint64_t offset, unsigned bytes,
                      unsigned access)
{
    script_request(script, stimulus_user_request(&script->config, segment, offset, bytes, access));
}

void script_segment(struct script *script, unsigned context, unsigned segment,
                    const struct mmu_segment *value)
{
    script_write(script, MMU_REG_WINDOW, context);
    script_write(script, MMU_REG_FLAGS(segment), 0);
    script_write(script, MMU_REG_BASE(segment), value->base);
    script_write(script, MMU_REG_SIZE(segment), value->size);
    script_write(script, MMU_REG_FLAGS(segment), value->flags);
}

void script_context(struct script *script, unsigned context)
{
    script_write(script, MMU_REG_CONTEXT, context);
}

struct mmu_request stimulus_user_request(const struct mmu_config *config, unsigned segment,
                                         uint64_t offset, unsigned bytes, unsigned access)
{
    struct mmu_request request = {
        .op = MMU_OP_TRANSLATE, .addr = offset, .bytes = (uint8_t)bytes, .access = (uint8_t)access};

    if (config->select == MMU_SELECT_NAMED) {
        request.segment = (uint8_t)segment;
    } else {
        request.addr += (uint64_t)segment << mmu_offset_width(config);
    }
    return request;
}

const struct mmu_segment *script_segment_value(const struct script *script, unsigned context,
                                               unsigned segment)
{
    return &script->regs.segment[context << script->config.seg_bits | segment];
}

bool stimulus_register_highest(const struct mmu_config *config, unsigned reg, uint64_t *highest)
{
    unsigned segment = (reg - MMU_REG_SEGMENT) / MMU_REG_SEGMENT_STRIDE;

    if (reg == MMU_REG_CONTEXT || reg == MMU_REG_WINDOW) {
        *highest = config->contexts - 1u;
        return true;
    }
    if (reg == MMU_REG_FAULT_STATUS) {
        *highest = UINT64_MAX; /* any value clears it */
        return true;
    }
    if (reg < MMU_REG_SEGMENT || segment >= mmu_segment_count(config)) {
        return false;
    }
    switch ((reg - MMU_REG_SEGMENT) % MMU_REG_SEGMENT_STRIDE) {
    case 0:
        *highest = UINT64_C(1) << config->pa_w;
        return true;
    case 1:
        *highest = mmu_span(config);
        return true;
    case 2:
        *highest = MMU_FLAGS_ALL;
        return true;
    default:
        return false;
    }
}

struct extent stimulus_extent(const struct mmu_config *config, const struct mmu_segment *segment)
{
    uint64_t span = mmu_span(config);

    if (segment->flags & MMU_FLAG_GROWS_DOWN) {
        return (struct extent){span - segment->size, span};
    }
    return (struct extent){0, segment->size};
}

const char *stimulus_edge_name(enum stimulus_edge edge)
{
    static const char *const names[] = {
#define X(NAME, text, offset) [EDGE_##NAME] = text,
        STIMULUS_EDGE_LIST(X)
#undef X
    };
    return names[edge];
}

uint64_t stimulus_edge_offset(struct extent extent, enum stimulus_edge edge, unsigned bytes)
{
    switch (edge) {
#define X(NAME, text, offset)                                                                      \
    case EDGE_##NAME:                                                                              \
        return offset;
        STIMULUS_EDGE_LIST(X)
#undef X
    case STIMULUS_EDGES:
        break;
    }
    return 0;
}

uint64_t stimulus_size(const struct mmu_config *config, unsigned index)
{
    uint64_t span = mmu_span(config);
    const uint64_t sizes[STIMULUS_SIZES] = {
        span / 2 + 5,      0,        1,        2,    MMU_MAX_BYTES - 1, MMU_MAX_BYTES,
        MMU_MAX_BYTES + 1, span / 2, span - 1, span,
    };

    return sizes[index] < span ? sizes[index] : span;
}

uint64_t stimulus_inner_base(const struct mmu_config *config, struct random_source *random,
                             uint64_t size, bool grows_down)
{
    uint64_t physical_bytes = UINT64_C(1) << config->pa_w;
    uint64_t lowest = size < physical_bytes ? random_below(random, physical_bytes - size + 1) : 0;

    if (!grows_down) {
        return lowest;
    }
    return size < physical_bytes ? lowest + size : physical_bytes;
}
