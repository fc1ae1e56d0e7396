/* SPDX-License-Identifier: MIT */
/* The equivalence check of mutants, on a design with a cell for every verdict. The cells have names
 * of their own, so that a mutation can be written down. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mutation/equivalence.h"
#include "mutation/yosys.h"

#define TINY                                                                                       \
    "module tiny(input clk_i, input rst_i, input req_valid_i, output req_ready_o,\n"               \
    "  input [1:0] req_op_i, input [63:0] req_addr_i, input [4:0] req_bytes_i,\n"                  \
    "  input [1:0] req_access_i, input req_priv_i, input [3:0] req_segment_i,\n"                   \
    "  input [7:0] req_reg_i, input [63:0] req_wdata_i, output rsp_valid_o, input rsp_ready_i,\n"  \
    "  output [63:0] rsp_addr_o, output [63:0] rsp_data_o, output [3:0] rsp_fault_o,\n"            \
    "  output [3:0] rsp_segment_o);\n"                                                             \
    "  reg valid, twin, phase, waiting, holds;\n"                                                  \
    "  reg [63:0] count;\n"                                                                        \
    "  wire both, same, masked, broken, nothing, last;\n"                                          \
    "  always @(posedge clk_i) begin\n"                                                            \
    "    valid <= !rst_i && req_valid_i;\n"                                                        \
    "    twin <= !rst_i && req_valid_i;\n"                                                         \
    "    phase <= !rst_i && !phase;\n"                                                             \
    "    waiting <= !rst_i && req_valid_i && !phase;\n"                                            \
    "    holds <= holds;\n"                                                                        \
    "    count <= rst_i ? 0 : count + 1;\n"                                                        \
    "  end\n"                                                                                      \
    "  \\$_AND_ of_ready (.A(valid), .B(rsp_ready_i), .Y(masked));\n"                              \
    "  \\$_OR_ absorbing (.A(masked), .B(valid), .Y(same));\n"                                     \
    "  \\$_AND_ of_twins (.A(valid), .B(twin), .Y(both));\n"                                       \
    "  \\$_AND_ of_illegal (.A(waiting), .B(~req_valid_i), .Y(broken));\n"                         \
    "  \\$_XOR_ of_unknown (.A(holds), .B(holds), .Y(nothing));\n"                                 \
    "  \\$_AND_ of_last (.A(&count), .B(valid), .Y(last));\n"                                      \
    "  assign req_ready_o = phase;\n"                                                              \
    "  assign rsp_valid_o = both;\n"                                                               \
    "  assign rsp_addr_o = same;\n"                                                                \
    "  assign rsp_data_o = {nothing, broken};\n"                                                   \
    "  assign rsp_fault_o = last;\n"                                                               \
    "  assign rsp_segment_o = 0;\n"                                                                \
    "endmodule\n"

static char directory[] = "/tmp/segmmu-test-equivalence-XXXXXX";
static char netlist_path[128];

static const struct mmu_config config = {
    .va_w = 14, .pa_w = 16, .seg_bits = 2, .contexts = 1, .stages = 1};

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The design as RTLIL; `edge` stands in front of its clock. */
static void make_netlist(const char *name, const char *edge)
{
    char script[256], verilog[sizeof TINY + 64];
    struct error error = {""};
    const char *at = strstr(TINY, "posedge");
    snprintf(verilog, sizeof verilog, "%.*s%s%s", (int)(at - TINY), TINY, edge, at + 7);
    write_file("tiny.v", verilog);
    snprintf(script, sizeof script,
             "read_verilog -icells tiny.v\nhierarchy -check -top tiny\nproc\nopt_clean\n"
             "write_rtlil %s\n",
             name);
    const struct yosys_step step = {
        .directory = directory, .name = "make", .script = script, .limit_seconds = 60};
    assert_int_equal(yosys_run(&step, &error), YOSYS_DONE);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(directory));
    make_netlist("netlist.il", "posedge");
    snprintf(netlist_path, sizeof netlist_path, "%s/netlist.il", directory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

/* What a check says of a mutation of the netlist. */
struct answer {
    bool is_made;
    enum equivalence verdict;
    char reason[512];
    struct error error;
};

static struct answer ask(const char *netlist, const char *mutation, unsigned seconds)
{
    struct answer answer = {0};
    const struct equivalence_query query = {
        .netlist_path = netlist,
        .top = "tiny",
        .config = &config,
        .mutation = mutation,
        .timeout_seconds = seconds,
        .directory = directory,
    };
    answer.is_made = equivalence_check(&query, &answer.verdict, answer.reason, sizeof answer.reason,
                                       &answer.error);
    return answer;
}

static void expect(const char *mutation, enum equivalence verdict, const char *reason)
{
    struct answer answer = ask(netlist_path, mutation, 60);
    assert_string_equal(answer.error.text, "");
    assert_true(answer.is_made);
    assert_int_equal(answer.verdict, verdict);
    assert_non_null(strstr(answer.reason, reason));
}

static void expect_error(const char *netlist, const char *mutation, const char *text)
{
    struct answer answer = ask(netlist, mutation, 60);
    assert_false(answer.is_made);
    assert_non_null(strstr(answer.error.text, text));
}

#define MUTATE(mode, cell, port) "mutate -mode " mode " -module tiny -cell " cell " -port " port

static void mutant_of_redundant_gate_is_equivalent(void **state)
{
    (void)state;
    expect(MUTATE("const0", "absorbing", "A -portbit 0"), EQUIVALENT, "for all inputs");
    expect(MUTATE("const1", "absorbing", "A -portbit 0"), NOT_EQUIVALENT, "rsp_addr_o");
}

/* That the two registers are equal is found by induction. */
static void mutant_of_redundant_register_is_equivalent(void **state)
{
    (void)state;
    expect(MUTATE("const1", "of_twins", "A -portbit 0"), EQUIVALENT, "for all inputs");
    expect(MUTATE("inv", "of_twins", "A -portbit 0"), NOT_EQUIVALENT, "rsp_valid_o");
}

/* The words after the mutation are for people. */
static void mutant_with_documentation_is_checked(void **state)
{
    (void)state;
    expect("mutate -mode inv -module \\tiny -cell of_twins -port Y -portbit 0 -ctrl sel 3 1 "
           "-wire both -wirebit 0 -src tiny.v:1.2-3.4 -src a b.v:1.2-3.4",
           NOT_EQUIVALENT, "rsp_valid_o");
}

static void mutant_that_illegal_requests_show_is_equivalent(void **state)
{
    (void)state;
    expect(MUTATE("const0", "of_illegal", "A -portbit 0"), EQUIVALENT, "wait unchanged");
    expect(MUTATE("inv", "of_illegal", "A -portbit 0"), NOT_EQUIVALENT, "rsp_data_o");
}

/* A register that nobody resets may hold either value. */
static void mutant_that_shows_an_unknown_register_is_not_equivalent(void **state)
{
    (void)state;
    expect(MUTATE("const0", "of_unknown", "A -portbit 0"), NOT_EQUIVALENT, "rsp_data_o");
}

static void difference_out_of_reach_is_undecided(void **state)
{
    (void)state;
    struct answer answer = ask(netlist_path, MUTATE("const0", "of_last", "A -portbit 0"), 4);
    assert_true(answer.is_made);
    assert_int_equal(answer.verdict, UNDECIDED);
    assert_non_null(strstr(answer.reason, "4 seconds"));
}

static void check_without_time_is_undecided(void **state)
{
    (void)state;
    struct answer answer = ask(netlist_path, MUTATE("inv", "of_twins", "A -portbit 0"), 0);
    assert_true(answer.is_made);
    assert_int_equal(answer.verdict, UNDECIDED);
}

static void expect_beyond_us(const char *edge)
{
    char path[160];
    make_netlist("clock.il", edge);
    snprintf(path, sizeof path, "%s/clock.il", directory);
    struct answer answer = ask(path, MUTATE("const0", "absorbing", "A -portbit 0"), 60);
    assert_string_equal(answer.error.text, "");
    assert_true(answer.is_made);
    assert_int_equal(answer.verdict, UNDECIDED);
    assert_non_null(strstr(answer.reason, "rising edge of clk_i"));
}

/* They would be taken for those of the one clock and the one edge that there are. */
static void registers_of_another_clock_are_undecided(void **state)
{
    (void)state;
    expect_beyond_us("negedge");
    expect_beyond_us("posedge rsp_ready_i &");
}

static void hostile_mutations_are_refused(void **state)
{
    (void)state;
    expect_error(netlist_path, "", "expected `mutate -mode");
    expect_error(netlist_path, "shell", "expected `mutate -mode");
    expect_error(netlist_path, "mutate -mode inv; shell", "found `inv;`");
    expect_error(netlist_path, "mutate -mode inv\nshell -module tiny", "expected a name");
    expect_error(netlist_path, "mutate -mode inv -list 3", "found `-list`");
    expect_error(netlist_path, "mutate -mode inv -module", "behind -module");
    expect_error(netlist_path, "mutate -mode inv -module other -cell a", "module `other`");
    expect_error(netlist_path, MUTATE("inv", "nobody", "A -portbit 0"), "nobody");
}

static void netlist_that_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    expect_error("/nowhere/netlist.il", MUTATE("inv", "of_twins", "A -portbit 0"),
                 "No such file or directory");
    char path[160];
    write_file("broken.il", "module\n");
    snprintf(path, sizeof path, "%s/broken.il", directory);
    expect_error(path, MUTATE("inv", "of_twins", "A -portbit 0"), "ERROR");
}

static void yosys_that_is_missing_is_said(void **state)
{
    (void)state;
    char *path = strdup(getenv("PATH"));
    setenv("PATH", "/nowhere", 1);
    struct answer answer = ask(netlist_path, MUTATE("inv", "of_twins", "A -portbit 0"), 60);
    setenv("PATH", path, 1);
    free(path);
    assert_false(answer.is_made);
    assert_non_null(strstr(answer.error.text, "apt-get install yosys"));
}

static void path_is_one_word_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *path, *word;
    } cases[] = {{"a b;c#d.v", "\"a b;c#d.v\""},
                 {"~/x", "\"./~/x\""},
                 {"+/x", "\"./+/x\""},
                 {"a\"b", NULL},
                 {"a\nb", NULL},
                 {"a*", NULL},
                 {"a\\", NULL},
                 {"", NULL}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[64] = "";
        struct error error = {""};
        FILE *script = fmemopen(text, sizeof text, "w");
        assert_non_null(script);
        assert_int_equal(yosys_write_path(script, cases[i].path, &error), cases[i].word != NULL);
        fclose(script);
        if (cases[i].word)
            assert_string_equal(text, cases[i].word);
        else
            assert_string_not_equal(error.text, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutant_of_redundant_gate_is_equivalent),
        cmocka_unit_test(mutant_of_redundant_register_is_equivalent),
        cmocka_unit_test(mutant_with_documentation_is_checked),
        cmocka_unit_test(mutant_that_illegal_requests_show_is_equivalent),
        cmocka_unit_test(mutant_that_shows_an_unknown_register_is_not_equivalent),
        cmocka_unit_test(difference_out_of_reach_is_undecided),
        cmocka_unit_test(check_without_time_is_undecided),
        cmocka_unit_test(registers_of_another_clock_are_undecided),
        cmocka_unit_test(hostile_mutations_are_refused),
        cmocka_unit_test(netlist_that_cannot_be_read_is_an_error),
        cmocka_unit_test(yosys_that_is_missing_is_said),
        cmocka_unit_test(path_is_one_word_or_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
