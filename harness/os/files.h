/* SPDX-License-Identifier: MIT */
/* The guest's files: descriptors 0, 1 and 2 are the host's; everything else lies in one directory
 * of the host, which is the guest's "/". Paths are resolved by openat2(2) with RESOLVE_IN_ROOT, so
 * that "..", absolute paths and symbolic links stay inside, and RESOLVE_NO_MAGICLINKS.
 * RESOLVE_BENEATH keeps them inside as well, but by an error: "/etc/x", a symbolic link to it, and
 * "/.." would all fail, where they lead to places of the guest's tree. Only regular files and
 * directories are opened; /dev/null is the one device, and it is not the host's.
 *
 * What depends on the host alone is not shown: inode numbers count from 1 in the order in which
 * files are met, times are the start of the run, owners are root, directories are sorted by name.
 *
 * Functions return a value >= 0, or -errno. Those that wait return -EINTR when the interrupt
 * descriptor becomes readable. Before anything that the host could see, `before_effect` is asked;
 * where it answers false nothing happens, and the answer is -EIO. SIGPIPE must be ignored.
 */
#ifndef OS_FILES_H
#define OS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

enum {
    FILES_MAX_OPEN = 256,    /* descriptors */
    FILES_PATH_BYTES = 4096, /* of a path with its end */
    FILES_AT_CWD = -100,     /* AT_FDCWD of every Linux */
};

struct files_options {
    const char *root; /* NULL: there are no files but 0, 1 and 2 */
    bool (*before_effect)(void *context);
    void *context;
    int interrupt_fd; /* readable when waits shall end; -1: none */
};

/* Deterministic part of a file's status. */
struct file_status {
    uint64_t ino;
    uint32_t mode;
    uint32_t nlink;
    uint64_t size_bytes;
};

struct file_entry {
    const char *name; /* until the next call for the same descriptor */
    uint64_t ino;
    uint8_t type; /* DT_REG, ... */
};

/* The first write to the host's standard output or error, or of a mapping to its file, that failed
 * without the guest being told. */
struct files_loss {
    const char *name; /* "standard output"; NULL: nothing was lost */
    int error;        /* errno */
};

struct files;

/* NULL and an error when the root is no directory, or openat2 is not there. */
struct files *files_new(const struct files_options *options, struct error *error);
void files_free(struct files *files);

/* --- descriptors (files.c) --- */

/* `flags` are the host's O_ flags; those that have no meaning here are ignored. */
int64_t files_open(struct files *files, int directory, const char *path, int flags, mode_t mode);
/* A pipe inside the guest: fds[0] reads what fds[1] writes. */
int64_t files_pipe(struct files *files, int fds[2]);
int64_t files_close(struct files *files, int fd);
/* The lowest free descriptor from `least` on becomes a second name of `fd`. */
int64_t files_duplicate(struct files *files, int fd, int least);
/* The same as a certain descriptor, which is closed first. */
int64_t files_duplicate_to(struct files *files, int fd, int to);
int64_t files_close_on_exec(struct files *files, int fd); /* FD_CLOEXEC or 0 */
int64_t files_set_close_on_exec(struct files *files, int fd, bool is_set);
/* The O_ flags of the host's descriptor. */
int64_t files_flags(struct files *files, int fd);

/* --- what goes through them (files_io.c) --- */

/* May do less than `bytes`. `offset` is a position in the file, or -1 for (and moving) its own. */
int64_t files_read_at(struct files *files, int fd, void *to, size_t bytes, int64_t offset);
int64_t files_write_at(struct files *files, int fd, const void *from, size_t bytes, int64_t offset);
int64_t files_read(struct files *files, int fd, void *to, size_t bytes);
int64_t files_write(struct files *files, int fd, const void *from, size_t bytes);
int64_t files_seek(struct files *files, int fd, int64_t offset, int whence);
int64_t files_truncate_open(struct files *files, int fd, int64_t size_bytes);
int64_t files_change_mode_open(struct files *files, int fd, mode_t mode);
int64_t files_status_open(struct files *files, int fd, struct file_status *status);
struct files_loss files_loss(const struct files *files);
/* The host's descriptor that a read would wait for now; -1 when it would not wait. */
int files_waits_for(struct files *files, int fd);
/* 1 when a read (or a write) would not wait, otherwise 0. */
int64_t files_is_ready(struct files *files, int fd, bool for_write);

/* --- files as memory (files_map.c) --- */

struct file;

/* A regular file that is open for reading, and for writing too if so asked: it stays open until
 * files_unmap. 0; -EBADF, -EACCES or -ENODEV. */
int64_t files_map(struct files *files, int fd, bool for_write, struct file **mapped);
void files_unmap(struct file *file);
/* The host's device and inode, which are the same for all who opened the file. */
bool files_map_identity(const struct file *file, uint64_t *device, uint64_t *inode);
bool files_map_is_writable(const struct file *file);
/* The last part of its path. */
void files_map_name(const struct file *file, char *to, size_t size);
uint64_t files_map_size(const struct file *file);
/* All bytes that the file has there, or -errno. */
int64_t files_map_read(const struct file *file, void *to, uint64_t bytes, uint64_t offset);
/* 0 or -errno. Never makes a file longer if it is not asked to. */
int64_t files_map_write(struct files *files, const struct file *file, const void *from,
                        uint64_t bytes, uint64_t offset);
/* A write that failed, and nobody was told. */
void files_map_lose(struct files *files, int error);

/* --- directories (files_entries.c) --- */

/* The entry at the directory's position; 1, or 0 at its end. files_entry_next moves on. */
int64_t files_entry(struct files *files, int fd, struct file_entry *entry);
void files_entry_next(struct files *files, int fd);

/* --- names (files_names.c) --- */

int64_t files_status(struct files *files, int directory, const char *path, bool follow,
                     struct file_status *status);
int64_t files_access(struct files *files, int directory, const char *path, int mode);
int64_t files_read_link(struct files *files, int directory, const char *path, char *to,
                        size_t size);
int64_t files_truncate(struct files *files, const char *path, int64_t size_bytes);
int64_t files_change_mode(struct files *files, int directory, const char *path, mode_t mode);
int64_t files_make_directory(struct files *files, int directory, const char *path, mode_t mode);
int64_t files_remove(struct files *files, int directory, const char *path, bool is_directory);
int64_t files_rename(struct files *files, int from_directory, const char *from, int to_directory,
                     const char *to);
int64_t files_link(struct files *files, int from_directory, const char *from, int to_directory,
                   const char *to);
int64_t files_symlink(struct files *files, const char *target, int directory, const char *path);
int64_t files_change_directory(struct files *files, int directory, const char *path);
/* The working directory as the guest sees it; "/" at first. */
const char *files_directory(const struct files *files);

#endif
