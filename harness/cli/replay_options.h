/* SPDX-License-Identifier: MIT */
/* The command line of `segmmu replay`. */
#ifndef CLI_REPLAY_OPTIONS_H
#define CLI_REPLAY_OPTIONS_H

#include "cli/rtl_options.h"
#include "lockstep/testbench.h"

/* Of the files of --save. */
#define REPLAY_SAVE_SUFFIXES "trace", "fst", "shrunk.trace", "shrunk.fst"

struct replay_options {
    const char *path;
    enum engine engine;
    bool is_one_frame;
    uint64_t frame;
    const char *save;       /* prefix of the files to leave, or NULL */
    const char *shown_save; /* what the user will find it under; NULL: the same */
    struct rtl_options rtl;
    uint64_t shrink_cycles;
    const char *coverage; /* file to write, or NULL */
    enum { COMPARE_AS_RECORDED, COMPARE_CYCLE, COMPARE_TRANSACTION } compare;
    uint64_t response_timeout_cycles;
    bool is_random; /* registers start from the values of initial_seed */
    uint64_t initial_seed;
    uint64_t timeout_seconds;
};

/* Sets *options, all zero at first. False, after saying so, when memory is short; on a usage error
 * the process ends. */
bool replay_options_parse(int argc, char **argv, struct replay_options *options);

/* Whether the engine has any. */
bool replay_runs_rtl(const struct replay_options *options);

/* Before the run: false with an error when what it is to write is the trace itself, or cannot be
 * written. */
bool replay_options_check_outputs(const struct replay_options *options, struct error *error);

/* Options that a replay of what this one leaves needs as well; false when memory is short. */
bool replay_options_note(const struct replay_options *options, bool by_transactions,
                         struct strings *words);

#endif
