/* SPDX-License-Identifier: MIT */
/* Coverage files: what is written is read again, a run counts once, and nothing that is damaged or
 * of another machine is taken. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coverage_fixture.h"
#include "sink/coverage_report.h"

static const struct mmu_config config = {
    .va_w = 14, .pa_w = 16, .seg_bits = 0, .contexts = 1, .stages = 2};
static const struct mmu_config other_config = {
    .va_w = 14, .pa_w = 16, .seg_bits = 0, .contexts = 1, .stages = 3};

static char path[] = "/tmp/segmmu-coverage-XXXXXX";

/* A run of one register read for each unit of `reads`. */
static json_t *run_of(const struct mmu_config *machine, unsigned reads, uint64_t seed)
{
    struct bench *const bench = bench_new(machine);
    json_t *run;

    for (unsigned i = 0; i < reads; i++) {
        bench_send(bench, read_of(MMU_REG_ID), 0);
    }
    bench_drain(bench);
    run = coverage_run_json(bench->coverage, seed, bench->testbench.cycle);
    assert_non_null(run);
    bench_free(bench);
    return run;
}

static void add(struct coverage_report *report, json_t *run)
{
    struct error error;

    if (!coverage_report_add(report, run, "run", &error)) {
        fail_msg("%s", error.text);
    }
    json_decref(run);
}

static struct coverage_report *report_new(void)
{
    struct coverage_report *const report = coverage_report_new(&config, "unit");

    assert_non_null(report);
    return report;
}

static char *text_of(const struct coverage_report *report)
{
    char *text = NULL;
    size_t size;
    struct error error;
    FILE *file;

    assert_true(coverage_report_write(report, path, &error));
    file = fopen(path, "r");
    assert_non_null(file);
    size = 0;
    assert_true(getline(&text, &size, file) > 0);
    fclose(file);
    return text;
}

static bool read_text(const char *text, struct coverage_report **report, struct error *error)
{
    FILE *const file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return coverage_report_read(report, path, error);
}

static void run_counts_once_however_often_it_is_merged(void **state)
{
    struct coverage_report *const once = report_new(), *const often = report_new();
    char *text, *again;

    (void)state;
    add(once, run_of(&config, 3, 1));
    add(once, run_of(&config, 4, 2));
    add(often, run_of(&config, 4, 2));
    add(often, run_of(&config, 3, 1));
    add(often, run_of(&config, 4, 2));
    text = text_of(once);
    again = text_of(often);
    assert_string_equal(text, again);
    assert_int_equal(json_array_size(often->runs), 2);
    free(text);
    free(again);
    coverage_report_free(once);
    coverage_report_free(often);
}

static void runs_that_differ_count_each(void **state)
{
    struct coverage_report *const report = report_new();
    const unsigned at[COVERAGE_DIMENSIONS] = {1, 1, REGISTER_AT_ID, VALUE_UNUSED};
    const unsigned bin = coverage_bin(&report->bins, COVER_REGISTER, at);

    (void)state;
    add(report, run_of(&config, 3, 1));
    assert_int_equal(report->hits[bin], 3);
    add(report, run_of(&config, 3, 2)); /* another seed */
    assert_int_equal(report->hits[bin], 6);
    add(report, run_of(&config, 4, 1)); /* another content */
    assert_int_equal(report->hits[bin], 10);
    coverage_report_free(report);
}

static void written_report_is_read_again(void **state)
{
    struct coverage_report *const report = report_new();
    struct coverage_report *copy = NULL;
    struct error error;
    char *text, *again;

    (void)state;
    add(report, run_of(&config, 3, 1));
    text = text_of(report);
    assert_true(read_text(text, &copy, &error));
    again = text_of(copy);
    assert_string_equal(text, again);
    assert_int_equal(report->reached_count, copy->reached_count);
    free(text);
    free(again);
    coverage_report_free(report);
    coverage_report_free(copy);
}

static void other_machine_is_refused(void **state)
{
    struct coverage_report *const other = coverage_report_new(&other_config, "other");
    struct coverage_report *report = report_new();
    struct error error;
    char *text;

    (void)state;
    assert_non_null(other);
    add(other, run_of(&other_config, 3, 1));
    text = text_of(other);
    assert_false(read_text(text, &report, &error));
    assert_non_null(strstr(error.text, "another machine: found STAGES 3, expected 2"));
    assert_int_equal(json_array_size(report->runs), 0);
    free(text);
    coverage_report_free(other);
    coverage_report_free(report);
}

/* A file that is changed or cut anywhere is refused. */
static void damaged_file_is_refused(void **state)
{
    struct coverage_report *const report = report_new();
    char *text, *damaged;
    unsigned refused = 0;
    size_t length, runs;

    (void)state;
    add(report, run_of(&config, 3, 1));
    text = text_of(report);
    length = strlen(text);
    runs = (size_t)(strstr(text, "\"runs\"") - text);
    damaged = malloc(length + 1);
    assert_non_null(damaged);
    for (size_t at = runs; at < length - 1; at += 5) {
        for (unsigned change = 0; change < 2; change++) {
            struct coverage_report *copy = NULL;
            struct error error = {0};

            strcpy(damaged, text);
            damaged[at] = change == 0 ? '7' : '\0';
            if (strcmp(damaged, text) == 0) {
                continue;
            }
            if (read_text(damaged, &copy, &error)) {
                fail_msg("taken: %s", damaged + runs);
            }
            assert_true(strncmp(error.text, path, strlen(path)) == 0);
            assert_null(copy);
            refused++;
        }
    }
    assert_true(refused > 50);
    free(damaged);
    free(text);
    coverage_report_free(report);
}

static void hostile_file_is_refused(void **state)
{
#define HEAD "{\"format\":\"segmmu coverage\",\"version\":1,\"machine\":"
#define MACHINE                                                                                    \
    "{\"name\":\"x\",\"VA_W\":14,\"PA_W\":16,\"SEG_BITS\":0,\"SELECT\":0,\"CONTEXTS\":1,"          \
    "\"STAGES\":2}"
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", ":1:0: "},
        {"[]", "expected a coverage file"},
        {"{\"format\":\"segmmu coverage\"}", "version: expected 1"},
        {HEAD "7}", "machine: expected a number VA_W"},
        {HEAD "{\"VA_W\":256}}", "machine: expected a number VA_W"},
        {HEAD "{\"name\":\"x\",\"VA_W\":64,\"PA_W\":16,\"SEG_BITS\":0,\"SELECT\":0,\"CONTEXTS\":1,"
              "\"STAGES\":2},\"runs\":[]}",
         "machine: "},
        {HEAD MACHINE "}", "expected an array `runs`"},
        {HEAD MACHINE ",\"runs\":[3]}", "run 1: expected a run"},
        {HEAD MACHINE ",\"runs\":[{\"id\":\"\",\"seed\":-1,\"cycles\":1}]}",
         "run 1: expected a run"},
        {HEAD MACHINE ",\"runs\":[{\"id\":\"\",\"seed\":1,\"cycles\":1,\"hits\":{\"translate\":"
                      "[-9223372036854775807]}}]}",
         "hits of `translate`"},
        {HEAD MACHINE ",\"runs\":[{\"id\":\"\",\"seed\":1,\"cycles\":1,\"hits\":{\"translate\":"
                      "[0]}}]}",
         "hits of `translate`"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct coverage_report *report = NULL;
        struct error error = {0};

        assert_false(read_text(cases[i].text, &report, &error));
        if (strstr(error.text, cases[i].message) == NULL) {
            fail_msg("found \"%s\", expected \"%s\"", error.text, cases[i].message);
        }
    }
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_counts_once_however_often_it_is_merged),
        cmocka_unit_test(runs_that_differ_count_each),
        cmocka_unit_test(written_report_is_read_again),
        cmocka_unit_test(other_machine_is_refused),
        cmocka_unit_test(damaged_file_is_refused),
        cmocka_unit_test(hostile_file_is_refused),
    };
    const int fd = mkstemp(path);

    if (fd < 0) {
        return 1;
    }
    close(fd);
    return cmocka_run_group_tests(tests, NULL, remove_file);
}
