/* SPDX-License-Identifier: MIT */
/* Results for programs. Nothing in them depends on the time that it took. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "cli/check.h"
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
    return mismatch_json(&pass->bench, pass->files.replay_command);
}

/* The page as a string; "" where there is none. */
static json_t *page_of(const struct check_pass *pass)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream;
    json_t *page;

    if (pass->verdict != CHECK_DISAGREED || pass->kind == CHECK_UNKNOWNS) {
        return json_string(pass->error.text);
    }
    stream = open_memstream(&text, &size);
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

static json_t *transactions_of(const struct check_pass *pass)
{
    return pass->bench.transaction != NULL ? transaction_json(&pass->transaction) : json_null();
}

json_t *check_pass_json(const struct check_pass *pass)
{
    return json_pack(
        "{s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:b, s:o, s:s?, s:s?, s:o, s:o, s:{s:f, s:s?, s:o, "
        "s:O?}}",
        "name", pass->name, "shard", (json_int_t)pass->shard, "seed", (json_int_t)pass->seed,
        "verdict", check_verdict_name(pass->verdict), "cycles", (json_int_t)pass->bench.cycle,
        "compared_cycles", (json_int_t)pass->bench.compared_cycles, "directed_cycles",
        (json_int_t)pass->stimulus.directed_cycles, "directed_part_is_complete",
        pass->stimulus.directed_done, "mismatch", mismatch_of(pass), "trace", pass->files.trace,
        "waveform", pass->files.waveform, "shrunk", shrunk_of(pass), "transactions",
        transactions_of(pass), "run", "seconds", pass->seconds, "subject", pass->stimulus.subject,
        "page", page_of(pass), "coverage", pass->coverage_run);
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
        json_t *const copy = json_copy(json_array_get(results, i));

        json_object_del(copy, "run");
        json_array_append_new(list, copy);
    }
    return list;
}

bool check_write_json(const char *path, const struct check *check, const json_t *results,
                      bool is_complete, json_t *rtl_coverage, struct error *error)
{
    const struct mmu_config *const mmu = &check->machine->mmu;
    json_t *const object = json_pack(
        "{s:s, s:s, s:I, s:s, s:s, s:b, s:{s:i, s:i, s:i, s:i, s:i, s:i}, s:o, s:O?}", "machine",
        check->machine->name, "engine", engine_name(check->engine), "seed", (json_int_t)check->seed,
        "command", check->command, "verdict", check_verdict_name(first_verdict(results)),
        "complete", is_complete, "parameters", "VA_W", mmu->va_w, "PA_W", mmu->pa_w, "SEG_BITS",
        mmu->seg_bits, "SELECT", mmu->select, "CONTEXTS", mmu->contexts, "STAGES", mmu->stages,
        "passes", public_results(results), "rtl_coverage", rtl_coverage);
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

static void put_problem(FILE *file, const json_t *result)
{
    const enum check_verdict verdict = verdict_of(result);
    const char *const page =
        json_string_value(json_object_get(json_object_get(result, "run"), "page"));
    const bool is_page = verdict == CHECK_DISAGREED;

    if (verdict == CHECK_AGREED) {
        return;
    }
    fprintf(file, "<%s message=\"",
            is_page                                                    ? "failure"
            : verdict == CHECK_INTERRUPTED || verdict == CHECK_SKIPPED ? "skipped"
                                                                       : "error");
    if (is_page) {
        fputs("model and DUT disagree\">", file);
        markup_put_text(file, page != NULL ? page : "");
        fputs("</failure>", file);
    } else {
        markup_put_text(file, page != NULL && page[0] != '\0' ? page : check_verdict_name(verdict));
        fputs("\"/>", file);
    }
}

bool check_write_junit(const char *path, const struct check *check, const json_t *results,
                       struct error *error)
{
    FILE *const file = fopen(path, "w");
    unsigned counts[CHECK_VERDICTS] = {0};
    bool is_written;

    if (file == NULL) {
        return error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    }
    for (size_t i = 0; i < json_array_size(results); i++) {
        counts[verdict_of(json_array_get(results, i))]++;
    }
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"segmmu check ", file);
    markup_put_text(file, check->machine->name);
    fprintf(file, "\" tests=\"%zu\" failures=\"%u\" errors=\"%u\" skipped=\"%u\">\n",
            json_array_size(results), counts[CHECK_DISAGREED],
            counts[CHECK_FAILED] + counts[CHECK_LOST] + counts[CHECK_NOT_RUN],
            counts[CHECK_INTERRUPTED] + counts[CHECK_SKIPPED]);
    for (size_t i = 0; i < json_array_size(results); i++) {
        const json_t *const result = json_array_get(results, i);
        const json_int_t shard = json_integer_value(json_object_get(result, "shard"));

        fputs("  <testcase classname=\"segmmu.check\" name=\"", file);
        markup_put_text(file, json_string_value(json_object_get(result, "name")));
        if (shard > 0) {
            fprintf(file, ", shard %lld", (long long)shard);
        }
        fputs("\">", file);
        put_problem(file, result);
        fputs("</testcase>\n", file);
    }
    fputs("</testsuite>\n", file);
    is_written = !ferror(file);
    is_written = fclose(file) == 0 && is_written;
    return is_written || error_set(error, "%s: cannot be written: %s", path, strerror(errno));
}
