/* SPDX-License-Identifier: MIT */
/* A process starts another one: a program that the user named, or one of the guest's own files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/supervisor_internal.h"

enum { READ_BYTES = 64 << 10 };

static bool is_known(const struct supervisor *supervisor, const char *path)
{
    for (const struct supervisor_image *entry = supervisor->images; entry != NULL;
         entry = entry->next) {
        if (strcmp(entry->image->path, path) == 0) {
            return true;
        }
    }
    return false;
}

/* All of a file; malloc'ed. 0 or -errno. */
static int64_t read_all(struct files *files, int fd, uint8_t **bytes, size_t *count)
{
    size_t capacity = 0;
    int64_t got;

    *bytes = NULL;
    *count = 0;
    do {
        if (capacity - *count < READ_BYTES) {
            uint8_t *const larger = realloc(*bytes, capacity += capacity + READ_BYTES);

            if (larger == NULL || capacity > IMAGE_MAX_FILE) {
                free(larger == NULL ? *bytes : larger);
                return -ENOMEM;
            }
            *bytes = larger;
        }
        got = files_read(files, fd, *bytes + *count, READ_BYTES);
        *count += got > 0 ? (size_t)got : 0;
    } while (got > 0);
    if (got < 0) {
        free(*bytes);
    }
    return got;
}

/* Reads a program out of the guest's files, once. 0 or -errno. */
static int64_t load_from_files(struct supervisor *supervisor, struct process *parent,
                               const char *path)
{
    const int64_t fd = files_open(parent->files, FILES_AT_CWD, path, 0 /* O_RDONLY */, 0);
    struct supervisor_image *entry;
    uint8_t *bytes;
    size_t count;
    int64_t result;

    if (fd < 0) {
        return fd;
    }
    result = read_all(parent->files, (int)fd, &bytes, &count);
    files_close(parent->files, (int)fd);
    if (result < 0) {
        return result;
    }
    entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        free(bytes);
        return -ENOMEM;
    }
    entry->image = image_parse(path, bytes, count, NULL);
    if (entry->image == NULL) {
        free(entry);
        return -ENOEXEC;
    }
    entry->next = supervisor->images;
    supervisor->images = entry;
    return 0;
}

static void free_strings(char **strings)
{
    for (unsigned i = 0; strings != NULL && strings[i] != NULL; i++) {
        free(strings[i]);
    }
    free(strings);
}

/* NULL when memory ran out. */
static char **copy_strings(char *const *strings)
{
    unsigned count = 0;
    char **copy;

    while (strings[count] != NULL) {
        count++;
    }
    copy = calloc(count + 1, sizeof(*copy));
    for (unsigned i = 0; copy != NULL && i < count; i++) {
        copy[i] = strdup(strings[i]);
        if (copy[i] == NULL) {
            free_strings(copy);
            return NULL;
        }
    }
    return copy;
}

int64_t task_spawn(struct supervisor *supervisor, struct task *parent, const char *path,
                   char *const *argv)
{
    struct supervisor_program program = {.path = path};
    struct task *task;
    char **own_argv;
    int64_t result;

    if (supervisor->alive >= SUPERVISOR_MAX_ALIVE) {
        return -EAGAIN;
    }
    if (!is_known(supervisor, path) &&
        (result = load_from_files(supervisor, &parent->process, path)) < 0) {
        return result;
    }
    own_argv = copy_strings(argv);
    program.argv = own_argv;
    /* The CPU's process is forked while nobody holds a lock: the clock has come to rest. */
    if (own_argv == NULL || !stream_drain(&supervisor->options.target->stream) ||
        (task = task_new(supervisor, &program, NULL)) == NULL) {
        free_strings(own_argv);
        return -EAGAIN;
    }
    task->own_argv = own_argv;
    task->result.arrival_cycle = accounts_now(&supervisor->accounts);
    if (supervisor->swap == NULL) {
        const enum account_purpose before = supervisor->accounts.purpose;
        struct error error;
        const bool is_placed = task_place(task, &error);

        accounts_enter(&supervisor->accounts, parent->process.number, before);
        if (!is_placed) {
            task_discard(task);
            return -ENOMEM;
        }
    }
    return task->process.pid;
}
