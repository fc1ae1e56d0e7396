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

#include "sink/mismatch.h"

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
           has_type(run, "page", JSON_STRING);
}

/* --- a DUT that went away --- */

static void tame_request(struct mmu_request *request)
{
    request->op &= 3;
    request->bytes &= 31;
    request->access &= 3;
    request->priv &= 1;
    request->segment &= 15;
}

static void tame_output(struct mmu_out *out)
{
    out->req_ready &= 1;
    out->rsp_valid &= 1;
    out->rsp.fault &= 15;
    out->rsp.segment &= 15;
}

static void tame_cycle(struct testbench_cycle *cycle)
{
    tame_request(&cycle->in.req);
    cycle->in.rst &= 1;
    cycle->in.req_valid &= 1;
    cycle->in.rsp_ready &= 1;
    tame_output(&cycle->model);
    tame_output(&cycle->dut);
}

/* A pass of our own that shows what the worker's memory holds: the cycle that did not end is the
 * last one, with what the model says of it. NULL when memory is short. */
static struct check_pass *copy_pass(const struct check_pass *planned,
                                    const struct check_worker *worker, const struct check *check)
{
    struct check_pass *const pass = calloc(1, sizeof(*pass));
    struct testbench *bench;
    struct testbench_cycle *last;

    if (pass == NULL) {
        return NULL;
    }
    memcpy(pass, planned, sizeof(*pass));
    memcpy(&pass->bench, &worker->pass->bench, sizeof(pass->bench));
    pass->stimulus.directed_done = worker->pass->stimulus.directed_done & 1;
    pass->stimulus.directed_cycles = worker->pass->stimulus.directed_cycles & INT64_MAX;
    bench = &pass->bench;
    bench->machine = check->machine;
    bench->engine = ENGINE_LOCKSTEP;
    bench->clock = NULL; /* it is not clocked any more */
    bench->dut = NULL;
    bench->sink_count = 0;
    bench->cycle = bench->cycle < planned->cycles ? bench->cycle : planned->cycles;
    bench->compared_cycles &= INT64_MAX;
    bench->flight_count %= MMU_MAX_STAGES + 2;
    bench->flight_first %= MMU_MAX_STAGES + 1;
    last = &bench->history[bench->cycle % TESTBENCH_HISTORY];
    last->in = worker->pass->stimulus.last;
    last->number = bench->cycle;
    last->offer = (struct offer){0};
    if (last->in.req_valid && !bench->is_offered) {
        bench->is_offered = true;
        bench->offered = (struct flight){.request = last->in.req, .offered_cycle = bench->cycle};
    }
    for (unsigned i = 0; i < TESTBENCH_HISTORY; i++) {
        tame_cycle(&bench->history[i]);
    }
    for (unsigned i = 0; i < MMU_MAX_STAGES + 1; i++) {
        tame_request(&bench->flights[i].request);
    }
    tame_request(&bench->offered.request);
    return pass;
}

/* Text of a stream in place of end->said, behind what it holds. */
static FILE *open_said(struct check_end *end, char **text, size_t *size)
{
    FILE *const stream = open_memstream(text, size);

    if (stream != NULL && end->said != NULL) {
        fputs(end->said, stream);
    }
    return stream;
}

static json_t *lost_dut(const struct check_worker *worker, const struct check_pass *planned,
                        const struct check *check, struct check_end *end)
{
    struct check_pass *const pass = copy_pass(planned, worker, check);
    char *text = NULL;
    size_t size = 0;
    FILE *stream;
    json_t *result;

    if (pass == NULL) {
        return NULL;
    }
    pass->verdict = CHECK_DISAGREED;
    pass->bench.verdict = TESTBENCH_DUT_STOPPED;
    if (end->kill == CHECK_KILLED_HANGING) {
        snprintf(pass->bench.dut_failure, sizeof(pass->bench.dut_failure),
                 "it does not come back from this cycle (an endless loop?), ended after %u s",
                 end->timeout_seconds);
    } else {
        snprintf(pass->bench.dut_failure, sizeof(pass->bench.dut_failure), "it crashed: %s",
                 strsignal(WTERMSIG(end->status)));
    }
    pass->files.replay_command = strdup(check->command);
    stream = open_said(end, &text, &size);
    if (stream != NULL) {
        mismatch_print(stream, &pass->bench, pass->files.replay_command);
        check_pass_record_lost_dut(pass, check, stream);
        fclose(stream);
        free(end->said);
        end->said = text;
    }
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

static bool is_crash(int status)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

    for (unsigned i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
        if (WIFSIGNALED(status) && WTERMSIG(status) == crashes[i]) {
            return true;
        }
    }
    return false;
}

/* A sandbox ends with 128 + n where what ran in it was ended by signal n. */
static int unwrapped(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) > 128 ? WEXITSTATUS(status) - 128 : status;
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
    end->status = unwrapped(end->status);
    if (end->kill == CHECK_KILLED_STOPPING) {
        return without_dut(planned, CHECK_INTERRUPTED, "interrupted");
    }
    if (phase == CHECK_PHASE_NONE && WIFEXITED(end->status)) {
        return not_started(planned, end);
    }
    if (is_clocking && check->engine == ENGINE_LOCKSTEP &&
        (end->kill == CHECK_KILLED_HANGING || is_crash(end->status))) {
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
