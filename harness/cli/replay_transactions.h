/* SPDX-License-Identifier: MIT */
/* `segmmu replay --compare transaction`: the requests of a trace, offered again each until the RTL
 * takes it. */
#ifndef CLI_REPLAY_TRANSACTIONS_H
#define CLI_REPLAY_TRANSACTIONS_H

#include "cli/replay_guard.h"
#include "lockstep/trial.h"

struct replay_transactions {
    const char *path; /* of the trace */
    const char *command;
    struct trial_setup setup;
    const struct dut_source *source;
    const char *const *replay_options; /* up to NULL, that it had */
    const char *save;                  /* prefix of the files to leave, or NULL */
    const char *shown_save;            /* what the user will find it under; NULL: the same */
    uint64_t shrink_cycles;
    struct replay_shared *shared;
};

/* Prints what came of it; returns the exit status. */
int replay_by_transactions(const struct replay_transactions *replay);

#endif
