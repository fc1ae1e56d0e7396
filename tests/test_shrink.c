/* SPDX-License-Identifier: MIT */
/* Shrinking: a bug that needs so many requests, stalls, resets or so much time is shown by as many,
 * and no more. The DUT is the model behind the DUT boundary with a bug that is known to the last
 * request; what finds it is the generated stimulus. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "source/shrink.h"
#include "source/stimulus.h"

enum { FIND_CYCLES = 200000 };

struct fake_dut {
    struct mmu mmu;
    uint64_t age_cycles;   /* since the last reset */
    unsigned waited;       /* cycles that the response has waited */
    unsigned back_to_back; /* requests that moved one directly after the other */
    struct mmu_regs kept;  /* of the reset that is forgotten */
};

/* What the bug makes of the outputs of a cycle; the model has been clocked. */
typedef void bug(struct fake_dut *dut, const struct mmu_in *in, struct mmu_out *out);
static bug *planted;

static const struct machine machine = {
    .name = (char *)"unit",
    .mmu = {.va_w = 14, .pa_w = 16, .seg_bits = 2, .contexts = 2, .stages = 2},
};

static void *fake_start(const struct dut_start *start)
{
    struct fake_dut *const dut = calloc(1, sizeof(*dut));

    (void)start;
    mmu_init(&dut->mmu, &machine.mmu);
    return dut;
}

static void fake_cycle(void *context, const struct mmu_in *in, struct mmu_out *out)
{
    struct fake_dut *const dut = context;
    const struct mmu_regs before = dut->mmu.state.regs;

    mmu_cycle(&dut->mmu, in, out);
    dut->kept = before;
    planted(dut, in, out);
    dut->age_cycles = in->rst ? 0 : dut->age_cycles + 1;
    dut->waited = out->rsp_valid && !in->rsp_ready && !in->rst ? dut->waited + 1 : 0;
    dut->back_to_back = in->req_valid && out->req_ready && !in->rst ? dut->back_to_back + 1 : 0;
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

/* --- the bugs --- */

static void wrong_fault(struct fake_dut *dut, const struct mmu_in *in, struct mmu_out *out)
{
    (void)dut, (void)in;
    if (out->rsp.fault == MMU_FAULT_NOT_PRESENT && out->rsp.segment == 2) {
        out->rsp.fault = MMU_FAULT_LIMIT;
    }
}

static void loses_a_bit_of_size_1(struct fake_dut *dut, const struct mmu_in *in,
                                  struct mmu_out *out)
{
    (void)in, (void)out;
    dut->mmu.state.regs.segment[1].size &= ~UINT64_C(8);
}

static void wrong_sum(struct fake_dut *dut, const struct mmu_in *in, struct mmu_out *out)
{
    (void)dut, (void)in;
    if (out->rsp_valid && out->rsp.fault == MMU_FAULT_NONE && out->rsp.segment == 3) {
        out->rsp.addr ^= 1;
    }
}

static void forgets_while_waiting(struct fake_dut *dut, const struct mmu_in *in,
                                  struct mmu_out *out)
{
    (void)in;
    if (out->rsp.fault == MMU_FAULT_NOT_PRESENT && dut->waited == 3) {
        out->rsp.segment ^= 1;
    }
}

static void window_survives_reset(struct fake_dut *dut, const struct mmu_in *in,
                                  struct mmu_out *out)
{
    (void)out;
    if (in->rst) {
        dut->mmu.state.regs.window = dut->kept.window;
    }
}

static void sleeps_once(struct fake_dut *dut, const struct mmu_in *in, struct mmu_out *out)
{
    (void)in;
    if (dut->age_cycles == 300) {
        out->req_ready ^= 1;
    }
}

static void listens_to_noise(struct fake_dut *dut, const struct mmu_in *in, struct mmu_out *out)
{
    (void)dut;
    if (!in->req_valid && !in->rst && in->req.op == MMU_OP_WRITE_REGISTER &&
        in->req.reg % 16 == 1) {
        out->req_ready ^= 1;
    }
}

static void drops_the_fifth_in_a_row(struct fake_dut *dut, const struct mmu_in *in,
                                     struct mmu_out *out)
{
    if (dut->back_to_back == 4 && in->req_valid) {
        out->req_ready = 0;
    }
}

static void no_bug(struct fake_dut *dut, const struct mmu_in *in, struct mmu_out *out)
{
    (void)dut, (void)in, (void)out;
}

/* --- finding and shrinking --- */

/* Generated stimulus up to the disagreement. */
static void find(struct shrink *shrink, struct testbench *bench)
{
    struct stimulus *const stimulus = malloc(sizeof(*stimulus));
    struct timeline_recorder recorder = {.timeline = &shrink->timeline, .bench = bench};
    const struct sink sink = timeline_recorder_sink(&recorder);
    const struct mmu_out *out = NULL;
    struct error error;
    struct mmu_in in;

    assert_non_null(stimulus);
    stimulus_init(stimulus, &machine.mmu, 7);
    assert_true(testbench_init(bench, ENGINE_LOCKSTEP, &machine, &fake_library, NULL, &error));
    testbench_add_sink(bench, &sink);
    do {
        stimulus_next(stimulus, out, &in);
        out = testbench_clock(bench, &in, NULL);
    } while (out != NULL && bench->cycle < FIND_CYCLES);
    assert_int_equal(bench->verdict, TESTBENCH_DISAGREED);
    assert_true(timeline_recorder_end(&recorder));
    shrink->noise_seed = stimulus->noise_seed;
    signature_of(bench, &shrink->signature);
    testbench_end(bench);
    free(stimulus);
}

static const struct trial_setup setup = {
    .engine = ENGINE_LOCKSTEP,
    .machine = &machine,
    .library = &fake_library,
};

static struct shrink shrink_bug(bug *which, struct trial *trial)
{
    struct testbench *const bench = &trial->bench;
    struct shrink shrink = {
        .setup = setup,
        .budget_cycles = SHRINK_DEFAULT_CYCLES,
    };
    struct signature signature;
    struct error error = {{0}};

    planted = which;
    find(&shrink, bench);
    if (!shrink_run(&shrink, &error)) {
        fail_msg("%s", error.text);
    }
    assert_false(shrink.is_exhausted);
    assert_true(shrink_play(&shrink, trial, NULL, "unit", 7, &error));
    signature_of(bench, &signature);
    testbench_end(bench);
    assert_true(signatures_equal(&signature, &shrink.signature));
    return shrink;
}

static uint64_t count_phases(const struct timeline *timeline, enum phase_kind kind)
{
    uint64_t count = 0;

    for (size_t i = 0; i < timeline->count; i++) {
        count += timeline->phases[i].kind == kind;
    }
    return count;
}

/* Shrinks, and holds what is left against what the bug needs. */
static void expect(bug *which, const char *field, size_t requests, uint64_t resets)
{
    static struct trial trial;
    struct shrink shrink = shrink_bug(which, &trial);

    assert_string_equal(shrink.signature.field, field);
    assert_int_equal(timeline_request_count(&shrink.timeline), requests);
    assert_int_equal(count_phases(&shrink.timeline, PHASE_RESET), resets);
    timeline_free(&shrink.timeline);
}

static void shrink_bug_of_one_request_leaves_one(void **state)
{
    (void)state;
    expect(wrong_fault, "rsp_fault_o", 1, 1);
}

static void shrink_bug_of_two_requests_leaves_two(void **state)
{
    (void)state;
    expect(loses_a_bit_of_size_1, "rsp_data_o", 2, 1);
}

static void shrink_bug_of_three_requests_leaves_three(void **state)
{
    (void)state;
    expect(wrong_sum, "rsp_addr_o", 3, 1);
}

static void shrink_bug_of_five_in_a_row_leaves_five(void **state)
{
    (void)state;
    expect(drops_the_fifth_in_a_row, "req_ready_o", 5, 1);
}

static void shrink_bug_of_a_stall_leaves_its_cycles(void **state)
{
    static struct trial trial;
    struct shrink shrink = shrink_bug(forgets_while_waiting, &trial);
    uint64_t stalls = 0;

    (void)state;
    assert_int_equal(timeline_request_count(&shrink.timeline), 1);
    for (size_t i = 0; i < shrink.timeline.count; i++) {
        const struct phase *const phase = &shrink.timeline.phases[i];

        assert_int_equal(phase->stall_cycles, 0);
        stalls += phase->kind == PHASE_IDLE && !phase->is_ready ? phase->cycles : 0;
    }
    assert_in_range(stalls, 3, 4);
    timeline_free(&shrink.timeline);
}

static void shrink_bug_of_a_reset_leaves_a_second_one(void **state)
{
    (void)state;
    expect(window_survives_reset, "rsp_data_o", 2, 2);
}

static void shrink_bug_of_time_leaves_a_wait(void **state)
{
    static struct trial trial;
    struct shrink shrink = shrink_bug(sleeps_once, &trial);

    (void)state;
    assert_int_equal(timeline_request_count(&shrink.timeline), 0);
    assert_int_equal(shrink.timeline.count, 2);
    assert_int_equal(shrink.timeline.phases[1].cycles, 301);
    timeline_free(&shrink.timeline);
}

static void shrink_bug_of_unused_inputs_keeps_the_noise(void **state)
{
    static struct trial trial;
    struct shrink shrink = shrink_bug(listens_to_noise, &trial);

    (void)state;
    assert_int_equal(timeline_request_count(&shrink.timeline), 0);
    assert_true(shrink.noise_seed != 0);
    timeline_free(&shrink.timeline);
}

static void shrink_values_are_the_least_that_fail(void **state)
{
    static struct trial trial;
    struct shrink shrink = shrink_bug(loses_a_bit_of_size_1, &trial);

    (void)state;
    assert_int_equal(shrink.timeline.phases[1].request.wdata, 8);
    assert_int_equal(shrink.timeline.phases[1].request.addr, 0);
    assert_int_equal(shrink.timeline.phases[2].request.wdata, 0);
    timeline_free(&shrink.timeline);
}

static void shrink_again_gives_the_same(void **state)
{
    static struct trial trial;
    struct shrink one = shrink_bug(wrong_sum, &trial), two = shrink_bug(wrong_sum, &trial);

    (void)state;
    assert_int_equal(one.timeline.count, two.timeline.count);
    assert_int_equal(one.tries, two.tries);
    for (size_t i = 0; i < one.timeline.count; i++) {
        assert_memory_equal(&one.timeline.phases[i].request, &two.timeline.phases[i].request,
                            sizeof(one.timeline.phases[i].request));
    }
    timeline_free(&one.timeline);
    timeline_free(&two.timeline);
}

static void shrink_without_the_bug_says_so(void **state)
{
    static struct trial trial;
    struct shrink shrink = {.setup = setup, .budget_cycles = SHRINK_DEFAULT_CYCLES};
    struct error error;
    size_t count;

    (void)state;
    planted = wrong_sum;
    find(&shrink, &trial.bench);
    count = shrink.timeline.count;
    planted = no_bug;
    assert_false(shrink_run(&shrink, &error));
    assert_non_null(strstr(error.text, "does not come again"));
    assert_int_equal(shrink.timeline.count, count);
    timeline_free(&shrink.timeline);
}

/* The twin of each test above: a small stimulus that does not fail any more is not taken for one.
 */
static void shrink_small_stimulus_that_agrees_is_an_error(void **state)
{
    static struct trial trial;
    struct shrink shrink = shrink_bug(wrong_sum, &trial);
    struct error error;

    (void)state;
    planted = no_bug;
    assert_false(shrink_play(&shrink, &trial, NULL, "unit", 7, &error));
    assert_non_null(strstr(error.text, "does not fail in the same way"));
    testbench_end(&trial.bench);
    planted = wrong_fault;
    assert_false(shrink_play(&shrink, &trial, NULL, "unit", 7, &error));
    testbench_end(&trial.bench);
    timeline_free(&shrink.timeline);
}

/* Ports that are narrower than the contract's, and constants. */
static void shrink_keeps_to_the_limits_of_the_ports(void **state)
{
    static struct trial trial;
    struct input_limits limits;
    struct shrink shrink = {.setup = setup, .budget_cycles = SHRINK_DEFAULT_CYCLES};
    const struct testbench_cycle *cycle;
    struct error error = {{0}};

    (void)state;
    input_limits_init(&limits);
    input_limits_set(&limits, CONTRACT_req_bytes_i, 2, 4);
    input_limits_set(&limits, CONTRACT_req_segment_i, 0, 9);
    shrink.setup.limits = &limits;
    planted = wrong_fault;
    find(&shrink, &trial.bench);
    if (!shrink_run(&shrink, &error) || !shrink_play(&shrink, &trial, NULL, "unit", 7, &error)) {
        fail_msg("%s", error.text);
    }
    for (unsigned i = 0; i <= trial.bench.cycle && i < TESTBENCH_HISTORY; i++) {
        cycle = &trial.bench.history[i];
        assert_true(cycle->in.req.bytes >= 4 && cycle->in.req.bytes < 8);
        assert_int_equal(cycle->in.req.segment, 9);
    }
    testbench_end(&trial.bench);
    timeline_free(&shrink.timeline);
}

static void shrink_budget_at_its_end_keeps_what_fails(void **state)
{
    static struct trial trial;
    struct shrink shrink = {.setup = setup};
    struct signature signature;
    struct error error;

    (void)state;
    planted = wrong_sum;
    find(&shrink, &trial.bench);
    shrink.budget_cycles = 3 * (trial.bench.cycle + SHRINK_START_CYCLES);
    assert_true(shrink_run(&shrink, &error));
    assert_true(shrink.is_exhausted);
    assert_true(shrink_play(&shrink, &trial, NULL, "unit", 7, &error));
    signature_of(&trial.bench, &signature);
    assert_true(signatures_equal(&signature, &shrink.signature));
    testbench_end(&trial.bench);
    timeline_free(&shrink.timeline);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shrink_bug_of_one_request_leaves_one),
        cmocka_unit_test(shrink_bug_of_two_requests_leaves_two),
        cmocka_unit_test(shrink_bug_of_three_requests_leaves_three),
        cmocka_unit_test(shrink_bug_of_five_in_a_row_leaves_five),
        cmocka_unit_test(shrink_bug_of_a_stall_leaves_its_cycles),
        cmocka_unit_test(shrink_bug_of_a_reset_leaves_a_second_one),
        cmocka_unit_test(shrink_bug_of_time_leaves_a_wait),
        cmocka_unit_test(shrink_bug_of_unused_inputs_keeps_the_noise),
        cmocka_unit_test(shrink_values_are_the_least_that_fail),
        cmocka_unit_test(shrink_again_gives_the_same),
        cmocka_unit_test(shrink_without_the_bug_says_so),
        cmocka_unit_test(shrink_small_stimulus_that_agrees_is_an_error),
        cmocka_unit_test(shrink_keeps_to_the_limits_of_the_ports),
        cmocka_unit_test(shrink_budget_at_its_end_keeps_what_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
