/* SPDX-License-Identifier: MIT */
#include "cli/alloc_stats.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/json_output.h"

void alloc_stats_count(struct alloc_stats *stats, const struct allocator *allocator)
{
    struct allocator_figures figures;

    if (++stats->operations % stats->every != 0) {
        return;
    }
    if (stats->count == ALLOC_STATS_SAMPLES) {
        stats->every *= 2;
        stats->count /= 2;
        for (unsigned i = 0; i < stats->count; i++) {
            stats->samples[i] = stats->samples[2 * i + 1];
        }
        if (stats->operations % stats->every != 0) {
            return;
        }
    }
    allocator_figures(allocator, &figures);
    stats->samples[stats->count++] = (struct alloc_sample){
        .operations = stats->operations,
        .used_bytes = figures.used_bytes,
        .asked_bytes = figures.asked_bytes,
        .largest_free_bytes = figures.largest_free_bytes,
        .free_blocks = figures.free_blocks,
    };
}

/* --- JSON --- */

/* No quotient where there is nothing to divide. */
static double share(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value); /* sizes are at most INT64_MAX here */
}

static json_t *memory_json(uint64_t total_bytes, uint64_t used_bytes, uint64_t asked_bytes,
                           uint64_t largest_free_bytes, uint64_t free_blocks)
{
    const uint64_t free_bytes = total_bytes - used_bytes;

    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:f}", "used_bytes", number(used_bytes),
                     "asked_bytes", number(asked_bytes), "free_bytes", number(free_bytes),
                     "largest_free_bytes", number(largest_free_bytes), "free_blocks",
                     number(free_blocks), "internal_bytes", number(used_bytes - asked_bytes),
                     "internal_fragmentation", share(used_bytes - asked_bytes, used_bytes),
                     "external_fragmentation", share(free_bytes - largest_free_bytes, free_bytes));
}

static json_t *samples_json(const struct alloc_stats *stats, uint64_t total_bytes)
{
    json_t *const array = json_array();

    for (unsigned i = 0; i < stats->count; i++) {
        const struct alloc_sample *const sample = &stats->samples[i];
        json_t *const entry = json_pack("{s:o}", "operations", number(sample->operations));

        json_object_update_new(entry,
                               memory_json(total_bytes, sample->used_bytes, sample->asked_bytes,
                                           sample->largest_free_bytes, sample->free_blocks));
        json_array_append_new(array, entry);
    }
    return array;
}

static json_t *stats_json(const struct alloc_stats *stats, const struct allocator_options *options,
                          const struct allocator_figures *figures)
{
    const uint64_t searches = figures->takes + figures->failures;

    return json_pack(
        "{s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:s, s:f, s:o}, s:o, "
        "s:o}",
        "policy", allocator_policy_name(options->policy), "base",
        json_sprintf("0x%" PRIx64, options->base), "memory_bytes", number(figures->total_bytes),
        "granule", number(options->granule), "coalesce", !options->no_coalesce, "operations",
        number(stats->operations), "allocations", number(figures->takes), "failures",
        number(figures->failures), "frees", number(figures->gives), "compactions",
        number(stats->compactions), "moves", number(stats->moves), "moved_bytes",
        number(stats->moved_bytes), "searched", "unit",
        options->policy == ALLOCATOR_FIRST || options->policy == ALLOCATOR_NEXT ? "free blocks"
                                                                                : "comparisons",
        "mean", share(figures->searched_total, searches), "max", number(figures->searched_max),
        "memory",
        memory_json(figures->total_bytes, figures->used_bytes, figures->asked_bytes,
                    figures->largest_free_bytes, figures->free_blocks),
        "over_time", samples_json(stats, figures->total_bytes));
}

bool alloc_stats_save(const struct alloc_stats *stats, const struct allocator_options *options,
                      const struct allocator *allocator, FILE *file, const char *path,
                      struct error *error)
{
    struct allocator_figures figures;
    json_t *json;
    bool is_written;

    allocator_figures(allocator, &figures);
    errno = 0;
    json = stats_json(stats, options, &figures);
    is_written = json_output_write(json, file) && fflush(file) == 0;
    if (!is_written) {
        error_set(error, "%s: cannot write the statistics: %s", path, strerror(errno));
    }
    json_decref(json);
    if (fclose(file) != 0 && is_written) {
        is_written = error_set(error, "%s: cannot write the statistics: %s", path, strerror(errno));
    }
    return is_written;
}
