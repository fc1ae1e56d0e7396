/* SPDX-License-Identifier: MIT */
/* The random part: episodes, each with a traffic shape and a mix of ingredients. */
#include <stddef.h>

#include "source/stimulus_ingredients.h"

/* --- mixes --- */

/* Parts of each ingredient in the mix. */
struct episode {
    const char *name;
    uint8_t weight; /* of being drawn */
    uint8_t parts[INGREDIENTS];
};

static const struct episode episodes[] = {
    {"translations",
     4,
     {[WITH_admitted] = 60,
      [WITH_limit] = 10,
      [WITH_permission] = 6,
      [WITH_privileged] = 6,
      [WITH_layout] = 2,
      [WITH_fault_clear] = 1}},
    {"one violation",
     4,
     {[WITH_admitted] = 10,
      [WITH_not_present] = 8,
      [WITH_limit] = 16,
      [WITH_permission] = 8,
      [WITH_physical] = 8,
      [WITH_unholdable_write] = 6,
      [WITH_user_register] = 4,
      [WITH_reserved] = 2,
      [WITH_fault_read] = 4,
      [WITH_fault_clear] = 6,
      [WITH_layout] = 2}},
    {"registers",
     3,
     {[WITH_write] = 30,
      [WITH_unholdable_write] = 8,
      [WITH_read] = 30,
      [WITH_admitted] = 10,
      [WITH_user_register] = 4,
      [WITH_reserved] = 2,
      [WITH_context] = 4}},
    {"changes of live segments",
     3,
     {[WITH_admitted] = 20,
      [WITH_write] = 20,
      [WITH_layout] = 6,
      [WITH_context] = 6,
      [WITH_read] = 4,
      [WITH_limit] = 4}},
    {"contexts",
     2,
     {[WITH_admitted] = 20,
      [WITH_context] = 12,
      [WITH_layout] = 8,
      [WITH_limit] = 4,
      [WITH_read] = 4}},
    {"all alike",
     2,
     {[WITH_admitted] = 4,
      [WITH_not_present] = 4,
      [WITH_limit] = 4,
      [WITH_permission] = 4,
      [WITH_physical] = 4,
      [WITH_privileged] = 4,
      [WITH_wild] = 4,
      [WITH_write] = 4,
      [WITH_unholdable_write] = 4,
      [WITH_read] = 4,
      [WITH_user_register] = 4,
      [WITH_reserved] = 4,
      [WITH_context] = 4,
      [WITH_layout] = 4,
      [WITH_fault_read] = 4,
      [WITH_fault_clear] = 4,
      [WITH_reset] = 1}},
    {"wild", 1, {[WITH_wild] = 40, [WITH_layout] = 1, [WITH_fault_read] = 2}},
    {"resets",
     1,
     {[WITH_reset] = 4,
      [WITH_layout] = 8,
      [WITH_admitted] = 20,
      [WITH_write] = 6,
      [WITH_read] = 6,
      [WITH_context] = 2,
      [WITH_limit] = 4}},
};
enum { EPISODES = sizeof episodes / sizeof episodes[0] };

const char *random_episode_name(unsigned index)
{
    return index < EPISODES ? episodes[index].name : NULL;
}

static unsigned draw_by_weight(struct random_source *random, const uint8_t *weights, size_t stride,
                               unsigned count)
{
    uint64_t total = 0, drawn;

    for (unsigned i = 0; i < count; i++) {
        total += weights[i * stride];
    }
    drawn = random_below(random, total);
    for (unsigned i = 0; i < count; i++) {
        if (drawn < weights[i * stride]) {
            return i;
        }
        drawn -= weights[i * stride];
    }
    return count - 1;
}

/* --- traffic --- */

static void draw_receiver(struct script *script)
{
    unsigned length = 2 + (unsigned)random_below(&script->random, 7);
    uint64_t noise = random_next(&script->random);

    switch (random_below(&script->random, 8)) {
    case 0: /* toggling */
        script_ready(script, 1 + (noise & 1), 2);
        break;
    case 1:
    case 2: /* a short pattern */
        script_ready(script, (noise & ((UINT64_C(1) << length) - 1)) | 1, length);
        break;
    case 3: /* long stalls, and then long enough without one */
        script_ready(script, (UINT64_C(1) << (12 + (noise & 7))) - 1,
                     32 + (unsigned)(noise >> 3 & 31));
        break;
    case 4:
        script_ready_by_chance(script, (uint8_t)(64 + noise % 192));
        break;
    default:
        script_always_ready(script);
        break;
    }
}

enum sender { SENDER_STEADY, SENDER_SPARSE, SENDER_BUBBLES, SENDER_BURSTS, SENDERS };

static unsigned draw_gap(struct script *script, enum sender sender)
{
    switch (sender) {
    case SENDER_SPARSE:
        return (unsigned)random_below(&script->random, 8);
    case SENDER_BUBBLES:
        return random_chance(&script->random, 1, 3);
    case SENDER_BURSTS:
        return random_chance(&script->random, 1, 12) ? (unsigned)random_below(&script->random, 40)
                                                     : 0;
    default:
        return 0;
    }
}

const char *script_random_episode(struct script *script)
{
    unsigned kind =
        draw_by_weight(&script->random, &episodes[0].weight, sizeof episodes[0], EPISODES);
    unsigned ingredients = 32 + (unsigned)random_below(&script->random, 96);
    enum sender sender = (enum sender)random_below(&script->random, SENDERS + 2) % SENDERS;

    draw_receiver(script);
    for (unsigned i = 0; i < ingredients; i++) {
        script->gap = (uint16_t)draw_gap(script, sender);
        script_ingredient(script,
                          draw_by_weight(&script->random, episodes[kind].parts, 1, INGREDIENTS));
    }
    return episodes[kind].name;
}
