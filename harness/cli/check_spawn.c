/* SPDX-License-Identifier: MIT */
/* Starting a worker: shared memory, pipe, sandbox, exec. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/check_scratch.h"
#include "cli/check_worker.h"
#include "lockstep/dut_strings.h"
#include "lockstep/sandbox.h"

/* --- the command --- */

/* The file of --trace exists before it is bound, so that it is the only one that can be written. A
 * device, such as a terminal, stays one. */
static bool add_trace(struct strings *argv, const char *trace_path, struct error *error)
{
    char path[PATH_MAX];
    const int fd = open(trace_path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);

    if (fd >= 0) {
        close(fd);
    }
    if ((fd < 0 && errno != ENXIO) || realpath(trace_path, path) == NULL) {
        return error_set(error, "%s: cannot be written: %s", trace_path, strerror(errno));
    }
    strings_add(argv, "--dev-bind");
    strings_add(argv, "%s", path);
    strings_add(argv, "%s", path);
    return true;
}

static bool add_sandbox(struct strings *argv, const struct check_worker_start *start,
                        const char *scratch, bool is_recording, struct error *error)
{
    char path[PATH_MAX];

    sandbox_begin(argv);
    sandbox_add_temporary(argv);
    if (!sandbox_add_writable(argv, scratch)) {
        return error_set(error, "%s: %s", scratch, strerror(errno));
    }
    if (is_recording && !add_trace(argv, start->check->trace_path, error)) {
        return false;
    }
    if (getcwd(path, sizeof(path)) == NULL) {
        return error_set(error, "the current directory: %s", strerror(errno));
    }
    sandbox_end(argv, path);
    return true;
}

static bool make_command(struct strings *argv, const struct check_worker_start *start,
                         const struct check_worker *worker, int pass_fd, const char *directory,
                         bool is_recording, struct error *error)
{
    char program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

    if (length < 0) {
        return error_set(error, "/proc/self/exe: %s", strerror(errno));
    }
    program[length] = '\0';
    if (start->is_sandboxed && !add_sandbox(argv, start, directory, is_recording, error)) {
        return false;
    }
    strings_add(argv, "%s", program);
    strings_add(argv, "check-worker");
    strings_add(argv, "%d", pass_fd);
    strings_add(argv, "%d", worker->result_fd);
    if (start->is_sandboxed) {
        strings_add(argv, "%d", worker->builder.worker_fd);
    } else {
        strings_add(argv, "%s", "");
    }
    strings_add(argv, "%s", directory);
    for (int i = 1; i < start->argc; i++) {
        strings_add(argv, "%s", start->argv[i]);
    }
    return !argv->is_short || error_set(error, "out of memory");
}

/* --- the process --- */

_Noreturn static void become_worker(char *const *argv, const struct check_worker *worker,
                                    int pass_fd, int said_fd, pid_t parent)
{
    const int null_fd = open("/dev/null", O_RDONLY);

    /* A terminal's SIGINT is the parent's alone: it tells its workers. */
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && null_fd >= 0 && dup2(null_fd, STDIN_FILENO) >= 0 &&
        dup2(said_fd, STDOUT_FILENO) >= 0 && dup2(said_fd, STDERR_FILENO) >= 0 &&
        fcntl(pass_fd, F_SETFD, 0) == 0 && fcntl(worker->result_fd, F_SETFD, 0) == 0 &&
        (worker->rtl_coverage_fd < 0 || fcntl(worker->rtl_coverage_fd, F_SETFD, 0) == 0) &&
        (worker->builder.worker_fd < 0 || fcntl(worker->builder.worker_fd, F_SETFD, 0) == 0)) {
        execvp(argv[0], argv);
        dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
    }
    _exit(CHECK_WORKER_ARGUMENTS);
}

static bool fork_worker(struct check_worker *worker, const struct strings *argv, int pass_fd,
                        struct error *error)
{
    const pid_t parent = getpid();
    int said[2];

    if (pipe2(said, O_CLOEXEC) != 0) {
        return error_set(error, "a worker cannot be started: %s", strerror(errno));
    }
    fcntl(said[0], F_SETFL, O_NONBLOCK);
    worker->said_fd = said[0];
    worker->pid = fork();
    if (worker->pid == 0) {
        become_worker(argv->items, worker, pass_fd, said[1], parent);
    }
    close(said[1]);
    if (worker->builder.worker_fd >= 0) {
        close(worker->builder.worker_fd);
        worker->builder.worker_fd = -1;
    }
    if (worker->pid < 0) {
        return error_set(error, "a worker cannot be started: %s", strerror(errno));
    }
    worker->pid_fd = pidfd_open(worker->pid, 0); /* -1: poll ignores it */
    return true;
}

/* A file in memory, of `size` zeros; -1 with errno. */
static int memory_file(size_t size)
{
    const int fd = memfd_create("segmmu-check", MFD_CLOEXEC);

    if (fd >= 0 && ftruncate(fd, (off_t)size) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool start_worker(struct check_worker *worker, const struct check_worker_start *start,
                         const struct check_pass *pass, int pass_fd, struct error *error)
{
    const bool is_recording = start->check->trace_path != NULL && pass->kind == CHECK_COMPARE &&
                              pass->variant == DUT_FAST;
    const char *directory = start->check->directory;
    struct strings argv = {0};
    bool is_started;

    worker->pass =
        mmap(NULL, sizeof(*worker->pass), PROT_READ | PROT_WRITE, MAP_SHARED, pass_fd, 0);
    if (worker->pass == MAP_FAILED) {
        worker->pass = NULL;
        return error_set(error, "no memory for a worker: %s", strerror(errno));
    }
    memcpy(worker->pass, pass, sizeof(*pass));
    worker->pass->rtl_coverage_fd = worker->rtl_coverage_fd;
    if (start->is_sandboxed) {
        worker->scratch = check_scratch_make(error);
        worker->directory = directory;
        directory = worker->scratch;
        if (directory == NULL || !check_builder_begin(&worker->builder, error)) {
            return false;
        }
    }
    directory = directory != NULL ? directory : "";
    is_started = make_command(&argv, start, worker, pass_fd, directory, is_recording, error) &&
                 fork_worker(worker, &argv, pass_fd, error);
    strings_free(&argv);
    return is_started;
}

bool check_worker_start(struct check_worker *worker, const struct check_worker_start *start,
                        const struct check_pass *pass, struct error *error)
{
    const int pass_fd = memory_file(sizeof(*pass));
    bool is_started = false;

    *worker = check_worker_none;
    worker->result_fd = memory_file(0);
    worker->rtl_coverage_fd = pass->variant == DUT_COVERAGE ? memory_file(0) : -1;
    if (pass_fd < 0 || worker->result_fd < 0 ||
        (pass->variant == DUT_COVERAGE && worker->rtl_coverage_fd < 0)) {
        error_set(error, "no memory for a worker: %s", strerror(errno));
    } else {
        is_started = start_worker(worker, start, pass, pass_fd, error);
    }
    if (pass_fd >= 0) {
        close(pass_fd);
    }
    if (!is_started) {
        check_worker_end(worker, NULL);
    }
    return is_started;
}

/* --- its end --- */

bool check_worker_end(struct check_worker *worker, struct error *error)
{
    bool is_moved = true;

    if (worker->said_fd >= 0) {
        close(worker->said_fd);
    }
    if (worker->pid_fd >= 0) {
        close(worker->pid_fd);
    }
    if (worker->result_fd >= 0) {
        close(worker->result_fd);
    }
    if (worker->rtl_coverage_fd >= 0) {
        close(worker->rtl_coverage_fd);
    }
    if (worker->pass != NULL) {
        munmap(worker->pass, sizeof(*worker->pass));
    }
    if (worker->scratch != NULL) {
        is_moved = check_scratch_end(worker->scratch, worker->directory, error);
        free(worker->scratch);
    }
    check_builder_end(&worker->builder);
    *worker = check_worker_none;
    return is_moved;
}
