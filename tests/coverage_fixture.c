/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "coverage_fixture.h"

struct bench *bench_new(const struct mmu_config *config)
{
    struct bench *const bench = calloc(1, sizeof(*bench));
    struct error error;
    struct sink sink;

    assert_non_null(bench);
    bench->machine.mmu = *config;
    bench->coverage = coverage_new(config);
    assert_non_null(bench->coverage);
    assert_true(
        testbench_init(&bench->testbench, ENGINE_MODEL, &bench->machine, NULL, NULL, &error));
    sink = coverage_sink(bench->coverage);
    testbench_add_sink(&bench->testbench, &sink);
    bench_clock(bench, NULL, true, true);
    bench_forget(bench);
    return bench;
}

void bench_free(struct bench *bench)
{
    assert_int_equal(bench->coverage->contradicted, 0);
    coverage_free(bench->coverage);
    free(bench);
}

void bench_forget(struct bench *bench)
{
    memset(bench->coverage->hits, 0, bench->coverage->bins.count * sizeof(*bench->coverage->hits));
    bench->coverage->reached_count = 0;
}

const struct mmu_out *bench_clock(struct bench *bench, const struct mmu_request *request,
                                  bool is_ready, bool is_reset)
{
    struct mmu_in in = {.rst = is_reset, .rsp_ready = is_ready, .req_valid = request != NULL};

    if (request != NULL) {
        in.req = *request;
    }
    return testbench_clock(&bench->testbench, &in, NULL);
}

void bench_send(struct bench *bench, struct mmu_request request, unsigned gap)
{
    while (gap-- > 0) {
        bench_clock(bench, NULL, true, false);
    }
    while (!bench_clock(bench, &request, true, false)->req_ready) {
    }
}

void bench_drain(struct bench *bench)
{
    while (bench->testbench.flight_count > 0) {
        bench_clock(bench, NULL, true, false);
    }
}

struct mmu_request write_of(uint8_t reg, uint64_t value)
{
    return (struct mmu_request){.op = MMU_OP_WRITE_REGISTER, .priv = 1, .reg = reg, .wdata = value};
}

struct mmu_request read_of(uint8_t reg)
{
    return (struct mmu_request){.op = MMU_OP_READ_REGISTER, .priv = 1, .reg = reg};
}

struct mmu_request user_at(uint64_t addr, unsigned bytes, unsigned access)
{
    return (struct mmu_request){
        .op = MMU_OP_TRANSLATE, .addr = addr, .bytes = (uint8_t)bytes, .access = (uint8_t)access};
}

bool is_hit(const struct bench *bench, const char *name)
{
    const struct coverage_bins *const bins = &bench->coverage->bins;

    for (unsigned bin = 0; bin < bins->count; bin++) {
        char buffer[COVERAGE_NAME_SIZE];

        if (strcmp(coverage_bin_name(bins, bin, buffer), name) == 0) {
            return bench->coverage->hits[bin] > 0;
        }
    }
    fail_msg("no bin is called \"%s\"", name);
    return false;
}

void expect_only(const struct bench *bench, enum coverage_group group, const char *name)
{
    const struct coverage_bins *const bins = &bench->coverage->bins;
    unsigned count = 0;

    for (unsigned bin = bins->first[group]; bin < bins->first[group + 1]; bin++) {
        char buffer[COVERAGE_NAME_SIZE];

        if (bench->coverage->hits[bin] > 0) {
            assert_string_equal(coverage_bin_name(bins, bin, buffer), name);
            count++;
        }
    }
    assert_int_equal(count, 1);
}

void bench_set_segment(struct bench *bench, unsigned number, uint64_t base, uint64_t size,
                       unsigned flags)
{
    bench_send(bench, write_of(MMU_REG_BASE(number), base), 0);
    bench_send(bench, write_of(MMU_REG_SIZE(number), size), 0);
    bench_send(bench, write_of(MMU_REG_FLAGS(number), flags), 0);
    bench_drain(bench);
    bench_forget(bench);
}
