/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/disagreement.h"
#include "cli/output_paths.h"
#include "cli/process_options.h"
#include "cli/run_memory_map.h"
#include "cli/run_pipeline.h"
#include "cli/run_report.h"

enum { RUN_ERROR = 125 };

struct options {
    struct run_options run;
    struct process_options processes;
    struct supervisor_program guest; /* GUEST ARG...; path NULL: --process */
    const char *machine;
    const char *stats; /* path, or NULL */
    FILE *stats_file;
    FILE *memory_map_file;
    bool is_quiet;
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

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct options *const options = state->input;
    int engine;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->processes;
        return 0;
    case 'm':
        options->machine = text;
        return 0;
    case 'e':
        engine = engine_parse(text);
        if (engine < 0) {
            argp_error(state, "--engine: `%s` is none of translate, model, rtl, lockstep", text);
        }
        options->run.engine = (enum engine)engine;
        return 0;
    case KEY_ROOT:
        options->run.supervisor.root = text;
        return 0;
    case KEY_TRACE:
        options->run.trace = text;
        return 0;
    case KEY_STATS:
        options->stats = text;
        return 0;
    case KEY_MAX:
        options->run.supervisor.max_instructions =
            cli_number(state, "--max-instructions", text, 0, UINT64_MAX);
        if (options->run.supervisor.max_instructions == 0) {
            argp_error(state, "--max-instructions: 0 would run nothing; leave it out for no limit");
        }
        return 0;
    case KEY_SEED:
        options->run.supervisor.seed = cli_number(state, "--seed", text, 0, UINT64_MAX);
        return 0;
    case KEY_BASE_SEED:
        options->processes.memory.base_seed = cli_number(state, "--base-seed", text, 0, UINT64_MAX);
        return 0;
    case 'q':
        options->is_quiet = true;
        return 0;
    case KEY_NO_SANDBOX:
        options->run.supervisor.no_sandbox = true;
        return 0;
    case ARGP_KEY_ARG:
        /* The rest is the guest's, whatever it looks like. */
        options->guest.argv = &state->argv[state->next - 1];
        options->guest.path = options->guest.argv[0];
        state->next = state->argc;
        return 0;
    case ARGP_KEY_END:
        if (options->machine == NULL) {
            argp_error(state, "-m MACHINE is needed; `segmmu machines` lists them");
        }
        if (options->guest.path == NULL && options->processes.count == 0) {
            argp_error(state, "a GUEST program is needed");
        }
        if (options->guest.path != NULL && options->processes.count > 0) {
            argp_error(state, "GUEST and --process exclude one another: found `%s` and %u of them",
                       options->guest.path, options->processes.count);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char documentation[] =
    "Run guest programs (static RV32 or i386 ELF), every fetch, load and store translated."
    "\v"
    "Exit status: the guest's own; 139 killed by a translation fault; 124 stopped by "
    "--max-instructions; 130 interrupted; 120 model and RTL disagreed; 125 an error of segmmu's "
    "own, or output of a guest that ended with 0 could not be written; 128 + N killed by signal N "
    "otherwise (141: i386, a pipe that nobody reads). With several processes 0 when all ended with "
    "0, otherwise that of the first --process that did not.\n\n"
    "A disagreement leaves segmmu-run-MACHINE.trace and .fst, its last cycles, and .shrunk.trace "
    "and .shrunk.fst, the same from a small stimulus.\n\n"
    "Examples:\n"
    "  segmmu run -m rv32 sort.elf 1000\n"
    "  segmmu run -m linux-i386 --root . -- busybox sha256sum README.md\n"
    "  segmmu run -m rv32 --engine model --stats stats.json --trace sort.trace sort.elf\n"
    "  segmmu run -m rv32 --process 'sort.elf 1000' --process 'calc.elf 2' --quantum 1000\n"
    "  segmmu run -m rv32 --process a.elf --process b.elf --swap disk --resident 1\n";

static struct supervisor *interruptible;

static void on_interrupt(int number)
{
    (void)number;
    supervisor_interrupt(interruptible);
}

static void handle_interrupts(void (*handler)(int number))
{
    struct sigaction action = {.sa_handler = handler};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static void catch_interrupts(struct supervisor *supervisor)
{
    interruptible = supervisor;
    handle_interrupts(on_interrupt);
}

/* The run is at its end, and a second Ctrl-C has nothing left to interrupt. By now this is the only
 * thread, so that no handler is under way. */
static void ignore_interrupts(void)
{
    handle_interrupts(SIG_IGN);
    interruptible = NULL;
}

/* Files that the run leaves; nothing recorded is lost when one of them fails. */
static bool save(struct run *run, const struct run_report *report, const struct options *options)
{
    struct error error = {""};
    bool is_saved = true;

    if (!run_close_trace(run, &error)) {
        cli_error("%s", error.text);
        is_saved = false;
    }
    if (options->stats_file != NULL &&
        !run_report_save(report, options->stats_file, options->stats, &error)) {
        cli_error("%s", error.text);
        is_saved = false;
    }
    if (options->memory_map_file != NULL &&
        !run_memory_map_save(report, options->memory_map_file, options->processes.memory_map,
                             &error)) {
        cli_error("%s", error.text);
        is_saved = false;
    }
    return is_saved;
}

/* The same addresses are everybody's. */
static void name_process(const struct run *run, const struct supervisor_result *result)
{
    if (result->process_count > 1 && run->last_process < result->process_count) {
        const struct supervisor_process *const process = &result->processes[run->last_process];

        cli_error("%s (%" PRIu32 "): model and RTL disagree while it has the CPU", process->name,
                  process->pid);
    }
}

static void report_disagreement(const struct run *run, const struct supervisor_result *result)
{
    char *prefix = NULL;
    const int length = asprintf(&prefix, "segmmu-run-%s", run->options.machine->name);
    const struct disagreement disagreement = {
        .bench = &run->bench,
        .setup = {.engine = run->bench.engine,
                  .machine = run->bench.machine,
                  .library = run->library},
        .source = &run->source,
        .command = run->options.command,
        .prefix = length < 0 ? NULL : prefix,
        .recording = run->writer,
        .shrink_cycles = DISAGREEMENT_SHRINK_CYCLES,
    };

    name_process(run, result);
    if (run->complaint[0] != '\0') {
        cli_error("%s", run->complaint);
    } else {
        disagreement_report(&disagreement, NULL);
    }
    if (length >= 0) {
        free(prefix);
    }
}

/* One that was killed is reported when it ends, as a shell would. */
static void on_ended(void *context, const struct supervisor_process *process)
{
    const struct options *const options = context;

    if (process->message[0] == '\0') {
        return;
    }
    if (options->run.supervisor.program_count > 1) {
        cli_error("%s (%" PRIu32 "): %s", process->name, process->pid, process->message);
    } else {
        cli_error("%s", process->message);
    }
}

/* A single program that did not fit. */
static bool never_began(const struct supervisor_result *result)
{
    return result->process_count == 1 && result->processes[0].outcome == SUPERVISOR_ERROR &&
           result->instructions == 0;
}

static int run_guests(struct run *run, const struct options *options)
{
    struct supervisor_result result;
    struct run_report report = {
        .machine = run->options.machine,
        .engine = run->options.engine,
        .command = run->options.command,
        .options = &run->options.supervisor,
        .result = &result,
        .bench = run_has_clock(run) ? &run->bench : NULL,
        .latency = run->latency,
        .sheet = run->sheet,
        .log = run->log,
    };

    catch_interrupts(run->supervisor);
    report.disagreements = !run_go(run, &result);
    ignore_interrupts();
    report.exit_status = supervisor_exit_status(&result);
    if (result.message[0] != '\0') {
        cli_error("%s", result.message);
    }
    if (!options->is_quiet && !never_began(&result)) {
        run_report_print(&report, stderr);
        if (result.process_count > 1) {
            run_memory_map_print(&report, cli_colour(stderr), stderr);
        }
    }
    if (report.disagreements > 0) {
        report_disagreement(run, &result);
    }
    if (!save(run, &report, options) && report.disagreements == 0) {
        report.exit_status = RUN_ERROR;
    }
    supervisor_result_free(&result);
    return report.exit_status;
}

/* Nothing that is written is an input or another output. */
static bool check_paths(const struct options *options, struct error *error)
{
    const struct supervisor_options *const supervisor = &options->run.supervisor;
    const struct named_path fixed[] = {
        {options->run.machine->path, "the machine file", false},
        {options->run.trace, "the trace", true},
        {options->stats, "the statistics", true},
        {options->processes.memory_map, "the memory map", true},
        {supervisor->swap_path, "the disk", true},
    };
    const size_t fixed_count = sizeof(fixed) / sizeof(fixed[0]);
    struct named_path *const paths =
        calloc(fixed_count + supervisor->program_count, sizeof(*paths));
    bool differ;

    if (paths == NULL) {
        return error_set(error, "out of memory");
    }
    memcpy(paths, fixed, sizeof(fixed));
    for (unsigned i = 0; i < supervisor->program_count; i++) {
        paths[fixed_count + i] =
            (struct named_path){supervisor->programs[i].path, "the guest program", false};
    }
    differ = output_paths_differ(paths, fixed_count + supervisor->program_count, error);
    free(paths);
    return differ;
}

/* What the user said about processes, to the supervisor. */
static void take_process_options(struct options *options)
{
    const struct process_options *const processes = &options->processes;
    struct supervisor_options *const supervisor = &options->run.supervisor;

    supervisor->programs = processes->count > 0 ? processes->programs : &options->guest;
    supervisor->program_count = processes->count > 0 ? processes->count : 1;
    supervisor->quantum = processes->quantum;
    supervisor->memory = processes->memory;
    supervisor->compact_interval = processes->compact_interval;
    supervisor->swap_path = processes->swap_path;
    supervisor->disk = processes->disk;
    supervisor->resident = processes->resident;
    supervisor->ended = on_ended;
    supervisor->context = options;
}

/* Before the run: a path that cannot be written is told at once. */
static bool open_outputs(struct options *options, struct error *error)
{
    if (options->stats != NULL) {
        options->stats_file = run_output_open(options->stats, "the statistics", error);
        if (options->stats_file == NULL) {
            return false;
        }
    }
    if (options->processes.memory_map != NULL) {
        options->memory_map_file =
            run_output_open(options->processes.memory_map, "the memory map", error);
        if (options->memory_map_file == NULL) {
            return false;
        }
    }
    return true;
}

int cmd_run(int argc, char **argv)
{
    static const struct argp_child children[] = {{&process_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        option_table, parse_option, "GUEST [ARG...]", documentation, children, NULL, NULL};
    char *const command = cli_command_line(argc, argv);
    struct options options = {
        .run = {.engine = ENGINE_LOCKSTEP, .supervisor = {.seed = 1}, .command = command}};
    struct run *const run = calloc(1, sizeof(*run));
    struct machine *machine = NULL;
    struct error error = {"out of memory"};
    int status = RUN_ERROR;

    if (!cli_parse(&argp, argc, argv, ARGP_IN_ORDER, &options)) {
        free(run);
        free(command);
        return RUN_ERROR;
    }
    take_process_options(&options);
    if (run != NULL && command != NULL &&
        (options.run.machine = machine = machine_load(options.machine, &error)) != NULL &&
        check_paths(&options, &error) && run_open(run, &options.run, &error) &&
        open_outputs(&options, &error)) {
        status = run_guests(run, &options);
    } else {
        cli_error("%s", error.text);
    }
    if (run != NULL) {
        run_close(run);
    }
    process_options_free(&options.processes);
    machine_free(machine);
    free(run);
    free(command);
    return status;
}
