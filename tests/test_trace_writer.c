/* SPDX-License-Identifier: MIT */
/* The writer of traces: what it says when it cannot write, what a kill leaves, and the tail that is
 * kept in memory until model and DUT disagree. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/preamble.h"
#include "source/replay.h"

#include "recording.h"

/* --- writing that fails --- */

static struct trace_header test_header(const struct machine *machine)
{
    return (struct trace_header){
        .machine_yaml = machine_print(machine),
        .machine_name = (char *)"unit",
        .command = (char *)"test",
    };
}

static struct machine test_machine(void)
{
    return (struct machine){
        .name = (char *)"unit", .mmu = recording_configs[2], .memory = {.ram_bytes = 65536}};
}

static void writer_to_a_full_disk_says_so(void **state)
{
    struct machine machine = test_machine();
    struct trace_header header = test_header(&machine);
    struct testbench bench;
    struct error error;

    (void)state;
    assert_true(testbench_init(&bench, ENGINE_MODEL, &machine, NULL, NULL, &error));
    assert_null(trace_writer_open("/dev/full", &header, &bench, &error));
    assert_non_null(strstr(error.text, "/dev/full: cannot be written: No space left"));
    assert_null(trace_writer_open("/", &header, &bench, &error));
    assert_non_null(strstr(error.text, "Is a directory"));
    assert_null(trace_writer_open("/no/such/directory/x", &header, &bench, &error));
    free(header.machine_yaml);
}

/* Offers one request that faults (nothing is present), in every cycle. */
static void clock_requests(struct testbench *bench, unsigned cycles)
{
    struct mmu_in in = {.req_valid = 1, .rsp_ready = 1};

    for (unsigned i = 0; i < cycles; i++) {
        in.req.addr = i;
        in.req.bytes = 4;
        testbench_clock(bench, &in, NULL);
    }
}

static void writer_to_a_closed_pipe_says_so_in_the_end(void **state)
{
    struct machine machine = test_machine();
    struct trace_header header = test_header(&machine);
    struct testbench bench;
    struct trace_writer *writer;
    struct sink sink;
    struct error error;
    char path[64];
    int ends[2];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof(path), "/dev/fd/%d", ends[1]);
    assert_true(testbench_init(&bench, ENGINE_MODEL, &machine, NULL, NULL, &error));
    writer = trace_writer_open(path, &header, &bench, &error);
    assert_non_null(writer);
    trace_writer_set_frame_records(writer, 10);
    sink = trace_writer_sink(writer);
    testbench_add_sink(&bench, &sink);
    assert_true(trace_writer_status(writer, &error));
    close(ends[0]);
    clock_requests(&bench, 100);
    assert_false(trace_writer_status(writer, &error));
    assert_false(trace_writer_close(writer, &error));
    assert_non_null(strstr(error.text, "Broken pipe"));
    close(ends[1]);
    free(header.machine_yaml);
}

static void killed_recording_loses_one_frame_at_most(void **state)
{
    const char *const path = recording_path("killed");
    struct machine machine = test_machine();
    struct trace_header header = test_header(&machine);
    uint64_t end_cycle = 0;
    const struct trace_frame *frame;
    struct trace_reader *reader;
    enum trace_read read;
    struct error error;
    int status;
    pid_t child;

    (void)state;
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct testbench bench;
        struct trace_writer *writer;
        struct sink sink;

        testbench_init(&bench, ENGINE_MODEL, &machine, NULL, NULL, &error);
        writer = trace_writer_open(path, &header, &bench, &error);
        trace_writer_set_frame_records(writer, 100);
        sink = trace_writer_sink(writer);
        testbench_add_sink(&bench, &sink);
        clock_requests(&bench, 1050);
        raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    reader = trace_reader_open(path, &error);
    assert_non_null(reader);
    while ((read = trace_reader_next(reader, &frame, &error)) == TRACE_FRAME) {
        end_cycle = frame->end_cycle;
    }
    assert_int_equal(read, TRACE_CUT);
    assert_true(end_cycle >= 1050 - 105);
    assert_true(end_cycle <= 1050);
    trace_reader_close(reader);
    free(header.machine_yaml);
    unlink(path);
}

/* --- the tail: what is kept in memory until model and DUT disagree --- */

enum { PLANTED_CYCLE = 30000 };

static const struct mmu_config *dut_config;

struct wrong_dut {
    struct mmu mmu;
    uint64_t cycle;
};

static void *wrong_start(const struct dut_start *start)
{
    struct wrong_dut *const dut = calloc(1, sizeof(*dut));

    (void)start;
    mmu_init(&dut->mmu, dut_config);
    return dut;
}

static const char *wrong_failure(void *context)
{
    (void)context;
    return NULL;
}

/* From the planted cycle on, physical addresses are off by one. */
static void wrong_cycle(void *context, const struct mmu_in *in, struct mmu_out *out)
{
    struct wrong_dut *const dut = context;

    mmu_cycle(&dut->mmu, in, out);
    if (dut->cycle++ >= PLANTED_CYCLE && out->rsp_valid) {
        out->rsp.addr++;
    }
}

static void tail_holds_the_failing_cycle_and_what_led_to_it(void **state)
{
    static const struct dut_interface interface = {DUT_ABI_VERSION, wrong_start, wrong_cycle,
                                                   wrong_failure,   free,        NULL};
    static struct preamble preamble;
    struct dut_library library = {.interface = &interface, .path = (char *)"wrong"};
    const char *const path = recording_path("tail");
    struct machine machine = test_machine();
    struct trace_header header = test_header(&machine);
    struct recording recording;
    struct testbench bench;
    struct trace_writer *writer;
    struct trace_reader *reader;
    const struct trace_frame *frame;
    struct replay_difference difference;
    struct replay replay;
    struct offer offer;
    struct mmu_in in;
    struct sink sink;
    struct error error;
    uint64_t end_cycle = 0, cycle = 0;
    unsigned frames = 0;
    struct mmu mmu;
    struct mmu_out out;

    (void)state;
    dut_config = &recording_configs[2];
    recording_make(&recording, dut_config, 21, PLANTED_CYCLE + 5000, 65536, path);
    header.noise_seed = recording.header.noise_seed;
    assert_true(testbench_init(&bench, ENGINE_LOCKSTEP, &machine, &library, NULL, &error));
    writer = trace_writer_open_memory(&header, &bench, &error);
    assert_non_null(writer);
    sink = trace_writer_sink(writer);
    testbench_add_sink(&bench, &sink);
    while (cycle < recording.cycle_count &&
           testbench_clock(&bench, &recording.cycles[cycle].in, NULL) != NULL) {
        cycle++;
    }
    assert_int_equal(bench.verdict, TESTBENCH_DISAGREED);
    assert_true(trace_writer_save_tail(writer, path, &error));
    assert_true(trace_writer_close(writer, &error));

    reader = trace_reader_open(path, &error);
    assert_non_null(reader);
    mmu_init(&mmu, dut_config);
    while (trace_reader_next(reader, &frame, &error) == TRACE_FRAME) {
        if (frames++ == 0) {
            assert_true(frame->first_cycle > 0);
            assert_true(preamble_build(dut_config, &frame->snapshot, &preamble, &error));
            for (size_t i = 0; i < preamble.count; i++) {
                mmu_cycle(&mmu, &preamble.in[i], &out);
            }
        }
        replay_begin(&replay, frame, trace_reader_header(reader)->noise_seed);
        while (replay_next(&replay, &in, &offer)) {
            assert_true(inputs_equal(&in, &recording.cycles[replay.cycle - 1].in));
            mmu_cycle(&mmu, &in, &out);
            assert_true(replay_matches(&replay, &in, &out, &difference));
        }
        end_cycle = frame->end_cycle;
    }
    assert_int_equal(frames, 2);
    assert_int_equal(end_cycle, cycle + 1);
    /* The last cycle is the one in which the DUT's response was wrong. */
    assert_true(out.rsp_valid);
    trace_reader_close(reader);
    testbench_end(&bench);
    recording_free(&recording);
    free(header.machine_yaml);
    unlink(path);
}

/* Answers what nobody asked, in the tenth cycle. */
static void inventing_cycle(void *context, const struct mmu_in *in, struct mmu_out *out)
{
    struct wrong_dut *const dut = context;

    mmu_cycle(&dut->mmu, in, out);
    out->rsp_valid |= dut->cycle++ == 10;
}

static void file_ends_with_the_cycle_in_which_the_dut_broke_the_rules(void **state)
{
    static const struct dut_interface interface = {DUT_ABI_VERSION, wrong_start, inventing_cycle,
                                                   wrong_failure,   free,        NULL};
    struct dut_library library = {.interface = &interface, .path = (char *)"inventing"};
    const char *const path = recording_path("broken");
    struct machine machine = test_machine();
    struct trace_header header = test_header(&machine);
    struct mmu_in in = {.rst = 1, .rsp_ready = 1};
    const struct trace_frame *frame;
    struct trace_writer *writer;
    struct trace_reader *reader;
    struct testbench bench;
    struct sink sink;
    struct error error;

    (void)state;
    dut_config = &machine.mmu;
    assert_true(testbench_init(&bench, ENGINE_RTL, &machine, &library, NULL, &error));
    writer = trace_writer_open(path, &header, &bench, &error);
    assert_non_null(writer);
    sink = trace_writer_sink(writer);
    testbench_add_sink(&bench, &sink);
    while (testbench_clock(&bench, &in, NULL) != NULL) {
        in.rst = 0;
        in.req_valid = bench.cycle == 10;
    }
    assert_int_equal(bench.verdict, TESTBENCH_DUT_BROKEN);
    assert_true(trace_writer_close(writer, &error));
    testbench_end(&bench);

    reader = trace_reader_open(path, &error);
    assert_non_null(reader);
    assert_int_equal(trace_reader_next(reader, &frame, &error), TRACE_FRAME);
    assert_int_equal(frame->end_cycle, 11);
    assert_int_equal(frame->request_count, 1);
    assert_int_equal(frame->requests[0].outcome, TRACE_PENDING);
    assert_int_equal(trace_reader_next(reader, &frame, &error), TRACE_END);
    trace_reader_close(reader);
    free(header.machine_yaml);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writer_to_a_full_disk_says_so),
        cmocka_unit_test(writer_to_a_closed_pipe_says_so_in_the_end),
        cmocka_unit_test(killed_recording_loses_one_frame_at_most),
        cmocka_unit_test(tail_holds_the_failing_cycle_and_what_led_to_it),
        cmocka_unit_test(file_ends_with_the_cycle_in_which_the_dut_broke_the_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
