/* SPDX-License-Identifier: MIT */
/* watch [--closed-pipe] [--bound-by-modes] SECONDS COMMAND [ARG...]
 *
 * Runs a command in a session of its own and ends with its exit status. What a shell would hide or
 * wait for is a line "watch: ..." on standard error and exit status 99: a death by signal, a
 * command that does not end within the time, a process that it leaves behind. SIGINT and SIGTERM
 * are passed on.
 *
 *   --closed-pipe     standard output is a pipe that nobody reads any more
 *   --bound-by-modes  the superuser, too, is refused what the modes of a file refuse
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

enum { WATCH_STATUS = 99, GRACE_STEPS = 200, STEP_MICROSECONDS = 10000 };

static volatile sig_atomic_t child;
static volatile sig_atomic_t is_late;

static void pass_on(int number)
{
    if (number == SIGALRM) {
        is_late = 1;
        kill(-child, SIGKILL);
    } else {
        kill(child, number);
    }
}

static void catch (int number)
{
    const struct sigaction action = {.sa_handler = pass_on};

    sigaction(number, &action, NULL);
}

static void close_pipe(void)
{
    int ends[2];

    if (pipe(ends) != 0 || dup2(ends[1], STDOUT_FILENO) < 0) {
        perror("watch: pipe");
        _exit(WATCH_STATUS);
    }
    close(ends[0]);
    close(ends[1]);
}

static void start(char **command, bool has_closed_pipe, bool is_bound)
{
    setsid();
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (has_closed_pipe) {
        close_pipe();
    }
    if (is_bound) {
        /* Without CAP_SETPCAP there is nothing to drop. */
        prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0);
        prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0);
    }
    execvp(command[0], command);
    fprintf(stderr, "watch: %s: %s\n", command[0], strerror(errno));
    _exit(WATCH_STATUS);
}

/* Whether every process that the command started is gone; orphans are ours to wait for. */
static bool is_alone(void)
{
    for (int step = 0; step < GRACE_STEPS; step++) {
        pid_t waited;

        while ((waited = waitpid(-1, NULL, WNOHANG)) > 0) {
        }
        if (waited < 0 && errno == ECHILD) {
            return true;
        }
        usleep(STEP_MICROSECONDS);
    }
    return false;
}

int main(int argc, char **argv)
{
    bool has_closed_pipe = false;
    bool is_bound = false;
    int first = 1;
    int status;

    for (; first < argc && strncmp(argv[first], "--", 2) == 0; first++) {
        has_closed_pipe |= strcmp(argv[first], "--closed-pipe") == 0;
        is_bound |= strcmp(argv[first], "--bound-by-modes") == 0;
    }
    if (argc - first < 2) {
        fprintf(stderr, "watch: expected SECONDS COMMAND\n");
        return WATCH_STATUS;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    child = fork();
    if (child == 0) {
        start(argv + first + 1, has_closed_pipe, is_bound);
    }
    catch (SIGINT);
    catch (SIGTERM);
    catch (SIGALRM);
    alarm((unsigned)atoi(argv[first]));
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    alarm(0);
    if (is_late) {
        fprintf(stderr, "watch: still running after %s seconds\n", argv[first]);
        status = WATCH_STATUS << 8;
    } else if (WIFSIGNALED(status)) {
        fprintf(stderr, "watch: ended by signal %d (%s)\n", WTERMSIG(status),
                strsignal(WTERMSIG(status)));
        status = WATCH_STATUS << 8;
    }
    if (!is_alone()) {
        fprintf(stderr, "watch: a process was left behind\n");
        kill(-child, SIGKILL);
        return WATCH_STATUS;
    }
    return WEXITSTATUS(status);
}
