/* SPDX-License-Identifier: MIT */
/* The survivors in Yosys: several at once, each in a process of its own, which takes the next one
 * from shared memory. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/progress.h"
#include "cli/mutate.h"

struct shared {
    atomic_uint next;  /* survivor to be taken */
    atomic_uint ended; /* how many are proved */
    atomic_bool has_failed;
    struct error error;           /* of the first that could not be made */
    struct mutant_proof proofs[]; /* as in struct work, numbers */
};

struct work {
    const struct mutate_proofs *how;
    const struct mutation *mutation;
    const unsigned *numbers; /* of the mutants */
    size_t count;
    struct shared *shared;
};

/* --- in a child --- */

static bool prove(const struct work *work, unsigned number, struct mutant_proof *proof,
                  struct error *error)
{
    const struct mutated_design *const design = &work->mutation->design;
    char *const directory = string_format("%s/survivor%u", work->how->directory, number);
    char *const command = mutant_command(&design->mutants.items[number - 1]);
    const struct equivalence_query query = {
        .netlist_path = design->netlist_path,
        .top = MUTATED_TOP,
        .config = &work->mutation->trial.config,
        .mutation = command,
        .timeout_seconds = work->how->timeout_seconds,
        .directory = directory,
    };
    bool is_made = false;

    if (directory == NULL || command == NULL) {
        error_set(error, "out of memory");
    } else if (mkdir(directory, 0777) != 0 && errno != EEXIST) {
        error_set(error, "%s: %s", directory, strerror(errno));
    } else {
        is_made =
            equivalence_check(&query, &proof->verdict, proof->reason, sizeof(proof->reason), error);
    }
    free(directory);
    free(command);
    return is_made;
}

_Noreturn static void prove_all(const struct work *work, pid_t parent)
{
    struct shared *const shared = work->shared;
    struct error error;
    size_t taken;

    signal(SIGINT, SIG_IGN); /* a terminal's: the parent passes it on as SIGTERM */
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(EXIT_FAILURE);
    }
    while ((taken = atomic_fetch_add(&shared->next, 1)) < work->count) {
        struct mutant_proof proof = {0};

        if (!prove(work, work->numbers[taken], &proof, &error)) {
            proof.verdict = UNDECIDED;
            snprintf(proof.reason, sizeof(proof.reason), "the check failed: %.480s", error.text);
        }
        shared->proofs[taken] = proof;
        atomic_thread_fence(memory_order_release);
        shared->proofs[taken].is_made = true;
        atomic_fetch_add(&shared->ended, 1);
    }
    _exit(EXIT_SUCCESS);
}

/* --- in the parent --- */

static void start_all(const struct work *work, pid_t *children)
{
    const pid_t parent = getpid();

    for (unsigned i = 0; i < work->how->jobs; i++) {
        children[i] = i < work->count ? fork() : 0;
        if (i < work->count && children[i] == 0) {
            prove_all(work, parent);
        }
    }
}

static void stop_all(const struct work *work, const pid_t *children)
{
    for (unsigned i = 0; i < work->how->jobs; i++) {
        if (children[i] > 0) {
            kill(children[i], SIGTERM);
        }
    }
}

/* How many are still there. */
static unsigned reap(const struct work *work, pid_t *children)
{
    unsigned count = 0;

    for (unsigned i = 0; i < work->how->jobs; i++) {
        int status;

        if (children[i] > 0 && waitpid(children[i], &status, WNOHANG) == children[i]) {
            children[i] = 0;
        }
        count += children[i] > 0;
    }
    return count;
}

static void run(const struct work *work)
{
    static const struct timespec moment = {.tv_nsec = 20000000};
    pid_t children[MUTATE_MAX_JOBS];
    struct progress progress;
    bool is_stopping = false;

    progress_start(&progress, "prove", "survivors", work->count);
    start_all(work, children);
    while (reap(work, children) > 0) {
        if (mutate_is_interrupted() && !is_stopping) {
            is_stopping = true;
            stop_all(work, children);
        }
        progress_update(&progress, atomic_load(&work->shared->ended));
        nanosleep(&moment, NULL);
    }
    progress_end(&progress);
}

/* One whose process was ended from outside is undecided, not forgotten. */
static void take_proofs(const struct work *work, struct mutation *mutation)
{
    for (size_t i = 0; i < work->count; i++) {
        struct mutant_proof *const proof = &mutation->proofs[work->numbers[i]];

        *proof = work->shared->proofs[i];
        if (!proof->is_made) {
            *proof = (struct mutant_proof){.is_made = true, .verdict = UNDECIDED};
            strcpy(proof->reason, "its check did not come to its end");
        }
    }
}

bool mutate_proofs_run(const struct mutate_proofs *proofs, struct mutation *mutation,
                       const unsigned *numbers, size_t count, struct error *error)
{
    const size_t size = sizeof(struct shared) + count * sizeof(struct mutant_proof);
    struct work work = {.how = proofs, .mutation = mutation, .numbers = numbers, .count = count};

    work.shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (work.shared == MAP_FAILED) {
        return error_set(error, "out of memory");
    }
    run(&work);
    take_proofs(&work, mutation);
    munmap(work.shared, size);
    return true;
}
