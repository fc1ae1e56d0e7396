/* SPDX-License-Identifier: MIT */
/* Building for workers in the sandbox. Code of the RTL runs in a worker, so it must not write the
 * cache of builds, from which other RTL is loaded too: it asks, and a process outside builds, whose
 * tools run in a sandbox of their own.
 *
 *     worker --(variant)--> check_builder --fork--> dut_library_build
 *        ^                                               |
 *        +------------ path, or what went wrong ---------+
 */
#ifndef CLI_CHECK_BUILDER_H
#define CLI_CHECK_BUILDER_H

#include <sys/types.h>

#include "lockstep/dut_build.h"

/* --- in the worker --- */

/* struct dut_builder.build; the context is an int, the worker's end of the connection. */
char *check_builder_ask(void *context, enum dut_variant variant, struct error *error);

/* --- where it is started --- */

struct check_builder {
    int fd;        /* our end of the connection; -1: there is none */
    int worker_fd; /* the worker's end, to be closed once it has been inherited; -1 */
    pid_t pid;     /* who builds now; 0: nobody */
};

static const struct check_builder check_builder_none = {.fd = -1, .worker_fd = -1};

/* A connection. False with an error; ended with check_builder_end in either case. */
bool check_builder_begin(struct check_builder *builder, struct error *error);
void check_builder_end(struct check_builder *builder);

/* Readable when there is something to attend to; -1 while there is not. */
int check_builder_poll_fd(const struct check_builder *builder);

/* Starts what the worker has asked for, and sees to what has ended. */
void check_builder_attend(struct check_builder *builder, const struct dut_source *source);

#endif
