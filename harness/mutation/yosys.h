/* SPDX-License-Identifier: MIT */
/* Runs Yosys, without a shell, on a script of commands. */
#ifndef MUTATION_YOSYS_H
#define MUTATION_YOSYS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

/* A step of a job. Its script is left in directory/NAME.ys, what Yosys printed in
 * directory/NAME.log. */
struct yosys_step {
    const char *directory; /* exists; the working directory of the step */
    const char *name;      /* a plain file name */
    const char *script;    /* commands, one a line */
    unsigned limit_seconds;
    bool is_sandboxed; /* it reads somebody else's RTL, and may write its directory alone */
};

enum yosys_result {
    YOSYS_DONE,        /* every command succeeded */
    YOSYS_FAILED,      /* a command did not, or it was killed: the error has Yosys's own line */
    YOSYS_TIMED_OUT,   /* after limit_seconds; the error says so, for those who take it for one */
    YOSYS_INTERRUPTED, /* SIGINT, SIGTERM or SIGHUP came; it is still pending for the caller */
    YOSYS_ERROR,       /* it is not installed, or could not be started: the error says which */
};

/* Runs a step in a process group of its own, of which nothing goes on running afterwards. The error
 * is set unless the result is YOSYS_DONE. */
enum yosys_result yosys_run(const struct yosys_step *step, struct error *error);

/* The same with ABC, which comes with Yosys: the script is directory/NAME.abc. Most of its commands
 * only say that they failed: what was reached is in the log. */
enum yosys_result yosys_run_abc(const struct yosys_step *step, struct error *error);

/* Writes a path into a script as one word that Yosys takes for that file. False with an error where
 * there is no way to write it: Yosys would read a pattern, a quote or the end of a command. A
 * relative path is relative to the step's directory. */
bool yosys_write_path(FILE *script, const char *path, struct error *error);

#endif
