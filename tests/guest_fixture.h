/* SPDX-License-Identifier: MIT */
/* A small machine for tests of the CPU: code, data and stack in segments 0, 1 and 3, at physical
 * bases of any alignment. */
#ifndef TESTS_GUEST_FIXTURE_H
#define TESTS_GUEST_FIXTURE_H

#include <pthread.h>

#include "source/guest.h"

enum {
    FIXTURE_CODE = 0x0,
    FIXTURE_CODE_BYTES = 0x4000,
    FIXTURE_DATA = 0x40000000,
    FIXTURE_DATA_BYTES = 0x8000,
    FIXTURE_STACK_BYTES = 0x4000,
    FIXTURE_RAM_BYTES = 0x40000,
};
#define FIXTURE_STACK_TOP UINT32_C(0xfffffff0)

enum fixture_stream {
    FIXTURE_RECORDED,    /* nobody consumes: short programs, records to look at */
    FIXTURE_DISCARDED,   /* as with the engine translate */
    FIXTURE_SYNCHRONOUS, /* a thread answers, and refuses what it is told to */
};

struct fixture {
    struct target *target;
    struct guest *guest;
    uint64_t base_offset;
    uint64_t max_steps;
    uint64_t first_record; /* of the guest's, after those that set up the segments */
    /* FIXTURE_SYNCHRONOUS */
    pthread_t thread;
    bool has_thread;
    _Atomic uint32_t stop;
    struct mmu_regs regs;
    _Atomic uint64_t seen;          /* guest's requests so far */
    _Atomic uint64_t refuse_at;     /* the request with this number is refused; 0: none */
    _Atomic uint32_t refuse_one_in; /* a random choice; 0: none */
    _Atomic uint64_t shift_fetches; /* added to the physical address of each admitted fetch */
    uint32_t random;
};

struct fixture_options {
    enum guest_isa isa;
    enum fixture_stream stream;
    uint64_t base_offset; /* added to the physical bases */
    uint64_t max_steps;   /* of every resume */
    uint8_t code_flags;   /* besides present, read, execute */
    uint8_t data_flags;   /* besides present, read, write */
    bool named;           /* code and data are segments 0 and 1 by name, both from virtual 0 */
    bool bare;
};

void fixture_open(struct fixture *fixture, const struct fixture_options *options);
void fixture_close(struct fixture *fixture);

/* Sends a supervisor's register write, which must be admitted. */
void fixture_write_register(struct fixture *fixture, uint8_t reg, uint64_t value);
/* The byte of physical memory at a virtual address of the fixture's segments. */
uint8_t *fixture_at(struct fixture *fixture, uint32_t vaddr);
void fixture_put(struct fixture *fixture, uint32_t vaddr, const void *bytes, size_t count);
uint32_t fixture_word(struct fixture *fixture, uint32_t vaddr);

/* Resumes, and fails the test when the event is not of this kind. */
struct guest_event fixture_expect(struct fixture *fixture, enum guest_event_kind kind);
/* Resumes over every fault until something else happens. */
struct guest_event fixture_resume_over_faults(struct fixture *fixture, unsigned *faults);

/* The guest's records as text, one a line, such as "X 1000 2", "W 40000000 4 limit", "squash 3". */
char *fixture_records(struct fixture *fixture);

#endif
