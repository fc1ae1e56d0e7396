/* SPDX-License-Identifier: MIT */
/* The parent's side of a guest: the child's life and death. */
#include "source/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/guest_shared.h"

struct guest {
    struct guest_shared *shared;
    pid_t child;    /* 0 when there is none any more */
    int last_words; /* the child's standard error */
    char death[512];
};

/* What Unicorn, or a sanitizer, wrote before it aborted: the first line with a letter in it, since
 * AddressSanitizer begins with a rule. Empty where nothing was said. */
static void read_last_words(const struct guest *guest, char *words, size_t size)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char *line = words;
    ssize_t length = read(guest->last_words, words, size - 1);

    if (length < 0) {
        length = 0;
    }
    words[length] = '\0';
    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        if (strpbrk(line, letters) != NULL) {
            break;
        }
    }
    memmove(words, line, strlen(line) + 1);
}

static void describe_death(struct guest *guest, int status)
{
    char words[256];
    char how[128];
    struct error line;

    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);

        snprintf(how, sizeof(how), "signal %d (%s)%s", number, strsignal(number),
                 number == SIGSYS ? ", a system call that its filter refuses" : "");
    } else {
        snprintf(how, sizeof(how), "exit status %d", WEXITSTATUS(status));
    }
    read_last_words(guest, words, sizeof(words));
    error_set(&line, words[0] == '\0' ? "%s" : "%s: %s", how, words); /* cleans the text */
    snprintf(guest->death, sizeof(guest->death), "%.*s", (int)sizeof(guest->death) - 1, line.text);
}

/* Waits for a child that died or is about to. */
static void bury(struct guest *guest)
{
    int status = 0;
    pid_t waited;

    do {
        waited = waitpid(guest->child, &status, 0);
    } while (waited < 0 && errno == EINTR);
    if (waited == guest->child) {
        describe_death(guest, status);
    } else {
        snprintf(guest->death, sizeof(guest->death), "unknown: %s", strerror(errno));
    }
    guest->child = 0;
}

/* Only the pipe stays open: no file of the host is within reach. */
static void shut_in(int last_words, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
    prctl(PR_SET_DUMPABLE, 0);
    dup2(last_words, STDERR_FILENO);
    close_range(0, STDERR_FILENO - 1, 0);
    close_range(STDERR_FILENO + 1, ~0U, 0);
}

/* A guest takes one descriptor, and there may be hundreds; the usual limit is 1024. */
static bool make_pipe(int words[2])
{
    struct rlimit limit;

    if (pipe2(words, O_CLOEXEC | O_NONBLOCK) == 0) {
        return true;
    }
    if (errno != EMFILE || getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        limit.rlim_cur == limit.rlim_max) {
        return false;
    }
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 && pipe2(words, O_CLOEXEC | O_NONBLOCK) == 0;
}

static bool fork_child(struct guest *guest, const struct guest_options *options,
                       struct error *error)
{
    const pid_t parent = getpid();
    int words[2];

    if (!make_pipe(words)) {
        return error_set(error, "cannot talk to the guest's process: %s", strerror(errno));
    }
    guest->last_words = words[0];
    guest->child = fork();
    if (guest->child == 0) {
        shut_in(words[1], parent);
        guest_child(options, guest->shared);
    }
    close(words[1]);
    if (guest->child < 0) {
        guest->child = 0;
        return error_set(error, "cannot start the guest's process: %s", strerror(errno));
    }
    return true;
}

struct guest *guest_start(const struct guest_options *options, struct error *error)
{
    struct guest *const guest = calloc(1, sizeof(*guest));

    if (guest == NULL) {
        error_set(error, "cannot start the guest: out of memory");
        return NULL;
    }
    guest->last_words = -1;
    guest->shared = mmap(NULL, sizeof(*guest->shared), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (guest->shared == MAP_FAILED) {
        error_set(error, "cannot start the guest: %s", strerror(errno));
        free(guest);
        return NULL;
    }
    if (fork_child(guest, options, error)) {
        /* The guests to come have no business there. */
        madvise(guest->shared, sizeof(*guest->shared), MADV_DONTFORK);
        if (guest_turn_await(&guest->shared->turn, guest->child)) {
            return guest;
        }
        bury(guest);
        if (guest->shared->error.text[0] != '\0') {
            error_set(error, "%s", guest->shared->error.text);
        } else {
            error_set(error, "the guest's process died before it began: %s", guest->death);
        }
    }
    guest_stop(guest);
    return NULL;
}

struct guest_cpu *guest_cpu(struct guest *guest)
{
    return &guest->shared->cpu;
}

void guest_resume(struct guest *guest, uint64_t max_steps, struct guest_event *event)
{
    if (guest->child != 0) {
        guest->shared->max_steps = max_steps;
        if (guest_turn_give(&guest->shared->turn, guest->child)) {
            *event = guest->shared->event;
            return;
        }
        bury(guest);
    }
    memset(event, 0, sizeof(*event));
    event->kind = GUEST_DIED;
}

void guest_interrupt(struct guest *guest)
{
    atomic_store(&guest->shared->interrupt, 1);
}

const char *guest_death(const struct guest *guest)
{
    return guest->death;
}

void guest_stop(struct guest *guest)
{
    if (guest == NULL) {
        return;
    }
    if (guest->child != 0) {
        kill(guest->child, SIGKILL);
        bury(guest);
    }
    if (guest->last_words >= 0) {
        close(guest->last_words);
    }
    munmap(guest->shared, sizeof(*guest->shared));
    free(guest);
}
