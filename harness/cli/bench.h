/* SPDX-License-Identifier: MIT */
/* The figures of `segmmu bench`: each a rate beside the rate of its limit, both measured in turn in
 * the same run, so that a noisy machine disturbs both alike. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "lockstep/testbench.h"
#include "os/supervisor.h"

/* One figure. */
struct bench_row {
    const char *figure; /* what was measured, against what */
    const char *unit;   /* of both rates */
    double measured;    /* median of the rounds */
    double limit;       /* likewise */
    double ratio;       /* median of the rounds' ratios */
    double at_least;    /* what the README promises */
};

enum { BENCH_MAX_ROUNDS = 101 };

/* Seconds of the monotonic clock. */
double bench_now(void);

/* Calls both functions in turn, `rounds` times; each returns a rate, or a negative number on
 * failure. False on failure. */
bool bench_compare(double (*measured)(void *), double (*limit)(void *), void *context,
                   unsigned rounds, struct bench_row *row);

/* Rows are appended at *count. */
struct bench_table {
    struct bench_row rows[24];
    unsigned count;
    unsigned rounds; /* of each figure */
};
void bench_add(struct bench_table *table, const struct bench_row *row);

/* MMU alone: RTL, model, lockstep, batch translation (bench_mmu.c). */
bool bench_mmu(struct bench_table *table, const struct machine *machine, struct error *error);

/* `segmmu check` as a whole, with two jobs against one (bench_check.c). */
bool bench_check(struct bench_table *table, const struct machine *machine, struct error *error);

/* A guest program for measuring; it must end by itself and print nothing. */
struct bench_guest {
    enum guest_isa isa;
    const struct machine *machine;
    char **argv;                       /* program and arguments, NULL-terminated */
    struct supervisor_program program; /* of these */
    uint64_t lockstep_instructions;    /* how much of it the clocked engines run */
};

/* The guest on each engine against its limit (bench_guest.c). */
bool bench_guest(struct bench_table *table, const struct bench_guest *guest, struct error *error);

/* Largest resident memory of `segmmu run` on 1/10 of the instructions against all of them, by
 * processes of its own (bench_memory.c). */
bool bench_memory(struct bench_table *table, const struct bench_guest *guest, uint64_t instructions,
                  struct error *error);

/* 256 processes of the guest that take turns of 1,000 instructions, for so many in all: what the
 * supervisor takes of the host's time, and the processes of its memory (bench_processes.c). */
bool bench_processes(struct bench_table *table, const struct bench_guest *guest,
                     uint64_t instructions, struct error *error);

#endif
