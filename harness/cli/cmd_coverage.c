/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/input.h"
#include "cli/cli.h"
#include "cli/output_paths.h"
#include "sink/coverage_report.h"
#include "sink/rtl_coverage.h"

struct options {
    const char *action;
    const char **paths; /* after the action */
    unsigned path_count;
    const char *html;
};

enum { OPTION_HTML = 256 };

static const struct argp_option option_table[] = {
    {"html", OPTION_HTML, "FILE", 0, "report: write a page of its own", 0},
    {0},
};

static const char documentation[] =
    "Functional coverage of `segmmu check --coverage FILE`: `merge` puts the runs of several files "
    "into one, `report` shows what a file has covered. `lcov` makes a tracefile of lcov of "
    "coverage "
    "files that Verilator wrote.\v"
    "A run counts once, however often and in whatever order it is merged; OUT may be one of the "
    "files that are merged. All of them must be of one machine: the same parameters, whatever its "
    "name.\n"
    "\n"
    "report tells for each group of bins how many of those that this machine can reach were hit, "
    "why the others are excluded, and the name of each that was missed.\n"
    "\n"
    "lcov adds up coverage.dat files of testbenches of your own, for genhtml, and for `lcov -a` "
    "with "
    "what `segmmu check --rtl-coverage` wrote. A file that is damaged is refused.\n"
    "\n"
    "Exit status: 0; 1 when report finds a bin that was not hit; 2 for usage, and for files that "
    "cannot be read, are damaged or do not belong together.";

/* The type is argp's. NOLINTNEXTLINE(readability-non-const-parameter) */
static error_t parse_option(int key, char *text, struct argp_state *state)
{
    struct options *const options = state->input;

    switch (key) {
    case OPTION_HTML:
        options->html = text;
        return 0;
    case ARGP_KEY_ARG:
        if (options->action == NULL) {
            options->action = text;
        } else {
            options->paths[options->path_count++] = text;
        }
        return 0;
    case ARGP_KEY_END: {
        const char *const action = options->action != NULL ? options->action : "nothing";

        if (strcmp(action, "merge") == 0) {
            if (options->path_count < 2) {
                argp_error(state, "merge: expected OUT and at least one IN");
            }
        } else if (strcmp(action, "lcov") == 0) {
            if (options->path_count < 2) {
                argp_error(state, "lcov: expected OUT and at least one coverage.dat");
            }
        } else if (strcmp(action, "report") == 0) {
            if (options->path_count != 1) {
                argp_error(state, "report: expected one FILE, found %u", options->path_count);
            }
        } else {
            argp_error(state, "expected merge, report or lcov, found `%s`", action);
        }
        if (options->html != NULL && strcmp(action, "report") != 0) {
            argp_error(state, "--html goes with report");
        }
        return 0;
    }
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* --- the actions --- */

static bool read_all(const char *const *paths, unsigned count, struct coverage_report **report,
                     struct error *error)
{
    for (unsigned i = 0; i < count; i++) {
        if (!coverage_report_read(report, paths[i], error)) {
            return false;
        }
    }
    return true;
}

static int merge(const struct options *options, struct error *error)
{
    struct coverage_report *report = NULL;
    int status = CLI_ERROR;

    if (read_all(options->paths + 1, options->path_count - 1, &report, error) &&
        coverage_report_write(report, options->paths[0], error)) {
        printf("%s: %zu run%s of machine %s\n", options->paths[0], json_array_size(report->runs),
               json_array_size(report->runs) == 1 ? "" : "s", report->machine);
        coverage_report_print(report, stdout, 0);
        status = CLI_AGREED;
    }
    coverage_report_free(report);
    return status;
}

static int show(const struct options *options, struct error *error)
{
    const struct named_path paths[] = {
        {options->paths[0], "the coverage", false},
        {options->html, "the page", true},
    };
    struct coverage_report *report = NULL;
    int status = CLI_ERROR;

    if (output_paths_differ(paths, sizeof(paths) / sizeof(paths[0]), error) &&
        read_all(options->paths, 1, &report, error) &&
        (options->html == NULL || coverage_report_write_html(report, options->html, error))) {
        coverage_report_print_all(report, stdout);
        status = report->reached_count == report->bins.reachable_count ? CLI_AGREED : CLI_DISAGREED;
    }
    coverage_report_free(report);
    return status;
}

static bool read_rtl(const char *path, struct rtl_coverage *coverage, struct error *error)
{
    const int fd = input_open(path);
    bool is_read;

    if (fd < 0) {
        return error_set(error, "%s: %s", path, strerror(errno));
    }
    is_read = rtl_coverage_read(coverage, fd, path, false, error);
    close(fd);
    return is_read;
}

static int convert(const struct options *options, struct error *error)
{
    struct rtl_coverage coverage = {0};
    struct rtl_sources sources = {0};
    bool is_good = true;

    for (unsigned i = 1; is_good && i < options->path_count; i++) {
        is_good = read_rtl(options->paths[i], &coverage, error);
    }
    if (is_good && !rtl_sources_make(&sources, &coverage)) {
        is_good = error_set(error, "%s: out of memory", options->paths[0]);
    }
    is_good = is_good && rtl_sources_write_lcov(&sources, "verilator", options->paths[0], error);
    if (is_good) {
        rtl_sources_print(&sources, stdout, SIZE_MAX);
    }
    rtl_sources_free(&sources);
    rtl_coverage_free(&coverage);
    return is_good ? CLI_AGREED : CLI_ERROR;
}

int cmd_coverage(int argc, char **argv)
{
    static const struct argp argp = {
        option_table,  parse_option, "merge OUT IN...\nreport FILE\nlcov OUT IN...",
        documentation, NULL,         NULL,
        NULL};
    struct options options = {.paths = calloc((size_t)argc, sizeof(char *))};
    struct error error = {0};
    int status;

    if (options.paths == NULL) {
        cli_error("out of memory");
        return CLI_ERROR;
    }
    if (!cli_parse(&argp, argc, argv, 0, &options)) {
        return CLI_ERROR;
    }
    status = strcmp(options.action, "merge") == 0    ? merge(&options, &error)
             : strcmp(options.action, "report") == 0 ? show(&options, &error)
                                                     : convert(&options, &error);
    if (error.text[0] != '\0') {
        cli_error("%s", error.text);
    }
    free(options.paths);
    return status;
}
