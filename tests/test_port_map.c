/* SPDX-License-Identifier: MIT */
/* Port maps: what each line means, and the exact place of every complaint about a hostile one. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "lockstep/port_map.h"

static bool parse(struct port_map *map, const char *text, struct error *error)
{
    *error = (struct error){""};
    return port_map_parse(map, text, strlen(text), "p.yaml", error);
}

/* The map is read; ended with port_map_free. */
static void accept(struct port_map *map, const char *text)
{
    struct error error;
    if (!parse(map, text, &error))
        fail_msg("%s, of\n%s", error.text, text);
}

static void refuse(const char *text, const char *complaint)
{
    struct port_map map;
    struct error error;
    if (parse(&map, text, &error))
        fail_msg("expected `%s` of\n%s", complaint, text);
    if (strstr(error.text, complaint) == NULL || strncmp(error.text, "p.yaml:", 7) != 0)
        fail_msg("found `%s`, expected `%s` of\n%s", error.text, complaint, text);
    port_map_free(&map);
}

/* --- what is meant --- */

static void map_without_a_file_has_the_contracts_names(void **state)
{
    struct port_map map;
    struct error error;
    (void)state;
    assert_true(port_map_load(&map, NULL, &error));
    assert_null(map.path);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        assert_string_equal(map.ports[i].name, contract_ports[i].name);
    port_map_free(&map);
}

static void map_that_names_some_ports_keeps_the_others(void **state)
{
    struct port_map map;
    (void)state;
    accept(&map, "ports:\n  req_op_i: cmd\n  rst_i: ~rst_n\n  req_segment_i: 0xf\n"
                 "narrow: [req_addr_i]\ntie:\n- {port: scan, value: 18446744073709551615}\n");
    assert_string_equal(map.ports[CONTRACT_req_op_i].name, "cmd");
    assert_false(map.ports[CONTRACT_req_op_i].is_inverted);
    assert_int_equal(map.ports[CONTRACT_req_op_i].line, 2);
    assert_int_equal(map.ports[CONTRACT_req_op_i].column, 13);
    assert_string_equal(map.ports[CONTRACT_rst_i].name, "rst_n");
    assert_true(map.ports[CONTRACT_rst_i].is_inverted);
    assert_null(map.ports[CONTRACT_req_segment_i].name);
    assert_int_equal(map.ports[CONTRACT_req_segment_i].constant, 15);
    assert_true(map.ports[CONTRACT_req_addr_i].is_narrow);
    assert_false(map.ports[CONTRACT_req_wdata_i].is_narrow);
    assert_string_equal(map.ports[CONTRACT_clk_i].name, "clk_i");
    assert_int_equal(map.ports[CONTRACT_clk_i].line, 0);
    assert_int_equal(map.tie_count, 1);
    assert_string_equal(map.ties[0].name, "scan");
    assert_true(map.ties[0].value == UINT64_MAX);
    port_map_free(&map);
}

static void constant_of_every_width_is_taken_up_to_its_largest_value(void **state)
{
    struct port_map map;
    char text[128];
    (void)state;
    for (unsigned i = 0; i < CONTRACT_PORTS; i++) {
        const struct contract_port_info *info = &contract_ports[i];
        const uint64_t largest = UINT64_MAX >> (64 - info->width_bits);
        if (i == CONTRACT_clk_i || i == CONTRACT_rst_i || i == CONTRACT_req_valid_i ||
            i == CONTRACT_rsp_valid_o)
            continue;
        snprintf(text, sizeof text, "ports: {%s: %llu}\n", info->name, (unsigned long long)largest);
        accept(&map, text);
        assert_true(map.ports[i].constant == largest);
        port_map_free(&map);
        snprintf(text, sizeof text, "ports: {%s: %llu}\n", info->name,
                 (unsigned long long)largest + 1);
        if (largest < UINT64_MAX)
            refuse(text, "expected a constant of");
    }
}

/* --- what is refused --- */

static void port_that_the_contract_does_not_know_is_refused_with_its_place(void **state)
{
    (void)state;
    refuse("ports:\n  req_op_i: a\n  nonsense: b\n", "p.yaml:3:3: ports: found the unknown key");
    refuse("ports: {REQ_OP_I: a}\n", "found the unknown key `REQ_OP_I`");
    refuse("narrow: [nonsense]\n", "p.yaml:1:10: narrow[0]: found `nonsense`");
    refuse("narrow: [\"\"]\n", "narrow[0]: found ``");
    refuse("more: {}\n", "found the unknown key `more`, expected one of ports, narrow, tie");
}

static void port_twice_is_refused(void **state)
{
    (void)state;
    refuse("ports: {req_op_i: a, req_op_i: b}\n", "req_op_i");
    refuse("ports: {req_op_i: a, req_addr_i: a}\n", "is the contract's req_op_i already");
    refuse("ports: {req_op_i: rst_i}\n", "ports.req_op_i: found rst_i, which is the contract's");
    refuse("narrow: [req_addr_i, req_addr_i]\n", "narrow[1]: found req_addr_i again");
    refuse("tie: [{port: a, value: 0}, {port: a, value: 1}]\n", "tie[1].port: found a again");
    refuse("ports: {req_op_i: a}\ntie: [{port: a, value: 0}]\n",
           "tie[0].port: found a, which is the contract's req_op_i already");
    refuse("tie: [{port: req_op_i, value: 0}]\n", "which is the contract's req_op_i already");
}

/* Names that change places are no cycle: each is used once. */
static void names_that_change_places_are_taken(void **state)
{
    struct port_map map;
    (void)state;
    accept(&map, "ports: {req_op_i: req_access_i, req_access_i: req_op_i}\n");
    assert_string_equal(map.ports[CONTRACT_req_op_i].name, "req_access_i");
    assert_string_equal(map.ports[CONTRACT_req_access_i].name, "req_op_i");
    port_map_free(&map);
}

/* The names go into Verilog. */
static void name_that_is_no_identifier_is_refused(void **state)
{
    static const char *const names[] = {
        "'a b'", "'a;b'", "'a)'", "'`a'",  "'a[1:0]'", "'\\a '", "'~'",   "'~~a'",
        "'$a'",  "'-a'",  "''",   "'a\"'", "'ä'",      "'.a'",   "'a//'", "\"a\\nb\"",
    };
    char text[128];
    (void)state;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(text, sizeof text, "ports: {req_valid_i: %s}\n", names[i]);
        refuse(text, "ports.req_valid_i: found `");
        snprintf(text, sizeof text, "tie: [{port: %s, value: 0}]\n", names[i]);
        refuse(text, "tie[0].port: found `");
    }
}

static void constant_where_a_port_is_needed_is_refused(void **state)
{
    (void)state;
    refuse("ports: {clk_i: 0}\n", "ports.clk_i: found the constant 0, expected a port");
    refuse("ports: {rst_i: 1}\n", "no DUT does without it");
    refuse("ports: {req_valid_i: 1}\n", "no DUT does without it");
    refuse("ports: {rsp_valid_o: 1}\n", "no DUT does without it");
    refuse("ports: {clk_i: ~clk}\n", "expected a clock whose rising edge counts");
    refuse("ports: {req_op_i: ~op}\n", "only a port of one bit is inverted");
    refuse("ports: {rsp_ready_i: 2}\n", "expected a constant of 1 bits");
    refuse("ports: {rsp_ready_i: 1x}\n", "found `1x`, expected a constant");
    refuse("ports: {req_wdata_i: 18446744073709551616}\n", "expected a constant of 64 bits");
    refuse("ports: {req_segment_i: 0}\nnarrow: [req_segment_i]\n",
           "which `ports` makes a constant");
    refuse("narrow: [rst_i]\n", "expected a port of more than one bit");
}

static void value_of_a_tie_that_is_no_number_is_refused(void **state)
{
    (void)state;
    refuse("tie: [{port: a, value: b}]\n", "tie[0].value: found `b`, expected a number");
    refuse("tie: [{port: a, value: -1}]\n", "expected a number");
    refuse("tie: [{port: a, value: 18446744073709551616}]\n", "expected a number");
    refuse("tie: [{port: a, value: ''}]\n", "expected a number");
    refuse("tie: [{port: a}]\n", "value");
    refuse("tie: [{value: 0}]\n", "port");
    refuse("tie: {port: a, value: 0}\n", "tie");
}

static void text_of_another_shape_is_refused(void **state)
{
    (void)state;
    refuse("", "p.yaml:");
    refuse("- ports\n", "p.yaml:1:");
    refuse("ports: 3\n", "ports");
    refuse("ports: {req_op_i: [a]}\n", "req_op_i");
    refuse("ports: {req_op_i: {a: b}}\n", "req_op_i");
    refuse("narrow: req_addr_i\n", "narrow");
    refuse("ports: {\n", "p.yaml:");
    refuse("ports: {req_op_i: &a b, req_addr_i: *a}\n", "p.yaml:1:");
    refuse("a: &a [*a, *a]\n", "p.yaml:1:");
    refuse("---\nports: {}\n---\nports: {}\n", "p.yaml:");
}

static void list_that_is_too_long_is_refused(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    (void)state;
    fputs("tie:\n", stream);
    for (unsigned i = 0; i < 257; i++)
        fprintf(stream, "- {port: a%u, value: 0}\n", i);
    fclose(stream);
    refuse(text, "tie");
    free(text);
}

/* --- files --- */

static void file_that_cannot_be_read_is_refused_by_name(void **state)
{
    struct port_map map;
    struct error error;
    (void)state;
    assert_false(port_map_load(&map, "no/such.yaml", &error));
    assert_string_equal(error.text, "no/such.yaml: No such file or directory");
    port_map_free(&map);
    assert_false(port_map_load(&map, "/", &error));
    port_map_free(&map);
    assert_false(port_map_load(&map, "/dev/zero", &error));
    assert_non_null(strstr(error.text, "/dev/zero: "));
    port_map_free(&map);
}

/* --- noise --- */

/* Whatever is read, it ends in a map or in one line. */
static void damaged_map_is_read_or_refused(void **state)
{
    static const char good[] = "ports:\n  rst_i: ~rst_n\n  req_op_i: cmd\n  rsp_ready_i: 1\n"
                               "narrow: [req_addr_i, rsp_addr_o]\ntie:\n- {port: scan, value: 0}\n";
    static const char alphabet[] = "~:,{}[]-#&*!|>'\"%@`\n\t 0a\xff\x01";
    struct random_source random = {.state = 7};
    unsigned read = 0;
    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        char text[sizeof good];
        struct port_map map;
        struct error error = {""};
        memcpy(text, good, sizeof good);
        for (unsigned j = 0; j <= i % 4; j++)
            text[random_below(&random, sizeof good - 1)] =
                alphabet[random_below(&random, sizeof alphabet - 1)];
        if (port_map_parse(&map, text, sizeof good - 1, "p.yaml", &error))
            read++;
        else if (strncmp(error.text, "p.yaml:", 7) != 0 || strchr(error.text, '\n') != NULL)
            fail_msg("found `%s` of\n%s", error.text, text);
        port_map_free(&map);
    }
    assert_in_range(read, 1, 2999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map_without_a_file_has_the_contracts_names),
        cmocka_unit_test(map_that_names_some_ports_keeps_the_others),
        cmocka_unit_test(constant_of_every_width_is_taken_up_to_its_largest_value),
        cmocka_unit_test(port_that_the_contract_does_not_know_is_refused_with_its_place),
        cmocka_unit_test(port_twice_is_refused),
        cmocka_unit_test(names_that_change_places_are_taken),
        cmocka_unit_test(name_that_is_no_identifier_is_refused),
        cmocka_unit_test(constant_where_a_port_is_needed_is_refused),
        cmocka_unit_test(value_of_a_tie_that_is_no_number_is_refused),
        cmocka_unit_test(text_of_another_shape_is_refused),
        cmocka_unit_test(list_that_is_too_long_is_refused),
        cmocka_unit_test(file_that_cannot_be_read_is_refused_by_name),
        cmocka_unit_test(damaged_map_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
