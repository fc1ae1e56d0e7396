/* SPDX-License-Identifier: MIT */
#include "sink/memory_log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Chunks never move: one thread may stamp while another appends. */
enum { CHUNK = 4096, CHUNKS = (MEMORY_LOG_EVENTS + CHUNK - 1) / CHUNK };

struct memory_log {
    uint64_t memory_bytes;
    struct memory_event *events[CHUNKS];
    uint32_t event_count;
    uint64_t left_out;
    struct memory_region *regions[CHUNKS]; /* no more than events */
    uint32_t region_count;
};

static const char *const change_names[] = {
#define X(constant, name) [constant] = (name),
    MEMORY_CHANGE_LIST(X)
#undef X
};

const char *memory_change_name(enum memory_change change)
{
    return change_names[change];
}

struct memory_log *memory_log_new(uint64_t memory_bytes)
{
    struct memory_log *const log = calloc(1, sizeof(*log));

    assert(memory_bytes > 0);
    if (log != NULL) {
        log->memory_bytes = memory_bytes;
    }
    return log;
}

void memory_log_free(struct memory_log *log)
{
    if (log == NULL) {
        return;
    }
    for (unsigned i = 0; i < CHUNKS; i++) {
        free(log->events[i]);
        free(log->regions[i]);
    }
    free(log);
}

static void copy_name(char to[MEMORY_LOG_NAME_SIZE], const char *from)
{
    unsigned length = 0;

    for (; length < MEMORY_LOG_NAME_SIZE - 1 && from[length] != '\0'; length++) {
        to[length] = from[length];
        if (to[length] < ' ' || to[length] > '~') {
            to[length] = '?';
        }
    }
    to[length] = '\0';
}

uint32_t memory_log_region(struct memory_log *log, uint32_t process, const char *name)
{
    struct memory_region **chunk;
    struct memory_region *region;

    if (log->region_count == MEMORY_LOG_EVENTS) {
        return MEMORY_LOG_NO_REGION;
    }
    chunk = &log->regions[log->region_count / CHUNK];
    if (*chunk == NULL) {
        *chunk = calloc(CHUNK, sizeof(**chunk));
        if (*chunk == NULL) {
            return MEMORY_LOG_NO_REGION;
        }
    }
    region = &(*chunk)[log->region_count % CHUNK];
    region->process = process;
    copy_name(region->name, name);
    return log->region_count++;
}

void memory_log_grows_down(struct memory_log *log, uint32_t region)
{
    if (region < log->region_count) {
        log->regions[region / CHUNK][region % CHUNK].grows_down = true;
    }
}

void memory_log_share(struct memory_log *log, uint32_t region)
{
    if (region < log->region_count) {
        log->regions[region / CHUNK][region % CHUNK].process = MEMORY_SHARED;
    }
}

static uint32_t append(struct memory_log *log, const struct memory_event *event)
{
    struct memory_event **chunk;

    /* Once one is missing the picture would be wrong from there on. */
    if (log->left_out > 0 || log->event_count == MEMORY_LOG_EVENTS ||
        event->region >= log->region_count) {
        log->left_out++;
        return 0;
    }
    chunk = &log->events[log->event_count / CHUNK];
    if (*chunk == NULL) {
        *chunk = malloc(CHUNK * sizeof(**chunk));
        if (*chunk == NULL) {
            log->left_out++;
            return 0;
        }
    }
    (*chunk)[log->event_count % CHUNK] = *event;
    return ++log->event_count;
}

uint32_t memory_log_place(struct memory_log *log, uint32_t region, enum memory_change change,
                          uint64_t address, uint64_t reserved_bytes, uint64_t size_bytes,
                          const struct memory_log_figures *after)
{
    assert(change <= MEMORY_SWAPPED_IN);
    return append(log, &(struct memory_event){.cycle = MEMORY_LOG_UNSTAMPED,
                                              .address = address,
                                              .reserved_bytes = reserved_bytes,
                                              .size_bytes = size_bytes,
                                              .after = *after,
                                              .region = region,
                                              .change = change});
}

uint32_t memory_log_remove(struct memory_log *log, uint32_t region, enum memory_change change,
                           const struct memory_log_figures *after)
{
    assert(change > MEMORY_SWAPPED_IN);
    return append(log, &(struct memory_event){.cycle = MEMORY_LOG_UNSTAMPED,
                                              .after = *after,
                                              .region = region,
                                              .change = change});
}

static struct memory_event *event_at(const struct memory_log *log, uint32_t event)
{
    return &log->events[(event - 1) / CHUNK][(event - 1) % CHUNK];
}

/* Looks at nothing that the appender may be changing. */
void memory_log_stamp(struct memory_log *log, uint32_t event, uint64_t cycle)
{
    if (event != 0) {
        event_at(log, event)->cycle = cycle;
    }
}

static void on_marked(void *context, uint64_t cycle, uint64_t account, uint64_t event)
{
    (void)account;
    memory_log_stamp(context, (uint32_t)event, cycle);
}

struct sink memory_log_sink(struct memory_log *log)
{
    return (struct sink){.context = log, .marked = on_marked};
}

uint64_t memory_log_bytes(const struct memory_log *log)
{
    return log->memory_bytes;
}

uint32_t memory_log_count(const struct memory_log *log)
{
    return log->event_count;
}

uint64_t memory_log_left_out(const struct memory_log *log)
{
    return log->left_out;
}

const struct memory_event *memory_log_event(const struct memory_log *log, uint32_t event)
{
    return event_at(log, event);
}

const struct memory_region *memory_log_region_at(const struct memory_log *log, uint32_t region)
{
    return &log->regions[region / CHUNK][region % CHUNK];
}

uint32_t memory_log_regions(const struct memory_log *log)
{
    return log->region_count;
}
