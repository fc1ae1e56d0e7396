/* SPDX-License-Identifier: MIT */
#include "sink/memory_history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An event without a stamp came before the next one with a stamp, and before the end. */
static void resolve_cycles(struct memory_history *history, uint32_t count)
{
    uint64_t later = UINT64_MAX;
    uint64_t last = 0;

    for (uint32_t i = count; i-- > 0;) {
        const uint64_t cycle = memory_log_event(history->log, i + 1)->cycle;

        later = cycle != MEMORY_LOG_UNSTAMPED ? cycle : later;
        history->event_cycles[i] = later;
        if (later != UINT64_MAX && later > last) {
            last = later;
        }
    }
    if (memory_log_left_out(history->log) > 0 || last > history->end_cycle) {
        history->end_cycle = last;
    }
    last = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (history->event_cycles[i] == UINT64_MAX) {
            history->event_cycles[i] = history->end_cycle;
        }
        if (history->event_cycles[i] < last) {
            history->event_cycles[i] = last;
        }
        last = history->event_cycles[i];
    }
}

/* Ends the stay that the region is in, if it is in one. Returns where that was. */
static uint64_t end_stay(struct memory_history *history, size_t *open,
                         const struct memory_event *event, uint64_t cycle)
{
    struct memory_stay *stay;

    if (*open == SIZE_MAX) {
        return event->address;
    }
    stay = &history->stays[*open];
    stay->to_cycle = cycle;
    stay->ended = (uint8_t)event->change;
    *open = SIZE_MAX;
    return stay->address;
}

static void add_stays(struct memory_history *history, uint32_t count, size_t *open)
{
    uint64_t high = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct memory_event *const event = memory_log_event(history->log, i + 1);
        const uint64_t cycle = history->event_cycles[i];
        const uint64_t old_address = end_stay(history, &open[event->region], event, cycle);

        if (event->change <= MEMORY_SWAPPED_IN) {
            open[event->region] = history->stay_count;
            history->stays[history->stay_count++] = (struct memory_stay){
                .from_cycle = cycle,
                .to_cycle = history->end_cycle,
                .address = event->address,
                .reserved_bytes = event->reserved_bytes,
                .size_bytes = event->size_bytes,
                .old_address = old_address,
                .region = event->region,
                .began = (uint8_t)event->change,
                .ended = MEMORY_CHANGES,
            };
            if (event->address + event->reserved_bytes > high) {
                high = event->address + event->reserved_bytes;
            }
        }
    }
    history->view_bytes = 64;
    while (history->view_bytes < high && history->view_bytes <= UINT64_MAX / 2) {
        history->view_bytes *= 2;
    }
    if (high == 0 || history->view_bytes > memory_log_bytes(history->log)) {
        history->view_bytes = memory_log_bytes(history->log);
    }
}

bool memory_history_init(struct memory_history *history, const struct memory_log *log,
                         uint64_t end_cycle)
{
    const uint32_t count = memory_log_count(log);
    const uint32_t regions = memory_log_regions(log);
    size_t *const open = malloc((regions + (size_t)1) * sizeof(*open));

    *history = (struct memory_history){
        .log = log,
        .end_cycle = end_cycle,
        .stays = calloc(count + (size_t)1, sizeof(*history->stays)),
        .event_cycles = calloc(count + (size_t)1, sizeof(*history->event_cycles)),
    };
    if (open == NULL || history->stays == NULL || history->event_cycles == NULL) {
        free(open);
        memory_history_free(history);
        return false;
    }
    memset(open, 0xff, (regions + (size_t)1) * sizeof(*open)); /* SIZE_MAX: nowhere */
    resolve_cycles(history, count);
    add_stays(history, count, open);
    free(open);
    return true;
}

void memory_history_free(struct memory_history *history)
{
    free(history->stays);
    free(history->event_cycles);
    history->stays = NULL;
    history->event_cycles = NULL;
}

struct memory_log_figures memory_history_figures(const struct memory_history *history,
                                                 uint64_t cycle, uint32_t *event)
{
    const uint32_t count = memory_log_count(history->log);

    while (*event < count && history->event_cycles[*event] <= cycle) {
        (*event)++;
    }
    if (*event == 0) {
        const uint64_t bytes = memory_log_bytes(history->log);

        return (struct memory_log_figures){
            .free_bytes = bytes, .largest_free_bytes = bytes, .free_blocks = bytes > 0};
    }
    return memory_log_event(history->log, *event)->after;
}

const char *memory_size_text(uint64_t bytes, char text[MEMORY_SIZE_TEXT])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    unsigned unit = 0;

    while (bytes != 0 && bytes % 1024 == 0 && unit < 4) {
        bytes /= 1024;
        unit++;
    }
    snprintf(text, MEMORY_SIZE_TEXT, "%" PRIu64 " %s", bytes, units[unit]);
    return text;
}
