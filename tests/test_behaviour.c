/* SPDX-License-Identifier: MIT */
/* What software and the bus see of a machine, rule by rule of the specification (rtl/README.md).
 * Every expected value is worked out by hand. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "behaviour.h"
#include "segmmu/segmmu.h"

static const struct mmu_config ostep16 = {14, 16, 2, MMU_SELECT_EXPLICIT, 1, 2};
static const struct mmu_config two_contexts = {32, 32, 2, MMU_SELECT_EXPLICIT, 2, 2};
static const struct mmu_config named = {32, 32, 2, MMU_SELECT_NAMED, 1, 2};
static const struct mmu_config one_stage = {32, 32, 0, MMU_SELECT_EXPLICIT, 1, 1};
static const struct mmu_config three_stages = {32, 36, 4, MMU_SELECT_EXPLICIT, 1, 3};

/* --- driving --- */

struct bus {
    void *machine;
    struct mmu_config config;
};

static struct mmu_out clock_with(struct bus *bus, const struct mmu_request *request, bool ready)
{
    struct mmu_in in = {.rsp_ready = ready};
    struct mmu_out out;

    if (request != NULL) {
        in.req = *request;
        in.req_valid = 1;
    }
    machine_cycle(bus->machine, &in, &out);
    return out;
}

static void reset(struct bus *bus)
{
    const struct mmu_in in = {.rst = 1, .rsp_ready = 1};
    struct mmu_out out;

    machine_cycle(bus->machine, &in, &out);
}

static struct bus start(const struct mmu_config *config)
{
    struct bus bus = {.machine = machine_start(config), .config = *config};

    reset(&bus);
    return bus;
}

static void stop(struct bus *bus)
{
    machine_stop(bus->machine);
}

/* Sends one request and waits for its response. */
static struct mmu_response ask(struct bus *bus, const struct mmu_request *request)
{
    struct mmu_out out = clock_with(bus, request, true);

    assert_int_equal(out.req_ready, 1);
    for (unsigned cycle = 0; cycle < 4; cycle++) {
        out = clock_with(bus, NULL, true);
        if (out.rsp_valid) {
            return out.rsp;
        }
    }
    fail_msg("no response");
    abort();
}

static struct mmu_request write_to(uint8_t reg, uint64_t value)
{
    return (struct mmu_request){.op = MMU_OP_WRITE_REGISTER, .priv = 1, .reg = reg, .wdata = value};
}

static struct mmu_request read_of(uint8_t reg)
{
    return (struct mmu_request){.op = MMU_OP_READ_REGISTER, .priv = 1, .reg = reg};
}

static struct mmu_request load(uint64_t addr, uint8_t bytes)
{
    return (struct mmu_request){.addr = addr, .bytes = bytes, .access = MMU_ACCESS_READ};
}

static void put(struct bus *bus, uint8_t reg, uint64_t value)
{
    const struct mmu_request request = write_to(reg, value);

    assert_int_equal(ask(bus, &request).fault, MMU_FAULT_NONE);
}

static uint64_t get(struct bus *bus, uint8_t reg)
{
    const struct mmu_request request = read_of(reg);
    const struct mmu_response response = ask(bus, &request);

    assert_int_equal(response.fault, MMU_FAULT_NONE);
    return response.data;
}

static void set_segment(struct bus *bus, unsigned s, uint64_t base, uint64_t size, uint64_t flags)
{
    put(bus, MMU_REG_BASE(s), base);
    put(bus, MMU_REG_SIZE(s), size);
    put(bus, MMU_REG_FLAGS(s), flags);
}

/* present + the named permissions */
enum { PR = 3, PRW = 7, PRX = 11, PRWX = 15, DOWN = 16 };

/* The registers of OSTEP figure 16.2, and its stack. */
static struct bus start_ostep16(void)
{
    struct bus bus = start(&ostep16);

    set_segment(&bus, 0, 32 << 10, 2 << 10, PRX);
    set_segment(&bus, 1, 34 << 10, 3 << 10, PRW);
    set_segment(&bus, 3, 28 << 10, 2 << 10, PRW | DOWN);
    return bus;
}

static void expect_paddr(struct bus *bus, uint64_t vaddr, uint8_t bytes, uint64_t paddr)
{
    const struct mmu_request request = load(vaddr, bytes);
    const struct mmu_response response = ask(bus, &request);

    assert_int_equal(response.fault, MMU_FAULT_NONE);
    assert_int_equal(response.addr, paddr);
}

static void expect_fault(struct bus *bus, const struct mmu_request *request, unsigned fault)
{
    const struct mmu_response response = ask(bus, request);

    assert_string_equal(mmu_fault_name(response.fault), mmu_fault_name(fault));
    assert_int_equal(response.addr, 0);
    assert_int_equal(response.data, 0);
}

static void expect_load_fault(struct bus *bus, uint64_t vaddr, uint8_t bytes, unsigned fault)
{
    const struct mmu_request request = load(vaddr, bytes);

    expect_fault(bus, &request, fault);
}

/* --- translation --- */

static void stack_of_ostep16_at_15k_is_27k(void **state)
{
    struct bus bus = start_ostep16();

    (void)state;
    expect_paddr(&bus, 15 << 10, 1, 27 << 10);
    expect_load_fault(&bus, 13 << 10, 1, MMU_FAULT_LIMIT);
    stop(&bus);
}

static void heap_of_ostep16_at_4200_is_34920(void **state)
{
    struct bus bus = start_ostep16();

    (void)state;
    expect_paddr(&bus, 4200, 4, 34920);
    stop(&bus);
}

static void limit_last_word_passes_and_word_past_it_faults(void **state)
{
    struct bus bus = start_ostep16();

    (void)state;
    expect_paddr(&bus, (4 << 10) + (3 << 10) - 4, 4, (37 << 10) - 4);
    expect_load_fault(&bus, (4 << 10) + (3 << 10) - 3, 4, MMU_FAULT_LIMIT);
    expect_load_fault(&bus, (4 << 10) + (3 << 10), 1, MMU_FAULT_LIMIT);
    stop(&bus);
}

static void limit_grows_down_both_ends_are_exact(void **state)
{
    struct bus bus = start_ostep16();

    (void)state;
    expect_paddr(&bus, 14 << 10, 16, 26 << 10);
    expect_load_fault(&bus, (14 << 10) - 1, 2, MMU_FAULT_LIMIT);
    expect_paddr(&bus, (16 << 10) - 1, 1, (28 << 10) - 1);
    expect_load_fault(&bus, (16 << 10) - 1, 2, MMU_FAULT_LIMIT);
    stop(&bus);
}

static void access_across_two_full_segments_faults(void **state)
{
    struct bus bus = start(&ostep16);

    (void)state;
    set_segment(&bus, 0, 0, 4 << 10, PRW);
    set_segment(&bus, 1, 4 << 10, 4 << 10, PRW);
    expect_paddr(&bus, 4095, 1, 4095);
    expect_paddr(&bus, 4096, 1, 4096);
    expect_load_fault(&bus, 4095, 2, MMU_FAULT_LIMIT);
    stop(&bus);
}

static void size_0_admits_nothing(void **state)
{
    struct bus bus = start(&ostep16);

    (void)state;
    set_segment(&bus, 0, 0, 0, PRWX);
    set_segment(&bus, 1, 4 << 10, 0, PRWX | DOWN);
    expect_load_fault(&bus, 0, 1, MMU_FAULT_LIMIT);
    expect_load_fault(&bus, 8191, 1, MMU_FAULT_LIMIT);
    stop(&bus);
}

static void byte_counts_other_than_1_to_16_are_limit(void **state)
{
    struct bus bus = start_ostep16();

    (void)state;
    for (uint8_t bytes = 0; bytes < 32; bytes++) {
        const struct mmu_request request = load(0, bytes);

        assert_int_equal(ask(&bus, &request).fault,
                         bytes >= 1 && bytes <= 16 ? MMU_FAULT_NONE : MMU_FAULT_LIMIT);
    }
    stop(&bus);
}

static void address_above_va_w_is_limit_in_the_segment_of_its_low_bits(void **state)
{
    struct bus bus = start_ostep16();
    const struct mmu_request request = load((UINT64_C(1) << 14) + 4200, 1);
    struct mmu_response response;

    (void)state;
    response = ask(&bus, &request);
    assert_int_equal(response.fault, MMU_FAULT_LIMIT);
    assert_int_equal(response.segment, 1);
    expect_load_fault(&bus, (UINT64_C(1) << 63) + (8 << 10), 1, MMU_FAULT_NOT_PRESENT);
    stop(&bus);
}

static void permission_each_flag_admits_its_access_only(void **state)
{
    struct bus bus = start(&ostep16);

    (void)state;
    for (uint8_t flags = 0; flags < 8; flags++) {
        set_segment(&bus, 0, 0, 64, (uint64_t)flags << 1 | 1);
        for (uint8_t access = 0; access < 4; access++) {
            const struct mmu_request request = {.bytes = 1, .access = access};
            const bool is_allowed = access < 3 && (flags >> access & 1);

            assert_int_equal(ask(&bus, &request).fault,
                             is_allowed ? MMU_FAULT_NONE : MMU_FAULT_PERMISSION);
        }
    }
    stop(&bus);
}

static void physical_result_beyond_pa_w_faults_and_never_wraps(void **state)
{
    struct bus bus = start(&ostep16);

    (void)state;
    set_segment(&bus, 0, (64 << 10) - 8, 64, PR);
    expect_paddr(&bus, 0, 8, (64 << 10) - 8);
    expect_load_fault(&bus, 1, 8, MMU_FAULT_PHYSICAL);
    expect_load_fault(&bus, 8, 1, MMU_FAULT_PHYSICAL);
    set_segment(&bus, 0, 64 << 10, 64, PR);
    expect_load_fault(&bus, 0, 1, MMU_FAULT_PHYSICAL);
    set_segment(&bus, 1, 4, 64, PR | DOWN); /* reaches below physical 0 */
    expect_paddr(&bus, 8188, 4, 0);
    expect_load_fault(&bus, 8187, 4, MMU_FAULT_PHYSICAL);
    stop(&bus);
}

static void priority_is_not_present_limit_permission_physical(void **state)
{
    struct bus bus = start(&ostep16);
    const struct mmu_request all_wrong = {.addr = 0, .bytes = 0, .access = 3};
    const struct mmu_request no_permission = {.addr = 0, .bytes = 1, .access = 3};

    (void)state;
    set_segment(&bus, 0, 64 << 10, 64, 0);
    expect_fault(&bus, &all_wrong, MMU_FAULT_NOT_PRESENT);
    set_segment(&bus, 0, 64 << 10, 64, 1);
    expect_fault(&bus, &all_wrong, MMU_FAULT_LIMIT);
    expect_fault(&bus, &no_permission, MMU_FAULT_PERMISSION);
    put(&bus, MMU_REG_FLAGS(0), PR);
    expect_load_fault(&bus, 0, 1, MMU_FAULT_PHYSICAL);
    stop(&bus);
}

static void privileged_translation_is_identity_within_physical(void **state)
{
    struct bus bus = start(&ostep16);
    struct mmu_request request = load(0xFFFE, 2);

    (void)state;
    request.priv = 1;
    assert_int_equal(ask(&bus, &request).addr, 0xFFFE);
    request.bytes = 3;
    expect_fault(&bus, &request, MMU_FAULT_PHYSICAL);
    request.addr = UINT64_MAX;
    expect_fault(&bus, &request, MMU_FAULT_PHYSICAL);
    request.bytes = 17;
    expect_fault(&bus, &request, MMU_FAULT_LIMIT);
    request.bytes = 1;
    request.access = 3;
    expect_fault(&bus, &request, MMU_FAULT_PERMISSION);
    stop(&bus);
}

static void named_segment_past_the_last_is_not_present_and_reported_as_it_came(void **state)
{
    struct bus bus = start(&named);
    struct mmu_request request = load(5, 1);

    (void)state;
    set_segment(&bus, 1, 0x1000, 0x100, PR);
    request.segment = 1;
    assert_int_equal(ask(&bus, &request).addr, 0x1005);
    request.segment = 13; /* register 1, if its upper bits were dropped */
    assert_int_equal(ask(&bus, &request).segment, 13);
    expect_fault(&bus, &request, MMU_FAULT_NOT_PRESENT);
    stop(&bus);
}

/* --- registers --- */

static void id_tells_the_parameters(void **state)
{
    struct bus bus = start(&three_stages);
    struct bus other = start(&named);

    (void)state;
    assert_int_equal(get(&bus, MMU_REG_ID), 0x0000030124200401); /* 36 bits physical, 16 segments */
    assert_int_equal(get(&other, MMU_REG_ID), UINT64_C(0x0001020120200201));
    stop(&other);
    stop(&bus);
}

static void register_operation_in_user_mode_is_privilege(void **state)
{
    struct bus bus = start(&ostep16);
    struct mmu_request request = write_to(MMU_REG_BASE(0), 5);

    (void)state;
    request.priv = 0;
    expect_fault(&bus, &request, MMU_FAULT_PRIVILEGE);
    assert_int_equal(get(&bus, MMU_REG_BASE(0)), 0);
    request.op = MMU_OP_RESERVED;
    expect_fault(&bus, &request, MMU_FAULT_PRIVILEGE);
    request.priv = 1;
    expect_fault(&bus, &request, MMU_FAULT_REGISTER);
    stop(&bus);
}

static void indices_without_a_register_fault(void **state)
{
    struct bus bus = start(&ostep16);

    (void)state;
    for (unsigned reg = 0; reg < 256; reg++) {
        const bool exists = reg <= 4 || (reg >= 0x10 && reg < 0x20 && reg % 4 != 3);
        const struct mmu_request request = read_of((uint8_t)reg);

        assert_int_equal(ask(&bus, &request).fault, exists ? MMU_FAULT_NONE : MMU_FAULT_REGISTER);
    }
    stop(&bus);
}

static void largest_value_is_held_and_the_next_writes_nothing(void **state)
{
    static const struct {
        uint8_t reg;
        uint64_t largest;
    } rows[] = {
        {MMU_REG_CONTEXT, 1},
        {MMU_REG_WINDOW, 1},
        {MMU_REG_BASE(2), UINT64_C(1) << 32},
        {MMU_REG_SIZE(2), UINT64_C(1) << 30},
        {MMU_REG_FLAGS(2), 31},
    };
    struct bus bus = start(&two_contexts);

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct mmu_request next = write_to(rows[i].reg, rows[i].largest + 1);
        const struct mmu_request far = write_to(rows[i].reg, UINT64_C(1) << 63);

        put(&bus, rows[i].reg, rows[i].largest);
        assert_int_equal(get(&bus, rows[i].reg), rows[i].largest);
        expect_fault(&bus, &next, MMU_FAULT_REGISTER);
        expect_fault(&bus, &far, MMU_FAULT_REGISTER);
        assert_int_equal(get(&bus, rows[i].reg), rows[i].largest);
    }
    stop(&bus);
}

static void read_only_registers_refuse_writes(void **state)
{
    struct bus bus = start(&ostep16);
    const struct mmu_request id = write_to(MMU_REG_ID, 0);
    const struct mmu_request address = write_to(MMU_REG_FAULT_ADDR, 0);

    (void)state;
    expect_fault(&bus, &id, MMU_FAULT_REGISTER);
    expect_fault(&bus, &address, MMU_FAULT_REGISTER);
    stop(&bus);
}

static void window_and_context_choose_banks_apart(void **state)
{
    struct bus bus = start(&two_contexts);

    (void)state;
    put(&bus, MMU_REG_WINDOW, 1);
    set_segment(&bus, 0, 0x5000, 0x100, PR);
    put(&bus, MMU_REG_WINDOW, 0);
    set_segment(&bus, 0, 0x9000, 0x100, PR);
    expect_paddr(&bus, 4, 4, 0x9004);
    put(&bus, MMU_REG_CONTEXT, 1);
    expect_paddr(&bus, 4, 4, 0x5004);
    assert_int_equal(get(&bus, MMU_REG_BASE(0)), 0x9000);
    stop(&bus);
}

/* --- the fault record --- */

static void first_fault_sticks_and_the_next_sets_more(void **state)
{
    struct bus bus = start_ostep16();

    (void)state;
    expect_load_fault(&bus, 13 << 10, 2, MMU_FAULT_LIMIT);
    assert_int_equal(get(&bus, MMU_REG_FAULT_STATUS), 0x80002304);
    assert_int_equal(get(&bus, MMU_REG_FAULT_ADDR), 13 << 10);
    expect_load_fault(&bus, 8 << 10, 1, MMU_FAULT_NOT_PRESENT);
    assert_int_equal(get(&bus, MMU_REG_FAULT_STATUS), 0xC0002304);
    assert_int_equal(get(&bus, MMU_REG_FAULT_ADDR), 13 << 10);
    put(&bus, MMU_REG_FAULT_STATUS, 0x1234);
    assert_int_equal(get(&bus, MMU_REG_FAULT_STATUS), 0);
    assert_int_equal(get(&bus, MMU_REG_FAULT_ADDR), 0);
    stop(&bus);
}

static void fault_of_a_register_operation_records_its_index_and_mode(void **state)
{
    struct bus bus = start(&ostep16);
    struct mmu_request request = read_of(0xFE);

    (void)state;
    request.addr = 0x77;
    request.bytes = 9;
    request.access = 1;
    request.segment = 2;
    expect_fault(&bus, &request, MMU_FAULT_REGISTER);
    assert_int_equal(get(&bus, MMU_REG_FAULT_STATUS), 0x80000042);
    assert_int_equal(get(&bus, MMU_REG_FAULT_ADDR), 0xFE);
    stop(&bus);
}

static void fault_address_keeps_all_64_bits(void **state)
{
    struct bus bus = start_ostep16();

    (void)state;
    expect_load_fault(&bus, UINT64_C(0xFEDCBA9876540123), 16, MMU_FAULT_LIMIT);
    assert_int_equal(get(&bus, MMU_REG_FAULT_ADDR), UINT64_C(0xFEDCBA9876540123));
    stop(&bus);
}

/* --- the clock --- */

static void response_comes_after_stages_cycles(void **state)
{
    static const struct mmu_config *const configs[] = {&one_stage, &ostep16, &three_stages};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct bus bus = start(configs[i]);
        const struct mmu_request request = load(0, 1);

        assert_int_equal(clock_with(&bus, &request, true).rsp_valid, 0);
        for (unsigned cycle = 1; cycle < configs[i]->stages; cycle++) {
            assert_int_equal(clock_with(&bus, NULL, true).rsp_valid, 0);
        }
        assert_int_equal(clock_with(&bus, NULL, true).rsp_valid, 1);
        assert_int_equal(clock_with(&bus, NULL, true).rsp_valid, 0);
        stop(&bus);
    }
}

static void response_waits_unchanged_and_holds_requests_off(void **state)
{
    struct bus bus = start_ostep16();
    const struct mmu_request first = load(4200, 1);
    const struct mmu_request second = load(4300, 1);
    struct mmu_out out;

    (void)state;
    clock_with(&bus, &first, true);
    clock_with(&bus, &second, true);
    for (unsigned cycle = 0; cycle < 3; cycle++) {
        out = clock_with(&bus, &second, false);
        assert_int_equal(out.rsp_valid, 1);
        assert_int_equal(out.rsp.addr, 34920);
        assert_int_equal(out.req_ready, 0);
    }
    out = clock_with(&bus, NULL, true); /* ready now depends on this cycle's rsp_ready */
    assert_int_equal(out.req_ready, 1);
    assert_int_equal(out.rsp.addr, 34920);
    assert_int_equal(clock_with(&bus, NULL, true).rsp.addr, 35020);
    stop(&bus);
}

static void bubbles_are_kept_under_back_pressure(void **state)
{
    struct bus bus = start(&three_stages);
    const struct mmu_request request = load(0, 1);

    (void)state;
    clock_with(&bus, &request, true);
    clock_with(&bus, NULL, true);
    clock_with(&bus, &request, true);
    assert_int_equal(clock_with(&bus, NULL, false).rsp_valid, 1);
    assert_int_equal(clock_with(&bus, NULL, false).rsp_valid, 1);
    assert_int_equal(clock_with(&bus, NULL, true).rsp_valid, 1);
    assert_int_equal(clock_with(&bus, NULL, true).rsp_valid, 0); /* the bubble */
    assert_int_equal(clock_with(&bus, NULL, true).rsp_valid, 1);
    stop(&bus);
}

static void outputs_are_zero_while_no_response_is_valid(void **state)
{
    struct bus bus = start_ostep16();
    struct mmu_out out;

    (void)state;
    expect_paddr(&bus, 4200, 1, 34920);
    out = clock_with(&bus, NULL, true);
    assert_int_equal(out.rsp_valid, 0);
    assert_int_equal(out.rsp.addr | out.rsp.data | out.rsp.fault | out.rsp.segment, 0);
    stop(&bus);
}

/* A write, a translation that must see it, a write, and a translation that must see that one, all
 * in flight at the same time; for every depth of the pipeline. */
static void effects_are_in_program_order_in_flight(void **state)
{
    static const struct mmu_config *const configs[] = {&one_stage, &two_contexts, &three_stages};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct bus bus = start(configs[i]);
        const struct mmu_request requests[] = {
            write_to(MMU_REG_BASE(0), 0x1000), load(4, 1),
            write_to(MMU_REG_BASE(0), 0x2000), load(4, 1),
            write_to(MMU_REG_FLAGS(0), 0),     load(4, 1),
            read_of(MMU_REG_FAULT_STATUS),     write_to(MMU_REG_FAULT_STATUS, 0),
            read_of(MMU_REG_FAULT_STATUS),
        };
        enum { COUNT = sizeof(requests) / sizeof(requests[0]) };
        struct mmu_response responses[COUNT + 4];
        unsigned answered = 0;

        set_segment(&bus, 0, 0, 64, PR);
        for (unsigned cycle = 0; cycle < COUNT + 4; cycle++) {
            const struct mmu_out out =
                clock_with(&bus, cycle < COUNT ? &requests[cycle] : NULL, true);

            if (out.rsp_valid) {
                responses[answered++] = out.rsp;
            }
        }
        assert_int_equal(answered, COUNT);
        assert_int_equal(responses[1].addr, 0x1004);
        assert_int_equal(responses[3].addr, 0x2004);
        assert_int_equal(responses[5].fault, MMU_FAULT_NOT_PRESENT);
        assert_int_equal(responses[6].data, 0x80001003);
        assert_int_equal(responses[8].data, 0);
        stop(&bus);
    }
}

static void reset_in_flight_drops_responses_and_clears_registers(void **state)
{
    static const struct mmu_config *const configs[] = {&one_stage, &ostep16, &three_stages};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct bus bus = start(configs[i]);
        const struct mmu_request request = write_to(MMU_REG_SIZE(0), 64);
        const struct mmu_request offered = write_to(MMU_REG_BASE(0), 7);
        const struct mmu_in in = {.req = offered, .rst = 1, .req_valid = 1, .rsp_ready = 1};
        struct mmu_out out;

        put(&bus, MMU_REG_BASE(0), 9);
        clock_with(&bus, &request, true);
        machine_cycle(bus.machine, &in, &out); /* no beat moves in it */
        for (unsigned cycle = 0; cycle < 5; cycle++) {
            assert_int_equal(clock_with(&bus, NULL, true).rsp_valid, 0);
        }
        assert_int_equal(get(&bus, MMU_REG_SIZE(0)), 0);
        assert_int_equal(get(&bus, MMU_REG_BASE(0)), 0);
        stop(&bus);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stack_of_ostep16_at_15k_is_27k),
        cmocka_unit_test(heap_of_ostep16_at_4200_is_34920),
        cmocka_unit_test(limit_last_word_passes_and_word_past_it_faults),
        cmocka_unit_test(limit_grows_down_both_ends_are_exact),
        cmocka_unit_test(access_across_two_full_segments_faults),
        cmocka_unit_test(size_0_admits_nothing),
        cmocka_unit_test(byte_counts_other_than_1_to_16_are_limit),
        cmocka_unit_test(address_above_va_w_is_limit_in_the_segment_of_its_low_bits),
        cmocka_unit_test(permission_each_flag_admits_its_access_only),
        cmocka_unit_test(physical_result_beyond_pa_w_faults_and_never_wraps),
        cmocka_unit_test(priority_is_not_present_limit_permission_physical),
        cmocka_unit_test(privileged_translation_is_identity_within_physical),
        cmocka_unit_test(named_segment_past_the_last_is_not_present_and_reported_as_it_came),
        cmocka_unit_test(id_tells_the_parameters),
        cmocka_unit_test(register_operation_in_user_mode_is_privilege),
        cmocka_unit_test(indices_without_a_register_fault),
        cmocka_unit_test(largest_value_is_held_and_the_next_writes_nothing),
        cmocka_unit_test(read_only_registers_refuse_writes),
        cmocka_unit_test(window_and_context_choose_banks_apart),
        cmocka_unit_test(first_fault_sticks_and_the_next_sets_more),
        cmocka_unit_test(fault_of_a_register_operation_records_its_index_and_mode),
        cmocka_unit_test(fault_address_keeps_all_64_bits),
        cmocka_unit_test(response_comes_after_stages_cycles),
        cmocka_unit_test(response_waits_unchanged_and_holds_requests_off),
        cmocka_unit_test(bubbles_are_kept_under_back_pressure),
        cmocka_unit_test(outputs_are_zero_while_no_response_is_valid),
        cmocka_unit_test(effects_are_in_program_order_in_flight),
        cmocka_unit_test(reset_in_flight_drops_responses_and_clears_registers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
