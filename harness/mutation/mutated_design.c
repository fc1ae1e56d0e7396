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

enum { YOSYS_LIMIT_SECONDS = 300 };

/* What Yosys reads is a file that includes the sources, so that macros go from one to the next, as
 * in Verilator; and links with short plain names, so that no path of the user's is in a script or
 * in the name of a cell. */
#define READ_FILE "all.v"
#define ADAPTER_FILE "contract.v" /* not the name that the build of the DUT has for its own */
#define SOURCE_LINK "source"      /* source0.v: a source */
#define DIRECTORY_LINK "dir"      /* dir0: its directory */

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

/* --- files --- */

static FILE *create(const struct making *making, const char *name)
{
    char *const path = string_format("%s/%s", making->directory, name);
    FILE *const file = path != NULL ? fopen(path, "we") : NULL;

    if (file == NULL) {
        error_set(making->error, "%s/%s: %s", making->directory, name, strerror(errno));
    }
    free(path);
    return file;
}

static bool finish(const struct making *making, const char *name, FILE *file)
{
    const bool is_good = ferror(file) == 0;

    if (fclose(file) == 0 && is_good) {
        return true;
    }
    return error_set(making->error, "%s/%s: cannot be written: %s", making->directory, name,
                     strerror(errno));
}

static bool make_link(const struct making *making, const char *target, const char *prefix,
                      size_t number, const char *suffix)
{
    char *const path = string_format("%s/%s%zu%s", making->directory, prefix, number, suffix);
    const bool is_made = path != NULL && symlink(target, path) == 0;

    if (!is_made) {
        error_set(making->error, "%s: %s", path != NULL ? path : target,
                  path != NULL ? strerror(errno) : "out of memory");
    }
    free(path);
    return is_made;
}

/* --- names, as people have them --- */

/* PREFIX, a number below `count`, SUFFIX at the beginning of `text`. */
static bool is_link(const char *text, const char *prefix, const char *suffix, size_t count,
                    size_t *number, size_t *length)
{
    const size_t prefix_length = strlen(prefix);
    char *end;

    if (strncmp(text, prefix, prefix_length) != 0 || !isdigit((unsigned char)text[prefix_length])) {
        return false;
    }
    *number = strtoul(text + prefix_length, &end, 10);
    *length = (size_t)(end - text) + strlen(suffix);
    return *number < count && strncmp(end, suffix, strlen(suffix)) == 0;
}

/* The text with the user's paths in place of links; malloc'ed, NULL when memory is short. */
static char *spell_out(const struct mutated_design *design, const char *text)
{
    char *spelled = NULL;
    size_t size, number, length;
    FILE *const out = open_memstream(&spelled, &size);

    if (out == NULL) {
        return NULL;
    }
    for (bool is_start = true; *text != '\0';) {
        if (is_start && is_link(text, SOURCE_LINK, ".v", design->names.count, &number, &length)) {
            fputs(design->names.items[number], out);
            text += length;
        } else if (is_start &&
                   is_link(text, DIRECTORY_LINK, "/", design->adjacent.count, &number, &length)) {
            fprintf(out, "%s/", design->adjacent.items[number]);
            text += length;
        } else {
            is_start = !isalnum((unsigned char)*text);
            fputc(*text++, out);
        }
    }
    if (fclose(out) != 0) {
        free(spelled);
        return NULL;
    }
    return spelled;
}

static bool run_step(const struct making *making, const char *name, const char *script)
{
    const struct yosys_step step = {
        .directory = making->directory,
        .name = name,
        .script = script,
        .limit_seconds = YOSYS_LIMIT_SECONDS,
        .is_sandboxed = making->source->is_sandboxed,
    };
    char *spelled;

    if (yosys_run(&step, making->error) == YOSYS_DONE) {
        return true;
    }
    spelled = spell_out(making->design, making->error->text);
    if (spelled != NULL) {
        error_set(making->error, "%s", spelled);
    }
    free(spelled);
    return false;
}

/* --- reading the RTL --- */

static const char *base_name(const char *path)
{
    const char *const slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* Lists and links the sources; a file that both the user and we would call by another name has the
 * one that the user gave. */
static bool link_sources(const struct making *making)
{
    struct mutated_design *const design = making->design;
    struct dut_job job;
    bool is_linked = dut_job_init(&job, making->source, DUT_FAST, making->error);

    /* The last one is the wrapper of the DUT. */
    for (size_t i = 0; is_linked && i + 1 < job.sources.count; i++) {
        const char *const path = job.sources.items[i];
        char *const parent = strndup(path, (size_t)(base_name(path) - path));

        strings_add(&design->names, "%s",
                    i < making->source->file_count ? making->source->files[i] : base_name(path));
        strings_add(&design->adjacent, "%.*s", (int)(base_name(path) - path - 1), path);
        is_linked = parent != NULL ? make_link(making, path, SOURCE_LINK, i, ".v") &&
                                         make_link(making, parent, DIRECTORY_LINK, i, "")
                                   : no_memory(making);
        free(parent);
    }
    dut_job_free(&job);
    if (is_linked && (design->names.is_short || design->adjacent.is_short)) {
        return no_memory(making);
    }
    return is_linked;
}

static bool write_sources(const struct making *making)
{
    FILE *file;

    if (making->source->adapter != NULL) {
        file = create(making, ADAPTER_FILE);
        if (file == NULL) {
            return false;
        }
        fputs(making->source->adapter, file);
        if (!finish(making, ADAPTER_FILE, file)) {
            return false;
        }
    }
    file = create(making, READ_FILE);
    if (file == NULL) {
        return false;
    }
    for (const char *const *define = making->source->defines; define != NULL && *define != NULL;
         define++) {
        const char *const value = strchr(*define, '=');
        const int length = value != NULL ? (int)(value - *define) : (int)strlen(*define);

        fprintf(file, "`define %.*s %s\n", length, *define, value != NULL ? value + 1 : "1");
    }
    for (size_t i = 0; i < making->design->names.count; i++) {
        fprintf(file, "`default_nettype wire\n`include \"" SOURCE_LINK "%zu.v\"\n", i);
    }
    if (making->source->adapter != NULL) {
        fputs("`include \"" ADAPTER_FILE "\"\n", file);
    }
    return finish(making, READ_FILE, file);
}

static void script_parameters(const struct mmu_config *config, FILE *script)
{
#define X(parameter, member)                                                                       \
    fprintf(script, " -chparam " #parameter " %u", (unsigned)config->member);
    CONTRACT_PARAMETER_LIST(X)
#undef X
}

static void script_netlist(const struct making *making, FILE *script)
{
    const struct dut_source *const source = making->source;
    const size_t count = making->design->names.count;

    fputs("read_verilog -sv -noassert -noassume", script);
    for (size_t i = 0; i < count; i++) {
        fprintf(script, " -I" DIRECTORY_LINK "%zu", i);
    }
    fputs(" " READ_FILE "\nhierarchy -check", script);
    for (size_t i = 0; i < count; i++) {
        fprintf(script, " -libdir " DIRECTORY_LINK "%zu", i);
    }
    if (source->adapter != NULL) {
        fputs(" -top " DUT_ADAPTER_MODULE, script); /* which has the parameters' values in it */
    } else {
        fprintf(script, " -top %s", source->top != NULL ? source->top : "mmu");
        script_parameters(&source->config, script);
    }
    fputs("\nrename -top " MUTATED_TOP "\n" EQUIVALENCE_PREPARATION "write_rtlil netlist.il\n",
          script);
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
           (mutant->source.file == NULL || strcmp(mutant->source.file, ADAPTER_FILE) != 0);
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
            char *const spelled = spell_out(making->design, *file);

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

static bool write_netlist_script(const struct making *making, FILE *script)
{
    script_netlist(making, script);
    return true;
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
    return link_sources(&making) && write_sources(&making) &&
           run_written(&making, "netlist", write_netlist_script) &&
           list_mutants(&making, count, seed) && name_sources(&making) &&
           run_written(&making, "mutate", script_mutations) && describe(&making);
}

void mutated_design_free(struct mutated_design *design)
{
    mutants_free(&design->mutants);
    strings_free(&design->names);
    strings_free(&design->adjacent);
    free(design->netlist_path);
    free(design->verilog_path);
    free(design->adapter);
    *design = (struct mutated_design){0};
}
