/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/trace_import.h"
#include "cli/trace_show.h"

struct options {
    const char *action, *path;
    struct trace_import_options import;
    bool has_format;
    bool as_json, as_csv, is_one_frame;
    uint64_t frame;
};

enum { OPTION_FRAME = 256, OPTION_CSV, OPTION_FORMAT, OPTION_OUT, OPTION_ADDRESSES };

static const struct argp_option option_table[] = {
    {"json", 'j', NULL, 0, "info: as JSON", 0},
    {"frame", OPTION_FRAME, "N", 0, "dump: this frame alone, from 0", 0},
    {"csv", OPTION_CSV, NULL, 0, "dump: as CSV", 0},
    {"machine", 'm', "MACHINE", 0, "import: a machine file, or the name of one", 0},
    {"format", OPTION_FORMAT, "FORMAT", 0, "import: lackey, spike or csv", 0},
    {"out", OPTION_OUT, "FILE", 0, "import: the trace, default LOG.trace in this directory", 0},
    {"addresses", OPTION_ADDRESSES, "HOW", 0,
     "import: fold them into the machine's segments (default of lackey and spike), or keep them "
     "(of csv)",
     0},
    {0},
};

static const char documentation[] =
    "Shows what is in a trace: `info` what it is a recording of, `dump` every event; `import` "
    "makes "
    "one of the memory accesses that another program logged.\v"
    "info tells the machine, the command that recorded it, its frames, cycles and requests, and "
    "whether it is whole.\n"
    "\n"
    "dump prints a line for each event, in the order in which they began, below a line with the "
    "names of the columns, so that grep and awk find their way:\n"
    "\n"
    "  frame     the frame begins: its first cycle, and one past its last\n"
    "  carried   a request that was accepted in the frame before\n"
    "  request   a request: from the cycle in which it was first offered to one past the cycle in "
    "which it was accepted; outcome is answered, unanswered (dropped by a reset, or in flight when "
    "the frame ended), dropped (by a reset, before it was accepted) or pending (offered on in the "
    "next frame)\n"
    "  stall     the receiver is not ready for responses\n"
    "  reset     rst_i is high\n"
    "  squash    the last `value` accepted requests will be issued again\n"
    "\n"
    "Writes that were refused, for example:\n"
    "\n"
    "  segmmu trace dump FILE | awk '$6 == \"write\" && $17 ~ /[a-z]/ && $17 != \"none\"'\n"
    "\n"
    "import reads LOG (- is standard input), runs its accesses through the machine's CPU, MMU and "
    "memory, clock by clock, and writes a trace that `segmmu replay` takes. Formats:\n"
    "\n"
    "  lackey  valgrind --tool=lackey --trace-mem=yes --log-file=LOG PROGRAM; a modify is a read "
    "and a write\n"
    "  spike   spike --log-commits --log=LOG PROGRAM; the log has no size for loads: it is taken "
    "from the instruction, and is that of a register where the instruction is not known; all "
    "accesses are a user's\n"
    "  csv     columns vaddr, bytes, access and, where wanted, priv, segment\n"
    "\n"
    "Accesses of more than 16 bytes become several. Folding gives each page that is touched the "
    "next "
    "free page of a segment: fetches in segment 0, loads and stores in the others, each area of 64 "
    "MB in the next one. A page that is touched for the first time faults, the segment grows by a "
    "register write, and the access comes again. Kept addresses go through the segments of the "
    "machine file, and fault where there is none.\n"
    "\n"
    "Exit status: 0, or 2 for usage, and when the trace is cut off or cannot be read; what is "
    "whole is shown all the same.";

/* Of all arguments together. */
static void check_usage(struct argp_state *state, const struct options *options)
{
    const char *const action = options->action != NULL ? options->action : "nothing";
    const bool is_info = strcmp(action, "info") == 0;
    const bool is_dump = strcmp(action, "dump") == 0;
    const bool is_import = strcmp(action, "import") == 0;

    if (!is_info && !is_dump && !is_import) {
        argp_error(state, "expected info, dump or import, found `%s`", action);
    } else if (options->path == NULL) {
        argp_error(state, "expected a %s", is_import ? "LOG" : "TRACE");
    } else if (!is_dump && (options->as_csv || options->is_one_frame)) {
        argp_error(state, "--csv and --frame go with dump");
    } else if (!is_info && options->as_json) {
        argp_error(state, "--json goes with info");
    } else if (!is_import && (options->import.machine != NULL || options->has_format ||
                              options->import.output != NULL || options->import.addresses != 0)) {
        argp_error(state, "-m, --format, --out and --addresses go with import");
    } else if (is_import && (options->import.machine == NULL || !options->has_format)) {
        argp_error(state, "expected -m MACHINE and --format FORMAT");
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct options *const options = state->input;

    switch (key) {
    case 'j':
        options->as_json = true;
        return 0;
    case OPTION_CSV:
        options->as_csv = true;
        return 0;
    case OPTION_FRAME:
        options->is_one_frame = true;
        options->frame = cli_number(state, "--frame", text, 0, UINT64_MAX);
        return 0;
    case 'm':
        options->import.machine = text;
        return 0;
    case OPTION_FORMAT: {
        const int format = access_log_format_parse(text);

        if (format < 0) {
            argp_error(state, "--format: found `%s`, expected lackey, spike or csv", text);
        }
        options->import.format = (enum access_log_format)format;
        options->has_format = true;
        return 0;
    }
    case OPTION_OUT:
        options->import.output = text;
        return 0;
    case OPTION_ADDRESSES:
        if (strcmp(text, "fold") != 0 && strcmp(text, "keep") != 0) {
            argp_error(state, "--addresses: found `%s`, expected fold or keep", text);
        }
        options->import.addresses = text[0] == 'f' ? TRACE_IMPORT_FOLD : TRACE_IMPORT_KEEP;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0) {
            options->action = text;
        } else if (state->arg_num == 1) {
            options->path = text;
        } else {
            argp_error(state, "expected one file, found also `%s`", text);
        }
        return 0;
    case ARGP_KEY_END:
        check_usage(state, options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int import(struct options *options, int argc, char **argv)
{
    char *const command = cli_command_line(argc, argv);
    int status = CLI_ERROR;

    if (command == NULL) {
        cli_error("out of memory");
    } else {
        options->import.input = options->path;
        options->import.command = command;
        status = trace_import(&options->import);
    }
    free(command);
    return status;
}

int cmd_trace(int argc, char **argv)
{
    const struct argp argp = {.options = option_table,
                              .parser = parse_option,
                              .args_doc = "info TRACE\ndump TRACE\nimport LOG",
                              .doc = documentation};
    struct options options = {0};
    struct trace_reader *reader;
    struct error error;
    int status;

    if (!cli_parse(&argp, argc, argv, 0, &options)) {
        return CLI_ERROR;
    }
    if (strcmp(options.action, "import") == 0) {
        return import(&options, argc, argv);
    }
    reader = trace_reader_open(options.path, &error);
    if (reader == NULL) {
        cli_error("%s", error.text);
        return CLI_ERROR;
    }
    if (strcmp(options.action, "info") == 0) {
        status = trace_show_info(reader, options.path, options.as_json);
    } else {
        status = trace_show_events(reader, options.path,
                                   options.is_one_frame ? &options.frame : NULL, options.as_csv);
    }
    trace_reader_close(reader);
    return status;
}
