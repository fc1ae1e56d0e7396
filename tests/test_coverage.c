/* SPDX-License-Identifier: MIT */
/* Each class of bins: stimulus by hand hits exactly the bin that it should, and its neighbour hits
 * another one. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "coverage_fixture.h"

enum {
    OPEN = MMU_FLAG_PRESENT | MMU_FLAG_READ | MMU_FLAG_WRITE | MMU_FLAG_EXECUTE,
    DOWN = OPEN | MMU_FLAG_GROWS_DOWN,
};

/* SPAN 4096. */
static const struct mmu_config small = {
    .va_w = 14, .pa_w = 16, .seg_bits = 2, .contexts = 2, .stages = 2};
static const struct mmu_config named = {
    .va_w = 14, .pa_w = 16, .seg_bits = 2, .select = MMU_SELECT_NAMED, .contexts = 1, .stages = 2};

/* One request alone, from nothing hit. */
static void play(struct bench *bench, struct mmu_request request)
{
    bench_forget(bench);
    bench_send(bench, request, 0);
    bench_drain(bench);
}

/* --- translations --- */

static void translation_hits_its_place(void **state)
{
    static const struct {
        unsigned flags, offset, bytes;
        const char *name;
    } cases[] = {
        {OPEN, 0, 4, "none, read, at the first byte, 4 bytes, grows up"},
        {OPEN, 0, 16, "none, read, all of it, 16 bytes, grows up"},
        {OPEN, 1, 8, "none, read, inside, 8 bytes, grows up"},
        {OPEN, 12, 4, "none, read, ends with the last byte, 4 bytes, grows up"},
        {OPEN, 13, 4, "limit, read, over the last byte, 4 bytes, grows up"},
        {OPEN, 16, 1, "limit, read, one past the last byte, 1 byte, grows up"},
        {OPEN, 17, 1, "limit, read, past it, 1 byte, grows up"},
        {OPEN, 0, 17, "limit, read, nowhere, not 1 to 16 bytes, grows up"},
        {OPEN, 1 << 14, 2, "limit, read, a bit at or above VA_W, 2 bytes, grows up"},
        {DOWN, 4080, 3, "none, read, at the first byte, 3 to 15 bytes, odd ones, grows down"},
        {DOWN, 4079, 2, "limit, read, over the first byte, 2 bytes, grows down"},
        {DOWN, 4078, 2, "limit, read, ends before the first byte, 2 bytes, grows down"},
        {DOWN, 4077, 2, "limit, read, before it, 2 bytes, grows down"},
        {DOWN, 4095, 2, "limit, read, over the last byte, 2 bytes, grows down"},
    };
    struct bench *const bench = bench_new(&small);

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[COVERAGE_NAME_SIZE];

        bench_set_segment(bench, 0, 4096, 16, cases[i].flags);
        play(bench, user_at(cases[i].offset, cases[i].bytes, MMU_ACCESS_READ));
        snprintf(name, sizeof(name), "translate: %s, segment 0, held 0", cases[i].name);
        expect_only(bench, COVER_TRANSLATE, name);
    }
    bench_free(bench);
}

static void translation_hits_its_segment_access_and_outcome(void **state)
{
    struct bench *const bench = bench_new(&small);

    (void)state;
    bench_set_segment(bench, 2, 0, 4096, OPEN & ~MMU_FLAG_WRITE);
    play(bench, user_at(2 * 4096 + 8, 1, MMU_ACCESS_WRITE));
    expect_only(bench, COVER_TRANSLATE,
                "translate: permission, write, inside, 1 byte, grows up, segment 2, held 0");
    expect_only(bench, COVER_PERMISSION, "permission: flags 0x0b, write");
    expect_only(bench, COVER_BANK, "bank: context 0, segment 2, refused");
    play(bench, user_at(2 * 4096 + 8, 1, MMU_ACCESS_EXECUTE));
    expect_only(bench, COVER_TRANSLATE,
                "translate: none, execute, inside, 1 byte, grows up, segment 2, held 0");
    expect_only(bench, COVER_PERMISSION, "permission: flags 0x0b, execute");
    expect_only(bench, COVER_BANK, "bank: context 0, segment 2, admitted");
    bench_send(bench, write_of(MMU_REG_CONTEXT, 1), 0);
    bench_drain(bench);
    play(bench, user_at(2 * 4096 + 8, 1, MMU_ACCESS_EXECUTE));
    expect_only(bench, COVER_TRANSLATE,
                "translate: not_present, execute, past it, 1 byte, grows up, segment 2, held 0");
    expect_only(bench, COVER_BANK, "bank: context 1, segment 2, refused");
    bench_free(bench);
}

static void held_response_hits_its_back_pressure(void **state)
{
    static const char *const names[] = {"held 0", "held 1", "held 2 or more", "held 2 or more"};
    struct bench *const bench = bench_new(&small);

    (void)state;
    bench_set_segment(bench, 0, 0, 16, OPEN);
    for (unsigned held = 0; held < 4; held++) {
        char name[COVERAGE_NAME_SIZE];

        bench_forget(bench);
        bench_send(bench, user_at(1, 1, MMU_ACCESS_READ), 0);
        for (unsigned i = 0; i <= held; i++) {
            bench_clock(bench, NULL, false, false); /* the first shows no response yet */
        }
        bench_drain(bench);
        snprintf(name, sizeof(name),
                 "translate: none, read, inside, 1 byte, grows up, segment 0, %s", names[held]);
        expect_only(bench, COVER_TRANSLATE, name);
    }
    bench_free(bench);
}

static void name_past_the_last_segment_hits_no_segment(void **state)
{
    struct bench *const bench = bench_new(&named);
    struct mmu_request request = user_at(0, 2, MMU_ACCESS_WRITE);

    (void)state;
    request.segment = 4;
    play(bench, request);
    expect_only(bench, COVER_NO_SEGMENT, "no segment: write, 2 bytes");
    request.segment = 3;
    play(bench, request);
    assert_false(is_hit(bench, "no segment: write, 2 bytes"));
    expect_only(bench, COVER_TRANSLATE,
                "translate: not_present, write, one past the last byte, 2 bytes, grows up, "
                "segment 3, held 0");
    bench_free(bench);
}

static void privileged_access_hits_its_end_of_memory(void **state)
{
    static const struct {
        uint64_t addr;
        unsigned bytes;
        const char *name;
    } cases[] = {
        {0, 4, "none, read, at physical address 0, 4 bytes"},
        {1, 4, "none, read, inside memory, 4 bytes"},
        {0xfffc, 4, "none, read, ends with memory, 4 bytes"},
        {0xfffd, 4, "physical, read, over the end of memory, 4 bytes"},
        {0x10000, 1, "physical, read, one past memory, 1 byte"},
        {0x10001, 1, "physical, read, past memory, 1 byte"},
        {UINT64_MAX, 16, "physical, read, past memory, 16 bytes"},
        {0, 0, "limit, read, nowhere, not 1 to 16 bytes"},
    };
    struct bench *const bench = bench_new(&small);

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct mmu_request request = user_at(cases[i].addr, cases[i].bytes, MMU_ACCESS_READ);
        char name[COVERAGE_NAME_SIZE];

        request.priv = 1;
        play(bench, request);
        snprintf(name, sizeof(name), "privileged: %s, held 0", cases[i].name);
        expect_only(bench, COVER_PRIVILEGED, name);
    }
    bench_free(bench);
}

static void result_hits_its_end_of_memory(void **state)
{
    static const struct {
        unsigned flags, base, offset, bytes;
        const char *name;
    } cases[] = {
        {OPEN, 0, 0, 2, "grows up, at physical address 0, 2 bytes"},
        {OPEN, 0xfff0, 14, 2, "grows up, ends with memory, 2 bytes"},
        {OPEN, 0xfff0, 15, 2, "grows up, over the end of memory, 2 bytes"},
        {OPEN, 0xfff0, 16, 2, "grows up, one past memory, 2 bytes"},
        {OPEN, 0xfff0, 17, 2, "grows up, past memory, 2 bytes"},
        {DOWN, 1, 4094, 2, "grows down, over address 0, 2 bytes"},
        {DOWN, 2, 4094, 2, "grows down, at physical address 0, 2 bytes"},
        {DOWN, 0, 4094, 2, "grows down, below address 0, 2 bytes"},
    };
    struct bench *const bench = bench_new(&small);

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[COVERAGE_NAME_SIZE];

        bench_set_segment(bench, 0, cases[i].base, 4096, cases[i].flags);
        play(bench, user_at(cases[i].offset, cases[i].bytes, MMU_ACCESS_READ));
        snprintf(name, sizeof(name), "physical: %s", cases[i].name);
        expect_only(bench, COVER_PHYSICAL, name);
    }
    bench_free(bench);
}

/* --- registers --- */

static void register_operation_hits_its_value(void **state)
{
    static const struct {
        struct mmu_request request;
        const char *name;
    } cases[] = {
        {{.op = 1, .priv = 1, .reg = 0x11, .wdata = 0}, "write, privileged, SIZE 0, zero"},
        {{.op = 1, .priv = 1, .reg = 0x11, .wdata = 5}, "write, privileged, SIZE 0, fits"},
        {{.op = 1, .priv = 1, .reg = 0x11, .wdata = 4096},
         "write, privileged, SIZE 0, the highest"},
        {{.op = 1, .priv = 1, .reg = 0x11, .wdata = 4097},
         "write, privileged, SIZE 0, one above the highest"},
        {{.op = 1, .priv = 1, .reg = 0x11, .wdata = 4098}, "write, privileged, SIZE 0, far above"},
        {{.op = 1, .priv = 0, .reg = 0x1c, .wdata = 65536}, "write, user, BASE 3, the highest"},
        {{.op = 1, .priv = 1, .reg = 0x01, .wdata = 1}, "write, privileged, CONTEXT, the highest"},
        {{.op = 1, .priv = 1, .reg = 0x00, .wdata = 1}, "write, privileged, ID, far above"},
        {{.op = 2, .priv = 1, .reg = 0x13}, "read, privileged, no register (0x13 + 4s), no value"},
        {{.op = 2, .priv = 0, .reg = 0x05}, "read, user, no register (0x05 to 0x0f), no value"},
        {{.op = 3, .priv = 1, .reg = 0x20},
         "reserved, privileged, no register (past the last segment), no value"},
    };
    struct bench *const bench = bench_new(&small);

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[COVERAGE_NAME_SIZE];

        play(bench, cases[i].request);
        snprintf(name, sizeof(name), "register: %s", cases[i].name);
        expect_only(bench, COVER_REGISTER, name);
    }
    bench_free(bench);
}

static void fault_hits_what_was_recorded_before(void **state)
{
    static const char *const records[] = {"none recorded", "one recorded", "more recorded"};
    struct bench *const bench = bench_new(&small);
    char name[COVERAGE_NAME_SIZE];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        play(bench, read_of(MMU_REG_FAULT_STATUS));
        snprintf(name, sizeof(name), "fault record: read FAULT_STATUS, %s", records[i]);
        expect_only(bench, COVER_FAULT_RECORD, name);
        play(bench, user_at(0, 1, MMU_ACCESS_READ));
        snprintf(name, sizeof(name), "fault: not_present, user, %s", records[i]);
        expect_only(bench, COVER_FAULT, name);
    }
    play(bench, read_of(MMU_REG_FAULT_ADDR));
    expect_only(bench, COVER_FAULT_RECORD, "fault record: read FAULT_ADDR, more recorded");
    play(bench, write_of(MMU_REG_FAULT_STATUS, 0));
    expect_only(bench, COVER_FAULT_RECORD, "fault record: clear, more recorded");
    play(bench, read_of(0xff));
    expect_only(bench, COVER_FAULT, "fault: register, privileged, none recorded");
    bench_free(bench);
}

/* --- requests that meet --- */

/* Segment 1, in context 0, is open, and its registers are shown; segment 1 of context 1 is not
 * present. */
static struct bench *pair_bench(void)
{
    struct bench *const bench = bench_new(&small);

    bench_set_segment(bench, 1, 0, 16, OPEN);
    return bench;
}

static const struct mmu_request translate_1 = {.addr = 4097, .bytes = 1};
static const struct mmu_request faulting = {.addr = 4097, .bytes = 0};
#define WRITE(register_, value)                                                                    \
    {                                                                                              \
        .op = MMU_OP_WRITE_REGISTER, .priv = 1, .reg = (register_), .wdata = (value)               \
    }
#define READ(register_)                                                                            \
    {                                                                                              \
        .op = MMU_OP_READ_REGISTER, .priv = 1, .reg = (register_)                                  \
    }
#define TRANSLATE                                                                                  \
    {                                                                                              \
        .addr = 4097, .bytes = 1                                                                   \
    }
#define FAULTING                                                                                   \
    {                                                                                              \
        .addr = 4097, .bytes = 0                                                                   \
    }

static const struct {
    enum coverage_hazard hazard;
    struct mmu_request first, second;
} pairs[] = {
    {HAZARD_BASE_TRANSLATE, WRITE(MMU_REG_BASE(1), 7), TRANSLATE},
    {HAZARD_SIZE_TRANSLATE, WRITE(MMU_REG_SIZE(1), 7), TRANSLATE},
    {HAZARD_FLAGS_TRANSLATE, WRITE(MMU_REG_FLAGS(1), 7), TRANSLATE},
    {HAZARD_TRANSLATE_BASE, TRANSLATE, WRITE(MMU_REG_BASE(1), 7)},
    {HAZARD_TRANSLATE_SIZE, TRANSLATE, WRITE(MMU_REG_SIZE(1), 7)},
    {HAZARD_TRANSLATE_FLAGS, TRANSLATE, WRITE(MMU_REG_FLAGS(1), 7)},
    {HAZARD_REFUSED_TRANSLATE, WRITE(MMU_REG_SIZE(1), 1 << 20), TRANSLATE},
    {HAZARD_OTHER_SEGMENT, WRITE(MMU_REG_SIZE(2), 7), TRANSLATE},
    {HAZARD_CONTEXT_TRANSLATE, WRITE(MMU_REG_CONTEXT, 1), TRANSLATE},
    {HAZARD_TRANSLATE_CONTEXT, TRANSLATE, WRITE(MMU_REG_CONTEXT, 1)},
    {HAZARD_CONTEXT_REFUSED, WRITE(MMU_REG_CONTEXT, 2), TRANSLATE},
    {HAZARD_WINDOW_WRITE, WRITE(MMU_REG_WINDOW, 1), WRITE(MMU_REG_SIZE(1), 7)},
    {HAZARD_WINDOW_READ, WRITE(MMU_REG_WINDOW, 1), READ(MMU_REG_SIZE(1))},
    {HAZARD_WINDOW_REFUSED, WRITE(MMU_REG_WINDOW, 2), READ(MMU_REG_SIZE(1))},
    {HAZARD_WRITE_READ, WRITE(MMU_REG_SIZE(1), 7), READ(MMU_REG_SIZE(1))},
    {HAZARD_REFUSED_READ, WRITE(MMU_REG_SIZE(1), 1 << 20), READ(MMU_REG_SIZE(1))},
    {HAZARD_FAULT_FAULT, FAULTING, FAULTING},
    {HAZARD_FAULT_STATUS, FAULTING, READ(MMU_REG_FAULT_STATUS)},
    {HAZARD_FAULT_ADDR, FAULTING, READ(MMU_REG_FAULT_ADDR)},
    {HAZARD_FAULT_CLEAR, FAULTING, WRITE(MMU_REG_FAULT_STATUS, 0)},
    {HAZARD_CLEAR_FAULT, WRITE(MMU_REG_FAULT_STATUS, 0), FAULTING},
    {HAZARD_CLEAR_STATUS, WRITE(MMU_REG_FAULT_STATUS, 0), READ(MMU_REG_FAULT_STATUS)},
};

static unsigned pair_hits(const struct bench *bench, enum coverage_hazard hazard, unsigned distance)
{
    const unsigned at[COVERAGE_DIMENSIONS] = {hazard, distance};

    return bench->coverage->hits[coverage_bin(&bench->coverage->bins, COVER_HAZARD, at)];
}

static void pair_hits_its_hazard_and_distance(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        for (unsigned distance = 0; distance < COVER_DISTANCES; distance++) {
            struct bench *const bench = pair_bench();

            bench_send(bench, pairs[i].first, 0);
            bench_send(bench, pairs[i].second, distance);
            bench_drain(bench);
            for (unsigned other = 0; other < COVER_DISTANCES; other++) {
                assert_int_equal(pair_hits(bench, pairs[i].hazard, other), other == distance);
            }
            bench_free(bench);
        }
    }
}

static void pair_with_a_request_between_is_none(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct bench *const bench = pair_bench();

        bench_send(bench, pairs[i].first, 0);
        bench_send(bench, read_of(MMU_REG_ID), 0);
        bench_send(bench, pairs[i].second, 0);
        bench_drain(bench);
        for (unsigned distance = 0; distance < COVER_DISTANCES; distance++) {
            assert_int_equal(pair_hits(bench, pairs[i].hazard, distance), 0);
        }
        bench_free(bench);
    }
}

static void write_of_another_bank_is_no_write_of_this_one(void **state)
{
    struct bench *const bench = pair_bench();

    (void)state;
    bench_send(bench, write_of(MMU_REG_WINDOW, 1), 0);
    bench_send(bench, write_of(MMU_REG_SIZE(1), 7), 0);
    bench_send(bench, translate_1, 0);
    bench_drain(bench);
    assert_int_equal(pair_hits(bench, HAZARD_OTHER_BANK, 0), 1);
    assert_int_equal(pair_hits(bench, HAZARD_SIZE_TRANSLATE, 0), 0);
    bench_free(bench);
}

static void clear_between_faults_needs_all_three(void **state)
{
    struct bench *const bench = pair_bench();

    (void)state;
    bench_send(bench, write_of(MMU_REG_FAULT_STATUS, 0), 0);
    bench_send(bench, faulting, 0);
    bench_drain(bench);
    assert_int_equal(pair_hits(bench, HAZARD_CLEAR_BETWEEN, 0), 0);
    bench_send(bench, write_of(MMU_REG_FAULT_STATUS, 0), 0);
    bench_send(bench, faulting, 0);
    bench_drain(bench);
    assert_int_equal(pair_hits(bench, HAZARD_CLEAR_BETWEEN, 0), 1);
    bench_free(bench);
}

static void switch_hits_what_is_in_flight(void **state)
{
    struct bench *const bench = pair_bench();

    (void)state;
    play(bench, write_of(MMU_REG_CONTEXT, 1));
    expect_only(bench, COVER_SWITCH, "switch: CONTEXT, changes, 0 older in flight");
    play(bench, write_of(MMU_REG_CONTEXT, 1));
    expect_only(bench, COVER_SWITCH, "switch: CONTEXT, stays, 0 older in flight");
    bench_forget(bench);
    bench_send(bench, translate_1, 0);
    bench_send(bench, write_of(MMU_REG_WINDOW, 2), 0);
    bench_drain(bench);
    expect_only(bench, COVER_SWITCH, "switch: WINDOW, refused, 1 older in flight");
    bench_free(bench);
}

static void reset_hits_what_it_finds(void **state)
{
    struct bench *const bench = pair_bench();

    (void)state;
    bench_clock(bench, NULL, true, true);
    expect_only(bench, COVER_RESET, "reset: 0 in flight, nothing offered, no response");
    bench_forget(bench);
    bench_clock(bench, &translate_1, true, false);
    bench_clock(bench, &faulting, true, true);
    expect_only(bench, COVER_RESET, "reset: 1 in flight, a request offered, no response");
    assert_true(is_hit(bench, "dropped: user translation, in flight"));
    assert_true(is_hit(bench, "dropped: user translation, not accepted"));
    bench_forget(bench);
    bench_clock(bench, &translate_1, false, false);
    bench_clock(bench, &translate_1, false, false);
    bench_clock(bench, &translate_1, false, false); /* a stall */
    bench_clock(bench, &translate_1, false, true);
    expect_only(bench, COVER_RESET, "reset: 2 in flight, a request waiting, response held");
    bench_free(bench);
}

static void dropped_request_hits_its_kind(void **state)
{
    struct mmu_request request = write_of(MMU_REG_SIZE(0), 1);
    struct bench *const bench = pair_bench();

    (void)state;
    bench_clock(bench, &request, true, true);
    expect_only(bench, COVER_DROPPED, "dropped: register write, not accepted");
    request.op = MMU_OP_RESERVED;
    bench_forget(bench);
    bench_clock(bench, &request, true, false);
    bench_clock(bench, NULL, true, true);
    expect_only(bench, COVER_DROPPED, "dropped: reserved operation, in flight");
    bench_free(bench);
}

static void traffic_hits_how_long_both_waited(void **state)
{
    struct bench *const bench = pair_bench();

    (void)state;
    play(bench, translate_1);
    expect_only(bench, COVER_TRAFFIC, "traffic: waited 0, held 0, 0 older in flight");
    bench_forget(bench);
    bench_clock(bench, &translate_1, false, false);
    bench_clock(bench, NULL, false, false);
    bench_clock(bench, &translate_1, false, false); /* waits behind the response */
    bench_clock(bench, &translate_1, false, false);
    bench_clock(bench, &translate_1, true, false); /* both move */
    bench_drain(bench);
    assert_true(is_hit(bench, "traffic: waited 0, held 2 or 3, 0 older in flight"));
    assert_true(is_hit(bench, "traffic: waited 2 or 3, held 0, 0 older in flight"));
    assert_false(is_hit(bench, "traffic: waited 1, held 0, 0 older in flight"));
    bench_free(bench);
}

static void reset_ends_a_pair(void **state)
{
    struct bench *const bench = pair_bench();

    (void)state;
    bench_send(bench, faulting, 0);
    bench_drain(bench);
    bench_clock(bench, NULL, true, true);
    bench_forget(bench);
    bench_send(bench, faulting, 0);
    bench_drain(bench);
    expect_only(bench, COVER_FAULT, "fault: not_present, user, none recorded");
    for (unsigned distance = 0; distance < COVER_DISTANCES; distance++) {
        assert_int_equal(pair_hits(bench, HAZARD_FAULT_FAULT, distance), 0);
    }
    bench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(translation_hits_its_place),
        cmocka_unit_test(translation_hits_its_segment_access_and_outcome),
        cmocka_unit_test(held_response_hits_its_back_pressure),
        cmocka_unit_test(name_past_the_last_segment_hits_no_segment),
        cmocka_unit_test(privileged_access_hits_its_end_of_memory),
        cmocka_unit_test(result_hits_its_end_of_memory),
        cmocka_unit_test(register_operation_hits_its_value),
        cmocka_unit_test(fault_hits_what_was_recorded_before),
        cmocka_unit_test(pair_hits_its_hazard_and_distance),
        cmocka_unit_test(pair_with_a_request_between_is_none),
        cmocka_unit_test(write_of_another_bank_is_no_write_of_this_one),
        cmocka_unit_test(clear_between_faults_needs_all_three),
        cmocka_unit_test(switch_hits_what_is_in_flight),
        cmocka_unit_test(reset_hits_what_it_finds),
        cmocka_unit_test(dropped_request_hits_its_kind),
        cmocka_unit_test(traffic_hits_how_long_both_waited),
        cmocka_unit_test(reset_ends_a_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
