/* SPDX-License-Identifier: MIT */
/* Recordings for the tests of traces: generated stimulus on the model, recorded to a file, with
 * every cycle kept beside it as the truth. */
#ifndef TESTS_RECORDING_H
#define TESTS_RECORDING_H

#include "lockstep/testbench.h"
#include "sink/trace.h"

struct recording {
    struct machine machine;
    struct testbench bench;
    struct trace_header header;
    struct testbench_cycle *cycles;
    uint64_t *squashes; /* before each cycle, 0 for none */
    uint64_t cycle_count;
};

/* The named configurations of the specification, section 6, then one of each extreme. */
extern const struct mmu_config recording_configs[];
extern const unsigned recording_config_count;

/* Records `cycles` cycles to `path`, in frames of at most `frame_records` records. Asserts that all
 * of it works. End with recording_free. */
void recording_make(struct recording *recording, const struct mmu_config *config, uint64_t seed,
                    uint64_t cycles, unsigned frame_records, const char *path);
void recording_free(struct recording *recording);

/* Field by field. */
bool inputs_equal(const struct mmu_in *one, const struct mmu_in *other);

/* A path in the test's own directory; static, overwritten by the call after the next. */
const char *recording_path(const char *name);

/* The whole of a file, malloc'ed; and the reverse. */
uint8_t *read_whole(const char *path, size_t *length);
void write_whole(const char *path, const void *bytes, size_t length);

#endif
