/* SPDX-License-Identifier: MIT */
#include "cli/check_builder.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The answer is one message: this letter, and the path or the error. */
enum { ANSWER_PATH = 'p', ANSWER_ERROR = 'e' };

static ssize_t answer(int fd, char letter, const char *text)
{
    char message[PATH_MAX + 1];

    message[0] = letter;
    snprintf(message + 1, sizeof(message) - 1, "%s", text);
    return send(fd, message, strlen(message), MSG_NOSIGNAL);
}

/* --- in the worker --- */

char *check_builder_ask(void *context, enum dut_variant variant, struct error *error)
{
    const int fd = *(const int *)context;
    const char request = (char)variant;
    char message[PATH_MAX + 2];
    ssize_t length = -1;

    if (send(fd, &request, 1, MSG_NOSIGNAL) == 1) {
        do {
            length = recv(fd, message, sizeof(message) - 1, 0);
        } while (length < 0 && errno == EINTR);
    }
    if (length < 1) {
        error_set(error, "nobody builds the RTL: %s", length < 0 ? strerror(errno) : "interrupted");
        return NULL;
    }
    message[length] = '\0';
    if (message[0] != ANSWER_PATH) {
        error_set(error, "%s", message + 1);
        return NULL;
    }
    return strdup(message + 1);
}

/* --- where it is started --- */

bool check_builder_begin(struct check_builder *builder, struct error *error)
{
    int ends[2];

    *builder = check_builder_none;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        return error_set(error, "a worker cannot be started: %s", strerror(errno));
    }
    builder->fd = ends[0];
    builder->worker_fd = ends[1];
    return true;
}

int check_builder_poll_fd(const struct check_builder *builder)
{
    return builder->pid == 0 ? builder->fd : -1;
}

static void close_connection(struct check_builder *builder)
{
    if (builder->fd >= 0) {
        close(builder->fd);
    }
    builder->fd = -1;
}

/* SIGTERM, which ends a build with its tools, stays pending between two of them. */
_Noreturn static void build(int fd, const struct dut_source *source, enum dut_variant variant,
                            pid_t parent)
{
    struct error error;
    sigset_t held;
    char *path;

    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    sigprocmask(SIG_BLOCK, &held, NULL);
    setpgid(0, 0); /* a terminal's SIGINT is the parent's alone */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
    path = dut_library_build(source, variant, &error);
    _exit(answer(fd, path != NULL ? ANSWER_PATH : ANSWER_ERROR, path != NULL ? path : error.text) <
          0);
}

static void start(struct check_builder *builder, const struct dut_source *source,
                  enum dut_variant variant)
{
    const pid_t parent = getpid();
    const pid_t pid = fork();

    if (pid == 0) {
        build(builder->fd, source, variant, parent);
    }
    if (pid > 0) {
        builder->pid = pid;
    } else {
        answer(builder->fd, ANSWER_ERROR, "the RTL cannot be built: no more processes");
    }
}

void check_builder_attend(struct check_builder *builder, const struct dut_source *source)
{
    int status;
    char request;
    ssize_t length;

    if (builder->pid > 0 && waitpid(builder->pid, &status, WNOHANG) == builder->pid) {
        builder->pid = 0;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
            answer(builder->fd, ANSWER_ERROR, "building the RTL was interrupted");
        }
    }
    if (builder->pid > 0 || builder->fd < 0) {
        return;
    }
    length = recv(builder->fd, &request, 1, MSG_DONTWAIT);
    if (length == 1 && (unsigned char)request < DUT_VARIANTS) {
        start(builder, source, (enum dut_variant)request);
    } else if (length >= 0 || (errno != EAGAIN && errno != EINTR)) {
        close_connection(builder); /* the worker has ended, or is not what it was */
    }
}

static void stop(struct check_builder *builder)
{
    static const struct timespec moment = {.tv_nsec = 10000000};
    enum { MOMENTS = 200 };

    kill(builder->pid, SIGTERM);
    for (unsigned i = 0; i < MOMENTS; i++) {
        if (waitpid(builder->pid, NULL, WNOHANG) != 0) {
            return;
        }
        nanosleep(&moment, NULL);
    }
    kill(builder->pid, SIGKILL);
    waitpid(builder->pid, NULL, 0);
}

void check_builder_end(struct check_builder *builder)
{
    if (builder->pid > 0) {
        stop(builder);
    }
    close_connection(builder);
    if (builder->worker_fd >= 0) {
        close(builder->worker_fd);
    }
    *builder = check_builder_none;
}
