/* SPDX-License-Identifier: MIT */
/* Several guests on one target, with different programs at the same virtual addresses, each with a
 * block of physical memory of its own. */
#ifndef TESTS_GUEST_CROWD_H
#define TESTS_GUEST_CROWD_H

#include "source/guest.h"

enum {
    CROWD_MAX = 4,
    CROWD_BLOCK_BYTES = 0x10000,
    CROWD_CODE_BYTES = 0x1000,
    CROWD_DATA_BYTES = 0x2000,
    CROWD_STACK_BYTES = 0x1000,
};

/* What a switch does to the machine. */
enum crowd_mode {
    CROWD_CONTEXTS, /* every guest has a bank of registers of its own */
    CROWD_REWRITE,  /* one bank is written anew */
    CROWD_MOVE,     /* and the guest's memory moves to another place before each turn */
};

struct crowd_options {
    enum guest_isa isa;
    enum crowd_mode mode;
    unsigned count;
    bool recorded; /* nobody consumes: short runs */
};

struct crowd_guest {
    struct guest *guest;
    unsigned slot; /* of physical memory */
    enum guest_event_kind last;
    uint64_t instructions;
    uint64_t steps;
};

struct crowd {
    struct crowd_options options;
    struct target *target;
    struct crowd_guest guests[CROWD_MAX];
    unsigned free_slot;
};

/* Starts guests that run programs number first .. first + count - 1. A program ends with a system
 * call; it runs some thousand steps, on i386 most of them in `rep`. */
void crowd_open(struct crowd *crowd, const struct crowd_options *options, unsigned first);
void crowd_close(struct crowd *crowd);

/* The guest's turn: `quantum` steps (0: no limit), checked to be exact. */
enum guest_event_kind crowd_turn(struct crowd *crowd, unsigned number, uint64_t quantum);
/* Turns in a circle until each guest, but those that are dead, has made its system call. */
void crowd_run(struct crowd *crowd, uint64_t quantum);

/* A guest's block of physical memory. */
uint8_t *crowd_memory(struct crowd *crowd, unsigned number);

#endif
