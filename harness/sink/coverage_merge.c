/* SPDX-License-Identifier: MIT */
/* Runs as JSON, and reports that are put together from them. Nothing in a file is believed that its
 * digest does not confirm. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lockstep/dut_digest.h"
#include "sink/coverage_report.h"

/* --- counts of a group: -n for n zeros --- */

static json_t *encode_group(const struct coverage_bins *bins, const uint32_t *hits, unsigned group)
{
    json_t *const list = json_array();
    json_int_t zeros = 0;

    for (unsigned bin = bins->first[group]; bin < bins->first[group + 1]; bin++) {
        if (bins->exclusion[bin] != NULL) {
            continue;
        }
        if (hits[bin] == 0) {
            zeros++;
            continue;
        }
        if (zeros > 0) {
            json_array_append_new(list, json_integer(-zeros));
            zeros = 0;
        }
        json_array_append_new(list, json_integer(hits[bin]));
    }
    if (zeros > 0) {
        json_array_append_new(list, json_integer(-zeros));
    }
    return list;
}

static bool decode_group(const struct coverage_bins *bins, const json_t *list, unsigned group,
                         uint32_t *hits)
{
    const unsigned end = bins->first[group + 1];
    unsigned bin = bins->first[group];
    json_int_t zeros = 0;
    size_t next = 0;

    for (; bin < end; bin++) {
        const json_t *count;

        if (bins->exclusion[bin] != NULL) {
            continue;
        }
        if (zeros == 0) {
            count = json_array_get(list, next++);
            if (!json_is_integer(count) || json_integer_value(count) == 0 ||
                json_integer_value(count) > UINT32_MAX || json_integer_value(count) < -INT32_MAX) {
                return false;
            }
            if (json_integer_value(count) > 0) {
                hits[bin] = (uint32_t)json_integer_value(count);
                continue;
            }
            zeros = -json_integer_value(count);
        }
        zeros--;
    }
    return json_is_array(list) && zeros == 0 && next == json_array_size(list);
}

/* --- a run --- */

static void add_number(struct digest *digest, const char *name, uint64_t value)
{
    char text[64];

    snprintf(text, sizeof(text), "%s %" PRIu64, name, value);
    digest_add_text(digest, text);
}

/* A run from its counts; NULL when memory runs out. */
static json_t *run_of(const struct coverage_bins *bins, const uint32_t *hits, uint64_t seed,
                      uint64_t cycles)
{
    const struct mmu_config *const config = &bins->config;
    json_t *const groups = json_object();
    char id[DIGEST_TEXT_SIZE];
    struct digest digest;
    char *text;

    for (unsigned group = 0; group < COVERAGE_GROUPS; group++) {
        json_object_set_new(groups, coverage_group_name((enum coverage_group)group),
                            encode_group(bins, hits, group));
    }
    text = json_dumps(groups, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL) {
        json_decref(groups);
        return NULL;
    }
    digest_begin(&digest);
    add_number(&digest, "VA_W", config->va_w);
    add_number(&digest, "PA_W", config->pa_w);
    add_number(&digest, "SEG_BITS", config->seg_bits);
    add_number(&digest, "SELECT", config->select);
    add_number(&digest, "CONTEXTS", config->contexts);
    add_number(&digest, "STAGES", config->stages);
    add_number(&digest, "seed", seed);
    add_number(&digest, "cycles", cycles);
    digest_add_text(&digest, text);
    digest_end(&digest, id);
    free(text);
    return json_pack("{s:s, s:I, s:I, s:o}", "id", id, "seed", (json_int_t)seed, "cycles",
                     (json_int_t)cycles, "hits", groups);
}

json_t *coverage_run_json(const struct coverage *coverage, uint64_t seed, uint64_t cycles)
{
    return run_of(&coverage->bins, coverage->hits, seed, cycles);
}

static bool read_natural(const json_t *object, const char *key, uint64_t *value)
{
    const json_t *const number = json_object_get(object, key);

    if (!json_is_integer(number) || json_integer_value(number) < 0) {
        return false;
    }
    *value = (uint64_t)json_integer_value(number);
    return true;
}

/* Puts a run among the others; false where it is there. */
static bool insert_run(json_t *runs, json_t *run, const char *id)
{
    size_t index = 0;

    for (; index < json_array_size(runs); index++) {
        const json_t *const other = json_array_get(runs, index);
        const int order = strcmp(json_string_value(json_object_get(other, "id")), id);

        if (order == 0) {
            return false;
        }
        if (order > 0) {
            break;
        }
    }
    return json_array_insert(runs, index, run) == 0;
}

static void count_run(struct coverage_report *report, const uint32_t *hits)
{
    for (unsigned bin = 0; bin < report->bins.count; bin++) {
        report->reached_count += report->hits[bin] == 0 && hits[bin] != 0;
        report->hits[bin] += hits[bin];
    }
}

static bool decode_run(const struct coverage_bins *bins, const json_t *run, uint32_t *hits,
                       const char *place, struct error *error)
{
    const json_t *const groups = json_object_get(run, "hits");

    for (unsigned group = 0; group < COVERAGE_GROUPS; group++) {
        const char *const name = coverage_group_name((enum coverage_group)group);

        if (!decode_group(bins, json_object_get(groups, name), group, hits)) {
            return error_set(error,
                             "%s: hits of `%s`: expected a count for each of its reachable bins",
                             place, name);
        }
    }
    return true;
}

bool coverage_report_add(struct coverage_report *report, const json_t *run, const char *place,
                         struct error *error)
{
    const char *const id = json_string_value(json_object_get(run, "id"));
    uint32_t *const hits = calloc(report->bins.count, sizeof(*hits));
    uint64_t seed = 0, cycles = 0;
    json_t *again = NULL;
    bool is_added = false;

    if (hits == NULL) {
        return error_set(error, "%s: out of memory", place);
    }
    if (id == NULL || !read_natural(run, "seed", &seed) || !read_natural(run, "cycles", &cycles)) {
        error_set(error, "%s: expected a run with id, seed, cycles and hits", place);
    } else if (decode_run(&report->bins, run, hits, place, error)) {
        again = run_of(&report->bins, hits, seed, cycles);
        if (again == NULL) {
            error_set(error, "%s: out of memory", place);
        } else if (strcmp(json_string_value(json_object_get(again, "id")), id) != 0) {
            error_set(error, "%s: damaged: the id is not the digest of the run", place);
        } else {
            if (insert_run(report->runs, again, id)) {
                count_run(report, hits);
            }
            is_added = true;
        }
    }
    json_decref(again);
    free(hits);
    return is_added;
}
