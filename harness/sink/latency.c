/* SPDX-License-Identifier: MIT */
#include "sink/latency.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "sink/distribution.h"

/* What is kept apart. A privileged translation and a register operation have no segment. */
/* FAULTS is what four bits can say: the answers may be those of a broken DUT. */
enum { KINDS = 9, SEGMENTS = MMU_MAX_SEGMENTS, FAULTS = 16, CONTEXTS = MMU_MAX_CONTEXTS };
enum { KIND_PRIVILEGED = 4, KIND_REGISTER = 8 }; /* below 4: user, by access */
enum { GROUPS = KINDS * SEGMENTS * FAULTS * CONTEXTS };

struct group {
    struct distribution latency;
    struct distribution queueing;
};

struct latency {
    struct group *groups[GROUPS]; /* NULL: nothing came */
    struct latency_totals other;  /* what the groups do not say: of requests without an answer */
    bool is_incomplete;
};

struct latency *latency_new(void)
{
    return calloc(1, sizeof(struct latency));
}

void latency_free(struct latency *latency)
{
    if (latency == NULL) {
        return;
    }
    for (unsigned i = 0; i < GROUPS; i++) {
        if (latency->groups[i] != NULL) {
            distribution_free(&latency->groups[i]->latency);
            distribution_free(&latency->groups[i]->queueing);
            free(latency->groups[i]);
        }
    }
    free(latency);
}

bool latency_is_complete(const struct latency *latency)
{
    return !latency->is_incomplete;
}

static unsigned fault_of(unsigned index)
{
    return index / CONTEXTS % FAULTS;
}

struct latency_totals latency_totals(const struct latency *latency)
{
    struct latency_totals totals = latency->other;

    for (unsigned i = 0; i < GROUPS; i++) {
        const struct group *const group = latency->groups[i];
        const uint64_t count = group != NULL ? distribution_count(&group->latency) : 0;

        if (count > 0) {
            totals.requests += count;
            totals.faults += fault_of(i) != MMU_FAULT_NONE ? count : 0;
            totals.latency_cycles += distribution_sum(&group->latency);
            totals.queueing_cycles += distribution_sum(&group->queueing);
        }
    }
    return totals;
}

static unsigned kind_of(const struct mmu_request *request)
{
    if (request->op != MMU_OP_TRANSLATE) {
        return KIND_REGISTER;
    }
    return request->access + (request->priv ? KIND_PRIVILEGED : 0u);
}

static unsigned group_index(const struct flight *flight, const struct mmu_response *response)
{
    const unsigned kind = kind_of(&flight->request);

    return ((kind * SEGMENTS + response->segment) * FAULTS + response->fault) * CONTEXTS +
           flight->context;
}

static void on_completed(void *context, uint64_t cycle, const struct flight *flight,
                         const struct mmu_response *response)
{
    struct latency *const latency = context;
    struct group **const group = &latency->groups[group_index(flight, response)];
    const uint64_t latency_cycles = cycle - flight->accepted_cycle;
    const uint64_t queueing_cycles = flight->accepted_cycle - flight->offered_cycle;

    if (*group == NULL) {
        *group = calloc(1, sizeof(**group));
    }
    if (*group == NULL || !distribution_add(&(*group)->latency, latency_cycles) ||
        !distribution_add(&(*group)->queueing, queueing_cycles)) {
        latency->is_incomplete = true;
    }
}

static void on_dropped(void *context, uint64_t cycle, const struct flight *flight,
                       bool was_accepted)
{
    struct latency *const latency = context;

    if (was_accepted) {
        latency->other.dropped++;
        latency->other.dropped_latency_cycles += cycle - flight->accepted_cycle;
    } else {
        latency->other.withdrawn++;
    }
}

static void on_squashed(void *context, uint64_t count)
{
    struct latency *const latency = context;

    latency->other.squashed += count;
}

struct sink latency_sink(struct latency *latency)
{
    return (struct sink){
        .context = latency,
        .completed = on_completed,
        .dropped = on_dropped,
        .squashed = on_squashed,
    };
}

/* --- reporting --- */

/* One row of the report. */
struct row {
    unsigned index; /* of the group */
    unsigned kind, segment, fault, context;
    uint64_t count;
    uint64_t latency[5]; /* minimum, median, p95, p99, maximum */
    uint64_t queueing[5];
    double mean_latency, mean_queueing;
};

static const unsigned percents[5] = {0, 50, 95, 99, 100};
static const char *const percent_names[5] = {"min", "median", "p95", "p99", "max"};

static bool fill_row(const struct latency *latency, unsigned index, struct row *row)
{
    const struct group *const group = latency->groups[index];

    *row = (struct row){
        .index = index,
        .context = index % CONTEXTS,
        .fault = fault_of(index),
        .segment = index / CONTEXTS / FAULTS % SEGMENTS,
        .kind = index / CONTEXTS / FAULTS / SEGMENTS,
        .count = distribution_count(&group->latency),
    };
    if (row->count > 0) {
        row->mean_latency = (double)distribution_sum(&group->latency) / (double)row->count;
        row->mean_queueing = (double)distribution_sum(&group->queueing) / (double)row->count;
    }
    return distribution_percentiles(&group->latency, percents, row->latency, 5) &&
           distribution_percentiles(&group->queueing, percents, row->queueing, 5);
}

static int most_requests_first(const void *left, const void *right)
{
    const struct row *const a = left;
    const struct row *const b = right;

    if (a->count != b->count) {
        return a->count < b->count ? 1 : -1;
    }
    return a->index < b->index ? -1 : 1; /* whatever qsort does with equals */
}

/* Malloc'ed rows; NULL when memory ran out. */
static struct row *rows_of(const struct latency *latency, unsigned *count)
{
    struct row *rows;
    unsigned used = 0;

    for (unsigned i = 0; i < GROUPS; i++) {
        used += latency->groups[i] != NULL;
    }
    rows = calloc(used + 1, sizeof(*rows));
    *count = 0;
    for (unsigned i = 0; rows != NULL && i < GROUPS; i++) {
        if (latency->groups[i] != NULL && !fill_row(latency, i, &rows[(*count)++])) {
            free(rows);
            return NULL;
        }
    }
    if (rows != NULL) {
        qsort(rows, used, sizeof(*rows), most_requests_first);
    }
    return rows;
}

static const char *kind_name(unsigned kind)
{
    static const char *const names[KINDS] = {
        "read",       "write",        "execute",       "access 3", "priv read",
        "priv write", "priv execute", "priv access 3", "register",
    };

    return names[kind];
}

static const char *const class_names[CYCLE_CLASSES] = {
    [CYCLE_RESET] = "reset", [CYCLE_ACCEPT] = "accept", [CYCLE_STALL] = "stall",
    [CYCLE_WAIT] = "wait",   [CYCLE_IDLE] = "idle",
};

static bool has_segment(unsigned kind)
{
    return kind < KIND_PRIVILEGED;
}

static void print_groups(const struct row *rows, unsigned count, bool has_contexts, FILE *stream)
{
    fprintf(stream, "  %-13s %7s %s%-12s %12s  %6s %6s %6s %6s %6s  %s\n", "request", "segment",
            has_contexts ? "context " : "", "outcome", "count", "min", "median", "p95", "p99",
            "max", "queueing (mean, max)");
    for (unsigned i = 0; i < count; i++) {
        const struct row *const row = &rows[i];
        char segment[16] = "-";
        char context[16] = "";

        if (has_segment(row->kind)) {
            snprintf(segment, sizeof(segment), "%u", row->segment);
        }
        if (has_contexts) {
            snprintf(context, sizeof(context), "%7u ", row->context);
        }
        fprintf(stream,
                "  %-13s %7s %s%-12s %12" PRIu64 "  %6" PRIu64 " %6" PRIu64 " %6" PRIu64
                " %6" PRIu64 " %6" PRIu64 "  %.2f, %" PRIu64 "\n",
                kind_name(row->kind), segment, context,
                row->fault == MMU_FAULT_NONE ? "ok" : mmu_fault_name(row->fault), row->count,
                row->latency[0], row->latency[1], row->latency[2], row->latency[3], row->latency[4],
                row->mean_queueing, row->queueing[4]);
    }
}

static void print_cycles(const struct testbench *bench, uint64_t instructions, FILE *stream)
{
    fprintf(stream, "cycles: %" PRIu64 " =", bench->cycle);
    for (unsigned i = 0; i < CYCLE_CLASSES; i++) {
        fprintf(stream, "%s %" PRIu64 " %s", i == 0 ? "" : " +", bench->class_cycles[i],
                class_names[i]);
    }
    fputc('\n', stream);
    if (instructions > 0) {
        fprintf(stream, "translation: %.3f cycles per instruction\n",
                (double)bench->cycle / (double)instructions);
    }
}

void latency_print(const struct latency *latency, const struct testbench *bench,
                   uint64_t instructions, FILE *stream)
{
    unsigned count;
    struct row *const rows = rows_of(latency, &count);

    if (rows == NULL) {
        fprintf(stream, "latency: out of memory\n");
        return;
    }
    fprintf(stream, "latency in cycles, from acceptance to response:\n");
    print_groups(rows, count, bench->machine->mmu.contexts > 1, stream);
    print_cycles(bench, instructions, stream);
    free(rows);
}

static json_t *figures_json(const uint64_t *figures, double mean)
{
    json_t *const object = json_object();

    for (unsigned i = 0; i < 5; i++) {
        json_object_set_new(object, percent_names[i], json_integer((json_int_t)figures[i]));
    }
    json_object_set_new(object, "mean", json_real(mean));
    return object;
}

static json_t *row_json(const struct row *row)
{
    json_t *const object = json_pack("{s:s, s:s, s:I, s:I}", "request", kind_name(row->kind),
                                     "outcome", mmu_fault_name(row->fault), "context",
                                     (json_int_t)row->context, "count", (json_int_t)row->count);

    json_object_set_new(object, "segment",
                        has_segment(row->kind) ? json_integer(row->segment) : json_null());
    json_object_set_new(object, "latency_cycles", figures_json(row->latency, row->mean_latency));
    json_object_set_new(object, "queueing_cycles", figures_json(row->queueing, row->mean_queueing));
    return object;
}

static json_t *cycles_json(const struct testbench *bench, uint64_t instructions)
{
    json_t *const object = json_object();

    json_object_set_new(object, "total", json_integer((json_int_t)bench->cycle));
    for (unsigned i = 0; i < CYCLE_CLASSES; i++) {
        json_object_set_new(object, class_names[i],
                            json_integer((json_int_t)bench->class_cycles[i]));
    }
    json_object_set_new(object, "in_flight_sum", json_integer((json_int_t)bench->in_flight_cycles));
    json_object_set_new(object, "per_instruction",
                        instructions > 0 ? json_real((double)bench->cycle / (double)instructions)
                                         : json_null());
    return object;
}

json_t *latency_json(const struct latency *latency, const struct testbench *bench,
                     uint64_t instructions)
{
    const struct latency_totals totals = latency_totals(latency);
    unsigned count;
    struct row *const rows = rows_of(latency, &count);
    json_t *const groups = json_array();

    if (rows == NULL || latency->is_incomplete) {
        free(rows);
        json_decref(groups);
        errno = ENOMEM;
        return NULL;
    }
    for (unsigned i = 0; i < count; i++) {
        json_array_append_new(groups, row_json(&rows[i]));
    }
    free(rows);
    return json_pack("{s:o, s:o, s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}}", "groups", groups,
                     "cycles", cycles_json(bench, instructions), "totals", "requests",
                     (json_int_t)totals.requests, "faults", (json_int_t)totals.faults, "squashed",
                     (json_int_t)totals.squashed, "dropped", (json_int_t)totals.dropped,
                     "withdrawn", (json_int_t)totals.withdrawn, "latency_cycles",
                     (json_int_t)totals.latency_cycles, "dropped_latency_cycles",
                     (json_int_t)totals.dropped_latency_cycles, "queueing_cycles",
                     (json_int_t)totals.queueing_cycles);
}
