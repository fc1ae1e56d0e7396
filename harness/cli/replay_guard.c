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
#include "sink/mismatch.h"

enum { POLL_MILLISECONDS = 100, REPORT_SECONDS = 600, SHRINK_SECONDS = 60 };

struct replay_shared *replay_share(struct error *error)
{
    struct replay_shared *const shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED) {
        error_set(error, "no memory for the replay: %s", strerror(errno));
        return NULL;
    }
    return shared;
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

/* Waits for the child, and ends it when it hangs; the seconds after which it did, otherwise 0. */
static unsigned watch(const struct replay_shared *shared, pid_t pid, unsigned timeout_seconds,
                      int *status)
{
    struct pollfd ended = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    uint64_t last = 0;
    unsigned still = 0; /* times that nothing had changed */

    while (waitpid(pid, status, WNOHANG) == 0) {
        const enum replay_phase phase = shared->phase;
        const unsigned limit = patience(phase, timeout_seconds);
        const uint64_t now =
            *(const volatile uint64_t *)&shared->bench.cycle + shared->pulse + (uint64_t)phase;

        still = now != last ? 0 : still + 1;
        last = now;
        if (limit > 0 && still > limit * (1000 / POLL_MILLISECONDS)) {
            kill(pid, SIGKILL);
            waitpid(pid, status, 0);
            close(ended.fd);
            return limit;
        }
        poll(&ended, 1, POLL_MILLISECONDS);
    }
    close(ended.fd);
    return 0;
}

static int show_lost(const struct replay_shared *shared, const struct machine *machine,
                     const struct lost_reason *reason, const char *command)
{
    const struct lost_setup setup = {.machine = machine,
                                     .by_transactions = shared->bench.transaction != NULL,
                                     .max_cycle = INT64_MAX};
    struct testbench *const bench = malloc(sizeof(*bench));

    if (bench == NULL) {
        cli_error("out of memory");
        return CLI_DISAGREED;
    }
    lost_bench_copy(bench, &shared->bench, &shared->in, &setup, reason);
    mismatch_print(stderr, bench, command);
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

int replay_guard(struct replay_shared *shared, const struct machine *machine,
                 unsigned timeout_seconds, const char *command)
{
    struct lost_reason reason = {0};
    enum replay_phase phase;
    int status = 0;
    pid_t pid;

    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        return -1;
    }
    if (pid < 0) {
        cli_error("the replay cannot be started: %s", strerror(errno));
        return CLI_ERROR;
    }
    reason.timeout_seconds = watch(shared, pid, timeout_seconds, &status);
    phase = shared->phase;
    if (WIFEXITED(status)) {
        return WEXITSTATUS(status);
    }
    reason.signal = WTERMSIG(status);
    if (reason.timeout_seconds == 0 && (!lost_is_crash(status) || phase == REPLAY_BUILDING)) {
        cli_error("the replay was killed (%s)", strsignal(reason.signal));
        return CLI_ERROR;
    }
    return phase == REPLAY_CLOCKING ? show_lost(shared, machine, &reason, command)
                                    : say_lost(&reason);
}
