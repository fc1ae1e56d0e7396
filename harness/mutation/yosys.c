/* SPDX-License-Identifier: MIT */
#include "mutation/yosys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lockstep/dut_spawn.h"
#include "lockstep/dut_strings.h"
#include "lockstep/sandbox.h"

bool yosys_write_path(FILE *script, const char *path, struct error *error)
{
    /* Inside quotes nothing is special to a script, but for what ends them; file names are patterns
     * to some commands. */
    for (const char *at = path; *at; at++)
        if ((unsigned char)*at < ' ' || *at == '\x7f' || strchr("\"*?[\\", *at))
            return error_set(error,
                             "%s: Yosys cannot be given a path with quotes, backslashes, control "
                             "characters or any of *?[",
                             path);
    if (!*path)
        return error_set(error, "an empty path where Yosys is to find a file");
    /* ~ is the user's home and + Yosys's own files, at the start of a path only. */
    fprintf(script, "\"%s%s\"", *path == '~' || *path == '+' ? "./" : "", path);
    return true;
}

static bool write_script(const char *path, const char *script, struct error *error)
{
    FILE *file = fopen(path, "we");
    bool is_written = file && fputs(script, file) >= 0;
    if (file && fclose(file) != 0)
        is_written = false;
    return is_written || error_set(error, "%s: cannot write the script: %s", path, strerror(errno));
}

/* The last line of a log in which Yosys says ERROR, from that word or the place before it on; NULL
 * where it says none. Malloc'ed. */
static char *find_error(int log)
{
    enum { TAIL_BYTES = 64 << 10 };
    off_t size = lseek(log, 0, SEEK_END);
    off_t start = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
    char *tail = malloc(TAIL_BYTES + 1);
    ssize_t length = tail ? pread(log, tail, TAIL_BYTES, start) : -1;
    char *found = NULL;
    if (length > 0) {
        tail[length] = '\0';
        char *rest = tail;
        for (char *line; (line = strsep(&rest, "\n"));)
            if (strstr(line, "ERROR: "))
                found = line;
    }
    char *copy = found ? strdup(found) : NULL;
    free(tail);
    return copy;
}

/* A program that reads scripts. */
struct tool {
    const char *name;   /* for messages */
    char *argv[4];      /* the script's name follows */
    const char *suffix; /* of a script */
};

static const struct tool yosys = {"Yosys", {"yosys", "-T", "-s"}, "ys"};
static const struct tool abc = {"ABC", {"yosys-abc", "-s", "-f"}, "abc"};

static enum yosys_result failed(const struct tool *tool, const struct yosys_step *step, int log,
                                struct error *error)
{
    char *line = find_error(log);
    if (line)
        error_set(error, "%s, %s: %s", tool->name, step->name, line);
    else
        error_set(error, "%s, %s: it ended without a word of why; see %s/%s.log", tool->name,
                  step->name, step->directory, step->name);
    free(line);
    return YOSYS_FAILED;
}

static enum spawn_result spawn(const struct tool *tool, const struct yosys_step *step,
                               const char *script, int log)
{
    struct strings command = {0};
    enum spawn_result result = SPAWN_ERROR;
    bool is_good = true;
    if (step->is_sandboxed) {
        sandbox_begin(&command);
        is_good = sandbox_add_writable(&command, step->directory);
        sandbox_end(&command, step->directory);
    }
    strings_add_all(
        &command, (const char *const[]){tool->argv[0], tool->argv[1], tool->argv[2], script, NULL});
    if (is_good) {
        errno = ENOMEM;
        if (!command.is_short)
            result = spawn_run_for(command.items, step->directory, log, -1, step->limit_seconds);
    }
    strings_free(&command);
    return result;
}

static enum yosys_result run_tool(const struct tool *tool, const struct yosys_step *step,
                                  const char *script, int log, struct error *error)
{
    switch (spawn(tool, step, script, log)) {
    case SPAWN_SUCCEEDED:
        return YOSYS_DONE;
    case SPAWN_FAILED:
        return failed(tool, step, log, error);
    case SPAWN_TIMED_OUT:
        error_set(error, "%s, %s: not done after %u seconds", tool->name, step->name,
                  step->limit_seconds);
        return YOSYS_TIMED_OUT;
    case SPAWN_INTERRUPTED:
        error_set(error, "interrupted");
        return YOSYS_INTERRUPTED;
    case SPAWN_MISSING:
        error_set(error, "%s is not in PATH: install it with `apt-get install yosys`",
                  tool->argv[0]);
        return YOSYS_ERROR;
    case SPAWN_ERROR:
        break;
    }
    error_set(error, "%s cannot be run: %s", tool->argv[0], strerror(errno));
    return YOSYS_ERROR;
}

static enum yosys_result run_step(const struct tool *tool, const struct yosys_step *step,
                                  struct error *error)
{
    enum yosys_result result = YOSYS_ERROR;
    char *path = string_format("%s/%s.%s", step->directory, step->name, tool->suffix);
    char *log_path = string_format("%s/%s.log", step->directory, step->name);
    /* From its directory, whatever the name of that is. */
    char *script = string_format("%s.%s", step->name, tool->suffix);
    int log = -1;
    if (!path || !log_path || !script) {
        error_set(error, "out of memory");
    } else if (write_script(path, step->script, error)) {
        log = open(log_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (log < 0)
            error_set(error, "%s: cannot write the log: %s", log_path, strerror(errno));
        else
            result = run_tool(tool, step, script, log, error);
    }
    if (log >= 0)
        close(log);
    free(script);
    free(log_path);
    free(path);
    return result;
}

enum yosys_result yosys_run(const struct yosys_step *step, struct error *error)
{
    return run_step(&yosys, step, error);
}

enum yosys_result yosys_run_abc(const struct yosys_step *step, struct error *error)
{
    return run_step(&abc, step, error);
}
