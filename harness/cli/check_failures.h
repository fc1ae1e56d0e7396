/* SPDX-License-Identifier: MIT */
/* The failures of a check, told apart by their signatures. In the result of a pass each kind has an
 * object in "failures":
 *
 *     number        of the kind in the whole check, in the order in which kinds came, from 1
 *     signature, count, segment, begin_cycle, cycle, is_gone: of struct check_failure
 *     explanation   of check_explanation_json, where the kind came first; otherwise null */
#ifndef CLI_CHECK_FAILURES_H
#define CLI_CHECK_FAILURES_H

#include "cli/check.h"

/* Numbers the failures of the next result in order. `kinds` is an object that knows those so far;
 * at most `limit` get a number, the others are taken out. How many came first here. */
unsigned check_failures_number(json_t *kinds, json_t *result, unsigned limit);

/* The next failure of a result that came first there and is not explained yet, from `*index` on;
 * false where there is none. */
bool check_failures_next(const json_t *result, size_t *index, struct check_failure *failure,
                         unsigned *number);

/* Adds what explained it. Takes `explanation` over; NULL: nothing could. */
void check_failures_explain(json_t *result, size_t index, json_t *explanation);

/* What there is to print of a shard: what its worker said, and what there was to say of each
 * failure that came first in it. Malloc'ed; NULL when memory is short. */
char *check_failures_said(json_t *result, const char *said);

/* A line for each kind: how often it came, and where. Nothing without failures. */
void check_failures_print(const json_t *results);

/* The kinds of all results, for results.json. NULL when memory is short. */
json_t *check_failures_json(const json_t *results);

#endif
