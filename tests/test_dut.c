/* SPDX-License-Identifier: MIT */
/* What a built DUT does behind struct dut_interface. */
#include "dut_fixture.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

static const char plus_one[] = "assign answer = req_addr_i + 64'd1;";
static const char plus_two[] = "assign answer = req_addr_i + 64'd2;";
static const struct mmu_in reset = {.rst = 1};
static const struct dut_start plain_start = {.random_seed = 1};

static void *start(const struct dut_library *library, const struct dut_start *how)
{
    void *dut = library->interface->start(how);
    assert_non_null(dut);
    return dut;
}

/* Both run interleaved: with common symbols the second library would run the first one's code, and
 * a bad DUT would pass for a good one. */
static void two_libraries_in_one_process_run_their_own_code(void **state)
{
    (void)state;
    struct dut_library *good = dut_open_good("good", plus_one, DUT_FAST);
    struct dut_library *bad = dut_open_good("bad", plus_two, DUT_FAST);
    void *good_dut = start(good, &plain_start), *bad_dut = start(bad, &plain_start);
    struct mmu_out out;
    good->interface->cycle(good_dut, &reset, &out);
    bad->interface->cycle(bad_dut, &reset, &out);
    for (uint64_t vaddr = 0; vaddr < 100; vaddr++) {
        assert_int_equal(dut_ask(good->interface, good_dut, vaddr), vaddr + 1);
        assert_int_equal(dut_ask(bad->interface, bad_dut, vaddr), vaddr + 2);
    }
    good->interface->stop(good_dut);
    bad->interface->stop(bad_dut);
    dut_library_close(good);
    dut_library_close(bad);
}

static void library_exports_its_entry_point_alone(void **state)
{
    (void)state;
    struct dut_library *library = dut_open_good("good", plus_one, DUT_FAST);
    assert_non_null(dlsym(library->handle, DUT_ENTRY_POINT));
    assert_null(dlsym(library->handle, "_Z9vl_finishPKciS0_"));
    assert_null(dlsym(library->handle, "_ZN4Vdut4evalEv"));
    dut_library_close(library);
}

/* --- a clock --- */

static struct mmu_in random_inputs(struct random_source *random, bool is_reset)
{
    return (struct mmu_in){
        .req = {.addr = random_next(random),
                .wdata = random_next(random),
                .op = random_next(random) & 3,
                .bytes = random_next(random) & 31,
                .access = random_next(random) & 3,
                .priv = random_next(random) & 1,
                .segment = random_next(random) & 15,
                .reg = (uint8_t)random_next(random)},
        .rst = is_reset,
        .req_valid = random_next(random) & 1,
        .rsp_ready = random_next(random) & 1,
    };
}

/* What dut_module does, in C. */
struct echo {
    struct mmu_response rsp;
    bool is_valid;
};

static struct mmu_out echo_cycle(struct echo *echo, const struct mmu_in *in)
{
    struct mmu_out out = {.req_ready = !echo->is_valid || in->rsp_ready,
                          .rsp_valid = echo->is_valid};
    if (echo->is_valid)
        out.rsp = echo->rsp;
    if (out.req_ready) {
        const struct mmu_request *req = &in->req;
        echo->is_valid = in->req_valid;
        echo->rsp = (struct mmu_response){
            .addr = req->addr + 1,
            .data = req->wdata ^ ((uint64_t)req->priv << 13 | (uint64_t)req->bytes << 8 | req->reg),
            .fault = (uint8_t)(req->access << 2 | req->op),
            .segment = req->segment};
    }
    if (in->rst)
        echo->is_valid = false;
    return out;
}

static void assert_same_outputs(const struct mmu_out *a, const struct mmu_out *b)
{
    assert_int_equal(a->req_ready, b->req_ready);
    assert_int_equal(a->rsp_valid, b->rsp_valid);
    assert_int_equal(a->rsp.addr, b->rsp.addr);
    assert_int_equal(a->rsp.data, b->rsp.data);
    assert_int_equal(a->rsp.fault, b->rsp.fault);
    assert_int_equal(a->rsp.segment, b->rsp.segment);
}

/* Every port, and outputs of the same clock as the inputs (req_ready follows rsp_ready): from the
 * cycle after the first reset edge on. */
static void assert_cycles_like_echo(enum dut_variant variant)
{
    struct dut_library *library = dut_open_good("good", plus_one, variant);
    void *dut = start(library, &plain_start);
    struct random_source random = {1};
    struct echo echo = {0};
    for (unsigned cycle = 0; cycle < 10000; cycle++) {
        const struct mmu_in in = random_inputs(&random, cycle == 0 || cycle % 97 == 0);
        const struct mmu_out expected = echo_cycle(&echo, &in);
        struct mmu_out out;
        memset(&out, 0xA5, sizeof out);
        library->interface->cycle(dut, &in, &out);
        if (cycle > 0)
            assert_same_outputs(&out, &expected);
    }
    assert_null(library->interface->failure(dut));
    library->interface->stop(dut);
    dut_library_close(library);
}

static void fast_outputs_are_of_before_the_edge(void **state)
{
    (void)state;
    assert_cycles_like_echo(DUT_FAST);
}

static void traced_outputs_are_of_before_the_edge(void **state)
{
    (void)state;
    assert_cycles_like_echo(DUT_TRACED);
}

static void random_outputs_are_of_before_the_edge(void **state)
{
    (void)state;
    assert_cycles_like_echo(DUT_RANDOM);
}

static void baseline_outputs_are_of_before_the_edge(void **state)
{
    (void)state;
    assert_cycles_like_echo(DUT_BASELINE);
}

/* No edge comes before the first clock's inputs: `edges` counts from an initial value, unreset. */
static void assert_first_clock_is_the_first(enum dut_variant variant)
{
    struct dut_library *library = dut_open_good("edges",
                                                "reg [63:0] edges; initial edges = 64'd0;\n"
                                                "always @(posedge clk_i) edges <= edges + 64'd1;\n"
                                                "assign answer = edges;",
                                                variant);
    void *dut = start(library, &plain_start);
    struct mmu_out out;
    library->interface->cycle(dut, &reset, &out);
    assert_int_equal(dut_ask(library->interface, dut, 0), 1);
    assert_int_equal(dut_ask(library->interface, dut, 0), 3);
    library->interface->stop(dut);
    dut_library_close(library);
}

static void first_clock_has_no_edge_before_it(void **state)
{
    (void)state;
    assert_first_clock_is_the_first(DUT_FAST);
    assert_first_clock_is_the_first(DUT_TRACED);
}

static void first_clock_outputs_follow_its_inputs(void **state)
{
    (void)state;
    struct dut_library *library =
        dut_open_good("first", "initial valid_q = 1'b1; assign answer = 64'd0;", DUT_FAST);
    for (uint8_t ready = 0; ready < 2; ready++) {
        void *dut = start(library, &plain_start);
        struct mmu_out out;
        library->interface->cycle(dut, &(struct mmu_in){.rsp_ready = ready}, &out);
        assert_int_equal(out.rsp_valid, 1);
        assert_int_equal(out.req_ready, ready);
        library->interface->stop(dut);
    }
    dut_library_close(library);
}

static void parameters_are_the_machines(void **state)
{
    (void)state;
    struct dut_library *library = dut_open_good(
        "parameters",
        "assign answer = {16'd0, VA_W[7:0], PA_W[7:0], SEG_BITS[7:0], SELECT[7:0], CONTEXTS[7:0],\n"
        "STAGES[7:0]};",
        DUT_FAST);
    void *dut = start(library, &plain_start);
    struct mmu_out out;
    library->interface->cycle(dut, &reset, &out);
    assert_int_equal(dut_ask(library->interface, dut, 0), 0x202002000202);
    library->interface->stop(dut);
    dut_library_close(library);
}

/* --- RTL that stops --- */

/* Runs until request address 5 makes the body stop; the failure must have both texts. */
static void assert_stops(const char *name, const char *body, enum dut_variant variant,
                         const char *place, const char *what)
{
    struct dut_library *library = dut_open_good(name, body, variant);
    void *dut = start(library, &plain_start);
    const struct dut_interface *interface = library->interface;
    struct mmu_out out;
    interface->cycle(dut, &reset, &out);
    assert_int_equal(dut_ask(interface, dut, 4), 4);
    assert_null(interface->failure(dut));
    dut_ask(interface, dut, 5);
    const char *failure = interface->failure(dut);
    assert_non_null(failure);
    if (!strstr(failure, place) || !strstr(failure, what))
        fail_msg("found \"%s\", expected %s and %s", failure, place, what);
    assert_null(strchr(failure, '\n'));
    memset(&out, 0xA5, sizeof out);
    interface->cycle(dut, &(struct mmu_in){.rsp_ready = 1}, &out);
    assert_same_outputs(&out, &(struct mmu_out){0});
    assert_ptr_equal(interface->failure(dut), failure);
    interface->stop(dut);
    dut_library_close(library);
}

#define ON_FIVE(statement)                                                                         \
    "assign answer = req_addr_i;\n"                                                                \
    "always @(posedge clk_i) if (req_valid_i && req_addr_i == 64'd5) " statement

static void finish_is_a_failure_with_its_place(void **state)
{
    (void)state;
    assert_stops("finish", ON_FIVE("$finish;"), DUT_FAST, "finish.v:3", "$finish");
    assert_stops("finish", ON_FIVE("$finish;"), DUT_TRACED, "finish.v:3", "$finish");
}

static void stop_is_a_failure_with_its_place(void **state)
{
    (void)state;
    assert_stops("stop", ON_FIVE("$stop;"), DUT_FAST, "stop.v:3", "$stop");
}

static void fatal_is_a_failure_with_its_message(void **state)
{
    (void)state;
    assert_stops("fatal", ON_FIVE("$fatal(1, \"address %0d\", req_addr_i);"), DUT_FAST, "fatal.v:3",
                 "address 5");
}

static void error_is_a_failure_with_its_message(void **state)
{
    (void)state;
    assert_stops("error", ON_FIVE("$error(\"address %0d\", req_addr_i);"), DUT_FAST, "error.v:3",
                 "address 5");
}

static void assertion_is_a_failure_in_a_random_build(void **state)
{
    (void)state;
    assert_stops("assertion", ON_FIVE("assert (req_reg_i != 8'd0);"), DUT_RANDOM, "assertion.v:3",
                 "ssert");
}

static void loop_that_does_not_settle_is_a_failure(void **state)
{
    (void)state;
    assert_stops("loop",
                 "assign answer = req_addr_i;\n"
                 "wire loop /* verilator public */;\n"
                 "assign loop = (req_valid_i && req_addr_i == 64'd5) ? !loop : 1'b0;",
                 DUT_FAST, ".v:", "converge");
}

static void finish_at_the_start_is_a_failure(void **state)
{
    (void)state;
    struct dut_library *library =
        dut_open_good("initial", "assign answer = 0; initial $finish;", DUT_FAST);
    void *dut = start(library, &plain_start);
    struct mmu_out out;
    library->interface->cycle(dut, &reset, &out);
    assert_non_null(strstr(library->interface->failure(dut), "initial.v:2"));
    library->interface->stop(dut);
    dut_library_close(library);
}

/* --- initial values --- */

/* The unreset register's value under a seed. */
static uint64_t initial_value(const struct dut_library *library, uint64_t seed)
{
    void *dut = start(library, &(struct dut_start){.random_seed = seed});
    struct mmu_out out;
    library->interface->cycle(dut, &reset, &out);
    const uint64_t value = dut_ask(library->interface, dut, 0);
    library->interface->stop(dut);
    return value;
}

static const char unreset[] = "reg [63:0] unreset_q; assign answer = unreset_q;\n"
                              "always @(posedge clk_i) if (req_op_i == 2'd3) unreset_q <= 64'd0;";

static void random_build_differs_by_seed(void **state)
{
    (void)state;
    struct dut_library *library = dut_open_good("unreset", unreset, DUT_RANDOM);
    const uint64_t first = initial_value(library, 0);
    assert_int_not_equal(first, initial_value(library, 1));
    assert_int_not_equal(first, initial_value(library, UINT64_C(1) << 63));
    assert_int_equal(first, initial_value(library, 0));
    dut_library_close(library);
}

static void fast_build_starts_from_zeros(void **state)
{
    (void)state;
    struct dut_library *library = dut_open_good("unreset", unreset, DUT_FAST);
    assert_int_equal(initial_value(library, 0), 0);
    assert_int_equal(initial_value(library, 1), 0);
    dut_library_close(library);
}

static void random_numbers_of_the_rtl_repeat(void **state)
{
    (void)state;
    struct dut_library *library =
        dut_open_good("numbers",
                      "reg [63:0] number_q; assign answer = number_q;\n"
                      "always @(posedge clk_i) number_q <= {$random, $random};",
                      DUT_FAST);
    const uint64_t first = initial_value(library, 7);
    assert_int_equal(first, initial_value(library, 7));
    assert_int_not_equal(first, initial_value(library, 8));
    dut_library_close(library);
}

/* --- waveforms --- */

/* The header block of an FST file (GTKWave's fstapi.c): a type of 0, a length of 329, the times of
 * begin and end, and e as a double in the writer's byte order. */
static uint64_t fst_end_time(const char *path)
{
    unsigned char header[33];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(header, 1, sizeof header, file), sizeof header);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    assert_true(ftell(file) > 330);
    fclose(file);
    uint64_t length = 0, end = 0;
    double e;
    for (unsigned i = 0; i < 8; i++) {
        length = length << 8 | header[1 + i];
        end = end << 8 | header[17 + i];
    }
    memcpy(&e, header + 25, sizeof e);
    assert_int_equal(header[0], 0);
    assert_int_equal(length, 329);
    assert_true(e == 2.7182818284590452354);
    return end;
}

static void traced_build_writes_a_waveform(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s/wave.fst", dut_directory);
    struct dut_library *library = dut_open_good("good", plus_one, DUT_TRACED);
    void *dut = start(library, &(struct dut_start){.waveform_path = path});
    struct mmu_out out;
    library->interface->cycle(dut, &reset, &out);
    for (uint64_t vaddr = 0; vaddr < 50; vaddr++)
        dut_ask(library->interface, dut, vaddr);
    library->interface->stop(dut);
    assert_int_equal(fst_end_time(path), 1000); /* clock 100 */
    dut_library_close(library);
}

static void waveform_of_a_failure_reaches_it(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s/failure.fst", dut_directory);
    struct dut_library *library = dut_open_good("finish", ON_FIVE("$finish;"), DUT_TRACED);
    void *dut = start(library, &(struct dut_start){.waveform_path = path});
    struct mmu_out out;
    library->interface->cycle(dut, &reset, &out);
    dut_ask(library->interface, dut, 5);
    assert_non_null(library->interface->failure(dut));
    library->interface->stop(dut);
    assert_int_equal(fst_end_time(path), 15); /* the edge that ends clock 1 */
    dut_library_close(library);
}

static void waveform_that_cannot_be_written_does_not_start(void **state)
{
    (void)state;
    struct dut_library *library = dut_open_good("good", plus_one, DUT_TRACED);
    assert_null(
        library->interface->start(&(struct dut_start){.waveform_path = "/dev/null/wave.fst"}));
    dut_library_close(library);
    library = dut_open_good("good", plus_one, DUT_FAST);
    assert_null(library->interface->start(&(struct dut_start){.waveform_path = "wave.fst"}));
    dut_library_close(library);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_libraries_in_one_process_run_their_own_code),
        cmocka_unit_test(library_exports_its_entry_point_alone),
        cmocka_unit_test(fast_outputs_are_of_before_the_edge),
        cmocka_unit_test(traced_outputs_are_of_before_the_edge),
        cmocka_unit_test(random_outputs_are_of_before_the_edge),
        cmocka_unit_test(baseline_outputs_are_of_before_the_edge),
        cmocka_unit_test(first_clock_has_no_edge_before_it),
        cmocka_unit_test(first_clock_outputs_follow_its_inputs),
        cmocka_unit_test(parameters_are_the_machines),
        cmocka_unit_test(finish_is_a_failure_with_its_place),
        cmocka_unit_test(stop_is_a_failure_with_its_place),
        cmocka_unit_test(fatal_is_a_failure_with_its_message),
        cmocka_unit_test(error_is_a_failure_with_its_message),
        cmocka_unit_test(assertion_is_a_failure_in_a_random_build),
        cmocka_unit_test(loop_that_does_not_settle_is_a_failure),
        cmocka_unit_test(finish_at_the_start_is_a_failure),
        cmocka_unit_test(random_build_differs_by_seed),
        cmocka_unit_test(fast_build_starts_from_zeros),
        cmocka_unit_test(random_numbers_of_the_rtl_repeat),
        cmocka_unit_test(traced_build_writes_a_waveform),
        cmocka_unit_test(waveform_of_a_failure_reaches_it),
        cmocka_unit_test(waveform_that_cannot_be_written_does_not_start),
    };
    return cmocka_run_group_tests(tests, dut_fixture_begin, dut_fixture_end);
}
