/* SPDX-License-Identifier: MIT */
/* Runs the tools of a proof, Python and cbmc, without a shell. */
#ifndef PROVE_TOOL_H
#define PROVE_TOOL_H

#include <jansson.h>

#include "base/error.h"
#include "lockstep/dut_spawn.h"
#include "lockstep/dut_strings.h"

enum { TOOL_MEMORY_MB = 4096 }; /* a prover that wants more runs out of it */

/* What a tool prints is left in directory/NAME.log. */
struct tool_step {
    const char *directory; /* exists, absolute; the working directory of the step */
    const char *name;      /* a plain file name */
    const struct strings *argv;
    unsigned limit_seconds;
    bool is_sandboxed; /* it reads somebody else's RTL, and may write its directory alone */
};

/* The error is set unless the result is SPAWN_SUCCEEDED or SPAWN_FAILED. */
enum spawn_result tool_run(const struct tool_step *step, struct error *error);

/* What it printed, malloc'ed; "" where that cannot be read, NULL when memory is short. */
char *tool_log(const struct tool_step *step);

#endif
