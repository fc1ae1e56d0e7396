/* SPDX-License-Identifier: MIT */
/* What the parts of files.h share. */
#ifndef OS_FILES_INTERNAL_H
#define OS_FILES_INTERNAL_H

#include <sys/stat.h>

#include "os/files.h"

/* An open file; several descriptors may name it. */
struct file {
    unsigned references;
    int host_fd; /* -1: /dev/null */
    bool is_directory;
    bool is_regular;
    bool is_pipe; /* inside the guest: nobody on the host is at its other end */
    /* Of the host's standard output and error, otherwise NULL. */
    const char *host_name;
    char *path;   /* of a directory, as the guest names it */
    char **names; /* of a directory, once it was read: sorted */
    uint8_t *types;
    uint64_t *inodes; /* the host's */
    uint64_t device;  /* the host's */
    size_t name_count;
    size_t position; /* in names */
};

struct descriptor {
    struct file *file; /* NULL: closed */
    bool close_on_exec;
};

struct files {
    struct files_options options;
    int root_fd; /* -1: no files */
    char directory[FILES_PATH_BYTES];
    struct descriptor descriptors[FILES_MAX_OPEN];
    void *inode_tree; /* files_inode.c */
    uint64_t inode_count;
    struct files_loss loss;
};

/* True when the host may see what follows. */
bool files_before_effect(struct files *files);

/* The open file of a descriptor, or NULL. */
struct file *files_get(const struct files *files, int fd);

/* --- files_path.c --- */

/* Joins the directory of `directory` (a descriptor or FILES_AT_CWD) and `path` into `joined` of
 * FILES_PATH_BYTES: an absolute path of the guest, not yet resolved. 0 or -errno. */
int files_join(const struct files *files, int directory, const char *path, char *joined);

/* openat2 under the root. A host descriptor or -errno. */
int files_resolve(const struct files *files, const char *joined, uint64_t flags, uint64_t mode);

/* Where the parent of a name lies: a host descriptor (O_PATH) or -errno; *name points into
 * `joined`, which is changed. */
int files_resolve_parent(const struct files *files, char *joined, const char **name);

/* What an open directory is called in the guest; `joined` if the host does not tell. */
void files_canonical(const struct files *files, int host_fd, const char *joined, char *path);

/* --- files_inode.c --- */

/* The guest's number of a host file: a small one, the same in every run; 0 without memory. */
uint64_t files_inode(struct files *files, uint64_t device, uint64_t inode);
void files_inode_free(struct files *files);

void files_fill_status(struct files *files, const struct stat *host, struct file_status *status);

#endif
