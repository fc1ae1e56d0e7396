/* SPDX-License-Identifier: MIT */
/* A model that is clocked by hand, with coverage attached. */
#ifndef TESTS_COVERAGE_FIXTURE_H
#define TESTS_COVERAGE_FIXTURE_H

#include "sink/coverage.h"

struct bench {
    struct testbench testbench;
    struct machine machine;
    struct coverage *coverage;
};

/* After one cycle of reset, and with nothing hit. */
struct bench *bench_new(const struct mmu_config *config);
void bench_free(struct bench *bench);

/* Forgets what was hit. */
void bench_forget(struct bench *bench);

/* One cycle; `request` may be NULL. */
const struct mmu_out *bench_clock(struct bench *bench, const struct mmu_request *request,
                                  bool is_ready, bool is_reset);
/* Offers a request until it moves, always ready, `gap` idle cycles before. */
void bench_send(struct bench *bench, struct mmu_request request, unsigned gap);
/* Until nothing is in flight. */
void bench_drain(struct bench *bench);

/* Register operations of the supervisor, and a user translation by address. */
struct mmu_request write_of(uint8_t reg, uint64_t value);
struct mmu_request read_of(uint8_t reg);
struct mmu_request user_at(uint64_t addr, unsigned bytes, unsigned access);

/* Writes a segment register, and forgets what was hit. */
void bench_set_segment(struct bench *bench, unsigned number, uint64_t base, uint64_t size,
                       unsigned flags);

/* Exactly one bin of a group was hit, and it has this name. */
void expect_only(const struct bench *bench, enum coverage_group group, const char *name);
bool is_hit(const struct bench *bench, const char *name);

#endif
