/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/bench.h"

enum { STATUS_LIMIT = 124 }; /* SUPERVISOR_LIMIT */

/* Largest resident set, in bytes, of a `segmmu run` of so many instructions, its child's included;
 * -1 on failure. */
static double resident_bytes(const struct bench_guest *guest, uint64_t instructions,
                             struct error *error)
{
    char limit[32];
    char *argv[32] = {"segmmu", "run", "-q", "-m", guest->machine->path, "--max-instructions",
                      limit,    "--"};
    unsigned used = 8;
    struct rusage usage;
    pid_t child;
    int status;

    snprintf(limit, sizeof(limit), "%" PRIu64, instructions);
    for (unsigned i = 0; guest->argv[i] != NULL && used < 31; i++) {
        argv[used++] = guest->argv[i];
    }
    errno = posix_spawn(&child, "/proc/self/exe", NULL, NULL, argv, environ);
    if (errno != 0 || wait4(child, &status, 0, &usage) != child) {
        error_set(error, "cannot run segmmu: %s", strerror(errno));
        return -1;
    }
    /* A shorter run would say nothing of so many. */
    if (!WIFEXITED(status) || WEXITSTATUS(status) != STATUS_LIMIT) {
        error_set(error,
                  "%s: the run whose memory is watched ended before %" PRIu64
                  " instructions (--memory-instructions)",
                  guest->argv[0], instructions);
        return -1;
    }
    return (double)usage.ru_maxrss * 1024;
}

bool bench_memory(struct bench_table *table, const struct bench_guest *guest, uint64_t instructions,
                  struct error *error)
{
    struct bench_row row = {
        .figure = "memory of run: a tenth of the instructions, against all",
        .unit = "bytes",
        .at_least = 0.95,
    };

    row.measured = resident_bytes(guest, instructions / 10, error);
    row.limit = row.measured < 0 ? -1 : resident_bytes(guest, instructions, error);
    if (row.limit < 0) {
        return false;
    }
    row.ratio = row.measured / row.limit;
    bench_add(table, &row);
    return true;
}
