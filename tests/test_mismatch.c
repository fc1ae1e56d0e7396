/* SPDX-License-Identifier: MIT */
/* The checker and its page: a fault planted in each output is found, and the page names that output
 * and no other. The DUT is the model behind the DUT boundary, with one output changed. */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sink/mismatch.h"

enum { PLANTED_CYCLE = 40, NEVER = 1000 };

/* What is wrong with the DUT, and from which cycle on. */
static struct {
    uint64_t cycle;
    const struct output_field *field; /* changed by `change`; NULL: none */
    uint64_t change;
    const char *failure; /* stops with this */
} plant;

struct fake_dut {
    struct mmu mmu;
    uint64_t cycle;
    bool has_failed;
};

static const struct machine machine = {
    .name = (char *)"unit",
    .mmu = {.va_w = 14, .pa_w = 16, .seg_bits = 2, .contexts = 2, .stages = 2},
};

static void *fake_start(const struct dut_start *start)
{
    struct fake_dut *dut = calloc(1, sizeof(*dut));

    (void)start;
    mmu_init(&dut->mmu, &machine.mmu);
    return dut;
}

static void fake_cycle(void *context, const struct mmu_in *in, struct mmu_out *out)
{
    struct fake_dut *dut = context;

    mmu_cycle(&dut->mmu, in, out);
    if (dut->cycle++ < plant.cycle) {
        return;
    }
    if (plant.failure != NULL) {
        dut->has_failed = true;
        memset(out, 0, sizeof(*out));
    } else if (plant.field != NULL && plant.field->size == 1) {
        *((uint8_t *)out + plant.field->offset) ^= (uint8_t)plant.change;
    } else if (plant.field != NULL) {
        uint64_t value = output_field_value(plant.field, out) ^ plant.change;

        memcpy((char *)out + plant.field->offset, &value, sizeof(value));
    }
}

static const char *fake_failure(void *context)
{
    return ((struct fake_dut *)context)->has_failed ? plant.failure : NULL;
}

static const struct dut_interface fake_interface = {
    DUT_ABI_VERSION, fake_start, fake_cycle, fake_failure, free, NULL,
};
static struct dut_library fake_library = {.interface = &fake_interface, .path = (char *)"fake"};

/* Runs `cycles` clocks of register writes and translations; false as testbench_clock. */
static bool run(struct testbench *bench, enum engine engine, unsigned cycles)
{
    struct mmu_in in = {.rst = 1, .rsp_ready = 1};
    struct error error;

    assert_true(testbench_init(bench, engine, &machine, &fake_library, NULL, &error));
    for (unsigned cycle = 0; cycle < cycles; cycle++) {
        const struct offer offer = {.pc = 0x1000 + cycle};

        if (testbench_clock(bench, &in, &offer) == NULL) {
            return false;
        }
        in = (struct mmu_in){.rsp_ready = 1, .req_valid = 1};
        in.req = (struct mmu_request){.op = MMU_OP_WRITE_REGISTER, .priv = 1};
        switch (cycle) {
        case 0:
            in.req.reg = MMU_REG_BASE(3);
            in.req.wdata = 0x7000;
            break;
        case 1:
            in.req.reg = MMU_REG_SIZE(3);
            in.req.wdata = 0x800;
            break;
        case 2:
            in.req.reg = MMU_REG_FLAGS(3);
            in.req.wdata = MMU_FLAGS_ALL;
            break;
        default:
            in.req = (struct mmu_request){.addr = 0x3c00 + cycle, .bytes = 4, .access = 1};
            break;
        }
    }
    return true;
}

static char *page_of(const struct testbench *bench, const char *replay_command)
{
    FILE *stream = tmpfile();
    char *text;
    long size;

    assert_non_null(stream);
    mismatch_print(stream, bench, replay_command);
    size = ftell(stream);
    assert_true(size > 0);
    rewind(stream);
    text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, stream), size);
    assert_int_equal(fclose(stream), 0);
    return text;
}

/* The page up to the history, where an output's name means that it differs. */
static bool page_names(const char *page, const char *port)
{
    const char *const place = strstr(page, port);

    return place != NULL && place < strstr(page, "The last ");
}

static void plant_field(const struct output_field *field, uint64_t change)
{
    plant.cycle = PLANTED_CYCLE;
    plant.field = field;
    plant.change = change;
    plant.failure = NULL;
}

static void agreeing_dut_is_not_reported(void **state)
{
    struct testbench bench;

    (void)state;
    plant_field(NULL, 0);
    assert_true(run(&bench, ENGINE_LOCKSTEP, 2 * PLANTED_CYCLE));
    assert_int_equal(bench.verdict, TESTBENCH_AGREED);
    assert_int_equal(bench.compared_cycles, 2 * PLANTED_CYCLE - 1);
    testbench_end(&bench);
}

/* The lowest and the highest bit of every output. */
static void each_planted_output_is_named_alone(void **state)
{
    (void)state;
    assert_int_equal(output_field_count, 6);
    for (unsigned i = 0; i < 2 * output_field_count; i++) {
        const struct output_field *const field = &output_fields[i / 2];
        struct testbench bench;
        char *page;
        json_t *json;

        plant_field(field, i & 1 ? UINT64_C(1) << (field->width - 1) : 1);
        assert_false(run(&bench, ENGINE_LOCKSTEP, NEVER));
        assert_int_equal(bench.verdict, TESTBENCH_DISAGREED);
        assert_int_equal(bench.cycle, PLANTED_CYCLE);
        page = page_of(&bench, "segmmu replay x.trace");
        json = mismatch_json(&bench, NULL);
        assert_int_equal(json_array_size(json_object_get(json, "fields")), 1);
        assert_string_equal(json_string_value(json_object_get(
                                json_array_get(json_object_get(json, "fields"), 0), "port")),
                            field->port);
        for (unsigned other = 0; other < output_field_count; other++) {
            assert_int_equal(page_names(page, output_fields[other].port),
                             &output_fields[other] == field);
        }
        json_decref(json);
        free(page);
        testbench_end(&bench);
    }
}

static const struct output_field *field_named(const char *port)
{
    for (unsigned i = 0; i < output_field_count; i++) {
        if (strcmp(output_fields[i].port, port) == 0) {
            return &output_fields[i];
        }
    }
    fail_msg("no output %s", port);
    return NULL;
}

static void page_gives_cycle_request_values_and_command(void **state)
{
    struct testbench bench;
    char *page;

    (void)state;
    plant_field(field_named("rsp_fault_o"), MMU_FAULT_LIMIT);
    assert_false(run(&bench, ENGINE_LOCKSTEP, NEVER));
    page = page_of(&bench, "segmmu replay some.trace");
    assert_non_null(strstr(page, "model and DUT disagree in cycle 40\n"));
    /* Two stages: the response of cycle 40 is that of the request that moved in cycle 38. */
    assert_non_null(strstr(page, "  request  write 4 bytes at 0x3c25, user\n"));
    assert_non_null(strstr(page, "offered in cycle 38, accepted in cycle 38\n"));
    assert_non_null(strstr(page, "guest pc 0x1026\n"));
    assert_non_null(strstr(page, "  rsp_fault_o   0x0 none                  0x4 limit\n"));
    assert_non_null(strstr(page, "The last 32 cycles"));
    assert_non_null(strstr(page, "\n     40  "));
    assert_non_null(strstr(page, "\n      9  "));
    assert_null(strstr(page, "\n      8  "));
    assert_non_null(strstr(page, "\nTo repeat it: segmmu replay some.trace\n"));
    free(page);
    testbench_end(&bench);
}

static void page_lines_of_history_are_aligned(void **state)
{
    struct testbench bench;
    char *page, *line, *heading;
    ptrdiff_t place;
    unsigned count = 0;

    (void)state;
    plant_field(field_named("rsp_addr_o"), 4);
    assert_false(run(&bench, ENGINE_LOCKSTEP, NEVER));
    page = page_of(&bench, NULL);
    heading = strchr(strstr(page, "The last "), '\n') + 1;
    place = strstr(heading, "request") - heading;
    for (line = strchr(heading, '\n') + 1; *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strncmp(line, "    DUT", 7) != 0) {
            assert_int_equal(strncmp(line + place, "write ", 6), 0);
            assert_int_equal(line[place - 1], ' ');
        }
        count++;
    }
    assert_int_equal(count, TESTBENCH_HISTORY + 1);
    assert_null(strstr(page, "To repeat it"));
    free(page);
    testbench_end(&bench);
}

static void early_disagreement_shows_only_cycles_that_were(void **state)
{
    struct testbench bench;
    char *page;

    (void)state;
    plant_field(field_named("req_ready_o"), 1);
    plant.cycle = 1;
    assert_false(run(&bench, ENGINE_LOCKSTEP, NEVER));
    page = page_of(&bench, NULL);
    assert_non_null(strstr(page, "The last 2 cycles"));
    /* Nothing is in flight yet, so it is the request on offer. */
    assert_non_null(strstr(page, "  request  write register BASE 3 = 0x7000, privileged\n"));
    free(page);
    testbench_end(&bench);
}

static void outputs_before_the_first_reset_are_not_compared(void **state)
{
    struct testbench bench;

    (void)state;
    plant_field(field_named("req_ready_o"), 1);
    plant.cycle = 0;
    assert_false(run(&bench, ENGINE_LOCKSTEP, NEVER));
    assert_int_equal(bench.cycle, 1); /* cycle 0 is the reset */
    testbench_end(&bench);
}

static void stopped_dut_is_named_with_its_reason(void **state)
{
    struct testbench bench;
    json_t *json;
    char *page;

    (void)state;
    plant_field(NULL, 0);
    plant.failure = "mmu.v:12: $finish";
    assert_false(run(&bench, ENGINE_LOCKSTEP, NEVER));
    assert_int_equal(bench.verdict, TESTBENCH_DUT_STOPPED);
    page = page_of(&bench, NULL);
    assert_non_null(strstr(page, "the DUT stopped in cycle 40: mmu.v:12: $finish\n"));
    assert_false(page_names(page, "rsp_addr_o"));
    json = mismatch_json(&bench, "segmmu check");
    assert_string_equal(json_string_value(json_object_get(json, "verdict")), "dut_stopped");
    assert_string_equal(json_string_value(json_object_get(json, "replay")), "segmmu check");
    assert_int_equal(json_array_size(json_object_get(json, "fields")), 0);
    json_decref(json);
    free(page);
    testbench_end(&bench);
}

static void reason_of_a_dut_is_made_printable(void **state)
{
    struct testbench bench;
    json_t *json;

    (void)state;
    plant_field(NULL, 0);
    plant.failure = "a\033[2Jb\xff";
    assert_false(run(&bench, ENGINE_LOCKSTEP, NEVER));
    json = mismatch_json(&bench, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "reason")),
                        "the DUT stopped in cycle 40: a?[2Jb?");
    json_decref(json);
    testbench_end(&bench);
}

/* Without a model to compare with, a response that nobody asked for is still found. */
static void broken_protocol_is_named(void **state)
{
    struct testbench bench;
    char *page;

    (void)state;
    plant_field(field_named("rsp_valid_o"), 1);
    plant.cycle = 1;
    assert_false(run(&bench, ENGINE_RTL, NEVER));
    assert_int_equal(bench.verdict, TESTBENCH_DUT_BROKEN);
    page = page_of(&bench, NULL);
    assert_non_null(strstr(page, "broke the protocol in cycle 1: a response without a request\n"));
    free(page);
    testbench_end(&bench);
}

static void same_testbench_gives_same_page(void **state)
{
    struct testbench bench;
    char *first, *second;

    (void)state;
    plant_field(field_named("rsp_segment_o"), 8);
    assert_false(run(&bench, ENGINE_LOCKSTEP, NEVER));
    first = page_of(&bench, "x");
    second = page_of(&bench, "x");
    assert_string_equal(first, second);
    free(first);
    free(second);
    testbench_end(&bench);
}

static void request_words_name_operation_register_and_mode(void **state)
{
    static const struct {
        struct mmu_request request;
        const char *text;
    } cases[] = {
        {{.op = 0, .addr = 0xabc, .bytes = 1, .access = 2}, "execute 1 byte at 0xabc, user"},
        {{.op = 0, .bytes = 31, .access = 3, .priv = 1}, "access 3 of 31 bytes at 0x0, privileged"},
        {{.op = 1, .reg = 0x11, .wdata = 7}, "write register SIZE 0 = 0x7, user"},
        {{.op = 2, .reg = 0x20}, "read register 0x20 (none), user"},
        {{.op = 3, .reg = 2, .priv = 1}, "reserved operation 3, register FAULT_STATUS, privileged"},
    };
    struct mmu_config named = machine.mmu;
    char text[96];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(request_text(&machine.mmu, &cases[i].request, text, sizeof(text)),
                            cases[i].text);
    }
    named.select = MMU_SELECT_NAMED;
    assert_string_equal(
        request_text(&named, &(struct mmu_request){.bytes = 2, .segment = 5}, text, sizeof(text)),
        "read 2 bytes at 0x0, segment 5, user");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agreeing_dut_is_not_reported),
        cmocka_unit_test(each_planted_output_is_named_alone),
        cmocka_unit_test(page_gives_cycle_request_values_and_command),
        cmocka_unit_test(page_lines_of_history_are_aligned),
        cmocka_unit_test(early_disagreement_shows_only_cycles_that_were),
        cmocka_unit_test(outputs_before_the_first_reset_are_not_compared),
        cmocka_unit_test(stopped_dut_is_named_with_its_reason),
        cmocka_unit_test(reason_of_a_dut_is_made_printable),
        cmocka_unit_test(broken_protocol_is_named),
        cmocka_unit_test(same_testbench_gives_same_page),
        cmocka_unit_test(request_words_name_operation_register_and_mode),
    };
    return cmocka_run_group_tests_name("mismatch", tests, NULL, NULL);
}
