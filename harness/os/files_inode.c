/* SPDX-License-Identifier: MIT */
#include <search.h>
#include <stdlib.h>

#include "os/files_internal.h"

struct inode_entry {
    uint64_t device;
    uint64_t inode;
    uint64_t number;
};

static int compare(const void *left, const void *right)
{
    const struct inode_entry *const a = left;
    const struct inode_entry *const b = right;

    if (a->device != b->device) {
        return a->device < b->device ? -1 : 1;
    }
    return a->inode < b->inode ? -1 : a->inode > b->inode;
}

uint64_t files_inode(struct files *files, uint64_t device, uint64_t inode)
{
    struct inode_entry *const entry = malloc(sizeof(*entry));
    struct inode_entry **found;

    if (entry == NULL) {
        return 0;
    }
    *entry = (struct inode_entry){device, inode, files->inode_count + 1};
    found = tsearch(entry, &files->inode_tree, compare);
    if (found == NULL) {
        free(entry);
        return 0;
    }
    if (*found == entry) {
        files->inode_count++;
    } else {
        free(entry);
    }
    return (*found)->number;
}

void files_inode_free(struct files *files)
{
    tdestroy(files->inode_tree, free);
    files->inode_tree = NULL;
}

void files_fill_status(struct files *files, const struct stat *host, struct file_status *status)
{
    const bool is_directory = S_ISDIR(host->st_mode);

    /* A directory's size and link count are its file system's own business. */
    *status = (struct file_status){
        .ino = files_inode(files, host->st_dev, host->st_ino),
        .mode = host->st_mode,
        .nlink = is_directory ? 2 : (uint32_t)host->st_nlink,
        .size_bytes = is_directory ? 4096 : (uint64_t)host->st_size,
    };
}
