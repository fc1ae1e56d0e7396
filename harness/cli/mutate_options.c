/* SPDX-License-Identifier: MIT */
#include "cli/mutate_options.h"

#include <argp.h>
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/mutate.h"
#include "lockstep/transaction.h"

enum {
    OPTION_COUNT = 256,
    OPTION_CYCLES,
    OPTION_SEED,
    OPTION_JOBS,
    OPTION_JSON,
    OPTION_CSV,
    OPTION_OUT,
    OPTION_TIMEOUT,
    OPTION_EQUIVALENCE_TIMEOUT,
    OPTION_COMPARE,
    OPTION_RESPONSE_TIMEOUT,
};

static const struct argp_option option_table[] = {
    {"machine", 'm', "MACHINE", 0, "a machine file, or the name of one (see segmmu machines)", 0},
    {"count", OPTION_COUNT, "N", 0, "mutants, default 1000", 0},
    {"seed", OPTION_SEED, "S", 0, "of the choice of mutants and of the stimulus, default 1", 0},
    {"cycles", OPTION_CYCLES, "N", 0, "clock cycles that a mutant may survive, default 1000000", 0},
    {"compare", OPTION_COMPARE, "MODE", 0, "cycle (default) or transaction, as for segmmu check",
     0},
    {"response-timeout", OPTION_RESPONSE_TIMEOUT, "N", 0,
     "with --compare transaction, as for segmmu check; default 1000", 0},
    {"equivalence-timeout", OPTION_EQUIVALENCE_TIMEOUT, "N", 0,
     "seconds for the equivalence check of a survivor, default 300", 0},
    {"json", OPTION_JSON, "FILE", 0, "write every mutant and what became of it as JSON", 0},
    {"csv", OPTION_CSV, "FILE", 0, "write the same as CSV", 0},
    {"out", OPTION_OUT, "DIR", 0,
     "leave everything in DIR, which is new or empty: results, netlist, mutants, logs", 0},
    {"jobs", OPTION_JOBS, "N", 0, "processes at once, default 1", 0},
    {"timeout", OPTION_TIMEOUT, "N", 0,
     "a mutant hangs when its clock stands still for so many seconds, default 10", 0},
    {0},
};

static const char documentation[] =
    "Asks how good the check is: changes the RTL in many small ways, one at a time, and sees "
    "whether `segmmu check` would find out.\v"
    "A mutant is one bit at one cell of the flattened RTL that is inverted, stuck, or inverted "
    "while its neighbour is 0 or 1. Yosys chooses them, spread evenly. All of them are built into "
    "one design; each is run against the model with the stimulus of `segmmu check --seed`, and at "
    "last from random initial values of registers, until something tells them apart: it is "
    "killed. The RTL as it is must agree for all the cycles.\n"
    "\n"
    "What survives is put to an equivalence check: a mutant that no input can tell from the "
    "original is `equivalent`, and no stimulus can kill it; one that some input can tell is NOT "
    "EQUIVALENT, a hole in the stimulus, and the input is shown; what neither is found of in time "
    "is `undecided`.\n"
    "\n"
    "The same machine, RTL, count, seed and cycles give the same mutants and the same results, "
    "with any number of jobs. Yosys must be able to read the RTL.\n"
    "\n"
    "Exit status: 0 every mutant was killed or is equivalent, 1 one survived that is not "
    "equivalent or undecided, or the RTL itself disagrees, 2 usage, input or output error, or "
    "interrupted.";

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct mutate_options *const options = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->rtl;
        return 0;
    case 'm':
        options->machine = text;
        return 0;
    case OPTION_COUNT:
        options->count = cli_number(state, "--count", text, 1, MUTATE_MAX_COUNT);
        return 0;
    case OPTION_SEED:
        options->seed = cli_number(state, "--seed", text, 0, MUTATE_MAX_SEED);
        return 0;
    case OPTION_CYCLES:
        options->cycles = cli_number(state, "--cycles", text, 1, INT64_MAX);
        return 0;
    case OPTION_COMPARE:
        options->is_by_transactions = cli_compares_transactions(state, text);
        return 0;
    case OPTION_RESPONSE_TIMEOUT:
        options->response_timeout_cycles =
            cli_number(state, "--response-timeout", text, 1, INT64_MAX);
        return 0;
    case OPTION_EQUIVALENCE_TIMEOUT:
        options->equivalence_seconds = cli_number(state, "--equivalence-timeout", text, 0, 86400);
        return 0;
    case OPTION_JSON:
        options->json = text;
        return 0;
    case OPTION_CSV:
        options->csv = text;
        return 0;
    case OPTION_OUT:
        options->out = text;
        return 0;
    case OPTION_JOBS:
        options->jobs = cli_number(state, "--jobs", text, 1, MUTATE_MAX_JOBS);
        return 0;
    case OPTION_TIMEOUT:
        options->timeout_seconds = cli_number(state, "--timeout", text, 1, 86400);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "found `%s`, expected no arguments", text);
        return 0;
    case ARGP_KEY_END:
        if (options->machine == NULL) {
            argp_error(state, "expected -m MACHINE");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

char *mutate_repeat_command(const struct mutate_options *options)
{
    struct strings words = {0};
    char *command = NULL;

    strings_add(&words, "segmmu mutate");
    strings_add(&words, "-m");
    strings_add(&words, "%s", options->machine);
    rtl_options_add_words(&options->rtl, &words);
    strings_add(&words, "--count");
    strings_add(&words, "%" PRIu64, options->count);
    strings_add(&words, "--seed");
    strings_add(&words, "%" PRIu64, options->seed);
    strings_add(&words, "--cycles");
    strings_add(&words, "%" PRIu64, options->cycles);
    if (options->is_by_transactions) {
        strings_add(&words, "--compare");
        strings_add(&words, "transaction");
        strings_add(&words, "--response-timeout");
        strings_add(&words, "%" PRIu64, options->response_timeout_cycles);
    }
    if (!words.is_short) {
        command = cli_command_line((int)words.count, words.items);
    }
    strings_free(&words);
    return command;
}

bool mutate_parse(int argc, char **argv, struct mutate_options *options)
{
    static const struct argp_child children[] = {{&rtl_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {option_table, parse_option, NULL, documentation,
                                     children,     NULL,         NULL};

    *options = (struct mutate_options){
        .count = 1000,
        .cycles = 1000000,
        .seed = 1,
        .jobs = 1,
        .timeout_seconds = 10,
        .equivalence_seconds = 300,
        .response_timeout_cycles = TRANSACTION_TIMEOUT_CYCLES,
    };
    if (!cli_parse(&argp, argc, argv, 0, options)) {
        return false;
    }
    options->rtl.is_sandboxed = rtl_options_want_sandbox(&options->rtl);
    return true;
}
