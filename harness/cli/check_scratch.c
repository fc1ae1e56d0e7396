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

/* One that is not copied whole is not left. */
static bool copy_file(int from, const char *path, struct error *error)
{
    const int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool is_copied = to >= 0 && copy_contents(from, to);

    if (!is_copied) {
        error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    }
    if (to >= 0 && close(to) != 0 && is_copied) {
        is_copied = error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    }
    if (!is_copied && to >= 0) {
        unlink(path);
    }
    return is_copied;
}

bool check_scratch_copy(const char *scratch, const char *name, const char *path,
                        struct error *error)
{
    char *const inside = string_format("%s/%s", scratch, name);
    struct stat status;
    bool is_copied = true;
    int from;

    if (inside == NULL) {
        return error_set(error, "%s: out of memory", path);
    }
    from = open(inside, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (from < 0) { /* ELOOP: a symbolic link; ENXIO: a socket */
        is_copied = errno == ENOENT || errno == ELOOP || errno == ENXIO ||
                    error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    } else {
        if (fstat(from, &status) == 0 && S_ISREG(status.st_mode)) {
            is_copied = copy_file(from, path, error);
        }
        close(from);
    }
    free(inside);
    return is_copied;
}

static bool is_result_name(const char *name)
{
    static const char prefix[] = "segmmu-check-";

    return strncmp(name, prefix, sizeof(prefix) - 1) == 0;
}

static bool copy_result(const char *scratch, const char *name, const char *directory,
                        struct error *error)
{
    char *const path = string_format("%s%s%s", directory != NULL ? directory : "",
                                     directory != NULL ? "/" : "", name);
    const bool is_copied = path != NULL ? check_scratch_copy(scratch, name, path, error)
                                        : error_set(error, "%s: out of memory", name);

    free(path);
    return is_copied;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status, (void)type, (void)position;
    return remove(path);
}

void check_scratch_remove(const char *scratch)
{
    nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

bool check_scratch_end(const char *scratch, const char *directory, struct error *error)
{
    DIR *const stream = opendir(scratch);
    const struct dirent *entry;
    bool is_copied = true;

    while (stream != NULL && (entry = readdir(stream)) != NULL) {
        if (is_result_name(entry->d_name)) {
            is_copied = copy_result(scratch, entry->d_name, directory, error) && is_copied;
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
    check_scratch_remove(scratch);
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
