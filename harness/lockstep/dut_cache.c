/* SPDX-License-Identifier: MIT */
#include "lockstep/dut_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lockstep/dut_digest.h"
#include "lockstep/dut_strings.h"

static const char manifest_title[] = "segmmu build 1\n";

/* --- places --- */

/* Malloc'ed; NULL with an error. */
static char *cache_directory(struct error *error)
{
    /* "All paths set in these environment variables must be absolute. If an implementation
     * encounters a relative path [...] it should consider the path invalid and ignore it."
     * (XDG Base Directory Specification) */
    const char *cache_home = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    char *directory = NULL;
    if (cache_home && cache_home[0] == '/')
        directory = string_format("%s/segmmu", cache_home);
    else if (home && home[0] == '/')
        directory = string_format("%s/.cache/segmmu", home);
    else {
        error_set(error, "no place for the cache of builds: neither XDG_CACHE_HOME nor HOME is an "
                         "absolute path");
        return NULL;
    }
    if (!directory)
        error_set(error, "out of memory");
    return directory;
}

/* mkdir with the directories above it. */
static bool make_directories(const char *path, struct error *error)
{
    char *copy = strdup(path);
    if (!copy)
        return error_set(error, "out of memory");
    bool is_made = true;
    for (char *slash = copy + 1; is_made; slash++) {
        if (*slash != '/' && *slash != '\0')
            continue;
        bool is_last = *slash == '\0';
        *slash = '\0';
        is_made = mkdir(copy, 0700) == 0 || errno == EEXIST;
        if (!is_made)
            error_set(error, "%s: cannot make this directory of the cache of builds: %s", copy,
                      strerror(errno));
        if (is_last)
            break;
        *slash = '/';
    }
    free(copy);
    return is_made;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status, (void)type, (void)position;
    return remove(path);
}

/* 0, also where there is nothing; -1 with errno. */
static int remove_tree(const char *path)
{
    int result = nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return result != 0 && errno == ENOENT ? 0 : result;
}

/* --- entries --- */

static char *slot_path(const char *cache, const char *folder, const char *kind, const char *key)
{
    return string_format("%s/%s/%s-%.2s", cache, folder, kind, key);
}

static bool lock(const char *path, int operation, int *fd)
{
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd >= 0 && flock(*fd, operation) == 0)
        return true;
    int reason = errno;
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = reason;
    return false;
}

static bool open_in(struct cache_entry *entry, const char *cache, const char *kind, const char *key,
                    struct error *error)
{
    char *lock_path = slot_path(cache, "lock", kind, key);
    char *lock_directory = string_format("%s/lock", cache);
    char *building_directory = string_format("%s/building", cache);
    entry->parent = string_format("%s/%s", cache, kind);
    entry->directory = string_format("%s/%s/%s", cache, kind, key);
    entry->building = slot_path(cache, "building", kind, key);
    entry->log_path = string_format("%s/%s/%s.log", cache, kind, key);
    bool is_open = false;
    if (!lock_path || !lock_directory || !building_directory || !entry->parent ||
        !entry->directory || !entry->building || !entry->log_path)
        error_set(error, "out of memory");
    else if (make_directories(entry->parent, error) && make_directories(lock_directory, error) &&
             make_directories(building_directory, error)) {
        is_open = lock(lock_path, LOCK_EX, &entry->lock_fd);
        if (!is_open)
            error_set(error, "%s: cannot lock the cache of builds: %s", lock_path, strerror(errno));
    }
    free(lock_path);
    free(lock_directory);
    free(building_directory);
    return is_open;
}

bool cache_open(struct cache_entry *entry, const char *kind, const char *key, struct error *error)
{
    *entry = (struct cache_entry){.lock_fd = -1};
    char *cache = cache_directory(error);
    bool is_open = cache && open_in(entry, cache, kind, key, error);
    free(cache);
    return is_open;
}

bool cache_begin(const struct cache_entry *entry, struct error *error)
{
    /* Left by a build that was killed. */
    if (remove_tree(entry->building) != 0)
        return error_set(error, "%s: cannot remove an unfinished build: %s", entry->building,
                         strerror(errno));
    if (mkdir(entry->building, 0700) != 0)
        return error_set(error, "%s: cannot make this directory of the cache of builds: %s",
                         entry->building, strerror(errno));
    return true;
}

void cache_close(struct cache_entry *entry)
{
    if (entry->lock_fd >= 0) {
        char *log = string_format("%s/log", entry->building);
        if (log)
            rename(log, entry->log_path);
        free(log);
        remove_tree(entry->building);
        close(entry->lock_fd);
    }
    free(entry->parent);
    free(entry->directory);
    free(entry->building);
    free(entry->log_path);
    *entry = (struct cache_entry){.lock_fd = -1};
}

/* --- the manifest: a title, then a line "DIGEST FILE" for each file --- */

/* The path of a file of the manifest; malloc'ed. */
static char *manifest_path(const char *directory, const char *file)
{
    return file[0] == '/' ? strdup(file) : string_format("%s/%s", directory, file);
}

static bool write_manifest(const char *directory, const char *const *files, size_t count,
                           struct error *error)
{
    char *path = string_format("%s/manifest", directory);
    FILE *manifest = path ? fopen(path, "we") : NULL;
    bool is_good = manifest != NULL;
    if (!is_good)
        error_set(error, "%s/manifest: %s", directory, strerror(errno));
    if (is_good)
        fputs(manifest_title, manifest);
    for (size_t i = 0; is_good && i < count; i++) {
        char digest[DIGEST_TEXT_SIZE];
        char *file = manifest_path(directory, files[i]);
        is_good = file && digest_file(file, digest);
        if (is_good)
            fprintf(manifest, "%s %s\n", digest, files[i]);
        else
            error_set(error, "%s: %s", file ? file : files[i], strerror(errno));
        free(file);
    }
    if (manifest) {
        bool is_written = !ferror(manifest);
        if ((fclose(manifest) != 0 || !is_written) && is_good)
            is_good = error_set(error, "%s: cannot write: %s", path, strerror(errno));
    }
    free(path);
    return is_good;
}

/* One line of the manifest, without its end; *path is malloc'ed where it is true of the file. */
static bool line_holds(const char *directory, char *line, char **path)
{
    char digest[DIGEST_TEXT_SIZE];
    if (strlen(line) <= DIGEST_TEXT_SIZE || line[DIGEST_TEXT_SIZE - 1] != ' ')
        return false;
    line[DIGEST_TEXT_SIZE - 1] = '\0';
    *path = manifest_path(directory, line + DIGEST_TEXT_SIZE);
    if (*path && digest_file(*path, digest) && strcmp(line, digest) == 0)
        return true;
    free(*path);
    *path = NULL;
    return false;
}

char *cache_find(const struct cache_entry *entry)
{
    char *path = string_format("%s/manifest", entry->directory);
    FILE *manifest = path ? fopen(path, "re") : NULL;
    free(path);
    if (!manifest)
        return NULL;
    char *first = NULL, *line = NULL;
    size_t size = 0;
    ssize_t length = getline(&line, &size, manifest);
    bool is_good = length >= 0 && strcmp(line, manifest_title) == 0;
    while (is_good && (length = getline(&line, &size, manifest)) > 0) {
        char *file = NULL;
        is_good = line[length - 1] == '\n';
        line[length - 1] = '\0';
        is_good = is_good && line_holds(entry->directory, line, &file);
        if (first)
            free(file);
        else
            first = file;
    }
    if (!is_good || ferror(manifest)) {
        free(first);
        first = NULL;
    }
    free(line);
    fclose(manifest);
    if (first) /* its time is that of its last use */
        utimensat(AT_FDCWD, entry->directory, NULL, 0);
    return first;
}

/* --- finishing --- */

struct old_entry {
    char name[DIGEST_TEXT_SIZE + 4]; /* KEY or KEY.log */
    struct timespec used;
};

static int oldest_first(const void *a, const void *b)
{
    const struct timespec *x = &((const struct old_entry *)a)->used;
    const struct timespec *y = &((const struct old_entry *)b)->used;
    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

/* Removes one entry; false where somebody is at it. */
static bool forget(const struct cache_entry *current, const char *name)
{
    const char *kind = strrchr(current->parent, '/') + 1;
    char *cache = strndup(current->parent, (size_t)(kind - 1 - current->parent));
    char *lock_path = cache ? slot_path(cache, "lock", kind, name) : NULL;
    char *path = string_format("%s/%s", current->parent, name);
    int fd;
    bool is_ours = lock_path && path && lock(lock_path, LOCK_EX | LOCK_NB, &fd);
    if (is_ours) {
        remove_tree(path);
        close(fd);
    }
    free(cache);
    free(lock_path);
    free(path);
    return is_ours;
}

/* Keeps the number of entries bounded. Fails silently: a cache that is too full harms nobody. */
static void prune(const struct cache_entry *current)
{
    DIR *stream = opendir(current->parent);
    struct old_entry *entries = NULL;
    size_t count = 0;
    struct dirent *item;
    while (stream && (item = readdir(stream)) != NULL) {
        struct stat status;
        size_t length = strlen(item->d_name);
        if (length < DIGEST_TEXT_SIZE - 1 || length >= sizeof entries->name ||
            fstatat(dirfd(stream), item->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        struct old_entry *larger = realloc(entries, (count + 1) * sizeof *entries);
        if (!larger)
            break;
        entries = larger;
        memcpy(entries[count].name, item->d_name, length + 1);
        entries[count++].used = status.st_mtim;
    }
    if (stream)
        closedir(stream);
    if (entries)
        qsort(entries, count, sizeof *entries, oldest_first);
    size_t kept = count;
    for (size_t i = 0; kept > CACHE_ENTRIES_KEPT && i < count; i++)
        kept -= forget(current, entries[i].name);
    free(entries);
}

bool cache_commit(const struct cache_entry *entry, const char *const *files, size_t count,
                  struct error *error)
{
    if (!write_manifest(entry->building, files, count, error))
        return false;
    if (remove_tree(entry->directory) != 0)
        return error_set(error, "%s: cannot remove an outdated build: %s", entry->directory,
                         strerror(errno));
    if (rename(entry->building, entry->directory) != 0)
        return error_set(error, "%s: cannot put the build into the cache: %s", entry->directory,
                         strerror(errno));
    unlink(entry->log_path);
    prune(entry);
    return true;
}
