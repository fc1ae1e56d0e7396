/* SPDX-License-Identifier: MIT */
/* What became of the mutants, for people. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/mutate.h"
#include "sink/distribution.h"

enum mutant_verdict mutant_verdict_of(const struct mutation *mutation, size_t number)
{
    static const enum mutant_verdict verdicts[] = {[EQUIVALENT] = MUTANT_EQUIVALENT,
                                                   [NOT_EQUIVALENT] = MUTANT_NOT_EQUIVALENT,
                                                   [UNDECIDED] = MUTANT_UNDECIDED};

    return mutation->results[number].fate != MUTANT_SURVIVED
               ? MUTANT_KILLED
               : verdicts[mutation->proofs[number].verdict];
}

const char *mutant_verdict_name(enum mutant_verdict verdict)
{
    static const char *const names[] = {[MUTANT_KILLED] = "killed",
                                        [MUTANT_EQUIVALENT] = "equivalent",
                                        [MUTANT_NOT_EQUIVALENT] = "not_equivalent",
                                        [MUTANT_UNDECIDED] = "undecided"};

    return names[verdict];
}

static const char *const titles[] = {[MUTANT_KILLED] = "killed",
                                     [MUTANT_EQUIVALENT] = "equivalent",
                                     [MUTANT_NOT_EQUIVALENT] = "NOT EQUIVALENT",
                                     [MUTANT_UNDECIDED] = "undecided"};

static size_t mutant_count(const struct mutation *mutation)
{
    return mutation->design.mutants.count;
}

/* --- totals --- */

static void print_totals(const struct mutation *mutation)
{
    size_t counts[MUTANT_VERDICTS] = {0};

    for (size_t number = 1; number <= mutant_count(mutation); number++) {
        counts[mutant_verdict_of(mutation, number)]++;
    }
    printf("%zu mutants", mutant_count(mutation));
    if (mutant_count(mutation) < mutation->wanted) {
        printf(" (there are no more)");
    }
    printf(":\n");
    for (unsigned verdict = 0; verdict < MUTANT_VERDICTS; verdict++) {
        printf("  %-14s %6zu  %5.1f %%\n", titles[verdict], counts[verdict],
               100.0 * (double)counts[verdict] / (double)mutant_count(mutation));
    }
}

static void print_cycles(const struct mutation *mutation)
{
    static const unsigned percents[] = {0, 50, 95, 100};
    struct distribution cycles = {0};
    uint64_t values[4];
    bool is_counted = true;

    for (size_t number = 1; number <= mutant_count(mutation); number++) {
        if (mutant_verdict_of(mutation, number) == MUTANT_KILLED) {
            is_counted &= distribution_add(&cycles, mutation->results[number].cycles);
        }
    }
    if (distribution_count(&cycles) > 0 && is_counted &&
        distribution_percentiles(&cycles, percents, values, 4)) {
        printf("cycles to kill: min %" PRIu64 ", median %" PRIu64 ", p95 %" PRIu64 ", max %" PRIu64
               "\n",
               values[0], values[1], values[2], values[3]);
    }
    distribution_free(&cycles);
}

/* --- tables: lines of a name and counts --- */

struct row {
    char name[320];
    size_t counts[MUTANT_VERDICTS];
    size_t all;
};

struct table {
    struct row *rows;
    size_t count;
};

static void count_in(struct table *table, const char *name, enum mutant_verdict verdict)
{
    struct row *row = NULL;

    for (size_t i = 0; i < table->count && row == NULL; i++) {
        row = strcmp(table->rows[i].name, name) == 0 ? &table->rows[i] : NULL;
    }
    if (row == NULL) {
        row = &table->rows[table->count++];
        snprintf(row->name, sizeof(row->name), "%s", name);
    }
    row->counts[verdict]++;
    row->all++;
}

static int more_first(const void *one, const void *other)
{
    const struct row *const a = one, *const b = other;

    return a->all != b->all ? (a->all < b->all) - (a->all > b->all) : strcmp(a->name, b->name);
}

/* One row a mutant is enough. */
static bool begin_table(const struct mutation *mutation, struct table *table)
{
    *table = (struct table){.rows = calloc(mutant_count(mutation), sizeof(*table->rows))};
    if (table->rows == NULL) {
        cli_error("out of memory");
    }
    return table->rows != NULL;
}

/* "rsp_fault_o where the fault is limit". */
static const char *killer_of(const struct mutant_result *result, char text[320])
{
    snprintf(text, 320, "%-14s %s%s",
             result->fate == MUTANT_DISAGREED ? result->field : mutant_fate_name(result->fate),
             result->fate == MUTANT_DISAGREED ? result->rule : result->reason,
             result->is_from_random ? ", from random initial values" : "");
    return text;
}

static void print_killers(const struct mutation *mutation)
{
    struct table table;
    char text[320];

    if (!begin_table(mutation, &table)) {
        return;
    }
    for (size_t number = 1; number <= mutant_count(mutation); number++) {
        if (mutant_verdict_of(mutation, number) == MUTANT_KILLED) {
            count_in(&table, killer_of(&mutation->results[number], text), MUTANT_KILLED);
        }
    }
    qsort(table.rows, table.count, sizeof(*table.rows), more_first);
    if (table.count > 0) {
        printf("killed by\n  mutants  output         fault\n");
    }
    for (size_t i = 0; i < table.count; i++) {
        printf("  %7zu  %s\n", table.rows[i].all, table.rows[i].name);
    }
    free(table.rows);
}

static void print_sources(const struct mutation *mutation)
{
    struct table table;
    size_t width = 6;

    if (!begin_table(mutation, &table)) {
        return;
    }
    for (size_t number = 1; number <= mutant_count(mutation); number++) {
        const char *const file = mutation->design.mutants.items[number - 1].source.file;

        count_in(&table, file != NULL ? file : "(no source)", mutant_verdict_of(mutation, number));
    }
    qsort(table.rows, table.count, sizeof(*table.rows), more_first);
    for (size_t i = 0; i < table.count; i++) {
        const size_t length = strlen(table.rows[i].name);

        width = length > width ? length : width;
    }
    printf("%-*s  mutants   killed  equivalent  NOT EQUIVALENT  undecided\n", (int)width, "source");
    for (size_t i = 0; i < table.count; i++) {
        const struct row *const row = &table.rows[i];

        printf("%-*s  %7zu  %7zu  %10zu  %14zu  %9zu\n", (int)width, row->name, row->all,
               row->counts[MUTANT_KILLED], row->counts[MUTANT_EQUIVALENT],
               row->counts[MUTANT_NOT_EQUIVALENT], row->counts[MUTANT_UNDECIDED]);
    }
    free(table.rows);
}

/* --- survivors, one by one --- */

static void print_survivor(const struct mutation *mutation, size_t number)
{
    const struct mutant *const mutant = &mutation->design.mutants.items[number - 1];
    char *const text = mutant_describe(mutant);

    printf("  %zu: %s", number, mutant->source.file != NULL ? mutant->source.file : "(no source)");
    if (mutant->source.file != NULL) {
        printf(":%u", mutant->source.first_line);
    }
    printf(": %s\n    %s: %s\n", text != NULL ? text : "(out of memory)",
           titles[mutant_verdict_of(mutation, number)], mutation->proofs[number].reason);
    free(text);
}

static void print_survivors(const struct mutation *mutation)
{
    static const enum mutant_verdict by_weight[] = {MUTANT_NOT_EQUIVALENT, MUTANT_UNDECIDED,
                                                    MUTANT_EQUIVALENT};
    bool is_first = true;

    for (unsigned i = 0; i < sizeof(by_weight) / sizeof(by_weight[0]); i++) {
        for (size_t number = 1; number <= mutant_count(mutation); number++) {
            if (mutant_verdict_of(mutation, number) == by_weight[i]) {
                printf("%s", is_first ? "survivors\n" : "");
                is_first = false;
                print_survivor(mutation, number);
            }
        }
    }
}

void mutate_print(const struct mutation *mutation)
{
    printf("unmutated: agreed for all %" PRIu64 " cycles\n", mutation->results[0].cycles);
    print_totals(mutation);
    print_cycles(mutation);
    print_killers(mutation);
    print_sources(mutation);
    print_survivors(mutation);
}
