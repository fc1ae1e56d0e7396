/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/mutate.h"
#include "cli/mutate_options.h"
#include "cli/output_paths.h"
#include "cli/work_directory.h"
#include "lockstep/dut_job.h"
#include "lockstep/dut_spawn.h"
#include "lockstep/sandbox.h"

/* --- signals --- */

static volatile sig_atomic_t is_interrupted;

void mutate_interrupt(void)
{
    is_interrupted = 1;
}

bool mutate_is_interrupted(void)
{
    return is_interrupted != 0;
}

static void on_signal(int signal)
{
    (void)signal;
    mutate_interrupt();
}

/* A second signal kills, as it does any program. */
static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* --- the steps --- */

static int disagreement_of_unmutated(const struct mutation *mutation)
{
    const struct mutant_result *const result = &mutation->results[0];

    cli_error("the RTL as it is, flattened by Yosys, disagrees with the model in cycle %" PRIu64
              " (%s%s%s): no mutant can be judged; see what `segmmu check` says of it",
              result->cycles > 0 ? result->cycles - 1 : 0,
              result->fate == MUTANT_DISAGREED ? result->field : mutant_fate_name(result->fate),
              result->fate == MUTANT_DISAGREED ? ", " : ": ",
              result->fate == MUTANT_DISAGREED ? result->rule : result->reason);
    return CLI_DISAGREED;
}

static int status_of(const struct mutation *mutation)
{
    for (size_t number = 1; number <= mutation->design.mutants.count; number++) {
        const enum mutant_verdict verdict = mutant_verdict_of(mutation, number);

        if (verdict == MUTANT_NOT_EQUIVALENT || verdict == MUTANT_UNDECIDED) {
            return CLI_DISAGREED;
        }
    }
    return CLI_AGREED;
}

static bool write_file(const char *path, const struct mutation *mutation,
                       bool (*write)(const char *, const struct mutation *, struct error *))
{
    struct error error;

    if (path == NULL || write(path, mutation, &error)) {
        return true;
    }
    cli_error("%s", error.text);
    return false;
}

static bool write_in(const char *directory, const char *name, const struct mutation *mutation,
                     bool (*write)(const char *, const struct mutation *, struct error *))
{
    char *const path = string_format("%s/%s", directory, name);
    const bool is_written = path != NULL && write_file(path, mutation, write);

    free(path);
    return is_written;
}

static int report(const struct mutate_options *options, const struct mutation *mutation)
{
    bool is_written = true;

    mutate_print(mutation);
    is_written = write_file(options->json, mutation, mutate_write_json) && is_written;
    is_written = write_file(options->csv, mutation, mutate_write_csv) && is_written;
    if (options->out != NULL) {
        is_written =
            write_in(options->out, "results.json", mutation, mutate_write_json) && is_written;
        is_written =
            write_in(options->out, "results.csv", mutation, mutate_write_csv) && is_written;
    }
    return is_written ? status_of(mutation) : CLI_ERROR;
}

/* In a directory that exists. */
static int run(const struct mutate_options *options, const struct dut_source *source,
               struct mutation *mutation, const char *directory)
{
    const struct mutate_judge judge = {
        .workers = {.jobs = (unsigned)options->jobs,
                    .timeout_seconds = (unsigned)options->timeout_seconds,
                    .is_sandboxed = options->rtl.is_sandboxed},
        .proofs = {.directory = directory,
                   .jobs = (unsigned)options->jobs,
                   .timeout_seconds = (unsigned)options->equivalence_seconds},
    };
    struct error error = {{0}};

    if (!mutated_design_make(&mutation->design, source, directory, (unsigned)options->count,
                             (unsigned)options->seed, &error) ||
        !mutate_judge_all(&judge, mutation, &error)) {
        cli_error("%s", error.text);
        return CLI_ERROR;
    }
    if (mutate_is_interrupted()) {
        cli_error("interrupted: nothing is said of mutants that were not run");
        return CLI_ERROR;
    }
    if (mutation->results[0].fate != MUTANT_SURVIVED) {
        return disagreement_of_unmutated(mutation);
    }
    return report(options, mutation);
}

/* --- the command --- */

/* Said before the run, not after it. */
static bool is_ready(const struct mutate_options *options, struct error *error)
{
    const struct named_path outputs[] = {
        {options->json, "the results as JSON", true},
        {options->csv, "the results as CSV", true},
    };
    const unsigned count = sizeof(outputs) / sizeof(outputs[0]);

    if (!spawn_finds("verilator_bin")) {
        return dut_tool_missing("verilator", error);
    }
    if (!spawn_finds("yosys")) {
        return error_set(error, "yosys is not installed; install it with: apt-get install yosys");
    }
    return output_paths_differ(outputs, count, error) &&
           output_paths_writable(outputs, count, error) &&
           (!options->rtl.is_sandboxed || sandbox_check(error));
}

static bool make_mutation(struct mutate_options *options, struct mutation *mutation,
                          struct dut_source *source, struct error *error)
{
    struct machine *const machine = machine_load(options->machine, error);

    *mutation = (struct mutation){.machine = machine, .wanted = (size_t)options->count};
    if (machine == NULL) {
        return false;
    }
    mutation->command = mutate_repeat_command(options);
    if (mutation->command == NULL) {
        return error_set(error, "out of memory");
    }
    if (!rtl_options_resolve(&options->rtl, &machine->mmu, true, source, error)) {
        return false;
    }
    mutation->trial = (struct mutant_trial){
        .config = machine->mmu,
        .seed = options->seed,
        .cycles = options->cycles,
        .response_timeout_cycles =
            options->is_by_transactions ? options->response_timeout_cycles : 0,
    };
    if (source->limits != NULL) {
        mutation->trial.limits = *source->limits;
    } else {
        input_limits_init(&mutation->trial.limits);
    }
    return true;
}

static void end_mutation(struct mutation *mutation)
{
    mutated_design_free(&mutation->design);
    free(mutation->results);
    free(mutation->proofs);
    free(mutation->command);
    machine_free((struct machine *)mutation->machine);
}

int cmd_mutate(int argc, char **argv)
{
    struct mutate_options options;
    struct mutation mutation = {0};
    struct dut_source source;
    struct error error;
    char *directory = NULL;
    int status = CLI_ERROR;

    if (!mutate_parse(argc, argv, &options)) {
        return CLI_ERROR;
    }
    catch_signals();
    if (is_ready(&options, &error) && make_mutation(&options, &mutation, &source, &error) &&
        (directory = work_directory_make(options.out, "mutate", &error)) != NULL) {
        printf("machine %s, seed %" PRIu64 "; to repeat: %s\n", mutation.machine->name,
               options.seed, mutation.command);
        fflush(stdout);
        status = run(&options, &source, &mutation, directory);
    } else {
        cli_error("%s", error.text);
    }
    work_directory_end(directory, options.out != NULL);
    end_mutation(&mutation);
    rtl_options_free(&options.rtl);
    return status;
}
