/* SPDX-License-Identifier: MIT */
#include "cli/replay_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/number.h"
#include "cli/check_scratch.h"
#include "cli/cli.h"
#include "lockstep/sandbox.h"

/* Names in the scratch directory. */
#define SCRATCH_COVERAGE "coverage"
#define SCRATCH_SAVE "save"

/* --- outside: the command --- */

static bool make_command(struct strings *argv, const struct replay_sandbox *sandbox,
                         const char *scratch, int builder_fd, struct error *error)
{
    char path[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    char *const program = length > 0 ? string_format("%.*s", (int)length, path) : NULL;
    bool is_made = false;

    sandbox_begin(argv);
    sandbox_add_temporary(argv);
    if (program == NULL) {
        error_set(error, "/proc/self/exe: %s", strerror(errno));
    } else if (!sandbox_add_writable(argv, scratch)) {
        error_set(error, "%s: %s", scratch, strerror(errno));
    } else if (getcwd(path, sizeof(path)) == NULL) {
        error_set(error, "the current directory: %s", strerror(errno));
    } else {
        sandbox_end(argv, path);
        strings_add(argv, "%s", program);
        strings_add(argv, "replay-worker");
        strings_add(argv, "%d", sandbox->shared_fd);
        strings_add(argv, "%d", builder_fd);
        strings_add(argv, "%s", scratch);
        for (int i = 1; i < sandbox->argc; i++) {
            strings_add(argv, "%s", sandbox->argv[i]);
        }
        is_made = !argv->is_short || error_set(error, "out of memory");
    }
    free(program);
    return is_made;
}

_Noreturn static void become_worker(char *const *argv, int shared_fd, int builder_fd, pid_t parent)
{
    const int null_fd = open("/dev/null", O_RDONLY);

    /* A terminal's SIGINT is the parent's alone, who cleans up. */
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && null_fd >= 0 && dup2(null_fd, STDIN_FILENO) >= 0 &&
        fcntl(shared_fd, F_SETFD, 0) == 0 && fcntl(builder_fd, F_SETFD, 0) == 0) {
        execvp(argv[0], argv);
        cli_error("%s: %s", argv[0], strerror(errno));
    }
    _exit(CLI_ERROR);
}

static pid_t start(const struct replay_sandbox *sandbox, const char *scratch,
                   struct check_builder *builder, struct error *error)
{
    const pid_t parent = getpid();
    struct strings argv = {0};
    pid_t pid = -1;

    if (make_command(&argv, sandbox, scratch, builder->worker_fd, error)) {
        fflush(stdout);
        pid = fork();
        if (pid == 0) {
            become_worker(argv.items, sandbox->shared_fd, builder->worker_fd, parent);
        }
        if (pid < 0) {
            error_set(error, "the replay cannot be started: %s", strerror(errno));
        }
        close(builder->worker_fd);
        builder->worker_fd = -1;
    }
    strings_free(&argv);
    return pid;
}

/* --- outside: the files --- */

/* False, after saying so, when something that was asked for could not be written. What is left of a
 * disagreement takes nothing else along. */
static bool keep_files(const struct replay_options *options, const char *scratch)
{
    static const char *const suffixes[] = {REPLAY_SAVE_SUFFIXES};
    struct error error;
    bool is_kept = true;

    if (options->coverage != NULL &&
        !check_scratch_copy(scratch, SCRATCH_COVERAGE, options->coverage, &error)) {
        cli_error("%s", error.text);
        is_kept = false;
    }
    for (unsigned i = 0; options->save != NULL && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        char *const name = string_format(SCRATCH_SAVE ".%s", suffixes[i]);
        char *const path = string_format("%s.%s", options->save, suffixes[i]);

        if (name == NULL || path == NULL) {
            cli_error("out of memory");
        } else if (!check_scratch_copy(scratch, name, path, &error)) {
            cli_error("%s", error.text);
        }
        free(name);
        free(path);
    }
    return is_kept;
}

int replay_sandbox_run(const struct replay_sandbox *sandbox)
{
    struct check_builder builder = check_builder_none;
    struct error error;
    char *const scratch = check_scratch_make(&error);
    int status = CLI_ERROR;
    pid_t pid = -1;

    if (scratch != NULL && check_builder_begin(&builder, &error)) {
        pid = start(sandbox, scratch, &builder, &error);
    }
    if (pid > 0) {
        status = replay_guard_sandbox(sandbox->guard, pid, &builder, sandbox->source);
        status = keep_files(sandbox->options, scratch) ? status : CLI_ERROR;
    } else {
        cli_error("%s", error.text);
    }
    check_builder_end(&builder);
    if (scratch != NULL) {
        check_scratch_remove(scratch);
    }
    free(scratch);
    return status;
}

/* --- inside --- */

/* Beyond exec it is nobody's. */
static bool take_descriptor(const char *text, int *fd)
{
    uint64_t value;

    if (!number_parse(text, &value) || value > INT_MAX) {
        return false;
    }
    *fd = (int)value;
    return fcntl(*fd, F_SETFD, FD_CLOEXEC) == 0;
}

bool replay_worker_begin(struct replay_worker *worker, char **arguments)
{
    int shared_fd;

    *worker = (struct replay_worker){.scratch = arguments[2]};
    if (take_descriptor(arguments[0], &shared_fd) &&
        take_descriptor(arguments[1], &worker->builder_fd)) {
        worker->builder =
            (struct dut_builder){.build = check_builder_ask, .context = &worker->builder_fd};
        worker->shared = replay_share_again(shared_fd);
        close(shared_fd);
    }
    if (worker->shared == NULL) {
        cli_error("replay-worker is started by `segmmu replay` only");
        return false;
    }
    worker->shared->phase = REPLAY_BUILDING;
    return true;
}

bool replay_worker_redirect(const struct replay_worker *worker, struct replay_options *options)
{
    if (options->coverage != NULL) {
        options->coverage = string_format("%s/" SCRATCH_COVERAGE, worker->scratch);
        if (options->coverage == NULL) {
            return false;
        }
    }
    if (options->save != NULL) {
        options->shown_save = options->save;
        options->save = string_format("%s/" SCRATCH_SAVE, worker->scratch);
        if (options->save == NULL) {
            return false;
        }
    }
    return true;
}
