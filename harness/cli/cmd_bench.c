/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/bench.h"
#include "cli/cli.h"
#include "cli/json_output.h"

#ifndef SEGMMU_GUESTS_DIR
#error "the build defines SEGMMU_GUESTS_DIR, where its tests' guest programs lie"
#endif

double bench_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;

    return (a > b) - (a < b);
}

static double median(double *values, unsigned count)
{
    qsort(values, count, sizeof(*values), by_value);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

bool bench_compare(double (*measured)(void *), double (*limit)(void *), void *context,
                   unsigned rounds, struct bench_row *row)
{
    double measured_rates[BENCH_MAX_ROUNDS], limits[BENCH_MAX_ROUNDS], ratios[BENCH_MAX_ROUNDS];

    /* Caches, page tables, clock rates: the first round only warms up. */
    if (measured(context) < 0 || limit(context) < 0) {
        return false;
    }
    for (unsigned round = 0; round < rounds; round++) {
        measured_rates[round] = measured(context);
        limits[round] = limit(context);
        if (measured_rates[round] < 0 || limits[round] < 0) {
            return false;
        }
        ratios[round] = measured_rates[round] / limits[round];
    }
    row->measured = median(measured_rates, rounds);
    row->limit = median(limits, rounds);
    row->ratio = median(ratios, rounds);
    return true;
}

void bench_add(struct bench_table *table, const struct bench_row *row)
{
    table->rows[table->count++] = *row;
}

/* --- the command --- */

struct bench_options {
    const char *machine;
    const char *json;
    char *rv32;
    char *i386;
    uint64_t instructions; /* of the memory figure; 0: leave it out */
    unsigned rounds;
    bool mmu_only;
};

enum { KEY_JSON = 256, KEY_RV32, KEY_I386, KEY_ROUNDS, KEY_MMU_ONLY, KEY_MEMORY };

static const struct argp_option option_table[] = {
    {"machine", 'm', "MACHINE", 0, "Machine of the first five figures (default seg4)", 0},
    {"rv32", KEY_RV32, "'ELF ARG...'", 0, "RV32 guest (default: the build's calc program)", 0},
    {"i386", KEY_I386, "'ELF ARG...'", 0, "i386 guest (default: the build's calc program)", 0},
    {"rounds", KEY_ROUNDS, "N", 0, "Times that each figure is measured, 1..101 (default 7)", 0},
    {"memory-instructions", KEY_MEMORY, "N", 0,
     "Length of the run whose memory is watched (default 100M; 0: leave it out)", 0},
    {"mmu-only", KEY_MMU_ONLY, NULL, 0, "Leave the guests out", 0},
    {"json", KEY_JSON, "FILE", 0, "Write the figures as JSON", 0},
    {0},
};

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct bench_options *const options = state->input;

    switch (key) {
    case 'm':
        options->machine = text;
        return 0;
    case KEY_JSON:
        options->json = text;
        return 0;
    case KEY_RV32:
        options->rv32 = text;
        return 0;
    case KEY_I386:
        options->i386 = text;
        return 0;
    case KEY_ROUNDS:
        options->rounds = (unsigned)cli_number(state, "--rounds", text, 1, BENCH_MAX_ROUNDS);
        return 0;
    case KEY_MEMORY:
        options->instructions =
            cli_number(state, "--memory-instructions", text, 0, UINT64_C(1) << 40);
        return 0;
    case KEY_MMU_ONLY:
        options->mmu_only = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "`%s`: bench takes options only", text);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char documentation[] =
    "Measure the speed of segmmu, each figure beside a limit measured in the same run."
    "\v"
    "A ratio carries over from machine to machine; the rates beside it do not. Both sides of a "
    "ratio "
    "are measured in turn, and the median of the rounds is shown.\n\n"
    "Exit status: 0 measured, whatever the ratios; 2 something could not be measured.\n";

static void print_row(const struct bench_row *row)
{
    printf("%-58s %10.2f %10.2f %-12s %6.2f %8.2f%s\n", row->figure, row->measured / 1e6,
           row->limit / 1e6, row->unit, row->ratio, row->at_least,
           row->ratio < row->at_least ? "  below" : "");
    fflush(stdout);
}

/* Prints the rows that came since the last call. */
static void print_new_rows(const struct bench_table *table, unsigned *printed)
{
    while (*printed < table->count) {
        print_row(&table->rows[(*printed)++]);
    }
}

static bool save_json(const struct bench_table *table, const char *path)
{
    json_t *const rows = json_array();
    FILE *const file = fopen(path, "we");
    bool is_written;

    for (unsigned i = 0; i < table->count; i++) {
        const struct bench_row *const row = &table->rows[i];

        json_array_append_new(rows, json_pack("{s:s, s:s, s:f, s:f, s:f, s:f}", "figure",
                                              row->figure, "unit", row->unit, "measured",
                                              row->measured, "limit", row->limit, "ratio",
                                              row->ratio, "at_least", row->at_least));
    }
    is_written = file != NULL && json_output_write(rows, file);
    if (file != NULL && fclose(file) != 0) {
        is_written = false;
    }
    if (!is_written) {
        cli_error("%s: cannot write: %s", path, strerror(errno));
    }
    json_decref(rows);
    return is_written;
}

/* Splits at spaces, in place: a bench needs no quoting. */
static void split_words(char *text, char **words, unsigned most)
{
    unsigned count = 0;

    for (char *word = strtok(text, " "); word != NULL && count < most; word = strtok(NULL, " ")) {
        words[count++] = word;
    }
    words[count] = NULL;
}

struct guest_choice {
    enum guest_isa isa;
    const char *machine;
    const char *given; /* of the option, or NULL */
    const char *standard;
    char command[4096];
    char *words[16]; /* of command */
};

/* What is to be run, and whether it is there: a bench takes minutes, and should not end so. */
static bool choose_guest(struct guest_choice *choice, struct error *error)
{
    const bool is_given = choice->given != NULL;

    snprintf(choice->command, sizeof(choice->command), "%s",
             is_given ? choice->given : choice->standard);
    split_words(choice->command, choice->words, 15);
    if (choice->words[0] == NULL) {
        return error_set(error, "a guest program is needed");
    }
    if (access(choice->words[0], R_OK) == 0) {
        return true;
    }
    return error_set(error, "%s: %s%s", choice->words[0], strerror(errno),
                     is_given ? ""
                              : ": build the guest programs (cmake -DSEGMMU_BUILD_TESTS=ON, target "
                                "guests), give others by --i386 and --rv32, or leave them out by "
                                "--mmu-only");
}

static bool bench_one_guest(struct bench_table *table, struct guest_choice *choice,
                            uint64_t memory_instructions, unsigned *printed, struct error *error)
{
    struct machine *const machine = machine_load(choice->machine, error);
    const struct bench_guest guest = {
        .isa = choice->isa,
        .machine = machine,
        .argv = choice->words,
        .program = {choice->words[0], choice->words},
        .lockstep_instructions = 2000000,
    };
    bool is_measured;

    if (machine == NULL) {
        return false;
    }
    is_measured = bench_guest(table, &guest, error);
    print_new_rows(table, printed);
    if (is_measured && memory_instructions > 0) {
        is_measured = bench_memory(table, &guest, memory_instructions, error) &&
                      bench_processes(table, &guest, memory_instructions, error);
        print_new_rows(table, printed);
    }
    machine_free(machine);
    return is_measured;
}

static bool bench_all(struct bench_table *table, const struct bench_options *options,
                      struct error *error)
{
    /* A round of calc takes 0.96 million instructions on RV32; the memory figure needs 100. */
    struct guest_choice rv32 = {.isa = GUEST_RV32,
                                .machine = "rv32",
                                .given = options->rv32,
                                .standard = SEGMMU_GUESTS_DIR "/calc.rv32.elf 110"};
    struct guest_choice i386 = {.isa = GUEST_I386,
                                .machine = "linux-i386",
                                .given = options->i386,
                                .standard = SEGMMU_GUESTS_DIR "/calc.i386.elf 100"};
    struct machine *machine;
    unsigned printed = 0;
    bool is_measured;

    if (!options->mmu_only && (!choose_guest(&i386, error) || !choose_guest(&rv32, error))) {
        return false;
    }
    machine = machine_load(options->machine, error);
    if (machine == NULL) {
        return false;
    }
    printf("%-58s %10s %10s %-12s %6s %8s\n", "figure", "measured", "limit", "million", "ratio",
           "at least");
    is_measured = bench_mmu(table, machine, error);
    print_new_rows(table, &printed);
    is_measured = is_measured && bench_check(table, machine, error);
    print_new_rows(table, &printed);
    machine_free(machine);
    if (options->mmu_only) {
        return is_measured;
    }
    return is_measured && bench_one_guest(table, &i386, 0, &printed, error) &&
           bench_one_guest(table, &rv32, options->instructions, &printed, error);
}

int cmd_bench(int argc, char **argv)
{
    static const struct argp argp = {option_table, parse_option, NULL, documentation,
                                     NULL,         NULL,         NULL};
    struct bench_options options = {
        .machine = "seg4",
        .instructions = 100000000,
        .rounds = 7,
    };
    struct bench_table table = {.count = 0};
    struct error error = {""};

    if (!cli_parse(&argp, argc, argv, 0, &options)) {
        return CLI_ERROR;
    }
    table.rounds = options.rounds;
    if (!bench_all(&table, &options, &error)) {
        cli_flush();
        cli_error("%s", error.text);
        return CLI_ERROR;
    }
    if (options.json != NULL && !save_json(&table, options.json)) {
        return CLI_ERROR;
    }
    return cli_flush() ? CLI_AGREED : CLI_ERROR;
}
