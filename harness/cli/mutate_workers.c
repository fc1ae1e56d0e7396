/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/progress.h"
#include "cli/mutate_worker.h"
#include "lockstep/sandbox.h"

enum {
    POLL_MILLISECONDS = 20,
    SAID_BYTES = 1024,
    MAX_RESTARTS = 8, /* of workers that something outside ended */
};

struct job {
    pid_t pid; /* 0: none */
    int said_fd;
    char said[SAID_BYTES];
    size_t said_length;
    uint64_t last_cycle;
    unsigned last_entry;
    double still_seconds; /* that neither has changed */
    bool is_hanging;      /* and was ended for it */
};

struct campaign {
    const struct mutate_workers *workers;
    struct mutate_shared *shared;
    int shared_fd;
    struct job jobs[MUTATE_MAX_JOBS];
    unsigned restarts;
    struct error *error;
    bool has_failed;
};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Everybody stops; the first reason counts. */
static void fail(struct campaign *campaign, const char *reason)
{
    if (!campaign->has_failed) {
        error_set(campaign->error, "%s", reason);
    }
    campaign->has_failed = true;
    atomic_store(&campaign->shared->stop, true);
}

/* --- starting --- */

static bool make_command(const struct campaign *campaign, unsigned slot, struct strings *argv)
{
    char program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

    if (length < 0) {
        return error_set(campaign->error, "/proc/self/exe: %s", strerror(errno));
    }
    program[length] = '\0';
    if (campaign->workers->is_sandboxed) {
        sandbox_begin(argv);
        sandbox_end(argv, "/");
    }
    strings_add(argv, "%s", program);
    strings_add(argv, "mutate-worker");
    strings_add(argv, "%d", campaign->shared_fd);
    strings_add(argv, "%u", slot);
    strings_add(argv, "%s", campaign->workers->library_path);
    return !argv->is_short || error_set(campaign->error, "out of memory");
}

_Noreturn static void become_worker(char *const *argv, int shared_fd, int said_fd, pid_t parent)
{
    const int null_fd = open("/dev/null", O_RDONLY);

    setpgid(0, 0); /* a terminal's SIGINT is the parent's alone */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && null_fd >= 0 && dup2(null_fd, STDIN_FILENO) >= 0 &&
        dup2(said_fd, STDOUT_FILENO) >= 0 && dup2(said_fd, STDERR_FILENO) >= 0 &&
        fcntl(shared_fd, F_SETFD, 0) == 0) {
        execvp(argv[0], argv);
        dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
    }
    _exit(EXIT_FAILURE);
}

/* Starts a worker in a slot, with a mutant to be run before others or MUTATE_NO_ENTRY. */
static void start(struct campaign *campaign, unsigned slot, unsigned first)
{
    struct job *const job = &campaign->jobs[slot];
    const pid_t parent = getpid();
    struct strings argv = {0};
    int said[2] = {-1, -1};

    *job = (struct job){.said_fd = -1, .last_entry = MUTATE_NO_ENTRY};
    campaign->shared->slots[slot].phase = MUTATE_PHASE_NONE;
    campaign->shared->slots[slot].first = first;
    atomic_store(&campaign->shared->slots[slot].entry, MUTATE_NO_ENTRY);
    if (!make_command(campaign, slot, &argv)) {
        campaign->has_failed = true;
    } else if (pipe2(said, O_CLOEXEC) != 0 || (job->pid = fork()) < 0) {
        job->pid = 0;
        fail(campaign, "a worker cannot be started: no process or pipe is left");
    } else if (job->pid == 0) {
        become_worker(argv.items, campaign->shared_fd, said[1], parent);
    } else {
        fcntl(said[0], F_SETFL, O_NONBLOCK);
        job->said_fd = said[0];
        said[0] = -1;
    }
    for (unsigned i = 0; i < 2; i++) {
        if (said[i] >= 0) {
            close(said[i]);
        }
    }
    strings_free(&argv);
}

/* --- watching --- */

/* Keeps the beginning of what the worker prints. */
static void listen_to(struct job *job)
{
    char block[SAID_BYTES];
    ssize_t count;

    while ((count = read(job->said_fd, block, sizeof(block))) > 0) {
        const size_t left = sizeof(job->said) - 1 - job->said_length;
        const size_t used = (size_t)count < left ? (size_t)count : left;

        memcpy(job->said + job->said_length, block, used);
        job->said_length += used;
    }
}

static void watch(struct campaign *campaign, unsigned slot, double seconds)
{
    struct job *const job = &campaign->jobs[slot];
    struct mutate_slot *const shared = &campaign->shared->slots[slot];
    const uint64_t cycle = atomic_load(&shared->cycle);
    const unsigned entry = atomic_load(&shared->entry);

    if (cycle != job->last_cycle || entry != job->last_entry) {
        job->last_cycle = cycle;
        job->last_entry = entry;
        job->still_seconds = 0;
        return;
    }
    /* When all of us were stopped for a while, the worker had no time either. */
    job->still_seconds += seconds < 1.0 ? seconds : 1.0;
    if (shared->phase == MUTATE_PHASE_RUNNING &&
        job->still_seconds > campaign->workers->timeout_seconds) {
        job->is_hanging = true;
        kill(job->pid, SIGKILL);
    }
}

static int signal_of(int status)
{
    status = sandbox_status(status);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static bool is_crash(int signal)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

    for (unsigned i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
        if (signal == crashes[i]) {
            return true;
        }
    }
    return false;
}

/* What the worker said before it ended without being asked to. */
static void fail_to_run(struct campaign *campaign, const struct job *job)
{
    char reason[SAID_BYTES + 64];
    static const char prefix[] = "segmmu: ";
    const char *said = job->said;

    if (strncmp(said, prefix, sizeof(prefix) - 1) == 0) {
        said += sizeof(prefix) - 1;
    }
    snprintf(reason, sizeof(reason), "a worker ended early: %.*s",
             said[0] != '\0' ? (int)strcspn(said, "\n") : 9, said[0] != '\0' ? said : "no reason");
    fail(campaign, reason);
}

/* A worker that ended while it ran a mutant: that is the mutant's end, or somebody else's doing,
 * and the mutant is run again. Returns what the next worker is to begin with. */
static unsigned judge_death(struct campaign *campaign, unsigned slot, unsigned entry, int signal)
{
    struct mutant_result *const result = &campaign->shared->entries[entry].result;
    const struct job *const job = &campaign->jobs[slot];

    if (job->is_hanging || is_crash(signal)) {
        *result = (struct mutant_result){
            .fate = job->is_hanging ? MUTANT_HUNG : MUTANT_CRASHED,
            .cycles = atomic_load(&campaign->shared->slots[slot].cycle),
        };
        snprintf(result->reason, sizeof(result->reason), "%s",
                 job->is_hanging ? "its clock stands still" : strsignal(signal));
        return MUTATE_NO_ENTRY;
    }
    if (signal == 0) {
        fail_to_run(campaign, job);
    } else if (++campaign->restarts > MAX_RESTARTS) {
        fail(campaign, "workers are killed again and again");
    }
    return entry;
}

static void reap(struct campaign *campaign, unsigned slot, int status)
{
    struct job *const job = &campaign->jobs[slot];
    struct mutate_shared *const shared = campaign->shared;
    const unsigned entry = atomic_load(&shared->slots[slot].entry);
    const int signal = signal_of(status);
    unsigned first = shared->slots[slot].first;

    listen_to(job);
    close(job->said_fd);
    job->pid = 0;
    if (atomic_load(&shared->stop)) {
        return;
    }
    if (entry < shared->count && shared->entries[entry].result.fate == MUTANT_NOT_RUN) {
        first = judge_death(campaign, slot, entry, signal);
    } else if (shared->slots[slot].phase != MUTATE_PHASE_DONE && signal == 0) {
        fail_to_run(campaign, job);
    } else if (signal != 0 && ++campaign->restarts > MAX_RESTARTS) {
        fail(campaign, "workers are killed again and again");
    } else if (first < shared->count && shared->entries[first].result.fate != MUTANT_NOT_RUN) {
        first = MUTATE_NO_ENTRY;
    }
    if (!atomic_load(&shared->stop) &&
        (first < shared->count || atomic_load(&shared->next) < shared->count)) {
        start(campaign, slot, first);
    }
}

/* --- the loop --- */

static void wait_a_moment(const struct campaign *campaign)
{
    struct pollfd files[MUTATE_MAX_JOBS];
    nfds_t count = 0;

    for (unsigned slot = 0; slot < campaign->workers->jobs; slot++) {
        if (campaign->jobs[slot].pid > 0) {
            files[count++] = (struct pollfd){.fd = campaign->jobs[slot].said_fd, .events = POLLIN};
        }
    }
    poll(files, count, POLL_MILLISECONDS);
}

/* The design as it is must agree: otherwise no mutant says anything. */
static bool has_unmutated_failed(const struct mutate_shared *shared)
{
    const enum mutant_fate fate = shared->entries[0].result.fate;

    return shared->entries[0].mutant == 0 && fate != MUTANT_NOT_RUN && fate != MUTANT_SURVIVED;
}

/* A worker that was killed between taking a mutant and saying so has taken it along. */
static bool start_forgotten(struct campaign *campaign)
{
    struct mutate_shared *const shared = campaign->shared;

    for (unsigned i = 0; i < shared->count && !atomic_load(&shared->stop); i++) {
        if (shared->entries[i].result.fate == MUTANT_NOT_RUN) {
            start(campaign, 0, i);
            return campaign->jobs[0].pid > 0;
        }
    }
    return false;
}

static void run(struct campaign *campaign)
{
    struct mutate_shared *const shared = campaign->shared;
    struct progress progress;
    double last = now();
    bool is_running = true;

    progress_start(&progress, "mutate", "mutants", shared->count);
    for (unsigned slot = 0; slot < campaign->workers->jobs; slot++) {
        start(campaign, slot, MUTATE_NO_ENTRY);
    }
    while (is_running) {
        const double time = now();
        const unsigned taken = atomic_load(&shared->next);

        if (mutate_is_interrupted() || has_unmutated_failed(shared)) {
            atomic_store(&shared->stop, true);
        }
        is_running = false;
        for (unsigned slot = 0; slot < campaign->workers->jobs; slot++) {
            struct job *const job = &campaign->jobs[slot];
            int status;

            if (job->pid > 0) {
                listen_to(job);
                watch(campaign, slot, time - last);
                if (waitpid(job->pid, &status, WNOHANG) == job->pid) {
                    reap(campaign, slot, status);
                }
            }
            is_running |= job->pid > 0;
        }
        last = time;
        is_running = is_running || start_forgotten(campaign);
        progress_update(&progress, taken < shared->count ? taken : shared->count);
        if (is_running) {
            wait_a_moment(campaign);
        }
    }
    progress_end(&progress);
}

/* The workers' memory is theirs to write: nothing of it is believed that leads out of a result. */
static void take_result(const struct mutate_entry *entry, struct mutant_result *result)
{
    *result = entry->result;
    if ((unsigned)result->fate >= MUTANT_FATES) {
        *result = (struct mutant_result){.fate = MUTANT_NOT_RUN};
    }
    result->field[sizeof(result->field) - 1] = '\0';
    result->rule[sizeof(result->rule) - 1] = '\0';
    result->op[sizeof(result->op) - 1] = '\0';
    result->reason[sizeof(result->reason) - 1] = '\0';
}

static bool make_shared(struct campaign *campaign, size_t size)
{
    campaign->shared_fd = memfd_create("segmmu-mutate", MFD_CLOEXEC);
    campaign->shared = MAP_FAILED;
    if (campaign->shared_fd >= 0 && ftruncate(campaign->shared_fd, (off_t)size) == 0) {
        campaign->shared =
            mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, campaign->shared_fd, 0);
    }
    return campaign->shared != MAP_FAILED ||
           error_set(campaign->error, "no memory for the workers: %s", strerror(errno));
}

bool mutate_workers_run(const struct mutate_workers *workers, struct mutation *mutation,
                        const unsigned *numbers, size_t count, uint64_t cycles, struct error *error)
{
    const size_t size = mutate_shared_size(count);
    struct campaign *const campaign = calloc(1, sizeof(*campaign));
    bool is_good;

    if (campaign == NULL) {
        return error_set(error, "out of memory");
    }
    *campaign = (struct campaign){.workers = workers, .error = error};
    is_good = make_shared(campaign, size);
    if (is_good) {
        campaign->shared->trial = mutation->trial;
        campaign->shared->trial.cycles = cycles;
        campaign->shared->trial.power_ups = workers->power_ups;
        campaign->shared->count = (unsigned)count;
        for (size_t i = 0; i < count; i++) {
            campaign->shared->entries[i].mutant = numbers[i];
        }
        run(campaign);
        for (size_t i = 0; i < count; i++) {
            take_result(&campaign->shared->entries[i], &mutation->results[numbers[i]]);
        }
        is_good = !campaign->has_failed;
        munmap(campaign->shared, size);
    }
    if (campaign->shared_fd >= 0) {
        close(campaign->shared_fd);
    }
    free(campaign);
    return is_good;
}
