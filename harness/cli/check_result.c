/* SPDX-License-Identifier: MIT */
/* A worker's memory and its result are the RTL's to write in the end: nothing in them is believed
 * that could lead further than to a wrong result. */
#include "cli/check_result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/lost_dut.h"
#include "lockstep/sandbox.h"

enum { RESULT_MAX_BYTES = 16 << 20 };

enum check_verdict check_result_verdict(const json_t *result)
{
    const char *const name = json_string_value(json_object_get(result, "verdict"));
    const int verdict = name != NULL ? check_verdict_parse(name) : -1;

    return verdict < 0 ? CHECK_FAILED : (enum check_verdict)verdict;
}

/* --- the worker's own result --- */

static json_t *read_result(const struct check_worker *worker)
{
    struct stat status;

    if (fstat(worker->result_fd, &status) != 0 || status.st_size == 0 ||
        status.st_size > RESULT_MAX_BYTES || lseek(worker->result_fd, 0, SEEK_SET) != 0) {
        return NULL;
    }
    return json_loadfd(worker->result_fd, JSON_DISABLE_EOF_CHECK, NULL);
}

static bool has_type(const json_t *result, const char *key, json_type type)
{
    const json_t *const value = json_object_get(result, key);

    return value != NULL && json_typeof(value) == type;
}

static bool has_failures(const json_t *result)
{
    const json_t *const failures = json_object_get(result, "failures");
    struct check_failure failure;

    for (size_t i = 0; i < json_array_size(failures); i++) {
        if (!check_failure_parse(json_array_get(failures, i), &failure)) {
            return false;
        }
    }
    return json_is_array(failures) && json_array_size(failures) <= CHECK_FAILURES;
}

/* It is of the shape of check_pass_json, and about the pass that was asked for. */
static bool is_result_of(const json_t *result, const struct check_pass *planned)
{
    static const char *const numbers[] = {"seed", "cycles", "compared_cycles", "directed_cycles"};
    const char *const name = json_string_value(json_object_get(result, "name"));
    const char *const verdict = json_string_value(json_object_get(result, "verdict"));
    const json_t *const run = json_object_get(result, "run");

    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (!has_type(result, numbers[i], JSON_INTEGER)) {
            return false;
        }
    }
    return name != NULL && strcmp(name, planned->name) == 0 && verdict != NULL &&
           check_verdict_parse(verdict) >= 0 && has_type(result, "shard", JSON_INTEGER) &&
           (uint64_t)json_integer_value(json_object_get(result, "shard")) == planned->shard &&
           has_type(run, "page", JSON_STRING) && has_failures(result);
}

/* --- a DUT that went away --- */

static void make_printable(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < ' ' || *text > '~') {
            *text = '?';
        }
    }
}

/* A pass of our own that shows what the worker's memory holds. NULL when memory is short. */
static struct check_pass *copy_pass(const struct check_pass *planned,
                                    const struct check_worker *worker, const struct check *check,
                                    const struct check_end *end)
{
    struct check_pass *const pass = calloc(1, sizeof(*pass));
    const struct lost_setup setup = {.machine = check->machine,
                                     .by_transactions = check->response_timeout_cycles > 0,
                                     .max_cycle = planned->cycles};
    const struct lost_reason reason = {
        .signal = WIFSIGNALED(end->status) ? WTERMSIG(end->status) : 0,
        .timeout_seconds = end->kill == CHECK_KILLED_HANGING ? end->timeout_seconds : 0,
    };

    if (pass == NULL) {
        return NULL;
    }
    memcpy(pass, planned, sizeof(*pass));
    pass->stimulus.directed_done = worker->pass->stimulus.directed_done & 1;
    pass->stimulus.directed_cycles = worker->pass->stimulus.directed_cycles & INT64_MAX;
    lost_bench_copy(&pass->bench, &worker->pass->bench, &worker->pass->stimulus.last, &setup,
                    &reason);
    return pass;
}

/* The failures before the one that took the DUT away, and that one. */
static void copy_failures(struct check_pass *pass, const struct check_worker *worker)
{
    const struct check_pass *const shared = worker->pass;
    const uint64_t earlier = shared->earlier_cycles;
    unsigned count = shared->failure_count;

    count = count < CHECK_FAILURES - 1 ? count : CHECK_FAILURES - 1;
    pass->segment = shared->segment & INT64_MAX;
    pass->earlier_cycles = earlier < pass->cycles ? earlier : pass->cycles;
    for (unsigned i = 0; i < count; i++) {
        struct check_failure *const failure = &pass->failure[i];

        memcpy(failure, &shared->failure[i], sizeof(*failure));
        failure->signature[SIGNATURE_TEXT - 1] = '\0';
        make_printable(failure->signature);
        failure->count &= INT64_MAX;
        failure->segment &= INT64_MAX;
        failure->begin_cycle &= INT64_MAX;
        failure->cycle &= INT64_MAX;
        failure->is_gone = false;
    }
    pass->failure[count] = (struct check_failure){
        .count = 1,
        .segment = pass->segment,
        .begin_cycle = pass->earlier_cycles,
        .cycle = pass->bench.cycle,
        .is_gone = true,
    };
    snprintf(pass->failure[count].signature, SIGNATURE_TEXT, "stopped: %s",
             pass->bench.dut_failure);
    pass->failure_count = count + 1;
}

static json_t *lost_dut(const struct check_worker *worker, const struct check_pass *planned,
                        const struct check *check, const struct check_end *end)
{
    struct check_pass *const pass = copy_pass(planned, worker, check, end);
    json_t *result;

    if (pass == NULL) {
        return NULL;
    }
    pass->verdict = CHECK_DISAGREED;
    copy_failures(pass, worker);
    result = check_pass_json(pass);
    check_pass_free(pass);
    free(pass);
    return result;
}

/* --- what became of it --- */

static json_t *without_dut(const struct check_pass *planned, enum check_verdict verdict,
                           const char *reason)
{
    struct check_pass *const pass = calloc(1, sizeof(*pass));
    json_t *result;

    if (pass == NULL) {
        return NULL;
    }
    memcpy(pass, planned, sizeof(*pass));
    pass->verdict = verdict;
    error_set(&pass->error, "%s", reason);
    result = check_pass_json(pass);
    free(pass);
    return result;
}

/* bwrap, or what came in place of the worker, says why in its first line. */
static json_t *not_started(const struct check_pass *planned, struct check_end *end)
{
    char reason[512];
    const char *const said = end->said != NULL && end->said[0] != '\0' ? end->said : "no reason";

    snprintf(reason, sizeof(reason), "%s: %.*s%s",
             end->is_sandboxed ? "the sandbox does not start" : "a worker does not start",
             (int)strcspn(said, "\n"), said,
             end->is_sandboxed ? "; --no-sandbox does without" : "");
    free(end->said);
    end->said = NULL;
    return without_dut(planned, CHECK_FAILED, reason);
}

json_t *check_result(const struct check_worker *worker, const struct check_pass *planned,
                     const struct check *check, struct check_end *end)
{
    const enum check_phase phase = worker->pass->phase;
    const bool is_clocking = phase == CHECK_PHASE_CLOCKING || phase == CHECK_PHASE_WRITING;
    char reason[256];
    json_t *const result = phase == CHECK_PHASE_DONE ? read_result(worker) : NULL;

    if (is_result_of(result, planned)) {
        return result;
    }
    json_decref(result);
    end->status = sandbox_status(end->status);
    if (end->kill == CHECK_KILLED_STOPPING) {
        return without_dut(planned, CHECK_INTERRUPTED, "interrupted");
    }
    if (phase == CHECK_PHASE_NONE && WIFEXITED(end->status)) {
        return not_started(planned, end);
    }
    if (is_clocking && check->engine == ENGINE_LOCKSTEP &&
        (end->kill == CHECK_KILLED_HANGING || lost_is_crash(end->status))) {
        return lost_dut(worker, planned, check, end);
    }
    if (end->kill == CHECK_KILLED_HANGING) {
        snprintf(reason, sizeof(reason), "%s: its worker did not end", planned->name);
    } else if (WIFSIGNALED(end->status)) {
        snprintf(reason, sizeof(reason), "%s, shard %llu: its worker was killed (%s)",
                 planned->name, (unsigned long long)planned->shard,
                 strsignal(WTERMSIG(end->status)));
    } else {
        snprintf(reason, sizeof(reason), "%s, shard %llu: its worker ended without a result",
                 planned->name, (unsigned long long)planned->shard);
    }
    return without_dut(planned, CHECK_LOST, reason);
}

json_t *check_result_explanation(const struct check_worker *worker, struct check_end *end)
{
    json_t *explanation = read_result(worker);
    const char *said = end->said != NULL ? end->said : "";
    const char *more = "";
    char *text;

    if (!json_is_object(explanation)) {
        json_decref(explanation);
        explanation = json_object();
    }
    end->status = sandbox_status(end->status);
    if (end->kill == CHECK_KILLED_HANGING) {
        more = "segmmu: not made small: with other stimulus the RTL does not come back\n";
    } else if (lost_is_crash(end->status)) {
        more = "segmmu: not made small: with other stimulus the RTL crashes\n";
    } else if (end->kill == CHECK_KILLED_STOPPING) {
        more = "segmmu: not made small: interrupted\n";
    } else if (worker->pass->phase != CHECK_PHASE_DONE) {
        more = "segmmu: not explained to the end: its worker was lost\n";
    }
    if (asprintf(&text, "%s%s", said, more) > 0) {
        /* Whatever the RTL printed is in it. */
        json_object_set_new_nocheck(explanation, "said", json_string_nocheck(text));
        free(text);
    }
    return explanation;
}
