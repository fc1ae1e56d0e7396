/* SPDX-License-Identifier: MIT */
#include "lockstep/dut_adapter.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The work: a table row for each port of the contract, with what stands for it. */
struct work {
    struct dut_adapter *adapter;
    const struct dut_ports *ports;
    const struct port_map *map;
    const struct dut_port *found[CONTRACT_PORTS]; /* NULL where a constant stands for it */
};

/* --- what is wrong --- */

__attribute__((format(printf, 4, 5))) static void problem(const struct work *work, unsigned line,
                                                          unsigned column, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (line > 0)
        strings_add(&work->adapter->problems, "%s:%u:%u: %s", work->map->path, line, column, text);
    else
        strings_add(&work->adapter->problems, "%s: %s", work->ports->top, text);
}

static const struct dut_port *find_port(const struct dut_ports *ports, const char *name)
{
    for (size_t i = 0; i < ports->count; i++)
        if (strcmp(ports->port[i].name, name) == 0)
            return &ports->port[i];
    return NULL;
}

static const char *direction_name(enum port_direction direction)
{
    static const char *const names[] = {
        [PORT_INPUT] = "input", [PORT_OUTPUT] = "output", [PORT_INOUT] = "inout"};
    return names[direction];
}

/* "an input of 64 bits" */
static const char *describe(enum port_direction direction, unsigned width_bits, char text[64])
{
    const char *name = direction_name(direction);
    if (width_bits == 0)
        snprintf(text, 64, "an %s that is not a packed vector", name);
    else
        snprintf(text, 64, "an %s of %u bit%s", name, width_bits, width_bits == 1 ? "" : "s");
    return text;
}

static enum port_direction direction_of(const struct contract_port_info *info)
{
    return info->direction == CONTRACT_OUT ? PORT_OUTPUT : PORT_INPUT;
}

/* Says what is wrong with a port that is mapped, if anything is. */
static void check_mapped(struct work *work, enum contract_port port)
{
    const struct contract_port_info *info = &contract_ports[port];
    const struct port_mapping *mapping = &work->map->ports[port];
    const struct dut_port *found = find_port(work->ports, mapping->name);
    char expected_text[64], found_text[64];
    const char *expected = describe(direction_of(info), info->width_bits, expected_text);
    work->found[port] = found;
    if (!found) {
        problem(work, mapping->line, mapping->column, "%s: found no port `%s` of %s, expected %s",
                info->name, mapping->name, work->ports->top, expected);
        return;
    }
    bool is_narrow = found->width_bits > 0 && found->width_bits < info->width_bits;
    if (found->direction == direction_of(info) &&
        (found->width_bits == info->width_bits || (is_narrow && mapping->is_narrow)))
        return;
    problem(work, mapping->line, mapping->column, "%s: found `%s`, %s, expected %s%s", info->name,
            mapping->name, describe(found->direction, found->width_bits, found_text), expected,
            is_narrow ? "; list it under `narrow` of a port map if that is meant" : "");
}

static void check_tie(const struct work *work, const struct port_tie *tie)
{
    const struct dut_port *found = find_port(work->ports, tie->name);
    char text[64];
    if (!found)
        problem(work, tie->line, tie->column, "tie: found no port `%s` of %s", tie->name,
                work->ports->top);
    else if (found->direction != PORT_INPUT || found->width_bits == 0)
        problem(work, tie->line, tie->column, "tie: found `%s`, %s, expected an input", tie->name,
                describe(found->direction, found->width_bits, text));
    else if (found->width_bits < 64 && tie->value >> found->width_bits != 0)
        problem(work, tie->line, tie->column,
                "tie: found %" PRIu64 " for `%s`, expected a value "
                "of %u bits",
                tie->value, tie->name, found->width_bits);
}

static const struct port_tie *find_tie(const struct port_map *map, const char *name)
{
    for (unsigned i = 0; i < map->tie_count; i++)
        if (strcmp(map->ties[i].name, name) == 0)
            return &map->ties[i];
    return NULL;
}

/* An input that nobody drives. Outputs that nobody asks for are left open. */
static void check_unmapped(const struct work *work, const struct dut_port *port)
{
    char text[64];
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        if (work->found[i] == port)
            return;
    if (port->direction != PORT_OUTPUT && !find_tie(work->map, port->name))
        problem(work, 0, 0,
                "found `%s`, %s, that no port of the contract is mapped to, expected a "
                "constant for it under `tie` of a port map",
                port->name, describe(port->direction, port->width_bits, text));
}

/* --- the module --- */

static void write_header(const struct work *work, FILE *text)
{
    fprintf(text,
            "// The ports of the contract around %s; generated.\n"
            "`resetall\n"
            "`default_nettype none\n"
            "/* verilator coverage_off */\n"
            "module " DUT_ADAPTER_MODULE " #(\n"
            "    parameter VA_W = 0, PA_W = 0, SEG_BITS = 0, SELECT = 0, CONTEXTS = 0, STAGES = 0\n"
            ") (\n",
            work->ports->top);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++) {
        const struct contract_port_info *info = &contract_ports[i];
        fprintf(text, "    %s wire [%u:0] %s%s\n", direction_name(direction_of(info)),
                info->width_bits - 1, info->name, i + 1 < CONTRACT_PORTS ? "," : "");
    }
    fprintf(text, ");\n");
}

static void write_parameters(const struct work *work, FILE *text)
{
    const struct strings *parameters = &work->ports->parameters;
    for (size_t i = 0; i < parameters->count; i++) {
        const char *item = parameters->items[i];
        int length = (int)strcspn(item, "=");
        fprintf(text, "%s.%.*s(%s)", i > 0 ? ", " : " #(", length, item, item + length + 1);
    }
    fprintf(text, "%s", parameters->count > 0 ? ")" : "");
}

static void write_connection(const struct work *work, enum contract_port port, FILE *text)
{
    const struct contract_port_info *info = &contract_ports[port];
    const struct port_mapping *mapping = &work->map->ports[port];
    if (!mapping->name)
        return;
    /* An output cannot be connected to an expression. */
    if (mapping->is_inverted && info->direction == CONTRACT_OUT)
        fprintf(text, "        .%s(%s_n),\n", mapping->name, info->name);
    else
        fprintf(text, "        .%s(%s%s[%u:0]),\n", mapping->name, mapping->is_inverted ? "~" : "",
                info->name, work->found[port]->width_bits - 1);
}

/* What the module's own ports leave of an output. */
static void write_rest(const struct work *work, enum contract_port port, FILE *text)
{
    const struct contract_port_info *info = &contract_ports[port];
    const struct port_mapping *mapping = &work->map->ports[port];
    if (info->direction != CONTRACT_OUT)
        return;
    if (!mapping->name)
        fprintf(text, "    assign %s = %u'd%" PRIu64 ";\n", info->name, info->width_bits,
                mapping->constant);
    else if (mapping->is_inverted)
        fprintf(text, "    wire %s_n;\n    assign %s = ~%s_n;\n", info->name, info->name,
                info->name);
    else if (work->found[port]->width_bits < info->width_bits)
        fprintf(text, "    assign %s[%u:%u] = %u'd0;\n", info->name, info->width_bits - 1,
                work->found[port]->width_bits, info->width_bits - work->found[port]->width_bits);
}

static void write_module(const struct work *work, FILE *text)
{
    write_header(work, text);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        write_rest(work, (enum contract_port)i, text);
    fprintf(text, "    %s", work->ports->top);
    write_parameters(work, text);
    fprintf(text, " u_dut (\n");
    for (unsigned i = 0; i < work->map->tie_count; i++) {
        const struct port_tie *tie = &work->map->ties[i];
        fprintf(text, "        .%s(%u'd%" PRIu64 "),\n", tie->name,
                find_port(work->ports, tie->name)->width_bits, tie->value);
    }
    for (size_t i = 0; i < work->ports->count; i++) {
        const struct dut_port *port = &work->ports->port[i];
        bool is_used = false;
        for (unsigned j = 0; j < CONTRACT_PORTS; j++)
            is_used = is_used || work->found[j] == port;
        if (!is_used && port->direction == PORT_OUTPUT)
            fprintf(text, "        .%s(),\n", port->name);
    }
    for (unsigned i = CONTRACT_PORTS; i-- > 1;)
        write_connection(work, (enum contract_port)i, text);
    fprintf(text,
            "        .%s(clk_i)\n    );\nendmodule\n"
            "/* verilator coverage_on */\n`default_nettype wire\n",
            work->map->ports[CONTRACT_clk_i].name);
}

/* --- limits --- */

static void limit_input(const struct work *work, enum contract_port port)
{
    const struct contract_port_info *info = &contract_ports[port];
    const struct port_mapping *mapping = &work->map->ports[port];
    struct dut_adapter *adapter = work->adapter;
    if (info->direction != CONTRACT_IN)
        return;
    if (!mapping->name) {
        input_limits_set(&adapter->limits, port, 0, mapping->constant);
        strings_add(&adapter->notes, "%s: always %" PRIu64 ", no other value is tried", info->name,
                    mapping->constant);
    } else if (work->found[port]->width_bits < info->width_bits) {
        unsigned width_bits = work->found[port]->width_bits;
        input_limits_set(&adapter->limits, port, width_bits, 0);
        strings_add(&adapter->notes, "%s: %u of %u bits, no larger value is tried", info->name,
                    width_bits, info->width_bits);
    }
}

/* --- the whole --- */

bool dut_adapter_write(struct dut_adapter *adapter, const struct dut_ports *ports,
                       const struct port_map *map, struct error *error)
{
    struct work work = {.adapter = adapter, .ports = ports, .map = map};
    size_t size;
    input_limits_init(&adapter->limits);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        if (map->ports[i].name)
            check_mapped(&work, (enum contract_port)i);
    for (unsigned i = 0; i < map->tie_count; i++)
        check_tie(&work, &map->ties[i]);
    for (size_t i = 0; i < ports->count; i++)
        check_unmapped(&work, &ports->port[i]);
    if (adapter->problems.count > 0)
        return error_set(error, "%s: %zu of its ports cannot be mapped to the contract's",
                         ports->top, adapter->problems.count);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        limit_input(&work, (enum contract_port)i);
    FILE *text = open_memstream(&adapter->verilog, &size);
    if (text) {
        write_module(&work, text);
        if (fclose(text) == 0 && !adapter->notes.is_short && !adapter->problems.is_short)
            return true;
    }
    return error_set(error, "out of memory");
}

static void offer_parameters(struct strings *offered, const struct mmu_config *config)
{
#define X(parameter, member) strings_add(offered, #parameter "=%u", (unsigned)config->member);
    CONTRACT_PARAMETER_LIST(X)
#undef X
}

bool dut_adapter_make(struct dut_adapter *adapter, const struct dut_foreign *foreign,
                      const struct mmu_config *config, struct error *error)
{
    struct strings offered = {0};
    struct port_map map = {0};
    struct dut_ports ports = {0};
    *adapter = (struct dut_adapter){0};
    offer_parameters(&offered, config);
    const struct dut_elaboration elaboration = {
        .files = foreign->files,
        .top = foreign->top,
        .defines = foreign->defines,
        .offered = (const char *const *)offered.items,
        .parameters = foreign->parameters,
        .is_sandboxed = foreign->is_sandboxed,
    };
    bool is_good = port_map_load(&map, foreign->port_map, error) &&
                   (!offered.is_short || error_set(error, "out of memory")) &&
                   dut_ports_list(&ports, &elaboration, error) &&
                   dut_adapter_write(adapter, &ports, &map, error);
    adapter->top = ports.top;
    ports.top = NULL;
    adapter->warning_count = ports.warning_count;
    adapter->first_warning = ports.first_warning;
    ports.first_warning = NULL;
    dut_ports_free(&ports);
    port_map_free(&map);
    strings_free(&offered);
    return is_good;
}

void dut_adapter_free(struct dut_adapter *adapter)
{
    free(adapter->top);
    free(adapter->verilog);
    free(adapter->first_warning);
    strings_free(&adapter->notes);
    strings_free(&adapter->problems);
    *adapter = (struct dut_adapter){0};
}
