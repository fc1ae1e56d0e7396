/* SPDX-License-Identifier: MIT */
/* The process that runs one pass of a check: this program once more, as
 *
 *     segmmu check-worker PASS RESULT BUILDER DIRECTORY OPTION...
 *
 * PASS, RESULT and BUILDER are inherited descriptors: memory with a struct check_pass, planned; an
 * empty file for the result, the JSON of check_pass_json; and who builds the RTL, "" where the
 * worker does it itself. DIRECTORY is where files go, "" the current one. The options are the
 * check's own, so that both parse them alike. In the sandbox the process sees the file system
 * read-only, but for DIRECTORY, which is its own, and asks BUILDER.
 */
#ifndef CLI_CHECK_WORKER_H
#define CLI_CHECK_WORKER_H

#include <sys/types.h>

#include "cli/check.h"
#include "cli/check_builder.h"

enum { CHECK_WORKER_ARGUMENTS = 4 }; /* before the options */

/* --- in the worker --- */

struct check_worker_own {
    struct check_pass *pass;
    int result_fd;
    const char *directory; /* NULL: the current one */
    bool is_sandboxed;
    int builder_fd;             /* in the sandbox */
    struct dut_builder builder; /* in the sandbox: asks there */
};

/* Takes what was inherited; `argv` are PASS to DIRECTORY. False, after saying so, where nothing
 * was. */
bool check_worker_begin(struct check_worker_own *own, char **argv);
/* Runs the pass and leaves its result. */
void check_worker_run(struct check_worker_own *own, const struct check *check);

/* --- where it is started --- */

struct check_worker_start {
    int argc; /* of the check's own command line */
    char **argv;
    const struct check *check;
    bool is_sandboxed;
};

struct check_worker {
    pid_t pid;
    int pid_fd;              /* readable when it has ended */
    int said_fd;             /* what it writes to standard output and standard error */
    int result_fd;           /* RESULT */
    int rtl_coverage_fd;     /* memory for the counts of DUT_COVERAGE; -1 */
    struct check_pass *pass; /* PASS, shared */
    char *scratch;           /* its directory of its own, malloc'ed, or NULL */
    const char *directory;   /* where the files in it go; NULL: the current one */
    struct check_builder builder;
};

static const struct check_worker check_worker_none = {
    .pid_fd = -1,
    .said_fd = -1,
    .result_fd = -1,
    .rtl_coverage_fd = -1,
    .builder = {.fd = -1, .worker_fd = -1},
};

/* Starts a worker on a pass, which is copied. It is killed when this process ends. */
bool check_worker_start(struct check_worker *worker, const struct check_worker_start *start,
                        const struct check_pass *pass, struct error *error);

/* Frees what belongs to a worker that has been waited for. The files in its scratch directory move
 * to where they belong; false with an error where they cannot. */
bool check_worker_end(struct check_worker *worker, struct error *error);

#endif
