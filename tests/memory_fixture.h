/* SPDX-License-Identifier: MIT */
/* Physical memory with processes that have no CPU, beside a naive model of it: every region's bytes
 * are written down apart, and looked for where the segment registers say they are. */
#ifndef TESTS_MEMORY_FIXTURE_H
#define TESTS_MEMORY_FIXTURE_H

#include "os_fixture.h"

enum { WORLD_PROCESSES = 5, WORLD_BANKS = 2, WORLD_SHADOWS = WORLD_PROCESSES * MMU_MAX_SEGMENTS };

enum segment_way { SEGMENT_UP, SEGMENT_DOWN };

/* What a region must hold. Bytes are counted from the end that stays when it grows. */
struct shadow {
    const struct region *region; /* NULL: free */
    uint64_t size_bytes;
    uint8_t *bytes; /* as many as memory has */
};

struct memory_world {
    struct os_world os; /* first */
    struct machine machine;
    struct process process[WORLD_PROCESSES];
    struct guest_cpu cpu;
    struct shadow shadows[WORLD_SHADOWS];
};

/* No clock, WORLD_BANKS contexts of 16 segments. */
void memory_world_open(struct memory_world *world, uint64_t ram_bytes,
                       struct memory_options options);
void memory_world_open_given(struct memory_world *world, uint64_t ram_bytes,
                             struct machine_segment *given, unsigned given_count,
                             struct memory_options options);
void memory_world_close(struct memory_world *world);

/* The next free segment of a process, with a new region. NULL where there is no room. */
struct layout_segment *memory_world_take(struct memory_world *world, unsigned process,
                                         uint64_t size_bytes, enum segment_way way);
/* One that the machine file gives. */
struct layout_segment *memory_world_take_given(struct memory_world *world, unsigned process,
                                               unsigned given);
/* One that lies where another one lies. */
struct layout_segment *memory_world_share(struct memory_world *world, unsigned process,
                                          const struct layout_segment *with);
void memory_world_release(struct memory_world *world, struct layout_segment *segment);
bool memory_world_resize(struct memory_world *world, struct layout_segment *segment,
                         uint64_t size_bytes);

/* Writes bytes that are not zero over all of it, in memory and in the model. */
void memory_world_fill(struct memory_world *world, const struct layout_segment *segment,
                       uint64_t seed);

/* The process is the one that the MMU translates for. */
void memory_world_select(struct memory_world *world, unsigned process);
/* It has no bank any more. */
void memory_world_take_back(struct memory_world *world, unsigned process);

/* To a disk, and back. False where there is no room. */
void memory_world_put_out(struct memory_world *world, struct layout_segment *segment);
bool memory_world_bring_in(struct memory_world *world, struct layout_segment *segment);

/* Everything that must hold, by looking at the whole of memory and at all registers; and
 * memory_check must find so, too. The test fails otherwise. */
void memory_world_check(struct memory_world *world);
/* The first half of it. NULL, or what does not hold. */
const char *memory_world_find_fault(const struct memory_world *world);

#endif
