/* SPDX-License-Identifier: MIT */
#include "cli/prove_options.h"

#include <argp.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/prove.h"

enum {
    OPTION_ALL = 256,
    OPTION_JOBS,
    OPTION_TIMEOUT,
    OPTION_JSON,
    OPTION_JUNIT,
    OPTION_OUT,
};

/* Specification, section 6. */
static const char *const named_configurations[] = {
    "basebounds", "ostep15", "ostep16", "onebit", "seg4", "seg16", "named", "wide", NULL,
};

static const struct argp_option option_table[] = {
    {"machine", 'm', "MACHINE", 0,
     "a machine file, or the name of one (see segmmu machines); repeat it for more", 0},
    {"all", OPTION_ALL, NULL, 0, "every named configuration of the specification", 0},
    {"timeout", OPTION_TIMEOUT, "N", 0, "seconds for each run of a solver, default 300", 0},
    {"jobs", OPTION_JOBS, "N", 0, "runs of solvers at once, default: as many as processors", 0},
    {"json", OPTION_JSON, "FILE", 0, "write the verdicts as JSON", 0},
    {"junit", OPTION_JUNIT, "FILE", 0, "write them as JUnit XML", 0},
    {"out", OPTION_OUT, "DIR", 0,
     "leave everything in DIR, which is new or empty: netlists, C, what the solvers said", 0},
    {0},
};

static const char documentation[] =
    "Proves, for all inputs and all time, that the Verilog is the same machine as the C model, "
    "and that no access leaves its segment.\v"
    "For each machine a line with its verdict and its time:\n"
    "\n"
    "  equal      from the first reset on C model and RTL give the same outputs in every cycle\n"
    "  translate  each answer is that of the pure function for the registers at acceptance\n"
    "  isolated   an admitted user access lies in its present segment and is permitted there; two "
    "bytes of a segment never share a physical one; a fault leaks nothing; only a privileged "
    "register write changes a segment register\n"
    "  channels   a response waits unchanged; none is lost, reordered, invented or late\n"
    "  rtl        isolated and channels of the RTL alone, by another solver and without our C\n"
    "\n"
    "RTL of --rtl must have the registers of the specification (rtl/README.md, section 3, State), "
    "by name.\n"
    "\n"
    "The proof needs Yosys, Python 3 and cbmc. Where cbmc is not installed it is fetched from "
    "Debian's packages into the cache, without changing the system; where that cannot be done, "
    "what needs it is `not run`.\n"
    "\n"
    "Exit status: 0 all proved, 1 something refuted, 3 something undecided, since time or memory "
    "ran out, 77 something not run, 2 usage, input or output error, or interrupted.";

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct prove_options *const options = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->rtl;
        return 0;
    case 'm':
        strings_add(&options->machines, "%s", text);
        return 0;
    case OPTION_ALL:
        strings_add_all(&options->machines, named_configurations);
        return 0;
    case OPTION_TIMEOUT:
        options->timeout_seconds = cli_number(state, "--timeout", text, 0, 86400);
        return 0;
    case OPTION_JOBS:
        options->jobs = cli_number(state, "--jobs", text, 1, PROVE_MAX_JOBS);
        return 0;
    case OPTION_JSON:
        options->json = text;
        return 0;
    case OPTION_JUNIT:
        options->junit = text;
        return 0;
    case OPTION_OUT:
        options->out = text;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "found `%s`, expected no arguments", text);
        return 0;
    case ARGP_KEY_END:
        if (options->machines.count == 0) {
            argp_error(state, "expected -m MACHINE or --all");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

bool prove_parse(int argc, char **argv, struct prove_options *options)
{
    static const struct argp_child children[] = {{&rtl_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {option_table, parse_option, NULL, documentation,
                                     children,     NULL,         NULL};
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);

    *options = (struct prove_options){
        .jobs = processors < 1                ? 1
                : processors > PROVE_MAX_JOBS ? PROVE_MAX_JOBS
                                              : (uint64_t)processors,
        .timeout_seconds = 300,
    };
    if (!cli_parse(&argp, argc, argv, 0, options)) {
        return false;
    }
    options->rtl.is_sandboxed = rtl_options_want_sandbox(&options->rtl);
    return true;
}

void prove_options_free(struct prove_options *options)
{
    strings_free(&options->machines);
    rtl_options_free(&options->rtl);
}
