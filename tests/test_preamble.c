/* SPDX-License-Identifier: MIT */
/* The preamble: from power-up to any state that a machine was found in, through the channel alone,
 * and no pretence where a state cannot be reached. */
#include "unit.h"

#include <string.h>

#include "base/random.h"
#include "source/preamble.h"
#include "source/stimulus.h"

#include "recording.h"

static bool looks_equal(const struct mmu_look *a, const struct mmu_look *b)
{
    return a->addr == b->addr && a->base == b->base && a->size == b->size && a->data == b->data &&
           a->op == b->op && a->bytes == b->bytes && a->access == b->access && a->priv == b->priv &&
           a->segment == b->segment && a->reg == b->reg && a->flags == b->flags &&
           a->fault == b->fault;
}

static bool states_equal(const struct mmu_config *config, const struct mmu_state *a,
                         const struct mmu_state *b)
{
    return requests_equal(&a->req_q, &b->req_q) && looks_equal(&a->look_q, &b->look_q) &&
           a->rsp_q.addr == b->rsp_q.addr && a->rsp_q.data == b->rsp_q.data &&
           a->rsp_q.fault == b->rsp_q.fault && a->rsp_q.segment == b->rsp_q.segment &&
           a->req_valid_q == b->req_valid_q && a->look_valid_q == b->look_valid_q &&
           a->rsp_valid_q == b->rsp_valid_q && registers_equal(config, &a->regs, &b->regs);
}

/* The model's state after the preamble. */
static struct mmu_state state_after(const struct mmu_config *config,
                                    const struct preamble *preamble)
{
    struct mmu mmu;
    struct mmu_out out;

    mmu_init(&mmu, config);
    for (size_t i = 0; i < preamble->count; i++) {
        mmu_cycle(&mmu, &preamble->in[i], &out);
        assert_true(out.req_ready);
    }
    return mmu.state;
}

/* What the states that were visited had, so that the test is known to have looked. */
static struct {
    unsigned states, full, bubbled, faults[MMU_FAULT_PHYSICAL + 1], more;
} seen;

static void note(const struct mmu_config *config, const struct snapshot *snapshot)
{
    unsigned valid = 0;

    for (unsigned stage = 0; stage < config->stages; stage++) {
        valid += snapshot->is_valid[stage];
    }
    seen.states++;
    seen.full += valid == config->stages;
    seen.bubbled += valid > 0 && valid < config->stages;
    seen.faults[snapshot->regs.fault_code] += snapshot->regs.fault_valid;
    seen.more += snapshot->regs.fault_more;
}

static void check_states(const struct mmu_config *config, uint64_t seed, uint64_t cycles)
{
    struct machine machine = {.name = (char *)"unit", .mmu = *config};
    struct random_source random = {seed};
    static struct preamble preamble;
    struct testbench bench;
    struct stimulus stimulus;
    struct snapshot snapshot;
    struct mmu_in in;
    const struct mmu_out *out = NULL;
    struct error error;

    assert_true(testbench_init(&bench, ENGINE_MODEL, &machine, NULL, NULL, &error));
    stimulus_init(&stimulus, config, seed);
    for (uint64_t cycle = 0; cycle < cycles; cycle++) {
        stimulus_next(&stimulus, out, &in);
        out = testbench_clock(&bench, &in, NULL);
        assert_non_null(out);
        if (random_chance(&random, 1, 20)) {
            struct mmu_state state;

            testbench_snapshot(&bench, &snapshot);
            note(config, &snapshot);
            if (!preamble_build(config, &snapshot, &preamble, &error)) {
                fail_msg("seed %llu cycle %llu: %s", (unsigned long long)seed,
                         (unsigned long long)cycle, error.text);
            }
            state = state_after(config, &preamble);
            if (!states_equal(config, &state, &bench.model.state)) {
                fail_msg("seed %llu cycle %llu: other state", (unsigned long long)seed,
                         (unsigned long long)cycle);
            }
        }
    }
    testbench_end(&bench);
}

static void preamble_of_any_state_leads_to_it(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof(seen));
    for (unsigned i = 0; i < recording_config_count; i++) {
        check_states(&recording_configs[i], 1000 + i, 60000);
    }
    assert_true(seen.full > 100);
    assert_true(seen.bubbled > 100);
    assert_true(seen.more > 100);
    for (unsigned fault = MMU_FAULT_PRIVILEGE; fault <= MMU_FAULT_PHYSICAL; fault++) {
        if (seen.faults[fault] == 0) {
            fail_msg("no state with fault %s", mmu_fault_name(fault));
        }
    }
}

/* --- the twin: a snapshot with one thing changed leads elsewhere, or nowhere --- */

static const struct mmu_config small = {14, 16, 2, MMU_SELECT_EXPLICIT, 2, 3};

/* Registers set, a fault recorded, and the pipeline full but for one bubble. */
static struct snapshot example(void)
{
    struct snapshot snapshot = {
        .regs = {.context = 1,
                 .window = 0,
                 .fault_valid = 1,
                 .fault_code = MMU_FAULT_LIMIT,
                 .fault_access = 1,
                 .fault_segment = 2,
                 .fault_bytes = 4,
                 .fault_addr = 0x2fff},
        .flight[0].request = {.addr = 0x1000, .bytes = 2},
        .flight[2].request = {.op = MMU_OP_WRITE_REGISTER,
                              .priv = 1,
                              .reg = MMU_REG_SIZE(1),
                              .wdata = 7},
        .is_valid = {true, false, true},
    };

    snapshot.regs.segment[5] = (struct mmu_segment){.base = 0x100, .size = 0x80, .flags = 3};
    return snapshot;
}

static void snapshot_with_another_field_leads_elsewhere(void **state)
{
    static struct preamble preamble;
    struct mmu_state right, wrong;
    struct snapshot snapshot = example();
    struct error error;

    (void)state;
    assert_true(preamble_build(&small, &snapshot, &preamble, &error));
    right = state_after(&small, &preamble);
#define CHANGED(member, value)                                                                     \
    snapshot = example();                                                                          \
    snapshot.member = value;                                                                       \
    assert_true(preamble_build(&small, &snapshot, &preamble, &error));                             \
    wrong = state_after(&small, &preamble);                                                        \
    assert_false(states_equal(&small, &right, &wrong));
    CHANGED(regs.context, 0)
    CHANGED(regs.window, 1)
    CHANGED(regs.segment[5].size, 0x81)
    CHANGED(regs.segment[0].flags, 1)
    CHANGED(regs.fault_more, 1)
    CHANGED(regs.fault_addr, 0x2ffe)
    CHANGED(regs.fault_bytes, 5)
    CHANGED(is_valid[1], true)
    CHANGED(is_valid[2], false)
    CHANGED(flight[0].request.addr, 0x1001)
    CHANGED(flight[2].request.wdata, 8)
#undef CHANGED
}

static void snapshot_that_no_requests_reach_is_refused(void **state)
{
    static struct preamble preamble;
    struct snapshot snapshot;
    struct error error;

    (void)state;
#define UNREACHABLE(member, value)                                                                 \
    snapshot = example();                                                                          \
    snapshot.member = value;                                                                       \
    assert_false(preamble_build(&small, &snapshot, &preamble, &error));                            \
    assert_non_null(strstr(error.text, "no requests can lead"));
    UNREACHABLE(regs.context, 2)             /* no such bank */
    UNREACHABLE(regs.segment[5].base, 65537) /* more than the field holds */
    UNREACHABLE(regs.segment[5].flags, 32)
    UNREACHABLE(regs.fault_valid, 0)   /* the rest of it is not clear */
    UNREACHABLE(regs.fault_segment, 1) /* the address is in segment 2 */
    UNREACHABLE(regs.fault_priv, 1)    /* then 4 bytes are no limit */
    UNREACHABLE(regs.fault_code, MMU_FAULT_PRIVILEGE)
    UNREACHABLE(regs.fault_code, MMU_FAULT_REGISTER)
    UNREACHABLE(regs.fault_code, 9)
#undef UNREACHABLE
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(preamble_of_any_state_leads_to_it),
        cmocka_unit_test(snapshot_with_another_field_leads_elsewhere),
        cmocka_unit_test(snapshot_that_no_requests_reach_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
