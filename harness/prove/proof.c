/* SPDX-License-Identifier: MIT */
#include "prove/proof.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "prove/claims.h"
#include "prove/properties.h"
#include "prove/translation.h"

const char *proof_property_name(enum proof_property property)
{
    static const char *const names[PROPERTIES] = {"equal", "translate", "isolated", "channels",
                                                  "rtl"};

    return names[property];
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* --- the claims, several at once --- */

struct work {
    const struct proof *proof;
    struct claims *claims;
    pthread_mutex_t lock;
    size_t next;
    bool has_failed;
    struct error error; /* of the first that could not be put */
};

static bool decide(const struct work *work, struct claim_entry *entry, struct error *error)
{
    const struct proof *const proof = work->proof;
    const struct tool_step step = {
        .directory = proof->directory,
        .limit_seconds = proof->timeout_seconds,
        .is_sandboxed = proof->source->is_sandboxed,
    };

    if (entry->properties != NULL) {
        return properties_decide(proof, entry->properties, &entry->answer, error);
    }
    return cbmc_decide(proof->cbmc, &entry->claim, &step, &entry->answer, error);
}

static void *decide_all(void *context)
{
    struct work *const work = context;

    for (;;) {
        struct error error;
        struct claim_entry *entry = NULL;

        pthread_mutex_lock(&work->lock);
        if (!work->has_failed && work->next < work->claims->count) {
            entry = &work->claims->items[work->next++];
        }
        pthread_mutex_unlock(&work->lock);
        if (entry == NULL) {
            return NULL;
        }
        if (!decide(work, entry, &error)) {
            pthread_mutex_lock(&work->lock);
            if (!work->has_failed) {
                work->has_failed = true;
                work->error = error;
            }
            pthread_mutex_unlock(&work->lock);
        }
    }
}

static bool run_claims(const struct proof *proof, struct claims *claims, struct error *error)
{
    enum { MOST_THREADS = 64 };
    struct work work = {.proof = proof, .claims = claims, .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[MOST_THREADS];
    unsigned count = 0;

    while (count + 1 < proof->jobs && count < MOST_THREADS &&
           pthread_create(&threads[count], NULL, decide_all, &work) == 0) {
        count++;
    }
    decide_all(&work);
    while (count > 0) {
        pthread_join(threads[--count], NULL);
    }
    pthread_mutex_destroy(&work.lock);
    return !work.has_failed || error_set(error, "%s", work.error.text);
}

/* The worst of its claims is a property's verdict: one counterexample refutes it. */
static unsigned weight(enum proof_verdict verdict)
{
    static const unsigned weights[PROOF_VERDICTS] = {
        [PROOF_PROVED] = 0, [PROOF_NOT_RUN] = 1, [PROOF_UNDECIDED] = 2, [PROOF_REFUTED] = 3};

    return weights[verdict];
}

static void collect(struct proof *proof, const struct claims *claims)
{
    for (unsigned property = 0; property < PROPERTIES; property++) {
        proof->results[property] = (struct proof_result){.verdict = PROOF_NOT_RUN, .claim = ""};
    }
    for (size_t i = 0; i < claims->count; i++) {
        const struct claim_entry *const entry = &claims->items[i];
        struct proof_result *const result = &proof->results[entry->property];

        result->seconds += entry->answer.seconds;
        if (result->claim[0] == '\0' || weight(entry->answer.verdict) > weight(result->verdict)) {
            result->verdict = entry->answer.verdict;
            snprintf(result->reason, sizeof(result->reason), "%s", entry->answer.reason);
            result->claim = entry->what;
            json_decref(result->trace);
            result->trace = json_incref(entry->answer.trace);
        }
    }
}

bool proof_run(struct proof *proof, struct error *error)
{
    const double started = now();
    struct claims claims = {0};
    const bool is_good = translation_make(proof, error) && claims_list(&claims, proof, error) &&
                         run_claims(proof, &claims, error);

    if (is_good) {
        collect(proof, &claims);
    }
    proof->seconds = now() - started;
    claims_free(&claims);
    return is_good;
}

void proof_free(struct proof *proof)
{
    for (unsigned property = 0; property < PROPERTIES; property++) {
        json_decref(proof->results[property].trace);
    }
    strings_free(&proof->refusals);
}
