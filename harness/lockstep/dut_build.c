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

static struct dut_library *build_and_load(const struct dut_job *job,
                                          const struct cache_entry *entry, struct error *error)
{
    if (!dut_compile(job, entry, error))
        return NULL;
    struct dut_library *library = NULL;
    char *path = cache_find(entry);
    if (path)
        library = dut_load(path, error);
    else
        error_set(error, "%s: damaged right after it was built", entry->directory);
    free(path);
    return library;
}

struct dut_library *dut_library_open(const struct dut_source *source, enum dut_variant variant,
                                     struct error *error)
{
    struct dut_job job;
    struct cache_entry entry;
    char key[DIGEST_TEXT_SIZE];
    struct dut_library *library = NULL;
    if (dut_job_init(&job, source, variant, error) && make_key(&job, key, error)) {
        if (cache_open(&entry, "dut", key, error)) {
            char *path = cache_find(&entry);
            /* One that does not load is built again; a second failure is reported. */
            if (path)
                library = dut_load(path, NULL);
            free(path);
            if (!library)
                library = build_and_load(&job, &entry, error);
        }
        cache_close(&entry);
    }
    dut_job_free(&job);
    return library;
}
