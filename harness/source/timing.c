/* SPDX-License-Identifier: MIT */
#include "source/timing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { EXPECTED = MMU_MAX_STAGES + 1 };

static struct mmu_request request_of(const struct stream_record *record)
{
    const bool is_translate = record->op == MMU_OP_TRANSLATE;

    return (struct mmu_request){
        .addr = is_translate ? record->addr : 0,
        .wdata = is_translate ? 0 : record->addr,
        .op = record->op,
        .bytes = record->bytes,
        .access = record->access & 3,
        .priv = (record->access & STREAM_ACCESS_PRIV) != 0,
        .segment = record->segment,
        .reg = record->reg,
    };
}

/* The oldest request's response moved: was it the answer that its sender went on with? */
static bool take_answer(struct timing *timing, const struct mmu_response *response)
{
    const struct stream_record *const record = &timing->expected_copy[timing->expected_first];
    const uint64_t answer = record->op == MMU_OP_TRANSLATE ? response->addr : response->data;
    const bool is_access = record->op == MMU_OP_TRANSLATE && response->fault == MMU_FAULT_NONE;

    if (timing->fills_answers) {
        timing->expected[timing->expected_first]->answer = answer;
        timing->expected[timing->expected_first]->fault = response->fault;
    } else if (answer != record->answer || response->fault != record->fault) {
        snprintf(timing->complaint, sizeof(timing->complaint),
                 "cycle %" PRIu64 ": PC 0x%" PRIx64 " %s of 0x%" PRIx64
                 ": the guest went on with 0x%" PRIx64 " (%s), the clocked MMU answers 0x%" PRIx64
                 " (%s)",
                 timing->bench->cycle - 1, record->pc, mmu_op_name(record->op), record->addr,
                 record->answer, mmu_fault_name(record->fault), answer,
                 mmu_fault_name(response->fault));
        return false;
    }
    if (is_access) {
        timing->port_free_cycle =
            timing->bench->cycle + timing->machine->memory.busy[record->access & 3];
    }
    timing->offer_cycle = timing->bench->cycle + timing->machine->cpu.gap;
    timing->expected_first = (timing->expected_first + 1) % EXPECTED;
    timing->expected_count--;
    return true;
}

/* One clock, in which `record` is offered unless it is NULL. */
static bool clock_once(struct timing *timing, struct stream_record *record, bool *accepted)
{
    struct mmu_in in = {.rsp_ready = timing->bench->cycle >= timing->port_free_cycle};
    struct offer offer = {0};
    const struct mmu_out *out;

    if (record != NULL) {
        in.req = request_of(record);
        in.req_valid = 1;
        offer.pc = record->pc;
        offer.supervisor = (record->flags & STREAM_SUPERVISOR) != 0;
    }
    out = testbench_clock(timing->bench, &in, &offer);
    if (out == NULL) {
        return false;
    }
    if (out->rsp_valid && in.rsp_ready && !take_answer(timing, &out->rsp)) {
        return false;
    }
    *accepted = record != NULL && out->req_ready;
    if (*accepted) {
        const unsigned slot = (timing->expected_first + timing->expected_count) % EXPECTED;

        timing->expected[slot] = record;
        timing->expected_copy[slot] = *record;
        timing->expected_count++;
    }
    return true;
}

bool timing_drain(struct timing *timing)
{
    bool accepted;

    while (timing->expected_count > 0) {
        if (!clock_once(timing, NULL, &accepted)) {
            return false;
        }
    }
    return true;
}

static bool run_request(struct timing *timing, struct stream_record *record)
{
    const bool is_blocking = timing->machine->cpu.issue == MACHINE_ISSUE_BLOCKING;
    bool accepted = false;

    if (!is_blocking && (record->flags & STREAM_SUPERVISOR) && !timing_drain(timing)) {
        return false;
    }
    while (is_blocking && timing->bench->cycle < timing->offer_cycle) {
        if (!clock_once(timing, NULL, &accepted)) {
            return false;
        }
    }
    while (!accepted) {
        if (!clock_once(timing, record, &accepted)) {
            return false;
        }
    }
    return !is_blocking || timing_drain(timing);
}

static bool run_mark(struct timing *timing, const struct stream_record *record)
{
    if (!timing_drain(timing)) {
        return false;
    }
    testbench_mark(timing->bench, record->addr, record->answer);
    return true;
}

static bool run_idle(struct timing *timing, uint64_t cycles)
{
    bool accepted;

    if (!timing_drain(timing)) {
        return false;
    }
    for (uint64_t i = 0; i < cycles; i++) {
        if (!clock_once(timing, NULL, &accepted)) {
            return false;
        }
    }
    return true;
}

bool timing_run(struct timing *timing, struct stream_record *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct stream_record *const record = &records[i];
        bool is_running = true;

        switch ((enum stream_kind)record->kind) {
        case STREAM_REQUEST:
            is_running = run_request(timing, record);
            break;
        case STREAM_SQUASH:
            testbench_squash(timing->bench, record->addr);
            break;
        case STREAM_DRAIN:
            is_running = timing_drain(timing);
            break;
        case STREAM_MARK:
            is_running = run_mark(timing, record);
            break;
        case STREAM_IDLE:
            is_running = run_idle(timing, record->addr);
            break;
        }
        if (!is_running) {
            return false;
        }
    }
    return true;
}

bool timing_init(struct timing *timing, struct testbench *bench, const struct machine *machine)
{
    const struct mmu_in reset = {.rst = 1, .rsp_ready = 1};

    memset(timing, 0, sizeof(*timing));
    timing->bench = bench;
    timing->machine = machine;
    timing->fills_answers = bench->engine == ENGINE_RTL;
    return testbench_clock(bench, &reset, NULL) != NULL;
}
