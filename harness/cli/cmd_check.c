/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check_campaign.h"
#include "cli/check_out.h"
#include "cli/check_report.h"
#include "cli/check_tools.h"
#include "cli/check_transactions.h"
#include "cli/cli.h"
#include "cli/output_paths.h"
#include "cli/rtl_options.h"

/* --- the command line --- */

struct options {
    const char *machine;
    const char *trace;
    const char *json;
    const char *junit;
    const char *coverage;
    const char *coverage_html;
    const char *rtl_coverage;
    bool is_until_covered;
    bool skips_unknowns;
    const char *out;
    uint64_t cycles;
    uint64_t shard_cycles;
    uint64_t seed;
    uint64_t jobs;
    uint64_t timeout_seconds;
    uint64_t failures;
    bool is_by_transactions;
    uint64_t response_timeout_cycles;
    enum engine engine;
    struct rtl_options rtl;
};

enum {
    OPTION_CYCLES = 256,
    OPTION_SEED,
    OPTION_TRACE,
    OPTION_JSON,
    OPTION_JUNIT,
    OPTION_OUT,
    OPTION_JOBS,
    OPTION_SHARD_CYCLES,
    OPTION_TIMEOUT,
    OPTION_COVERAGE,
    OPTION_COVERAGE_HTML,
    OPTION_RTL_COVERAGE,
    OPTION_UNTIL_COVERED,
    OPTION_COMPARE,
    OPTION_RESPONSE_TIMEOUT,
    OPTION_FAILURES,
    OPTION_SKIP,
};

static const struct argp_option option_table[] = {
    {"machine", 'm', "MACHINE", 0, "a machine file, or the name of one (see segmmu machines)", 0},
    {"cycles", OPTION_CYCLES, "N", 0, "clock cycles to run, default 1000000", 0},
    {"seed", OPTION_SEED, "S", 0, "of the stimulus, default 1", 0},
    {"engine", 'e', "ENGINE", 0, "lockstep (default), or model: no RTL", 0},
    {"trace", OPTION_TRACE, "FILE", 0, "record the run", 0},
    {"compare", OPTION_COMPARE, "MODE", 0,
     "cycle (default): every output in every cycle; or transaction: responses in order and "
     "content, "
     "with any latency and any stalls",
     0},
    {"response-timeout", OPTION_RESPONSE_TIMEOUT, "N", 0,
     "with --compare transaction, clock cycles in which a request must be accepted, and answered; "
     "default 1000",
     0},
    {"until-covered", OPTION_UNTIL_COVERED, NULL, 0,
     "go for what coverage is missing, and end when nothing is; --cycles is the most", 0},
    {"coverage", OPTION_COVERAGE, "FILE", 0, "write functional coverage as JSON", 0},
    {"coverage-html", OPTION_COVERAGE_HTML, "FILE", 0, "write it as a page", 0},
    {"rtl-coverage", OPTION_RTL_COVERAGE, "FILE", 0,
     "count how often lines of the RTL run and bits toggle, and write it for lcov", 0},
    {"json", OPTION_JSON, "FILE", 0, "write the results as JSON", 0},
    {"junit", OPTION_JUNIT, "FILE", 0, "write the results as JUnit XML", 0},
    {"out", OPTION_OUT, "DIR", 0, "leave everything in DIR, which is new or empty", 0},
    {"jobs", OPTION_JOBS, "N", 0, "worker processes at once, default 1", 0},
    {"shard-cycles", OPTION_SHARD_CYCLES, "N", 0,
     "cut the run into shards of so many cycles, default 4000000", 0},
    {"failures", OPTION_FAILURES, "N", 0,
     "end with the Nth different failure, default 8; 1 ends at once", 0},
    {"timeout", OPTION_TIMEOUT, "N", 0,
     "the RTL hangs when a cycle takes so many seconds, default 10", 0},
    {"skip", OPTION_SKIP, "PASS", 0,
     "leave out a pass: unknowns, the one in Icarus, which does not take all of SystemVerilog", 0},
    {0},
};

static const char documentation[] =
    "Drives model and RTL with the same generated stimulus and compares every output in every "
    "cycle.\v"
    "First comes the directed part, every rule at every edge, then random requests up to the "
    "number of cycles. A second, shorter pass starts the RTL from random register values, so that "
    "a register that no reset clears is found. The same machine, seed and cycles give the same "
    "stimulus.\n"
    "\n"
    "Functional coverage (segmmu coverage) counts the first pass. It says how many of the bins "
    "that "
    "this machine can reach were hit; the default number of cycles hits all of them.\n"
    "\n"
    "Behind a disagreement the run goes on with a fresh RTL. Failures are told apart by the output "
    "that differs, the rule and the operation; of each kind the first is shown on standard error, "
    "and segmmu-check-MACHINE-SEED.trace and .fst in the current directory hold the cycles that "
    "lead "
    "to it; of the second kind, segmmu-check-MACHINE-SEED-failure2. Then its stimulus is made "
    "small, "
    "in .shrunk.trace and .shrunk.fst.\n"
    "With --out they are in DIR, with the configuration, results and logs.\n"
    "\n"
    "The RTL runs in worker processes: an endless loop or a crash in it is its verdict, and the "
    "run goes on to say so. Every shard has a seed of its own; the results are the same with any "
    "number of jobs.\n"
    "\n"
    "Exit status: 0 agreed, 1 disagreed, or the RTL stopped, crashed or hung, 2 usage, input or "
    "output error, interrupted, or a part of the run was lost or could not be run.";

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct options *const options = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->rtl;
        return 0;
    case 'm':
        options->machine = text;
        return 0;
    case OPTION_CYCLES:
        options->cycles = cli_number(state, "--cycles", text, 1, INT64_MAX);
        return 0;
    case OPTION_SEED:
        options->seed = cli_number(state, "--seed", text, 0, INT64_MAX);
        return 0;
    case 'e': {
        const int engine = engine_parse(text);

        if (engine != ENGINE_MODEL && engine != ENGINE_LOCKSTEP) {
            argp_error(state, "--engine: found `%s`, expected model or lockstep", text);
        }
        options->engine = (enum engine)engine;
        return 0;
    }
    case OPTION_TRACE:
        options->trace = text;
        return 0;
    case OPTION_JSON:
        options->json = text;
        return 0;
    case OPTION_COVERAGE:
        options->coverage = text;
        return 0;
    case OPTION_COVERAGE_HTML:
        options->coverage_html = text;
        return 0;
    case OPTION_RTL_COVERAGE:
        options->rtl_coverage = text;
        return 0;
    case OPTION_UNTIL_COVERED:
        options->is_until_covered = true;
        return 0;
    case OPTION_JUNIT:
        options->junit = text;
        return 0;
    case OPTION_COMPARE:
        options->is_by_transactions = cli_compares_transactions(state, text);
        return 0;
    case OPTION_RESPONSE_TIMEOUT:
        options->response_timeout_cycles =
            cli_number(state, "--response-timeout", text, 1, INT64_MAX);
        return 0;
    case OPTION_SKIP:
        if (strcmp(text, "unknowns") != 0) {
            argp_error(state, "--skip: found `%s`, expected unknowns", text);
        }
        options->skips_unknowns = true;
        return 0;
    case OPTION_OUT:
        options->out = text;
        return 0;
    case OPTION_JOBS:
        options->jobs = cli_number(state, "--jobs", text, 1, CHECK_MAX_JOBS);
        return 0;
    case OPTION_SHARD_CYCLES:
        options->shard_cycles = cli_number(state, "--shard-cycles", text, 1, INT64_MAX);
        return 0;
    case OPTION_TIMEOUT:
        options->timeout_seconds = cli_number(state, "--timeout", text, 1, 86400);
        return 0;
    case OPTION_FAILURES:
        options->failures = cli_number(state, "--failures", text, 1, CHECK_FAILURES);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "found `%s`, expected no arguments", text);
        return 0;
    case ARGP_KEY_END:
        if (options->machine == NULL) {
            argp_error(state, "expected -m MACHINE");
        }
        if (options->is_by_transactions && options->engine == ENGINE_MODEL) {
            argp_error(state,
                       "--compare transaction: found --engine model, which compares nothing");
        }
        if (options->is_by_transactions && options->trace != NULL) {
            argp_error(state,
                       "--trace: found --compare transaction; a trace has the latency of the "
                       "specification");
        }
        if (options->engine == ENGINE_MODEL &&
            (options->rtl.files.count > 0 || options->rtl_coverage != NULL)) {
            argp_error(state, "%s: found --engine model, which runs no RTL",
                       options->rtl_coverage != NULL ? "--rtl-coverage" : "--rtl");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

enum { DEFAULT_SHARD_CYCLES = 4000000, DEFAULT_FAILURES = 8 };

/* The command that repeats the check, with what was left to its default. Malloc'ed. */
static char *repeat_command(const struct options *options)
{
    struct strings words = {0};
    char *command = NULL;

    strings_add(&words, "segmmu check");
    strings_add(&words, "-m");
    strings_add(&words, "%s", options->machine);
    rtl_options_add_words(&options->rtl, &words);
    strings_add(&words, "--cycles");
    strings_add(&words, "%" PRIu64, options->cycles);
    strings_add(&words, "--seed");
    strings_add(&words, "%" PRIu64, options->seed);
    if (options->is_until_covered) {
        strings_add(&words, "--until-covered");
    }
    if (options->engine != ENGINE_LOCKSTEP) {
        strings_add(&words, "--engine");
        strings_add(&words, "%s", engine_name(options->engine));
    }
    if (options->is_by_transactions) {
        strings_add(&words, "--compare");
        strings_add(&words, "transaction");
        if (options->response_timeout_cycles != TRANSACTION_TIMEOUT_CYCLES) {
            strings_add(&words, "--response-timeout");
            strings_add(&words, "%" PRIu64, options->response_timeout_cycles);
        }
    }
    if (options->skips_unknowns) {
        strings_add(&words, "--skip");
        strings_add(&words, "unknowns");
    }
    if (options->shard_cycles != DEFAULT_SHARD_CYCLES) {
        strings_add(&words, "--shard-cycles");
        strings_add(&words, "%" PRIu64, options->shard_cycles);
    }
    if (options->failures != DEFAULT_FAILURES) {
        strings_add(&words, "--failures");
        strings_add(&words, "%" PRIu64, options->failures);
    }
    if (!words.is_short) {
        command = cli_command_line((int)words.count, words.items);
    }
    strings_free(&words);
    return command;
}

/* --- signals --- */

static void on_signal(int signal)
{
    (void)signal;
    check_campaign_interrupt();
}

/* A second signal kills, as it does any program. */
static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* --- the command --- */

static int run_campaign(const struct options *options, const struct check *check, int argc,
                        char **argv)
{
    struct check_report report = {
        .check = check,
        .jobs = options->jobs,
        .json = options->json,
        .junit = options->junit,
        .coverage = options->coverage,
        .coverage_html = options->coverage_html,
        .rtl_coverage = options->rtl_coverage,
        .out = options->out,
    };
    struct check_campaign campaign = {
        .start = {.argc = argc,
                  .argv = argv,
                  .check = check,
                  .is_sandboxed = options->rtl.is_sandboxed},
        .jobs = (unsigned)options->jobs,
        .timeout_seconds = (unsigned)options->timeout_seconds,
        .finished = check_report_shard,
        .context = &report,
        .rtl_coverage = &report.rtl_counts,
    };
    struct error error;
    int status;

    if (options->out != NULL && !check_out_begin(options->out, check, SEGMMU_VERSION, &error)) {
        cli_error("%s", error.text);
        return CLI_ERROR;
    }
    catch_signals();
    if (!check_campaign_run(&campaign, &error)) {
        cli_error("%s", error.text);
    }
    status = check_report_end(&report, campaign.results, campaign.is_complete);
    json_decref(campaign.results);
    return status;
}

/* Said before the run, not after it. */
static bool is_ready(const struct options *options, struct error *error)
{
    const struct named_path outputs[] = {
        {options->trace, "the trace", true},
        {options->json, "the results as JSON", true},
        {options->junit, "the results as JUnit XML", true},
        {options->coverage, "the coverage", true},
        {options->coverage_html, "the page of the coverage", true},
        {options->rtl_coverage, "the coverage of the RTL", true},
    };
    const unsigned count = sizeof(outputs) / sizeof(outputs[0]);

    return output_paths_differ(outputs, count, error) &&
           output_paths_writable(outputs, count, error) &&
           (options->engine != ENGINE_LOCKSTEP ||
            check_has_tools(options->skips_unknowns, options->rtl.is_sandboxed, error));
}

/* Parses the options and makes a check of them, which is ended with end_check. In a worker it is
 * silent, and in the sandbox already. */
static bool make_check(int argc, char **argv, bool is_worker, struct options *options,
                       struct check *check)
{
    static const struct argp_child children[] = {{&rtl_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {option_table, parse_option, NULL, documentation,
                                     children,     NULL,         NULL};
    struct machine *machine;
    struct error error;

    *options = (struct options){
        .cycles = 1000000,
        .shard_cycles = DEFAULT_SHARD_CYCLES,
        .seed = 1,
        .jobs = 1,
        .timeout_seconds = 10,
        .failures = DEFAULT_FAILURES,
        .response_timeout_cycles = TRANSACTION_TIMEOUT_CYCLES,
        .engine = ENGINE_LOCKSTEP,
    };
    if (!cli_parse(&argp, argc, argv, 0, options)) {
        return false;
    }
    options->rtl.is_sandboxed = !is_worker && rtl_options_want_sandbox(&options->rtl);
    if (!is_worker && !is_ready(options, &error)) {
        cli_error("%s", error.text);
        return false;
    }
    machine = machine_load(options->machine, &error);
    if (machine == NULL) {
        cli_error("%s", error.text);
        return false;
    }
    *check = (struct check){
        .machine = machine,
        .engine = options->engine,
        .cycles = options->cycles,
        .shard_cycles = options->shard_cycles,
        .seed = options->seed,
        .response_timeout_cycles =
            options->is_by_transactions ? options->response_timeout_cycles : 0,
        .is_until_covered = options->is_until_covered,
        .failures = (unsigned)options->failures,
        .counts_coverage = options->rtl_coverage != NULL,
        .skips_unknowns = options->skips_unknowns,
        .trace_path = options->trace,
        .directory = options->out,
        .command = repeat_command(options),
    };
    if (check->command == NULL) {
        cli_error("out of memory");
        machine_free(machine);
        return false;
    }
    if (!rtl_options_resolve(&options->rtl, &machine->mmu, !is_worker, &check->source, &error)) {
        cli_error("%s", error.text);
        free(check->command);
        machine_free(machine);
        return false;
    }
    return true;
}

static void end_check(struct options *options, struct check *check)
{
    rtl_options_free(&options->rtl);
    free(check->command);
    machine_free((struct machine *)check->machine);
}

int cmd_check(int argc, char **argv)
{
    struct options options;
    struct check check;
    int status;

    if (!make_check(argc, argv, false, &options, &check)) {
        return CLI_ERROR;
    }
    printf("machine %s, seed %" PRIu64 "; to repeat: %s\n", check.machine->name, options.seed,
           check.command);
    fflush(stdout); /* before the page, which goes to standard error */
    status = run_campaign(&options, &check, argc, argv);
    end_check(&options, &check);
    return status;
}

int cmd_check_worker(int argc, char **argv)
{
    struct options options;
    struct check check;
    struct check_worker_own own;

    if (argc <= CHECK_WORKER_ARGUMENTS) {
        cli_error("check-worker is started by `segmmu check` only");
        return CLI_ERROR;
    }
    if (!check_worker_begin(&own, argv + 1)) {
        return CLI_ERROR;
    }
    argv[CHECK_WORKER_ARGUMENTS] = argv[0];
    if (!make_check(argc - CHECK_WORKER_ARGUMENTS, argv + CHECK_WORKER_ARGUMENTS, true, &options,
                    &check)) {
        return CLI_ERROR;
    }
    check.directory = own.directory;
    if (own.is_sandboxed) {
        check.source.builder = &own.builder;
    }
    check_worker_run(&own, &check);
    end_check(&options, &check);
    return CLI_AGREED;
}
