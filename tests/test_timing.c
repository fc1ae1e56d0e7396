/* SPDX-License-Identifier: MIT */
/* The CPU and memory around the MMU, and the figures of what they cost: every count worked out by
 * hand from section 5 of the specification, and the sums reconciled on random streams. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "sink/distribution.h"
#include "sink/latency.h"
#include "source/timing.h"

/* One segment, two stages; identity for [0, 64K). */
static struct machine plain_machine(void)
{
    struct machine machine = {
        .mmu = {32, 32, 0, MMU_SELECT_EXPLICIT, 1, 2},
        .memory.ram_bytes = 65536,
    };

    return machine;
}

struct rig {
    struct machine machine;
    struct testbench bench;
    struct timing timing;
    struct latency *latency;
};

static struct rig *rig_up(const struct machine *machine)
{
    struct rig *const rig = calloc(1, sizeof(*rig));
    struct sink sink;
    struct error error;

    assert_non_null(rig);
    rig->machine = *machine;
    assert_true(testbench_init(&rig->bench, ENGINE_MODEL, &rig->machine, NULL, NULL, &error));
    rig->latency = latency_new();
    assert_non_null(rig->latency);
    sink = latency_sink(rig->latency);
    testbench_add_sink(&rig->bench, &sink);
    assert_true(timing_init(&rig->timing, &rig->bench, &rig->machine));
    rig->bench.model.state.regs.segment[0] = (struct mmu_segment){
        .size = 65536,
        .flags = MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE | MMU_FLAG_EXECUTE};
    return rig;
}

static void rig_down(struct rig *rig)
{
    testbench_end(&rig->bench);
    latency_free(rig->latency);
    free(rig);
}

static struct stream_record access_of(uint64_t vaddr, enum mmu_access access)
{
    return (struct stream_record){
        .addr = vaddr,
        .answer = vaddr < 65536 ? vaddr : 0,
        .fault = vaddr < 65536 ? MMU_FAULT_NONE : MMU_FAULT_LIMIT,
        .bytes = 1,
        .access = (uint8_t)access,
        .pc = 0x100,
    };
}

static void run(struct rig *rig, const struct stream_record *records, size_t count)
{
    struct stream_record copy[64];

    assert_true(count <= 64);
    memcpy(copy, records, count * sizeof(*records));
    assert_true(timing_run(&rig->timing, copy, count));
}

/* accept, wait, response; the next offer in the cycle after it */
static void blocking_gap_0_takes_three_cycles_a_request(void **state)
{
    const struct machine machine = plain_machine();
    struct rig *const rig = rig_up(&machine);
    const struct stream_record records[] = {access_of(0, MMU_ACCESS_READ),
                                            access_of(4, MMU_ACCESS_READ),
                                            access_of(8, MMU_ACCESS_READ)};

    (void)state;
    run(rig, records, 3);
    assert_int_equal(rig->bench.cycle, 1 + 3 * 3);
    assert_int_equal(rig->bench.class_cycles[CYCLE_RESET], 1);
    assert_int_equal(rig->bench.class_cycles[CYCLE_ACCEPT], 3);
    assert_int_equal(rig->bench.class_cycles[CYCLE_WAIT], 6);
    assert_int_equal(rig->bench.class_cycles[CYCLE_STALL], 0);
    assert_int_equal(rig->bench.class_cycles[CYCLE_IDLE], 0);
    rig_down(rig);
}

static void blocking_gap_5_adds_five_idle_cycles_between_requests(void **state)
{
    struct machine machine = plain_machine();
    struct rig *rig;
    const struct stream_record records[] = {access_of(0, MMU_ACCESS_READ),
                                            access_of(4, MMU_ACCESS_READ)};

    (void)state;
    machine.cpu.gap = 5;
    rig = rig_up(&machine);
    run(rig, records, 2);
    assert_int_equal(rig->bench.cycle, 1 + 3 + 5 + 3);
    assert_int_equal(rig->bench.class_cycles[CYCLE_IDLE], 5);
    rig_down(rig);
}

/* Offered in every cycle: n requests and the two stages of the last. */
static void pipelined_takes_one_cycle_a_request(void **state)
{
    struct machine machine = plain_machine();
    struct stream_record records[11];
    struct rig *rig;

    (void)state;
    machine.cpu.issue = MACHINE_ISSUE_PIPELINED;
    rig = rig_up(&machine);
    for (unsigned i = 0; i < 10; i++) {
        records[i] = access_of(i, MMU_ACCESS_READ);
    }
    records[10] = (struct stream_record){.kind = STREAM_DRAIN};
    run(rig, records, 11);
    assert_int_equal(rig->bench.cycle, 1 + 10 + 2);
    assert_int_equal(rig->bench.class_cycles[CYCLE_ACCEPT], 10);
    rig_down(rig);
}

/* The supervisor's request waits until what is in flight has been answered. */
static void pipelined_drains_before_the_supervisor(void **state)
{
    struct machine machine = plain_machine();
    struct stream_record records[3];
    struct rig *rig;

    (void)state;
    machine.cpu.issue = MACHINE_ISSUE_PIPELINED;
    rig = rig_up(&machine);
    records[0] = access_of(0, MMU_ACCESS_READ);
    records[1] = access_of(1, MMU_ACCESS_READ);
    records[1].flags = STREAM_SUPERVISOR;
    records[2] = (struct stream_record){.kind = STREAM_DRAIN};
    run(rig, records, 3);
    assert_int_equal(rig->bench.cycle, 1 + 3 + 3);
    rig_down(rig);
}

/* Busy for 4 cycles with the read, so that the next response, due one cycle later, waits for 4
 * cycles; a faulting access does not occupy the port. */
static void memory_port_busy_holds_the_next_response(void **state)
{
    struct machine machine = plain_machine();
    struct stream_record records[4];
    struct rig *rig;

    (void)state;
    machine.cpu.issue = MACHINE_ISSUE_PIPELINED;
    machine.memory.busy[MMU_ACCESS_READ] = 4;
    rig = rig_up(&machine);
    records[0] = access_of(0, MMU_ACCESS_READ);
    records[1] = access_of(70000, MMU_ACCESS_READ);
    records[2] = access_of(1, MMU_ACCESS_WRITE);
    records[3] = (struct stream_record){.kind = STREAM_DRAIN};
    run(rig, records, 4);
    /* accepts in 1, 2, 3: responses in 3, then 8, then 9 */
    assert_int_equal(rig->bench.cycle, 1 + 9);
    assert_int_equal(latency_totals(rig->latency).latency_cycles, 2 + 6 + 6);
    assert_int_equal(latency_totals(rig->latency).queueing_cycles, 0);
    rig_down(rig);
}

static void another_answer_than_the_guest_had_is_a_complaint(void **state)
{
    const struct machine machine = plain_machine();
    struct rig *const rig = rig_up(&machine);
    struct stream_record wrong = access_of(16, MMU_ACCESS_READ);

    (void)state;
    wrong.answer = 17;
    assert_false(timing_run(&rig->timing, &wrong, 1));
    assert_non_null(strstr(rig->timing.complaint, "0x11"));
    rig_down(rig);
}

/* Section 5: every cycle has one class, and the latencies add up to the requests in flight. */
static void sums_reconcile_on_random_machines_and_streams(void **state)
{
    struct random_source random = {1};

    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        struct machine machine = plain_machine();
        struct rig *rig;
        struct latency_totals totals;
        uint64_t classes = 0;

        machine.mmu.stages = (uint8_t)(1 + random_below(&random, 3));
        machine.cpu.issue = (enum machine_issue)random_below(&random, 2);
        machine.cpu.gap =
            machine.cpu.issue == MACHINE_ISSUE_BLOCKING ? (uint32_t)random_below(&random, 4) : 0;
        for (unsigned access = 0; access < 3; access++) {
            machine.memory.busy[access] = (uint32_t)random_below(&random, 50);
        }
        rig = rig_up(&machine);
        for (unsigned i = 0; i < 50; i++) {
            struct stream_record record =
                access_of(random_below(&random, 70000), (enum mmu_access)random_below(&random, 3));

            record.flags = random_chance(&random, 1, 8) ? STREAM_SUPERVISOR : 0;
            run(rig, &record, 1);
        }
        assert_true(timing_drain(&rig->timing));
        totals = latency_totals(rig->latency);
        for (unsigned i = 0; i < CYCLE_CLASSES; i++) {
            classes += rig->bench.class_cycles[i];
        }
        assert_int_equal(classes, rig->bench.cycle);
        assert_int_equal(totals.requests, 50);
        assert_int_equal(totals.latency_cycles, rig->bench.in_flight_cycles);
        assert_int_equal(rig->bench.class_cycles[CYCLE_ACCEPT], 50);
        assert_true(latency_is_complete(rig->latency));
        rig_down(rig);
    }
}

/* What a sink heard of marks. */
struct heard {
    uint64_t cycle[8], account[8], event[8];
    unsigned count;
    unsigned completed; /* requests, where it hears of them */
};

static void hear(void *context, uint64_t cycle, uint64_t account, uint64_t event)
{
    struct heard *const heard = context;

    assert_true(heard->count < 8);
    heard->cycle[heard->count] = cycle;
    heard->account[heard->count] = account;
    heard->event[heard->count++] = event;
}

static struct stream_record mark_of(uint32_t process, enum account_purpose purpose, uint64_t event)
{
    return (struct stream_record){
        .kind = STREAM_MARK, .addr = account_of(process, purpose), .answer = event};
}

static struct rig *pipelined_rig(struct heard *heard)
{
    const struct sink sink = {.context = heard, .marked = hear};
    struct machine machine = plain_machine();
    struct rig *rig;

    machine.cpu.issue = MACHINE_ISSUE_PIPELINED;
    rig = rig_up(&machine);
    testbench_add_sink(&rig->bench, &sink);
    return rig;
}

static void mark_answers_what_is_in_flight_and_costs_no_cycle_else(void **state)
{
    struct heard heard = {0};
    struct rig *const rig = pipelined_rig(&heard);
    const struct stream_record records[] = {mark_of(7, ACCOUNT_USER, 0),
                                            access_of(0, MMU_ACCESS_READ),
                                            access_of(1, MMU_ACCESS_READ),
                                            mark_of(7, ACCOUNT_CALL, 3),
                                            mark_of(8, ACCOUNT_SWITCH, 4),
                                            access_of(2, MMU_ACCESS_READ),
                                            mark_of(ACCOUNT_NOBODY, ACCOUNT_IDLE, 0)};

    (void)state;
    run(rig, records, 7);
    assert_int_equal(heard.count, 4);
    assert_int_equal(heard.cycle[0], 1);
    assert_int_equal(heard.cycle[1], 1 + 2 + 2);
    assert_int_equal(heard.cycle[2], 1 + 2 + 2);
    assert_int_equal(heard.cycle[3], 1 + 2 + 2 + 1 + 2);
    assert_int_equal(account_process(heard.account[2]), 8);
    assert_int_equal(account_purpose(heard.account[2]), ACCOUNT_SWITCH);
    assert_int_equal(account_process(heard.account[3]), ACCOUNT_NOBODY);
    assert_int_equal(account_purpose(heard.account[3]), ACCOUNT_IDLE);
    assert_int_equal(heard.event[1], 3);
    assert_int_equal(heard.event[3], 0);
    assert_int_equal(rig->bench.cycle, heard.cycle[3]);
    rig_down(rig);
}

/* The twin: without the marks in between, the requests follow one another. */
static void requests_without_a_mark_between_them_overlap(void **state)
{
    struct heard heard = {0};
    struct rig *const rig = pipelined_rig(&heard);
    const struct stream_record records[] = {
        access_of(0, MMU_ACCESS_READ), access_of(1, MMU_ACCESS_READ), access_of(2, MMU_ACCESS_READ),
        mark_of(ACCOUNT_NOBODY, ACCOUNT_IDLE, 0)};

    (void)state;
    run(rig, records, 4);
    assert_int_equal(heard.cycle[0], 1 + 3 + 2);
    rig_down(rig);
}

static void count_completed(void *context, uint64_t cycle, const struct flight *flight,
                            const struct mmu_response *response)
{
    struct heard *const heard = context;

    (void)cycle;
    (void)flight;
    (void)response;
    heard->completed++;
}

/* A blocking CPU's gap before its next request is the account's that makes it. */
static void mark_of_a_blocking_cpu_leaves_the_gap_to_the_next_account(void **state)
{
    struct heard heard = {0};
    const struct sink sink = {.context = &heard, .completed = count_completed, .marked = hear};
    const struct stream_record records[] = {
        access_of(0, MMU_ACCESS_READ), mark_of(0, ACCOUNT_CALL, 0), access_of(4, MMU_ACCESS_READ)};
    struct machine machine = plain_machine();
    struct rig *rig;

    (void)state;
    machine.cpu.gap = 5;
    rig = rig_up(&machine);
    testbench_add_sink(&rig->bench, &sink);
    run(rig, records, 3);
    assert_int_equal(heard.cycle[0], 1 + 3);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.completed, 2);
    assert_int_equal(rig->bench.cycle, 1 + 3 + 5 + 3);
    rig_down(rig);
}

static void idle_cycles_come_after_the_answers_and_offer_nothing(void **state)
{
    struct heard heard = {0};
    struct rig *const rig = pipelined_rig(&heard);
    const struct stream_record records[] = {
        access_of(0, MMU_ACCESS_READ), {.kind = STREAM_IDLE, .addr = 1000},
        mark_of(0, ACCOUNT_USER, 0),   {.kind = STREAM_IDLE, .addr = 0},
        access_of(1, MMU_ACCESS_READ), {.kind = STREAM_DRAIN}};

    (void)state;
    run(rig, records, 6);
    assert_int_equal(heard.cycle[0], 1 + 3 + 1000);
    assert_int_equal(rig->bench.cycle, 1 + 3 + 1000 + 3);
    assert_int_equal(rig->bench.class_cycles[CYCLE_IDLE], 1000);
    rig_down(rig);
}

/* The records of a producer; on a stream that discards there are none. */
static void stream_mark_and_idle_append_unless_discarded(void **state)
{
    struct stream *const stream = calloc(1, sizeof(*stream));

    (void)state;
    assert_non_null(stream);
    stream_init(stream);
    stream_mark(stream, 5, ACCOUNT_ZERO, 17);
    stream_idle(stream, 99);
    assert_int_equal(stream->appended, 2);
    assert_int_equal(stream->published, 0);
    assert_int_equal(stream->records[0].kind, STREAM_MARK);
    assert_int_equal(stream->records[0].addr, account_of(5, ACCOUNT_ZERO));
    assert_int_equal(stream->records[0].answer, 17);
    assert_int_equal(stream->records[1].kind, STREAM_IDLE);
    assert_int_equal(stream->records[1].addr, 99);
    stream->discard = true;
    stream_mark(stream, 5, ACCOUNT_ZERO, 17);
    stream_idle(stream, 99);
    assert_int_equal(stream->appended, 2);
    free(stream);
}

static void percentiles_are_of_nearest_rank(void **state)
{
    static const unsigned percents[] = {0, 50, 95, 99, 100};
    struct distribution distribution = {0};
    uint64_t value[5];

    (void)state;
    for (uint64_t v = 1; v <= 200; v++) {
        assert_true(distribution_add(&distribution, v));
    }
    assert_true(distribution_percentiles(&distribution, percents, value, 5));
    assert_int_equal(value[0], 1);
    assert_int_equal(value[1], 100);
    assert_int_equal(value[2], 190);
    assert_int_equal(value[3], 198);
    assert_int_equal(value[4], 200);
    assert_true(distribution_add(&distribution, 1000000));
    assert_true(distribution_percentiles(&distribution, percents, value, 5));
    assert_int_equal(value[4], 1000000);
    assert_int_equal(distribution_sum(&distribution), 200 * 201 / 2 + 1000000);
    distribution_free(&distribution);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocking_gap_0_takes_three_cycles_a_request),
        cmocka_unit_test(blocking_gap_5_adds_five_idle_cycles_between_requests),
        cmocka_unit_test(pipelined_takes_one_cycle_a_request),
        cmocka_unit_test(pipelined_drains_before_the_supervisor),
        cmocka_unit_test(memory_port_busy_holds_the_next_response),
        cmocka_unit_test(another_answer_than_the_guest_had_is_a_complaint),
        cmocka_unit_test(sums_reconcile_on_random_machines_and_streams),
        cmocka_unit_test(mark_answers_what_is_in_flight_and_costs_no_cycle_else),
        cmocka_unit_test(requests_without_a_mark_between_them_overlap),
        cmocka_unit_test(mark_of_a_blocking_cpu_leaves_the_gap_to_the_next_account),
        cmocka_unit_test(idle_cycles_come_after_the_answers_and_offer_nothing),
        cmocka_unit_test(stream_mark_and_idle_append_unless_discarded),
        cmocka_unit_test(percentiles_are_of_nearest_rank),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
