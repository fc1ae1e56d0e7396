/* SPDX-License-Identifier: MIT */
#include "source/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "sink/trace.h"
#include "source/play.h"

enum { STALL_BITS = 64 };

/* --- from cycles to phases --- */

static bool has_room(struct timeline *timeline, size_t count)
{
    struct phase *phases;
    size_t capacity;

    if (timeline->phases != NULL && count <= timeline->capacity) {
        return true;
    }
    capacity = count >= SIZE_MAX / 2 / sizeof(*phases) ? 0 : count * 2 + 1;
    phases = capacity > 0 ? realloc(timeline->phases, capacity * sizeof(*phases)) : NULL;
    if (phases == NULL) {
        return false;
    }
    timeline->phases = phases;
    timeline->capacity = capacity;
    return true;
}

/* Whether a cycle without a request of its own goes on with a phase. */
static bool is_same_phase(const struct phase *one, const struct phase *other)
{
    return one->kind == other->kind && one->is_ready == other->is_ready &&
           one->has_offer == other->has_offer &&
           (!one->has_offer || requests_equal(&one->request, &other->request));
}

static void add_offered_cycle(struct timeline *timeline, struct phase *phase, bool is_ready)
{
    const uint64_t cycle = timeline->open_cycles++;

    if (is_ready) {
        return;
    }
    if (phase->stall_cycles == cycle) {
        phase->stall_cycles++;
    } else if (cycle - phase->stall_cycles < STALL_BITS) {
        phase->stall_bits |= UINT64_C(1) << (cycle - phase->stall_cycles);
    }
}

bool timeline_add(struct timeline *timeline, const struct mmu_in *in, const struct offer *offer,
                  bool moved)
{
    const bool is_request = in->req_valid && !in->rst;
    struct phase *last = timeline->count > 0 ? &timeline->phases[timeline->count - 1] : NULL;
    struct phase phase = {
        .kind = in->rst      ? PHASE_RESET
                : is_request ? PHASE_REQUEST
                             : PHASE_IDLE,
        .is_ready = !is_request && in->rsp_ready,
        .has_offer = in->rst && in->req_valid,
    };

    if (in->req_valid) {
        phase.request = in->req;
        phase.offer = offer != NULL ? *offer : (struct offer){0};
    }
    if (last != NULL && timeline->open_cycles > 0 && !is_request) {
        last->cycles = timeline->open_cycles;
        timeline->open_cycles = 0;
    }
    if (last != NULL && !is_request && is_same_phase(last, &phase)) {
        last->cycles++;
        return true;
    }
    if (last == NULL || timeline->open_cycles == 0) {
        if (!has_room(timeline, timeline->count + 1)) {
            return false;
        }
        phase.cycles = is_request ? 0 : 1;
        last = &timeline->phases[timeline->count++];
        *last = phase;
    }
    if (is_request) {
        add_offered_cycle(timeline, last, in->rsp_ready);
        timeline->open_cycles = moved ? 0 : timeline->open_cycles;
    }
    return true;
}

bool timeline_copy_without(struct timeline *copy, const struct timeline *timeline, size_t first,
                           size_t end)
{
    const size_t behind = timeline->count - end;

    if (!has_room(copy, first + behind)) {
        return false;
    }
    if (first > 0) {
        memcpy(copy->phases, timeline->phases, first * sizeof(*copy->phases));
    }
    if (behind > 0) {
        memcpy(copy->phases + first, timeline->phases + end, behind * sizeof(*copy->phases));
    }
    copy->count = first + behind;
    copy->open_cycles = 0;
    return true;
}

size_t timeline_request_count(const struct timeline *timeline)
{
    size_t count = 0;

    for (size_t i = 0; i < timeline->count; i++) {
        count += timeline->phases[i].kind == PHASE_REQUEST;
    }
    return count;
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->phases);
    *timeline = (struct timeline){0};
}

/* --- from phases to cycles --- */

struct player {
    struct testbench *bench;
    const struct timeline_manner *manner;
};

static const struct mmu_out *clock_player(const struct player *player, struct mmu_in *in,
                                          const struct offer *offer)
{
    if (!in->req_valid && player->manner->noise_seed != 0) {
        trace_noise(player->manner->noise_seed, player->bench->cycle, in);
    }
    if (player->manner->limits != NULL) {
        input_limits_apply(player->manner->limits, in);
    }
    if (player->manner->shown != NULL) {
        *player->manner->shown = *in;
    }
    return testbench_clock(player->bench, in, offer);
}

static bool is_stalled(const struct phase *phase, uint64_t cycle)
{
    if (cycle < phase->stall_cycles) {
        return true;
    }
    cycle -= phase->stall_cycles;
    return cycle < STALL_BITS && (phase->stall_bits >> cycle & 1);
}

static bool play_request(const struct player *player, const struct phase *phase,
                         bool is_before_reset)
{
    const uint64_t limit = is_before_reset && phase->cycles > 0 ? phase->cycles : UINT64_MAX;

    for (uint64_t cycle = 0; cycle < limit; cycle++) {
        struct mmu_in in = {
            .req = phase->request, .req_valid = 1, .rsp_ready = !is_stalled(phase, cycle)};
        const struct mmu_out *const out = clock_player(player, &in, &phase->offer);

        if (out == NULL) {
            return false;
        }
        if (out->req_ready) {
            return true;
        }
    }
    return true;
}

static bool play_cycles(const struct player *player, const struct phase *phase)
{
    for (uint64_t cycle = 0; cycle < phase->cycles; cycle++) {
        struct mmu_in in = {.rst = phase->kind == PHASE_RESET, .rsp_ready = phase->is_ready};

        if (phase->has_offer) {
            in.req = phase->request;
            in.req_valid = 1;
        }
        if (clock_player(player, &in, phase->has_offer ? &phase->offer : NULL) == NULL) {
            return false;
        }
    }
    return true;
}

bool timeline_play(struct timeline *timeline, struct testbench *bench,
                   const struct timeline_manner *manner)
{
    const struct player player = {bench, manner};

    for (size_t i = 0; i < timeline->count; i++) {
        struct phase *const phase = &timeline->phases[i];
        const bool is_before_reset =
            i + 1 < timeline->count && timeline->phases[i + 1].kind == PHASE_RESET;
        const uint64_t first_cycle = bench->cycle;
        const bool goes_on = phase->kind == PHASE_REQUEST
                                 ? play_request(&player, phase, is_before_reset)
                                 : play_cycles(&player, phase);

        timeline->played_count = i + 1;
        phase->played_cycles = bench->cycle - first_cycle + !goes_on;
        if (!goes_on) {
            return false;
        }
    }
    for (uint64_t cycle = 0; cycle < manner->tail_cycles && bench->flight_count > 0; cycle++) {
        struct mmu_in in = {.rsp_ready = 1};

        if (clock_player(&player, &in, NULL) == NULL) {
            return false;
        }
    }
    return true;
}

bool timeline_record(struct timeline *timeline, struct testbench *bench,
                     const struct timeline_manner *manner, const char *path, const char *command,
                     struct error *error)
{
    const struct trace_header header = {
        .machine_yaml = machine_print(bench->machine),
        .machine_name = bench->machine->name,
        .command = (char *)command,
        .seed = timeline->seed,
        .noise_seed = manner->noise_seed,
        .by_transactions = bench->transaction != NULL,
    };
    struct trace_writer *recording = NULL;
    struct sink sink;

    if (header.machine_yaml == NULL) {
        return error_set(error, "%s: out of memory", path);
    }
    recording = trace_writer_open(path, &header, bench, error);
    free(header.machine_yaml);
    if (recording == NULL) {
        return false;
    }
    sink = trace_writer_sink(recording);
    testbench_add_sink(bench, &sink);
    timeline_play(timeline, bench, manner);
    return trace_writer_close(recording, error);
}

bool timeline_fits(const struct timeline *timeline, const struct input_limits *limits,
                   const struct mmu_config *config, struct error *error)
{
    size_t number = 0;

    for (size_t i = 0; limits != NULL && i < timeline->count; i++) {
        const struct phase *const phase = &timeline->phases[i];
        const bool is_request = phase->kind == PHASE_REQUEST;
        const bool has_stall = is_request ? (phase->stall_cycles | phase->stall_bits) != 0
                                          : phase->kind == PHASE_IDLE && !phase->is_ready;
        const struct mmu_in in = {.req = phase->request,
                                  .req_valid = is_request,
                                  .rst = phase->kind == PHASE_RESET,
                                  .rsp_ready = !has_stall};
        const char *const port = input_limits_refuse(limits, config, &in);

        if (port != NULL) {
            return error_set(error, "request %zu of the trace: the RTL's %s cannot carry it",
                             number, port);
        }
        number += is_request;
    }
    return true;
}

/* --- recording --- */

static void record_cycle(void *context, uint64_t cycle, enum cycle_class cycle_class,
                         const struct mmu_in *in, const struct mmu_out *out, unsigned in_flight)
{
    struct timeline_recorder *const recorder = context;
    const struct offer *const offer = &recorder->bench->history[cycle % TESTBENCH_HISTORY].offer;

    (void)in_flight;
    (void)out;
    if (!timeline_add(recorder->timeline, in, offer, cycle_class == CYCLE_ACCEPT)) {
        recorder->is_short = true;
    }
}

struct sink timeline_recorder_sink(struct timeline_recorder *recorder)
{
    return (struct sink){.context = recorder, .cycle = record_cycle};
}

bool timeline_recorder_end(struct timeline_recorder *recorder)
{
    const struct testbench *const bench = recorder->bench;

    if (bench->verdict != TESTBENCH_AGREED) {
        const struct testbench_cycle *const last =
            &bench->history[bench->cycle % TESTBENCH_HISTORY];

        if (!timeline_add(recorder->timeline, &last->in, &last->offer, false)) {
            recorder->is_short = true;
        }
    }
    recorder->timeline->open_cycles = 0; /* what is still on offer is so until it moves */
    return !recorder->is_short;
}

/* A trace on its way into a timeline. */
struct reading {
    struct timeline *timeline;
    bool has_begun;
    bool is_short; /* memory ran out */
};

static bool read_cycle(void *context, const struct play_cycle *cycle)
{
    struct reading *const reading = context;

    if (!reading->has_begun) {
        reading->timeline->first_cycle = cycle->number;
        reading->has_begun = true;
    }
    reading->is_short = !timeline_add(reading->timeline, &cycle->in, &cycle->offer, cycle->moves);
    return !reading->is_short;
}

bool timeline_from_trace(struct timeline *timeline, const char *path, struct error *error)
{
    struct reading reading = {.timeline = timeline};
    struct trace_reader *const reader = trace_reader_open(path, error);

    if (reader == NULL) {
        return false;
    }
    timeline->seed = trace_reader_header(reader)->seed;
    timeline->noise_seed = trace_reader_header(reader)->noise_seed;
    trace_reader_close(reader);
    if (!play_trace(path, read_cycle, &reading, error)) {
        return false;
    }
    timeline->open_cycles = 0; /* what is still on offer is so until it moves */
    return !reading.is_short || error_set(error, "%s: out of memory", path);
}
