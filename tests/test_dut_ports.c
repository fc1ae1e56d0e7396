/* SPDX-License-Identifier: MIT */
/* Port lists from Verilator's XML, and the adapter that is made of a list and a map: every width
 * and type, and XML and ports that nobody would expect. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "lockstep/dut_adapter.h"

/* --- XML --- */

#define HEAD                                                                                       \
    "<?xml version=\"1.0\" ?>\n<verilator_xml>\n<files>"                                           \
    "<file id=\"d\" filename=\"m.v\" language=\"1800-2017\"/></files>\n<netlist>\n"                \
    "<module loc=\"d,1,8,1,9\" name=\"m\" topModule=\"1\" origName=\"m\">\n"
#define TAIL "</module>\n"
#define TYPES(types) "<typetable>\n" types "</typetable>\n</netlist>\n</verilator_xml>\n"
#define VAR(name, direction, type)                                                                 \
    "<var name=\"" name "\" dtype_id=\"" type "\" dir=\"" direction "\" vartype=\"logic\"/>\n"

static bool parse(struct dut_ports *ports, const char *xml, struct error *error)
{
    *ports = (struct dut_ports){0};
    *error = (struct error){""};
    return dut_ports_parse(ports, xml, error);
}

/* The width of the one port of a module. */
static unsigned width_of(const char *types)
{
    struct dut_ports ports;
    struct error error;
    char *xml = NULL;
    size_t size;
    FILE *stream = open_memstream(&xml, &size);
    fprintf(stream, "%s" TAIL "<typetable>%s</typetable></netlist></verilator_xml>",
            HEAD VAR("a", "input", "1"), types);
    fclose(stream);
    if (!parse(&ports, xml, &error))
        fail_msg("%s", error.text);
    assert_int_equal(ports.count, 1);
    unsigned width_bits = ports.port[0].width_bits;
    dut_ports_free(&ports);
    free(xml);
    return width_bits;
}

static void top_and_its_ports_are_read(void **state)
{
    struct dut_ports ports;
    struct error error;
    (void)state;
    assert_true(parse(
        &ports,
        HEAD VAR("clk", "input", "1") VAR("sum", "output", "2") VAR(
            "pad", "inout",
            "1") "<var name=\"local\" dtype_id=\"1\"/>\n"
                 "<func name=\"f\" dtype_id=\"1\">" VAR(
                     "inner", "input",
                     "1") "</func>" TAIL
                          "<module name=\"other\">" VAR("not_ours", "input", "1") "</module>" TYPES(
                              "<basicdtype id=\"1\" name=\"logic\"/>\n"
                              "<basicdtype id=\"2\" name=\"logic\" left=\"7\" right=\"0\"/>\n"),
        &error));
    assert_string_equal(ports.top, "m");
    assert_int_equal(ports.count, 3);
    assert_string_equal(ports.port[0].name, "clk");
    assert_int_equal(ports.port[0].direction, PORT_INPUT);
    assert_int_equal(ports.port[0].width_bits, 1);
    assert_int_equal(ports.port[1].direction, PORT_OUTPUT);
    assert_int_equal(ports.port[1].width_bits, 8);
    assert_int_equal(ports.port[2].direction, PORT_INOUT);
    dut_ports_free(&ports);
}

static void width_of_every_kind_of_type_is_found(void **state)
{
    (void)state;
    assert_int_equal(width_of("<basicdtype id=\"1\" name=\"logic\" left=\"63\" right=\"0\"/>"), 64);
    assert_int_equal(width_of("<basicdtype id=\"1\" name=\"logic\" left=\"0\" right=\"63\"/>"), 64);
    assert_int_equal(width_of("<basicdtype id=\"1\" name=\"bit\" left=\"-3\" right=\"4\"/>"), 8);
    assert_int_equal(width_of("<refdtype id=\"1\" sub_dtype_id=\"2\"/>"
                              "<basicdtype id=\"2\" name=\"logic\" left=\"3\" right=\"0\"/>"),
                     4);
    assert_int_equal(width_of("<packarraydtype id=\"1\" sub_dtype_id=\"2\"><range>"
                              "<const name=\"32&apos;h2\"/><const name=\"32&apos;h0\"/></range>"
                              "</packarraydtype>"
                              "<basicdtype id=\"2\" name=\"logic\" left=\"3\" right=\"0\"/>"),
                     12);
    assert_int_equal(width_of("<structdtype id=\"1\">"
                              "<memberdtype id=\"3\" name=\"a\" sub_dtype_id=\"2\"/>"
                              "<memberdtype id=\"4\" name=\"b\" sub_dtype_id=\"2\"/></structdtype>"
                              "<basicdtype id=\"2\" name=\"logic\" left=\"4\" right=\"0\"/>"),
                     10);
    assert_int_equal(width_of("<uniondtype id=\"1\">"
                              "<memberdtype id=\"3\" name=\"a\" sub_dtype_id=\"2\"/>"
                              "<memberdtype id=\"4\" name=\"b\" sub_dtype_id=\"2\"/></uniondtype>"
                              "<basicdtype id=\"2\" name=\"logic\" left=\"4\" right=\"0\"/>"),
                     5);
}

/* 0 stands for "not a packed vector", which no port of the contract is. */
static void type_that_is_no_vector_has_no_width(void **state)
{
    (void)state;
    assert_int_equal(width_of(""), 0);
    assert_int_equal(width_of("<basicdtype id=\"2\" name=\"logic\"/>"), 0);
    assert_int_equal(width_of("<basicdtype id=\"1\" name=\"real\"/>"), 0);
    assert_int_equal(width_of("<basicdtype id=\"1\" name=\"string\"/>"), 0);
    assert_int_equal(width_of("<unpackarraydtype id=\"1\" sub_dtype_id=\"2\"/>"
                              "<basicdtype id=\"2\" name=\"logic\"/>"),
                     0);
    assert_int_equal(width_of("<structdtype id=\"1\"/>"), 0);
}

static void types_in_a_circle_have_no_width(void **state)
{
    (void)state;
    assert_int_equal(width_of("<refdtype id=\"1\" sub_dtype_id=\"1\"/>"), 0);
    assert_int_equal(width_of("<refdtype id=\"1\" sub_dtype_id=\"2\"/>"
                              "<enumdtype id=\"2\" sub_dtype_id=\"1\"/>"),
                     0);
    assert_int_equal(width_of("<structdtype id=\"1\">"
                              "<memberdtype id=\"2\" sub_dtype_id=\"1\"/>"
                              "<memberdtype id=\"3\" sub_dtype_id=\"1\"/></structdtype>"),
                     0);
}

static void width_that_is_absurd_is_none(void **state)
{
    (void)state;
    assert_int_equal(width_of("<basicdtype id=\"1\" name=\"logic\" left=\"9223372036854775807\" "
                              "right=\"-9223372036854775808\"/>"),
                     0);
    assert_int_equal(width_of("<basicdtype id=\"1\" name=\"logic\" left=\"2147483647\" "
                              "right=\"0\"/>"),
                     0);
    assert_int_equal(width_of("<packarraydtype id=\"1\" sub_dtype_id=\"2\">"
                              "<const name=\"32&apos;h7fffffff\"/>"
                              "<const name=\"32&apos;h80000000\"/></packarraydtype>"
                              "<basicdtype id=\"2\" name=\"logic\" left=\"1048575\" right=\"0\"/>"),
                     0);
}

static void xml_without_a_top_is_refused(void **state)
{
    struct dut_ports ports;
    struct error error;
    (void)state;
    assert_false(parse(&ports, "", &error));
    assert_string_equal(error.text, "Verilator names no top module");
    dut_ports_free(&ports);
    assert_false(parse(&ports, "<module name=\"m\"></module>", &error));
    assert_string_equal(error.text, "Verilator names no top module");
    dut_ports_free(&ports);
}

static void memory_file_that_is_not_there_is_named_with_its_place(void **state)
{
    struct dut_ports ports;
    struct error error;
    (void)state;
    /* "no.hex" packed into a number */
    assert_false(parse(&ports,
                       HEAD "<readmem loc=\"d,7,3,7,9\"><const name=\"48&apos;h6e6f2e686578\"/>"
                            "</readmem>" TAIL,
                       &error));
    assert_string_equal(error.text,
                        "m.v:7: $readmemh or $readmemb of `no.hex`: No such file or directory");
    dut_ports_free(&ports);
    assert_true(parse(&ports,
                      HEAD "<readmem loc=\"d,7,3,7,9\"><const name=\"&quot;/dev/null&quot;\"/>"
                           "</readmem>" TAIL,
                      &error));
    dut_ports_free(&ports);
}

/* Cut off anywhere, with anything anywhere: no crash, and no more than a wrong list. */
static void damaged_xml_is_read_or_refused(void **state)
{
    static const char good[] = HEAD VAR("clk", "input", "1")
        VAR("sum", "output",
            "2") "<readmem loc=\"d,7,3,7,9\"><const name=\"&quot;/dev/null&quot;\"/></readmem>" TAIL
            TYPES("<basicdtype id=\"1\" name=\"logic\"/>\n"
                  "<packarraydtype id=\"2\" sub_dtype_id=\"1\"><range><const name=\"32&apos;h2\"/>"
                  "<const name=\"32&apos;h0\"/></range></packarraydtype>\n");
    static const char alphabet[] = "<>/\"=&; ?!h'0\n\xff";
    struct random_source random = {.state = 11};
    struct dut_ports ports;
    struct error error;
    char *text = malloc(sizeof good); /* exactly as long as it is, for the sanitizers */
    (void)state;
    assert_non_null(text);
    for (unsigned i = 0; i < 4000; i++) {
        memcpy(text, good, sizeof good);
        for (unsigned j = 0; j < i % 5; j++)
            text[random_below(&random, sizeof good - 1)] =
                alphabet[random_below(&random, sizeof alphabet - 1)];
        text[i % 2 ? random_below(&random, sizeof good - 1) : sizeof good - 1] = '\0';
        char *exact = strdup(text);
        assert_non_null(exact);
        parse(&ports, exact, &error);
        dut_ports_free(&ports);
        free(exact);
    }
    free(text);
}

/* --- the adapter --- */

enum { MAX_PORTS = CONTRACT_PORTS + 4 };

/* A module with the contract's ports, which tests change. */
struct module {
    struct dut_port port[MAX_PORTS];
    char names[MAX_PORTS][32];
    struct dut_ports ports;
    struct port_map map;
    struct dut_adapter adapter;
    struct error error;
};

static struct dut_port *add_port(struct module *module, const char *name,
                                 enum port_direction direction, unsigned width_bits)
{
    size_t index = module->ports.count++;
    assert_true(index < MAX_PORTS);
    snprintf(module->names[index], sizeof module->names[index], "%s", name);
    module->port[index] = (struct dut_port){module->names[index], direction, width_bits};
    return &module->port[index];
}

static struct module *new_module(const char *map)
{
    struct module *module = calloc(1, sizeof *module);
    assert_non_null(module);
    module->ports = (struct dut_ports){.top = (char *)"m", .port = module->port};
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        add_port(module, contract_ports[i].name,
                 contract_ports[i].direction == CONTRACT_OUT ? PORT_OUTPUT : PORT_INPUT,
                 contract_ports[i].width_bits);
    if (!port_map_parse(&module->map, map, strlen(map), "p.yaml", &module->error))
        fail_msg("%s", module->error.text);
    return module;
}

static void free_module(struct module *module)
{
    dut_adapter_free(&module->adapter);
    port_map_free(&module->map);
    free(module);
}

static void assert_writes(struct module *module, const char *text)
{
    if (!dut_adapter_write(&module->adapter, &module->ports, &module->map, &module->error))
        fail_msg("%s: %s", module->error.text,
                 module->adapter.problems.count ? module->adapter.problems.items[0] : "");
    if (strstr(module->adapter.verilog, text) == NULL)
        fail_msg("`%s` is not in\n%s", text, module->adapter.verilog);
    free_module(module);
}

static void assert_cannot(struct module *module, const char *problem)
{
    assert_false(dut_adapter_write(&module->adapter, &module->ports, &module->map, &module->error));
    if (module->adapter.problems.count != 1)
        fail_msg("%zu problems, expected `%s`", module->adapter.problems.count, problem);
    if (strstr(module->adapter.problems.items[0], problem) == NULL)
        fail_msg("found `%s`, expected `%s`", module->adapter.problems.items[0], problem);
    assert_string_equal(module->error.text, "m: 1 of its ports cannot be mapped to the contract's");
    assert_null(module->adapter.verilog);
    free_module(module);
}

#define NO_MAP "ports: {}\n"

static struct dut_port *port_of(struct module *module, enum contract_port port)
{
    return &module->port[port];
}

static void module_of_the_contract_is_connected_by_name(void **state)
{
    (void)state;
    assert_writes(new_module(NO_MAP), "        .req_addr_i(req_addr_i[63:0]),\n");
    assert_writes(new_module(NO_MAP), "        .clk_i(clk_i)\n    );\nendmodule\n");
}

static void port_that_is_missing_is_named_with_what_was_expected(void **state)
{
    struct module *module = new_module(NO_MAP);
    (void)state;
    strcpy(port_of(module, CONTRACT_rsp_fault_o)->name, "fault");
    assert_cannot(module, "m: rsp_fault_o: found no port `rsp_fault_o` of m, expected an output of "
                          "4 bits");
    assert_cannot(new_module("ports: {req_op_i: cmd}\ntie: [{port: req_op_i, value: 0}]\n"),
                  "p.yaml:1:19: req_op_i: found no port `cmd` of m, expected an input of 2 bits");
}

static void port_of_another_width_or_direction_is_refused(void **state)
{
    struct module *module = new_module(NO_MAP);
    (void)state;
    port_of(module, CONTRACT_req_op_i)->width_bits = 3;
    assert_cannot(module, "found `req_op_i`, an input of 3 bits, expected an input of 2 bits");

    module = new_module(NO_MAP);
    port_of(module, CONTRACT_req_addr_i)->width_bits = 32;
    assert_cannot(module, "list it under `narrow` of a port map if that is meant");

    module = new_module("narrow: [req_addr_i]\n");
    port_of(module, CONTRACT_req_addr_i)->width_bits = 65;
    assert_cannot(module, "found `req_addr_i`, an input of 65 bits, expected an input of 64 bits");

    module = new_module("narrow: [req_addr_i]\n");
    port_of(module, CONTRACT_req_addr_i)->width_bits = 0;
    assert_cannot(module, "an input that is not a packed vector");

    module = new_module(NO_MAP);
    port_of(module, CONTRACT_req_ready_o)->direction = PORT_INPUT;
    assert_cannot(module, "found `req_ready_o`, an input of 1 bit, expected an output of 1 bit");

    module = new_module(NO_MAP);
    port_of(module, CONTRACT_req_ready_o)->direction = PORT_INOUT;
    assert_cannot(module, "found `req_ready_o`, an inout of 1 bit, expected an output of 1 bit");
}

static void narrow_port_limits_what_is_tried(void **state)
{
    struct module *module = new_module("narrow: [req_addr_i, rsp_addr_o]\n");
    struct mmu_in in = {.req.addr = UINT64_MAX};
    (void)state;
    port_of(module, CONTRACT_req_addr_i)->width_bits = 14;
    port_of(module, CONTRACT_rsp_addr_o)->width_bits = 16;
    assert_true(dut_adapter_write(&module->adapter, &module->ports, &module->map, &module->error));
    assert_non_null(strstr(module->adapter.verilog, ".req_addr_i(req_addr_i[13:0])"));
    assert_non_null(strstr(module->adapter.verilog, "assign rsp_addr_o[63:16] = 48'd0;"));
    assert_int_equal(module->adapter.notes.count, 1);
    input_limits_apply(&module->adapter.limits, &in);
    assert_int_equal(in.req.addr, 0x3fff);
    free_module(module);
}

static void inverted_and_constant_ports_are_written_so(void **state)
{
    struct module *module =
        new_module("ports: {rst_i: ~rst_n, rsp_valid_o: ~valid_n, req_segment_i: 9}\n"
                   "tie: [{port: req_segment_i, value: 15}]\n");
    struct mmu_in in = {.req.segment = 3};
    (void)state;
    strcpy(port_of(module, CONTRACT_rst_i)->name, "rst_n");
    strcpy(port_of(module, CONTRACT_rsp_valid_o)->name, "valid_n");
    assert_true(dut_adapter_write(&module->adapter, &module->ports, &module->map, &module->error));
    assert_non_null(strstr(module->adapter.verilog, ".rst_n(~rst_i[0:0])"));
    assert_non_null(strstr(module->adapter.verilog, "assign rsp_valid_o = ~rsp_valid_o_n;"));
    assert_non_null(strstr(module->adapter.verilog, ".req_segment_i(4'd15)"));
    input_limits_apply(&module->adapter.limits, &in);
    assert_int_equal(in.req.segment, 9);
    free_module(module);
}

static void input_that_nobody_drives_is_refused(void **state)
{
    struct module *module = new_module(NO_MAP);
    (void)state;
    add_port(module, "scan", PORT_INPUT, 1);
    assert_cannot(module, "found `scan`, an input of 1 bit, that no port of the contract is mapped "
                          "to, expected a constant for it under `tie`");
    module = new_module(NO_MAP);
    add_port(module, "pad", PORT_INOUT, 1);
    assert_cannot(module, "found `pad`, an inout of 1 bit");
    module = new_module(NO_MAP);
    add_port(module, "idle", PORT_OUTPUT, 1);
    assert_writes(module, "        .idle(),\n");
}

static void tie_that_does_not_fit_is_refused(void **state)
{
    struct module *module = new_module("tie: [{port: scan, value: 4}]\n");
    (void)state;
    add_port(module, "scan", PORT_INPUT, 2);
    assert_cannot(module, "tie: found 4 for `scan`, expected a value of 2 bits");
    module = new_module("tie: [{port: scan, value: 3}]\n");
    add_port(module, "scan", PORT_INPUT, 2);
    assert_writes(module, "        .scan(2'd3),\n");
    module = new_module("tie: [{port: wide, value: 18446744073709551615}]\n");
    add_port(module, "wide", PORT_INPUT, 64);
    assert_writes(module, "        .wide(64'd18446744073709551615),\n");
    module = new_module("tie: [{port: wide, value: 18446744073709551615}]\n");
    add_port(module, "wide", PORT_INPUT, 128);
    assert_writes(module, "        .wide(128'd18446744073709551615),\n");
    module = new_module("tie: [{port: idle, value: 0}]\n");
    add_port(module, "idle", PORT_OUTPUT, 1);
    assert_cannot(module, "tie: found `idle`, an output of 1 bit, expected an input");
    assert_cannot(new_module("tie: [{port: nothing, value: 0}]\n"),
                  "tie: found no port `nothing` of m");
    module = new_module("tie: [{port: list, value: 0}]\n");
    add_port(module, "list", PORT_INPUT, 0);
    assert_cannot(module, "tie: found `list`, an input that is not a packed vector");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(top_and_its_ports_are_read),
        cmocka_unit_test(width_of_every_kind_of_type_is_found),
        cmocka_unit_test(type_that_is_no_vector_has_no_width),
        cmocka_unit_test(types_in_a_circle_have_no_width),
        cmocka_unit_test(width_that_is_absurd_is_none),
        cmocka_unit_test(xml_without_a_top_is_refused),
        cmocka_unit_test(memory_file_that_is_not_there_is_named_with_its_place),
        cmocka_unit_test(damaged_xml_is_read_or_refused),
        cmocka_unit_test(module_of_the_contract_is_connected_by_name),
        cmocka_unit_test(port_that_is_missing_is_named_with_what_was_expected),
        cmocka_unit_test(port_of_another_width_or_direction_is_refused),
        cmocka_unit_test(narrow_port_limits_what_is_tried),
        cmocka_unit_test(inverted_and_constant_ports_are_written_so),
        cmocka_unit_test(input_that_nobody_drives_is_refused),
        cmocka_unit_test(tie_that_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
