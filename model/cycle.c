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
}

/* The edge of a clock in which the pipeline advances: stages from back to front, so that each takes
 * what the one before it held. */
static void advance(const struct mmu_config *config, struct mmu_state *state,
                    const struct mmu_in *in)
{
    const bool has_req_q = config->stages >= 2;
    const bool has_look_q = config->stages == 3;
    const struct mmu_request *const request = has_req_q ? &state->req_q : &in->req;
    const bool request_valid = has_req_q ? state->req_valid_q : in->req_valid;
    struct mmu_look look = {0};

    if (has_look_q && state->look_valid_q) {
        state->rsp_q = check(config, &state->regs, &state->look_q);
    }
    if (request_valid) {
        look = look_up(config, &state->regs, request);
    }
    if (has_look_q) {
        if (!state->look_valid_q) {
            state->rsp_q = (struct mmu_response){0};
        }
        state->rsp_valid_q = state->look_valid_q;
        state->look_q = look;
        state->look_valid_q = request_valid;
    } else {
        state->rsp_q =
            request_valid ? check(config, &state->regs, &look) : (struct mmu_response){0};
        state->rsp_valid_q = request_valid;
    }
    if (has_req_q) {
        state->req_q = in->req_valid ? in->req : (struct mmu_request){0};
        state->req_valid_q = in->req_valid;
    }
}

void mmu_cycle(struct mmu *mmu, const struct mmu_in *in, struct mmu_out *out)
{
    struct mmu_state *const state = &mmu->state;
    const bool advances = !state->rsp_valid_q || in->rsp_ready;

    out->rsp = state->rsp_q;
    out->rsp_valid = state->rsp_valid_q;
    out->req_ready = advances;
    if (in->rst) {
        memset(state, 0, sizeof(*state));
    } else if (advances) {
        advance(&mmu->config, state, in);
    }
}
