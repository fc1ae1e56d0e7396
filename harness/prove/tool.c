/* SPDX-License-Identifier: MIT */
#include "prove/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lockstep/sandbox.h"

static enum spawn_result spawn(const struct tool_step *step, int log)
{
    struct strings command = {0};
    enum spawn_result result = SPAWN_ERROR;
    bool is_good = true;

    if (step->is_sandboxed) {
        sandbox_begin(&command);
        is_good = sandbox_add_writable(&command, step->directory);
        sandbox_end(&command, step->directory);
    }
    strings_add(&command, "prlimit");
    strings_add(&command, "--as=%llu", (unsigned long long)TOOL_MEMORY_MB << 20);
    strings_add_all(&command, (const char *const *)step->argv->items);
    errno = is_good ? ENOMEM : errno;
    if (is_good && !command.is_short && !step->argv->is_short) {
        result = spawn_run_for(command.items, step->directory, log, -1, step->limit_seconds);
    }
    strings_free(&command);
    return result;
}

static void explain(enum spawn_result result, const struct tool_step *step, struct error *error)
{
    const char *const program = step->argv->items[0];

    switch (result) {
    case SPAWN_SUCCEEDED:
    case SPAWN_FAILED:
        break;
    case SPAWN_TIMED_OUT:
        error_set(error, "%s: not done after %u seconds", step->name, step->limit_seconds);
        break;
    case SPAWN_INTERRUPTED:
        error_set(error, "interrupted");
        break;
    case SPAWN_MISSING:
    case SPAWN_ERROR:
        error_set(error, "%s: %s cannot be run: %s", step->name, program, strerror(errno));
        break;
    }
}

enum spawn_result tool_run(const struct tool_step *step, struct error *error)
{
    char *const path = string_format("%s/%s.log", step->directory, step->name);
    const int log = path != NULL ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    enum spawn_result result = SPAWN_ERROR;

    if (log < 0) {
        error_set(error, "%s/%s.log: cannot be written: %s", step->directory, step->name,
                  strerror(path != NULL ? errno : ENOMEM));
    } else {
        result = spawn(step, log);
        explain(result, step, error);
        close(log);
    }
    free(path);
    return result;
}

char *tool_log(const struct tool_step *step)
{
    char *const path = string_format("%s/%s.log", step->directory, step->name);
    FILE *const file = path != NULL ? fopen(path, "re") : NULL;
    char *text = NULL;
    size_t size = 0;

    if (file == NULL || getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = strdup("");
    }
    if (file != NULL) {
        fclose(file);
    }
    free(path);
    return text;
}
