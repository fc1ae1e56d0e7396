/* SPDX-License-Identifier: MIT */
#include "lockstep/dut_ports.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lockstep/dut_job.h"
#include "lockstep/dut_spawn.h"
#include "lockstep/sandbox.h"

enum { MAX_XML_BYTES = 256 << 20 };

/* A statement with a delay would run without it, which is another behaviour. `q <= #1 d` is the
 * same at every edge and passes. $fatal and $error at elaboration mean what they say. */
static const char *const verilator_always[] = {"verilator_bin",
                                               "--xml-only",
                                               "--no-timing",
                                               "-Wno-fatal",
                                               "-Werror-STMTDLY",
                                               "-Werror-MULTITOP",
                                               "-Werror-USERFATAL",
                                               "-Werror-USERERROR",
                                               "--unroll-count",
                                               "1024",
                                               NULL};

/* --- the run --- */

/* What one run of Verilator leaves, in memory. */
struct run {
    FILE *messages;
    FILE *xml;
    char *output; /* the messages as text */
    bool has_failed;
};

static FILE *open_memory(const char *name)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!file && fd >= 0)
        close(fd);
    return file;
}

/* All of a file from its start; NULL with errno. */
static char *read_all(FILE *file)
{
    long size = -1;
    if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0)
        return NULL;
    if (size > MAX_XML_BYTES) {
        errno = EFBIG;
        return NULL;
    }
    rewind(file);
    char *text = malloc((size_t)size + 1);
    if (text)
        text[fread(text, 1, (size_t)size, file)] = '\0';
    return text;
}

static bool begin_run(struct run *run, struct error *error)
{
    *run = (struct run){.messages = open_memory("messages"), .xml = open_memory("xml")};
    return (run->messages && run->xml) ||
           error_set(error, "no memory for what Verilator prints: %s", strerror(errno));
}

static void end_run(struct run *run)
{
    if (run->messages)
        fclose(run->messages);
    if (run->xml)
        fclose(run->xml);
    free(run->output);
}

/* `command` writes to the descriptor of run->xml, which it inherits. */
static bool run_verilator(struct run *run, const struct strings *command, struct error *error)
{
    bool is_run = false;
    /* In the sandbox bwrap is what is missing, or not. */
    if (!spawn_finds(verilator_always[0]))
        return dut_tool_missing(verilator_always[0], error);
    switch (spawn_run(command->items, NULL, fileno(run->messages), fileno(run->xml))) {
    case SPAWN_FAILED:
        run->has_failed = true;
        is_run = true;
        break;
    case SPAWN_SUCCEEDED:
        is_run = true;
        break;
    case SPAWN_MISSING:
        error_set(error, "%s is not installed", command->items[0]);
        break;
    case SPAWN_INTERRUPTED:
        error_set(error, "reading the RTL was interrupted");
        break;
    case SPAWN_TIMED_OUT:
        error_set(error, "cannot read the RTL: Verilator took longer than %d s",
                  SPAWN_LIMIT_SECONDS);
        break;
    case SPAWN_ERROR:
        error_set(error, "cannot run %s: %s", command->items[0], strerror(errno));
        break;
    }
    if (is_run && !(run->output = read_all(run->messages)))
        is_run = error_set(error, "what Verilator prints cannot be read: %s", strerror(errno));
    return is_run;
}

/* --- what it says --- */

/* Copies a line of `text` from `from` on; malloc'ed. */
static char *copy_line(const char *from)
{
    return strndup(from, strcspn(from, "\n"));
}

static void note_warnings(struct dut_ports *ports, const char *output)
{
    static const char mark[] = "%Warning-";
    for (const char *at = output; (at = strstr(at, mark)) != NULL; at++) {
        if (at != output && at[-1] != '\n')
            continue;
        ports->warning_count++;
        if (!ports->first_warning)
            ports->first_warning = copy_line(at + 1);
    }
}

/* Verilator has no flag that says which parameters there are: it names those that it missed. */
static const char missing_parameters[] = "Parameters from the command line were not found in the "
                                         "design:";

static bool is_word_in_line(const char *line, const char *word, size_t length)
{
    const char *end = line + strcspn(line, "\n");
    for (const char *at = line; at + length <= end; at++)
        if (strncmp(at, word, length) == 0 && at > line && at[-1] == ' ' &&
            strchr(" \n", at[length]))
            return true;
    return false;
}

static bool report_tops(const char *output, struct error *error)
{
    static const char mark[] = "... Top module '";
    char names[512] = "";
    for (const char *at = output; (at = strstr(at, mark)) != NULL;) {
        size_t used = strlen(names);
        at += strlen(mark);
        snprintf(names + used, sizeof names - used, "%s%.*s", used ? ", " : "",
                 (int)strcspn(at, "'\n"), at);
    }
    return error_set(error,
                     "found several modules that no other instantiates (%s), expected --top "
                     "to name the one to check",
                     names);
}

static bool report_failure(const char *output, struct error *error)
{
    const char *at = strstr(output, "%Error");
    if (strstr(output, "%Error-MULTITOP"))
        return report_tops(output, error);
    const char *delay = strstr(output, "%Error-STMTDLY: ");
    if (delay) {
        delay += strlen("%Error-STMTDLY: ");
        const char *end = strstr(delay, ": Ignoring");
        int length = (int)(end ? end - delay : (long)strcspn(delay, "\n"));
        return error_set(error,
                         "%.*s: found a statement with a delay, expected RTL of one clock "
                         "(Verilator: STMTDLY)",
                         length, delay);
    }
    const char *message = at ? strstr(at, ": ") : NULL;
    message = message ? message + 2 : "Verilator failed";
    return error_set(error, "cannot build the RTL: %.*s", (int)strcspn(message, "\n"), message);
}

/* --- the command --- */

static bool make_command(struct strings *command, const struct dut_elaboration *elaboration,
                         const struct strings *parameters, int xml_fd, struct error *error)
{
    struct strings files = {0};
    char *directory = elaboration->is_sandboxed ? getcwd(NULL, 0) : NULL;
    bool is_good = true;
    if (elaboration->is_sandboxed) {
        sandbox_begin(command);
        sandbox_end(command, directory ? directory : "/");
    }
    free(directory);
    strings_add_all(command, verilator_always);
    strings_add(command, "--xml-output");
    strings_add(command, "/proc/self/fd/%d", xml_fd);
    if (elaboration->top) {
        strings_add(command, "--top-module");
        strings_add(command, "%s", elaboration->top);
    }
    for (const char *const *define = elaboration->defines; define && *define; define++)
        strings_add(command, "-D%s", *define);
    for (size_t i = 0; i < parameters->count; i++)
        strings_add(command, "-G%s", parameters->items[i]);
    for (const char *const *file = elaboration->files; is_good && file && *file; file++)
        is_good = dut_add_file(&files, *file, error);
    dut_add_sources(command, &files);
    if (is_good && (command->is_short || files.is_short || parameters->is_short))
        is_good = error_set(error, "out of memory");
    strings_free(&files);
    return is_good;
}

/* Leaves out of `parameters` what `line` names. */
static void keep_found(struct strings *parameters, const char *line)
{
    struct strings kept = {0};
    for (size_t i = 0; i < parameters->count; i++) {
        const char *item = parameters->items[i];
        if (!is_word_in_line(line, item, strcspn(item, "=")))
            strings_add(&kept, "%s", item);
    }
    kept.is_short = kept.is_short || parameters->is_short;
    strings_free(parameters);
    *parameters = kept;
}

/* One run, or two: the second without the parameters that the top does not have. */
/* NOLINTNEXTLINE(misc-no-recursion): once */
static bool elaborate(struct dut_ports *ports, struct run *run,
                      const struct dut_elaboration *elaboration, bool is_again, struct error *error)
{
    struct strings command = {0};
    bool is_run =
        begin_run(run, error) &&
        make_command(&command, elaboration, &ports->parameters, fileno(run->xml), error) &&
        run_verilator(run, &command, error);
    strings_free(&command);
    if (!is_run || !run->has_failed)
        return is_run;
    const char *missing = strstr(run->output, missing_parameters);
    if (!missing || is_again)
        return report_failure(run->output, error);
    for (const char *const *wanted = elaboration->parameters; wanted && *wanted; wanted++) {
        size_t length = strcspn(*wanted, "=");
        if (is_word_in_line(missing, *wanted, length))
            return error_set(error, "found no parameter `%.*s` of the top module", (int)length,
                             *wanted);
    }
    keep_found(&ports->parameters, missing);
    end_run(run);
    return elaborate(ports, run, elaboration, true, error);
}

static bool is_overridden(const char *offered, const char *const *parameters)
{
    size_t length = strcspn(offered, "=") + 1;
    for (; parameters && *parameters; parameters++)
        if (strncmp(offered, *parameters, length) == 0)
            return true;
    return false;
}

bool dut_ports_list(struct dut_ports *ports, const struct dut_elaboration *elaboration,
                    struct error *error)
{
    struct run run = {0};
    char *xml = NULL;
    bool is_good = false;
    *ports = (struct dut_ports){0};
    for (const char *const *offered = elaboration->offered; offered && *offered; offered++)
        if (!is_overridden(*offered, elaboration->parameters))
            strings_add(&ports->parameters, "%s", *offered);
    strings_add_all(&ports->parameters, elaboration->parameters);
    if (elaborate(ports, &run, elaboration, false, error)) {
        note_warnings(ports, run.output);
        xml = read_all(run.xml);
        is_good =
            xml ? dut_ports_parse(ports, xml, error)
                : error_set(error, "what Verilator writes cannot be read: %s", strerror(errno));
    }
    free(xml);
    end_run(&run);
    return is_good;
}

void dut_ports_free(struct dut_ports *ports)
{
    for (size_t i = 0; i < ports->count; i++)
        free(ports->port[i].name);
    free(ports->port);
    free(ports->top);
    free(ports->first_warning);
    strings_free(&ports->parameters);
    *ports = (struct dut_ports){0};
}
