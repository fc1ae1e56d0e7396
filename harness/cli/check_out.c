/* SPDX-License-Identifier: MIT */
#include "cli/check_out.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lockstep/dut_spawn.h"
#include "lockstep/dut_strings.h"

/* --- the directory --- */

static bool is_empty(const char *path, struct error *error)
{
    DIR *const directory = opendir(path);
    const struct dirent *entry;
    bool is_found = false;

    if (directory == NULL) {
        return error_set(error, "--out: %s: %s", path, strerror(errno));
    }
    while ((entry = readdir(directory)) != NULL) {
        is_found |= strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(directory);
    return !is_found ||
           error_set(error, "--out: %s: found files in it, expected a new or an empty directory",
                     path);
}

bool check_out_make_directory(const char *path, struct error *error)
{
    if (mkdir(path, 0777) == 0) {
        return true;
    }
    if (errno != EEXIST) {
        return error_set(error, "--out: %s: cannot be created: %s", path, strerror(errno));
    }
    return is_empty(path, error);
}

/* --- files --- */

static bool write_text(const char *directory, const char *name, const char *text,
                       struct error *error)
{
    char *const path = string_format("%s/%s", directory, name);
    FILE *const file = path != NULL ? fopen(path, "w") : NULL;
    bool is_written = file != NULL && fputs(text, file) >= 0;

    is_written = (file == NULL || fclose(file) == 0) && is_written;
    if (!is_written) {
        error_set(error, "%s/%s: cannot be written: %s", directory, name, strerror(errno));
    }
    free(path);
    return is_written;
}

/* The first line that `program` prints about its version; null where it is not installed. */
static json_t *tool_version(const char *program, const char *option)
{
    char *const argv[] = {(char *)program, (char *)option, NULL};
    const int fd = memfd_create("version", MFD_CLOEXEC);
    char text[256];
    ssize_t length = -1;

    if (fd < 0) {
        return json_null();
    }
    if (spawn_run(argv, NULL, fd, -1) == SPAWN_SUCCEEDED) {
        length = pread(fd, text, sizeof(text) - 1, 0);
    }
    close(fd);
    if (length <= 0) {
        return json_null();
    }
    text[length] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return json_string(text);
}

static bool write_configuration(const char *directory, const struct check *check,
                                const char *version, struct error *error)
{
    json_t *const object = json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:{s:s, s:o, s:o, s:o}}", "command", check->command,
        "machine_file", check->machine->path, "seed", (json_int_t)check->seed, "cycles",
        (json_int_t)check->cycles, "shard_cycles", (json_int_t)check->shard_cycles, "versions",
        "segmmu", version, "verilator", tool_version("verilator", "--version"), "g++",
        tool_version("g++", "--version"), "iverilog", tool_version("iverilog", "-V"));
    char *const text = object != NULL ? json_dumps(object, JSON_INDENT(2)) : NULL;
    bool is_written;

    if (text == NULL) {
        error_set(error, "--out: out of memory, or a name that is not UTF-8");
        is_written = false;
    } else {
        is_written = write_text(directory, "configuration.json", text, error);
    }
    free(text);
    json_decref(object);
    return is_written;
}

bool check_out_begin(const char *directory, const struct check *check, const char *version,
                     struct error *error)
{
    char *const machine = machine_print(check->machine);
    char *const logs = string_format("%s/logs", directory);
    bool is_written = false;

    if (machine == NULL || logs == NULL) {
        error_set(error, "--out: out of memory");
    } else {
        is_written = check_out_make_directory(directory, error) &&
                     check_out_make_directory(logs, error) &&
                     write_text(directory, "machine.yaml", machine, error) &&
                     write_configuration(directory, check, version, error);
    }
    free(machine);
    free(logs);
    return is_written;
}

/* --- results --- */

bool check_out_results(const char *directory, const struct check *check, const json_t *results,
                       bool is_complete, json_t *rtl_coverage, struct error *error)
{
    char *const path = string_format("%s/results.json", directory);
    char *const part = string_format("%s/results.json.part", directory);
    bool is_written = false;

    if (path == NULL || part == NULL) {
        error_set(error, "--out: out of memory");
    } else if (check_write_json(part, check, results, is_complete, rtl_coverage, error)) {
        is_written = rename(part, path) == 0 ||
                     error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    } else {
        unlink(part);
    }
    free(path);
    free(part);
    return is_written;
}

bool check_out_junit(const char *directory, const struct check *check, const json_t *results,
                     struct error *error)
{
    char *const path = string_format("%s/junit.xml", directory);
    const bool is_written = path != NULL ? check_write_junit(path, check, results, error)
                                         : error_set(error, "--out: out of memory");

    free(path);
    return is_written;
}

bool check_out_log(const char *directory, const json_t *results, const char *said,
                   struct error *error)
{
    const size_t number = json_array_size(results) - 1;
    char name[64];

    if (said[0] == '\0') {
        return true;
    }
    snprintf(name, sizeof(name), "logs/%06zu.log", number);
    return write_text(directory, name, said, error);
}
