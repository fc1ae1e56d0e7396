/* SPDX-License-Identifier: MIT */
/* Any state, and what holds of every state that a segment MMU comes into after a reset, as far as
 * the proofs need it. Nothing is taken on trust: each proof that assumes it shows that a clock
 * keeps it. */
#ifndef SEGMENT_REACHABLE_H
#define SEGMENT_REACHABLE_H

#include "machine.h"
#include "prove.h"
#include "segmmu/segmmu.h"

/* What an operation does not use is 0 from lookup on. */
static inline bool is_look_consistent(const struct mmu_look *look, bool is_valid)
{
    const bool is_of_check = look->reg == MMU_REG_FAULT_STATUS || look->reg == MMU_REG_FAULT_ADDR;

    if (!is_valid) {
        return look->op == 0 && look->fault == 0 && look->data == 0 && look->segment == 0;
    }
    if (look->op == MMU_OP_TRANSLATE) {
        return look->fault == 0 && look->data == 0 && (!look->priv || look->segment == 0);
    }
    return look->segment == 0 && look->bytes == 0 && look->access == 0 &&
           (look->data == 0 ||
            (look->op == MMU_OP_READ_REGISTER && look->fault == 0 && !is_of_check));
}

/* Within the ranges of the specification, section 2. */
static inline bool is_holdable(const struct mmu_segment *segment)
{
    return segment->base <= UINT64_C(1) << machine.pa_w && segment->size <= mmu_span(&machine) &&
           segment->flags <= MMU_FLAGS_ALL;
}

/* No member has more bits than its register, and a register that the machine does not have is 0. */
static inline struct mmu_segment cut_segment(struct mmu_segment segment)
{
    segment.base &= (UINT64_C(2) << machine.pa_w) - 1;
    segment.size &= 2 * mmu_span(&machine) - 1;
    segment.flags &= MMU_FLAGS_ALL;
    return segment;
}

static inline struct mmu_state any_state(void)
{
    struct mmu_state state = nondet_state();

    state.req_q = cut_request(state.req_q);
    state.req_valid_q &= STAGES >= 2;
    state.look_valid_q &= STAGES == 3;
    state.rsp_valid_q &= 1;
    state.look_q.base &= (UINT64_C(2) << machine.pa_w) - 1;
    state.look_q.size &= 2 * mmu_span(&machine) - 1;
    state.look_q.flags &= MMU_FLAGS_ALL;
    state.look_q.op &= 3;
    state.look_q.bytes &= 31;
    state.look_q.access &= 3;
    state.look_q.priv &= 1;
    state.look_q.segment &= 15;
    state.look_q.fault &= 15;
    for (unsigned i = 0; i < MMU_SEGMENT_REGISTERS; i++) {
        state.regs.segment[i] = cut_segment(state.regs.segment[i]);
    }
    state.regs.context &= 15;
    state.regs.window &= 15;
    state.regs.fault_valid &= 1;
    state.regs.fault_more &= 1;
    state.regs.fault_code &= 15;
    state.regs.fault_access &= 3;
    state.regs.fault_priv &= 1;
    state.regs.fault_segment &= 15;
    state.regs.fault_bytes &= 31;
    return state;
}

/* A clock leaves nothing in a bit that `any_state` has cut. */
static inline bool is_in_range(const struct mmu_state *state)
{
    const struct mmu_request *const req = &state->req_q;
    const struct mmu_look *const look = &state->look_q;
    const struct mmu_regs *const regs = &state->regs;

    return state->req_valid_q <= (STAGES >= 2) && state->look_valid_q <= (STAGES == 3) &&
           state->rsp_valid_q <= 1 && req->op <= 3 && req->bytes <= 31 && req->access <= 3 &&
           req->priv <= 1 && req->segment <= 15 && look->op <= 3 && look->bytes <= 31 &&
           look->access <= 3 && look->priv <= 1 && look->segment <= 15 && look->fault <= 15 &&
           look->flags <= MMU_FLAGS_ALL && look->base < UINT64_C(2) << machine.pa_w &&
           look->size < 2 * mmu_span(&machine) && regs->fault_valid <= 1 && regs->fault_more <= 1 &&
           regs->fault_code <= 15 && regs->fault_access <= 3 && regs->fault_priv <= 1 &&
           regs->fault_segment <= 15 && regs->fault_bytes <= 31;
}

static inline bool is_reachable(const struct mmu_state *state)
{
    const struct mmu_response *const rsp = &state->rsp_q;

    return is_in_range(state) && is_look_consistent(&state->look_q, state->look_valid_q) &&
           (state->rsp_valid_q ||
            (rsp->addr == 0 && rsp->data == 0 && rsp->fault == 0 && rsp->segment == 0)) &&
           state->regs.context < machine.contexts && state->regs.window < machine.contexts;
}

#endif
