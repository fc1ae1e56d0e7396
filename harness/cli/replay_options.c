/* SPDX-License-Identifier: MIT */
#include "cli/replay_options.h"

#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/output_paths.h"

enum {
    OPTION_FRAME = 256,
    OPTION_SAVE,
    OPTION_SHRINK,
    OPTION_COVERAGE,
    OPTION_COMPARE,
    OPTION_RESPONSE_TIMEOUT,
    OPTION_INITIAL_SEED,
    OPTION_TIMEOUT,
};

static const struct argp_option option_table[] = {
    {"engine", 'e', "ENGINE", 0, "translate, model, rtl or lockstep (default)", 0},
    {"frame", OPTION_FRAME, "N", 0, "this frame alone, from 0; the machine is brought to its start",
     0},
    {"save", OPTION_SAVE, "PREFIX", 0,
     "when model and RTL disagree, leave the cycles before it in PREFIX.trace and a waveform of "
     "them in PREFIX.fst",
     0},
    {"shrink", OPTION_SHRINK, "N", 0,
     "with --save, make the stimulus small, in PREFIX.shrunk.trace and .fst; in clock cycles, what "
     "that may cost, such as 100M",
     0},
    {"coverage", OPTION_COVERAGE, "FILE", 0,
     "write the functional coverage of what was replayed as JSON", 0},
    {"compare", OPTION_COMPARE, "MODE", 0,
     "cycle, or transaction: each request is offered until the RTL takes it, whose latency and "
     "stalls "
     "are its own; default: as the trace was recorded",
     0},
    {"response-timeout", OPTION_RESPONSE_TIMEOUT, "N", 0,
     "with transactions, clock cycles in which a request must be accepted, and answered; default "
     "1000",
     0},
    {"initial-seed", OPTION_INITIAL_SEED, "S", 0,
     "the RTL's registers start from the random values of this seed", 0},
    {"timeout", OPTION_TIMEOUT, "N", 0,
     "the RTL hangs when a cycle takes so many seconds, default 10", 0},
    {0},
};

static const char documentation[] =
    "Runs a recorded trace again, and compares every answer with the recorded one.\v"
    "The machine comes from the trace. What is compared: in which cycle each request was accepted, "
    "in which cycle its response moved, and all of the response; with lockstep also every output "
    "of model and RTL with each other in every cycle. The engine translate has no clock: it "
    "compares the responses alone, and needs no Verilator.\n"
    "\n"
    "A trace is made by `segmmu run --trace FILE`, and by a disagreement. A trace that is cut off "
    "is replayed as far as it is whole.\n"
    "\n"
    "The RTL runs in a process of its own: an endless loop or a crash in it is its verdict. That "
    "of "
    "--rtl runs in bubblewrap.\n"
    "\n"
    "Exit status: 0 all as recorded, 1 something differs (the first difference is shown), or the "
    "RTL "
    "stopped, crashed or hung, 2 usage, "
    "or the trace is cut off or cannot be read.";

bool replay_runs_rtl(const struct replay_options *options)
{
    return options->engine == ENGINE_RTL || options->engine == ENGINE_LOCKSTEP;
}

/* What does not go with what. */
static void check_options(const struct replay_options *options, struct argp_state *state)
{
    const bool has_rtl = replay_runs_rtl(options);

    if (options->path == NULL) {
        argp_error(state, "expected a TRACE");
    }
    if (options->rtl.files.count > 0 && !has_rtl) {
        argp_error(state, "--rtl: found --engine %s, which runs no RTL",
                   engine_name(options->engine));
    }
    if (options->is_random && !has_rtl) {
        argp_error(state, "--initial-seed: found --engine %s, which runs no RTL",
                   engine_name(options->engine));
    }
    if (options->shrink_cycles > 0 && options->save == NULL) {
        argp_error(state, "--shrink: expected --save PREFIX with it");
    }
    if (options->coverage != NULL && options->engine == ENGINE_TRANSLATE) {
        argp_error(state, "--coverage: found --engine translate, which has no clock");
    }
    if (options->compare == COMPARE_TRANSACTION && options->engine != ENGINE_LOCKSTEP) {
        argp_error(state, "--compare transaction: found --engine %s, expected lockstep",
                   engine_name(options->engine));
    }
    if (options->compare == COMPARE_TRANSACTION && options->is_one_frame) {
        argp_error(state, "--frame: found --compare transaction, which plays the whole trace");
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct replay_options *const options = state->input;
    int engine;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->rtl;
        return 0;
    case 'e':
        engine = engine_parse(text);
        if (engine < 0) {
            argp_error(state, "--engine: found `%s`, expected translate, model, rtl or lockstep",
                       text);
        }
        options->engine = (enum engine)engine;
        return 0;
    case OPTION_FRAME:
        options->is_one_frame = true;
        options->frame = cli_number(state, "--frame", text, 0, UINT64_MAX);
        return 0;
    case OPTION_SAVE:
        options->save = text;
        return 0;
    case OPTION_SHRINK:
        options->shrink_cycles = cli_number(state, "--shrink", text, 0, UINT64_MAX);
        return 0;
    case OPTION_COVERAGE:
        options->coverage = text;
        return 0;
    case OPTION_COMPARE:
        options->compare =
            cli_compares_transactions(state, text) ? COMPARE_TRANSACTION : COMPARE_CYCLE;
        return 0;
    case OPTION_RESPONSE_TIMEOUT:
        options->response_timeout_cycles =
            cli_number(state, "--response-timeout", text, 1, INT64_MAX);
        return 0;
    case OPTION_INITIAL_SEED:
        options->is_random = true;
        options->initial_seed = cli_number(state, "--initial-seed", text, 0, UINT64_MAX);
        return 0;
    case OPTION_TIMEOUT:
        options->timeout_seconds = cli_number(state, "--timeout", text, 1, 86400);
        return 0;
    case ARGP_KEY_ARG:
        if (options->path != NULL) {
            argp_error(state, "expected one TRACE, found also `%s`", text);
        }
        options->path = text;
        return 0;
    case ARGP_KEY_END:
        check_options(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

bool replay_options_parse(int argc, char **argv, struct replay_options *options)
{
    static const struct argp_child children[] = {{&rtl_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {.options = option_table,
                                     .parser = parse_option,
                                     .args_doc = "TRACE",
                                     .doc = documentation,
                                     .children = children};

    options->engine = ENGINE_LOCKSTEP;
    options->response_timeout_cycles = TRANSACTION_TIMEOUT_CYCLES;
    options->timeout_seconds = 10;
    if (!cli_parse(&argp, argc, argv, 0, options)) {
        return false;
    }
    options->rtl.is_sandboxed = rtl_options_want_sandbox(&options->rtl) && replay_runs_rtl(options);
    return true;
}

/* The files of --save are made once there is a disagreement, over whatever is there. */
bool replay_options_check_outputs(const struct replay_options *options, struct error *error)
{
    static const char *const suffixes[] = {REPLAY_SAVE_SUFFIXES};
    enum { SAVED = sizeof(suffixes) / sizeof(suffixes[0]), PATHS = 2 + SAVED };
    struct named_path paths[PATHS] = {
        {options->path, "the trace that is replayed", false},
        {options->coverage, "the coverage", true},
    };
    char *saved[SAVED] = {NULL};
    bool is_good = true;

    for (unsigned i = 0; options->save != NULL && i < SAVED; i++) {
        saved[i] = string_format("%s.%s", options->save, suffixes[i]);
        paths[2 + i] = (struct named_path){saved[i], "a file to save", true};
        is_good = is_good && (saved[i] != NULL || error_set(error, "out of memory"));
    }
    is_good = is_good && output_paths_differ(paths, PATHS, error) &&
              output_paths_writable(paths, PATHS, error);
    for (unsigned i = 0; i < SAVED; i++) {
        free(saved[i]);
    }
    return is_good;
}

bool replay_options_note(const struct replay_options *options, bool by_transactions,
                         struct strings *words)
{
    if (by_transactions) {
        strings_add(words, "--compare");
        strings_add(words, "transaction");
        if (options->response_timeout_cycles != TRANSACTION_TIMEOUT_CYCLES) {
            strings_add(words, "--response-timeout");
            strings_add(words, "%" PRIu64, options->response_timeout_cycles);
        }
    }
    if (options->is_random) {
        strings_add(words, "--initial-seed");
        strings_add(words, "%" PRIu64, options->initial_seed);
    }
    return !words->is_short;
}
