/* SPDX-License-Identifier: MIT */
#include "source/replay.h"

#include <string.h>

void replay_begin(struct replay *replay, const struct trace_frame *frame, uint64_t noise_seed)
{
    *replay = (struct replay){
        .frame = frame,
        .noise_seed = noise_seed,
        .cycle = frame->first_cycle,
        .request = frame->carried_count,
    };
}

uint64_t replay_squash(struct replay *replay)
{
    const struct trace_frame *const frame = replay->frame;

    if (replay->squash == frame->squash_count ||
        frame->squashes[replay->squash].cycle > replay->cycle) {
        return 0;
    }
    return frame->squashes[replay->squash++].count;
}

/* Whether `cycle`, which never goes back, is in one of the runs. */
static bool is_in_run(const struct trace_run *runs, size_t count, size_t *next, uint64_t cycle)
{
    if (*next < count && runs[*next].cycle + runs[*next].length <= cycle) {
        ++*next;
    }
    return *next < count && runs[*next].cycle <= cycle;
}

bool replay_next(struct replay *replay, struct mmu_in *in, struct offer *offer)
{
    const struct trace_frame *const frame = replay->frame;
    const uint64_t cycle = replay->cycle;
    const struct trace_request *request = &frame->requests[replay->request];

    if (cycle == frame->end_cycle) {
        return false;
    }
    if (replay->request < frame->request_count && request->end_cycle <= cycle) {
        request++;
        replay->request++;
    }
    memset(in, 0, sizeof(*in));
    memset(offer, 0, sizeof(*offer));
    replay->offered = NULL;
    replay->moves = false;
    if (replay->request < frame->request_count && request->flight.offered_cycle <= cycle) {
        replay->offered = request;
        replay->moves = request->outcome <= TRACE_UNANSWERED && request->end_cycle == cycle + 1;
        in->req_valid = 1;
        in->req = request->flight.request;
        *offer = request->flight.offer;
    } else if (replay->noise_seed != 0) {
        trace_noise(replay->noise_seed, cycle, in);
    }
    in->rst = is_in_run(frame->resets, frame->reset_count, &replay->reset, cycle);
    in->rsp_ready = !is_in_run(frame->stalls, frame->stall_count, &replay->stall, cycle);
    replay->cycle++;
    return true;
}

/* The next response in the recording, or NULL. */
static const struct trace_request *next_response(struct replay *replay)
{
    const struct trace_frame *const frame = replay->frame;

    while (replay->response < frame->request_count &&
           frame->requests[replay->response].outcome != TRACE_ANSWERED) {
        replay->response++;
    }
    return replay->response < frame->request_count ? &frame->requests[replay->response] : NULL;
}

static bool differ(struct replay_difference *difference, uint64_t cycle, const char *port,
                   uint64_t recorded, uint64_t now, const struct trace_request *request)
{
    *difference = (struct replay_difference){
        .cycle = cycle,
        .port = port,
        .recorded = recorded,
        .now = now,
        .flight = request != NULL ? &request->flight : NULL,
    };
    return false;
}

static bool response_matches(const struct trace_request *request, uint64_t cycle,
                             const struct mmu_response *now, struct replay_difference *difference)
{
    const struct mmu_response *const recorded = &request->response;

    if (now->fault != recorded->fault) {
        return differ(difference, cycle, "rsp_fault_o", recorded->fault, now->fault, request);
    }
    if (now->addr != recorded->addr) {
        return differ(difference, cycle, "rsp_addr_o", recorded->addr, now->addr, request);
    }
    if (now->data != recorded->data) {
        return differ(difference, cycle, "rsp_data_o", recorded->data, now->data, request);
    }
    if (now->segment != recorded->segment) {
        return differ(difference, cycle, "rsp_segment_o", recorded->segment, now->segment, request);
    }
    return true;
}

bool replay_matches(struct replay *replay, const struct mmu_in *in, const struct mmu_out *out,
                    struct replay_difference *difference)
{
    const uint64_t cycle = replay->cycle - 1;

    if (in->rst) {
        return true;
    }
    if (in->rsp_ready) {
        const struct trace_request *const response = next_response(replay);
        const bool is_recorded = response != NULL && response->response_cycle == cycle;

        if (out->rsp_valid != is_recorded) {
            return differ(difference, cycle, "rsp_valid_o", is_recorded, out->rsp_valid,
                          is_recorded ? response : NULL);
        }
        if (is_recorded) {
            replay->response++;
            if (!response_matches(response, cycle, &out->rsp, difference)) {
                return false;
            }
        }
    }
    if (replay->offered != NULL && out->req_ready != replay->moves) {
        return differ(difference, cycle, "req_ready_o", replay->moves, out->req_ready,
                      replay->offered);
    }
    return true;
}

/* Whether a reset began before `cycle` that was not asked for yet. */
static bool was_reset_since(const struct trace_frame *frame, size_t *reset, uint64_t cycle)
{
    const size_t before = *reset;

    while (*reset < frame->reset_count && frame->resets[*reset].cycle < cycle) {
        ++*reset;
    }
    return *reset > before;
}

bool replay_translate(const struct mmu_config *config, const struct trace_frame *frame,
                      uint64_t *compared, struct replay_difference *difference)
{
    struct mmu_regs regs = frame->snapshot.regs;
    size_t reset = 0;

    for (size_t i = 0; i < frame->request_count; i++) {
        const struct trace_request *const request = &frame->requests[i];
        const struct mmu_request *const asked = &request->flight.request;
        struct mmu_response answer;

        if (request->outcome > TRACE_UNANSWERED) {
            continue;
        }
        if (was_reset_since(frame, &reset, request->flight.accepted_cycle)) {
            memset(&regs, 0, sizeof(regs));
        }
        if (asked->op == MMU_OP_TRANSLATE && !asked->priv) {
            answer = mmu_translate(config, mmu_bank(config, &regs), asked);
            if (answer.fault != MMU_FAULT_NONE) {
                mmu_execute(config, &regs, asked); /* for its record */
            }
        } else {
            answer = mmu_execute(config, &regs, asked);
        }
        if (request->outcome == TRACE_ANSWERED) {
            ++*compared;
            if (!response_matches(request, request->response_cycle, &answer, difference)) {
                return false;
            }
        }
    }
    return true;
}
