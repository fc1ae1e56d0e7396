/* SPDX-License-Identifier: MIT */
/* Comparing by transactions: a DUT of any latency and any stalls agrees, one that breaks a rule of
 * the channels or answers wrongly is named for it. The DUT is mmu_execute behind a queue whose
 * times are drawn at random, and one fault that can be planted in it. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "lockstep/testbench.h"
#include "source/stimulus.h"

enum { CYCLES = 20000, QUEUE = 32, TIMEOUT = 200 };

enum fault {
    NO_FAULT,
    WRONG_ORDER,     /* two responses change places */
    WRONG_CONTENT,   /* a bit of an answer */
    LOST,            /* a response never comes */
    TAKEN_BACK,      /* a response that waits goes away for a cycle */
    CHANGED,         /* a response that waits changes */
    TWICE,           /* a response comes again when nothing is in flight */
    SURVIVES_RESET,  /* what was in flight is answered after a reset */
    NEVER_READY,     /* no request is accepted any more */
    SAME_CYCLE,      /* answered in the cycle in which it is accepted */
    CLEARED_LATE,    /* the registers survive a reset */
    NOISY_WHILE_LOW, /* no fault: other outputs are anything while rsp_valid is low */
};

static struct {
    enum fault fault;
    unsigned latency_min, latency_max; /* of a request at the head of the queue */
    unsigned ready_chance;             /* of 256 */
} plan;

struct fake_dut {
    struct random_source random;
    struct mmu_regs regs;
    struct mmu_response queue[QUEUE];
    uint64_t due_cycle[QUEUE];
    unsigned first, count;
    uint64_t cycle, accepted;
    bool is_waiting, is_ready;
    struct mmu_response last;
    bool has_struck;
};

static const struct machine machine = {
    .name = (char *)"unit",
    .mmu = {.va_w = 14, .pa_w = 16, .seg_bits = 2, .contexts = 2, .stages = 2},
};

static void *fake_start(const struct dut_start *start)
{
    struct fake_dut *const dut = calloc(1, sizeof(*dut));

    (void)start;
    dut->random.state = 99;
    return dut;
}

static bool strikes(struct fake_dut *dut, enum fault fault, bool condition)
{
    if (plan.fault != fault || !condition || dut->has_struck || dut->accepted < 100) {
        return false;
    }
    dut->has_struck = true;
    return true;
}

static void offer_response(struct fake_dut *dut, struct mmu_out *out)
{
    struct mmu_response *const head = &dut->queue[dut->first];

    if (dut->count >= 2 && !dut->is_waiting) {
        struct mmu_response *const next = &dut->queue[(dut->first + 1) % QUEUE];

        if (strikes(dut, WRONG_ORDER, head->addr != next->addr || head->data != next->data)) {
            const struct mmu_response swap = *head;

            *head = *next;
            *next = swap;
        }
    }
    out->rsp_valid = dut->count > 0 && dut->due_cycle[dut->first] <= dut->cycle;
    if (strikes(dut, TAKEN_BACK, out->rsp_valid && dut->is_waiting)) {
        out->rsp_valid = 0;
    }
    if (out->rsp_valid) {
        out->rsp = *head;
        if (strikes(dut, CHANGED, dut->is_waiting)) {
            out->rsp.addr ^= 4;
        }
    } else if (strikes(dut, TWICE, dut->count == 0)) {
        out->rsp_valid = 1;
        out->rsp = dut->last;
    } else if (plan.fault == NOISY_WHILE_LOW) {
        out->rsp.addr = random_next(&dut->random);
        out->rsp.fault = (uint8_t)(random_next(&dut->random) & 15);
    }
}

static void accept(struct fake_dut *dut, const struct mmu_request *request)
{
    const unsigned place = (dut->first + dut->count) % QUEUE;
    const unsigned range = plan.latency_max - plan.latency_min + 1;

    dut->accepted++;
    dut->queue[place] = mmu_execute(&machine.mmu, &dut->regs, request);
    dut->due_cycle[place] =
        dut->cycle + plan.latency_min + (unsigned)(random_next(&dut->random) % range);
    if (strikes(dut, LOST, true)) {
        return;
    }
    if (strikes(dut, WRONG_CONTENT, dut->queue[place].fault == MMU_FAULT_NONE)) {
        dut->queue[place].segment ^= 1;
    }
    dut->count++;
}

static void fake_cycle(void *context, const struct mmu_in *in, struct mmu_out *out)
{
    struct fake_dut *const dut = context;

    memset(out, 0, sizeof(*out));
    offer_response(dut, out);
    dut->is_ready = random_next(&dut->random) % 256 < plan.ready_chance;
    out->req_ready =
        dut->count < QUEUE && dut->is_ready && !(plan.fault == NEVER_READY && dut->accepted >= 100);
    if (in->rst) {
        if (plan.fault != CLEARED_LATE) {
            memset(&dut->regs, 0, sizeof(dut->regs));
        }
        dut->count = strikes(dut, SURVIVES_RESET, dut->count > 0) ? dut->count : 0;
    } else {
        if (strikes(dut, SAME_CYCLE,
                    in->req_valid && out->req_ready && dut->count == 0 && !out->rsp_valid)) {
            accept(dut, &in->req);
            out->rsp = dut->queue[dut->first];
            out->rsp_valid = 1;
        } else if (in->req_valid && out->req_ready) {
            accept(dut, &in->req);
        }
        if (out->rsp_valid && in->rsp_ready && dut->count > 0) {
            dut->last = dut->queue[dut->first];
            dut->first = (dut->first + 1) % QUEUE;
            dut->count--;
        }
    }
    dut->is_waiting = out->rsp_valid && !in->rsp_ready && !in->rst;
    dut->cycle++;
}

static const char *fake_failure(void *context)
{
    (void)context;
    return NULL;
}

static const struct dut_interface fake_interface = {
    DUT_ABI_VERSION, fake_start, fake_cycle, fake_failure, free, NULL,
};
static const struct dut_library fake_library = {.interface = &fake_interface,
                                                .path = (char *)"fake"};

static struct testbench bench;
static struct transaction transaction;
static uint64_t completed;

static void count_completed(void *context, uint64_t cycle, const struct flight *flight,
                            const struct mmu_response *response)
{
    (void)context, (void)cycle, (void)flight, (void)response;
    completed++;
}

/* Generated stimulus, up to CYCLES or a disagreement. */
static void run(enum fault fault, unsigned latency_min, unsigned latency_max, unsigned ready_chance,
                uint64_t seed)
{
    static const struct sink sink = {.completed = count_completed};
    struct stimulus *const stimulus = malloc(sizeof(*stimulus));
    const struct mmu_out *out = NULL;
    struct error error;
    struct mmu_in in;

    assert_non_null(stimulus);
    plan.fault = fault;
    plan.latency_min = latency_min;
    plan.latency_max = latency_max;
    plan.ready_chance = ready_chance;
    completed = 0;
    stimulus_init(stimulus, &machine.mmu, seed);
    assert_true(testbench_init(&bench, ENGINE_LOCKSTEP, &machine, &fake_library, NULL, &error));
    testbench_by_transactions(&bench, &transaction, TIMEOUT);
    testbench_add_sink(&bench, &sink);
    do {
        stimulus_next(stimulus, out, &in);
        out = testbench_clock(&bench, &in, NULL);
    } while (out != NULL && bench.cycle < CYCLES);
    testbench_end(&bench);
    free(stimulus);
}

static void expect_broken(enum fault fault, const char *text)
{
    run(fault, 1, 6, 200, 3);
    assert_int_equal(bench.verdict, TESTBENCH_DUT_BROKEN);
    assert_string_equal(bench.dut_failure, text);
}

/* The fields that differ in the last cycle. */
static bool differs(const char *port)
{
    const struct testbench_cycle *const last = &bench.history[bench.cycle % TESTBENCH_HISTORY];

    for (unsigned i = 0; i < output_field_count; i++) {
        if (strcmp(output_fields[i].port, port) == 0) {
            return output_field_value(&output_fields[i], &last->model) !=
                   output_field_value(&output_fields[i], &last->dut);
        }
    }
    return false;
}

/* --- no false alarm --- */

static void transaction_any_latency_and_stall_agrees(void **state)
{
    static const unsigned latency[][2] = {{1, 1}, {2, 2}, {1, 20}, {5, 9}, {20, 20}};
    static const unsigned chance[] = {256, 128, 20};

    (void)state;
    for (unsigned i = 0; i < sizeof(latency) / sizeof(latency[0]); i++) {
        for (unsigned j = 0; j < sizeof(chance) / sizeof(chance[0]); j++) {
            run(NO_FAULT, latency[i][0], latency[i][1], chance[j], i + 1);
            if (bench.verdict != TESTBENCH_AGREED) {
                fail_msg("latency %u..%u, ready in %u of 256: %s", latency[i][0], latency[i][1],
                         chance[j], bench.dut_failure);
            }
            assert_true(completed > 100);
            assert_true(bench.compared_cycles >= completed);
        }
    }
}

static void transaction_outputs_while_valid_is_low_are_ignored(void **state)
{
    (void)state;
    run(NOISY_WHILE_LOW, 1, 5, 200, 1);
    assert_int_equal(bench.verdict, TESTBENCH_AGREED);
}

static void transaction_figures_are_the_duts(void **state)
{
    (void)state;
    run(NO_FAULT, 4, 4, 256, 1);
    assert_int_equal(transaction_percentile(&transaction.latency, 0), 4);
    assert_int_equal(transaction_percentile(&transaction.stall, 50), 0);
    run(NO_FAULT, 1, 1, 32, 1);
    assert_int_equal(transaction_percentile(&transaction.latency, 0), 1);
    assert_in_range(transaction_percentile(&transaction.stall, 50), 3, 8);
    assert_true(transaction_percentile(&transaction.stall, 100) > 8);
}

static void transaction_percentile_is_the_nearest_rank(void **state)
{
    static struct transaction_figure figure;

    (void)state;
    assert_int_equal(transaction_percentile(&figure, 50), 0);
    figure.count[3] = 2;
    figure.count[7] = 1;
    figure.count[TRANSACTION_COUNTED - 1] = 1;
    figure.total = 4;
    figure.max = 5000;
    assert_int_equal(transaction_percentile(&figure, 0), 3);
    assert_int_equal(transaction_percentile(&figure, 50), 3);
    assert_int_equal(transaction_percentile(&figure, 75), 7);
    assert_int_equal(transaction_percentile(&figure, 100), 5000);
}

/* --- each fault --- */

static void transaction_wrong_content_disagrees_in_its_field(void **state)
{
    (void)state;
    run(WRONG_CONTENT, 1, 6, 200, 3);
    assert_int_equal(bench.verdict, TESTBENCH_DISAGREED);
    assert_true(differs("rsp_segment_o"));
    assert_false(differs("rsp_addr_o"));
    assert_false(differs("rsp_valid_o"));
    assert_false(differs("req_ready_o"));
}

static void transaction_wrong_order_disagrees(void **state)
{
    (void)state;
    run(WRONG_ORDER, 3, 6, 256, 3);
    assert_int_equal(bench.verdict, TESTBENCH_DISAGREED);
}

static void transaction_lost_response_is_found(void **state)
{
    (void)state;
    /* The next one comes in its place, and either differs or is the last before the time-out. */
    run(LOST, 1, 6, 200, 3);
    assert_true(bench.verdict != TESTBENCH_AGREED);
    assert_true(bench.cycle < CYCLES - TIMEOUT);
}

static void transaction_response_that_never_comes_is_late(void **state)
{
    (void)state;
    run(NO_FAULT, TIMEOUT + 1, TIMEOUT + 1, 256, 3);
    assert_int_equal(bench.verdict, TESTBENCH_DUT_BROKEN);
    assert_string_equal(bench.dut_failure, "no response within 200 cycles");
    run(NO_FAULT, TIMEOUT, TIMEOUT, 256, 3);
    assert_int_equal(bench.verdict, TESTBENCH_AGREED);
}

static void transaction_refused_request_is_late(void **state)
{
    (void)state;
    expect_broken(NEVER_READY, "a request is not accepted within 200 cycles");
}

static void transaction_waiting_response_taken_back_is_named(void **state)
{
    (void)state;
    expect_broken(TAKEN_BACK, "a response that waited was taken back");
}

static void transaction_waiting_response_changed_is_named(void **state)
{
    (void)state;
    expect_broken(CHANGED, "a response that waited has changed");
}

static void transaction_response_without_request_is_named(void **state)
{
    static const char text[] = "a response without a request that was accepted before";

    (void)state;
    expect_broken(TWICE, text);
    expect_broken(SAME_CYCLE, text);
}

static void transaction_response_after_reset_is_named(void **state)
{
    (void)state;
    run(SURVIVES_RESET, 4, 6, 256, 3);
    assert_true(bench.verdict != TESTBENCH_AGREED);
}

static void transaction_registers_that_survive_a_reset_disagree(void **state)
{
    (void)state;
    run(CLEARED_LATE, 1, 6, 200, 3);
    assert_int_equal(bench.verdict, TESTBENCH_DISAGREED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transaction_any_latency_and_stall_agrees),
        cmocka_unit_test(transaction_outputs_while_valid_is_low_are_ignored),
        cmocka_unit_test(transaction_figures_are_the_duts),
        cmocka_unit_test(transaction_percentile_is_the_nearest_rank),
        cmocka_unit_test(transaction_wrong_content_disagrees_in_its_field),
        cmocka_unit_test(transaction_wrong_order_disagrees),
        cmocka_unit_test(transaction_lost_response_is_found),
        cmocka_unit_test(transaction_response_that_never_comes_is_late),
        cmocka_unit_test(transaction_refused_request_is_late),
        cmocka_unit_test(transaction_waiting_response_taken_back_is_named),
        cmocka_unit_test(transaction_waiting_response_changed_is_named),
        cmocka_unit_test(transaction_response_without_request_is_named),
        cmocka_unit_test(transaction_response_after_reset_is_named),
        cmocka_unit_test(transaction_registers_that_survive_a_reset_disagree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
