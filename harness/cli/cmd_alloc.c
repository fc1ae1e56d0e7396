/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cli/alloc_stats.h"
#include "cli/cli.h"
#include "cli/output_paths.h"
#include "os/allocator.h"
#include "source/lines.h"

enum { KEY_POLICY = 256, KEY_MEMORY, KEY_BASE, KEY_GRANULE, KEY_NO_COALESCE, KEY_STATS };

static const struct argp_option option_table[] = {
    {"policy", KEY_POLICY, "POLICY", 0, "first, best, worst, next (fit) or buddy; no default", 0},
    {"memory", KEY_MEMORY, "SIZE", 0, "bytes of the memory; no default", 0},
    {"base", KEY_BASE, "ADDRESS", 0, "address of its first byte, default 0", 0},
    {"granule", KEY_GRANULE, "N", 0,
     "round sizes up to a multiple of N bytes, default 1; buddy: to N times a power of two", 0},
    {"no-coalesce", KEY_NO_COALESCE, NULL, 0, "never join free blocks, but when compacting", 0},
    {"stats", KEY_STATS, "FILE.json", 0, "write all figures as JSON", 0},
    {0},
};

static const char documentation[] =
    "Allocates and frees as the operations on standard input say.\v"
    "An operation a line; numbers are decimal or 0x, and then K, M, G or nothing:\n"
    "  a SIZE   allocate; answers the address, or FAIL\n"
    "  f INDEX  free the allocation of the INDEXth `a`, counted from 0, failed ones included\n"
    "  c        compact: move the allocations together\n"
    "  l        list the free blocks: answers ADDRESS SIZE lines, then an empty one\n"
    "Answers are decimal. Empty lines are skipped, and what follows a #. The first line that is "
    "none of these ends it with status 2; what was answered before stays answered.";

struct options {
    struct allocator_options memory;
    const char *stats;
    bool has_policy, has_memory;
};

static void parse_policy(struct argp_state *state, const char *text, struct options *options)
{
    if (!allocator_policy_parse(text, &options->memory.policy)) {
        argp_error(state, "--policy: found `%s`, expected first, best, worst, next or buddy", text);
    }
    options->has_policy = true;
}

static void check_options(struct argp_state *state, const struct options *options)
{
    if (!options->has_policy) {
        argp_error(state, "--policy is missing: first, best, worst, next or buddy");
    }
    if (!options->has_memory) {
        argp_error(state, "--memory is missing: its size in bytes");
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct options *const options = state->input;
    struct allocator_options *const memory = &options->memory;

    switch (key) {
    case KEY_POLICY:
        parse_policy(state, text, options);
        return 0;
    case KEY_MEMORY:
        memory->size_bytes = cli_number(state, "--memory", text, 1, INT64_MAX);
        options->has_memory = true;
        return 0;
    case KEY_BASE:
        memory->base = cli_number(state, "--base", text, 0, UINT64_MAX);
        return 0;
    case KEY_GRANULE:
        memory->granule = cli_number(state, "--granule", text, 1, INT64_MAX);
        return 0;
    case KEY_NO_COALESCE:
        memory->no_coalesce = true;
        return 0;
    case KEY_STATS:
        options->stats = text;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "found `%s`, expected no arguments", text);
        return 0;
    case ARGP_KEY_END:
        check_options(state, options);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* --- the allocations by number --- */

enum allocation_state { FAILED, TAKEN, FREED };

struct allocation {
    uint64_t address;
    enum allocation_state state;
};

struct run {
    struct allocator *allocator;
    struct lines *lines;
    struct alloc_stats stats;
    uint64_t memory_bytes;
    struct allocation *allocations;
    uint64_t count, room;
    struct error error;
};

static bool make_room(struct run *run)
{
    const uint64_t room = run->room > 0 ? 2 * run->room : 1024;
    struct allocation *grown;

    if (run->count < run->room) {
        return true;
    }
    grown = reallocarray(run->allocations, room, sizeof(*grown));
    if (grown == NULL) {
        return lines_refuse(run->lines, &run->error, "out of memory for the allocations");
    }
    run->allocations = grown;
    run->room = room;
    return true;
}

/* --- operations: each false with an error --- */

/* To be called after what may need books: without them it is not known what would fit. */
static bool has_books(struct run *run)
{
    struct allocator_figures figures;

    allocator_figures(run->allocator, &figures);
    return !figures.lacked_memory ||
           lines_refuse(run->lines, &run->error, "out of memory for the books of the blocks");
}

static bool allocate(struct run *run, uint64_t size_bytes)
{
    struct allocation *allocation;
    struct extent extent;

    if (size_bytes == 0 || size_bytes > run->memory_bytes) {
        return lines_refuse(run->lines, &run->error,
                            "found a size of %" PRIu64 ", expected 1 to the memory's %" PRIu64,
                            size_bytes, run->memory_bytes);
    }
    if (!make_room(run)) {
        return false;
    }
    allocation = &run->allocations[run->count];
    *allocation = (struct allocation){.state = FAILED};
    if (allocator_take(run->allocator, size_bytes, &extent)) {
        *allocation = (struct allocation){.address = extent.address, .state = TAKEN};
        allocator_tag(run->allocator, extent.address, run->count);
        printf("%" PRIu64 "\n", extent.address);
    } else if (!has_books(run)) {
        return false;
    } else {
        printf("FAIL\n");
    }
    run->count++;
    return true;
}

static bool free_allocation(struct run *run, uint64_t index)
{
    struct allocation *allocation;

    if (index >= run->count) {
        return lines_refuse(run->lines, &run->error,
                            "found index %" PRIu64 ", expected one of the %" PRIu64
                            " allocations so far",
                            index, run->count);
    }
    allocation = &run->allocations[index];
    if (allocation->state != TAKEN) {
        return lines_refuse(run->lines, &run->error,
                            "found index %" PRIu64 ", which %s, expected an allocation", index,
                            allocation->state == FREED ? "is free already" : "failed");
    }
    allocation->state = FREED;
    allocator_give(run->allocator, allocation->address);
    return true;
}

/* An allocator_move. */
static void note_move(void *context, uint64_t from, uint64_t to, uint64_t reserved_bytes)
{
    struct run *const run = context;
    struct extent extent;

    (void)from;
    if (allocator_find(run->allocator, to, &extent)) {
        run->allocations[extent.tag].address = to;
    }
    run->stats.moves++;
    run->stats.moved_bytes += reserved_bytes;
}

static bool compact(struct run *run)
{
    allocator_compact(run->allocator, note_move, run);
    run->stats.compactions++;
    return has_books(run);
}

static void list_free(const struct run *run)
{
    uint64_t address, size_bytes;

    for (uint64_t from = 0; allocator_next_free(run->allocator, from, &address, &size_bytes);
         from = address + size_bytes) {
        printf("%" PRIu64 " %" PRIu64 "\n", address, size_bytes);
    }
    printf("\n");
}

/* --- lines --- */

static const char blanks[] = " \t";

/* The next word of a line, '\0'-ended in place; "" at its end. */
static char *next_word(char **line)
{
    char *const word = *line + strspn(*line, blanks);
    char *const end = word + strcspn(word, blanks);

    *line = end + (*end != '\0');
    *end = '\0';
    return word;
}

static bool operate(struct run *run, const char *name, const char *argument, const char *rest)
{
    const bool takes_number = strcmp(name, "a") == 0 || strcmp(name, "f") == 0;
    uint64_t value = 0;

    if (!takes_number && strcmp(name, "c") != 0 && strcmp(name, "l") != 0) {
        return lines_refuse(run->lines, &run->error,
                            "found the operation `%s`, expected a SIZE, f INDEX, c or l", name);
    }
    if (takes_number && !number_parse(argument, &value)) {
        return lines_refuse(run->lines, &run->error,
                            "found `%s %s`, expected a number (decimal or 0x, then K, M, G or "
                            "nothing)",
                            name, argument);
    }
    if (*(takes_number ? rest : argument) != '\0') {
        return lines_refuse(run->lines, &run->error, "found `%s` behind `%s`, expected nothing",
                            takes_number ? rest : argument, name);
    }
    switch (name[0]) {
    case 'a':
        return allocate(run, value);
    case 'f':
        return free_allocation(run, value);
    case 'c':
        return compact(run);
    default:
        list_free(run);
        return true;
    }
}

static bool run_line(struct run *run, char *line)
{
    const char *name, *argument;

    line[strcspn(line, "#")] = '\0';
    name = next_word(&line);
    if (name[0] == '\0') {
        return true;
    }
    argument = next_word(&line);
    if (!operate(run, name, argument, next_word(&line))) {
        return false;
    }
    alloc_stats_count(&run->stats, run->allocator);
    return true;
}

/* Until the input ends or is bad, or nobody takes the answers, of which main tells. */
static bool run_lines(struct run *run)
{
    enum lines_result result = LINES_END;
    char *line;

    while (!ferror(stdout) && (result = lines_next(run->lines, &line, &run->error)) == LINES_LINE) {
        errno = 0;
        if (!run_line(run, line)) {
            return false;
        }
        if (ferror(stdout)) {
            cli_note_failed_write();
        }
    }
    return result != LINES_ERROR;
}

/* --- the command --- */

static bool open_stats(const char *path, FILE **file, struct error *error)
{
    const struct named_path paths[] = {
        {"/dev/stdin", "the operations", false},
        {path, "the statistics", true},
    };

    *file = NULL;
    if (path == NULL) {
        return true;
    }
    if (!output_paths_differ(paths, sizeof(paths) / sizeof(paths[0]), error)) {
        return false;
    }
    *file = fopen(path, "we");
    return *file != NULL ||
           error_set(error, "%s: cannot write the statistics: %s", path, strerror(errno));
}

static bool run_operations(const struct options *options, struct run *run)
{
    struct error stats_error;
    FILE *stats;
    bool is_good;

    if (!open_stats(options->stats, &stats, &run->error)) {
        return false;
    }
    is_good = run_lines(run);
    /* Of a run that met a bad line, too: they are those of what was answered. */
    if (stats != NULL && !alloc_stats_save(&run->stats, &options->memory, run->allocator, stats,
                                           options->stats, &stats_error)) {
        if (is_good) {
            run->error = stats_error;
        } else {
            cli_error("%s", stats_error.text);
        }
        is_good = false;
    }
    return is_good;
}

int cmd_alloc(int argc, char **argv)
{
    const struct argp argp = {
        .options = option_table, .parser = parse_option, .doc = documentation};
    struct options options = {.memory = {.granule = 1}};
    struct run run = {.stats = {.every = 1}};
    bool is_good = false;

    if (!cli_parse(&argp, argc, argv, 0, &options)) {
        return CLI_ERROR;
    }
    run.memory_bytes = options.memory.size_bytes;
    run.allocator = allocator_new(&options.memory, &run.error);
    run.lines = run.allocator != NULL ? lines_open("-", &run.error) : NULL;
    if (run.lines != NULL) {
        is_good = run_operations(&options, &run);
        lines_close(run.lines);
    }
    if (!is_good) {
        fflush(stdout); /* answers come before the complaint */
        cli_error("%s", run.error.text);
    }
    free(run.allocations);
    allocator_free(run.allocator);
    return is_good ? CLI_AGREED : CLI_ERROR;
}
