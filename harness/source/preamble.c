/* SPDX-License-Identifier: MIT */
#include "source/preamble.h"

#include <assert.h>
#include <string.h>

bool registers_equal(const struct mmu_config *config, const struct mmu_regs *one,
                     const struct mmu_regs *other)
{
    const unsigned segments = (unsigned)config->contexts << config->seg_bits;

    for (unsigned i = 0; i < segments; i++) {
        if (one->segment[i].base != other->segment[i].base ||
            one->segment[i].size != other->segment[i].size ||
            one->segment[i].flags != other->segment[i].flags) {
            return false;
        }
    }
    return one->context == other->context && one->window == other->window &&
           mmu_fault_status_value(one) == mmu_fault_status_value(other) &&
           one->fault_addr == other->fault_addr;
}

/* --- steps --- */

static struct mmu_in *add_cycle(struct preamble *preamble)
{
    struct mmu_in *const in = &preamble->in[preamble->count];

    assert(preamble->count < PREAMBLE_MAX_CYCLES);
    memset(in, 0, sizeof(*in));
    in->rsp_ready = 1;
    preamble->offer[preamble->count++] = (struct offer){.supervisor = 1};
    return in;
}

static void add_request(struct preamble *preamble, const struct mmu_request *request)
{
    struct mmu_in *const in = add_cycle(preamble);

    in->req = *request;
    in->req_valid = 1;
}

static void write_register(struct preamble *preamble, uint8_t reg, uint64_t value)
{
    add_request(preamble, &(struct mmu_request){
                              .op = MMU_OP_WRITE_REGISTER, .priv = 1, .reg = reg, .wdata = value});
}

static void write_segment(struct preamble *preamble, unsigned number,
                          const struct mmu_segment *segment)
{
    write_register(preamble, MMU_REG_BASE(number), segment->base);
    write_register(preamble, MMU_REG_SIZE(number), segment->size);
    write_register(preamble, MMU_REG_FLAGS(number), segment->flags);
}

/* --- the recorded fault --- */

/* The segment register under which a user's translation comes as far as this fault and no further:
 * each rule that is looked at earlier is satisfied. */
static struct mmu_segment segment_for_fault(const struct mmu_config *config, uint8_t fault)
{
    struct mmu_segment segment = {0};

    switch (fault) {
    case MMU_FAULT_LIMIT:
        segment.flags = MMU_FLAG_PRESENT;
        break;
    case MMU_FAULT_PERMISSION:
        segment.size = mmu_span(config);
        segment.flags = MMU_FLAG_PRESENT;
        break;
    case MMU_FAULT_PHYSICAL:
        segment.base = UINT64_C(1) << config->pa_w;
        segment.size = mmu_span(config);
        segment.flags = MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE | MMU_FLAG_EXECUTE;
        break;
    default: /* not_present: as reset left it */
        break;
    }
    return segment;
}

static void provoke_translate_fault(const struct mmu_config *config, const struct mmu_regs *regs,
                                    struct preamble *preamble)
{
    const struct mmu_request request = {
        .op = MMU_OP_TRANSLATE,
        .addr = regs->fault_addr,
        .bytes = regs->fault_bytes,
        .access = regs->fault_access,
        .priv = regs->fault_priv,
        .segment = regs->fault_segment,
    };

    if (!request.priv && request.segment < mmu_segment_count(config)) {
        const struct mmu_segment segment = segment_for_fault(config, regs->fault_code);

        write_segment(preamble, request.segment, &segment);
    }
    add_request(preamble, &request);
}

/* FAULT_STATUS and FAULT_ADDR cannot be written. What they hold is brought about again, in the bank
 * that CONTEXT and WINDOW show after a reset; its segment registers get their values later. */
static void provoke_fault(const struct mmu_config *config, const struct mmu_regs *regs,
                          struct preamble *preamble)
{
    switch (regs->fault_code) {
    case MMU_FAULT_PRIVILEGE:
        add_request(preamble, &(struct mmu_request){.op = MMU_OP_READ_REGISTER,
                                                    .reg = (uint8_t)regs->fault_addr});
        break;
    case MMU_FAULT_REGISTER: /* the reserved operation is refused whatever its register */
        add_request(preamble, &(struct mmu_request){.op = MMU_OP_RESERVED,
                                                    .priv = 1,
                                                    .reg = (uint8_t)regs->fault_addr});
        break;
    default:
        provoke_translate_fault(config, regs, preamble);
        break;
    }
    if (regs->fault_more) {
        add_request(preamble, &(struct mmu_request){.op = MMU_OP_READ_REGISTER});
    }
}

/* --- the whole --- */

static void write_segments(const struct mmu_config *config, const struct mmu_regs *regs,
                           struct preamble *preamble)
{
    for (unsigned bank = 0; bank < config->contexts; bank++) {
        write_register(preamble, MMU_REG_WINDOW, bank);
        for (unsigned number = 0; number < mmu_segment_count(config); number++) {
            write_segment(preamble, number, &regs->segment[bank << config->seg_bits | number]);
        }
    }
}

/* Whether the registers are the snapshot's after all requests so far, each carried out. */
static bool leads_to(const struct mmu_config *config, const struct preamble *preamble,
                     const struct mmu_regs *wanted)
{
    struct mmu_regs regs = {0};

    for (size_t i = 0; i < preamble->count; i++) {
        if (preamble->in[i].req_valid) {
            mmu_execute(config, &regs, &preamble->in[i].req);
        }
    }
    return registers_equal(config, &regs, wanted);
}

bool preamble_build(const struct mmu_config *config, const struct snapshot *snapshot,
                    struct preamble *preamble, struct error *error)
{
    const struct mmu_regs *const regs = &snapshot->regs;

    preamble->count = 0;
    add_cycle(preamble)->rst = 1;
    if (regs->fault_valid) {
        provoke_fault(config, regs, preamble);
    }
    write_segments(config, regs, preamble);
    write_register(preamble, MMU_REG_WINDOW, regs->window);
    write_register(preamble, MMU_REG_CONTEXT, regs->context);
    if (!leads_to(config, preamble, regs)) {
        return error_set(error, "no requests can lead to the registers of its snapshot");
    }
    for (unsigned i = 0; i < config->stages; i++) {
        add_cycle(preamble);
    }
    for (unsigned stage = config->stages; stage-- > 0;) {
        if (snapshot->is_valid[stage]) {
            add_request(preamble, &snapshot->flight[stage].request);
            preamble->offer[preamble->count - 1] = snapshot->flight[stage].offer;
        } else {
            add_cycle(preamble);
        }
    }
    return true;
}
