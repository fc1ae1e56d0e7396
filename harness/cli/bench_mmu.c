/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "cli/bench.h"
#include "source/timing.h"

enum { CYCLES = 1 << 16, REPEATS = 16, REQUESTS = 1000000 };

struct mmu_bench {
    struct mmu_in *in; /* of CYCLES clocks, from a reset on, replayed again and again */
    struct dut_library *fast, *baseline;
    void *fast_dut, *baseline_dut;
    struct mmu model;
    struct testbench bench;
    struct mmu_request *requests;
    struct mmu_response *responses;
};

/* Where the segments of the stream lie: up to four of 1 MB, as far as the machine has them. */
struct stream_layout {
    uint64_t segment_count;
    uint64_t size_bytes; /* of each */
    uint64_t span;
    bool is_named;
};

static struct stream_layout layout_of(const struct mmu_config *config)
{
    const uint64_t span = mmu_span(config);
    const uint64_t physical = UINT64_C(1) << config->pa_w;
    const uint64_t most = span < physical ? span : physical;

    return (struct stream_layout){
        .segment_count = mmu_segment_count(config) < 4 ? mmu_segment_count(config) : 4,
        .size_bytes = most < (1 << 20) ? most : 1 << 20,
        .span = span,
        .is_named = config->select == MMU_SELECT_NAMED,
    };
}

static struct stream_record register_write(uint8_t reg, uint64_t value)
{
    return (struct stream_record){
        .addr = value,
        .op = MMU_OP_WRITE_REGISTER,
        .access = STREAM_ACCESS_PRIV,
        .reg = reg,
    };
}

/* Two fetches for each load or store, all of them admitted. */
static struct stream_record random_access(const struct stream_layout *layout,
                                          struct random_source *random)
{
    const uint64_t segment = random_below(random, layout->segment_count);
    const uint64_t offset = random_below(random, layout->size_bytes - 16);

    return (struct stream_record){
        .addr = layout->is_named ? offset : segment * layout->span + offset,
        .bytes = (uint8_t)(1u << random_below(random, 4)),
        .access =
            (uint8_t)(random_chance(random, 2, 3) ? MMU_ACCESS_EXECUTE : random_below(random, 2)),
        .segment = (uint8_t)(layout->is_named ? segment : 0),
    };
}

static void capture(void *context, uint64_t cycle, enum cycle_class cycle_class,
                    const struct mmu_in *in, const struct mmu_out *out, unsigned in_flight)
{
    struct mmu_bench *const bench = context;

    (void)cycle_class;
    (void)out;
    (void)in_flight;
    if (cycle < CYCLES) {
        bench->in[cycle] = *in;
    }
}

/* Sends a request, with the answer that it will get. */
static bool send(struct timing *timing, struct mmu_regs *regs, struct stream_record record)
{
    const bool is_translate = record.op == MMU_OP_TRANSLATE;
    const struct mmu_request request = {
        .addr = is_translate ? record.addr : 0,
        .wdata = is_translate ? 0 : record.addr,
        .op = record.op,
        .bytes = record.bytes,
        .access = record.access & 3,
        .priv = (record.access & STREAM_ACCESS_PRIV) != 0,
        .segment = record.segment,
        .reg = record.reg,
    };
    const struct mmu_response response = mmu_execute(&timing->machine->mmu, regs, &request);

    record.answer = response.addr;
    record.fault = response.fault;
    return timing_run(timing, &record, 1);
}

/* The inputs of CYCLES clocks as the machine's CPU and memory would give them. */
static bool record_stream(struct mmu_bench *bench, const struct machine *machine,
                          struct error *error)
{
    const struct stream_layout layout = layout_of(&machine->mmu);
    const struct sink sink = {.context = bench, .cycle = capture};
    struct random_source random = {1};
    struct mmu_regs regs = {0};
    struct testbench recorder;
    struct timing timing;
    bool is_sent;

    if (!testbench_init(&recorder, ENGINE_MODEL, machine, NULL, NULL, error)) {
        return false;
    }
    testbench_add_sink(&recorder, &sink);
    is_sent = timing_init(&timing, &recorder, machine);
    for (unsigned s = 0; is_sent && s < layout.segment_count; s++) {
        const uint64_t base = s * layout.size_bytes % (UINT64_C(1) << machine->mmu.pa_w);
        const uint64_t flags = MMU_FLAGS_ALL & ~MMU_FLAG_GROWS_DOWN;

        is_sent = send(&timing, &regs, register_write(MMU_REG_BASE(s), base)) &&
                  send(&timing, &regs, register_write(MMU_REG_SIZE(s), layout.size_bytes)) &&
                  send(&timing, &regs, register_write(MMU_REG_FLAGS(s), flags));
    }
    while (is_sent && recorder.cycle < CYCLES) {
        is_sent = send(&timing, &regs, random_access(&layout, &random));
    }
    for (unsigned i = 0; i < REQUESTS; i++) {
        const struct stream_record access = random_access(&layout, &random);

        bench->requests[i] = (struct mmu_request){.addr = access.addr,
                                                  .bytes = access.bytes,
                                                  .access = access.access,
                                                  .segment = access.segment};
    }
    testbench_end(&recorder);
    return is_sent || error_set(error, "%s: the model is at odds with itself", machine->name);
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
    return record_stream(bench, machine, error);
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
