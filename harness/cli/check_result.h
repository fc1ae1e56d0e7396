/* SPDX-License-Identifier: MIT */
/* What came of a worker that has ended: its result, or what can be told without it. */
#ifndef CLI_CHECK_RESULT_H
#define CLI_CHECK_RESULT_H

#include "cli/check_worker.h"

/* Why a watchdog ended a worker. */
enum check_kill { CHECK_NOT_KILLED, CHECK_KILLED_HANGING, CHECK_KILLED_STOPPING };

struct check_end {
    int status; /* of waitpid */
    enum check_kill kill;
    unsigned timeout_seconds;
    bool is_sandboxed;
    char *said; /* what the worker printed, malloc'ed */
};

/* The result as check_pass_json gives it; NULL when memory is short. Where the DUT crashed or hung,
 * that is its last failure, and its page is that of the result. */
json_t *check_result(const struct check_worker *worker, const struct check_pass *planned,
                     const struct check *check, struct check_end *end);

/* What the worker has explained, as far as it came: check_explanation_json, with what there is to
 * say in "said". NULL when memory is short. */
json_t *check_result_explanation(const struct check_worker *worker, struct check_end *end);

enum check_verdict check_result_verdict(const json_t *result);

#endif
