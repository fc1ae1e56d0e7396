/* SPDX-License-Identifier: MIT */
#include "cli/check_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/check_failures.h"
#include "cli/check_out.h"
#include "cli/check_result.h"
#include "cli/check_transactions.h"
#include "cli/cli.h"

/* A pass: its shards added up. */
struct pass_sum {
    const char *name;
    enum check_verdict verdict; /* the worst */
    uint64_t first_failure;     /* cycles before it */
    uint64_t shards, cycles, compared_cycles;
    double seconds;
};

static uint64_t integer_of(const json_t *result, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(result, key));
}

static const char *text_of(const json_t *result, const char *key)
{
    const char *const text =
        json_string_value(json_object_get(json_object_get(result, "run"), key));

    return text != NULL ? text : "";
}

static struct pass_sum sum_pass(const json_t *results, size_t begin)
{
    struct pass_sum sum = {.verdict = CHECK_AGREED};

    for (size_t i = begin; i < json_array_size(results); i++) {
        const json_t *const result = json_array_get(results, i);
        const enum check_verdict verdict = check_result_verdict(result);
        const json_t *const failure = json_array_get(json_object_get(result, "failures"), 0);

        if (failure != NULL && sum.verdict != CHECK_DISAGREED) {
            sum.first_failure =
                sum.cycles + integer_of(failure, "begin_cycle") + integer_of(failure, "cycle");
        }
        sum.name = json_string_value(json_object_get(result, "name"));
        sum.shards++;
        sum.cycles += integer_of(result, "cycles");
        sum.compared_cycles += integer_of(result, "compared_cycles");
        sum.seconds += json_real_value(json_object_get(json_object_get(result, "run"), "seconds"));
        if (sum.verdict != CHECK_DISAGREED && verdict != CHECK_AGREED) {
            sum.verdict = verdict;
        }
    }
    return sum;
}

static void print_directed(const json_t *first)
{
    if (json_is_true(json_object_get(first, "directed_part_is_complete"))) {
        printf("  directed part: complete, %" PRIu64 " cycles\n",
               integer_of(first, "directed_cycles"));
    } else if (text_of(first, "subject")[0] != '\0') {
        printf("  directed part: not complete (it ended in \"%s\")\n", text_of(first, "subject"));
    }
}

static void print_pass(const struct check_report *report, const json_t *results)
{
    const json_t *const first = json_array_get(results, report->pass_begin);
    const struct pass_sum sum = sum_pass(results, report->pass_begin);
    const uint64_t jobs = sum.shards < report->jobs ? sum.shards : report->jobs;

    if (sum.verdict == CHECK_FAILED || sum.name == NULL) {
        return;
    }
    if (sum.verdict == CHECK_NOT_RUN) {
        printf("%s: NOT RUN\n", sum.name);
        return;
    }
    if (sum.verdict == CHECK_SKIPPED) {
        printf("%s: skipped: %s\n", sum.name, text_of(first, "page"));
        return;
    }
    printf("%s: %s after %" PRIu64 " cycles", sum.name, check_verdict_name(sum.verdict),
           sum.verdict == CHECK_DISAGREED ? sum.first_failure : sum.cycles);
    if (sum.verdict == CHECK_DISAGREED && sum.cycles > sum.first_failure) {
        printf(", %" PRIu64 " cycles run", sum.cycles);
    }
    if (sum.compared_cycles > 0) {
        printf(", %" PRIu64 " compared", sum.compared_cycles);
    }
    if (sum.seconds > 0) {
        printf(", %.2f M cycles/s", (double)(sum.cycles * jobs) / sum.seconds * 1e-6);
    }
    printf("\n");
    if (sum.seconds > 0) {
        print_directed(first);
    }
    transaction_json_print(json_object_get(first, "transactions"));
    if (sum.shards > 1) {
        printf("  %" PRIu64 " shards of %" PRIu64 " cycles\n", sum.shards,
               report->check->shard_cycles);
    }
}

/* Says what could not be written, and remembers it. */
static void keep(struct check_report *report, bool is_written, const struct error *error)
{
    if (!is_written) {
        cli_error("%s", error->text);
        report->is_short = true;
    }
}

void check_report_shard(void *context, const json_t *results, const char *said, bool is_last)
{
    struct check_report *const report = context;
    const json_t *const result = json_array_get(results, json_array_size(results) - 1);
    const enum check_verdict verdict = check_result_verdict(result);
    const char *const out = report->out;
    struct error error;

    fputs(said, stderr);
    if (verdict == CHECK_FAILED || verdict == CHECK_LOST || verdict == CHECK_NOT_RUN) {
        cli_error("%s", text_of(result, "page"));
    }
    report->lost += verdict == CHECK_LOST;
    if (out != NULL) {
        keep(report, check_out_log(out, results, said, &error), &error);
        keep(report, check_out_results(out, report->check, results, false, NULL, &error), &error);
    }
    if (is_last) {
        print_pass(report, results);
        fflush(stdout); /* before what goes to standard error next */
        report->pass_begin = json_array_size(results);
    }
}

/* --- the end --- */

/* By the first that disagreed; otherwise every shard must be there. */
static int status_of(const json_t *results, bool is_complete)
{
    int status = is_complete ? CLI_AGREED : CLI_ERROR;

    for (size_t i = 0; i < json_array_size(results); i++) {
        const enum check_verdict verdict = check_result_verdict(json_array_get(results, i));

        if (verdict == CHECK_DISAGREED) {
            return CLI_DISAGREED;
        }
        if (verdict != CHECK_AGREED && verdict != CHECK_SKIPPED) {
            status = CLI_ERROR;
        }
    }
    return status;
}

static void write_results(struct check_report *report, const json_t *results, bool is_complete,
                          json_t *rtl_coverage)
{
    struct error error;

    if (report->json != NULL) {
        keep(report,
             check_write_json(report->json, report->check, results, is_complete, rtl_coverage,
                              &error),
             &error);
    }
    if (report->junit != NULL) {
        keep(report, check_write_junit(report->junit, report->check, results, &error), &error);
    }
    if (report->out != NULL) {
        keep(report,
             check_out_results(report->out, report->check, results, is_complete, rtl_coverage,
                               &error),
             &error);
        keep(report, check_out_junit(report->out, report->check, results, &error), &error);
    }
}

/* What the shards have covered together; a summary only where nothing cut the run short. */
static void report_coverage(struct check_report *report, const json_t *results, bool is_whole)
{
    json_t *const runs = json_array();
    struct error error;

    for (size_t i = 0; i < json_array_size(results); i++) {
        json_t *const run =
            json_object_get(json_object_get(json_array_get(results, i), "run"), "coverage");

        if (json_is_object(run)) {
            json_array_append(runs, run);
        }
    }
    keep(report,
         check_coverage_report(report->check->machine, runs, is_whole, report->coverage,
                               report->coverage_html, &error),
         &error);
    json_decref(runs);
}

/* The same as JSON, or NULL. */
static json_t *report_rtl_coverage(struct check_report *report)
{
    json_t *json = NULL;
    struct error error;

    if (report->rtl_coverage != NULL) {
        keep(report,
             check_rtl_coverage_report(&report->rtl_counts, report->check, report->rtl_coverage,
                                       &json, &error),
             &error);
    }
    check_rtl_coverage_free(&report->rtl_counts);
    return json;
}

int check_report_end(struct check_report *report, const json_t *results, bool is_complete)
{
    const int status = status_of(results, is_complete);
    json_t *rtl_coverage;

    report_coverage(report, results, status == CLI_AGREED);
    check_failures_print(results);
    rtl_coverage = report_rtl_coverage(report);
    write_results(report, results, is_complete, rtl_coverage);
    json_decref(rtl_coverage);
    if (report->lost > 0) {
        cli_error("%zu of %zu shards were lost: the check is not complete", report->lost,
                  json_array_size(results));
    }
    return report->is_short ? CLI_ERROR : status;
}
