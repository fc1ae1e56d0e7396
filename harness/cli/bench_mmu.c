/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "cli/bench.h"

enum { CYCLES = 1 << 16, REPEATS = 16, REQUESTS = 1000000 };

struct mmu_bench {
    struct mmu_in *in; /* CYCLES of a stream, replayed again and again */
    struct dut_library *fast, *baseline;
    void *fast_dut, *baseline_dut;
    struct mmu model;
    struct testbench bench;
    struct mmu_request *requests;
    struct mmu_response *responses;
};

/* A busy pipeline: a fetch in every cycle, or a load or store in between, all of them admitted;
 * four segments of 1 MB, as far as the machine has them. */
static void fill_stream(struct mmu_bench *bench, const struct mmu_config *config)
{
    struct random_source random = {1};
    const uint64_t segment_count = mmu_segment_count(config) < 4 ? mmu_segment_count(config) : 4;
    const uint64_t size = mmu_span(config) < (1 << 20) ? mmu_span(config) : 1 << 20;
    const uint64_t physical = UINT64_C(1) << config->pa_w;
    unsigned cycle = 0;

    bench->in[cycle++] = (struct mmu_in){.rst = 1, .rsp_ready = 1};
    for (unsigned s = 0; s < segment_count; s++) {
        const struct mmu_request writes[] = {
            {.reg = MMU_REG_BASE(s), .wdata = s * size % physical},
            {.reg = MMU_REG_SIZE(s), .wdata = size < physical ? size : physical},
            {.reg = MMU_REG_FLAGS(s), .wdata = MMU_FLAGS_ALL & ~MMU_FLAG_GROWS_DOWN},
        };

        for (unsigned i = 0; i < 3; i++) {
            bench->in[cycle] = (struct mmu_in){.req = writes[i], .req_valid = 1, .rsp_ready = 1};
            bench->in[cycle].req.op = MMU_OP_WRITE_REGISTER;
            bench->in[cycle++].req.priv = 1;
        }
    }
    while (cycle < CYCLES) {
        const uint64_t segment = random_below(&random, segment_count);
        struct mmu_in *const in = &bench->in[cycle++];

        *in = (struct mmu_in){.req_valid = 1, .rsp_ready = 1};
        in->req.addr = random_below(&random, size - 16);
        if (config->select == MMU_SELECT_NAMED) {
            in->req.segment = (uint8_t)segment;
        } else {
            in->req.addr += segment * mmu_span(config);
        }
        in->req.bytes = (uint8_t)(1u << random_below(&random, 4));
        in->req.access =
            (uint8_t)(random_chance(&random, 2, 3) ? MMU_ACCESS_EXECUTE : random_below(&random, 2));
    }
    for (unsigned i = 0; i < REQUESTS; i++) {
        bench->requests[i] = bench->in[16 + i % (CYCLES - 16)].req;
    }
}

static double dut_rate(const struct dut_library *library, void *dut, const struct mmu_in *in)
{
    const double start = bench_now();
    struct mmu_out out;

    for (unsigned repeat = 0; repeat < REPEATS; repeat++) {
        for (unsigned i = 0; i < CYCLES; i++) {
            library->interface->cycle(dut, &in[i], &out);
        }
    }
    return (double)REPEATS * CYCLES / (bench_now() - start);
}

static double fast_rate(void *context)
{
    struct mmu_bench *const bench = context;

    return dut_rate(bench->fast, bench->fast_dut, bench->in);
}

static double baseline_rate(void *context)
{
    struct mmu_bench *const bench = context;

    return dut_rate(bench->baseline, bench->baseline_dut, bench->in);
}

static double model_rate(void *context)
{
    struct mmu_bench *const bench = context;
    const double start = bench_now();
    struct mmu_out out;

    for (unsigned repeat = 0; repeat < REPEATS; repeat++) {
        for (unsigned i = 0; i < CYCLES; i++) {
            mmu_cycle(&bench->model, &bench->in[i], &out);
        }
    }
    return (double)REPEATS * CYCLES / (bench_now() - start);
}

static double lockstep_rate(void *context)
{
    struct mmu_bench *const bench = context;
    const double start = bench_now();

    for (unsigned repeat = 0; repeat < REPEATS; repeat++) {
        for (unsigned i = 0; i < CYCLES; i++) {
            if (testbench_clock(&bench->bench, &bench->in[i], NULL) == NULL) {
                return -1;
            }
        }
    }
    return (double)REPEATS * CYCLES / (bench_now() - start);
}

static double batch_rate(void *context)
{
    struct mmu_bench *const bench = context;
    const double start = bench_now();

    mmu_translate_batch(&bench->model.config, bench->model.state.regs.segment, bench->requests,
                        bench->responses, REQUESTS);
    return REQUESTS / (bench_now() - start);
}

/* What a program would do that checks no rule but one bound: load, add, compare, store. */
static double plain_rate(void *context)
{
    struct mmu_bench *const bench = context;
    const struct mmu_segment segment = bench->model.state.regs.segment[0];
    const uint64_t mask = mmu_span(&bench->model.config) - 1;
    const double start = bench_now();

    for (unsigned i = 0; i < REQUESTS; i++) {
        const uint64_t offset = bench->requests[i].addr & mask;

        bench->responses[i].addr = offset + segment.base;
        bench->responses[i].fault = offset + bench->requests[i].bytes > segment.size;
    }
    __asm__ volatile("" : : "r"(bench->responses) : "memory");
    return REQUESTS / (bench_now() - start);
}

static bool start(struct mmu_bench *bench, const struct machine *machine, struct error *error)
{
    static const struct dut_start dut_start;
    const struct dut_source source = {.config = machine->mmu};

    bench->in = calloc(CYCLES, sizeof(*bench->in));
    bench->requests = calloc(REQUESTS, sizeof(*bench->requests));
    bench->responses = calloc(REQUESTS, sizeof(*bench->responses));
    if (bench->in == NULL || bench->requests == NULL || bench->responses == NULL) {
        return error_set(error, "out of memory");
    }
    bench->fast = dut_library_open(&source, DUT_FAST, error);
    bench->baseline = bench->fast != NULL ? dut_library_open(&source, DUT_BASELINE, error) : NULL;
    if (bench->baseline == NULL ||
        !testbench_init(&bench->bench, ENGINE_LOCKSTEP, machine, bench->fast, NULL, error)) {
        return false;
    }
    bench->fast_dut = bench->fast->interface->start(&dut_start);
    bench->baseline_dut = bench->baseline->interface->start(&dut_start);
    if (bench->fast_dut == NULL || bench->baseline_dut == NULL) {
        return error_set(error, "out of memory");
    }
    mmu_init(&bench->model, &machine->mmu);
    fill_stream(bench, &machine->mmu);
    return true;
}

static void end(struct mmu_bench *bench)
{
    testbench_end(&bench->bench);
    if (bench->fast_dut != NULL) {
        bench->fast->interface->stop(bench->fast_dut);
    }
    if (bench->baseline_dut != NULL) {
        bench->baseline->interface->stop(bench->baseline_dut);
    }
    if (bench->fast != NULL) {
        dut_library_close(bench->fast);
    }
    if (bench->baseline != NULL) {
        dut_library_close(bench->baseline);
    }
    free(bench->in);
    free(bench->requests);
    free(bench->responses);
    free(bench);
}

bool bench_mmu(struct bench_table *table, const struct machine *machine, struct error *error)
{
    static const struct {
        double (*measured)(void *);
        double (*limit)(void *);
        struct bench_row row;
    } figures[] = {
        {fast_rate,
         baseline_rate,
         {"RTL, against Verilator's default flags, two evals", "cycles/s", 0, 0, 0, 1.5}},
        {model_rate, fast_rate, {"cycle model, against that fast RTL", "cycles/s", 0, 0, 0, 2}},
        {lockstep_rate,
         fast_rate,
         {"lockstep replay, against the fast RTL alone", "cycles/s", 0, 0, 0, 0.7}},
        {batch_rate,
         plain_rate,
         {"mmu_translate_batch, against load, add, compare", "requests/s", 0, 0, 0, 0.5}},
    };
    struct mmu_bench *const bench = calloc(1, sizeof(*bench));
    bool is_measured =
        bench != NULL ? start(bench, machine, error) : error_set(error, "out of memory");

    for (unsigned i = 0; is_measured && i < sizeof(figures) / sizeof(figures[0]); i++) {
        struct bench_row row = figures[i].row;

        is_measured =
            bench_compare(figures[i].measured, figures[i].limit, bench, table->rounds, &row) ||
            error_set(error, "%s: model and RTL disagree; run `segmmu check`", machine->name);
        bench_add(table, &row);
    }
    if (bench != NULL) {
        end(bench);
    }
    return is_measured;
}
