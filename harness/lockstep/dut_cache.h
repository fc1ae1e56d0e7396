/* SPDX-License-Identifier: MIT */
/* The cache of builds, shared by all processes of a user. Under $XDG_CACHE_HOME/segmmu or
 * ~/.cache/segmmu:
 *
 *     KIND/KEY/                 a finished entry: its files and a manifest of their digests
 *     KIND/KEY.log              what the tools said of a build that failed
 *     building/KIND-NN/         an entry in the making, NN the first digits of its key
 *     lock/KIND-NN              held from the look-up until the entry is loaded
 *
 * An entry is built aside and renamed into place, and is believed only as far as its manifest
 * holds; so a crash at any time leaves nothing that is taken for a build. */
#ifndef LOCKSTEP_DUT_CACHE_H
#define LOCKSTEP_DUT_CACHE_H

#include <stddef.h>

#include "base/error.h"

enum { CACHE_ENTRIES_KEPT = 256 }; /* of a kind; the ones unused for longest go */

struct cache_entry {
    char *parent;    /* KIND/ */
    char *directory; /* KIND/KEY/, where the finished entry is or will be */
    char *building;  /* the directory to build in */
    char *log_path;  /* KIND/KEY.log */
    int lock_fd;     /* to be inherited by what the build runs; -1 when closed */
};

/* Creates what is missing of the cache and locks an entry, waiting for whoever else has it. `kind`
 * is a word, `key` a digest. Ends with cache_close, also after an error. */
bool cache_open(struct cache_entry *entry, const char *kind, const char *key, struct error *error);

/* The path of the finished entry's first file, malloc'ed, if there is such an entry and every file
 * of its manifest is there and has the content that it had; NULL otherwise. */
char *cache_find(const struct cache_entry *entry);

/* Makes the empty directory entry->building. */
bool cache_begin(const struct cache_entry *entry, struct error *error);

/* Makes entry->building the entry, with a manifest of `files`, in place of an older one: names in
 * the directory, or absolute paths of what the build has read. */
bool cache_commit(const struct cache_entry *entry, const char *const *files, size_t count,
                  struct error *error);

/* Unlocks. What was begun and not committed is removed, but for its file `log`, which becomes
 * entry->log_path. */
void cache_close(struct cache_entry *entry);

#endif
