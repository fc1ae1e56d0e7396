/* SPDX-License-Identifier: MIT */
#include "cli/check_scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lockstep/dut_strings.h"

char *check_scratch_make(struct error *error)
{
    const char *const temporary = getenv("TMPDIR");
    char *const scratch = string_format(
        "%s/segmmu-check-XXXXXX", temporary != NULL && temporary[0] == '/' ? temporary : "/tmp");

    if (scratch == NULL) {
        error_set(error, "out of memory");
        return NULL;
    }
    if (mkdtemp(scratch) == NULL) {
        error_set(error, "%s: cannot be created: %s", scratch, strerror(errno));
        free(scratch);
        return NULL;
    }
    return scratch;
}

/* --- its end --- */

static bool copy_contents(int from, int to)
{
    char block[1 << 16];
    ssize_t count;

    while ((count = read(from, block, sizeof(block))) > 0) {
        const ssize_t written = write(to, block, (size_t)count);

        if (written != count) {
            errno = written < 0 ? errno : ENOSPC;
            return false;
        }
    }
    return count == 0;
}

/* A regular file; one that is not copied whole is not left. */
static bool copy_file(int scratch_fd, const char *name, const char *directory, struct error *error)
{
    char *const path = string_format("%s%s%s", directory != NULL ? directory : "",
                                     directory != NULL ? "/" : "", name);
    const int from = openat(scratch_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    const int to =
        path != NULL && from >= 0 ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    bool is_copied = to >= 0 && copy_contents(from, to);

    if (!is_copied) {
        error_set(error, "%s: cannot be written: %s", path != NULL ? path : name, strerror(errno));
    }
    if (to >= 0 && close(to) != 0 && is_copied) {
        is_copied = error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    }
    if (!is_copied && to >= 0) {
        unlink(path);
    }
    if (from >= 0) {
        close(from);
    }
    free(path);
    return is_copied;
}

static bool is_result_file(int scratch_fd, const char *name)
{
    static const char prefix[] = "segmmu-check-";
    struct stat status;

    return strncmp(name, prefix, sizeof(prefix) - 1) == 0 &&
           fstatat(scratch_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status, (void)type, (void)position;
    return remove(path);
}

bool check_scratch_end(const char *scratch, const char *directory, struct error *error)
{
    DIR *const stream = opendir(scratch);
    const struct dirent *entry;
    bool is_copied = true;

    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        if (is_result_file(dirfd(stream), entry->d_name)) {
            is_copied = copy_file(dirfd(stream), entry->d_name, directory, error) && is_copied;
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
    nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return is_copied;
}

/* --- its name --- */

char *check_scratch_rename(char *text, const char *scratch, const char *directory)
{
    const size_t length = strlen(scratch);
    const char *at = text;
    const char *found;
    char *renamed = NULL;
    size_t size = 0;
    FILE *stream;

    if (text == NULL || strstr(text, scratch) == NULL ||
        (stream = open_memstream(&renamed, &size)) == NULL) {
        return text;
    }
    while ((found = strstr(at, scratch)) != NULL) {
        fwrite(at, 1, (size_t)(found - at), stream);
        at = found + length;
        if (directory != NULL) {
            fputs(directory, stream);
        } else {
            at += *at == '/';
        }
    }
    fputs(at, stream);
    if (fclose(stream) != 0) {
        free(renamed);
        return text;
    }
    free(text);
    return renamed;
}

/* NOLINTNEXTLINE(misc-no-recursion): to the depth of a result, which jansson has read */
void check_scratch_rename_all(json_t *value, const char *scratch, const char *directory)
{
    const char *key;
    json_t *member;
    size_t index;

    if (json_is_string(value) && strstr(json_string_value(value), scratch) != NULL) {
        char *const text =
            check_scratch_rename(strdup(json_string_value(value)), scratch, directory);

        if (text != NULL) {
            json_string_set(value, text);
        }
        free(text);
    }
    json_object_foreach(value, key, member)
    {
        check_scratch_rename_all(member, scratch, directory);
    }
    json_array_foreach(value, index, member)
    {
        check_scratch_rename_all(member, scratch, directory);
    }
}
