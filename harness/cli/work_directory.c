/* SPDX-License-Identifier: MIT */
#include "cli/work_directory.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check_out.h"

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

char *work_directory_make(const char *out, const char *command, struct error *error)
{
    const char *const temporary = getenv("TMPDIR");
    char *path = NULL;

    if (out != NULL) {
        if (!check_out_make_directory(out, error)) {
            return NULL;
        }
        path = realpath(out, NULL);
    } else if (asprintf(&path, "%s/segmmu-%s-XXXXXX",
                        temporary != NULL && temporary[0] == '/' ? temporary : "/tmp",
                        command) < 0) {
        path = NULL;
    } else if (mkdtemp(path) == NULL) {
        error_set(error, "%s: cannot be created: %s", path, strerror(errno));
        free(path);
        return NULL;
    }
    if (path == NULL) {
        error_set(error, "%s: %s", out != NULL ? out : "out of memory", strerror(errno));
    }
    return path;
}

void work_directory_end(char *directory, bool is_kept)
{
    enum { OPEN_FILES = 8 };

    if (directory != NULL && !is_kept) {
        nftw(directory, remove_entry, OPEN_FILES, FTW_DEPTH | FTW_PHYS);
    }
    free(directory);
}
