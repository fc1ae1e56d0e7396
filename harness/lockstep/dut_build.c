/* SPDX-License-Identifier: MIT */
#include "lockstep/dut_build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lockstep/dut_cache.h"
#include "lockstep/dut_compile.h"
#include "lockstep/dut_digest.h"
#include "lockstep/dut_load.h"

static bool add_contents(struct digest *digest, const struct strings *files, struct error *error)
{
    for (size_t i = 0; i < files->count; i++) {
        char content[DIGEST_TEXT_SIZE];
        if (!digest_file(files->items[i], content))
            return error_set(error, "%s: %s", files->items[i], strerror(errno));
        digest_add_text(digest, files->items[i]);
        digest_add_text(digest, content);
    }
    return true;
}

static void add_words(struct digest *digest, const struct strings *words)
{
    for (size_t i = 0; i < words->count; i++)
        digest_add_text(digest, words->items[i]);
    digest_add_text(digest, "");
}

/* The name of a build in the cache: of all that goes into it. Files that the sources include are
 * not known yet; the manifest of the entry has them. */
static bool make_key(const struct dut_job *job, char key[DIGEST_TEXT_SIZE], struct error *error)
{
    struct digest digest;
    uint32_t abi_version = DUT_ABI_VERSION;
    digest_begin(&digest);
    digest_add(&digest, &abi_version, sizeof abi_version);
    digest_add_text(&digest, job->versions);
    add_words(&digest, &job->verilator);
    add_words(&digest, &job->compiler);
    add_words(&digest, &job->defines);
    digest_add_text(&digest, job->optimization);
    digest_add_text(&digest, job->adapter ? job->adapter : "");
    bool is_read =
        add_contents(&digest, &job->sources, error) && add_contents(&digest, &job->supports, error);
    digest_end(&digest, key);
    return is_read;
}

/* The path of the shared object, malloc'ed. */
static char *build(const struct dut_job *job, const struct cache_entry *entry, struct error *error)
{
    if (!dut_compile(job, entry, error))
        return NULL;
    char *path = cache_find(entry);
    if (!path)
        error_set(error, "%s: damaged right after it was built", entry->directory);
    return path;
}

static struct dut_library *find_and_load(const struct dut_job *job, const struct cache_entry *entry,
                                         struct error *error)
{
    struct dut_library *library = NULL;
    char *path = cache_find(entry);
    /* One that does not load is built again; a second failure is reported. */
    if (path)
        library = dut_load(path, NULL);
    free(path);
    if (library)
        return library;
    path = build(job, entry, error);
    if (path)
        library = dut_load(path, error);
    free(path);
    return library;
}

/* Locks the entry of the cache that is or will be the source's. */
static bool begin(struct dut_job *job, struct cache_entry *entry, const struct dut_source *source,
                  enum dut_variant variant, struct error *error)
{
    char key[DIGEST_TEXT_SIZE];
    *entry = (struct cache_entry){.lock_fd = -1};
    return dut_job_init(job, source, variant, error) && make_key(job, key, error) &&
           cache_open(entry, "dut", key, error);
}

char *dut_library_build(const struct dut_source *source, enum dut_variant variant,
                        struct error *error)
{
    struct dut_job job;
    struct cache_entry entry;
    char *path = NULL;
    if (begin(&job, &entry, source, variant, error)) {
        path = cache_find(&entry);
        if (!path)
            path = build(&job, &entry, error);
    }
    cache_close(&entry);
    dut_job_free(&job);
    return path;
}

/* Between building and loading the entry is not locked: once in a blue moon it is another's. */
static struct dut_library *ask_and_load(const struct dut_builder *builder, enum dut_variant variant,
                                        struct error *error)
{
    enum { TRIES = 2 };
    struct dut_library *library = NULL;
    for (unsigned i = 0; i < TRIES && !library; i++) {
        char *path = builder->build(builder->context, variant, error);
        if (!path)
            return NULL;
        library = dut_load(path, error);
        free(path);
    }
    return library;
}

struct dut_library *dut_library_open(const struct dut_source *source, enum dut_variant variant,
                                     struct error *error)
{
    if (source->builder)
        return ask_and_load(source->builder, variant, error);
    struct dut_job job;
    struct cache_entry entry;
    struct dut_library *library = NULL;
    if (begin(&job, &entry, source, variant, error))
        library = find_and_load(&job, &entry, error);
    cache_close(&entry);
    dut_job_free(&job);
    return library;
}
