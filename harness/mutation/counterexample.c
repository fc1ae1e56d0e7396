/* SPDX-License-Identifier: MIT */
#include "mutation/counterexample.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "lockstep/dut_contract.h"
#include "lockstep/testbench.h"
#include "sink/mismatch.h"

/* --- reading a VCD --- */

enum side { SIDE_IN, SIDE_ORIGINAL, SIDE_MUTANT };

/* A variable of the file that is a port of the miter. */
struct variable {
    char code[16]; /* that stands for it in the file */
    enum side side;
    const struct contract_port_info *port;
};

struct variables {
    struct variable items[2 * CONTRACT_PORTS];
    unsigned count;
};

static bool find_port(const char *name, struct variable *variable)
{
    static const struct {
        const char *prefix;
        enum side side;
    } sides[] = {{"in_", SIDE_IN}, {"gold_", SIDE_ORIGINAL}, {"gate_", SIDE_MUTANT}};
    for (unsigned side = 0; side < sizeof sides / sizeof sides[0]; side++) {
        size_t length = strlen(sides[side].prefix);
        if (strncmp(name, sides[side].prefix, length) != 0)
            continue;
        for (unsigned port = 0; port < CONTRACT_PORTS; port++) {
            if (strcmp(name + length, contract_ports[port].name) != 0)
                continue;
            enum contract_direction direction =
                sides[side].side == SIDE_IN ? CONTRACT_IN : CONTRACT_OUT;
            variable->side = sides[side].side;
            variable->port = &contract_ports[port];
            return contract_ports[port].direction == direction;
        }
    }
    return false;
}

/* "$var wire WIDTH CODE \\NAME $end" */
static void read_variable(const char *line, struct variables *variables)
{
    struct variable variable = {0};
    char name[64];
    if (sscanf(line, "$var wire %*u %15s %63s", variable.code, name) == 2 &&
        variables->count < sizeof variables->items / sizeof variables->items[0] &&
        find_port(name + (*name == '\\'), &variable))
        variables->items[variables->count++] = variable;
}

static void set_field(struct counterexample_cycle *cycle, const struct variable *variable,
                      uint64_t value)
{
    char *base = variable->side == SIDE_IN         ? (char *)&cycle->in
                 : variable->side == SIDE_ORIGINAL ? (char *)&cycle->original
                                                   : (char *)&cycle->mutant;
    char *field = base + variable->port->offset;
    if (variable->port->width_bits > 8) {
        memcpy(field, &value, sizeof value);
    } else {
        uint8_t byte = (uint8_t)value;
        memcpy(field, &byte, sizeof byte);
    }
}

/* "bBITS CODE", or "BIT" and "CODE" without a space between. */
static void read_value(const char *line, const struct variables *variables,
                       struct counterexample_cycle *cycle)
{
    uint64_t value = 0;
    const char *at = *line == 'b' ? line + 1 : line;
    const char *end = *line == 'b' ? at + strcspn(at, " ") : at + 1;
    for (; at < end && *at; at++)
        value = value << 1 | (*at == '1');
    at += *at == ' ';
    for (unsigned i = 0; i < variables->count; i++)
        if (strcmp(variables->items[i].code, at) == 0)
            set_field(cycle, &variables->items[i], value);
}

static void read_lines(FILE *file, struct counterexample *counterexample)
{
    struct variables variables = {0};
    char line[4096];
    unsigned long time = 0;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "$var ", 5) == 0)
            read_variable(line, &variables);
        else if (line[0] == '#')
            time = strtoul(line + 1, NULL, 10); /* steps count from 1; 0 is before them */
        else if (strchr("01xzb", line[0]) && line[0] && time >= 1 &&
                 time <= COUNTEREXAMPLE_CYCLES) {
            counterexample->count = (unsigned)time;
            read_value(line, &variables, &counterexample->cycles[time - 1]);
        }
    }
}

static bool is_different(const struct counterexample_cycle *cycle)
{
    return !outputs_equal(&cycle->original, &cycle->mutant);
}

bool counterexample_read(struct counterexample *counterexample, const char *path,
                         struct error *error)
{
    memset(counterexample, 0, sizeof *counterexample);
    int descriptor = input_open(path);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "r") : NULL;
    if (!file)
        return error_set(error, "%s: cannot be read: %s", path, strerror(errno));
    read_lines(file, counterexample);
    bool is_read = !ferror(file);
    fclose(file);
    if (!is_read)
        return error_set(error, "%s: cannot be read: %s", path, strerror(errno));
    if (counterexample->count == 0 ||
        !is_different(&counterexample->cycles[counterexample->count - 1]))
        return error_set(error, "%s: found no difference at its end, expected one", path);
    return true;
}

/* --- what it says --- */

static bool is_waiting(const struct counterexample_cycle *cycle)
{
    return cycle->in.req_valid && !cycle->original.req_ready && !cycle->in.rst;
}

bool counterexample_is_legal(const struct counterexample *counterexample)
{
    for (unsigned i = 1; i < counterexample->count; i++) {
        const struct mmu_in *before = &counterexample->cycles[i - 1].in;
        const struct mmu_in *in = &counterexample->cycles[i].in;
        if (is_waiting(&counterexample->cycles[i - 1]) &&
            (!in->req_valid || !requests_equal(&before->req, &in->req)))
            return false;
    }
    return true;
}

static uint64_t output(const struct mmu_out *out, const struct contract_port_info *port)
{
    const char *field = (const char *)out + port->offset;
    uint64_t wide;
    uint8_t narrow;
    if (port->width_bits > 8)
        memcpy(&wide, field, sizeof wide);
    else
        memcpy(&narrow, field, sizeof narrow), wide = narrow;
    return wide;
}

static void print_difference(FILE *text, const struct counterexample *counterexample)
{
    const struct counterexample_cycle *last = &counterexample->cycles[counterexample->count - 1];
    const char *separator = "";
    for (unsigned i = 0; i < CONTRACT_PORTS; i++) {
        const struct contract_port_info *port = &contract_ports[i];
        if (port->direction != CONTRACT_OUT)
            continue;
        uint64_t original = output(&last->original, port), mutant = output(&last->mutant, port);
        if (original == mutant)
            continue;
        fprintf(text, "%s%s is 0x%" PRIx64 ", of the mutant 0x%" PRIx64, separator, port->name,
                original, mutant);
        separator = "; ";
    }
    fprintf(text, " in cycle %u after: reset", counterexample->count - 1);
}

/* Cycles count from 0, the first reset, so that the words can be held against a waveform. */
static void print_cycles(FILE *text, const struct counterexample *counterexample,
                         const struct mmu_config *config)
{
    for (unsigned i = 1; i < counterexample->count; i++) {
        const struct counterexample_cycle *cycle = &counterexample->cycles[i];
        char request[128];
        if (cycle->in.rst)
            fprintf(text, "; %u reset", i);
        if (!cycle->in.req_valid || cycle->in.rst || !cycle->original.req_ready)
            continue;
        fprintf(text, "; %u %s", i, request_text(config, &cycle->in.req, request, sizeof request));
    }
    for (unsigned i = 1, is_told = 0; i < counterexample->count; i++)
        if (!counterexample->cycles[i].in.rsp_ready && counterexample->cycles[i].original.rsp_valid)
            fprintf(text, is_told++ ? ", %u" : "; rsp_ready_i is 0 in cycle %u", i);
}

char *counterexample_text(const struct counterexample *counterexample,
                          const struct mmu_config *config, char *buffer, size_t size)
{
    FILE *text = fmemopen(buffer, size, "w");
    if (!text) {
        snprintf(buffer, size, "after %u cycles", counterexample->count - 1);
        return buffer;
    }
    print_difference(text, counterexample);
    print_cycles(text, counterexample, config);
    fclose(text);
    buffer[size - 1] = '\0';
    return buffer;
}
