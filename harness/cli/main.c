/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/json_output.h"

#ifndef SEGMMU_VERSION
#error "the build defines SEGMMU_VERSION"
#endif

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
    int error_status; /* of a usage error */
};

/* `run` ends with its guest's status, so its own errors have one that few guests use. */
enum { RUN_ERROR = 125 };

static const struct command commands[] = {
    {"run", cmd_run, "run a guest program with every access translated and checked", RUN_ERROR},
    {"translate", cmd_translate, "translate addresses, and explain how", CLI_ERROR},
    {"check", cmd_check, "drive model and RTL with generated stimulus, and compare", CLI_ERROR},
    {"check-worker", cmd_check_worker, NULL, CLI_ERROR}, /* not for people */
    {"mutate", cmd_mutate, "change the RTL in many small ways: would check find out?", CLI_ERROR},
    {"mutate-worker", cmd_mutate_worker, NULL, CLI_ERROR}, /* not for people */
    {"prove", cmd_prove, "prove for all inputs and all time that model and RTL are equal",
     CLI_ERROR},
    {"replay", cmd_replay, "run a recorded trace again, and compare", CLI_ERROR},
    {"replay-worker", cmd_replay_worker, NULL, CLI_ERROR}, /* not for people */
    {"trace", cmd_trace, "show what is in a trace, or make one of a log", CLI_ERROR},
    {"coverage", cmd_coverage, "merge and show what runs of check have covered", CLI_ERROR},
    {"machines", cmd_machines, "list the machine files that come with segmmu", CLI_ERROR},
    {"alloc", cmd_alloc, "allocate and free memory: free list or buddy, by a script", CLI_ERROR},
    {"bench", cmd_bench, "measure speed, as ratios to limits measured in the same run", CLI_ERROR},
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *stream)
{
    fprintf(stream,
            "Usage: segmmu COMMAND [OPTION...]\n"
            "A hardware MMU model for emulators: base and bounds, and segment registers.\n\n");
    for (unsigned i = 0; i < COMMANDS; i++) {
        if (commands[i].summary != NULL) {
            fprintf(stream, "  %-10s %s\n", commands[i].name, commands[i].summary);
        }
    }
    fprintf(stream, "\nTry these:\n"
                    "  segmmu machines\n"
                    "  segmmu translate -m ostep16 0x3c00\n"
                    "  segmmu check -m ostep16\n"
                    "`segmmu COMMAND --help` tells more of each.\n");
}

static const struct command *find_command(const char *name)
{
    for (unsigned i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

static int error_status = CLI_ERROR; /* of the command that runs */

/* Runs after argp's own exit (--help) too, so that help into a full disk is no success. */
static void flush_at_exit(void)
{
    if (!cli_flush()) {
        _Exit(error_status);
    }
}

static int run_command(const struct command *command, int argc, char **argv)
{
    char name[32];
    int status;

    snprintf(name, sizeof(name), "segmmu %s", command->name);
    argv[0] = name;
    error_status = argp_err_exit_status = command->error_status;
    status = command->run(argc, argv);
    /* Output that could not be written is an error, whatever the command found out. */
    if (!cli_flush() && status == 0) {
        status = error_status;
    }
    return status;
}

/* Descriptors 0 to 2 are taken before any file of ours is opened: what is written to a closed
 * standard output must not end up in a trace. Those that were closed fail when they are used. */
static bool take_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    const struct command *command;

    if (!take_standard_descriptors()) {
        return CLI_ERROR;
    }
    /* A closed pipe, or a file that grows past a limit, is an error that is reported, no death. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    atexit(flush_at_exit);
    json_output_init();
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        printf("segmmu %s\n", SEGMMU_VERSION);
        return 0;
    }
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
                      (strcmp(argv[1], "help") == 0 && argc == 2))) {
        print_help(stdout);
        return 0;
    }
    if (argc >= 3 && strcmp(argv[1], "help") == 0) {
        char *help_arguments[] = {argv[0], "--help", NULL};

        command = find_command(argv[2]);
        if (command != NULL) {
            return run_command(command, 2, help_arguments);
        }
        argv++;
        argc--;
    }
    if (argc < 2) {
        print_help(stderr);
        return CLI_ERROR;
    }
    command = find_command(argv[1]);
    if (command == NULL) {
        cli_error("no command `%s`; `segmmu --help` lists them", argv[1]);
        return CLI_ERROR;
    }
    return run_command(command, argc - 1, argv + 1);
}
