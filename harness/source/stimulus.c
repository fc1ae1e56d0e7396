/* SPDX-License-Identifier: MIT */
/* The player: gives the steps of a script their time. */
#include "source/stimulus.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "sink/trace.h"

static const struct directed_subject *directed_subject(unsigned index)
{
    if (index < directed_subject_count) {
        return &directed_subjects[index];
    }
    index -= directed_subject_count;
    return index < hazard_subject_count ? &hazard_subjects[index] : NULL;
}

const char *stimulus_directed_name(unsigned index)
{
    const struct directed_subject *subject = directed_subject(index);

    return subject == NULL ? NULL : subject->name;
}

void stimulus_init(struct stimulus *stimulus, const struct mmu_config *config, uint64_t seed)
{
    struct random_source seeds = {.state = seed};

    memset(stimulus, 0, sizeof *stimulus);
    script_init(&stimulus->script, config, random_next(&seeds));
    stimulus->timing.state = random_next(&seeds);
    stimulus->noise_seed = random_next(&seeds) | 1;
    stimulus->seed = seed;
    stimulus->subject = "reset";
    input_limits_init(&stimulus->limits);
    stimulus->ready = (struct ready_pattern){.bits = 1, .length = 1};
    script_reset(&stimulus->script, 1);
}

void stimulus_restart(struct stimulus *stimulus)
{
    stimulus->earlier_cycles += stimulus->cycle;
    stimulus->cycle = 0;
    stimulus->noise_seed = random_next(&stimulus->timing) | 1;
    memset(&stimulus->last, 0, sizeof(stimulus->last));
    stimulus->in_flight = 0;
    stimulus->is_offering = false;
    stimulus->gap_left = 0;
    stimulus->reset_left = 0;
    stimulus->timer_runs = false;
    stimulus->ready = (struct ready_pattern){.bits = 1, .length = 1};
    stimulus->ready_phase = 0;
    script_clear(&stimulus->script);
    script_reset(&stimulus->script, 1);
}

/* Writes the next item of the directed part: the subjects take turns, so that a short run has seen
 * something of each. False when no subject has an item left. */
static bool write_directed(struct stimulus *stimulus)
{
    const struct mmu_config *config = &stimulus->script.config;
    unsigned skipped = 0, count = directed_subject_count + hazard_subject_count;

    while (skipped < count) {
        const struct directed_subject *subject = directed_subject(stimulus->directed_subject);
        unsigned item = stimulus->directed_round;

        if (++stimulus->directed_subject == count) {
            stimulus->directed_subject = 0;
            stimulus->directed_round++;
        }
        if (item < subject->item_count(config)) {
            stimulus->subject = subject->name;
            subject->write(&stimulus->script, item);
            return true;
        }
        skipped++;
    }
    return false;
}

/* --- the crosses of functional coverage --- */

/* The directed subject that reaches what no item of the crosses goes for. */
static const char *const subject_of_group[COVERAGE_GROUPS] = {
    [COVER_NO_SEGMENT] = "address bits",      [COVER_PERMISSION] = "permissions",
    [COVER_BANK] = "contexts in flight",      [COVER_FAULT] = "fault registers",
    [COVER_FAULT_RECORD] = "fault registers", [COVER_SWITCH] = "contexts in flight",
    [COVER_RESET] = "resets in flight",       [COVER_DROPPED] = "resets in flight",
    [COVER_TRAFFIC] = "back-pressure",
};

void stimulus_aim(struct stimulus *stimulus, const struct coverage_bins *bins, unsigned bin)
{
    unsigned at[COVERAGE_DIMENSIONS];

    stimulus->is_aimed = true;
    stimulus->aim_group = coverage_bin_place(bins, bin, at);
    stimulus->has_aim_item = cross_item_of(bins, bin, &stimulus->aim_item);
}

static void write_aimed(struct stimulus *stimulus)
{
    const struct directed_subject *subject;
    unsigned index = 0, items;

    stimulus->is_aimed = false;
    if (stimulus->has_aim_item) {
        stimulus->subject = script_cross(&stimulus->script, stimulus->aim_item);
        return;
    }
    do {
        subject = directed_subject(index++);
        assert(subject != NULL);
    } while (strcmp(subject->name, subject_of_group[stimulus->aim_group]) != 0);
    items = subject->item_count(&stimulus->script.config);
    stimulus->subject = subject->name;
    subject->write(&stimulus->script, (unsigned)random_below(&stimulus->script.random, items));
}

/* Writes what is aimed at, or the next item of the crosses; by turns with random episodes, for
 * which it returns false. */
static bool write_cross(struct stimulus *stimulus)
{
    const unsigned items = cross_item_count(&stimulus->script.config);

    stimulus->is_cross_turn = !stimulus->is_cross_turn;
    if (!stimulus->is_cross_turn) {
        return false;
    }
    if (stimulus->is_aimed) {
        write_aimed(stimulus);
        return true;
    }
    if (stimulus->next_cross < items) {
        const unsigned item = (stimulus->first_cross + stimulus->next_cross++) % items;

        stimulus->subject = script_cross(&stimulus->script, item);
        return true;
    }
    return false;
}

static void refill(struct stimulus *stimulus)
{
    script_clear(&stimulus->script);
    if (!stimulus->directed_done) {
        if (write_directed(stimulus)) {
            return;
        }
        stimulus->directed_done = true;
        stimulus->directed_cycles = stimulus->earlier_cycles + stimulus->cycle;
    }
    if (!write_cross(stimulus)) {
        stimulus->subject = script_random_episode(&stimulus->script);
    }
}

/* What moved in the last cycle. */
static void settle(struct stimulus *stimulus, const struct mmu_out *out)
{
    const struct mmu_in *last = &stimulus->last;

    if (last->rst) {
        stimulus->in_flight = 0;
        stimulus->is_offering = false;
        return;
    }
    if (last->req_valid && out->req_ready) {
        stimulus->in_flight++;
        stimulus->is_offering = false;
    }
    if (out->rsp_valid && last->rsp_ready && stimulus->in_flight > 0) {
        stimulus->in_flight--;
    }
}

/* The time is up: what is left before the next reset is not offered any more. */
static void reset_now(struct stimulus *stimulus)
{
    struct script *script = &stimulus->script;

    while (script->steps[script->next].kind != STEP_RESET) {
        script->next++;
        assert(script->next < script->count);
    }
    stimulus->reset_left = script->steps[script->next++].count;
    stimulus->timer_runs = false;
}

/* Takes steps up to one that needs a cycle of its own. */
static void advance(struct stimulus *stimulus)
{
    struct script *script = &stimulus->script;

    while (!stimulus->is_offering && stimulus->gap_left == 0 && stimulus->reset_left == 0) {
        const struct step *step;

        if (script->next == script->count) {
            refill(stimulus);
        }
        step = &script->steps[script->next];
        switch ((enum step_kind)step->kind) {
        case STEP_REQUEST:
            stimulus->is_offering = true;
            stimulus->offered = step->request;
            stimulus->gap_left = step->count;
            break;
        case STEP_RESET:
            stimulus->reset_left = step->count;
            stimulus->timer_runs = false;
            break;
        case STEP_TIMER:
            stimulus->timer_runs = true;
            stimulus->timer_left = step->count;
            break;
        case STEP_DRAIN:
            if (stimulus->in_flight > 0) {
                return;
            }
            break;
        case STEP_READY:
            stimulus->ready = step->ready;
            stimulus->ready_phase = 0;
            break;
        }
        script->next++;
    }
}

static uint8_t is_receiver_ready(struct stimulus *stimulus)
{
    const struct ready_pattern *ready = &stimulus->ready;

    if (ready->length == 0) {
        return random_chance(&stimulus->timing, ready->chance + 1u, 256);
    }
    if (stimulus->ready_phase >= ready->length) {
        stimulus->ready_phase = 0;
    }
    return ready->bits >> stimulus->ready_phase++ & 1;
}

/* Under reset no beat moves, whatever the handshakes show: they show anything, but for a beat that
 * waits already. */
static void play_reset(struct stimulus *stimulus, struct mmu_in *in)
{
    uint64_t noise = random_next(&stimulus->timing);

    in->rst = 1;
    in->rsp_ready = noise & 1;
    trace_noise(stimulus->noise_seed, stimulus->cycle, in);
    if (stimulus->is_offering && stimulus->gap_left == 0 && stimulus->last.req_valid) {
        in->req_valid = 1;
        in->req = stimulus->offered;
    } else {
        in->req_valid = noise >> 1 & 1;
        if (in->req_valid && (noise >> 2 & 1) != 0) {
            in->req = stimulus->offered; /* noise would hardly ever write a register */
        }
    }
    stimulus->reset_left--;
    stimulus->is_offering = false;
    stimulus->gap_left = 0;
}

static void play(struct stimulus *stimulus, struct mmu_in *in)
{
    in->rsp_ready = is_receiver_ready(stimulus);
    if (stimulus->is_offering && stimulus->gap_left == 0) {
        in->req_valid = 1;
        in->req = stimulus->offered;
    } else {
        trace_noise(stimulus->noise_seed, stimulus->cycle, in);
    }
    if (stimulus->gap_left > 0) {
        stimulus->gap_left--;
    }
}

void stimulus_next(struct stimulus *stimulus, const struct mmu_out *out, struct mmu_in *in)
{
    memset(in, 0, sizeof *in);
    if (out != NULL) {
        settle(stimulus, out);
    }
    if (stimulus->timer_runs && stimulus->timer_left-- == 0) {
        reset_now(stimulus);
    }
    advance(stimulus);
    if (stimulus->reset_left > 0) {
        play_reset(stimulus, in);
    } else {
        play(stimulus, in);
    }
    input_limits_apply(&stimulus->limits, in);
    stimulus->last = *in;
    stimulus->cycle++;
}
