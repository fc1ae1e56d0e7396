/* SPDX-License-Identifier: MIT */
#include "sink/coverage.h"

#include <stdlib.h>
#include <string.h>

/* --- hits --- */

static void hit_bin(struct coverage *coverage, unsigned bin)
{
    uint32_t *const hits = &coverage->hits[bin];

    if (*hits == 0) {
        if (coverage->bins.exclusion[bin] == NULL) {
            coverage->reached_count++;
        } else {
            coverage->contradicted = bin + 1;
        }
    }
    *hits += *hits != UINT32_MAX;
}

/* HIT(coverage, GROUP, value, ...) in the order of the group's dimensions. */
#define HIT(coverage, group, ...)                                                                  \
    hit_bin(coverage, coverage_bin(&(coverage)->bins, COVER_##group,                               \
                                   (const unsigned[COVERAGE_DIMENSIONS]){__VA_ARGS__}))

static unsigned at_most(unsigned value, unsigned highest)
{
    return value < highest ? value : highest;
}

/* 0, 1, 2 or 3, 4 or more. */
static unsigned wait_class(uint64_t cycles)
{
    return cycles < 2 ? (unsigned)cycles : cycles < 4 ? 2 : 3;
}

/* --- translations --- */

static enum coverage_place place_of(const struct mmu_config *config,
                                    const struct mmu_segment *segment,
                                    const struct mmu_request *request)
{
    const uint64_t span = mmu_span(config);
    const bool grows_down = segment->flags & MMU_FLAG_GROWS_DOWN;
    const uint64_t first = grows_down ? span - segment->size : 0;
    const uint64_t end = grows_down ? span : segment->size; /* exclusive */
    const uint64_t from = request->addr & (span - 1), to = from + request->bytes;

    if (coverage_bytes_of(request->bytes) == BYTES_BAD) {
        return PLACE_NONE;
    }
    if (request->addr >> config->va_w != 0) {
        return PLACE_ABOVE;
    }
    if (from < first) {
        return to < first ? PLACE_BEFORE : to == first ? PLACE_ENDS_BEFORE : PLACE_OVER_FIRST;
    }
    if (to > end) {
        return from < end ? PLACE_OVER_LAST : from == end ? PLACE_AT_END : PLACE_PAST;
    }
    if (from == first) {
        return to == end ? PLACE_WHOLE : PLACE_AT_FIRST;
    }
    return to == end ? PLACE_ENDS_AT_LAST : PLACE_INSIDE;
}

/* Of an address that may be negative. */
static enum coverage_memory memory_of(const struct mmu_config *config, int64_t from, unsigned bytes)
{
    const int64_t size = INT64_C(1) << config->pa_w, to = from + bytes;

    if (from < 0) {
        return to > 0 ? MEMORY_OVER_0 : MEMORY_BELOW_0;
    }
    if (to > size) {
        return from < size ? MEMORY_OVER_LAST : from == size ? MEMORY_AT_END : MEMORY_PAST;
    }
    return from == 0 ? MEMORY_AT_0 : to == size ? MEMORY_ENDS_AT_LAST : MEMORY_INSIDE;
}

static unsigned segment_of(const struct mmu_config *config, const struct mmu_request *request)
{
    if (config->select == MMU_SELECT_NAMED) {
        return request->segment;
    }
    return (unsigned)(request->addr >> mmu_offset_width(config)) & (mmu_segment_count(config) - 1);
}

static void see_user(struct coverage *coverage, const struct mmu_request *request, unsigned fault,
                     unsigned number)
{
    const struct mmu_config *const config = &coverage->bins.config;
    const unsigned bank = coverage->regs.context;
    const enum coverage_bytes bytes = coverage_bytes_of(request->bytes);
    const struct mmu_segment *segment;
    enum coverage_place place;
    bool grows_down;

    if (number >= mmu_segment_count(config)) {
        HIT(coverage, NO_SEGMENT, request->access, bytes);
        return;
    }
    segment = &coverage->regs.segment[bank << config->seg_bits | number];
    grows_down = segment->flags & MMU_FLAG_GROWS_DOWN;
    place = place_of(config, segment, request);
    HIT(coverage, TRANSLATE, fault, request->access, place, bytes, grows_down, number,
        at_most(coverage->held, COVER_HELD - 1));
    HIT(coverage, BANK, bank, number, fault != MMU_FAULT_NONE);
    if (place < PLACE_AT_FIRST || place > PLACE_ENDS_AT_LAST) {
        return;
    }
    HIT(coverage, PERMISSION, segment->flags, request->access);
    if (fault == MMU_FAULT_NONE || fault == MMU_FAULT_PHYSICAL) {
        const uint64_t span = mmu_span(config), offset = request->addr & (span - 1);
        const int64_t paddr = (int64_t)(segment->base + offset - (grows_down ? span : 0));

        HIT(coverage, PHYSICAL, grows_down, memory_of(config, paddr, request->bytes), bytes);
    }
}

static void see_privileged(struct coverage *coverage, const struct mmu_request *request,
                           unsigned fault)
{
    const struct mmu_config *const config = &coverage->bins.config;
    const enum coverage_bytes bytes = coverage_bytes_of(request->bytes);
    /* Above all of physical memory, and far from the end of a signed number. */
    const uint64_t far = UINT64_C(1) << 62;
    const uint64_t addr = request->addr < far ? request->addr : far;

    HIT(coverage, PRIVILEGED, fault, request->access,
        bytes == BYTES_BAD ? MEMORY_NONE : memory_of(config, (int64_t)addr, request->bytes), bytes,
        at_most(coverage->held, COVER_HELD - 1));
}

/* --- registers --- */

static enum coverage_value value_of(const struct mmu_config *config, enum coverage_register place,
                                    const struct mmu_request *request)
{
    uint64_t highest;

    if (request->op != MMU_OP_WRITE_REGISTER) {
        return VALUE_UNUSED;
    }
    if (request->wdata == 0) {
        return VALUE_ZERO;
    }
    if (!coverage_register_highest(config, place, &highest)) {
        return VALUE_FAR_ABOVE;
    }
    if (request->wdata <= highest) {
        return request->wdata == highest ? VALUE_HIGHEST : VALUE_FITS;
    }
    return request->wdata == highest + 1 ? VALUE_ONE_ABOVE : VALUE_FAR_ABOVE;
}

static enum coverage_record record_of(const struct mmu_regs *regs)
{
    return !regs->fault_valid ? RECORD_EMPTY : !regs->fault_more ? RECORD_ONE : RECORD_MORE;
}

/* A register operation, before it takes effect. */
static void see_register(struct coverage *coverage, const struct mmu_request *request,
                         unsigned fault, struct coverage_before *now)
{
    const struct mmu_config *const config = &coverage->bins.config;
    const struct mmu_regs *const regs = &coverage->regs;
    const bool is_write = request->op == MMU_OP_WRITE_REGISTER;

    now->place = coverage_register_of(config, request->reg);
    HIT(coverage, REGISTER, request->op - 1u, request->priv, now->place,
        value_of(config, now->place, request));
    if (now->place >= REGISTER_AT_SEGMENTS) {
        now->segment = (now->place - REGISTER_AT_SEGMENTS) / 3;
        now->bank = regs->window;
    }
    if (!request->priv || request->op == MMU_OP_RESERVED) {
        return;
    }
    if (now->place == REGISTER_AT_STATUS) {
        HIT(coverage, FAULT_RECORD, is_write ? ACTION_CLEAR : ACTION_STATUS, record_of(regs));
    } else if (now->place == REGISTER_AT_ADDR && !is_write) {
        HIT(coverage, FAULT_RECORD, ACTION_ADDR, record_of(regs));
    } else if (is_write &&
               (now->place == REGISTER_AT_CONTEXT || now->place == REGISTER_AT_WINDOW)) {
        const bool is_window = now->place == REGISTER_AT_WINDOW;
        const unsigned last = is_window ? regs->window : regs->context;
        const unsigned older = coverage->older[coverage->completed % COVERAGE_FLIGHTS];

        now->is_change = fault == MMU_FAULT_NONE && request->wdata != last;
        HIT(coverage, SWITCH, is_window,
            fault != MMU_FAULT_NONE ? EFFECT_REFUSED
            : now->is_change        ? EFFECT_CHANGES
                                    : EFFECT_STAYS,
            at_most(older, config->stages - 1u));
    }
}

/* --- requests that follow each other --- */

static bool is_user_translation(const struct coverage_before *request)
{
    return request->op == MMU_OP_TRANSLATE && !request->priv;
}

/* A privileged operation `op` of a segment's register. */
static bool is_of_segment(const struct coverage_before *request, enum mmu_op op)
{
    return request->op == op && request->priv && request->place >= REGISTER_AT_SEGMENTS;
}

static bool is_of(const struct coverage_before *request, enum mmu_op op,
                  enum coverage_register place)
{
    return request->op == op && request->priv && request->place == place;
}

static void hit_pair(struct coverage *coverage, enum coverage_hazard hazard, unsigned distance)
{
    HIT(coverage, HAZARD, hazard, distance);
}

/* A write, then a translation. */
static void see_write_then_translate(struct coverage *coverage, const struct coverage_before *a,
                                     const struct coverage_before *b, unsigned distance)
{
    if (is_of_segment(a, MMU_OP_WRITE_REGISTER)) {
        if (a->segment != b->segment) {
            hit_pair(coverage, HAZARD_OTHER_SEGMENT, distance);
        } else if (a->bank != b->bank) {
            hit_pair(coverage, HAZARD_OTHER_BANK, distance);
        } else if (a->is_fault) {
            hit_pair(coverage, HAZARD_REFUSED_TRANSLATE, distance);
        } else {
            const unsigned field = (a->place - REGISTER_AT_SEGMENTS) % 3;

            hit_pair(coverage, (enum coverage_hazard)(HAZARD_BASE_TRANSLATE + field), distance);
        }
    } else if (is_of(a, MMU_OP_WRITE_REGISTER, REGISTER_AT_CONTEXT)) {
        if (a->is_fault) {
            hit_pair(coverage, HAZARD_CONTEXT_REFUSED, distance);
        } else if (a->is_change) {
            hit_pair(coverage, HAZARD_CONTEXT_TRANSLATE, distance);
        }
    }
}

static void see_translate_then_write(struct coverage *coverage, const struct coverage_before *a,
                                     const struct coverage_before *b, unsigned distance)
{
    if (is_of_segment(b, MMU_OP_WRITE_REGISTER) && !b->is_fault && a->segment == b->segment &&
        a->bank == b->bank) {
        const unsigned field = (b->place - REGISTER_AT_SEGMENTS) % 3;

        hit_pair(coverage, (enum coverage_hazard)(HAZARD_TRANSLATE_BASE + field), distance);
    } else if (is_of(b, MMU_OP_WRITE_REGISTER, REGISTER_AT_CONTEXT) && b->is_change) {
        hit_pair(coverage, HAZARD_TRANSLATE_CONTEXT, distance);
    }
}

static void see_registers(struct coverage *coverage, const struct coverage_before *a,
                          const struct coverage_before *b, unsigned distance)
{
    if (is_of(a, MMU_OP_WRITE_REGISTER, REGISTER_AT_WINDOW)) {
        if (a->is_change && is_of_segment(b, MMU_OP_WRITE_REGISTER)) {
            hit_pair(coverage, HAZARD_WINDOW_WRITE, distance);
        } else if (a->is_change && is_of_segment(b, MMU_OP_READ_REGISTER)) {
            hit_pair(coverage, HAZARD_WINDOW_READ, distance);
        } else if (a->is_fault && is_of_segment(b, MMU_OP_READ_REGISTER)) {
            hit_pair(coverage, HAZARD_WINDOW_REFUSED, distance);
        }
    }
    if (a->op == MMU_OP_WRITE_REGISTER && b->op == MMU_OP_READ_REGISTER && a->priv && b->priv &&
        a->reg == b->reg) {
        hit_pair(coverage, a->is_fault ? HAZARD_REFUSED_READ : HAZARD_WRITE_READ, distance);
    }
}

static void see_fault_record(struct coverage *coverage, const struct coverage_before *a,
                             const struct coverage_before *b, unsigned distance)
{
    const bool is_clear = is_of(b, MMU_OP_WRITE_REGISTER, REGISTER_AT_STATUS);

    if (a->is_fault) {
        if (b->is_fault) {
            hit_pair(coverage, HAZARD_FAULT_FAULT, distance);
        } else if (is_clear) {
            hit_pair(coverage, HAZARD_FAULT_CLEAR, distance);
        } else if (is_of(b, MMU_OP_READ_REGISTER, REGISTER_AT_STATUS)) {
            hit_pair(coverage, HAZARD_FAULT_STATUS, distance);
        } else if (is_of(b, MMU_OP_READ_REGISTER, REGISTER_AT_ADDR)) {
            hit_pair(coverage, HAZARD_FAULT_ADDR, distance);
        }
    }
    if (is_of(a, MMU_OP_WRITE_REGISTER, REGISTER_AT_STATUS)) {
        if (b->is_fault) {
            hit_pair(coverage, HAZARD_CLEAR_FAULT, distance);
            if (a->is_after_fault) {
                hit_pair(coverage, HAZARD_CLEAR_BETWEEN, distance);
            }
        } else if (is_of(b, MMU_OP_READ_REGISTER, REGISTER_AT_STATUS)) {
            hit_pair(coverage, HAZARD_CLEAR_STATUS, distance);
        }
    }
}

static void see_pair(struct coverage *coverage, const struct coverage_before *a,
                     struct coverage_before *b)
{
    const uint64_t cycles = b->accepted_cycle - a->accepted_cycle;
    const unsigned distance = cycles < COVER_DISTANCES ? (unsigned)cycles - 1 : COVER_DISTANCES - 1;

    if (!a->is_valid || !((a->op | b->op) | a->is_fault | b->is_fault)) {
        return; /* most pairs: two translations that are admitted */
    }
    b->is_after_fault = a->is_fault;
    if (a->op == MMU_OP_WRITE_REGISTER && is_user_translation(b)) {
        see_write_then_translate(coverage, a, b, distance);
    } else if (is_user_translation(a) && b->op == MMU_OP_WRITE_REGISTER) {
        see_translate_then_write(coverage, a, b, distance);
    } else if (a->op == MMU_OP_WRITE_REGISTER) {
        see_registers(coverage, a, b, distance);
    }
    see_fault_record(coverage, a, b, distance);
}

/* --- the sink --- */

static void on_completed(void *context, uint64_t cycle, const struct flight *flight,
                         const struct mmu_response *response)
{
    struct coverage *const coverage = context;
    const struct mmu_config *const config = &coverage->bins.config;
    const struct mmu_request *const request = &flight->request;
    const unsigned fault = response->fault;
    struct coverage_before now = {
        .is_valid = true,
        .is_fault = fault != MMU_FAULT_NONE,
        .op = request->op,
        .reg = request->reg,
        .priv = request->priv,
        .accepted_cycle = flight->accepted_cycle,
    };

    (void)cycle;
    if (fault > MMU_FAULT_PHYSICAL) {
        return; /* of a DUT alone */
    }
    HIT(coverage, TRAFFIC, wait_class(flight->accepted_cycle - flight->offered_cycle),
        wait_class(coverage->held),
        at_most(coverage->older[coverage->completed % COVERAGE_FLIGHTS], config->stages - 1u));
    if (request->op != MMU_OP_TRANSLATE) {
        see_register(coverage, request, fault, &now);
    } else if (request->priv) {
        see_privileged(coverage, request, fault);
    } else {
        now.segment = segment_of(config, request);
        now.bank = coverage->regs.context;
        see_user(coverage, request, fault, now.segment);
    }
    if (fault != MMU_FAULT_NONE) {
        HIT(coverage, FAULT, fault, request->priv, record_of(&coverage->regs));
    }
    see_pair(coverage, &coverage->before, &now);
    if (request->op != MMU_OP_TRANSLATE || fault != MMU_FAULT_NONE) {
        mmu_execute(config, &coverage->regs, request);
    }
    coverage->before = now;
    coverage->completed++;
    coverage->held = 0;
}

static void on_accepted(void *context, const struct flight *flight)
{
    struct coverage *const coverage = context;
    const unsigned older = coverage->accepted - coverage->completed;

    (void)flight;
    coverage->older[coverage->accepted++ % COVERAGE_FLIGHTS] = (uint8_t)at_most(older, UINT8_MAX);
}

static void on_dropped(void *context, uint64_t cycle, const struct flight *flight,
                       bool was_accepted)
{
    struct coverage *const coverage = context;
    static const uint8_t kinds[] = {KIND_USER, KIND_WRITE, KIND_READ, KIND_RESERVED};
    const struct mmu_request *const request = &flight->request;

    (void)cycle;
    HIT(coverage, DROPPED,
        request->op == MMU_OP_TRANSLATE && request->priv ? KIND_PRIVILEGED : kinds[request->op],
        !was_accepted);
}

static void see_reset(struct coverage *coverage, const struct mmu_in *in, const struct mmu_out *out,
                      unsigned in_flight)
{
    HIT(coverage, RESET, at_most(in_flight, coverage->bins.config.stages),
        !in->req_valid          ? OFFER_NONE
        : coverage->was_stalled ? OFFER_WAITING
                                : OFFER_NEW,
        !out->rsp_valid || in_flight == 0 ? VISIBLE_NONE
        : in->rsp_ready                   ? VISIBLE_TAKEN
                                          : VISIBLE_HELD);
    memset(&coverage->regs, 0, sizeof(coverage->regs));
    coverage->accepted = coverage->completed = 0;
    coverage->held = 0;
    coverage->before.is_valid = false;
}

static void on_cycle(void *context, uint64_t cycle, enum cycle_class cycle_class,
                     const struct mmu_in *in, const struct mmu_out *out, unsigned in_flight)
{
    struct coverage *const coverage = context;

    (void)cycle;
    if (in->rst) {
        see_reset(coverage, in, out, in_flight);
    } else {
        coverage->held += out->rsp_valid & (in->rsp_ready ^ 1);
    }
    coverage->was_stalled = cycle_class == CYCLE_STALL;
}

struct sink coverage_sink(struct coverage *coverage)
{
    return (struct sink){
        .context = coverage,
        .completed = on_completed,
        .accepted = on_accepted,
        .dropped = on_dropped,
        .cycle = on_cycle,
    };
}

struct coverage *coverage_new(const struct mmu_config *config)
{
    struct coverage *const coverage = calloc(1, sizeof(*coverage));

    if (coverage == NULL || !coverage_bins_init(&coverage->bins, config) ||
        (coverage->hits = calloc(coverage->bins.count, sizeof(*coverage->hits))) == NULL) {
        coverage_free(coverage);
        return NULL;
    }
    return coverage;
}

void coverage_free(struct coverage *coverage)
{
    if (coverage != NULL) {
        coverage_bins_free(&coverage->bins);
        free(coverage->hits);
        free(coverage);
    }
}

unsigned coverage_hole(const struct coverage *coverage, unsigned bin, const uint8_t *reached)
{
    const unsigned count = coverage->bins.count;

    for (unsigned i = 0; i < count; i++, bin++) {
        const unsigned at = bin % count;

        if (coverage->hits[at] == 0 && coverage->bins.exclusion[at] == NULL &&
            (reached == NULL || (reached[at / 8] >> at % 8 & 1) == 0)) {
            return at;
        }
    }
    return count;
}
