/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/replay_job.h"
#include "cli/replay_sandbox.h"
#include "lockstep/sandbox.h"

static int fail(const char *text)
{
    cli_error("%s", text);
    return CLI_ERROR;
}

static int play_in_sandbox(struct replay_job *job, const struct replay_guard *guard, int shared_fd,
                           int argc, char **argv)
{
    const struct replay_sandbox sandbox = {
        .argc = argc,
        .argv = argv,
        .options = &job->options,
        .source = &job->source,
        .guard = guard,
        .shared_fd = shared_fd,
    };
    struct error error;

    return rtl_options_resolve(&job->options.rtl, &job->machine->mmu, true, &job->source, &error)
               ? replay_sandbox_run(&sandbox)
               : fail(error.text);
}

/* RTL runs in a child, which returns as if nothing was, or in the sandbox. */
static int open_and_play(struct replay_job *job, int argc, char **argv)
{
    struct replay_guard guard = {.timeout_seconds = (unsigned)job->options.timeout_seconds,
                                 .command = job->command};
    struct error error;
    int shared_fd, status;

    if (!replay_options_check_outputs(&job->options, &error) ||
        (job->options.rtl.is_sandboxed && !sandbox_check(&error))) {
        return fail(error.text);
    }
    if (!replay_job_open(job)) {
        return CLI_ERROR;
    }
    guard.machine = job->machine;
    guard.shared = job->shared = replay_share(&shared_fd, &error);
    if (job->shared == NULL) {
        return fail(error.text);
    }
    if (job->options.rtl.is_sandboxed) {
        return play_in_sandbox(job, &guard, shared_fd, argc, argv);
    }
    status = replay_runs_rtl(&job->options) ? replay_guard(&guard) : -1;
    return status >= 0 ? status : replay_job_play(job, true);
}

int cmd_replay(int argc, char **argv)
{
    static struct replay_job job;

    if (!replay_options_parse(argc, argv, &job.options)) {
        return CLI_ERROR;
    }
    job.command = cli_command_line(argc, argv);
    return replay_job_end(&job, job.command != NULL ? open_and_play(&job, argc, argv)
                                                    : fail("out of memory"));
}

int cmd_replay_worker(int argc, char **argv)
{
    static char name[] = "segmmu replay";
    static struct replay_job job;
    struct replay_worker worker;
    int status = CLI_ERROR;

    if (argc <= REPLAY_WORKER_ARGUMENTS) {
        cli_error("replay-worker is started by `segmmu replay` only");
        return CLI_ERROR;
    }
    if (!replay_worker_begin(&worker, argv + 1)) {
        return CLI_ERROR;
    }
    argc -= REPLAY_WORKER_ARGUMENTS;
    argv += REPLAY_WORKER_ARGUMENTS;
    argv[0] = name;
    if (!replay_options_parse(argc, argv, &job.options)) {
        return CLI_ERROR;
    }
    job.options.rtl.is_sandboxed = false; /* it is, already */
    job.shared = worker.shared;
    job.builder = &worker.builder;
    job.command = cli_command_line(argc, argv);
    if (job.command == NULL || !replay_worker_redirect(&worker, &job.options)) {
        status = fail("out of memory");
    } else if (replay_job_open(&job)) {
        status = replay_job_play(&job, false);
    }
    return replay_job_end(&job, status);
}
