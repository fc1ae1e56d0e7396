/* SPDX-License-Identifier: MIT */
/* Coverage files: reading what anybody may have written, and writing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/input.h"
#include "sink/coverage_report.h"

static const char format_name[] = "segmmu coverage";
enum { FORMAT_VERSION = 1 };

/* X(key, member of struct mmu_config) */
#define PARAMETER_LIST(X)                                                                          \
    X(VA_W, va_w)                                                                                  \
    X(PA_W, pa_w)                                                                                  \
    X(SEG_BITS, seg_bits)                                                                          \
    X(SELECT, select)                                                                              \
    X(CONTEXTS, contexts)                                                                          \
    X(STAGES, stages)

/* --- reading --- */

static json_t *load(const char *path, struct error *error)
{
    enum { MAX_BYTES = 1 << 28 };
    const int fd = input_open(path);
    json_error_t place;
    struct stat status;
    json_t *root;

    if (fd < 0 || fstat(fd, &status) != 0) {
        error_set(error, "%s: %s", path, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return NULL;
    }
    if (status.st_size > MAX_BYTES) {
        close(fd);
        error_set(error, "%s: found %lld bytes, expected at most %d", path,
                  (long long)status.st_size, MAX_BYTES);
        return NULL;
    }
    root = json_loadfd(fd, JSON_REJECT_DUPLICATES, &place);
    close(fd);
    if (root == NULL) {
        error_set(error, "%s:%d:%d: %s", path, place.line, place.column, place.text);
    }
    return root;
}

static bool read_parameter(const json_t *machine, const char *key, uint8_t *value)
{
    const json_t *const number = json_object_get(machine, key);

    if (!json_is_integer(number) || json_integer_value(number) < 0 ||
        json_integer_value(number) > UINT8_MAX) {
        return false;
    }
    *value = (uint8_t)json_integer_value(number);
    return true;
}

static bool read_config(const json_t *machine, const char *path, struct mmu_config *config,
                        struct error *error)
{
    const char *problem;

#define X(key, member)                                                                             \
    if (!read_parameter(machine, #key, &config->member)) {                                         \
        return error_set(error, "%s: machine: expected a number " #key, path);                     \
    }
    PARAMETER_LIST(X)
#undef X
    problem = mmu_config_error(config);
    return problem == NULL || error_set(error, "%s: machine: %s", path, problem);
}

static bool is_format(const json_t *root, const char *path, struct error *error)
{
    const char *const format = json_string_value(json_object_get(root, "format"));
    const json_t *const version = json_object_get(root, "version");

    if (format == NULL || strcmp(format, format_name) != 0) {
        return error_set(error, "%s: expected a coverage file: \"format\": \"%s\"", path,
                         format_name);
    }
    if (!json_is_integer(version) || json_integer_value(version) != FORMAT_VERSION) {
        return error_set(error, "%s: version: expected %d", path, FORMAT_VERSION);
    }
    return true;
}

static bool is_same_machine(const struct mmu_config *there, const struct mmu_config *here,
                            const char *path, struct error *error)
{
#define X(key, member)                                                                             \
    if (there->member != here->member) {                                                           \
        return error_set(error,                                                                    \
                         "%s: another machine: found " #key " %d, expected %d as in the files "    \
                         "before it",                                                              \
                         path, there->member, here->member);                                       \
    }
    PARAMETER_LIST(X)
#undef X
    return true;
}

static bool add_runs(struct coverage_report *report, const json_t *root, const char *path,
                     struct error *error)
{
    const json_t *const runs = json_object_get(root, "runs");
    const json_t *run;
    size_t index;

    if (!json_is_array(runs)) {
        return error_set(error, "%s: expected an array `runs`", path);
    }
    json_array_foreach(runs, index, run)
    {
        char place[512];

        snprintf(place, sizeof(place), "%s: run %zu", path, index + 1);
        if (!coverage_report_add(report, run, place, error)) {
            return false;
        }
    }
    return true;
}

static bool read_root(struct coverage_report **report, const json_t *root, const char *path,
                      struct error *error)
{
    const json_t *const machine = json_object_get(root, "machine");
    const char *const name = json_string_value(json_object_get(machine, "name"));
    struct mmu_config config = {0};
    struct coverage_report *fresh = NULL;

    if (!is_format(root, path, error) || !read_config(machine, path, &config, error)) {
        return false;
    }
    if (name == NULL) {
        return error_set(error, "%s: machine: expected a name", path);
    }
    if (*report != NULL) {
        return is_same_machine(&config, &(*report)->bins.config, path, error) &&
               add_runs(*report, root, path, error);
    }
    fresh = coverage_report_new(&config, name);
    if (fresh == NULL) {
        return error_set(error, "%s: out of memory", path);
    }
    if (!add_runs(fresh, root, path, error)) {
        coverage_report_free(fresh);
        return false;
    }
    *report = fresh;
    return true;
}

bool coverage_report_read(struct coverage_report **report, const char *path, struct error *error)
{
    json_t *const root = load(path, error);
    const bool is_read = root != NULL && read_root(report, root, path, error);

    json_decref(root);
    return is_read;
}

/* --- writing --- */

static json_t *group_json(const struct coverage_report *report, enum coverage_group group)
{
    const struct coverage_group_count count = coverage_report_count(report, group);
    json_t *const holes = json_array(), *const excluded = json_object();
    const char *reason;
    unsigned bins;

    for (unsigned bin = report->bins.first[group]; bin < report->bins.first[group + 1]; bin++) {
        if (coverage_report_is_hole(report, bin)) {
            char name[COVERAGE_NAME_SIZE];

            json_array_append_new(holes, json_string(coverage_bin_name(&report->bins, bin, name)));
        }
    }
    for (unsigned i = 0; (reason = coverage_report_reason(report, group, i, &bins)) != NULL; i++) {
        json_object_set_new(excluded, reason, json_integer(bins));
    }
    return json_pack("{s:s, s:s, s:i, s:i, s:o, s:o}", "name", coverage_group_name(group),
                     "subject", coverage_group_subject(group), "reachable", (int)count.reachable,
                     "hit", (int)count.hit, "excluded", excluded, "holes", holes);
}

/* NULL when memory runs out. */
static json_t *report_json(const struct coverage_report *report)
{
    const struct mmu_config *const config = &report->bins.config;
    json_t *const machine = json_pack("{s:s}", "name", report->machine);
    json_t *const groups = json_array();

#define X(key, member) json_object_set_new(machine, #key, json_integer(config->member));
    PARAMETER_LIST(X)
#undef X
    for (unsigned group = 0; group < COVERAGE_GROUPS; group++) {
        json_array_append_new(groups, group_json(report, (enum coverage_group)group));
    }
    return json_pack("{s:s, s:i, s:o, s:{s:i, s:i, s:i}, s:o, s:O}", "format", format_name,
                     "version", FORMAT_VERSION, "machine", machine, "summary", "reachable",
                     (int)report->bins.reachable_count, "hit", (int)report->reached_count,
                     "excluded", (int)(report->bins.count - report->bins.reachable_count), "groups",
                     groups, "runs", report->runs);
}

bool coverage_report_write(const struct coverage_report *report, const char *path,
                           struct error *error)
{
    json_t *const root = report_json(report);
    bool is_written = false;

    if (root == NULL) {
        return error_set(error, "%s: out of memory, or a name that is not UTF-8", path);
    }
    FILE *const file = fopen(path, "w");

    is_written =
        file != NULL && json_dumpf(root, file, JSON_COMPACT) == 0 && fputc('\n', file) != EOF;
    is_written = (file == NULL || fclose(file) == 0) && is_written;
    json_decref(root);
    return is_written || error_set(error, "%s: cannot be written: %s", path, strerror(errno));
}
