/* SPDX-License-Identifier: MIT */
#include "cli/replay_guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/lost_dut.h"
#include "lockstep/sandbox.h"
#include "sink/mismatch.h"

enum { POLL_MILLISECONDS = 100, REPORT_SECONDS = 600, SHRINK_SECONDS = 60 };

struct replay_shared *replay_share_again(int fd)
{
    struct replay_shared *const shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    return shared != MAP_FAILED ? shared : NULL;
}

struct replay_shared *replay_share(int *fd, struct error *error)
{
    struct replay_shared *shared = NULL;

    *fd = memfd_create("segmmu-replay", MFD_CLOEXEC);
    if (*fd >= 0 && ftruncate(*fd, sizeof(*shared)) == 0) {
        shared = replay_share_again(*fd);
    }
    if (shared == NULL) {
        error_set(error, "no memory for the replay: %s", strerror(errno));
    }
    return shared;
}

/* --- watching --- */

/* What is watched. */
struct watch {
    const struct replay_guard *guard;
    pid_t pid;
    int status;                    /* once it has ended */
    unsigned hung_seconds;         /* nonzero: it was ended, since it hung for so long */
    struct check_builder *builder; /* NULL: it builds itself */
    const struct dut_source *source;
};

static volatile sig_atomic_t is_interrupted;

static void on_signal(int signal)
{
    (void)signal;
    is_interrupted = 1;
}

/* How long it may stand still, in seconds; 0: for ever, since tools have time limits of their own.
 */
static unsigned patience(enum replay_phase phase, unsigned timeout_seconds)
{
    switch (phase) {
    case REPLAY_CLOCKING:
        return timeout_seconds;
    case REPLAY_REPORTING:
        return REPORT_SECONDS;
    case REPLAY_SHRINKING:
        return SHRINK_SECONDS;
    default:
        return 0;
    }
}

static void stop(struct watch *watch)
{
    kill(watch->pid, SIGKILL);
    waitpid(watch->pid, &watch->status, 0);
}

/* Until something happens, or it is time to look. */
static void wait_for_it(struct watch *watch, int ended_fd)
{
    struct pollfd files[] = {
        {.fd = ended_fd, .events = POLLIN},
        {.fd = watch->builder != NULL ? check_builder_poll_fd(watch->builder) : -1,
         .events = POLLIN},
    };

    poll(files, sizeof(files) / sizeof(files[0]), POLL_MILLISECONDS);
    if (watch->builder != NULL) {
        check_builder_attend(watch->builder, watch->source);
    }
}

/* Waits for the child, and ends it when it hangs or a signal says so. */
static void watch_child(struct watch *watch)
{
    const struct replay_shared *const shared = watch->guard->shared;
    const int ended_fd = pidfd_open(watch->pid, 0);
    uint64_t last = 0;
    unsigned still = 0; /* times that nothing had changed */

    while (waitpid(watch->pid, &watch->status, WNOHANG) == 0) {
        const enum replay_phase phase = shared->phase;
        const unsigned limit = patience(phase, watch->guard->timeout_seconds);
        const uint64_t now =
            *(const volatile uint64_t *)&shared->bench.cycle + shared->pulse + (uint64_t)phase;

        still = now != last ? 0 : still + 1;
        last = now;
        if (is_interrupted) {
            stop(watch);
            break;
        }
        if (limit > 0 && still > limit * (1000 / POLL_MILLISECONDS)) {
            stop(watch);
            watch->hung_seconds = limit;
            break;
        }
        wait_for_it(watch, ended_fd);
    }
    close(ended_fd);
}

/* --- what came of it --- */

static int show_lost(const struct replay_guard *guard, const struct lost_reason *reason)
{
    const struct replay_shared *const shared = guard->shared;
    const struct lost_setup setup = {.machine = guard->machine,
                                     .by_transactions = shared->bench.transaction != NULL,
                                     .max_cycle = INT64_MAX};
    struct testbench *const bench = malloc(sizeof(*bench));

    if (bench == NULL) {
        cli_error("out of memory");
        return CLI_DISAGREED;
    }
    lost_bench_copy(bench, &shared->bench, &shared->in, &setup, reason);
    mismatch_print(stderr, bench, guard->command);
    free(bench);
    return CLI_DISAGREED;
}

/* A second disagreement, while the first was made small or written down. */
static int say_lost(const struct lost_reason *reason)
{
    cli_error("not made small, or not written: with that the RTL %s",
              reason->timeout_seconds > 0 ? "does not come back" : "crashes");
    return CLI_DISAGREED;
}

/* The exit status, once the child has ended. */
static int conclude(const struct watch *watch)
{
    const struct lost_reason reason = {.timeout_seconds = watch->hung_seconds,
                                       .signal = WTERMSIG(watch->status)};
    const enum replay_phase phase = watch->guard->shared->phase;

    if (is_interrupted) {
        cli_error("interrupted");
        return CLI_ERROR;
    }
    if (WIFEXITED(watch->status)) {
        if (phase == REPLAY_STARTING) { /* bwrap has said why */
            cli_error("the sandbox does not start; --no-sandbox does without");
            return CLI_ERROR;
        }
        return WEXITSTATUS(watch->status);
    }
    if (reason.timeout_seconds == 0 &&
        (!lost_is_crash(watch->status) || phase <= REPLAY_BUILDING)) {
        cli_error("the replay was killed (%s)", strsignal(reason.signal));
        return CLI_ERROR;
    }
    return phase == REPLAY_CLOCKING ? show_lost(watch->guard, &reason) : say_lost(&reason);
}

int replay_guard(const struct replay_guard *guard)
{
    struct watch watch = {.guard = guard};

    fflush(stdout);
    guard->shared->phase = REPLAY_BUILDING;
    watch.pid = fork();
    if (watch.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        return -1;
    }
    if (watch.pid < 0) {
        cli_error("the replay cannot be started: %s", strerror(errno));
        return CLI_ERROR;
    }
    watch_child(&watch);
    return conclude(&watch);
}

int replay_guard_sandbox(const struct replay_guard *guard, pid_t pid, struct check_builder *builder,
                         const struct dut_source *source)
{
    static const struct sigaction action = {.sa_handler = on_signal};
    struct watch watch = {.guard = guard, .pid = pid, .builder = builder, .source = source};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    watch_child(&watch);
    watch.status = sandbox_status(watch.status);
    return conclude(&watch);
}
