/* SPDX-License-Identifier: MIT */
#include "cli/check_rounds.h"

#include <stdlib.h>
#include <string.h>

#include "cli/check_result.h"

/* Only the pass that counts functional coverage has rounds. */
static bool is_about(const struct check_rounds *rounds, const struct check_pass *pass)
{
    return rounds->report != NULL && pass->kind == CHECK_COMPARE && pass->variant == DUT_FAST;
}

bool check_rounds_begin(struct check_rounds *rounds, const struct check *check,
                        const struct check_pass *pass)
{
    *rounds = (struct check_rounds){0};
    if (!check->is_until_covered || pass->shard_count == 1) {
        return true;
    }
    rounds->report = coverage_report_new(&check->machine->mmu, check->machine->name);
    rounds->reached = calloc(1, CHECK_REACHED_BYTES);
    if (rounds->report != NULL && rounds->report->bins.count > 8 * CHECK_REACHED_BYTES) {
        check_rounds_end(rounds); /* every shard on its own, then */
        return true;
    }
    return rounds->report != NULL && rounds->reached != NULL;
}

void check_rounds_end(struct check_rounds *rounds)
{
    if (rounds->report != NULL) {
        coverage_report_free(rounds->report);
    }
    free(rounds->reached);
    *rounds = (struct check_rounds){0};
}

/* The first shard of the round that a shard is of. */
static uint64_t round_begin(uint64_t shard)
{
    return shard == 0 ? 0 : (shard - 1) / CHECK_ROUND_SHARDS * CHECK_ROUND_SHARDS + 1;
}

bool check_rounds_may_start(const struct check_rounds *rounds, const struct check_pass *pass,
                            uint64_t shard)
{
    return !is_about(rounds, pass) || rounds->told >= round_begin(shard);
}

void check_rounds_brief(const struct check_rounds *rounds, struct check_pass *pass)
{
    if (is_about(rounds, pass)) {
        memcpy(pass->reached, rounds->reached, CHECK_REACHED_BYTES);
    }
}

static void end_round(struct check_rounds *rounds)
{
    for (unsigned bin = 0; bin < rounds->report->bins.count; bin++) {
        rounds->reached[bin / 8] |= (uint8_t)((rounds->report->hits[bin] > 0) << bin % 8);
    }
}

bool check_rounds_add(struct check_rounds *rounds, const struct check_pass *pass,
                      const json_t *result)
{
    const json_t *const run = json_object_get(json_object_get(result, "run"), "coverage");

    if (!is_about(rounds, pass)) {
        return false;
    }
    rounds->told++;
    /* One that is damaged covers nothing here; the report at the end says what is wrong with it. */
    if (json_is_object(run)) {
        coverage_report_add(rounds->report, run, "coverage", NULL);
    }
    if (round_begin(rounds->told) != rounds->told) {
        return false;
    }
    end_round(rounds);
    return rounds->report->reached_count == rounds->report->bins.reachable_count;
}
