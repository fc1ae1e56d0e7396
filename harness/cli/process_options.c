/* SPDX-License-Identifier: MIT */
#include "cli/process_options.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

enum {
    DEFAULT_QUANTUM = 10000,         /* instructions */
    DEFAULT_LATENCY_CYCLES = 100000, /* a millisecond at 100 MHz */
    DEFAULT_BYTES_PER_CYCLE = 1,
};

enum {
    OPTION_PROCESS = 1024,
    OPTION_QUANTUM,
    OPTION_POLICY,
    OPTION_GRANULE,
    OPTION_NO_COALESCE,
    OPTION_NO_COMPACT,
    OPTION_COMPACT_INTERVAL,
    OPTION_SWAP,
    OPTION_DISK_LATENCY,
    OPTION_DISK_BANDWIDTH,
    OPTION_RESIDENT,
    OPTION_MEMORY_MAP,
};

static const struct argp_option option_table[] = {
    {NULL, 0, NULL, 0, "Several processes, in place of GUEST:", 1},
    {"process", OPTION_PROCESS, "COMMAND", 0,
     "a program and its arguments, separated by blanks; repeat it for more", 1},
    {"quantum", OPTION_QUANTUM, "N", 0,
     "instructions until it is another one's turn (default 10000); none: until it ends or waits",
     1},
    {NULL, 0, NULL, 0, "Physical memory:", 2},
    {"policy", OPTION_POLICY, "POLICY", 0, "first (default), best, worst, next fit, or buddy", 2},
    {"granule", OPTION_GRANULE, "BYTES", 0,
     "sizes are rounded up to a multiple of it; default 4096, in less than 1M of memory 16", 2},
    {"no-coalesce", OPTION_NO_COALESCE, NULL, 0, "do not join free blocks that touch", 2},
    {"no-compact", OPTION_NO_COMPACT, NULL, 0,
     "let a request fail where enough is free, but in pieces", 2},
    {"compact-every", OPTION_COMPACT_INTERVAL, "N", 0,
     "compact memory about every N instructions, to one end and the other", 2},
    {"memory-map", OPTION_MEMORY_MAP, "FILE", 0,
     "draw who had which memory when, as a page of its own", 2},
    {NULL, 0, NULL, 0, "A disk:", 3},
    {"swap", OPTION_SWAP, "FILE", 0,
     "processes go to this file when memory is short, and come back in their turn", 3},
    {"resident", OPTION_RESIDENT, "N", 0,
     "at most N processes in memory, all others on the disk (default: no limit)", 3},
    {"disk-latency", OPTION_DISK_LATENCY, "CYCLES", 0,
     "before the first byte of a transfer (default 100000)", 3},
    {"disk-bandwidth", OPTION_DISK_BANDWIDTH, "BYTES", 0,
     "bytes that follow in each cycle "
     "(default 1)",
     3},
    {0},
};

/* A NULL-terminated list of the words of a line; NULL when memory is short. */
static char **split(const char *line)
{
    const size_t most = strlen(line) / 2 + 2;
    char **const words = calloc(most + 1, sizeof(*words));
    size_t count = 0;

    while (words != NULL) {
        const size_t blanks = strspn(line, " \t");
        const size_t length = strcspn(line + blanks, " \t");

        if (length == 0) {
            return words;
        }
        words[count] = strndup(line + blanks, length);
        if (words[count] == NULL) {
            break;
        }
        count++;
        line += blanks + length;
    }
    for (size_t i = 0; words != NULL && i < count; i++) {
        free(words[i]);
    }
    free(words);
    return NULL;
}

static void add_process(struct process_options *options, const char *line, struct argp_state *state)
{
    struct supervisor_program *const programs =
        reallocarray(options->programs, options->count + 1, sizeof(*programs));
    char **words;

    if (line[strspn(line, " \t")] == '\0') {
        argp_error(state, "--process: a program is needed, found nothing");
    }
    if (options->count == SUPERVISOR_MAX_ALIVE) {
        argp_error(state, "--process: more than %d of them", SUPERVISOR_MAX_ALIVE);
    }
    if (programs == NULL) {
        argp_failure(state, CLI_ERROR, 0, "out of memory");
        return;
    }
    options->programs = programs;
    words = split(line);
    if (words == NULL) {
        argp_failure(state, CLI_ERROR, 0, "out of memory");
        return;
    }
    programs[options->count++] = (struct supervisor_program){.path = words[0], .argv = words};
}

static void parse_policy(struct process_options *options, const char *text,
                         struct argp_state *state)
{
    if (!allocator_policy_parse(text, &options->memory.policy)) {
        argp_error(state, "--policy: `%s` is none of first, best, worst, next, buddy", text);
    }
}

static uint64_t parse_quantum(const char *text, struct argp_state *state)
{
    return strcmp(text, "none") == 0 ? 0 : cli_number(state, "--quantum", text, 1, UINT64_MAX / 2);
}

static void check(const struct process_options *options, struct argp_state *state)
{
    if (options->has_disk_option && options->swap_path == NULL) {
        argp_error(state, "--resident, --disk-latency and --disk-bandwidth need --swap FILE");
    }
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct process_options *const options = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        options->quantum = DEFAULT_QUANTUM;
        options->disk = (struct swap_disk){DEFAULT_LATENCY_CYCLES, DEFAULT_BYTES_PER_CYCLE};
        return 0;
    case OPTION_PROCESS:
        add_process(options, text, state);
        return 0;
    case OPTION_QUANTUM:
        options->quantum = parse_quantum(text, state);
        return 0;
    case OPTION_POLICY:
        parse_policy(options, text, state);
        return 0;
    case OPTION_GRANULE:
        options->memory.granule = cli_number(state, "--granule", text, 1, UINT64_C(1) << 40);
        return 0;
    case OPTION_NO_COALESCE:
        options->memory.no_coalesce = true;
        return 0;
    case OPTION_NO_COMPACT:
        options->memory.no_compact = true;
        return 0;
    case OPTION_COMPACT_INTERVAL:
        options->compact_interval =
            cli_number(state, "--compact-every", text, 1, UINT64_C(1) << 40);
        return 0;
    case OPTION_SWAP:
        options->swap_path = text;
        return 0;
    case OPTION_DISK_LATENCY:
        options->disk.latency_cycles =
            cli_number(state, "--disk-latency", text, 0, UINT64_C(1) << 40);
        options->has_disk_option = true;
        return 0;
    case OPTION_DISK_BANDWIDTH:
        options->disk.bytes_per_cycle =
            cli_number(state, "--disk-bandwidth", text, 1, UINT64_C(1) << 40);
        options->has_disk_option = true;
        return 0;
    case OPTION_RESIDENT:
        options->resident = (unsigned)cli_number(state, "--resident", text, 1, UINT32_MAX);
        options->has_disk_option = true;
        return 0;
    case OPTION_MEMORY_MAP:
        options->memory_map = text;
        return 0;
    case ARGP_KEY_END:
        check(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp process_argp = {option_table, parse_option, NULL, NULL, NULL, NULL, NULL};

void process_options_free(struct process_options *options)
{
    for (unsigned i = 0; i < options->count; i++) {
        for (char *const *word = options->programs[i].argv; *word != NULL; word++) {
            free(*word);
        }
        free((void *)options->programs[i].argv);
    }
    free(options->programs);
}
