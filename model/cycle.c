/* SPDX-License-Identifier: MIT */
#include "segmmu/cycle.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "steps.h"

void mmu_init(struct mmu *mmu, const struct mmu_config *config)
{
    assert(mmu_config_error(config) == NULL);
    memset(mmu, 0, sizeof(*mmu));
    mmu->config = *config;
    mmu->geometry = geometry_of(config);
}

/* Field by field: each is stored narrow and read back a clock later, and a copy by wide loads would
 * wait for the stores to reach the cache. It costs a third of the speed. */
static inline void put_request(struct mmu_request *to, const struct mmu_request *from)
{
    to->addr = from->addr;
    to->wdata = from->wdata;
    to->op = from->op;
    to->bytes = from->bytes;
    to->access = from->access;
    to->priv = from->priv;
    to->segment = from->segment;
    to->reg = from->reg;
}

static inline void put_response(struct mmu_response *to, const struct mmu_response *from)
{
    to->addr = from->addr;
    to->data = from->data;
    to->fault = from->fault;
    to->segment = from->segment;
}

/* The edge of a clock in which the pipeline advances. `stages` is a constant wherever it is
 * inlined, so that a register which a machine does not have costs it nothing. */
static ALWAYS_INLINE void advance(struct mmu *mmu, const struct mmu_in *in, unsigned stages)
{
    struct mmu_state *const state = &mmu->state;
    const bool has_req_q = stages >= 2;
    const bool has_look_q = stages == 3;
    const struct mmu_request *const looked_up = has_req_q ? &state->req_q : &in->req;
    const bool looked_up_valid = has_req_q ? state->req_valid_q : in->req_valid;
    const struct mmu_look look =
        looked_up_valid ? look_up(&mmu->config, &mmu->geometry, &state->regs, looked_up)
                        : (struct mmu_look){0};
    const struct mmu_look *const checked = has_look_q ? &state->look_q : &look;
    const bool checked_valid = has_look_q ? state->look_valid_q : looked_up_valid;

    const struct mmu_response response =
        checked_valid ? check(&mmu->geometry, &state->regs, checked) : (struct mmu_response){0};

    /* From back to front: each register takes what the one before it held. */
    put_response(&state->rsp_q, &response);
    state->rsp_valid_q = checked_valid;
    if (has_look_q) {
        state->look_q = look;
        state->look_valid_q = looked_up_valid;
    }
    if (has_req_q) {
        static const struct mmu_request bubble;

        put_request(&state->req_q, in->req_valid ? &in->req : &bubble);
        state->req_valid_q = in->req_valid;
    }
}

/* Out of line, so that a cycle of bubbles has no registers to save. */
#define ADVANCE(stages)                                                                            \
    static                                                                                         \
        __attribute__((noinline)) void advance_##stages(struct mmu *mmu, const struct mmu_in *in)  \
    {                                                                                              \
        advance(mmu, in, stages);                                                                  \
    }
ADVANCE(1)
ADVANCE(2)
ADVANCE(3)
#undef ADVANCE

void mmu_cycle(struct mmu *mmu, const struct mmu_in *in, struct mmu_out *out)
{
    struct mmu_state *const state = &mmu->state;
    const bool advances = !state->rsp_valid_q || in->rsp_ready;

    put_response(&out->rsp, &state->rsp_q);
    out->rsp_valid = state->rsp_valid_q;
    out->req_ready = advances;
    if (in->rst) {
        memset(state, 0, sizeof(*state));
        return;
    }
    if (!advances) {
        return;
    }
    if (!(in->req_valid | state->req_valid_q | state->look_valid_q)) {
        state->req_q = (struct mmu_request){0};
        state->look_q = (struct mmu_look){0};
        state->rsp_q = (struct mmu_response){0};
        state->rsp_valid_q = 0;
        return;
    }
    switch (mmu->config.stages) {
    case 1:
        advance_1(mmu, in);
        break;
    case 2:
        advance_2(mmu, in);
        break;
    case 3:
        advance_3(mmu, in);
        break;
    }
}
