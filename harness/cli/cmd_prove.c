/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/progress.h"
#include "cli/cli.h"
#include "cli/prove.h"
#include "cli/prove_options.h"
#include "cli/work_directory.h"
#include "lockstep/sandbox.h"

/* A signal ends what runs now, which says that it was interrupted; then the directory goes. A
 * second one kills. */
static void on_signal(int signal)
{
    (void)signal;
}

static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static bool is_ready(const struct prove_options *options, struct error *error)
{
    static const struct {
        const char *program, *package;
    } tools[] = {{"yosys", "yosys"}, {"python3", "python3"}, {"gcc", "gcc"}};

    for (unsigned i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
        if (!spawn_finds(tools[i].program)) {
            return error_set(error, "%s is not installed; install it with: apt-get install %s",
                             tools[i].program, tools[i].package);
        }
    }
    return !options->rtl.is_sandboxed || sandbox_check(error);
}

/* --- one machine --- */

static bool prove_in(struct prove_options *options, const struct cbmc *cbmc, const char *directory,
                     struct proved_machine *proved, struct error *error)
{
    /* Of the RTL, for this machine; its parts are the options'. */
    struct rtl_options rtl = {.files = options->rtl.files,
                              .defines = options->rtl.defines,
                              .parameters = options->rtl.parameters,
                              .top = options->rtl.top,
                              .ports = options->rtl.ports,
                              .is_sandboxed = options->rtl.is_sandboxed};
    struct dut_source source;
    bool is_done;

    if (mkdir(directory, 0777) != 0) {
        return error_set(error, "%s: %s", directory, strerror(errno));
    }
    is_done = rtl_options_resolve(&rtl, &proved->machine->mmu, true, &source, error);
    if (is_done) {
        proved->proof = (struct proof){
            .source = &source,
            .cbmc = cbmc,
            .directory = directory,
            .timeout_seconds = (unsigned)options->timeout_seconds,
            .jobs = (unsigned)options->jobs,
        };
        is_done = proof_run(&proved->proof, error);
        for (size_t i = 1; i < proved->proof.refusals.count; i++) {
            cli_error("%s", proved->proof.refusals.items[i - 1]);
        }
        proved->proof.source = NULL;
    }
    strings_free(&rtl.words);
    dut_adapter_free(&rtl.adapter);
    return is_done;
}

static bool prove_one(struct prove_options *options, const struct cbmc *cbmc, const char *parent,
                      struct proved_machine *proved, struct error *error)
{
    char *const directory = string_format("%s/%s", parent, proved->machine->name);
    const bool is_done = directory != NULL ? prove_in(options, cbmc, directory, proved, error)
                                           : error_set(error, "out of memory");

    proved->proof.directory = NULL;
    free(directory);
    return is_done;
}

/* --- all of them --- */

static int status_of(const struct proved_machine *machines, size_t count)
{
    bool has[PROOF_VERDICTS] = {false};

    for (size_t i = 0; i < count * PROPERTIES; i++) {
        has[machines[i / PROPERTIES].proof.results[i % PROPERTIES].verdict] = true;
    }
    return has[PROOF_REFUTED]     ? CLI_DISAGREED
           : has[PROOF_UNDECIDED] ? PROVE_UNDECIDED
           : has[PROOF_NOT_RUN]   ? PROVE_NOT_RUN
                                  : CLI_AGREED;
}

static void print_summary(const struct proved_machine *machines, size_t count)
{
    unsigned counts[PROOF_VERDICTS] = {0};
    double seconds = 0;

    for (size_t i = 0; i < count; i++) {
        seconds += machines[i].proof.seconds;
        for (unsigned property = 0; property < PROPERTIES; property++) {
            counts[machines[i].proof.results[property].verdict]++;
        }
    }
    printf("%zu machine%s, %zu propert%s:", count, count == 1 ? "" : "s", count * PROPERTIES,
           count * PROPERTIES == 1 ? "y" : "ies");
    for (unsigned verdict = 0; verdict < PROOF_VERDICTS; verdict++) {
        if (counts[verdict] > 0 || verdict == PROOF_PROVED) {
            printf(" %u %s,", counts[verdict], proof_verdict_name((enum proof_verdict)verdict));
        }
    }
    printf(" in %.1f s\n", seconds);
}

static int report(const struct prove_options *options, const struct proved_machine *machines,
                  size_t count)
{
    struct error error;
    bool is_written = true;

    print_summary(machines, count);
    if (options->json != NULL && !prove_write_json(options->json, machines, count, &error)) {
        cli_error("%s", error.text);
        is_written = false;
    }
    if (options->junit != NULL && !prove_write_junit(options->junit, machines, count, &error)) {
        cli_error("%s", error.text);
        is_written = false;
    }
    return is_written ? status_of(machines, count) : CLI_ERROR;
}

static bool prove_all(struct prove_options *options, const char *directory,
                      struct proved_machine *machines, struct error *error)
{
    const size_t count = options->machines.count;
    struct cbmc cbmc;
    struct progress progress;
    bool is_done = cbmc_find(&cbmc, error);

    if (is_done && cbmc.reason != NULL) {
        cli_error("%s", cbmc.reason);
    }
    progress_start(&progress, "prove", "machines", count);
    for (size_t i = 0; is_done && i < count; i++) {
        progress_update(&progress, i);
        is_done = prove_one(options, &cbmc, directory, &machines[i], error);
        progress_end(&progress);
        if (is_done) {
            prove_print(&machines[i]);
        }
    }
    cbmc_free(&cbmc);
    return is_done;
}

static bool load_machines(const struct prove_options *options, struct proved_machine *machines,
                          struct error *error)
{
    for (size_t i = 0; i < options->machines.count; i++) {
        machines[i].machine = machine_load(options->machines.items[i], error);
        if (machines[i].machine == NULL) {
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(machines[i].machine->name, machines[j].machine->name) == 0) {
                return error_set(error, "machine %s: found it twice, expected it once",
                                 machines[i].machine->name);
            }
        }
    }
    return true;
}

int cmd_prove(int argc, char **argv)
{
    struct prove_options options;
    struct proved_machine *machines;
    struct error error = {""};
    char *directory = NULL;
    size_t count;
    int status = CLI_ERROR;

    if (!prove_parse(argc, argv, &options)) {
        return CLI_ERROR;
    }
    count = options.machines.count;
    machines = calloc(count, sizeof(*machines));
    catch_signals();
    if (machines == NULL || options.machines.is_short) {
        cli_error("out of memory");
    } else if (is_ready(&options, &error) && load_machines(&options, machines, &error) &&
               (directory = work_directory_make(options.out, "prove", &error)) != NULL &&
               prove_all(&options, directory, machines, &error)) {
        status = report(&options, machines, count);
    } else {
        cli_error("%s", error.text);
    }
    work_directory_end(directory, options.out != NULL);
    for (size_t i = 0; machines != NULL && i < count; i++) {
        proof_free(&machines[i].proof);
        machine_free(machines[i].machine);
    }
    free(machines);
    prove_options_free(&options);
    return status;
}
