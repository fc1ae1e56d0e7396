/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "cli/bench.h"
#include "cli/run_pipeline.h"

/* Requests of the guest that the limits replay. */
enum { CAPTURED_REQUESTS = 1 << 20 };

struct guest_bench {
    const struct bench_guest *guest;
    struct stream_record *records; /* the guest's requests and their answers */
    size_t record_count;
    uint64_t instructions; /* of the guest's whole run */
    struct dut_library *library;
    struct error error;
};

/* One run. Returns the seconds from its first to its last request, or -1. */
static double run_seconds(struct guest_bench *bench, const struct run_options *options,
                          uint64_t *cycles)
{
    struct run *const run = calloc(1, sizeof(*run));
    struct supervisor_result result;
    double seconds = -1;

    if (run == NULL) {
        error_set(&bench->error, "out of memory");
        return -1;
    }
    if (run_open(run, options, &bench->error)) {
        const double start = bench_now();
        const bool is_agreed = run_go(run, &result);

        seconds = bench_now() - start;
        if (!is_agreed ||
            (result.outcome != SUPERVISOR_EXITED && result.outcome != SUPERVISOR_LIMIT)) {
            error_set(&bench->error, "%s: %s %s", options->supervisor.programs[0].path,
                      supervisor_outcome_name(result.outcome), result.message);
            seconds = -1;
        }
        if (!options->supervisor.bare) {
            bench->instructions = result.instructions;
        }
        *cycles = run->bench.cycle;
        supervisor_result_free(&result);
    }
    run_close(run);
    free(run);
    return seconds;
}

static struct run_options options_of(const struct guest_bench *bench, enum engine engine)
{
    return (struct run_options){
        .machine = bench->guest->machine,
        .engine = engine,
        .command = "segmmu bench",
        .supervisor =
            {
                .programs = &bench->guest->program,
                .program_count = 1,
                .seed = 1,
                .max_instructions =
                    engine == ENGINE_TRANSLATE ? 0 : bench->guest->lockstep_instructions,
            },
    };
}

static double translate_rate(void *context)
{
    struct guest_bench *const bench = context;
    const struct run_options options = options_of(bench, ENGINE_TRANSLATE);
    uint64_t cycles = 0;
    const double seconds = run_seconds(bench, &options, &cycles);

    return seconds < 0 ? -1 : (double)bench->instructions / seconds;
}

/* The same program executes the same instructions; only the other run counts them. */
static double bare_rate(void *context)
{
    struct guest_bench *const bench = context;
    struct run_options options = options_of(bench, ENGINE_TRANSLATE);
    uint64_t cycles = 0;
    double seconds;

    options.supervisor.bare = true;
    seconds = run_seconds(bench, &options, &cycles);
    return seconds < 0 ? -1 : (double)bench->instructions / seconds;
}

static double clocked_rate(struct guest_bench *bench, enum engine engine)
{
    const struct run_options options = options_of(bench, engine);
    uint64_t cycles = 0;
    const double seconds = run_seconds(bench, &options, &cycles);

    return seconds < 0 ? -1 : (double)cycles / seconds;
}

static double run_model_rate(void *context)
{
    return clocked_rate(context, ENGINE_MODEL);
}

static double run_lockstep_rate(void *context)
{
    return clocked_rate(context, ENGINE_LOCKSTEP);
}

/* The same requests from memory: no guest, no stream between processes, no figures, no recording.
 */
static double replay_rate(struct guest_bench *bench, enum engine engine)
{
    struct testbench *const testbench = malloc(sizeof(*testbench));
    struct timing timing;
    double rate = -1;
    double start;

    if (testbench == NULL || !testbench_init(testbench, engine, bench->guest->machine,
                                             bench->library, NULL, &bench->error)) {
        free(testbench);
        return -1;
    }
    start = bench_now();
    if (timing_init(&timing, testbench, bench->guest->machine) &&
        timing_run(&timing, bench->records, bench->record_count) && timing_drain(&timing)) {
        rate = (double)testbench->cycle / (bench_now() - start);
    } else {
        error_set(&bench->error, "%s: model and RTL disagree; run `segmmu check`",
                  bench->guest->machine->name);
    }
    testbench_end(testbench);
    free(testbench);
    return rate;
}

static double replay_model_rate(void *context)
{
    return replay_rate(context, ENGINE_MODEL);
}

static double replay_lockstep_rate(void *context)
{
    return replay_rate(context, ENGINE_LOCKSTEP);
}

static void capture(void *context, uint64_t cycle, const struct flight *flight,
                    const struct mmu_response *response)
{
    struct guest_bench *const bench = context;
    const struct mmu_request *const request = &flight->request;
    const bool is_translate = request->op == MMU_OP_TRANSLATE;

    (void)cycle;
    if (bench->record_count == CAPTURED_REQUESTS) {
        return;
    }
    bench->records[bench->record_count++] = (struct stream_record){
        .addr = is_translate ? request->addr : request->wdata,
        .answer = is_translate ? response->addr : response->data,
        .pc = flight->offer.pc,
        .kind = STREAM_REQUEST,
        .flags = flight->offer.supervisor ? STREAM_SUPERVISOR : 0,
        .op = request->op,
        .fault = response->fault,
        .bytes = request->bytes,
        .access = (uint8_t)(request->access | (request->priv ? STREAM_ACCESS_PRIV : 0)),
        .segment = request->segment,
        .reg = request->reg,
    };
}

static bool capture_requests(struct guest_bench *bench)
{
    const struct sink sink = {.context = bench, .completed = capture};
    struct run_options options = options_of(bench, ENGINE_MODEL);
    uint64_t cycles = 0;

    options.sink = &sink;
    bench->records = calloc(CAPTURED_REQUESTS, sizeof(*bench->records));
    if (bench->records == NULL) {
        return error_set(&bench->error, "out of memory");
    }
    return run_seconds(bench, &options, &cycles) >= 0;
}

static bool measure(struct guest_bench *bench, struct bench_table *table)
{
    const bool is_rv32 = bench->guest->isa == GUEST_RV32;
    const struct {
        double (*measured)(void *);
        double (*limit)(void *);
        struct bench_row row;
    } figures[] = {
        {translate_rate,
         bare_rate,
         {is_rv32 ? "RV32 run --engine translate, against empty hooks"
                  : "i386 run --engine translate, against empty hooks",
          "instr./s", 0, 0, 0, is_rv32 ? 0.55 : 0.7}},
        {run_model_rate,
         replay_model_rate,
         {is_rv32 ? "RV32 run --engine model, against the model's replay"
                  : "i386 run --engine model, against the model's replay",
          "cycles/s", 0, 0, 0, 0.7}},
        {run_lockstep_rate,
         replay_lockstep_rate,
         {is_rv32 ? "RV32 run in lockstep, against lockstep replay"
                  : "i386 run in lockstep, against lockstep replay",
          "cycles/s", 0, 0, 0, 0.8}},
    };

    for (unsigned i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        struct bench_row row = figures[i].row;

        if (!bench_compare(figures[i].measured, figures[i].limit, bench, table->rounds, &row)) {
            return false;
        }
        bench_add(table, &row);
    }
    return true;
}

bool bench_guest(struct bench_table *table, const struct bench_guest *guest, struct error *error)
{
    const struct dut_source source = {.config = guest->machine->mmu};
    struct guest_bench bench = {.guest = guest};
    bool is_measured;

    bench.library = dut_library_open(&source, DUT_FAST, &bench.error);
    is_measured = bench.library != NULL && capture_requests(&bench) && measure(&bench, table);
    if (bench.library != NULL) {
        dut_library_close(bench.library);
    }
    free(bench.records);
    return is_measured || error_set(error, "%s", bench.error.text);
}
