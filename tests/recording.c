/* SPDX-License-Identifier: MIT */
#include "recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "source/stimulus.h"
#include "unit.h"

const struct mmu_config recording_configs[] = {
    {32, 32, 0, MMU_SELECT_EXPLICIT, 1, 1}, {14, 16, 0, MMU_SELECT_EXPLICIT, 1, 2},
    {14, 16, 2, MMU_SELECT_EXPLICIT, 1, 2}, {16, 20, 1, MMU_SELECT_EXPLICIT, 1, 2},
    {32, 32, 2, MMU_SELECT_EXPLICIT, 2, 2}, {32, 36, 4, MMU_SELECT_EXPLICIT, 1, 3},
    {32, 32, 2, MMU_SELECT_NAMED, 1, 2},    {48, 48, 2, MMU_SELECT_EXPLICIT, 16, 3},
    {6, 6, 4, MMU_SELECT_EXPLICIT, 16, 3},  {6, 48, 0, MMU_SELECT_NAMED, 3, 1},
    {48, 6, 4, MMU_SELECT_NAMED, 16, 3},
};
const unsigned recording_config_count = sizeof(recording_configs) / sizeof(recording_configs[0]);

static void add_sinks(struct recording *recording, struct trace_writer *writer)
{
    const struct sink sink = trace_writer_sink(writer);

    testbench_add_sink(&recording->bench, &sink);
}

/* What a guest would add: a program counter, and now and then a restart. */
static void run(struct recording *recording, struct stimulus *stimulus, uint64_t seed)
{
    struct random_source random = {seed};
    struct offer offer = {0};
    struct mmu_in in = {0};
    const struct mmu_out *out = NULL;

    for (uint64_t cycle = 0; cycle < recording->cycle_count; cycle++) {
        const bool goes_on = cycle > 0 && in.req_valid && !out->req_ready && !in.rst;

        if (cycle > 0 && random_chance(&random, 1, 50)) {
            recording->squashes[cycle] = 1 + random_below(&random, 1000);
            testbench_squash(&recording->bench, recording->squashes[cycle]);
        }
        if (!goes_on) {
            offer.pc = random_chance(&random, 1, 4) ? random_next(&random) : offer.pc + 4;
            offer.supervisor = random_chance(&random, 1, 8);
        }
        stimulus_next(stimulus, out, &in);
        out = testbench_clock(&recording->bench, &in, &offer);
        assert_non_null(out);
        recording->cycles[cycle] = recording->bench.history[cycle % TESTBENCH_HISTORY];
    }
}

void recording_make(struct recording *recording, const struct mmu_config *config, uint64_t seed,
                    uint64_t cycles, unsigned frame_records, const char *path)
{
    struct stimulus stimulus;
    struct trace_writer *writer;
    struct error error;

    memset(recording, 0, sizeof(*recording));
    recording->machine.name = (char *)"recorded";
    recording->machine.mmu = *config;
    recording->machine.memory.ram_bytes = UINT64_C(1) << (config->pa_w < 32 ? config->pa_w : 32);
    recording->cycle_count = cycles;
    recording->cycles = calloc(cycles, sizeof(*recording->cycles));
    recording->squashes = calloc(cycles, sizeof(*recording->squashes));
    stimulus_init(&stimulus, config, seed);
    recording->header = (struct trace_header){
        .machine_yaml = machine_print(&recording->machine),
        .machine_name = recording->machine.name,
        .command = (char *)"segmmu check -m recorded",
        .seed = seed,
        .noise_seed = stimulus.noise_seed,
    };
    assert_true(
        testbench_init(&recording->bench, ENGINE_MODEL, &recording->machine, NULL, NULL, &error));
    writer = trace_writer_open(path, &recording->header, &recording->bench, &error);
    assert_non_null(writer);
    trace_writer_set_frame_records(writer, frame_records);
    add_sinks(recording, writer);
    run(recording, &stimulus, seed);
    assert_true(trace_writer_status(writer, &error));
    assert_true(trace_writer_close(writer, &error));
}

void recording_free(struct recording *recording)
{
    testbench_end(&recording->bench);
    free(recording->header.machine_yaml);
    free(recording->cycles);
    free(recording->squashes);
}

bool inputs_equal(const struct mmu_in *one, const struct mmu_in *other)
{
    return one->rst == other->rst && one->req_valid == other->req_valid &&
           one->rsp_ready == other->rsp_ready && requests_equal(&one->req, &other->req);
}

const char *recording_path(const char *name)
{
    static char paths[2][512];
    static unsigned next;
    char *const path = paths[next++ % 2];

    snprintf(path, sizeof(paths[0]), "%s/trace-%d-%s", SEGMMU_TEST_BINARY_DIR, (int)getpid(), name);
    return path;
}

uint8_t *read_whole(const char *path, size_t *length)
{
    FILE *const file = fopen(path, "rb");
    uint8_t *bytes;

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*length + 1);
    assert_int_equal(fread(bytes, 1, *length, file), *length);
    fclose(file);
    return bytes;
}

void write_whole(const char *path, const void *bytes, size_t length)
{
    FILE *file;

    unlink(path); /* a new file: ext4 waits for the disk when one is written over */
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}
