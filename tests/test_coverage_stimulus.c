/* SPDX-License-Identifier: MIT */
/* What the generated stimulus covers: all that can be reached, nothing that cannot, and what it is
 * aimed at. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sink/coverage.h"
#include "source/stimulus.h"

/* The named configurations (specification, section 6), and the ends of the parameters' ranges. */
static const struct mmu_config configs[] = {
    {.va_w = 32, .pa_w = 32, .seg_bits = 0, .contexts = 1, .stages = 1},
    {.va_w = 14, .pa_w = 16, .seg_bits = 0, .contexts = 1, .stages = 2},
    {.va_w = 14, .pa_w = 16, .seg_bits = 2, .contexts = 1, .stages = 2},
    {.va_w = 16, .pa_w = 20, .seg_bits = 1, .contexts = 1, .stages = 2},
    {.va_w = 32, .pa_w = 32, .seg_bits = 2, .contexts = 2, .stages = 2},
    {.va_w = 32, .pa_w = 36, .seg_bits = 4, .contexts = 1, .stages = 3},
    {.va_w = 32, .pa_w = 32, .seg_bits = 2, .select = 1, .contexts = 1, .stages = 2},
    {.va_w = 48, .pa_w = 48, .seg_bits = 2, .contexts = 16, .stages = 3},
    {.va_w = 6, .pa_w = 6, .seg_bits = 4, .contexts = 16, .stages = 1},
    {.va_w = 48, .pa_w = 6, .seg_bits = 0, .contexts = 3, .stages = 3},
    {.va_w = 6, .pa_w = 48, .seg_bits = 4, .select = 1, .contexts = 2, .stages = 2},
};
enum { CONFIGS = sizeof(configs) / sizeof(configs[0]), DEFAULT_CYCLES = 1000000 };

struct drive {
    struct stimulus stimulus;
    struct testbench bench;
    struct machine machine;
    struct coverage *coverage;
    const struct mmu_out *out;
};

static struct drive *drive_new(const struct mmu_config *config, uint64_t seed)
{
    struct drive *const drive = calloc(1, sizeof(*drive));
    struct error error;
    struct sink sink;

    assert_non_null(drive);
    drive->machine.mmu = *config;
    drive->coverage = coverage_new(config);
    assert_non_null(drive->coverage);
    assert_true(testbench_init(&drive->bench, ENGINE_MODEL, &drive->machine, NULL, NULL, &error));
    sink = coverage_sink(drive->coverage);
    testbench_add_sink(&drive->bench, &sink);
    stimulus_init(&drive->stimulus, config, seed);
    return drive;
}

static void drive_free(struct drive *drive)
{
    coverage_free(drive->coverage);
    free(drive);
}

static void drive_cycle(struct drive *drive)
{
    struct mmu_in in;

    stimulus_next(&drive->stimulus, drive->out, &in);
    drive->out = testbench_clock(&drive->bench, &in, NULL);
    assert_non_null(drive->out);
}

static void expect_no_contradiction(const struct drive *drive)
{
    char name[COVERAGE_NAME_SIZE];

    if (drive->coverage->contradicted > 0) {
        fail_msg(
            "hit, though it is excluded: %s",
            coverage_bin_name(&drive->coverage->bins, drive->coverage->contradicted - 1, name));
    }
}

static void default_run_hits_every_reachable_bin(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CONFIGS; i++) {
        struct drive *const drive = drive_new(&configs[i], 1);
        const struct coverage *const coverage = drive->coverage;
        char name[COVERAGE_NAME_SIZE];

        while (drive->bench.cycle < DEFAULT_CYCLES) {
            drive_cycle(drive);
        }
        expect_no_contradiction(drive);
        if (!coverage_is_complete(coverage)) {
            fail_msg("configuration %u: %u of %u, such as: %s", i, coverage->reached_count,
                     coverage->bins.reachable_count,
                     coverage_bin_name(&coverage->bins, coverage_hole(coverage, 0, NULL), name));
        }
        assert_int_equal(coverage_hole(coverage, 0, NULL), coverage->bins.count);
        drive_free(drive);
    }
}

static void short_run_has_holes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CONFIGS; i++) {
        struct drive *const drive = drive_new(&configs[i], 1);

        while (drive->bench.cycle < 1000) {
            drive_cycle(drive);
        }
        assert_false(coverage_is_complete(drive->coverage));
        assert_int_not_equal(coverage_hole(drive->coverage, 0, NULL), drive->coverage->bins.count);
        drive_free(drive);
    }
}

/* Holes that are drawn at random are hit soon after they were aimed at. */
static void aimed_stimulus_hits_its_bin(void **state)
{
    enum { AIMS = 40, TRIES = 30, CYCLES = 3000 };
    struct random_source random = {.state = 1};

    (void)state;
    for (unsigned i = 0; i < CONFIGS; i++) {
        struct drive *const drive = drive_new(&configs[i], 5);
        struct coverage *const coverage = drive->coverage;

        while (!drive->stimulus.directed_done) {
            drive_cycle(drive);
        }
        /* Nothing but what is aimed at, and random episodes. */
        drive->stimulus.next_cross = cross_item_count(&configs[i]);
        for (unsigned aim = 0; aim < AIMS && !coverage_is_complete(coverage); aim++) {
            const unsigned bin = coverage_hole(
                coverage, (unsigned)random_below(&random, coverage->bins.count), NULL);

            for (unsigned try = 0; try < TRIES && coverage->hits[bin] == 0; try++) {
                stimulus_aim(&drive->stimulus, &coverage->bins, bin);
                for (unsigned n = 0; n < CYCLES && coverage->hits[bin] == 0; n++) {
                    drive_cycle(drive);
                }
            }
            if (coverage->hits[bin] == 0) {
                char name[COVERAGE_NAME_SIZE];

                fail_msg("not hit: %s", coverage_bin_name(&coverage->bins, bin, name));
            }
        }
        expect_no_contradiction(drive);
        drive_free(drive);
    }
}

static void bin_names_are_distinct(void **state)
{
    struct coverage_bins bins;
    char(*names)[COVERAGE_NAME_SIZE];

    (void)state;
    assert_true(coverage_bins_init(&bins, &configs[3]));
    names = calloc(bins.count, sizeof(*names));
    assert_non_null(names);
    for (unsigned bin = 0; bin < bins.count; bin++) {
        coverage_bin_name(&bins, bin, names[bin]);
        assert_true(strlen(names[bin]) < COVERAGE_NAME_SIZE - 1);
    }
    qsort(names, bins.count, sizeof(*names), (int (*)(const void *, const void *))strcmp);
    for (unsigned bin = 1; bin < bins.count; bin++) {
        assert_string_not_equal(names[bin], names[bin - 1]);
    }
    free(names);
    coverage_bins_free(&bins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_run_hits_every_reachable_bin),
        cmocka_unit_test(short_run_has_holes),
        cmocka_unit_test(aimed_stimulus_hits_its_bin),
        cmocka_unit_test(bin_names_are_distinct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
