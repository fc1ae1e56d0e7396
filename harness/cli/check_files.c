/* SPDX-License-Identifier: MIT */
/* Results for programs. Nothing in them depends on the time that it took. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "cli/check_failures.h"
#include "cli/check_transactions.h"
#include "cli/json_output.h"
#include "sink/mismatch.h"

/* --- JSON --- */

static json_t *mismatch_of(const struct check_pass *pass)
{
    if (pass->verdict != CHECK_DISAGREED) {
        return json_null();
    }
    if (pass->kind == CHECK_UNKNOWNS) {
        return json_pack("{s:s, s:s}", "verdict", "unknown_output", "reason", pass->error.text);
    }
    return pass->mismatch != NULL ? json_incref(pass->mismatch)
                                  : mismatch_json(&pass->bench, pass->files.replay_command);
}

/* The page as a string. */
static json_t *page_text(const struct check_pass *pass)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    json_t *page;

    if (stream != NULL) {
        mismatch_print(stream, &pass->bench, pass->files.replay_command);
        fclose(stream);
    }
    page = json_string(text != NULL ? text : "(no memory for the page)");
    free(text);
    return page;
}

/* What is left of the stimulus. */
static json_t *shrunk_of(const struct check_pass *pass)
{
    const struct disagreement_shrunk *const shrunk = &pass->files.shrunk;

    if (shrunk->trace == NULL) {
        return json_null();
    }
    return json_pack("{s:I, s:s?, s:s, s:s?, s:s?}", "requests", (json_int_t)shrunk->requests,
                     "signature", shrunk->signature, "trace", shrunk->trace, "waveform",
                     shrunk->waveform, "replay", shrunk->replay_command);
}

json_t *check_explanation_json(const struct check_pass *pass)
{
    const bool is_gone = pass->explained.is_gone;

    return json_pack(
        "{s:o, s:s?, s:s?, s:s?, s:o, s:o}", "mismatch",
        is_gone ? json_null() : mismatch_json(&pass->bench, pass->files.replay_command), "trace",
        pass->files.trace, "waveform", pass->files.waveform, "replay", pass->files.replay_command,
        "shrunk", shrunk_of(pass), "page", is_gone ? json_null() : page_text(pass));
}

/* Only who has seen the DUT go away has nothing else to show. */
static json_t *page_of(const struct check_pass *pass)
{
    return pass->verdict == CHECK_DISAGREED && pass->kind == CHECK_COMPARE && pass->mismatch == NULL
               ? page_text(pass)
               : json_string(pass->error.text);
}

static json_t *failures_of(const struct check_pass *pass)
{
    json_t *const failures = json_array();

    for (unsigned i = 0; i < pass->failure_count; i++) {
        json_t *const failure = check_failure_json(&pass->failure[i]);

        if (pass->kind == CHECK_UNKNOWNS) {
            json_object_set_new(failure, "explanation", json_object()); /* it speaks for itself */
        }
        json_array_append_new(failures, failure);
    }
    return failures;
}

static json_t *transactions_of(const struct check_pass *pass)
{
    return pass->bench.transaction != NULL ? transaction_json(&pass->transaction) : json_null();
}

json_t *check_pass_json(const struct check_pass *pass)
{
    const uint64_t cycles = pass->earlier_cycles + pass->bench.cycle;
    const uint64_t compared_cycles = pass->earlier_compared + pass->bench.compared_cycles;

    return json_pack(
        "{s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:b, s:o, s:n, s:n, s:n, s:o, s:o, s:{s:f, s:s?, s:o, "
        "s:O?}}",
        "name", pass->name, "shard", (json_int_t)pass->shard, "seed", (json_int_t)pass->seed,
        "verdict", check_verdict_name(pass->verdict), "cycles", (json_int_t)cycles,
        "compared_cycles", (json_int_t)compared_cycles, "directed_cycles",
        (json_int_t)pass->stimulus.directed_cycles, "directed_part_is_complete",
        pass->stimulus.directed_done, "mismatch", mismatch_of(pass), "trace", "waveform", "shrunk",
        "transactions", transactions_of(pass), "failures", failures_of(pass), "run", "seconds",
        pass->seconds, "subject", pass->stimulus.subject, "page", page_of(pass), "coverage",
        pass->coverage_run);
}

static enum check_verdict verdict_of(const json_t *result)
{
    return (enum check_verdict)check_verdict_parse(
        json_string_value(json_object_get(result, "verdict")));
}

/* The first that is not agreement; what was left out does not count. */
static enum check_verdict first_verdict(const json_t *results)
{
    for (size_t i = 0; i < json_array_size(results); i++) {
        const enum check_verdict verdict = verdict_of(json_array_get(results, i));

        if (verdict != CHECK_AGREED && verdict != CHECK_SKIPPED) {
            return verdict;
        }
    }
    return CHECK_AGREED;
}

/* Without what is only for people. */
static json_t *public_results(const json_t *results)
{
    json_t *const list = json_array();

    for (size_t i = 0; i < json_array_size(results); i++) {
        json_t *const copy = json_deep_copy(json_array_get(results, i));
        json_t *const failures = json_object_get(copy, "failures");

        json_object_del(copy, "run");
        for (size_t f = 0; f < json_array_size(failures); f++) {
            json_object_del(json_object_get(json_array_get(failures, f), "explanation"), "page");
        }
        json_array_append_new(list, copy);
    }
    return list;
}

bool check_write_json(const char *path, const struct check *check, const json_t *results,
                      bool is_complete, json_t *rtl_coverage, struct error *error)
{
    const struct mmu_config *const mmu = &check->machine->mmu;
    json_t *const object = json_pack(
        "{s:s, s:s, s:I, s:s, s:s, s:b, s:{s:i, s:i, s:i, s:i, s:i, s:i}, s:o, s:o, s:O?}",
        "machine", check->machine->name, "engine", engine_name(check->engine), "seed",
        (json_int_t)check->seed, "command", check->command, "verdict",
        check_verdict_name(first_verdict(results)), "complete", is_complete, "parameters", "VA_W",
        mmu->va_w, "PA_W", mmu->pa_w, "SEG_BITS", mmu->seg_bits, "SELECT", mmu->select, "CONTEXTS",
        mmu->contexts, "STAGES", mmu->stages, "failures", check_failures_json(results), "passes",
        public_results(results), "rtl_coverage", rtl_coverage);
    bool is_written = false;

    if (object == NULL ||
        json_array_size(json_object_get(object, "passes")) != json_array_size(results)) {
        error_set(error, "%s: out of memory, or a name that is not UTF-8", path);
    } else {
        FILE *const file = fopen(path, "w");

        is_written = file != NULL && json_output_write(object, file);
        is_written = (file == NULL || fclose(file) == 0) && is_written;
        if (!is_written) {
            error_set(error, "%s: cannot be written: %s", path, strerror(errno));
        }
    }
    json_decref(object);
    return is_written;
}

/* --- JUnit --- */

struct junit {
    FILE *file;
    unsigned tests, failures, errors, skipped;
};

/* A test case, and what is in it where it did not pass. Without a file it is only counted. */
static void put_case(struct junit *junit, const json_t *result, const char *detail,
                     const char *kind, const char *message, const char *text)
{
    FILE *const file = junit->file;
    const json_int_t shard = json_integer_value(json_object_get(result, "shard"));

    junit->tests++;
    if (file == NULL) {
        return;
    }
    fputs("  <testcase classname=\"segmmu.check\" name=\"", file);
    markup_put_text(file, json_string_value(json_object_get(result, "name")));
    if (shard > 0) {
        fprintf(file, ", shard %lld", (long long)shard);
    }
    if (detail != NULL) {
        fputs(": ", file);
        markup_put_text(file, detail);
    }
    fputs("\">", file);
    if (kind != NULL) {
        fprintf(file, "<%s message=\"", kind);
        markup_put_text(file, message);
        fputs("\">", file);
        markup_put_text(file, text);
        fprintf(file, "</%s>", kind);
    }
    fputs("</testcase>\n", file);
}

static const char *page_in(const json_t *object)
{
    const char *const page = json_string_value(json_object_get(object, "page"));

    return page != NULL ? page : "";
}

static void put_failures(struct junit *junit, const json_t *result)
{
    const json_t *const failures = json_object_get(result, "failures");
    const json_t *failure;
    size_t index;

    json_array_foreach(failures, index, failure)
    {
        const json_int_t number = json_integer_value(json_object_get(failure, "number"));
        const char *page = page_in(json_object_get(failure, "explanation"));
        char same[64];

        snprintf(same, sizeof(same), "failure %lld of this check once more", (long long)number);
        if (page[0] == '\0') {
            page = json_is_true(json_object_get(failure, "is_first"))
                       ? page_in(json_object_get(result, "run"))
                       : same;
        }
        junit->failures++;
        put_case(junit, result, json_string_value(json_object_get(failure, "signature")), "failure",
                 "model and DUT disagree", page);
    }
    if (json_array_size(failures) == 0) {
        junit->failures++;
        put_case(junit, result, NULL, "failure", "model and DUT disagree",
                 page_in(json_object_get(result, "run")));
    }
}

static void put_result(struct junit *junit, const json_t *result)
{
    const enum check_verdict verdict = verdict_of(result);
    const char *const page = page_in(json_object_get(result, "run"));
    const char *const message = page[0] != '\0' ? page : check_verdict_name(verdict);

    switch (verdict) {
    case CHECK_AGREED:
        put_case(junit, result, NULL, NULL, NULL, NULL);
        break;
    case CHECK_DISAGREED:
        put_failures(junit, result);
        break;
    case CHECK_INTERRUPTED:
    case CHECK_SKIPPED:
        junit->skipped++;
        put_case(junit, result, NULL, "skipped", message, "");
        break;
    default:
        junit->errors++;
        put_case(junit, result, NULL, "error", message, "");
        break;
    }
}

static void put_results(struct junit *junit, const json_t *results)
{
    for (size_t i = 0; i < json_array_size(results); i++) {
        put_result(junit, json_array_get(results, i));
    }
}

bool check_write_junit(const char *path, const struct check *check, const json_t *results,
                       struct error *error)
{
    struct junit junit = {.file = fopen(path, "w")}, counted = {0};
    bool is_written;

    if (junit.file == NULL) {
        return error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    }
    put_results(&counted, results);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"segmmu check ",
          junit.file);
    markup_put_text(junit.file, check->machine->name);
    fprintf(junit.file, "\" tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\">\n",
            counted.tests, counted.failures, counted.errors, counted.skipped);
    put_results(&junit, results);
    fputs("</testsuite>\n", junit.file);
    is_written = !ferror(junit.file);
    is_written = fclose(junit.file) == 0 && is_written;
    return is_written || error_set(error, "%s: cannot be written: %s", path, strerror(errno));
}
