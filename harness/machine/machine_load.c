/* SPDX-License-Identifier: MIT */
/* Finding and reading machine files. */
#include "machine/machine.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/input.h"

enum { MAX_FILE_BYTES = 1 << 20 }; /* the longest sensible file, 256 segments, is 40 KB */

/* --- where things are --- */

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* PREFIX/bin/segmmu -> PREFIX/share/segmmu. */
static bool installed_directory(char *directory, size_t size)
{
    char program[PATH_MAX];
    char machines[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (length < 0) {
        return false;
    }
    program[length] = '\0';
    for (int level = 0; level < 2; level++) { /* segmmu, bin */
        char *slash = strrchr(program, '/');
        if (!slash) {
            return false;
        }
        *slash = '\0';
    }
    int written = snprintf(directory, size, "%s/share/segmmu", program);
    int wanted = snprintf(machines, sizeof(machines), "%s/share/segmmu/machines", program);
    return written > 0 && (size_t)written < size && wanted > 0 &&
           (size_t)wanted < sizeof(machines) && is_directory(machines);
}

const char *machine_data_directory(void)
{
    static char directory[PATH_MAX];
    const char *given = getenv("SEGMMU_DATADIR");
    if (given && given[0] != '\0') {
        return given;
    }
    if (directory[0] == '\0' && !installed_directory(directory, sizeof(directory))) {
        snprintf(directory, sizeof(directory), "%s", SEGMMU_SOURCE_DIR);
    }
    return directory;
}

static bool is_path(const char *name_or_path)
{
    static const char suffix[] = ".yaml";
    const size_t length = strlen(name_or_path);
    const size_t suffix_length = sizeof(suffix) - 1;
    return strchr(name_or_path, '/') ||
           (length >= suffix_length && strcmp(name_or_path + length - suffix_length, suffix) == 0);
}

/* --- reading --- */

/* All of the file, malloc'ed; NULL with an error. */
static char *read_descriptor(int descriptor, const char *path, size_t *length, struct error *error)
{
    struct stat status;
    if (fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
        error_set(error, "%s: found a directory, expected a machine file", path);
        return NULL;
    }
    char *text = malloc(MAX_FILE_BYTES + 1);
    if (!text) {
        error_set(error, "%s: out of memory", path);
        return NULL;
    }
    for (*length = 0; *length <= MAX_FILE_BYTES;) {
        ssize_t count = read(descriptor, text + *length, MAX_FILE_BYTES + 1 - *length);
        if (count == 0) {
            return text;
        }
        if (count > 0) {
            *length += (size_t)count;
        } else if (errno != EINTR) {
            error_set(error, "%s: %s", path, strerror(errno));
            free(text);
            return NULL;
        }
    }
    error_set(error, "%s: found more than 1 MiB, expected a machine file", path);
    free(text);
    return NULL;
}

static struct machine *load_path(const char *path, struct error *error)
{
    int descriptor = input_open(path);
    if (descriptor < 0) {
        error_set(error, "%s: %s", path, strerror(errno));
        return NULL;
    }
    size_t length;
    char *text = read_descriptor(descriptor, path, &length, error);
    close(descriptor);
    struct machine *machine = text ? machine_parse(text, length, path, error) : NULL;
    free(text);
    return machine;
}

struct machine *machine_load(const char *name_or_path, struct error *error)
{
    if (is_path(name_or_path)) {
        return load_path(name_or_path, error);
    }
    char path[PATH_MAX];
    int written =
        snprintf(path, sizeof(path), "%s/machines/%s.yaml", machine_data_directory(), name_or_path);
    if (name_or_path[0] == '\0' || written < 0 || (size_t)written >= sizeof(path) ||
        access(path, F_OK) != 0) {
        error_set(error,
                  "no machine is named `%.80s`: expected a name that `segmmu machines` lists, "
                  "or a path (with a slash, or ending in .yaml)",
                  name_or_path);
        return NULL;
    }
    return load_path(path, error);
}
