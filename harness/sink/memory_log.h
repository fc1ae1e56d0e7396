/* SPDX-License-Identifier: MIT */
/* What happened to physical memory, in order: who had which bytes from when to when. The supervisor
 * appends an event and sends its number with a mark of the stream; the sink stamps it with the
 * cycle in which the mark came by. The two work in different threads: an event is stamped only
 * after its number has come through the stream, and the log is read when both have ended.
 *
 * It takes MEMORY_LOG_EVENTS events; those after that are counted and left out. */
#ifndef SINK_MEMORY_LOG_H
#define SINK_MEMORY_LOG_H

#include "lockstep/testbench.h"

enum { MEMORY_LOG_EVENTS = 1000000, MEMORY_LOG_NAME_SIZE = 48 };

#define MEMORY_SHARED (UINT32_MAX - 1)  /* in the place of a process: several have it */
#define MEMORY_LOG_NO_REGION UINT32_MAX /* its events are left out */
#define MEMORY_LOG_UNSTAMPED UINT64_MAX /* in the place of a cycle */

/* X(constant, name) */
#define MEMORY_CHANGE_LIST(X)                                                                      \
    X(MEMORY_NEW, "new")                                                                           \
    X(MEMORY_GREW, "grew")                                                                         \
    X(MEMORY_SHRANK, "shrank")                                                                     \
    X(MEMORY_MOVED, "moved")           /* for growth */                                            \
    X(MEMORY_COMPACTED, "compacted")   /* moved so that free memory is in one piece */             \
    X(MEMORY_SWAPPED_IN, "swapped in") /* the last that places a region */                         \
    X(MEMORY_FREED, "freed")                                                                       \
    X(MEMORY_SWAPPED_OUT, "swapped out")

enum memory_change {
#define X(constant, name) constant,
    MEMORY_CHANGE_LIST(X)
#undef X
        MEMORY_CHANGES
};
const char *memory_change_name(enum memory_change change);

/* Of all of memory, after an event. */
struct memory_log_figures {
    uint64_t free_bytes;
    uint64_t largest_free_bytes;
    uint64_t free_blocks;
    uint64_t asked_bytes; /* of used_bytes, asked for */
    uint64_t used_bytes;  /* reserved */
};

struct memory_event {
    uint64_t cycle; /* or MEMORY_LOG_UNSTAMPED; the stamper's alone */
    /* From here on the region lies at [address, address + reserved_bytes), of which size_bytes were
     * asked for; zeros where it does not lie in memory. */
    uint64_t address, reserved_bytes, size_bytes;
    struct memory_log_figures after;
    uint32_t region;
    uint32_t change; /* enum memory_change */
};

struct memory_region {
    uint32_t process; /* or MEMORY_SHARED, or ACCOUNT_NOBODY */
    bool grows_down;  /* what was asked for is at the high end of what is reserved */
    char name[MEMORY_LOG_NAME_SIZE];
};

struct memory_log;

/* --- the appender --- */

/* Addresses are 0 .. memory_bytes - 1, all free; at least one. NULL when memory ran out. */
struct memory_log *memory_log_new(uint64_t memory_bytes);
void memory_log_free(struct memory_log *log);

/* A region that has no place yet. Of a long name the beginning is kept, and printable ASCII. */
uint32_t memory_log_region(struct memory_log *log, uint32_t process, const char *name);
void memory_log_grows_down(struct memory_log *log, uint32_t region);
/* Several have it from now on; the log does not say since when. */
void memory_log_share(struct memory_log *log, uint32_t region);

/* Both return the event's number for the mark, from 1 on; 0 where it is left out. */
uint32_t memory_log_place(struct memory_log *log, uint32_t region, enum memory_change change,
                          uint64_t address, uint64_t reserved_bytes, uint64_t size_bytes,
                          const struct memory_log_figures *after);
uint32_t memory_log_remove(struct memory_log *log, uint32_t region, enum memory_change change,
                           const struct memory_log_figures *after);

/* --- the stamper --- */

/* Event 0 is none. Those before it that are never stamped happen in its cycle too. */
void memory_log_stamp(struct memory_log *log, uint32_t event, uint64_t cycle);

/* Add it to one testbench: stamps by the marks of the stream. */
struct sink memory_log_sink(struct memory_log *log);

/* --- the reader --- */

uint64_t memory_log_bytes(const struct memory_log *log);
uint32_t memory_log_count(const struct memory_log *log); /* events 1 .. count */
uint64_t memory_log_left_out(const struct memory_log *log);
const struct memory_event *memory_log_event(const struct memory_log *log, uint32_t event);
const struct memory_region *memory_log_region_at(const struct memory_log *log, uint32_t region);
uint32_t memory_log_regions(const struct memory_log *log); /* regions 0 .. count - 1 */

#endif
