/* SPDX-License-Identifier: MIT */
/* The supervisor's books over a real MMU, without guests: what tests of os/memory, os/banks and
 * os/process start from. */
#ifndef TESTS_OS_FIXTURE_H
#define TESTS_OS_FIXTURE_H

#include "os/process.h"

struct os_world {
    struct target *target;
    struct timesheet *sheet;
    struct memory_log *log;
    struct accounts accounts;
    struct banks banks;
    struct memory memory;
    struct process_services services;
};

/* Where nothing is recorded there is no clock, and as many requests as one likes can be sent. */
enum os_record { OS_DISCARD, OS_RECORD };

void os_world_open(struct os_world *world, const struct machine *machine,
                   const struct memory_options *options, enum os_record record);
/* Frees what processes have in memory, too. */
void os_world_close(struct os_world *world);

/* One process more, with the next number. */
void os_world_add(struct os_world *world, struct process *process);

/* Room for each of its segments that has none, the heap's last; bases follow. False, with those
 * that had room, when there is too little. */
bool os_world_place(struct os_world *world, struct process *process);

/* Makes the process the one that the MMU translates for; its bank. */
unsigned os_world_select(struct os_world *world, struct process *process);

/* The physical address of a byte of a segment, by what its register means (specification). */
uint64_t os_paddr(const struct layout_segment *segment, uint64_t span_bytes, uint64_t offset);

#endif
