/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "cli/check.h"
#include "cli/cli.h"

/* --- the command line --- */

struct options {
    const char *machine;
    const char *trace;
    const char *json;
    const char *junit;
    uint64_t cycles;
    uint64_t seed;
    enum engine engine;
};

enum { OPTION_CYCLES = 256, OPTION_SEED, OPTION_TRACE, OPTION_JSON, OPTION_JUNIT };

static const struct argp_option option_table[] = {
    {"machine", 'm', "MACHINE", 0, "a machine file, or the name of one (see segmmu machines)", 0},
    {"cycles", OPTION_CYCLES, "N", 0, "clock cycles to run, default 1000000", 0},
    {"seed", OPTION_SEED, "S", 0, "of the stimulus, default 1", 0},
    {"engine", 'e', "ENGINE", 0, "lockstep (default), or model: no RTL", 0},
    {"trace", OPTION_TRACE, "FILE", 0, "record the run", 0},
    {"json", OPTION_JSON, "FILE", 0, "write the results as JSON", 0},
    {"junit", OPTION_JUNIT, "FILE", 0, "write the results as JUnit XML", 0},
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
    "At the first disagreement the page on standard error shows it; "
    "segmmu-check-MACHINE-SEED.trace "
    "and .fst in the current directory hold the cycles that lead to it.\n"
    "\n"
    "Exit status: 0 agreed, 1 disagreed or the RTL stopped, 2 usage, input or output error, or "
    "interrupted.";

static uint64_t parse_number(struct argp_state *state, const char *option, const char *text,
                             uint64_t min)
{
    uint64_t value = 0;

    if (!number_parse(text, &value) || value < min || value > INT64_MAX) {
        argp_error(state, "%s: found `%s`, expected a number from %" PRIu64 " to 2^63 - 1", option,
                   text, min);
    }
    return value;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct options *const options = state->input;

    switch (key) {
    case 'm':
        options->machine = text;
        return 0;
    case OPTION_CYCLES:
        options->cycles = parse_number(state, "--cycles", text, 1);
        return 0;
    case OPTION_SEED:
        options->seed = parse_number(state, "--seed", text, 0);
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
    case OPTION_JUNIT:
        options->junit = text;
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

/* The command that repeats the check, with what was left to its default. Malloc'ed. */
static char *repeat_command(const struct options *options)
{
    char cycles[24], seed[24];
    const char *const argv[] = {
        "segmmu check", "-m",       options->machine,
        "--cycles",     cycles,     "--seed",
        seed,           "--engine", engine_name(options->engine),
    };

    snprintf(cycles, sizeof(cycles), "%" PRIu64, options->cycles);
    snprintf(seed, sizeof(seed), "%" PRIu64, options->seed);
    /* The engine only where it is not the default. */
    return cli_command_line(options->engine == ENGINE_LOCKSTEP ? 7 : 9, (char **)argv);
}

/* --- signals --- */

static void on_signal(int signal)
{
    (void)signal;
    check_interrupt();
}

/* A second signal kills, as it does any program. */
static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* --- what is printed --- */

static void print_pass(const struct check_pass *pass, const struct check *check)
{
    const struct stimulus *const stimulus = &pass->stimulus;
    const double rate = pass->seconds > 0 ? (double)pass->bench.cycle / pass->seconds * 1e-6 : 0.0;

    if (pass->verdict == CHECK_FAILED) {
        return;
    }
    printf("%s: %s after %" PRIu64 " cycles", pass->name, check_verdict_name(pass->verdict),
           pass->bench.cycle);
    if (check->engine == ENGINE_LOCKSTEP) {
        printf(", %" PRIu64 " compared", pass->bench.compared_cycles);
    }
    printf(", %.2f M cycles/s\n", rate);
    if (stimulus->directed_done) {
        printf("  directed part: complete, %" PRIu64 " cycles\n", stimulus->directed_cycles);
    } else {
        printf("  directed part: not complete (it ended in \"%s\")\n", stimulus->subject);
    }
}

/* --- the command --- */

static int status_of(enum check_verdict verdict)
{
    return verdict == CHECK_AGREED      ? CLI_AGREED
           : verdict == CHECK_DISAGREED ? CLI_DISAGREED
                                        : CLI_ERROR;
}

/* Writes the results where options ask for them; a status of CLI_ERROR when that fails. */
static int write_results(const struct options *options, const struct check *check,
                         const struct check_pass *passes, unsigned pass_count, int status)
{
    struct error error;

    if (options->json != NULL &&
        !check_write_json(options->json, check, passes, pass_count, &error)) {
        cli_error("%s", error.text);
        status = CLI_ERROR;
    }
    if (options->junit != NULL &&
        !check_write_junit(options->junit, check, passes, pass_count, &error)) {
        cli_error("%s", error.text);
        status = CLI_ERROR;
    }
    return status;
}

/* The passes up to the first that does not agree. */
static int run_passes(const struct options *options, const struct check *check)
{
    struct check_pass *const passes = calloc(CHECK_PASSES, sizeof(*passes));
    enum check_verdict verdict = CHECK_AGREED;
    unsigned planned, done = 0;
    int status;

    if (passes == NULL) {
        cli_error("out of memory");
        return CLI_ERROR;
    }
    planned = check_plan(check, passes);
    while (done < planned && verdict == CHECK_AGREED) {
        struct check_pass *const pass = &passes[done++];

        check_pass_run(pass, check);
        verdict = pass->verdict;
        print_pass(pass, check);
        if (verdict == CHECK_FAILED) {
            cli_error("%s", pass->error.text);
        }
    }
    status = write_results(options, check, passes, done, status_of(verdict));
    for (unsigned i = 0; i < done; i++) {
        check_pass_free(&passes[i]);
    }
    free(passes);
    return status;
}

int cmd_check(int argc, char **argv)
{
    static const struct argp argp = {option_table, parse_option, NULL, documentation,
                                     NULL,         NULL,         NULL};
    struct options options = {.cycles = 1000000, .seed = 1, .engine = ENGINE_LOCKSTEP};
    struct check check;
    struct machine *machine;
    struct error error;
    int status = CLI_ERROR;

    if (!cli_parse(&argp, argc, argv, 0, &options)) {
        return CLI_ERROR;
    }
    machine = machine_load(options.machine, &error);
    if (machine == NULL) {
        cli_error("%s", error.text);
        return CLI_ERROR;
    }
    check = (struct check){
        .machine = machine,
        .source = {.config = machine->mmu},
        .engine = options.engine,
        .cycles = options.cycles,
        .seed = options.seed,
        .trace_path = options.trace,
        .command = repeat_command(&options),
    };
    if (check.command == NULL) {
        cli_error("out of memory");
    } else {
        printf("machine %s, seed %" PRIu64 "; to repeat: %s\n", machine->name, options.seed,
               check.command);
        fflush(stdout); /* before the page, which goes to standard error */
        catch_signals();
        status = run_passes(&options, &check);
    }
    free(check.command);
    machine_free(machine);
    return status;
}
