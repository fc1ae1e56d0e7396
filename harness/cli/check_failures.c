/* SPDX-License-Identifier: MIT */
#include "cli/check_failures.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sink/mismatch.h"

/* --- one failure as JSON --- */

json_t *check_failure_json(const struct check_failure *failure)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:b, s:n}", "signature", failure->signature,
                     "count", (json_int_t)failure->count, "segment", (json_int_t)failure->segment,
                     "begin_cycle", (json_int_t)failure->begin_cycle, "cycle",
                     (json_int_t)failure->cycle, "is_gone", failure->is_gone, "explanation");
}

static bool parse_number(const json_t *json, const char *key, uint64_t *value)
{
    const json_t *const number = json_object_get(json, key);

    if (!json_is_integer(number) || json_integer_value(number) < 0) {
        return false;
    }
    *value = (uint64_t)json_integer_value(number);
    return true;
}

bool check_failure_parse(const json_t *json, struct check_failure *failure)
{
    const char *const signature = json_string_value(json_object_get(json, "signature"));

    *failure = (struct check_failure){.is_gone = json_is_true(json_object_get(json, "is_gone"))};
    if (signature == NULL || strlen(signature) >= sizeof(failure->signature)) {
        return false;
    }
    strcpy(failure->signature, signature);
    return parse_number(json, "count", &failure->count) &&
           parse_number(json, "segment", &failure->segment) &&
           parse_number(json, "begin_cycle", &failure->begin_cycle) &&
           parse_number(json, "cycle", &failure->cycle);
}

static json_t *failures_of(const json_t *result)
{
    return json_object_get(result, "failures");
}

/* --- telling them apart --- */

unsigned check_failures_number(json_t *kinds, json_t *result, unsigned limit)
{
    json_t *const failures = failures_of(result);
    unsigned new_count = 0;
    size_t index = 0;

    while (index < json_array_size(failures)) {
        json_t *const failure = json_array_get(failures, index);
        const char *const signature = json_string_value(json_object_get(failure, "signature"));
        json_t *number = json_object_get(kinds, signature);
        const bool is_new = number == NULL;

        if (is_new && json_object_size(kinds) >= limit) {
            json_array_remove(failures, index);
            continue;
        }
        if (is_new) {
            json_object_set_new(kinds, signature,
                                json_integer((json_int_t)json_object_size(kinds) + 1));
            number = json_object_get(kinds, signature);
            new_count++;
        }
        json_object_set(failure, "number", number);
        json_object_set_new(failure, "is_first", json_boolean(is_new));
        index++;
    }
    return new_count;
}

bool check_failures_next(const json_t *result, size_t *index, struct check_failure *failure,
                         unsigned *number)
{
    const json_t *const failures = failures_of(result);

    for (; *index < json_array_size(failures); ++*index) {
        const json_t *const json = json_array_get(failures, *index);

        if (json_is_true(json_object_get(json, "is_first")) &&
            json_is_null(json_object_get(json, "explanation")) &&
            check_failure_parse(json, failure)) {
            *number = (unsigned)json_integer_value(json_object_get(json, "number"));
            return true;
        }
    }
    return false;
}

void check_failures_explain(json_t *result, size_t index, json_t *explanation)
{
    static const char *const shown[] = {"mismatch", "trace", "waveform", "shrunk"};
    json_t *const failure = json_array_get(failures_of(result), index);

    if (explanation == NULL) {
        explanation = json_object();
    }
    if (json_is_null(json_object_get(explanation, "mismatch")) && index == 0) {
        /* The page of a DUT that went away is the pass's own. */
        json_object_set(json_object_get(result, "mismatch"), "replay",
                        json_object_get(explanation, "replay"));
    }
    /* The first one stands for the pass, too. */
    for (unsigned i = 0; index == 0 && i < sizeof(shown) / sizeof(shown[0]); i++) {
        json_t *const value = json_object_get(explanation, shown[i]);

        if (value != NULL && !json_is_null(value)) {
            json_object_set(result, shown[i], value);
        }
    }
    json_object_set_new(failure, "explanation", explanation);
}

/* --- all of them --- */

static uint64_t number_in(const json_t *json, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(json, key));
}

/* "model and RTL, shard 3" */
static json_t *place_of(const json_t *result)
{
    const char *const name = json_string_value(json_object_get(result, "name"));
    const json_int_t shard = json_integer_value(json_object_get(result, "shard"));

    return shard > 0 ? json_sprintf("%s, shard %" JSON_INTEGER_FORMAT, name, shard)
                     : json_string(name);
}

static void add_to_kind(json_t *kinds, const json_t *result, const json_t *failure)
{
    const json_int_t number = json_integer_value(json_object_get(failure, "number"));
    const json_int_t count = json_integer_value(json_object_get(failure, "count"));
    json_t *kind;

    if (number > (json_int_t)json_array_size(kinds)) {
        json_array_append_new(kinds, json_pack("{s:O, s:O, s:i, s:[]}", "number",
                                               json_object_get(failure, "number"), "signature",
                                               json_object_get(failure, "signature"), "count", 0,
                                               "places"));
    }
    kind = json_array_get(kinds, (size_t)number - 1);
    json_object_set_new(kind, "count",
                        json_integer(json_integer_value(json_object_get(kind, "count")) + count));
    json_array_append_new(json_object_get(kind, "places"), place_of(result));
}

json_t *check_failures_json(const json_t *results)
{
    json_t *const kinds = json_array();

    for (size_t i = 0; i < json_array_size(results); i++) {
        const json_t *const result = json_array_get(results, i);
        const json_t *const failures = failures_of(result);

        for (size_t f = 0; f < json_array_size(failures); f++) {
            if (json_is_integer(json_object_get(json_array_get(failures, f), "number"))) {
                add_to_kind(kinds, result, json_array_get(failures, f));
            }
        }
    }
    return kinds;
}

static void print_heading(FILE *stream, const json_t *result, size_t index)
{
    const json_t *const failure = json_array_get(failures_of(result), index);
    const uint64_t number = number_in(failure, "number");
    json_t *const place = place_of(result);

    fprintf(stream, "%sFailure %" PRIu64 ", in %s: %s\n", number > 1 ? "\n" : "", number,
            json_string_value(place), json_string_value(json_object_get(failure, "signature")));
    if (number_in(failure, "segment") > 0) {
        fprintf(stream, "Cycles count from the fresh DUT that began after %" PRIu64 " cycles.\n",
                number_in(failure, "begin_cycle"));
    }
    json_decref(place);
}

/* Of a DUT that went away the pass has the page. */
static void print_failure(FILE *stream, const json_t *result, size_t index)
{
    const json_t *const failure = json_array_get(failures_of(result), index);
    json_t *const explanation = json_object_get(failure, "explanation");
    const char *const page =
        json_string_value(json_object_get(json_object_get(result, "run"), "page"));
    const char *const said = json_string_value(json_object_get(explanation, "said"));

    /* Where there is nothing to say, it has been said. */
    if (said != NULL) {
        print_heading(stream, result, index);
    }
    if (json_is_true(json_object_get(failure, "is_gone")) && page != NULL) {
        fputs(page, stream);
    }
    if (said != NULL) {
        fputs(said, stream);
    }
    json_object_del(explanation, "said");
}

char *check_failures_said(json_t *result, const char *said)
{
    const json_t *const failures = failures_of(result);
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);

    if (stream == NULL) {
        return NULL;
    }
    fputs(said != NULL ? said : "", stream);
    for (size_t i = 0; i < json_array_size(failures); i++) {
        if (json_is_true(json_object_get(json_array_get(failures, i), "is_first"))) {
            print_failure(stream, result, i);
        }
    }
    fclose(stream);
    return text;
}

void check_failures_print(const json_t *results)
{
    enum { PLACES_SHOWN = 4 };
    json_t *const kinds = check_failures_json(results);
    const json_t *kind;
    size_t index;

    if (json_array_size(kinds) > 0) {
        printf("different failures: %zu\n", json_array_size(kinds));
    }
    json_array_foreach(kinds, index, kind)
    {
        const json_t *const places = json_object_get(kind, "places");
        const json_int_t count = json_integer_value(json_object_get(kind, "count"));
        const size_t shown =
            json_array_size(places) < PLACES_SHOWN ? json_array_size(places) : PLACES_SHOWN;

        printf("  %zu. %s: %" JSON_INTEGER_FORMAT " time%s in ", index + 1,
               json_string_value(json_object_get(kind, "signature")), count, count == 1 ? "" : "s");
        for (size_t i = 0; i < shown; i++) {
            printf("%s%s", i > 0 ? "; " : "", json_string_value(json_array_get(places, i)));
        }
        if (json_array_size(places) > shown) {
            printf("; and %zu more", json_array_size(places) - shown);
        }
        printf("\n");
    }
    json_decref(kinds);
}
