/* SPDX-License-Identifier: MIT */
#include "source/shrink.h"

#include <stdlib.h>
#include <string.h>

/* The testbench is too large for a stack that one does not know. */
struct work {
    struct shrink *shrink;
    struct trial trial;
    struct timeline candidate;
    bool has_begun;  /* the stimulus fails as wanted when it is played */
    bool is_changed; /* something was left out in this round */
    bool is_short;   /* memory ran out */
};

/* --- one try --- */

/* A tail only at first: afterwards the timeline itself has all the cycles that it takes; unless it
 * is time that fails in the end, where it was the number of requests. */
static struct timeline_manner manner_of(const struct shrink *shrink, bool has_tail)
{
    return (struct timeline_manner){
        .noise_seed = shrink->noise_seed,
        .tail_cycles = has_tail ? shrink->setup.machine->mmu.stages + 1u +
                                      shrink->setup.response_timeout_cycles
                                : 0,
        .limits = shrink->setup.limits,
    };
}

/* What fails behind the last phase becomes a wait of its own. */
static void add_tail(struct work *work)
{
    static const struct mmu_in nothing = {.rsp_ready = 1};
    uint64_t cycles = 0;

    for (size_t i = 0; i < work->candidate.count; i++) {
        cycles += work->candidate.phases[i].played_cycles;
    }
    for (; cycles <= work->trial.bench.cycle; cycles++) {
        work->is_short |= !timeline_add(&work->candidate, &nothing, NULL, false);
    }
}

/* Neighbours that are one wait become one phase: the play is the same. */
static void join_waits(struct timeline *timeline)
{
    size_t count = 0;

    for (size_t i = 0; i < timeline->count; i++) {
        const struct phase *const phase = &timeline->phases[i];
        struct phase *const last = count > 0 ? &timeline->phases[count - 1] : NULL;

        if (phase->kind == PHASE_IDLE && last != NULL && last->kind == PHASE_IDLE &&
            last->is_ready == phase->is_ready) {
            last->cycles += phase->cycles;
        } else if (phase->kind != PHASE_IDLE || phase->cycles > 0) {
            timeline->phases[count++] = *phase;
        }
    }
    timeline->count = count;
}

/* Plays the candidate, and whether it fails as wanted; it is then cut after the phase that does. */
static bool fails_alike(struct work *work)
{
    struct shrink *const shrink = work->shrink;
    const struct timeline_manner manner =
        manner_of(shrink, !work->has_begun || shrink->signature.is_unanswered);
    struct testbench *const bench = &work->trial.bench;
    struct signature signature;
    struct error error;
    bool is_alike = false;

    if (work->is_short || shrink->cycles >= shrink->budget_cycles) {
        shrink->is_exhausted |= !work->is_short;
        return false;
    }
    if (shrink->pulse != NULL) {
        ++*shrink->pulse;
    }
    if (!trial_begin(bench, &work->trial.transaction, &shrink->setup, &error)) {
        work->is_short = true;
        return false;
    }
    if (!timeline_play(&work->candidate, bench, &manner)) {
        signature_of(bench, &signature);
        is_alike = signatures_equal(&signature, &shrink->signature);
        work->candidate.count = work->candidate.played_count;
        add_tail(work);
    }
    testbench_end(bench);
    shrink->tries++;
    shrink->cycles += bench->cycle + SHRINK_START_CYCLES;
    return is_alike;
}

/* The candidate becomes the stimulus if it fails as wanted. */
static bool take_candidate(struct work *work)
{
    struct timeline *const best = &work->shrink->timeline;
    struct timeline swap;

    if (!fails_alike(work)) {
        return false;
    }
    join_waits(&work->candidate);
    swap = *best;
    *best = work->candidate;
    work->candidate = swap;
    work->is_changed = true;
    return true;
}

/* The stimulus without phases [first, end) becomes the candidate. */
static bool leave_out(struct work *work, size_t first, size_t end)
{
    if (!timeline_copy_without(&work->candidate, &work->shrink->timeline, first, end)) {
        work->is_short = true;
        return false;
    }
    return true;
}

static bool take_phase(struct work *work, size_t index, const struct phase *phase)
{
    if (!leave_out(work, 0, 0)) {
        return false;
    }
    work->candidate.phases[index] = *phase;
    return take_candidate(work);
}

/* --- fewer phases --- */

/* Leaves phases [first, end) out. */
static bool take_without(struct work *work, size_t first, size_t end)
{
    return leave_out(work, first, end) && take_candidate(work);
}

/* Leaves only the time of phases [first, end), for what needs nothing else. */
static bool take_time_of(struct work *work, size_t first, size_t end, bool is_ready)
{
    const struct timeline *const timeline = &work->shrink->timeline;
    struct phase wait = {.kind = PHASE_IDLE, .is_ready = is_ready};
    bool is_wait = true;

    for (size_t i = first; i < end; i++) {
        const struct phase *const phase = &timeline->phases[i];

        wait.cycles += phase->played_cycles;
        is_wait &= phase->kind == PHASE_IDLE && (is_ready <= phase->is_ready);
    }
    if (is_wait || wait.cycles == 0 || !leave_out(work, first + 1, end)) {
        return false;
    }
    work->candidate.phases[first] = wait;
    return take_candidate(work);
}

static bool take_as_wait(struct work *work, size_t first, size_t end)
{
    return take_time_of(work, first, end, true);
}

/* A request that is there only because the receiver is not ready meanwhile. */
static bool take_as_stall(struct work *work, size_t first, size_t end)
{
    bool is_request = true;

    for (size_t i = first; i < end; i++) {
        is_request &= work->shrink->timeline.phases[i].kind == PHASE_REQUEST;
    }
    return is_request && take_time_of(work, first, end, false);
}

/* In chunks of half of all, a quarter, ... down to one. The reset at the beginning stays. */
static void take_chunks(struct work *work, bool (*take)(struct work *, size_t, size_t))
{
    const struct timeline *const timeline = &work->shrink->timeline;

    for (size_t size = timeline->count / 2 + 1; size > 0; size /= 2) {
        for (size_t first = 1; first < timeline->count;) {
            const size_t end = size < timeline->count - first ? first + size : timeline->count;

            if (!take(work, first, end)) {
                first = end;
            } else if (take != take_without) {
                first++;
            }
        }
    }
}

/* --- smaller phases --- */

/* A try may cut the timeline, or join waits: what was at an index may be gone. */
static bool is_at(const struct work *work, size_t index, enum phase_kind kind)
{
    const struct timeline *const timeline = &work->shrink->timeline;

    return index < timeline->count && timeline->phases[index].kind == kind;
}

static uint64_t *number_at(struct phase *phase, size_t offset)
{
    return (uint64_t *)(void *)((char *)phase + offset);
}

/* The smallest number of cycles, if what fails goes on failing below what fails. */
static void shorten(struct work *work, size_t index, size_t offset, uint64_t least)
{
    const struct timeline *const timeline = &work->shrink->timeline;
    const enum phase_kind kind = timeline->phases[index].kind;
    uint64_t step = UINT64_MAX;

    while (step > 0 && is_at(work, index, kind)) {
        struct phase phase = timeline->phases[index];
        uint64_t *const cycles = number_at(&phase, offset);

        if (*cycles <= least) {
            return;
        }
        if (step > *cycles - least) {
            step = *cycles - least;
        }
        *cycles -= step;
        if (!take_phase(work, index, &phase)) {
            step /= 2;
        }
    }
}

/* Clears what bits of a number can be cleared, all at once or one by one from the highest. */
static void clear_bits(struct work *work, size_t index, size_t offset)
{
    const struct timeline *const timeline = &work->shrink->timeline;
    struct phase phase = timeline->phases[index];

    if (*number_at(&phase, offset) == 0) {
        return;
    }
    *number_at(&phase, offset) = 0;
    if (take_phase(work, index, &phase)) {
        return;
    }
    for (unsigned bit = 64; bit-- > 0 && is_at(work, index, PHASE_REQUEST);) {
        phase = timeline->phases[index];
        if (*number_at(&phase, offset) >> bit & 1) {
            *number_at(&phase, offset) &= ~(UINT64_C(1) << bit);
            take_phase(work, index, &phase);
        }
    }
}

static void set_byte(struct work *work, size_t index, size_t offset, uint8_t value)
{
    struct phase phase = work->shrink->timeline.phases[index];

    if (*((uint8_t *)&phase + offset) != value) {
        *((uint8_t *)&phase + offset) = value;
        take_phase(work, index, &phase);
    }
}

static void simplify_request(struct work *work, size_t index)
{
    static const size_t numbers[] = {
        offsetof(struct phase, stall_bits),
        offsetof(struct phase, request.wdata),
        offsetof(struct phase, request.addr),
    };
    static const size_t bytes[] = {
        offsetof(struct phase, request.access),
        offsetof(struct phase, request.segment),
    };

    shorten(work, index, offsetof(struct phase, stall_cycles), 0);
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (is_at(work, index, PHASE_REQUEST)) {
            clear_bits(work, index, numbers[i]);
        }
    }
    for (unsigned i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
        if (is_at(work, index, PHASE_REQUEST)) {
            set_byte(work, index, bytes[i], 0);
        }
    }
    /* What the operation does not use is 0; of what it asks for one byte is the least. */
    if (is_at(work, index, PHASE_REQUEST)) {
        const bool translates = work->shrink->timeline.phases[index].request.op == MMU_OP_TRANSLATE;

        set_byte(work, index, offsetof(struct phase, request.bytes), translates ? 1 : 0);
        if (translates && is_at(work, index, PHASE_REQUEST)) {
            set_byte(work, index, offsetof(struct phase, request.reg), 0);
        }
    }
}

static void simplify_wait(struct work *work, size_t index, enum phase_kind kind)
{
    struct phase phase;

    shorten(work, index, offsetof(struct phase, cycles), 1);
    if (is_at(work, index, kind) && work->shrink->timeline.phases[index].has_offer) {
        phase = work->shrink->timeline.phases[index];
        phase.has_offer = false;
        take_phase(work, index, &phase);
    }
    if (is_at(work, index, kind) && !work->shrink->timeline.phases[index].is_ready) {
        phase = work->shrink->timeline.phases[index];
        phase.is_ready = true;
        take_phase(work, index, &phase);
    }
}

static void simplify_all(struct work *work)
{
    const struct timeline *const timeline = &work->shrink->timeline;

    for (size_t i = 0; i < timeline->count; i++) {
        if (timeline->phases[i].kind == PHASE_REQUEST) {
            simplify_request(work, i);
        } else {
            simplify_wait(work, i, timeline->phases[i].kind);
        }
    }
}

/* --- the whole --- */

/* The stimulus as phases begins with a reset, and fails as wanted: best without noise, else with
 * the noise that it came with, or another. */
static bool begin(struct work *work)
{
    enum { OTHER_NOISE = 8 };
    struct shrink *const shrink = work->shrink;
    const uint64_t own_noise = shrink->noise_seed;

    for (uint64_t other = 0; other <= OTHER_NOISE + 1; other++) {
        shrink->noise_seed = other == 0 ? 0 : other == 1 ? own_noise : other - 1;
        if (leave_out(work, 0, 0) && take_candidate(work)) {
            return true;
        }
    }
    shrink->noise_seed = own_noise;
    return false;
}

static void reduce(struct work *work)
{
    do {
        work->is_changed = false;
        take_chunks(work, take_without);
        take_chunks(work, take_as_wait);
        take_chunks(work, take_as_stall);
        simplify_all(work);
    } while (work->is_changed);
}

bool shrink_run(struct shrink *shrink, struct error *error)
{
    struct work *const work = calloc(1, sizeof(*work));
    bool has_begun = false, is_short = true;

    shrink->tries = 0;
    shrink->cycles = 0;
    shrink->is_exhausted = false;
    if (work != NULL) {
        work->shrink = shrink;
        has_begun = work->has_begun = begin(work);
        if (has_begun) {
            reduce(work);
        }
        is_short = work->is_short;
        timeline_free(&work->candidate);
        free(work);
    }
    if (is_short) {
        return error_set(error, "not made small: out of memory, or the DUT does not start");
    }
    if (!has_begun) {
        return error_set(error, "not made small: %s",
                         shrink->is_exhausted
                             ? "the budget is less than it takes to repeat the disagreement"
                             : "the disagreement does not come again with other unused inputs");
    }
    return true;
}

bool shrink_play(struct shrink *shrink, struct trial *trial, const char *path, const char *command,
                 uint64_t seed, struct error *error)
{
    const struct timeline_manner manner = manner_of(shrink, false);
    struct signature signature;

    if (!trial_begin(&trial->bench, &trial->transaction, &shrink->setup, error)) {
        return false;
    }
    shrink->timeline.seed = seed;
    if (path == NULL) {
        timeline_play(&shrink->timeline, &trial->bench, &manner);
    } else if (!timeline_record(&shrink->timeline, &trial->bench, &manner, path, command, error)) {
        return false;
    }
    if (trial->bench.verdict != TESTBENCH_AGREED) {
        signature_of(&trial->bench, &signature);
    }
    return (trial->bench.verdict != TESTBENCH_AGREED &&
            signatures_equal(&signature, &shrink->signature)) ||
           error_set(error, "the small stimulus does not fail in the same way the second time");
}
