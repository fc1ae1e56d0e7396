/* SPDX-License-Identifier: MIT */
#include "mutation/equivalence_script.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lockstep/dut_contract.h"
#include "mutation/yosys.h"

/* Modules of the check. */
#define ORIGINAL "segmmu_original"
#define MUTANT "segmmu_mutated"
#define MITER "segmmu_miter"
#define WRAPPER "segmmu_check"

/* --- the mutation --- */

static bool is_word(const char *word)
{
    static const char special[] = ";#\"'";
    for (const char *at = word; *at; at++)
        if (*at <= ' ' || *at > '~' || strchr(special, *at))
            return false;
    return *word != '\0';
}

/* How an option of the list is taken: its words are kept, or left out, or it ends the line. */
static const struct mutation_option {
    const char *name;
    unsigned words;
    bool is_kept;
} mutation_options[] = {
    {"-mode", 1, true},  {"-module", 1, true},  {"-cell", 1, true},
    {"-port", 1, true},  {"-portbit", 1, true}, {"-ctrlbit", 1, true},
    {"-ctrl", 3, false}, {"-wire", 1, false},   {"-wirebit", 1, false},
};

static const struct mutation_option *find_option(const char *word)
{
    for (unsigned i = 0; i < sizeof mutation_options / sizeof mutation_options[0]; i++)
        if (strcmp(mutation_options[i].name, word) == 0)
            return &mutation_options[i];
    return NULL;
}

static bool take_option(FILE *script, const struct mutation_option *option, char **rest,
                        const char *top, struct error *error)
{
    if (option->is_kept)
        fprintf(script, " %s", option->name);
    for (unsigned i = 0; i < option->words; i++) {
        char *word = strsep(rest, " ");
        if (!word || !is_word(word))
            return error_set(error, "mutation: found `%s` behind %s, expected a name or a number",
                             word ? word : "the end", option->name);
        if (strcmp(option->name, "-module") == 0 && strcmp(word + (*word == '\\'), top) != 0)
            return error_set(error, "mutation: found module `%s`, expected %s", word, top);
        if (option->is_kept)
            fprintf(script, " %s", word);
    }
    return true;
}

bool script_mutation(FILE *script, const char *mutation, const char *top, struct error *error)
{
    char *text = strdup(mutation), *rest = text;
    if (!text)
        return error_set(error, "out of memory");
    const char *word = strsep(&rest, " ");
    bool is_good = strcmp(word, "mutate") == 0 && rest && strncmp(rest, "-mode ", 6) == 0;
    if (!is_good)
        error_set(error, "mutation: found `%s`, expected `mutate -mode ...`", mutation);
    else
        fputs("mutate", script);
    while (is_good && (word = strsep(&rest, " ")) && strcmp(word, "-src") != 0) {
        const struct mutation_option *option = find_option(word);
        is_good =
            option ? take_option(script, option, &rest, top, error)
                   : error_set(error, "mutation: found `%s`, expected an option of mutate", word);
    }
    if (is_good)
        fputc('\n', script);
    free(text);
    return is_good;
}

/* --- the miter --- */

static bool is_request_field(unsigned port)
{
    return contract_ports[port].direction == CONTRACT_IN && port != CONTRACT_rst_i &&
           port != CONTRACT_req_valid_i && port != CONTRACT_rsp_ready_i;
}

static void wrap_legal(FILE *verilog)
{
    fputs("  reg waiting = 0, broken = 0;\n"
          "  wire breaks = waiting && (!req_valid_i",
          verilog);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        if (is_request_field(i))
            fprintf(verilog, " || %s != %s_q", contract_ports[i].name, contract_ports[i].name);
    fputs(");\n  assign legal = !broken && !breaks;\n", verilog);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        if (is_request_field(i))
            fprintf(verilog, "  reg [%u:0] %s_q = 0;\n", contract_ports[i].width_bits - 1,
                    contract_ports[i].name);
    fputs("  always @(posedge clk_i) begin\n"
          "    waiting <= req_valid_i && !ready && !rst_i && started;\n"
          "    broken <= broken || breaks;\n",
          verilog);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        if (is_request_field(i))
            fprintf(verilog, "    if (started) %s_q <= %s;\n", contract_ports[i].name,
                    contract_ports[i].name);
    fputs("  end\n", verilog);
}

void script_wrapper(FILE *verilog, bool is_legal)
{
    fputs("module " WRAPPER "(output bad", verilog);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        if (contract_ports[i].direction != CONTRACT_OUT)
            fprintf(verilog, ",\n  input [%u:0] %s", contract_ports[i].width_bits - 1,
                    contract_ports[i].name);
    fputs(");\n  reg started = 0;\n"
          "  wire differs, ready, legal;\n"
          "  always @(posedge clk_i) started <= 1;\n"
          "  " MITER " miter(.trigger(differs), .gold_req_ready_o(ready)",
          verilog);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++)
        if (contract_ports[i].direction != CONTRACT_OUT)
            fprintf(verilog, ",\n    .in_%s(%s%s)", contract_ports[i].name, contract_ports[i].name,
                    i == CONTRACT_rst_i ? " || !started" : "");
    fputs(");\n  assign bad = started && differs && legal;\n", verilog);
    if (is_legal)
        wrap_legal(verilog);
    else
        fputs("  assign legal = 1;\n", verilog);
    fputs("endmodule\n", verilog);
}

/* Reads the design and makes the mutant. An AIG has one clock, with one edge, and neither it nor
 * the SAT solver looks at what clocks a register: it must be clk_i. */
static bool script_designs(FILE *script, const struct equivalence_query *query, struct error *error)
{
    char *netlist = realpath(query->netlist_path, NULL);
    if (!netlist)
        return error_set(error, "%s: %s", query->netlist_path, strerror(errno));
    fputs("read_rtlil ", script);
    bool is_written = yosys_write_path(script, netlist, error);
    free(netlist);
    if (!is_written)
        return false;
    fprintf(script,
            "\nhierarchy -check -top %s\n"
            "async2sync\n"
            "dffunmap\n"
            "select -assert-none t:$dff %%ci:+[CLK] w:clk_i %%d t:$dff %%d\n"
            "copy %s " ORIGINAL "\n",
            query->top, query->top);
    if (!script_mutation(script, query->mutation, query->top, error))
        return false;
    fprintf(script, "rename %s " MUTANT "\n", query->top);
    return true;
}

bool script_miter(FILE *script, const struct equivalence_query *query, struct error *error)
{
    if (!script_designs(script, query, error))
        return false;
    fputs("miter -equiv -make_outputs " ORIGINAL " " MUTANT " " MITER "\n"
          "read_verilog " MITER_WRAPPER "\n"
          "hierarchy -check -top " WRAPPER "\n"
          "proc " WRAPPER "\n"
          "flatten\n"
          "techmap t:$*\n"
          "select -assert-none t:$_DFF_N_\n"
          "aigmap\n"
          "write_aiger -map " MITER_MAP " " MITER_AIGER "\n"
          "write_aiger -zinit -map " MITER_MAP_INITIAL " " MITER_AIGER_INITIAL "\n",
          script);
    return true;
}

/* --- with a counterexample --- */

static uint64_t input(const struct mmu_in *in, const struct contract_port_info *port)
{
    const char *field = (const char *)in + port->offset;
    uint64_t wide;
    if (port->width_bits <= 8)
        return (uint8_t)*field;
    memcpy(&wide, field, sizeof wide);
    return wide;
}

bool script_confirm(FILE *script, const struct equivalence_query *query,
                    const struct counterexample *counterexample, struct error *error)
{
    if (!script_designs(script, query, error))
        return false;
    fprintf(script,
            "miter -equiv -flatten -make_outputs " ORIGINAL " " MUTANT " " MITER "\n"
            "hierarchy -check -top " MITER "\n"
            "sat -falsify -seq %u -prove trigger 0 -prove-skip %u -show-ports "
            "-dump_vcd " COUNTEREXAMPLE_VCD,
            counterexample->count, counterexample->count - 1);
    for (unsigned cycle = 0; cycle < counterexample->count; cycle++)
        for (unsigned i = 0; i < CONTRACT_PORTS; i++)
            if (contract_ports[i].direction == CONTRACT_IN)
                fprintf(script, " -set-at %u in_%s %u'h%" PRIx64, cycle + 1, contract_ports[i].name,
                        contract_ports[i].width_bits,
                        input(&counterexample->cycles[cycle].in, &contract_ports[i]));
    fputs(" " MITER "\n", script);
    return true;
}

/* --- ABC --- */

void script_search(FILE *script, bool is_initial, unsigned seconds)
{
    /* Registers that are equal in each other's company become one, which leaves what the mutation
     * reaches: often nothing. The state after a reset from any state is known bit by bit where each
     * register has a reset: there the search begins. */
    if (is_initial)
        fputs("read_aiger " MITER_AIGER_INITIAL "\n", script);
    else
        fputs("read_aiger " MITER_AIGER "\ncycle -F 1 -x\n", script);
    fprintf(script,
            "print_latch\n"
            "strash\n"
            "lcorr\n"
            "write_aiger " MERGED_AIGER "\n"
            "bmc3 -F 6 -T %u\n"
            "pdr -T %u\n"
            "write_cex " COUNTEREXAMPLE_BITS "\n",
            seconds / 16 + 1, seconds / 16 + 1);
}

void script_prove(FILE *script, unsigned seconds)
{
    /* Equal gates as well, then a longer search, then property directed reachability. */
    fprintf(script,
            "read_aiger " MERGED_AIGER "\n"
            "print_latch\n"
            "strash\n"
            "scorr\n"
            "bmc3 -F 16 -T %u\n"
            "pdr -T %u\n"
            "write_cex " COUNTEREXAMPLE_BITS "\n",
            seconds / 4 + 1, seconds / 2 + 1);
}
