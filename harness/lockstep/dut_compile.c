/* SPDX-License-Identifier: MIT */
#include "lockstep/dut_compile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lockstep/dut_digest.h"
#include "lockstep/dut_spawn.h"
#include "lockstep/sandbox.h"

/* verilated.mk: OPT_GLOBAL, for the runtime, where next to no time is spent. */
static const char runtime_optimization[] = "-Os";

/* A build in progress. */
struct build {
    const struct dut_job *job;
    const struct cache_entry *entry; /* built in entry->building */
    int log_fd;
    struct strings objects; /* names in the directory */
    struct error *error;
};

static bool fail_on_file(const struct build *build, const char *path)
{
    return error_set(build->error, "%s: %s", path ? path : build->entry->building,
                     path ? strerror(errno) : "out of memory");
}

/* --- running the tools --- */

/* The message of a tool's first error. */
static const char *find_message(char *line)
{
    char *message = line;
    if (strncmp(line, "%Error", 6) == 0) { /* "%Error: ..." or "%Error-CODE: ..." */
        message = strstr(line, ": ");
        message = message ? message + 2 : line;
    } else if (!strstr(line, "error: ") && !strstr(line, "undefined reference")) {
        return NULL;
    }
    message[strcspn(message, "\n")] = '\0';
    return message;
}

static bool report_failure(const struct build *build, const char *program)
{
    char *path = string_format("%s/log", build->entry->building);
    FILE *log = path ? fopen(path, "re") : NULL;
    char *line = NULL;
    const char *message = NULL;
    size_t size = 0;
    while (log && !message && getline(&line, &size, log) > 0)
        message = find_message(line);
    if (message)
        error_set(build->error, "cannot build the RTL: %s (log: %s)", message,
                  build->entry->log_path);
    else
        error_set(build->error, "cannot build the RTL: %s failed (log: %s)", program,
                  build->entry->log_path);
    free(line);
    if (log)
        fclose(log);
    free(path);
    return false;
}

/* In the sandbox, where it may write the directory of the build and nothing else. */
static enum spawn_result spawn(const struct build *build, const struct strings *command)
{
    const char *directory = build->entry->building;
    struct strings wrapped = {0};
    enum spawn_result result = SPAWN_ERROR;
    if (!build->job->is_sandboxed)
        return spawn_run(command->items, directory, build->log_fd, build->entry->lock_fd);
    sandbox_begin(&wrapped);
    if (sandbox_add_writable(&wrapped, directory)) {
        sandbox_end(&wrapped, directory);
        strings_add_all(&wrapped, (const char *const *)command->items);
        errno = ENOMEM;
        if (!wrapped.is_short)
            result = spawn_run(wrapped.items, directory, build->log_fd, build->entry->lock_fd);
    }
    strings_free(&wrapped);
    return result;
}

static bool run(const struct build *build, const struct strings *command)
{
    if (command->is_short)
        return error_set(build->error, "out of memory");
    const char *program = command->items[0];
    for (size_t i = 0; i < command->count; i++)
        dprintf(build->log_fd, "%s%c", command->items[i], i + 1 < command->count ? ' ' : '\n');
    switch (spawn(build, command)) {
    case SPAWN_SUCCEEDED:
        return true;
    case SPAWN_MISSING:
        return dut_tool_missing(program, build->error);
    case SPAWN_FAILED:
        return report_failure(build, program);
    case SPAWN_INTERRUPTED:
        return error_set(build->error, "building the RTL was interrupted");
    case SPAWN_TIMED_OUT:
        return error_set(build->error, "cannot build the RTL: %s took longer than %d s (log: %s)",
                         program, SPAWN_LIMIT_SECONDS, build->entry->log_path);
    case SPAWN_ERROR:
        break;
    }
    return error_set(build->error, "cannot run %s: %s", program, strerror(errno));
}

/* One C++ file to an object of the directory. */
static bool compile(struct build *build, const char *file, const char *object,
                    const char *const *options)
{
    struct strings command = {0};
    strings_add_all(&command, (const char *const *)build->job->compiler.items);
    strings_add_all(&command, options);
    strings_add(&command, "-c");
    strings_add(&command, "%s", file);
    strings_add(&command, "-o");
    strings_add(&command, "%s", object);
    bool is_good = run(build, &command);
    strings_free(&command);
    return is_good;
}

/* --- what Verilator generated --- */

static bool compile_unit(struct build *build, const char *file, const char *object,
                         const char *optimization)
{
    struct strings options = {0};
    strings_add_all(&options, (const char *const *)build->job->defines.items);
    strings_add(&options, "%s", optimization ? optimization : "-O0");
    bool is_good = options.is_short
                       ? error_set(build->error, "out of memory")
                       : compile(build, file, object, (const char *const *)options.items);
    strings_free(&options);
    return is_good;
}

/* Because nothing is inlined from one unit into another. */
static bool compile_as_one(struct build *build, const struct strings *files)
{
    char *path = string_format("%s/unit.cpp", build->entry->building);
    FILE *unit = path ? fopen(path, "we") : NULL;
    bool is_good = unit != NULL;
    for (size_t i = 0; is_good && i < files->count; i++)
        fprintf(unit, "#include \"%s\"\n", files->items[i]);
    is_good = unit && fclose(unit) == 0 && is_good;
    if (!is_good)
        fail_on_file(build, path);
    free(path);
    strings_add(&build->objects, "unit.o");
    return is_good && compile_unit(build, "unit.cpp", "unit.o", build->job->optimization);
}

static bool compile_file_by_file(struct build *build, const struct strings *files)
{
    bool is_good = true;
    for (size_t i = 0; is_good && i < files->count; i++) {
        const char *file = files->items[i];
        bool is_slow = string_ends_with(file, "Slow.cpp") || string_ends_with(file, "Syms.cpp");
        char *object = string_format("unit%zu.o", i);
        is_good =
            object && compile_unit(build, file, object, is_slow ? NULL : build->job->optimization);
        strings_add(&build->objects, "%s", object ? object : "");
        free(object);
    }
    return is_good;
}

static bool compile_generated(struct build *build)
{
    struct strings files = {0};
    if (!strings_add_files(&files, build->entry->building, ".cpp"))
        return fail_on_file(build, build->entry->building);
    strings_add(&files, "%s/dut_shim.cpp", build->job->support);
    bool is_good = files.is_short                ? error_set(build->error, "out of memory")
                   : build->job->is_file_by_file ? compile_file_by_file(build, &files)
                                                 : compile_as_one(build, &files);
    strings_free(&files);
    return is_good;
}

/* --- Verilator's runtime: an entry of the cache of its own, for all DUTs --- */

static bool runtime_key(const struct dut_job *job, char key[DIGEST_TEXT_SIZE])
{
    struct digest digest;
    char hooks_digest[DIGEST_TEXT_SIZE];
    char *hooks = string_format("%s/dut_hooks.h", job->support);
    bool is_read = hooks && digest_file(hooks, hooks_digest);
    free(hooks);
    if (!is_read)
        return false;
    digest_begin(&digest);
    digest_add_text(&digest, job->versions);
    digest_add_text(&digest, hooks_digest);
    for (size_t i = 0; i < job->compiler.count; i++)
        digest_add_text(&digest, job->compiler.items[i]);
    for (size_t i = 0; i < job->runtime.count; i++)
        digest_add_text(&digest, job->runtime.items[i]);
    digest_end(&digest, key);
    return true;
}

static bool build_runtime(const struct build *parent, const struct cache_entry *entry)
{
    const struct dut_job *job = parent->job;
    struct build build = {.job = job, .entry = entry, .error = parent->error};
    if (!cache_begin(entry, build.error))
        return false;
    char *log = string_format("%s/log", entry->building);
    build.log_fd = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    bool is_good = build.log_fd >= 0 || fail_on_file(&build, log);
    for (size_t i = 0; is_good && i < job->runtime.count; i++) {
        strings_add(&build.objects, "runtime%zu.o", i);
        is_good = !build.objects.is_short
                      ? compile(&build, job->runtime.items[i], build.objects.items[i],
                                (const char *const[]){runtime_optimization, NULL})
                      : error_set(build.error, "out of memory");
    }
    if (is_good)
        is_good = cache_commit(entry, (const char *const *)build.objects.items, build.objects.count,
                               build.error);
    if (build.log_fd >= 0)
        close(build.log_fd);
    free(log);
    strings_free(&build.objects);
    return is_good;
}

/* Puts a second name of each object into our directory, so that the entry need not stay locked. */
static bool take_runtime(struct build *build, const struct cache_entry *entry)
{
    bool is_good = true;
    for (size_t i = 0; is_good && i < build->job->runtime.count; i++) {
        char *from = string_format("%s/runtime%zu.o", entry->directory, i);
        char *to = string_format("%s/runtime%zu.o", build->entry->building, i);
        is_good = (from && to && link(from, to) == 0) || fail_on_file(build, from);
        strings_add(&build->objects, "runtime%zu.o", i);
        free(from);
        free(to);
    }
    return is_good;
}

static bool add_runtime(struct build *build)
{
    char key[DIGEST_TEXT_SIZE];
    struct cache_entry entry;
    if (!runtime_key(build->job, key))
        return error_set(build->error, "%s/dut_hooks.h: %s", build->job->support, strerror(errno));
    bool is_good = cache_open(&entry, "runtime", key, build->error);
    if (is_good) {
        char *found = cache_find(&entry);
        is_good = found || build_runtime(build, &entry);
        free(found);
    }
    is_good = is_good && take_runtime(build, &entry);
    cache_close(&entry);
    return is_good;
}

/* --- the shared object --- */

static bool link_objects(struct build *build)
{
    struct strings command = {0};
    strings_add(&command, "g++");
    strings_add(&command, "-shared");
    strings_add(&command, "-Wl,--version-script=%s/dut_exports.map", build->job->support);
    strings_add(&command, "-o");
    strings_add(&command, "dut.so");
    strings_add_all(&command, (const char *const *)build->objects.items);
    if (build->job->is_traced)
        strings_add(&command, "-lz"); /* of the FST writer */
    bool is_good =
        build->objects.is_short ? error_set(build->error, "out of memory") : run(build, &command);
    strings_free(&command);
    return is_good;
}

/* Its name for the cache is the first of `files`. */
static bool name_shared_object(const struct build *build, struct strings *files)
{
    char digest[DIGEST_TEXT_SIZE];
    char *from = string_format("%s/dut.so", build->entry->building);
    bool is_good = from && digest_file(from, digest);
    if (is_good) {
        char *to = string_format("%s/dut-%.16s.so", build->entry->building, digest);
        is_good = to && rename(from, to) == 0;
        free(to);
        strings_add(files, "dut-%.16s.so", digest);
    }
    free(from);
    return is_good || fail_on_file(build, build->entry->building);
}

/* The files that Verilator has read, out of the list that it leaves: a line of it is "S", sizes and
 * times, and the quoted path. Fails where one has changed since the build began, because then
 * nobody knows which of its contents was built. */
static bool add_sources_read(const struct build *build, const struct timespec *begin,
                             struct strings *files)
{
    char *path = string_format("%s/Vdut__verFiles.dat", build->entry->building);
    FILE *list = path ? fopen(path, "re") : NULL;
    bool is_good = list || fail_on_file(build, path);
    char *line = NULL;
    size_t size = 0;
    while (is_good && getline(&line, &size, list) > 0) {
        char *first = strchr(line, '"'), *last = strrchr(line, '"');
        /* Verilator lists itself, without a directory or as an executable. */
        if (line[0] != 'S' || !first || first == last || first[1] != '/')
            continue;
        *last = '\0';
        if (string_ends_with(first, "/verilator_bin"))
            continue;
        struct stat status;
        if (stat(first + 1, &status) != 0)
            is_good = fail_on_file(build, first + 1);
        else if (status.st_ctim.tv_sec > begin->tv_sec || (status.st_ctim.tv_sec == begin->tv_sec &&
                                                           status.st_ctim.tv_nsec > begin->tv_nsec))
            is_good = error_set(build->error, "%s: changed while it was being built", first + 1);
        else
            strings_add(files, "%s", first + 1);
    }
    free(line);
    free(path);
    if (list)
        fclose(list);
    return is_good;
}

/* Leaves the shared object and the log. */
static bool remove_intermediates(const struct build *build, const char *shared_object)
{
    struct strings files = {0};
    size_t directory_length = strlen(build->entry->building) + 1;
    bool is_good = strings_add_files(&files, build->entry->building, "");
    for (size_t i = 0; is_good && i < files.count; i++) {
        const char *name = files.items[i] + directory_length;
        if (strcmp(name, shared_object) != 0 && strcmp(name, "log") != 0 &&
            strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            is_good = unlink(files.items[i]) == 0;
    }
    strings_free(&files);
    return is_good || fail_on_file(build, build->entry->building);
}

static bool write_adapter(const struct build *build)
{
    const char *text = build->job->adapter;
    if (!text)
        return true;
    char *path = string_format("%s/%s", build->entry->building, DUT_ADAPTER_FILE);
    FILE *file = path ? fopen(path, "we") : NULL;
    bool is_good = file && fputs(text, file) != EOF;
    is_good = file && fclose(file) == 0 && is_good;
    if (!is_good)
        fail_on_file(build, path);
    free(path);
    return is_good;
}

bool dut_compile(const struct dut_job *job, const struct cache_entry *entry, struct error *error)
{
    if (!cache_begin(entry, error))
        return false;
    struct build build = {.job = job, .entry = entry, .log_fd = -1, .error = error};
    struct strings files = {0};
    bool is_good = write_adapter(&build); /* a source, and so before the build begins */
    char *log = string_format("%s/log", entry->building);
    build.log_fd = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    /* When the build began, by the clock of the files' times; no clock that a program can read is
     * the same, since kernels stamp files finer where somebody looks at the stamps. */
    struct stat begin;
    is_good = is_good && ((build.log_fd >= 0 && fstat(build.log_fd, &begin) == 0) ||
                          fail_on_file(&build, log));
    is_good = is_good && run(&build, &job->verilator) && compile_generated(&build) &&
              add_runtime(&build) && link_objects(&build) && name_shared_object(&build, &files) &&
              add_sources_read(&build, &begin.st_ctim, &files);
    if (is_good && files.is_short)
        is_good = error_set(error, "out of memory");
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the shared object is the first */
    is_good = is_good && remove_intermediates(&build, files.items[0]) &&
              cache_commit(entry, (const char *const *)files.items, files.count, error);
    if (build.log_fd >= 0)
        close(build.log_fd);
    free(log);
    strings_free(&files);
    strings_free(&build.objects);
    return is_good;
}
