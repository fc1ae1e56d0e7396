/* SPDX-License-Identifier: MIT */
#include "lockstep/sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lockstep/dut_spawn.h"

/* --die-with-parent: nothing in it outlives who started it, as the whole of its process namespace
 * goes with bwrap. --new-session: it cannot type into our terminal. */
static const char *const isolation[] = {
    "bwrap",
    "--unshare-all",
    "--die-with-parent",
    "--new-session",
    "--ro-bind",
    "/",
    "/",
    "--dev",
    "/dev",
    "--proc",
    "/proc",
    NULL,
};

void sandbox_begin(struct strings *argv)
{
    strings_add_all(argv, isolation);
}

void sandbox_add_temporary(struct strings *argv)
{
    DIR *const directory = opendir("/tmp");
    const struct dirent *entry;

    strings_add(argv, "--tmpfs");
    strings_add(argv, "/tmp");
    while (directory && (entry = readdir(directory))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            (entry->d_type == DT_DIR || entry->d_type == DT_REG)) {
            strings_add(argv, "--ro-bind-try");
            strings_add(argv, "/tmp/%s", entry->d_name);
            strings_add(argv, "/tmp/%s", entry->d_name);
        }
    }
    if (directory)
        closedir(directory);
}

bool sandbox_add_writable(struct strings *argv, const char *path)
{
    /* bwrap finds no way through symbolic links. */
    char *absolute = realpath(path, NULL);
    if (!absolute)
        return false;
    strings_add(argv, "--bind");
    strings_add(argv, "%s", absolute);
    strings_add(argv, "%s", absolute);
    free(absolute);
    return true;
}

void sandbox_end(struct strings *argv, const char *directory)
{
    strings_add(argv, "--chdir");
    strings_add(argv, "%s", directory);
    strings_add(argv, "--");
}

int sandbox_status(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) > 128 ? WEXITSTATUS(status) - 128 : status;
}

/* bwrap says in its first line why it does not start. */
static bool report_failure(int said_fd, struct error *error)
{
    char said[512];
    ssize_t length = pread(said_fd, said, sizeof said - 1, 0);
    said[length > 0 ? length : 0] = '\0';
    said[strcspn(said, "\n")] = '\0';
    return error_set(error, "the sandbox does not start: %s; --no-sandbox does without",
                     said[0] ? said : "bwrap gives no reason");
}

bool sandbox_check(struct error *error)
{
    struct strings argv = {0};
    int said_fd = memfd_create("bwrap", MFD_CLOEXEC);
    bool is_good = false;
    sandbox_begin(&argv);
    sandbox_end(&argv, "/");
    strings_add(&argv, "true");
    if (argv.is_short || said_fd < 0) {
        error_set(error, "out of memory");
    } else {
        switch (spawn_run(argv.items, NULL, said_fd, -1)) {
        case SPAWN_SUCCEEDED:
            is_good = true;
            break;
        case SPAWN_MISSING:
            error_set(error, "the sandbox does not start: bwrap is not installed; install it with: "
                             "apt-get install bubblewrap, or use --no-sandbox to do without");
            break;
        case SPAWN_INTERRUPTED:
            error_set(error, "interrupted");
            break;
        default:
            report_failure(said_fd, error);
        }
    }
    if (said_fd >= 0)
        close(said_fd);
    strings_free(&argv);
    return is_good;
}
