/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/bench.h"

/* Twenty-five shards of the default size: what comes at the end, when one of the jobs may be idle,
 * is a small part of it. */
#define CHECK_CYCLES 100000000.0
#define CHECK_CYCLES_TEXT "100000000"

struct check_bench {
    const struct machine *machine;
    struct error error;
};

/* Clock cycles per second of a whole `segmmu check`, from its start to its end; -1 on failure. The
 * RTL is built the first time, and found in the cache from then on. */
static double check_rate(struct check_bench *bench, char *jobs)
{
    char *argv[] = {"segmmu", "check", "-m", bench->machine->path, "--cycles", CHECK_CYCLES_TEXT,
                    "--jobs", jobs,    NULL};
    const double start = bench_now();
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    errno = posix_spawn(&child, "/proc/self/exe", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (errno != 0 || waitpid(child, &status, 0) != child) {
        error_set(&bench->error, "cannot run segmmu: %s", strerror(errno));
        return -1;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        error_set(&bench->error, "the check of %s that is measured failed", bench->machine->name);
        return -1;
    }
    return CHECK_CYCLES / (bench_now() - start);
}

static double two_jobs(void *context)
{
    return check_rate(context, "2");
}

static double one_job(void *context)
{
    return check_rate(context, "1");
}

bool bench_check(struct bench_table *table, const struct machine *machine, struct error *error)
{
    /* Each takes many seconds: a few rounds tell as much as many short ones. */
    enum { ROUNDS = 2 };
    struct check_bench bench = {.machine = machine};
    struct bench_row row = {
        .figure = "check of 100M cycles with two jobs, against one",
        .unit = "cycles/s",
        .at_least = 1.80,
    };

    if (!bench_compare(two_jobs, one_job, &bench, table->rounds < ROUNDS ? table->rounds : ROUNDS,
                       &row)) {
        *error = bench.error;
        return false;
    }
    bench_add(table, &row);
    return true;
}
