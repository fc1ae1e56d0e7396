/* SPDX-License-Identifier: MIT */
/* Whose cycles they were: accounts worked out by hand, and a whole stream through the pump, whose
 * cycles must all be somebody's; and that a run with idle cycles can be recorded and replayed. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "sink/memory_log.h"
#include "sink/timesheet.h"
#include "source/pump.h"
#include "source/replay.h"

#include "recording.h"

static uint64_t sum_of(const struct timesheet_total *total)
{
    uint64_t sum = 0;

    for (unsigned purpose = 0; purpose < ACCOUNT_PURPOSES; purpose++) {
        sum += total->cycles[purpose];
    }
    return sum;
}

/* --- by hand --- */

static void timesheet_cycles_belong_to_the_last_mark(void **state)
{
    struct timesheet *const sheet = timesheet_new();
    struct timesheet_total total;

    (void)state;
    assert_non_null(sheet);
    timesheet_mark(sheet, 10, 0, ACCOUNT_LOAD);
    timesheet_mark(sheet, 15, 0, ACCOUNT_USER);
    timesheet_mark(sheet, 20, 0, ACCOUNT_USER); /* no news */
    timesheet_mark(sheet, 115, 0, ACCOUNT_CALL);
    timesheet_mark(sheet, 118, 0, ACCOUNT_ZERO);
    timesheet_mark(sheet, 150, ACCOUNT_NOBODY, ACCOUNT_IDLE);
    timesheet_end(sheet, 170);

    total = timesheet_total(sheet);
    assert_int_equal(sum_of(&total), 170);
    assert_int_equal(timesheet_process(sheet, ACCOUNT_NOBODY)->cycles[ACCOUNT_LOAD], 10);
    assert_int_equal(timesheet_process(sheet, ACCOUNT_NOBODY)->cycles[ACCOUNT_IDLE], 20);
    assert_int_equal(timesheet_process(sheet, 0)->cycles[ACCOUNT_LOAD], 5);
    assert_int_equal(timesheet_process(sheet, 0)->cycles[ACCOUNT_USER], 100);
    assert_int_equal(timesheet_process(sheet, 0)->cycles[ACCOUNT_CALL], 3);
    assert_int_equal(timesheet_process(sheet, 0)->cycles[ACCOUNT_ZERO], 32);
    assert_int_equal(timesheet_process(sheet, 0)->first_user_cycle, 15);
    assert_int_equal(timesheet_process(sheet, 0)->last_cycle, 118);
    assert_true(timesheet_is_complete(sheet));
    timesheet_free(sheet);
}

/* 99 switches of 10 cycles and one of 50, all marked one after the other; the 10 cycles of a call
 * between two marks of the same call are one interval. */
static void timesheet_each_mark_of_a_switch_is_a_switch(void **state)
{
    struct timesheet *const sheet = timesheet_new();
    struct timesheet_total total;
    uint64_t cycle = 0;

    (void)state;
    assert_non_null(sheet);
    for (unsigned i = 0; i < 100; i++) {
        timesheet_mark(sheet, cycle, i % 2, ACCOUNT_SWITCH);
        cycle += i == 40 ? 50 : 10;
    }
    timesheet_mark(sheet, cycle, 1, ACCOUNT_CALL);
    timesheet_mark(sheet, cycle + 5, 1, ACCOUNT_CALL);
    timesheet_end(sheet, cycle + 10);

    total = timesheet_total(sheet);
    assert_int_equal(total.switches.count, 100);
    assert_int_equal(total.switches.median_cycles, 10);
    assert_int_equal(total.switches.p99_cycles, 10);
    assert_int_equal(total.cycles[ACCOUNT_SWITCH], 99 * 10 + 50);
    assert_int_equal(total.cycles[ACCOUNT_CALL], 10);
    timesheet_free(sheet);

    /* The twin: two long ones in a hundred are seen at 99 percent. */
    struct timesheet *const other = timesheet_new();
    assert_non_null(other);
    for (unsigned i = 0; i < 100; i++) {
        timesheet_mark(other, cycle, 0, ACCOUNT_SWITCH);
        cycle += i < 2 ? 50 : 10;
    }
    timesheet_end(other, cycle);
    assert_int_equal(timesheet_total(other).switches.p99_cycles, 50);
    timesheet_free(other);
}

static void timesheet_process_never_seen_has_nothing(void **state)
{
    struct timesheet *const sheet = timesheet_new();

    (void)state;
    assert_non_null(sheet);
    timesheet_mark(sheet, 5, 100, ACCOUNT_USER);
    timesheet_end(sheet, 7);
    assert_int_equal(timesheet_process(sheet, 100)->first_user_cycle, 5);
    assert_int_equal(timesheet_process(sheet, 99)->first_user_cycle, UINT64_MAX);
    assert_int_equal(timesheet_process(sheet, 99)->last_cycle, 0);
    assert_int_equal(timesheet_process(sheet, 4000000)->first_user_cycle, UINT64_MAX);
    assert_int_equal(timesheet_total(sheet).switches.count, 0);
    assert_int_equal(timesheet_total(sheet).switches.p99_cycles, 0);
    timesheet_free(sheet);
}

/* A number that is not dense costs no memory; its cycles are still counted, and it is said. */
static void timesheet_process_out_of_range_counts_as_nobody(void **state)
{
    struct timesheet *const sheet = timesheet_new();
    struct timesheet_total total;

    (void)state;
    assert_non_null(sheet);
    timesheet_mark(sheet, 1, TIMESHEET_PROCESSES, ACCOUNT_USER);
    timesheet_end(sheet, 9);
    total = timesheet_total(sheet);
    assert_int_equal(sum_of(&total), 9);
    assert_int_equal(timesheet_process(sheet, ACCOUNT_NOBODY)->cycles[ACCOUNT_USER], 8);
    assert_false(timesheet_is_complete(sheet));
    timesheet_free(sheet);
}

/* --- through stream and pump --- */

struct pipeline {
    struct machine machine;
    struct testbench bench;
    struct stream *stream;
    struct timesheet *sheet;
    struct memory_log *log;
    struct pump *pump;
};

static struct pipeline *pipeline_new(enum machine_issue issue)
{
    struct pipeline *const line = calloc(1, sizeof(*line));
    struct error error;

    assert_non_null(line);
    line->machine = (struct machine){
        .name = (char *)"accounts",
        .mmu = {32, 32, 0, MMU_SELECT_EXPLICIT, 1, 2},
        .memory.ram_bytes = 65536,
        .cpu.issue = issue,
        .cpu.gap = issue == MACHINE_ISSUE_BLOCKING ? 2 : 0,
    };
    assert_true(testbench_init(&line->bench, ENGINE_MODEL, &line->machine, NULL, NULL, &error));
    line->stream = calloc(1, sizeof(*line->stream));
    line->sheet = timesheet_new();
    line->log = memory_log_new(65536);
    assert_true(line->stream != NULL && line->sheet != NULL && line->log != NULL);
    stream_init(line->stream);
    testbench_add_sink(&line->bench, &(struct sink[]){timesheet_sink(line->sheet)}[0]);
    testbench_add_sink(&line->bench, &(struct sink[]){memory_log_sink(line->log)}[0]);
    return line;
}

static void pipeline_start(struct pipeline *line)
{
    struct error error;

    line->pump = pump_start(line->stream, &line->bench, &line->machine, &error);
    assert_non_null(line->pump);
}

static void pipeline_stop(struct pipeline *line)
{
    char complaint[256];

    assert_true(stream_drain(line->stream));
    assert_true(pump_stop(line->pump, complaint));
    timesheet_end(line->sheet, line->bench.cycle);
}

static void pipeline_free(struct pipeline *line)
{
    testbench_end(&line->bench);
    timesheet_free(line->sheet);
    memory_log_free(line->log);
    free(line->stream);
    free(line);
}

/* With registers that are all zero the segment is not present. */
static void send_request(struct stream *stream, uint8_t flags)
{
    *stream_slot(stream) = (struct stream_record){
        .addr = 64, .fault = MMU_FAULT_NOT_PRESENT, .bytes = 1, .flags = flags};
    stream_commit(stream);
}

/* Random work for random accounts: every cycle is counted once, the clock that the producer reads
 * after a drain is the testbench's, and every event has the cycle of its mark. */
static void accounts_add_up_on_random_streams(void **state)
{
    static const struct memory_log_figures figures;
    struct random_source random = {3};

    (void)state;
    for (unsigned round = 0; round < 20; round++) {
        struct pipeline *const line = pipeline_new((enum machine_issue)(round % 2));
        uint64_t idle_cycles = 0;
        uint64_t event_cycle[64];
        uint32_t events = 0;
        struct timesheet_total total;
        const uint32_t region = memory_log_region(line->log, 0, "heap");

        pipeline_start(line);
        for (unsigned i = 0; i < 2000; i++) {
            const uint64_t pick = random_below(&random, 40);

            if (pick > 1) {
                send_request(line->stream, pick % 5 == 0 ? STREAM_SUPERVISOR : 0);
            } else if (pick == 1) {
                const uint64_t cycles = random_below(&random, 30);

                stream_mark(line->stream, ACCOUNT_NOBODY, ACCOUNT_IDLE, 0);
                stream_idle(line->stream, cycles);
                stream_mark(line->stream, 1, ACCOUNT_USER, 0);
                idle_cycles += cycles;
            } else if (events < 64) {
                const uint32_t event =
                    memory_log_place(line->log, region, MEMORY_GREW, 0, 64, 64, &figures);

                assert_int_equal(event, events + 1);
                assert_true(stream_drain(line->stream));
                event_cycle[events++] = line->stream->cycle;
                stream_mark(line->stream, (uint32_t)random_below(&random, 50), ACCOUNT_MOVE, event);
            }
        }
        pipeline_stop(line);
        assert_int_equal(line->stream->cycle, line->bench.cycle);
        assert_true(line->bench.cycle > 2000);
        total = timesheet_total(line->sheet);
        assert_int_equal(sum_of(&total), line->bench.cycle);
        assert_int_equal(timesheet_process(line->sheet, ACCOUNT_NOBODY)->cycles[ACCOUNT_IDLE],
                         idle_cycles);
        assert_int_equal(memory_log_count(line->log), events);
        assert_true(events > 10);
        for (uint32_t i = 0; i < events; i++) {
            assert_int_equal(memory_log_event(line->log, i + 1)->cycle, event_cycle[i]);
        }
        pipeline_free(line);
    }
}

/* --- traces --- */

enum { LONG_IDLE = 5000000 }; /* more than a frame holds */

/* Replays the frames one after the other on a model from power-up; the cycles that it had, or the
 * first at which it was not as recorded. */
static uint64_t replay_all(const char *path, const struct mmu_config *config, bool *matches)
{
    struct trace_reader *reader;
    const struct trace_frame *frame;
    uint64_t end_cycle = 0;
    struct error error;
    struct mmu model;

    *matches = true;
    mmu_init(&model, config);
    reader = trace_reader_open(path, &error);
    assert_non_null(reader);
    while (*matches && trace_reader_next(reader, &frame, &error) == TRACE_FRAME) {
        struct replay_difference difference;
        struct replay replay;
        struct mmu_in in;
        struct mmu_out out;
        struct offer offer;

        assert_int_equal(frame->first_cycle, end_cycle);
        replay_begin(&replay, frame, 0);
        while (*matches && replay_next(&replay, &in, &offer)) {
            mmu_cycle(&model, &in, &out);
            *matches = replay_matches(&replay, &in, &out, &difference);
        }
        end_cycle = *matches ? frame->end_cycle : difference.cycle;
    }
    trace_reader_close(reader);
    return end_cycle;
}

static void trace_of_idle_cycles_replays(void **state)
{
    const char *const path = recording_path("idle");
    struct pipeline *const line = pipeline_new(MACHINE_ISSUE_PIPELINED);
    struct mmu_config other = line->machine.mmu;
    struct trace_header header = {.machine_yaml = machine_print(&line->machine),
                                  .machine_name = line->machine.name,
                                  .command = (char *)"segmmu run"};
    struct trace_writer *writer;
    struct sink sink;
    struct error error;
    bool matches;

    (void)state;
    writer = trace_writer_open(path, &header, &line->bench, &error);
    assert_non_null(writer);
    sink = trace_writer_sink(writer);
    testbench_add_sink(&line->bench, &sink);
    pipeline_start(line);
    for (unsigned i = 0; i < 10; i++) {
        send_request(line->stream, 0);
        stream_mark(line->stream, i, ACCOUNT_USER, 0);
        stream_idle(line->stream, i == 5 ? LONG_IDLE : i);
        send_request(line->stream, STREAM_SUPERVISOR);
    }
    stream_idle(line->stream, 17);
    pipeline_stop(line);
    assert_true(trace_writer_close(writer, &error));
    assert_true(line->bench.cycle > LONG_IDLE);

    assert_int_equal(replay_all(path, &line->machine.mmu, &matches), line->bench.cycle);
    assert_true(matches);
    /* The twin: an MMU of another depth answers in other cycles. */
    other.stages = 3;
    assert_true(replay_all(path, &other, &matches) < 100);
    assert_false(matches);
    free(header.machine_yaml);
    pipeline_free(line);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timesheet_cycles_belong_to_the_last_mark),
        cmocka_unit_test(timesheet_each_mark_of_a_switch_is_a_switch),
        cmocka_unit_test(timesheet_process_never_seen_has_nothing),
        cmocka_unit_test(timesheet_process_out_of_range_counts_as_nobody),
        cmocka_unit_test(accounts_add_up_on_random_streams),
        cmocka_unit_test(trace_of_idle_cycles_replays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
