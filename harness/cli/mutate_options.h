/* SPDX-License-Identifier: MIT */
/* The command line of `segmmu mutate`. */
#ifndef CLI_MUTATE_OPTIONS_H
#define CLI_MUTATE_OPTIONS_H

#include "cli/rtl_options.h"

struct mutate_options {
    const char *machine;
    const char *json;
    const char *csv;
    const char *out;
    uint64_t count;
    uint64_t cycles;
    uint64_t seed;
    uint64_t jobs;
    uint64_t timeout_seconds;
    uint64_t equivalence_seconds;
    bool is_by_transactions;
    uint64_t response_timeout_cycles;
    struct rtl_options rtl;
};

/* argp, which ends the process by itself on a usage error. False, after saying so, for lack of
 * memory. The caller ends it with rtl_options_free of its rtl. */
bool mutate_parse(int argc, char **argv, struct mutate_options *options);

/* The command that repeats the run, with what was left to its default. Malloc'ed; NULL when memory
 * is short. */
char *mutate_repeat_command(const struct mutate_options *options);

#endif
