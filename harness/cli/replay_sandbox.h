/* SPDX-License-Identifier: MIT */
/* `segmmu replay` of RTL that is not trusted. The replay itself runs in bubblewrap, where it may
 * write a scratch directory and nothing else; outside stay the watchdog, who builds, and who copies
 * to where the user wants it what is in the scratch directory at the end.
 *
 *     segmmu replay ARGUMENT...
 *       +-- bwrap -- segmmu replay-worker SHARED BUILDER SCRATCH ARGUMENT...
 */
#ifndef CLI_REPLAY_SANDBOX_H
#define CLI_REPLAY_SANDBOX_H

#include "cli/replay_guard.h"
#include "cli/replay_options.h"

/* --- outside --- */

struct replay_sandbox {
    int argc; /* of the command */
    char **argv;
    const struct replay_options *options;
    const struct dut_source *source;
    const struct replay_guard *guard;
    int shared_fd; /* of guard->shared */
};

/* Runs the whole replay; returns the exit status. */
int replay_sandbox_run(const struct replay_sandbox *sandbox);

/* --- inside --- */

/* The first arguments of a replay-worker. */
enum { REPLAY_WORKER_ARGUMENTS = 3 };

struct replay_worker {
    struct replay_shared *shared;
    const char *scratch;
    int builder_fd;
    struct dut_builder builder; /* asks there */
};

/* False, after saying so, when these are not the arguments of one. */
bool replay_worker_begin(struct replay_worker *worker, char **arguments);

/* Has the files written to the scratch directory in place of the user's. False when memory is
 * short; the paths are never freed. */
bool replay_worker_redirect(const struct replay_worker *worker, struct replay_options *options);

#endif
