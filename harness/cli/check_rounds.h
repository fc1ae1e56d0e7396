/* SPDX-License-Identifier: MIT */
/* --until-covered in several shards, which run in rounds so that nothing depends on how many
 * workers there are: first the one shard that has the directed part, then so many at a time. A
 * shard goes for what all rounds before its own have missed together; a round after which nothing
 * is missing is the last. */
#ifndef CLI_CHECK_ROUNDS_H
#define CLI_CHECK_ROUNDS_H

#include "cli/check.h"
#include "sink/coverage_report.h"

enum { CHECK_ROUND_SHARDS = 8 };

struct check_rounds {
    struct coverage_report *report; /* what the shards have covered; NULL: there are no rounds */
    uint64_t told;                  /* shards whose results are there */
    uint8_t *reached;               /* a bit for each bin: of the rounds that are over */
};

/* For the first pass. False when memory is short; ended with check_rounds_end. */
bool check_rounds_begin(struct check_rounds *rounds, const struct check *check,
                        const struct check_pass *pass);
void check_rounds_end(struct check_rounds *rounds);

/* Whether everything is there that a shard of the pass builds on. */
bool check_rounds_may_start(const struct check_rounds *rounds, const struct check_pass *pass,
                            uint64_t shard);

/* Tells a shard that starts what is covered already. */
void check_rounds_brief(const struct check_rounds *rounds, struct check_pass *pass);

/* Takes the next result of the pass, in order; true where it ends the pass. */
bool check_rounds_add(struct check_rounds *rounds, const struct check_pass *pass,
                      const json_t *result);

#endif
