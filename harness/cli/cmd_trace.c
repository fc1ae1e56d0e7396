/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <string.h>

#include "base/number.h"
#include "cli/cli.h"
#include "cli/trace_show.h"

struct options {
    const char *action, *path;
    bool as_json, as_csv, is_one_frame;
    uint64_t frame;
};

enum { OPTION_FRAME = 256, OPTION_CSV };

static const struct argp_option option_table[] = {
    {"json", 'j', NULL, 0, "info: as JSON", 0},
    {"frame", OPTION_FRAME, "N", 0, "dump: this frame alone, from 0", 0},
    {"csv", OPTION_CSV, NULL, 0, "dump: as CSV", 0},
    {0},
};

static const char documentation[] =
    "Shows what is in a trace: `info` what it is a recording of, `dump` every event.\v"
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
    "Exit status: 0, or 2 for usage, and when the trace is cut off or cannot be read; what is "
    "whole is shown all the same.";

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
        if (!number_parse(text, &options->frame)) {
            argp_error(state, "--frame: found `%s`, expected a number", text);
        }
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0) {
            options->action = text;
        } else if (state->arg_num == 1) {
            options->path = text;
        } else {
            argp_error(state, "expected one TRACE, found also `%s`", text);
        }
        return 0;
    case ARGP_KEY_END:
        if (options->action == NULL ||
            (strcmp(options->action, "info") != 0 && strcmp(options->action, "dump") != 0)) {
            argp_error(state, "expected info or dump, found `%s`",
                       options->action != NULL ? options->action : "nothing");
        } else if (options->path == NULL) {
            argp_error(state, "expected a TRACE");
        } else if (strcmp(options->action, "info") == 0 &&
                   (options->as_csv || options->is_one_frame)) {
            argp_error(state, "--csv and --frame go with dump");
        } else if (strcmp(options->action, "dump") == 0 && options->as_json) {
            argp_error(state, "--json goes with info");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cmd_trace(int argc, char **argv)
{
    const struct argp argp = {.options = option_table,
                              .parser = parse_option,
                              .args_doc = "info TRACE\ndump TRACE",
                              .doc = documentation};
    struct options options = {0};
    struct trace_reader *reader;
    struct error error;
    int status;

    if (!cli_parse(&argp, argc, argv, 0, &options)) {
        return CLI_ERROR;
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
