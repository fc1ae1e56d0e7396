/* SPDX-License-Identifier: MIT */
/* Whether the records of a frame can have happened: specification, section 3. */
#include <inttypes.h>
#include <string.h>

#include "source/trace_decode.h"

#define NEVER UINT64_MAX

/* Walks runs alongside cycles that do not go back. */
struct run_walk {
    const struct trace_run *runs;
    size_t count, at;
};

/* The first cycle of a run at or after `cycle`, or NEVER. */
static uint64_t run_from(struct run_walk *walk, uint64_t cycle)
{
    while (walk->at < walk->count &&
           walk->runs[walk->at].cycle + walk->runs[walk->at].length <= cycle) {
        walk->at++;
    }
    if (walk->at == walk->count) {
        return NEVER;
    }
    return walk->runs[walk->at].cycle > cycle ? walk->runs[walk->at].cycle : cycle;
}

/* The requests in the snapshot: each offered after the one before it was accepted. */
static bool check_carried(const struct trace_frame *frame, struct error *error)
{
    for (size_t i = 1; i < frame->carried_count; i++) {
        if (frame->requests[i].flight.offered_cycle <=
            frame->requests[i - 1].flight.accepted_cycle) {
            return error_set(error, "request %zu of its snapshot overlaps the one before it", i);
        }
    }
    return true;
}

/* Offers and resets: no beat moves in a reset, and what is dropped, a reset dropped. */
static bool check_offers(const struct trace_frame *frame, struct error *error)
{
    struct run_walk resets = {frame->resets, frame->reset_count, 0};

    for (size_t i = frame->carried_count; i < frame->request_count; i++) {
        const struct trace_request *const request = &frame->requests[i];
        const uint64_t reset = run_from(&resets, request->flight.offered_cycle);

        switch (request->outcome) {
        case TRACE_ANSWERED:
        case TRACE_UNANSWERED:
            if (reset < request->end_cycle) {
                return error_set(
                    error, "request %zu is accepted across a reset (cycle %" PRIu64 ")", i, reset);
            }
            break;
        case TRACE_DROPPED:
            if (reset != request->end_cycle && reset != request->end_cycle - 1) {
                return error_set(error,
                                 "request %zu is dropped in cycle %" PRIu64 " without a reset", i,
                                 request->end_cycle - 1);
            }
            break;
        case TRACE_PENDING:
            if (i + 1 != frame->request_count || request->end_cycle != frame->end_cycle ||
                reset != NEVER) {
                return error_set(error, "request %zu is left offered before the frame's end", i);
            }
            break;
        }
    }
    return true;
}

/* Answers: in order, while the receiver is ready, and never more than `capacity` in flight. */
static bool check_flights(const struct trace_frame *frame, unsigned capacity, struct error *error)
{
    struct run_walk resets = {frame->resets, frame->reset_count, 0};
    struct run_walk stalls = {frame->stalls, frame->stall_count, 0};
    uint64_t left[TRANSACTION_IN_FLIGHT] = {0}; /* when each of the last ones left the pipeline */
    uint64_t last_left = 0;
    uint64_t last_response = NEVER;
    size_t accepted = 0;

    for (size_t i = 0; i < frame->request_count; i++) {
        const struct trace_request *const request = &frame->requests[i];
        const uint64_t cycle = request->flight.accepted_cycle;
        uint64_t *const place = &left[accepted % capacity];
        uint64_t reset;

        if (request->outcome > TRACE_UNANSWERED) {
            continue;
        }
        if (accepted >= capacity && *place > cycle) {
            return error_set(error,
                             "request %zu is accepted in cycle %" PRIu64 " into a full pipeline", i,
                             cycle);
        }
        reset = run_from(&resets, cycle + 1);
        *place = reset < frame->end_cycle ? reset : frame->end_cycle;
        if (request->outcome == TRACE_ANSWERED) {
            const uint64_t response = request->response_cycle;

            if (response <= cycle || response < frame->first_cycle || response >= *place) {
                return error_set(error,
                                 "the response to request %zu comes in cycle %" PRIu64
                                 ", not between its acceptance and the frame's end or "
                                 "a reset",
                                 i, response);
            }
            if (run_from(&stalls, response) == response) {
                return error_set(error,
                                 "the response to request %zu moves in cycle %" PRIu64
                                 ", in which the receiver is not ready",
                                 i, response);
            }
            if (last_response != NEVER && response <= last_response) {
                return error_set(error, "the response to request %zu overtakes another", i);
            }
            last_response = response;
            *place = response;
        }
        if (*place < last_left) {
            return error_set(error, "the response to request %zu overtakes another", i);
        }
        last_left = *place;
        accepted++;
    }
    return true;
}

/* Nothing was in flight, no register set, when the machine was switched on. */
static bool check_power_up(const struct trace_frame *frame, struct error *error)
{
    static const struct mmu_regs zero;

    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): padding is zeroed with the frame */
    const bool is_zero = memcmp(&frame->snapshot.regs, &zero, sizeof(zero)) == 0;

    if (frame->first_cycle == 0 && (frame->carried_count > 0 || !is_zero)) {
        return error_set(error, "its snapshot of cycle 0 is not the state at power-up");
    }
    return true;
}

/* By transactions, a trace begins with a reset, and nothing is carried from frame to frame. */
static bool check_beginning(const struct trace_frame *frame, struct error *error)
{
    if (frame->carried_count > 0) {
        return error_set(error, "requests are in flight in its snapshot");
    }
    if (frame->number == 0 &&
        (frame->reset_count == 0 || frame->resets[0].cycle != frame->first_cycle)) {
        return error_set(error, "it does not begin with a reset");
    }
    return true;
}

bool trace_frame_check(const struct mmu_config *config, const struct trace_frame *frame,
                       bool by_transactions, struct error *error)
{
    const unsigned capacity = by_transactions ? TRANSACTION_IN_FLIGHT : config->stages;

    if (by_transactions && !check_beginning(frame, error)) {
        return false;
    }
    return check_power_up(frame, error) && check_carried(frame, error) &&
           check_offers(frame, error) && check_flights(frame, capacity, error);
}

unsigned trace_frame_in_flight(const struct trace_frame *frame,
                               const struct flight *flights[MMU_MAX_STAGES])
{
    const struct trace_run *const last_reset =
        frame->reset_count > 0 ? &frame->resets[frame->reset_count - 1] : NULL;
    size_t first = frame->request_count;
    unsigned count = 0;

    while (first > 0) {
        const struct trace_request *const request = &frame->requests[first - 1];

        if (request->outcome == TRACE_ANSWERED ||
            (request->outcome == TRACE_UNANSWERED && last_reset != NULL &&
             request->flight.accepted_cycle < last_reset->cycle + last_reset->length)) {
            break;
        }
        first--;
    }
    for (; first < frame->request_count && count < MMU_MAX_STAGES; first++) {
        if (frame->requests[first].outcome == TRACE_UNANSWERED) {
            flights[count++] = &frame->requests[first].flight;
        }
    }
    return count;
}
