/* SPDX-License-Identifier: MIT */
#include "mutation/mutated_design.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lockstep/dut_adapter.h"
#include "lockstep/dut_job.h"
#include "mutation/equivalence.h"
#include "mutation/yosys.h"

struct making {
    struct mutated_design *design;
    const struct dut_source *source;
    const char *directory;
    struct error *error;
};

static bool no_memory(const struct making *making)
{
    return error_set(making->error, "out of memory");
}

static bool run_step(const struct making *making, const char *name, const char *script)
{
    const struct yosys_step step = {
        .directory = making->directory,
        .name = name,
        .script = script,
        .limit_seconds = NETLIST_LIMIT_SECONDS,
        .is_sandboxed = making->source->is_sandboxed,
    };

    return rtl_netlist_run(&making->design->netlist, &step, making->error);
}

/* --- the mutants --- */

/* A flip-flop is mutated at its inputs: what its output feeds is a place of its own, and a clock
 * that is another one is no synchronous design. Nor is a cell that a script cannot name. */
static bool is_wanted(const struct mutant *mutant, void *context)
{
    static const char special[] = ";#\"";

    (void)context;
    return strcmp(mutant->port, "Q") != 0 && strcmp(mutant->port, "CLK") != 0 &&
           strpbrk(mutant->cell, special) == NULL &&
           (mutant->source.file == NULL || strcmp(mutant->source.file, NETLIST_ADAPTER_FILE) != 0);
}

static bool read_list(const struct making *making, size_t *listed)
{
    struct mutated_design *const design = making->design;
    char *const path = string_format("%s/list.txt", making->directory);
    FILE *const list = path != NULL ? fopen(path, "re") : NULL;
    bool is_read = list != NULL ||
                   error_set(making->error, "%s/list.txt: %s", making->directory, strerror(errno));

    mutants_free(&design->mutants);
    is_read = is_read && mutants_read(&design->mutants, list, path, making->error);
    *listed = design->mutants.count;
    mutants_keep(&design->mutants, is_wanted, NULL);
    if (list != NULL) {
        fclose(list);
    }
    free(path);
    return is_read;
}

/* Not every mutation that Yosys lists is wanted: asks for more until enough are. */
static bool list_mutants(const struct making *making, unsigned count, unsigned seed)
{
    struct mutants *const mutants = &making->design->mutants;
    size_t asked = count, listed;

    do {
        char *script;

        asked = asked * 2 + 64;
        script = string_format("read_rtlil netlist.il\nmutate -list %zu -seed %u -o list.txt\n",
                               asked, seed);
        if (script == NULL) {
            return no_memory(making);
        }
        const bool is_listed = run_step(making, "list", script);
        free(script);
        if (!is_listed || !read_list(making, &listed)) {
            return false;
        }
    } while (mutants->count < count && listed >= asked);
    mutants_thin(mutants, count);
    return mutants->count > 0 ||
           error_set(making->error, "found nothing to mutate in the RTL, expected logic");
}

static bool name_sources(const struct making *making)
{
    struct mutants *const mutants = &making->design->mutants;

    for (size_t i = 0; i < mutants->count; i++) {
        char **const file = &mutants->items[i].source.file;

        if (*file != NULL) {
            char *const spelled = rtl_netlist_spell_out(&making->design->netlist, *file);

            if (spelled == NULL) {
                return no_memory(making);
            }
            free(*file);
            *file = spelled;
        }
    }
    return true;
}

/* --- all of them in one design --- */

static unsigned bits_of(size_t value)
{
    unsigned bits = 1;

    while (value >> bits != 0) {
        bits++;
    }
    return bits;
}

static bool script_mutations(const struct making *making, FILE *script)
{
    const struct mutants *const mutants = &making->design->mutants;

    fputs("read_rtlil netlist.il\n", script);
    for (size_t i = 0; i < mutants->count; i++) {
        char *const command = mutant_command(&mutants->items[i]);

        if (command == NULL) {
            return no_memory(making);
        }
        fprintf(script, "%s -ctrl " MUTANT_SELECT " %u %zu\n", command, bits_of(mutants->count),
                i + 1);
        free(command);
    }
    fputs("write_verilog -noattr mutants.v\n", script);
    return true;
}

static void write_adapter(const struct making *making, FILE *text)
{
    fputs("// The ports of the contract around all mutants; generated.\n"
          "`resetall\n"
          "`default_nettype none\n"
          "module " DUT_ADAPTER_MODULE " #(\n"
          "    parameter VA_W = 0, PA_W = 0, SEG_BITS = 0, SELECT = 0, CONTEXTS = 0, STAGES = 0\n"
          ") (\n",
          text);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++) {
        const struct contract_port_info *const port = &contract_ports[i];

        fprintf(text, "    %s wire [%u:0] %s%s\n",
                port->direction == CONTRACT_OUT ? "output" : "input", port->width_bits - 1,
                port->name, i + 1 < CONTRACT_PORTS ? "," : "");
    }
    fprintf(text,
            ");\n"
            "    reg [%u:0] mutant;\n"
            "    initial if (!$value$plusargs(\"" MUTANT_SELECTION "%%d\", mutant)) mutant = 0;\n"
            "    " MUTATED_TOP " u_dut (\n",
            bits_of(making->design->mutants.count) - 1);
    for (unsigned i = 0; i < CONTRACT_PORTS; i++) {
        fprintf(text, "        .%s(%s),\n", contract_ports[i].name, contract_ports[i].name);
    }
    fputs("        ." MUTANT_SELECT "(mutant)\n    );\nendmodule\n`default_nettype wire\n", text);
}

/* --- the whole --- */

/* Runs Yosys on a script that `write` writes. */
static bool run_written(const struct making *making, const char *name,
                        bool (*write)(const struct making *, FILE *))
{
    char *text = NULL;
    size_t size;
    FILE *const script = open_memstream(&text, &size);
    bool is_done = script != NULL ? write(making, script) : no_memory(making);

    if (script != NULL && fclose(script) != 0 && is_done) {
        is_done = no_memory(making);
    }
    is_done = is_done && run_step(making, name, text);
    free(text);
    return is_done;
}

static bool describe(const struct making *making)
{
    struct mutated_design *const design = making->design;
    size_t size;
    FILE *const text = open_memstream(&design->adapter, &size);

    if (text == NULL) {
        return no_memory(making);
    }
    write_adapter(making, text);
    if (fclose(text) != 0) {
        return no_memory(making);
    }
    design->netlist_path = string_format("%s/netlist.il", making->directory);
    design->verilog_path = string_format("%s/mutants.v", making->directory);
    return (design->netlist_path != NULL && design->verilog_path != NULL) || no_memory(making);
}

bool mutated_design_make(struct mutated_design *design, const struct dut_source *source,
                         const char *directory, unsigned count, unsigned seed, struct error *error)
{
    const struct making making = {
        .design = design, .source = source, .directory = directory, .error = error};

    *design = (struct mutated_design){0};
    return rtl_netlist_make(&design->netlist, source, directory, "netlist", "",
                            EQUIVALENCE_PREPARATION "write_rtlil netlist.il\n", error) &&
           list_mutants(&making, count, seed) && name_sources(&making) &&
           run_written(&making, "mutate", script_mutations) && describe(&making);
}

void mutated_design_free(struct mutated_design *design)
{
    mutants_free(&design->mutants);
    rtl_netlist_free(&design->netlist);
    free(design->netlist_path);
    free(design->verilog_path);
    free(design->adapter);
    *design = (struct mutated_design){0};
}
