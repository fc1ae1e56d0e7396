/* SPDX-License-Identifier: MIT */
/* Many processes that take short turns: what the supervisor takes of the host's time, and what a
 * process takes of its memory. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cli/bench.h"
#include "cli/run_pipeline.h"

enum {
    PROCESSES = 256,
    QUANTUM = 1000,          /* instructions */
    ALLOWED_BYTES = 4 << 20, /* of the host's memory, for each process beside the guest's own */
    NANOSECONDS = 1000000000,
};

struct crowd {
    uint64_t private_bytes; /* of all CPU processes, when the first one ends */
    bool is_measured;
};

static double seconds_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / NANOSECONDS;
}

static double cpu_seconds(int who)
{
    struct rusage usage;

    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* What a process has for itself alone. 0 where the host does not tell. */
static uint64_t private_bytes_of(const char *pid)
{
    char path[64];
    char line[256];
    uint64_t total = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%.20s/smaps_rollup", pid);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        uint64_t kilobytes;

        if (sscanf(line, "Private_Dirty: %" SCNu64, &kilobytes) == 1) {
            total += kilobytes * 1024;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return total;
}

/* The CPU processes are this process's children: everybody stops at once, so that all are there
 * when the first one ends. */
static void on_ended(void *context, const struct supervisor_process *process)
{
    struct crowd *const crowd = context;
    char path[64];
    char pid[32];
    FILE *file;

    (void)process;
    if (crowd->is_measured) {
        return;
    }
    crowd->is_measured = true;
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    file = fopen(path, "re");
    while (file != NULL && fscanf(file, "%31s", pid) == 1) {
        crowd->private_bytes += private_bytes_of(pid);
    }
    if (file != NULL) {
        fclose(file);
    }
}

static void add_rows(struct bench_table *table, double supervisor, double all,
                     const struct crowd *crowd)
{
    struct bench_row time_row = {
        .figure = "256 processes in turn: host time without the supervisor's, of all",
        .unit = "us",
        .measured = (all - supervisor) * 1e6,
        .limit = all * 1e6,
        .ratio = (all - supervisor) / all,
        .at_least = 0.90,
    };
    struct bench_row memory_row = {
        .figure = "256 processes: 4 MB each, against the host's memory for them",
        .unit = "bytes",
        .measured = (double)PROCESSES * ALLOWED_BYTES,
        .limit = (double)crowd->private_bytes,
        .ratio = (double)PROCESSES * ALLOWED_BYTES / (double)crowd->private_bytes,
        .at_least = 1.00,
    };

    bench_add(table, &time_row);
    if (crowd->private_bytes > 0) {
        bench_add(table, &memory_row);
    }
}

bool bench_processes(struct bench_table *table, const struct bench_guest *guest,
                     uint64_t instructions, struct error *error)
{
    struct supervisor_program programs[PROCESSES];
    struct crowd crowd = {.is_measured = false};
    const struct run_options options = {
        .machine = guest->machine,
        .engine = ENGINE_LOCKSTEP,
        .command = "segmmu bench",
        .supervisor =
            {
                .programs = programs,
                .program_count = PROCESSES,
                .quantum = QUANTUM,
                .seed = 1,
                .max_instructions = instructions,
                .ended = on_ended,
                .context = &crowd,
            },
    };
    struct run *const run = calloc(1, sizeof(*run));
    struct supervisor_result result;
    bool is_measured;

    if (run == NULL) {
        return error_set(error, "out of memory");
    }
    for (unsigned i = 0; i < PROCESSES; i++) {
        programs[i] = guest->program;
    }
    is_measured = run_open(run, &options, error);
    if (is_measured) {
        const double all = cpu_seconds(RUSAGE_SELF) + cpu_seconds(RUSAGE_CHILDREN);
        const double supervisor = seconds_of(CLOCK_THREAD_CPUTIME_ID);

        is_measured = run_go(run, &result) && result.outcome == SUPERVISOR_LIMIT;
        if (is_measured) {
            add_rows(table, seconds_of(CLOCK_THREAD_CPUTIME_ID) - supervisor,
                     cpu_seconds(RUSAGE_SELF) + cpu_seconds(RUSAGE_CHILDREN) - all, &crowd);
        } else {
            error_set(error, "%s: %d processes did not run for %" PRIu64 " instructions: %s %s",
                      guest->argv[0], PROCESSES, instructions,
                      supervisor_outcome_name(result.outcome), result.message);
        }
        supervisor_result_free(&result);
    }
    run_close(run);
    free(run);
    return is_measured;
}
