/* SPDX-License-Identifier: MIT */
#include "prove/cbmc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "machine/machine.h"

const char *proof_verdict_name(enum proof_verdict verdict)
{
    static const char *const names[PROOF_VERDICTS] = {"proved", "refuted", "undecided", "not run"};

    return names[verdict];
}

/* --- where it is --- */

enum { FETCH_LIMIT_SECONDS = 300 };

/* Runs the script; what it prints, malloc'ed and without its last line end. */
static char *run_fetch(const char *what, enum spawn_result *result, struct error *error)
{
    char *const script = string_format("%s/prove/fetch_cbmc", machine_data_directory());
    char *const argv[] = {script, (char *)what, NULL};
    const int fd = memfd_create("fetch_cbmc", MFD_CLOEXEC);
    char *text = calloc(1, 4096);

    *result = SPAWN_ERROR;
    if (script == NULL || fd < 0 || text == NULL) {
        error_set(error, "out of memory");
    } else {
        *result = spawn_run_for(argv, NULL, fd, -1, FETCH_LIMIT_SECONDS);
        if (*result == SPAWN_MISSING || *result == SPAWN_ERROR) {
            error_set(error, "%s: cannot be run: %s", script, strerror(errno));
        } else if (*result == SPAWN_INTERRUPTED) {
            error_set(error, "interrupted");
        } else if (pread(fd, text, 4095, 0) > 0) {
            text[strcspn(text, "\n")] = '\0';
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    free(script);
    return text;
}

bool cbmc_find(struct cbmc *cbmc, struct error *error)
{
    enum spawn_result result;
    char *const said = run_fetch("--quiet", &result, error);

    *cbmc = (struct cbmc){0};
    switch (result) {
    case SPAWN_SUCCEEDED:
        cbmc->program = said;
        cbmc->solver = run_fetch("--solver", &result, error);
        if (result != SPAWN_SUCCEEDED) {
            free(cbmc->solver);
            cbmc->solver = NULL;
        }
        return true;
    case SPAWN_FAILED:
        cbmc->reason = said;
        return true;
    case SPAWN_TIMED_OUT:
        cbmc->reason =
            string_format("cbmc cannot be had: not fetched in %d seconds", FETCH_LIMIT_SECONDS);
        free(said);
        return true;
    default:
        free(said);
        return false;
    }
}

void cbmc_free(struct cbmc *cbmc)
{
    free(cbmc->program);
    free(cbmc->solver);
    free(cbmc->reason);
    *cbmc = (struct cbmc){0};
}

/* --- what it says --- */

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* A list of objects, of which the one at the end has the verdict. */
static const char *find_status(const json_t *log, const char **message)
{
    const char *status = NULL;
    size_t i;
    json_t *item;

    *message = NULL;
    json_array_foreach(log, i, item)
    {
        const char *const found = json_string_value(json_object_get(item, "cProverStatus"));
        const char *const type = json_string_value(json_object_get(item, "messageType"));

        status = found != NULL ? found : status;
        if (type != NULL && strcmp(type, "ERROR") == 0 && *message == NULL) {
            *message = json_string_value(json_object_get(item, "messageText"));
        }
    }
    return status;
}

/* The first assertion that does not hold, with the way there. */
static void take_failure(const json_t *log, struct claim_answer *answer)
{
    size_t i;
    json_t *item;

    json_array_foreach(log, i, item)
    {
        const char *const status = json_string_value(json_object_get(item, "status"));
        const char *const text = json_string_value(json_object_get(item, "description"));

        if (status != NULL && strcmp(status, "failed") == 0 && answer->trace == NULL) {
            snprintf(answer->reason, sizeof(answer->reason), "%s", text != NULL ? text : "");
            answer->trace = json_incref(json_object_get(item, "trace"));
        }
    }
}

static bool is_out_of_memory(const char *text)
{
    return strstr(text, "bad_alloc") != NULL || strstr(text, "ut of memory") != NULL ||
           strstr(text, "OutOfMemory") != NULL || strstr(text, "cannot allocate") != NULL;
}

static bool read_answer(const struct tool_step *step, struct claim_answer *answer,
                        struct error *error)
{
    char *const text = tool_log(step);
    json_t *const log = text != NULL ? json_loads(text, 0, NULL) : NULL;
    const char *message;
    const char *const status = find_status(log, &message);
    bool is_read = true;

    if (text == NULL) {
        is_read = error_set(error, "out of memory");
    } else if (status != NULL && strcmp(status, "success") == 0) {
        answer->verdict = PROOF_PROVED;
    } else if (status != NULL && strcmp(status, "failure") == 0) {
        answer->verdict = PROOF_REFUTED;
        take_failure(log, answer);
    } else if (message != NULL && !is_out_of_memory(message)) {
        is_read = error_set(error, "cbmc, %s: %s", step->name, message);
    } else {
        /* It was ended without a word, or said that memory ran out. */
        answer->verdict = PROOF_UNDECIDED;
        snprintf(answer->reason, sizeof(answer->reason), "cbmc ended without a verdict%s",
                 is_out_of_memory(text) ? ": memory ran out" : "");
    }
    json_decref(log);
    free(text);
    return is_read;
}

bool cbmc_decide(const struct cbmc *cbmc, const struct claim *claim, const struct tool_step *step,
                 struct claim_answer *answer, struct error *error)
{
    struct strings argv = {0};
    struct tool_step own = *step;
    const double started = now();
    bool is_decided = true;

    *answer = (struct claim_answer){.verdict = PROOF_NOT_RUN};
    if (cbmc->program == NULL) {
        snprintf(answer->reason, sizeof(answer->reason), "%s", cbmc->reason);
        return true;
    }
    strings_add(&argv, "%s", cbmc->program);
    strings_add_all(&argv, (const char *const *)claim->words->items);
    strings_add_all(&argv, (const char *const[]){"--function", claim->function, "--json-ui",
                                                 "--trace", "--stop-on-fail", "--slice-formula",
                                                 "--unwinding-assertions", NULL});
    if (cbmc->solver != NULL && claim->has_memories) {
        strings_add(&argv, "--external-sat-solver");
        strings_add(&argv, "%s", cbmc->solver);
    }
    own.name = claim->name;
    own.argv = &argv;
    switch (tool_run(&own, error)) {
    case SPAWN_SUCCEEDED:
    case SPAWN_FAILED:
        is_decided = read_answer(&own, answer, error);
        break;
    case SPAWN_TIMED_OUT:
        answer->verdict = PROOF_UNDECIDED;
        snprintf(answer->reason, sizeof(answer->reason), "not decided in %u seconds",
                 step->limit_seconds);
        break;
    default:
        is_decided = false;
    }
    answer->seconds = now() - started;
    strings_free(&argv);
    return is_decided;
}

bool cbmc_value(const json_t *trace, const char *variable, uint64_t *value)
{
    bool is_found = false;
    size_t i;
    json_t *step;

    json_array_foreach(trace, i, step)
    {
        const char *const name = json_string_value(json_object_get(step, "lhs"));
        const char *const bits =
            json_string_value(json_object_get(json_object_get(step, "value"), "binary"));

        if (name != NULL && bits != NULL && strcmp(name, variable) == 0) {
            *value = strtoull(bits, NULL, 2);
            is_found = true;
        }
    }
    return is_found;
}
