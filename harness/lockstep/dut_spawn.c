/* SPDX-License-Identifier: MIT */
#include "lockstep/dut_spawn.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lockstep/dut_strings.h"

/* The caller's environment, with messages in English (they are searched for errors) and temporary
 * files where they are removed with the rest. */
static bool make_environment(struct strings *environment, const char *directory)
{
    for (char **variable = environ; variable && *variable; variable++)
        if (strncmp(*variable, "TMPDIR=", 7) != 0 && strncmp(*variable, "LC_ALL=", 7) != 0)
            strings_add(environment, "%s", *variable);
    strings_add(environment, "LC_ALL=C");
    if (directory)
        strings_add(environment, "TMPDIR=%s", directory);
    return !environment->is_short;
}

static int set_actions(posix_spawn_file_actions_t *actions, const char *directory, int output_fd,
                       int lock_fd)
{
    int reason = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", 0, 0);
    if (reason == 0)
        reason = posix_spawn_file_actions_adddup2(actions, output_fd, 1);
    if (reason == 0)
        reason = posix_spawn_file_actions_adddup2(actions, output_fd, 2);
    /* Onto itself: open beyond exec, so that the lock outlives us if we are killed. */
    if (reason == 0 && lock_fd >= 0)
        reason = posix_spawn_file_actions_adddup2(actions, lock_fd, lock_fd);
    if (reason == 0 && directory)
        reason = posix_spawn_file_actions_addchdir_np(actions, directory);
    return reason;
}

static int set_attributes(posix_spawnattr_t *attributes, const sigset_t *mask)
{
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGXFSZ);
    sigaddset(&defaults, SIGCHLD);
    int reason = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (reason == 0)
        reason = posix_spawnattr_setpgroup(attributes, 0);
    if (reason == 0)
        reason = posix_spawnattr_setsigmask(attributes, mask);
    if (reason == 0)
        reason = posix_spawnattr_setsigdefault(attributes, &defaults);
    return reason;
}

/* 0 or the reason, as posix_spawn itself. */
static int start(pid_t *pid, char *const argv[], const char *directory, int output_fd, int lock_fd,
                 const sigset_t *mask)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    struct strings environment = {0};
    int reason = posix_spawn_file_actions_init(&actions);
    if (reason != 0)
        return reason;
    reason = posix_spawnattr_init(&attributes);
    if (reason == 0) {
        reason = set_actions(&actions, directory, output_fd, lock_fd);
        if (reason == 0)
            reason = set_attributes(&attributes, mask);
        if (reason == 0 && !make_environment(&environment, directory))
            reason = ENOMEM;
        if (reason == 0)
            reason = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environment.items);
        posix_spawnattr_destroy(&attributes);
    }
    strings_free(&environment);
    posix_spawn_file_actions_destroy(&actions);
    return reason;
}

/* Waits until the child ends, a signal of `watched` is pending, or the time is over. */
static enum spawn_result wait_for(int child_fd, int signal_fd, unsigned limit_seconds)
{
    struct pollfd files[2] = {{.fd = child_fd, .events = POLLIN},
                              {.fd = signal_fd, .events = POLLIN}};
    if (limit_seconds > SPAWN_LIMIT_SECONDS_MAX)
        limit_seconds = SPAWN_LIMIT_SECONDS_MAX;
    int count;
    do
        count = poll(files, 2, (int)limit_seconds * 1000);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return SPAWN_ERROR;
    if (count == 0)
        return SPAWN_TIMED_OUT;
    return files[0].revents ? SPAWN_SUCCEEDED : SPAWN_INTERRUPTED;
}

static enum spawn_result supervise(pid_t pid, const sigset_t *watched, unsigned limit_seconds)
{
    int child_fd = pidfd_open(pid, 0);
    int signal_fd = signalfd(-1, watched, SFD_CLOEXEC);
    enum spawn_result result = SPAWN_ERROR;
    if (child_fd >= 0 && signal_fd >= 0)
        result = wait_for(child_fd, signal_fd, limit_seconds);
    int reason = errno;
    if (child_fd >= 0)
        close(child_fd);
    if (signal_fd >= 0)
        close(signal_fd);

    /* The whole group, also when its leader has ended: the compiler's parts are its children. The
     * leader is not reaped yet, so the group's number is still its own. */
    kill(-pid, SIGKILL);
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return SPAWN_ERROR;
    }
    errno = reason;
    if (result == SPAWN_SUCCEEDED && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
        return SPAWN_FAILED;
    return result;
}

enum spawn_result spawn_run(char *const argv[], const char *directory, int output_fd, int lock_fd)
{
    return spawn_run_for(argv, directory, output_fd, lock_fd, SPAWN_LIMIT_SECONDS);
}

enum spawn_result spawn_run_for(char *const argv[], const char *directory, int output_fd,
                                int lock_fd, unsigned limit_seconds)
{
    /* Held back while the child runs, and seen by signalfd, which does not take them away: the
     * caller's handler, or the default, gets them afterwards. Ignored ones stay ignored. */
    static const int interrupting[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t watched, mask;
    sigemptyset(&watched);
    for (unsigned i = 0; i < sizeof interrupting / sizeof interrupting[0]; i++) {
        struct sigaction action;
        if (sigaction(interrupting[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(&watched, interrupting[i]);
    }
    pthread_sigmask(SIG_BLOCK, &watched, &mask);
    pid_t pid;
    int reason = start(&pid, argv, directory, output_fd, lock_fd, &mask);
    enum spawn_result result = SPAWN_ERROR;
    if (reason == 0) {
        result = supervise(pid, &watched, limit_seconds);
        reason = errno;
    } else if (reason == ENOENT) {
        result = SPAWN_MISSING;
    }
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    errno = reason;
    return result;
}

bool spawn_finds(const char *program)
{
    const char *places = getenv("PATH");
    bool is_found = false;
    while (places && *places && !is_found) {
        int length = (int)strcspn(places, ":");
        char *path = string_format("%.*s/%s", length, places, program);
        is_found = path && access(path, X_OK) == 0;
        free(path);
        places += length + (places[length] == ':');
    }
    return is_found;
}
