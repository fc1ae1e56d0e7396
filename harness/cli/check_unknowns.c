/* SPDX-License-Identifier: MIT */
/* The RTL in Icarus Verilog, where every register starts at X: from the cycle after the first reset
 * edge on no bit of an output may be X. It finds the register that nobody resets, which no
 * simulator with two values can show for sure. harness/dut/dut_unknowns.v is the testbench. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "cli/check.h"
#include "lockstep/dut_adapter.h"
#include "lockstep/dut_spawn.h"
#include "lockstep/dut_strings.h"

enum { UNKNOWNS_LIMIT_SECONDS = 30, SAID_BYTES = 4096 };

struct simulation {
    char *directory; /* of the compiled testbench */
    char *program;   /* in it */
    char *adapter;   /* in it; a file only where the RTL needs one */
    int said_fd;
    char said[SAID_BYTES];
    timer_t timer;
    bool has_timer;
};

/* --- the tools --- */

/* The RTL that comes with segmmu: installed beside the machines, or in the source tree. */
static bool add_own_sources(struct strings *argv)
{
    static const char *const places[] = {"rtl", "../rtl"};
    bool is_added = false;

    for (unsigned i = 0; i < 2 && !is_added; i++) {
        char *const directory = string_format("%s/%s", machine_data_directory(), places[i]);

        if (directory != NULL && access(directory, R_OK) == 0) {
            strings_add(argv, "-I%s", directory);
            is_added = strings_add_files(argv, directory, ".v");
        }
        free(directory);
    }
    return is_added;
}

/* It may include, and use the modules of, what lies beside it. */
static void add_source(struct strings *argv, const char *path)
{
    const char *const slash = strrchr(path, '/');
    const int length = slash != NULL ? (int)(slash - path) : 1;

    strings_add(argv, "-I%.*s", length, slash != NULL ? path : ".");
    strings_add(argv, "-y%.*s", length, slash != NULL ? path : ".");
    strings_add(argv, "%s%s", path[0] == '-' ? "./" : "", path);
}

static bool write_adapter(const struct simulation *simulation, const char *text)
{
    FILE *const file = text != NULL ? fopen(simulation->adapter, "we") : NULL;
    const bool is_written = file != NULL && fputs(text, file) >= 0;

    return text == NULL || (file != NULL && fclose(file) == 0 && is_written);
}

static bool make_compile_command(struct strings *argv, const struct check *check,
                                 const struct simulation *simulation)
{
    const struct dut_source *const source = &check->source;
    const struct mmu_config *const mmu = &source->config;
    const struct {
        const char *name;
        unsigned value;
    } parameters[] = {
        {"VA_W", mmu->va_w},     {"PA_W", mmu->pa_w},         {"SEG_BITS", mmu->seg_bits},
        {"SELECT", mmu->select}, {"CONTEXTS", mmu->contexts}, {"STAGES", mmu->stages},
    };
    bool is_listed = true;

    strings_add(argv, "iverilog");
    strings_add(argv, "-g2012");
    strings_add(argv, "-Y.v");
    strings_add(argv, "-Y.sv");
    strings_add(argv, "-s");
    strings_add(argv, "segmmu_dut_unknowns");
    strings_add(argv, "-DSEGMMU_DUT_TOP=%s",
                source->adapter != NULL ? DUT_ADAPTER_MODULE
                : source->top != NULL   ? source->top
                                        : "mmu");
    for (const char *const *define = source->defines; define != NULL && *define != NULL; define++) {
        strings_add(argv, "-D%s", *define);
    }
    for (unsigned i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        strings_add(argv, "-Psegmmu_dut_unknowns.%s=%u", parameters[i].name, parameters[i].value);
    }
    strings_add(argv, "-o");
    strings_add(argv, "%s", simulation->program);
    if (source->file_count == 0) {
        is_listed = add_own_sources(argv);
    }
    if (source->adapter != NULL) {
        strings_add(argv, "%s", simulation->adapter);
    }
    for (unsigned i = 0; i < source->file_count; i++) {
        add_source(argv, source->files[i]);
    }
    strings_add(argv, "%s/dut/dut_unknowns.v", machine_data_directory());
    return is_listed && !argv->is_short;
}

/* Keeps the beginning of what the tool printed, or its end. */
static enum spawn_result run_tool(struct simulation *simulation, char *const *argv, bool is_end)
{
    enum spawn_result result;
    ssize_t length;
    off_t size;

    if (ftruncate(simulation->said_fd, 0) != 0 || lseek(simulation->said_fd, 0, SEEK_SET) != 0) {
        return SPAWN_ERROR;
    }
    result = spawn_run(argv, NULL, simulation->said_fd, -1);
    size = lseek(simulation->said_fd, 0, SEEK_END);
    length = pread(simulation->said_fd, simulation->said, SAID_BYTES - 1,
                   is_end && size > SAID_BYTES - 1 ? size - (SAID_BYTES - 1) : 0);
    simulation->said[length > 0 ? length : 0] = '\0';
    return result;
}

/* The worker's SIGTERM ends a tool, so a timer that sends it is a time limit. */
static bool begin_simulation(struct simulation *simulation)
{
    /* Of what the RTL prints or writes. */
    static const struct rlimit file_limit = {.rlim_cur = 64 << 20, .rlim_max = 64 << 20};
    static const struct itimerspec limit = {.it_value = {.tv_sec = UNKNOWNS_LIMIT_SECONDS}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM};
    const char *const temporary = getenv("TMPDIR");

    simulation->directory = string_format(
        "%s/segmmu-icarus-XXXXXX",
        temporary != NULL && temporary[0] == '/' && access(temporary, W_OK) == 0 ? temporary
                                                                                 : "/tmp");
    simulation->said_fd = memfd_create("icarus", MFD_CLOEXEC);
    if (simulation->directory == NULL || mkdtemp(simulation->directory) == NULL ||
        simulation->said_fd < 0) {
        return false;
    }
    simulation->program = string_format("%s/testbench", simulation->directory);
    simulation->adapter = string_format("%s/adapter.v", simulation->directory);
    simulation->has_timer = timer_create(CLOCK_MONOTONIC, &event, &simulation->timer) == 0;
    return simulation->program != NULL && simulation->adapter != NULL && simulation->has_timer &&
           setrlimit(RLIMIT_FSIZE, &file_limit) == 0 &&
           timer_settime(simulation->timer, 0, &limit, NULL) == 0;
}

static void end_simulation(struct simulation *simulation)
{
    if (simulation->has_timer) {
        timer_delete(simulation->timer);
    }
    if (simulation->program != NULL) {
        unlink(simulation->program);
    }
    if (simulation->adapter != NULL) {
        unlink(simulation->adapter);
    }
    if (simulation->directory != NULL) {
        rmdir(simulation->directory);
    }
    if (simulation->said_fd >= 0) {
        close(simulation->said_fd);
    }
    free(simulation->program);
    free(simulation->adapter);
    free(simulation->directory);
}

/* --- the verdict --- */

bool check_unknowns_missing(struct error *error)
{
    return error_set(error, "iverilog is not installed; install it with: apt-get install iverilog, "
                            "or leave its pass out with --skip unknowns");
}

static void not_run(struct check_pass *pass, enum spawn_result result, const char *tool,
                    const struct simulation *simulation)
{
    static const char advice[] = "--skip unknowns leaves this pass out";

    pass->verdict = CHECK_NOT_RUN;
    switch (result) {
    case SPAWN_MISSING:
        check_unknowns_missing(&pass->error);
        return;
    case SPAWN_INTERRUPTED:
    case SPAWN_TIMED_OUT:
        error_set(&pass->error, "%s: %s did not end within %d s; %s", pass->name, tool,
                  UNKNOWNS_LIMIT_SECONDS, advice);
        return;
    default:
        error_set(&pass->error, "%s: %s does not take this RTL: %.*s; %s", pass->name, tool,
                  (int)strcspn(simulation->said, "\n"), simulation->said, advice);
    }
}

static bool compile(struct check_pass *pass, const struct check *check,
                    struct simulation *simulation)
{
    struct strings argv = {0};
    enum spawn_result result = SPAWN_ERROR;
    const bool is_made = make_compile_command(&argv, check, simulation) &&
                         write_adapter(simulation, check->source.adapter);

    if (!is_made) {
        error_set(&pass->error, "Icarus has no place, or no sources of the RTL: %s",
                  strerror(errno));
    } else if ((result = run_tool(simulation, argv.items, false)) != SPAWN_SUCCEEDED) {
        not_run(pass, result, "iverilog", simulation);
    }
    strings_free(&argv);
    return is_made && result == SPAWN_SUCCEEDED;
}

/* The testbench's verdict is the line that begins with a word of its own; the RTL may print what it
 * likes around it. */
static void judge(struct check_pass *pass, const char *said)
{
    const char *const bad = strstr(said, "SEGMMU X ");
    const char *const good = strstr(said, "SEGMMU PASSED ");

    if (bad != NULL) {
        const char *const line = bad + strlen("SEGMMU ");
        const char *const cycle = strstr(line, " in cycle ");

        pass->verdict = CHECK_DISAGREED;
        error_set(&pass->error, "%.*s", (int)strcspn(line, "\n"), line);
        pass->failure_count = 1;
        pass->failure[0] = (struct check_failure){.count = 1};
        snprintf(pass->failure[0].signature, SIGNATURE_TEXT, "%.*s",
                 (int)(cycle != NULL ? (size_t)(cycle - line) : strcspn(line, "\n")), line);
        pass->bench.cycle =
            cycle != NULL ? strtoull(cycle + strlen(" in cycle "), NULL, 10) : pass->cycles;
        if (pass->bench.cycle > pass->cycles) {
            pass->bench.cycle = pass->cycles;
        }
        pass->failure[0].cycle = pass->bench.cycle;
    } else if (good != NULL) {
        pass->verdict = CHECK_AGREED;
        pass->bench.cycle = pass->cycles;
    } else {
        pass->verdict = CHECK_NOT_RUN;
        error_set(&pass->error, "%s: the simulation ended without a verdict: %.*s", pass->name,
                  (int)strcspn(said, "\n"), said);
    }
}

static void simulate(struct check_pass *pass, struct simulation *simulation)
{
    char seed[48], cycles[48];
    char *const argv[] = {(char *)"vvp", (char *)"-n", simulation->program, seed, cycles, NULL};
    enum spawn_result result;

    snprintf(seed, sizeof(seed), "+seed=%" PRIu64, pass->seed & INT32_MAX);
    snprintf(cycles, sizeof(cycles), "+cycles=%" PRIu64, pass->cycles);
    result = run_tool(simulation, argv, true);
    if (result == SPAWN_SUCCEEDED) {
        judge(pass, simulation->said);
    } else {
        not_run(pass, result, "vvp", simulation);
    }
}

void check_unknowns_run(struct check_pass *pass, const struct check *check)
{
    struct simulation simulation = {.said_fd = -1};

    if (check->skips_unknowns) {
        pass->verdict = CHECK_SKIPPED;
        error_set(&pass->error, "--skip unknowns");
        return;
    }
    if (begin_simulation(&simulation)) {
        if (compile(pass, check, &simulation)) {
            simulate(pass, &simulation);
        }
        if (pass->verdict == CHECK_DISAGREED) {
            fprintf(stderr, "an output of the RTL is X after reset: %s\n\nTo repeat it: %s\n",
                    pass->error.text, check->command);
        }
    } else {
        error_set(&pass->error, "no place for Icarus: %s", strerror(errno));
    }
    end_simulation(&simulation);
}
