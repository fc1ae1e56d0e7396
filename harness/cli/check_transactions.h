/* SPDX-License-Identifier: MIT */
/* What a comparison by transactions measured of the DUT. */
#ifndef CLI_CHECK_TRANSACTIONS_H
#define CLI_CHECK_TRANSACTIONS_H

#include <jansson.h>

#include "lockstep/transaction.h"

/* {"latency_cycles": {"min", "median", "max"}, "stall_cycles": the same}. NULL when memory is
 * short. */
json_t *transaction_json(const struct transaction *transaction);

/* A line each for people, of that JSON; nothing where it is NULL or null. */
void transaction_json_print(const json_t *figures);

#endif
