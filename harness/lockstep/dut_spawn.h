/* SPDX-License-Identifier: MIT */
/* Runs the tools of a build, one at a time, without a shell. */
#ifndef LOCKSTEP_DUT_SPAWN_H
#define LOCKSTEP_DUT_SPAWN_H

#include <stdbool.h>

enum spawn_result {
    SPAWN_SUCCEEDED,   /* exit status 0 */
    SPAWN_FAILED,      /* another exit status, or killed */
    SPAWN_MISSING,     /* there is no such program in PATH */
    SPAWN_INTERRUPTED, /* SIGINT, SIGTERM or SIGHUP came; it is still pending for the caller */
    SPAWN_TIMED_OUT,
    SPAWN_ERROR, /* it could not be started or waited for, see errno */
};

enum { SPAWN_LIMIT_SECONDS = 600, SPAWN_LIMIT_SECONDS_MAX = 1000000 };

/* Runs argv[0], found in PATH, and waits for it. Standard output and standard error go to
 * `output_fd`; `directory` is its working directory and where it puts temporary files, or NULL;
 * `lock_fd` stays open in it until it ends, or is -1. It runs in a process group of its own, of
 * which nothing goes on running when this returns. */
enum spawn_result spawn_run(char *const argv[], const char *directory, int output_fd, int lock_fd);

/* The same with a time limit of the caller's, at most SPAWN_LIMIT_SECONDS_MAX. */
enum spawn_result spawn_run_for(char *const argv[], const char *directory, int output_fd,
                                int lock_fd, unsigned limit_seconds);

/* Whether there is such a program in PATH. */
bool spawn_finds(const char *program);

#endif
