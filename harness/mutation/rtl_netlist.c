/* SPDX-License-Identifier: MIT */
#include "mutation/rtl_netlist.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lockstep/dut_adapter.h"
#include "lockstep/dut_job.h"
#include "mutation/yosys.h"

/* What Yosys reads is a file that includes the sources, so that macros go from one to the next, as
 * in Verilator; and links with short plain names, so that no path of the user's is in a script or
 * in the name of a cell. */
#define READ_FILE "all.v"
#define SOURCE_LINK "source" /* source0.v: a source */
#define DIRECTORY_LINK "dir" /* dir0: its directory */

struct making {
    struct rtl_netlist *netlist;
    const struct dut_source *source;
    const char *directory;
    const char *name; /* of the step */
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
char *rtl_netlist_spell_out(const struct rtl_netlist *netlist, const char *text)
{
    char *spelled = NULL;
    size_t size, number, length;
    FILE *const out = open_memstream(&spelled, &size);

    if (out == NULL) {
        return NULL;
    }
    for (bool is_start = true; *text != '\0';) {
        if (is_start && is_link(text, SOURCE_LINK, ".v", netlist->names.count, &number, &length)) {
            fputs(netlist->names.items[number], out);
            text += length;
        } else if (is_start &&
                   is_link(text, DIRECTORY_LINK, "/", netlist->adjacent.count, &number, &length)) {
            fprintf(out, "%s/", netlist->adjacent.items[number]);
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

bool rtl_netlist_run(const struct rtl_netlist *netlist, const struct yosys_step *step,
                     struct error *error)
{
    char *spelled;

    if (yosys_run(step, error) == YOSYS_DONE) {
        return true;
    }
    spelled = rtl_netlist_spell_out(netlist, error->text);
    if (spelled != NULL) {
        error_set(error, "%s", spelled);
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
    struct rtl_netlist *const netlist = making->netlist;
    struct dut_job job;
    bool is_linked = dut_job_init(&job, making->source, DUT_FAST, making->error);

    /* The last one is the wrapper of the DUT. */
    for (size_t i = 0; is_linked && i + 1 < job.sources.count; i++) {
        const char *const path = job.sources.items[i];
        char *const parent = strndup(path, (size_t)(base_name(path) - path));

        strings_add(&netlist->names, "%s",
                    i < making->source->file_count ? making->source->files[i] : base_name(path));
        strings_add(&netlist->adjacent, "%.*s", (int)(base_name(path) - path - 1), path);
        is_linked = parent != NULL ? make_link(making, path, SOURCE_LINK, i, ".v") &&
                                         make_link(making, parent, DIRECTORY_LINK, i, "")
                                   : no_memory(making);
        free(parent);
    }
    dut_job_free(&job);
    if (is_linked && (netlist->names.is_short || netlist->adjacent.is_short)) {
        return no_memory(making);
    }
    return is_linked;
}

static bool write_sources(const struct making *making)
{
    FILE *file;

    if (making->source->adapter != NULL) {
        file = create(making, NETLIST_ADAPTER_FILE);
        if (file == NULL) {
            return false;
        }
        fputs(making->source->adapter, file);
        if (!finish(making, NETLIST_ADAPTER_FILE, file)) {
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
    for (size_t i = 0; i < making->netlist->names.count; i++) {
        fprintf(file, "`default_nettype wire\n`include \"" SOURCE_LINK "%zu.v\"\n", i);
    }
    if (making->source->adapter != NULL) {
        fputs("`include \"" NETLIST_ADAPTER_FILE "\"\n", file);
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

static void script_read(const struct making *making, const char *options, FILE *script)
{
    const struct dut_source *const source = making->source;
    const size_t count = making->netlist->names.count;

    fprintf(script, "read_verilog -sv -noassert -noassume%s", options);
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
    fputs("\nrename -top " NETLIST_TOP "\n", script);
}

static bool run_script(const struct making *making, const char *options, const char *passes)
{
    char *text = NULL;
    size_t size;
    FILE *const script = open_memstream(&text, &size);
    bool is_done = script != NULL || no_memory(making);

    if (script != NULL) {
        script_read(making, options, script);
        fputs(passes, script);
        is_done = fclose(script) == 0 || no_memory(making);
    }
    if (is_done) {
        const struct yosys_step step = {
            .directory = making->directory,
            .name = making->name,
            .script = text,
            .limit_seconds = NETLIST_LIMIT_SECONDS,
            .is_sandboxed = making->source->is_sandboxed,
        };
        is_done = rtl_netlist_run(making->netlist, &step, making->error);
    }
    free(text);
    return is_done;
}

bool rtl_netlist_make(struct rtl_netlist *netlist, const struct dut_source *source,
                      const char *directory, const char *name, const char *options,
                      const char *passes, struct error *error)
{
    const struct making making = {
        .netlist = netlist, .source = source, .directory = directory, .name = name, .error = error};

    *netlist = (struct rtl_netlist){0};
    return link_sources(&making) && write_sources(&making) && run_script(&making, options, passes);
}

void rtl_netlist_free(struct rtl_netlist *netlist)
{
    strings_free(&netlist->names);
    strings_free(&netlist->adjacent);
}
