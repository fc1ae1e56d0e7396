/* SPDX-License-Identifier: MIT */
/* segmmu run: the whole pipeline.
 *
 *   supervisor, guest (child) --> stream --> pump --> testbench --> latency, trace
 */
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/cli.h"
#include "cli/disagreement.h"
#include "cli/run_report.h"
#include "sink/trace.h"
#include "source/pump.h"

enum { RUN_ERROR = 125, RUN_DISAGREED = 120 };

struct run_options {
    const char *machine;
    enum engine engine;
    const char *root;
    const char *trace;
    const char *stats;
    uint64_t max_instructions;
    uint64_t seed;
    uint64_t base_seed;
    bool is_quiet;
    bool no_sandbox;
    char **argv; /* GUEST ARG... */
};

enum { KEY_ROOT = 256, KEY_TRACE, KEY_STATS, KEY_MAX, KEY_SEED, KEY_BASE_SEED, KEY_NO_SANDBOX };

static const struct argp_option option_table[] = {
    {"machine", 'm', "MACHINE", 0, "Machine file, or the name of one (`segmmu machines`)", 0},
    {"engine", 'e', "ENGINE", 0,
     "translate: the pure function only; model: the cycle model; rtl: the RTL answers; lockstep "
     "(default): model and RTL compared in every cycle",
     0},
    {"root", KEY_ROOT, "DIR", 0, "The guest's files: nothing outside of DIR can be reached", 0},
    {"trace", KEY_TRACE, "FILE", 0, "Record every request, response and stall", 0},
    {"stats", KEY_STATS, "FILE.json", 0, "Write all figures as JSON", 0},
    {"max-instructions", KEY_MAX, "N", 0, "Stop the guest after N instructions (status 124)", 0},
    {"seed", KEY_SEED, "N", 0, "Seed of what the guest gets as random (default 1)", 0},
    {"base-seed", KEY_BASE_SEED, "N", 0,
     "Put the segments at random, unaligned physical addresses; 0 (default): in order", 0},
    {"quiet", 'q', NULL, 0, "No summary on standard error", 0},
    {"no-sandbox", KEY_NO_SANDBOX, NULL, 0,
     "Run the CPU's process without its system-call filter, for debugging", 0},
    {0},
};

static uint64_t number_option(const char *text, const char *name, struct argp_state *state)
{
    uint64_t value = 0;

    if (!number_parse(text, &value)) {
        argp_error(state, "--%s: `%s` is not a number (decimal, 0x, K, M, G)", name, text);
    }
    return value;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct run_options *const options = state->input;
    int engine;

    switch (key) {
    case 'm':
        options->machine = text;
        return 0;
    case 'e':
        engine = engine_parse(text);
        if (engine < 0) {
            argp_error(state, "--engine: `%s` is none of translate, model, rtl, lockstep", text);
        }
        options->engine = (enum engine)engine;
        return 0;
    case KEY_ROOT:
        options->root = text;
        return 0;
    case KEY_TRACE:
        options->trace = text;
        return 0;
    case KEY_STATS:
        options->stats = text;
        return 0;
    case KEY_MAX:
        options->max_instructions = number_option(text, "max-instructions", state);
        if (options->max_instructions == 0) {
            argp_error(state, "--max-instructions: 0 would run nothing; leave it out for no limit");
        }
        return 0;
    case KEY_SEED:
        options->seed = number_option(text, "seed", state);
        return 0;
    case KEY_BASE_SEED:
        options->base_seed = number_option(text, "base-seed", state);
        return 0;
    case 'q':
        options->is_quiet = true;
        return 0;
    case KEY_NO_SANDBOX:
        options->no_sandbox = true;
        return 0;
    case ARGP_KEY_ARG:
        /* The rest is the guest's, whatever it looks like. */
        options->argv = &state->argv[state->next - 1];
        state->next = state->argc;
        return 0;
    case ARGP_KEY_END:
        if (options->machine == NULL) {
            argp_error(state, "-m MACHINE is needed; `segmmu machines` lists them");
        }
        if (options->argv == NULL) {
            argp_error(state, "a GUEST program is needed");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char documentation[] =
    "Run a guest program (a static RV32 or i386 ELF), every fetch, load and store translated."
    "\v"
    "Exit status: the guest's own; 139 killed by a translation fault; 124 stopped by "
    "--max-instructions; 130 interrupted; 120 model and RTL disagreed; 125 an error of segmmu's "
    "own; "
    "128 + N killed by signal N otherwise.\n\n"
    "Examples:\n"
    "  segmmu run -m rv32 sort.elf 1000\n"
    "  segmmu run -m linux-i386 --root . -- busybox sha256sum README.md\n"
    "  segmmu run -m rv32 --engine model --stats stats.json --trace sort.trace sort.elf\n";

/* Everything of one run. */
struct run {
    struct run_options options;
    char *command;
    struct machine *machine;
    struct dut_source source;
    struct dut_library *library;
    struct target *target;
    struct supervisor *supervisor;
    struct testbench bench;
    struct latency *latency;
    struct trace_writer *writer;
    struct pump *pump;
    char complaint[256];
};

static struct supervisor *interruptible;

static void on_interrupt(int number)
{
    (void)number;
    supervisor_interrupt(interruptible);
}

static void catch_interrupts(struct supervisor *supervisor)
{
    struct sigaction action = {.sa_handler = on_interrupt};

    interruptible = supervisor;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static bool has_clock(const struct run *run)
{
    return run->options.engine != ENGINE_TRANSLATE;
}

static bool has_dut(const struct run *run)
{
    return run->options.engine == ENGINE_RTL || run->options.engine == ENGINE_LOCKSTEP;
}

static bool check_options(const struct run *run, struct error *error)
{
    if (run->options.trace != NULL && !has_clock(run)) {
        return error_set(error, "--trace needs cycles, and --engine translate has none; use model, "
                                "rtl or lockstep");
    }
    if (run->options.engine == ENGINE_RTL && run->machine->cpu.issue == MACHINE_ISSUE_PIPELINED) {
        return error_set(error,
                         "%s: with --engine rtl the guest waits for each answer, which a "
                         "pipelined CPU does not; use lockstep, or issue: blocking",
                         run->machine->path);
    }
    return true;
}

/* Up to here no process or thread of ours runs. */
static bool prepare(struct run *run, struct error *error)
{
    run->machine = machine_load(run->options.machine, error);
    if (run->machine == NULL || !check_options(run, error)) {
        return false;
    }
    run->source.config = run->machine->mmu;
    if (has_dut(run)) {
        run->library = dut_library_open(&run->source, DUT_FAST, error);
        if (run->library == NULL) {
            return false;
        }
    }
    run->target = target_new(run->machine, error);
    if (run->target == NULL) {
        return false;
    }
    run->target->stream.discard = !has_clock(run);
    run->target->stream.synchronous = run->options.engine == ENGINE_RTL;
    return true;
}

static bool start_guest(struct run *run, struct error *error)
{
    const struct supervisor_options options = {
        .target = run->target,
        .machine = run->machine,
        .path = run->options.argv[0],
        .argv = run->options.argv,
        .root = run->options.root,
        .max_instructions = run->options.max_instructions,
        .seed = run->options.seed,
        .base_seed = run->options.base_seed,
        .no_sandbox = run->options.no_sandbox,
    };

    run->supervisor = supervisor_new(&options, error);
    return run->supervisor != NULL;
}

/* A recording in memory backs the report of a disagreement where no file was asked for. */
static bool start_trace(struct run *run, struct error *error)
{
    char *const yaml = machine_print(run->machine);
    const struct trace_header header = {
        .machine_yaml = yaml,
        .machine_name = run->machine->name,
        .command = run->command,
        .seed = run->options.seed,
    };
    struct sink sink;

    if (yaml == NULL) {
        return error_set(error, "out of memory");
    }
    if (run->options.trace != NULL) {
        run->writer = trace_writer_open(run->options.trace, &header, &run->bench, error);
    } else if (run->options.engine == ENGINE_LOCKSTEP) {
        run->writer = trace_writer_open_memory(&header, &run->bench, error);
    } else {
        free(yaml);
        return true;
    }
    free(yaml);
    if (run->writer == NULL) {
        return false;
    }
    sink = trace_writer_sink(run->writer);
    testbench_add_sink(&run->bench, &sink);
    return true;
}

static bool start_clock(struct run *run, struct error *error)
{
    struct sink sink;

    if (!testbench_init(&run->bench, run->options.engine, run->machine, run->library, NULL,
                        error)) {
        return false;
    }
    run->latency = latency_new();
    if (run->latency == NULL) {
        return error_set(error, "out of memory");
    }
    sink = latency_sink(run->latency);
    testbench_add_sink(&run->bench, &sink);
    if (!start_trace(run, error)) {
        return false;
    }
    run->pump = pump_start(&run->target->stream, &run->bench, run->machine, error);
    return run->pump != NULL;
}

/* Files that the run leaves; nothing recorded is lost when one of them fails. */
static bool save(struct run *run, const struct run_report *report)
{
    struct error error = {""};
    bool is_saved = true;

    if (run->writer != NULL && !trace_writer_close(run->writer, &error)) {
        cli_error("%s", error.text);
        is_saved = false;
    }
    run->writer = NULL;
    if (run->options.stats != NULL && !run_report_save(report, run->options.stats, &error)) {
        cli_error("%s", error.text);
        is_saved = false;
    }
    return is_saved;
}

static void report_disagreement(struct run *run)
{
    char *prefix = NULL;
    const int length = asprintf(&prefix, "segmmu-run-%s", run->machine->name);
    const struct disagreement disagreement = {
        .bench = &run->bench,
        .library = run->library,
        .source = &run->source,
        .command = run->command,
        .prefix = length < 0 ? NULL : prefix,
        .recording = run->writer,
    };

    disagreement_report(&disagreement, NULL);
    if (length >= 0) {
        free(prefix);
    }
}

static int run_guest(struct run *run)
{
    struct supervisor_result result;
    struct run_report report = {
        .machine = run->machine,
        .engine = run->options.engine,
        .command = run->command,
        .seed = run->options.seed,
        .result = &result,
        .bench = has_clock(run) ? &run->bench : NULL,
        .latency = run->latency,
    };
    bool is_agreed = true;

    catch_interrupts(run->supervisor);
    supervisor_run(run->supervisor, &result);
    if (run->pump != NULL) {
        is_agreed = pump_stop(run->pump, run->complaint);
        run->pump = NULL;
    }
    report.disagreements = !is_agreed;
    if (!is_agreed) {
        result.outcome = SUPERVISOR_DISAGREED;
        result.message[0] = '\0';
    }
    report.exit_status = supervisor_exit_status(&result);
    if (result.message[0] != '\0') {
        cli_error("%s", result.message);
    }
    if (!run->options.is_quiet) {
        run_report_print(&report, stderr);
    }
    if (run->complaint[0] != '\0') {
        cli_error("%s", run->complaint);
    } else if (!is_agreed) {
        report_disagreement(run);
    }
    if (!save(run, &report) && report.exit_status != RUN_DISAGREED) {
        report.exit_status = RUN_ERROR;
    }
    return report.exit_status;
}

static void end(struct run *run)
{
    struct error error;

    supervisor_free(run->supervisor);
    if (run->pump != NULL) {
        pump_stop(run->pump, run->complaint);
    }
    if (run->writer != NULL) {
        trace_writer_close(run->writer, &error);
    }
    testbench_end(&run->bench);
    latency_free(run->latency);
    target_free(run->target);
    if (run->library != NULL) {
        dut_library_close(run->library);
    }
    machine_free(run->machine);
    free(run->command);
}

int cmd_run(int argc, char **argv)
{
    static const struct argp argp = {
        option_table, parse_option, "GUEST [ARG...]", documentation, NULL, NULL, NULL};
    struct run *const run = calloc(1, sizeof(*run));
    struct error error = {""};
    int status = RUN_ERROR;

    if (run == NULL) {
        cli_error("out of memory");
        return RUN_ERROR;
    }
    run->options = (struct run_options){.engine = ENGINE_LOCKSTEP, .seed = 1};
    run->command = cli_command_line(argc, argv);
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &run->options);
    if (run->command != NULL && prepare(run, &error) && start_guest(run, &error) &&
        (!has_clock(run) || start_clock(run, &error))) {
        status = run_guest(run);
    } else {
        cli_error("%s", run->command != NULL ? error.text : "out of memory");
    }
    end(run);
    free(run);
    return status;
}
