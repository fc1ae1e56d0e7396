/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/files_internal.h"

/* One entry while a directory is being read. */
struct entry {
    char *name;
    uint64_t inode;
    uint8_t type;
};

static int compare(const void *left, const void *right)
{
    return strcmp(((const struct entry *)left)->name, ((const struct entry *)right)->name);
}

static void free_entries(struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(entries[i].name);
    }
    free(entries);
}

/* Reads all entries. Returns 0, or errno when that fails. */
static int read_entries(DIR *directory, struct entry **entries, size_t *count)
{
    size_t capacity = 0;

    *entries = NULL;
    *count = 0;
    for (;;) {
        const struct dirent *host;
        int failure;

        errno = 0;
        host = readdir(directory);
        failure = errno;
        if (host == NULL && failure != 0) {
            free_entries(*entries, *count);
            return failure;
        }
        if (host == NULL) {
            return 0;
        }
        if (*count == capacity) {
            struct entry *larger;

            capacity = capacity == 0 ? 64 : capacity * 2;
            larger = reallocarray(*entries, capacity, sizeof(**entries));
            if (larger == NULL) {
                free_entries(*entries, *count);
                return ENOMEM;
            }
            *entries = larger;
        }
        (*entries)[*count] =
            (struct entry){strdup(host->d_name), (uint64_t)host->d_ino, host->d_type};
        if ((*entries)[*count].name == NULL) {
            free_entries(*entries, *count);
            return ENOMEM;
        }
        (*count)++;
    }
}

/* Takes over sorted entries into the file. */
static int keep_entries(struct file *file, struct entry *entries, size_t count)
{
    file->names = calloc(count + 1, sizeof(*file->names));
    file->types = calloc(count + 1, sizeof(*file->types));
    file->inodes = calloc(count + 1, sizeof(*file->inodes));
    if (file->names == NULL || file->types == NULL || file->inodes == NULL) {
        free(file->names);
        free(file->types);
        free(file->inodes);
        file->names = NULL;
        file->types = NULL;
        file->inodes = NULL;
        free_entries(entries, count);
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        file->names[i] = entries[i].name;
        file->types[i] = entries[i].type;
        file->inodes[i] = entries[i].inode;
    }
    file->name_count = count;
    free(entries);
    return 0;
}

/* Reads and sorts a directory once for each time that it is opened. */
static int load_entries(struct file *file)
{
    const int host_fd = openat(file->host_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *const directory = host_fd < 0 ? NULL : fdopendir(host_fd);
    struct entry *entries;
    size_t count;
    int status;

    if (directory == NULL) {
        const int failure = errno;

        if (host_fd >= 0) {
            close(host_fd);
        }
        return -failure;
    }
    status = read_entries(directory, &entries, &count);
    closedir(directory);
    if (status != 0) {
        return -status;
    }
    if (count > 0) {
        qsort(entries, count, sizeof(*entries), compare);
    }
    return keep_entries(file, entries, count);
}

int64_t files_entry(struct files *files, int fd, struct file_entry *entry)
{
    struct file *const file = files_get(files, fd);

    if (file == NULL) {
        return -EBADF;
    }
    if (!file->is_directory) {
        return -ENOTDIR;
    }
    if (file->names == NULL) {
        const int status = load_entries(file);

        if (status != 0) {
            return status;
        }
    }
    if (file->position >= file->name_count) {
        return 0;
    }
    *entry = (struct file_entry){
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): or load_entries had failed */
        .name = file->names[file->position],
        .ino = files_inode(files, file->device, file->inodes[file->position]),
        .type = file->types[file->position],
    };
    return 1;
}

void files_entry_next(struct files *files, int fd)
{
    struct file *const file = files_get(files, fd);

    if (file != NULL && file->position < file->name_count) {
        file->position++;
    }
}
