/* SPDX-License-Identifier: MIT */
/* What became of the mutants, for programs. Nothing in it depends on the number of jobs. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/json_output.h"
#include "cli/mutate.h"

static json_t *text_or_null(const char *text)
{
    return text != NULL && text[0] != '\0' ? json_string(text) : json_null();
}

static json_t *bit_or_null(bool has_bit, unsigned bit)
{
    return has_bit ? json_integer((json_int_t)bit) : json_null();
}

static json_t *place_of(const struct mutant *mutant)
{
    const struct source_range *const source = &mutant->source;

    if (source->file == NULL) {
        return json_null();
    }
    return json_pack("{s:s, s:i, s:i, s:i, s:i}", "file", source->file, "line",
                     (int)source->first_line, "column", (int)source->first_column, "last_line",
                     (int)source->last_line, "last_column", (int)source->last_column);
}

static json_t *killer_of(const struct mutant_result *result)
{
    if (result->fate == MUTANT_SURVIVED) {
        return json_null();
    }
    return json_pack("{s:s, s:b, s:o, s:o, s:o, s:o}", "how", mutant_fate_name(result->fate),
                     "from_random_initial_values", result->is_from_random, "output",
                     text_or_null(result->field), "fault", text_or_null(result->rule), "op",
                     text_or_null(result->op), "reason", text_or_null(result->reason));
}

static json_t *mutant_json(const struct mutation *mutation, size_t number)
{
    const struct mutant *const mutant = &mutation->design.mutants.items[number - 1];
    const struct mutant_result *const result = &mutation->results[number];
    const enum mutant_verdict verdict = mutant_verdict_of(mutation, number);

    return json_pack("{s:I, s:s, s:I, s:o, s:o, s:o, s:s, s:s, s:s, s:i, s:o, s:s?, s:o}", "number",
                     (json_int_t)number, "verdict", mutant_verdict_name(verdict), "cycles",
                     (json_int_t)result->cycles, "killer", killer_of(result), "reason",
                     text_or_null(mutation->proofs[number].reason), "source", place_of(mutant),
                     "mode", mutant->mode, "cell", mutant->cell, "port", mutant->port, "bit",
                     (int)mutant->port_bit, "control_bit",
                     bit_or_null(mutant->has_control_bit, mutant->control_bit), "wire",
                     mutant->wire, "wire_bit", bit_or_null(mutant->wire != NULL, mutant->wire_bit));
}

static json_t *mutants_json(const struct mutation *mutation)
{
    json_t *const list = json_array();

    for (size_t number = 1; number <= mutation->design.mutants.count; number++) {
        json_array_append_new(list, mutant_json(mutation, number));
    }
    return list;
}

static json_t *totals_json(const struct mutation *mutation)
{
    json_int_t counts[MUTANT_VERDICTS] = {0};
    json_t *const totals = json_object();

    for (size_t number = 1; number <= mutation->design.mutants.count; number++) {
        counts[mutant_verdict_of(mutation, number)]++;
    }
    for (int verdict = 0; verdict < MUTANT_VERDICTS; verdict++) {
        json_object_set_new(totals, mutant_verdict_name((enum mutant_verdict)verdict),
                            json_integer(counts[verdict]));
    }
    return totals;
}

bool mutate_write_json(const char *path, const struct mutation *mutation, struct error *error)
{
    json_t *const object = json_pack(
        "{s:s, s:s, s:I, s:I, s:{s:s, s:I}, s:o, s:o}", "machine", mutation->machine->name,
        "command", mutation->command, "seed", (json_int_t)mutation->trial.seed, "cycles",
        (json_int_t)mutation->trial.cycles, "unmutated", "verdict", "agreed", "cycles",
        (json_int_t)mutation->results[0].cycles, "totals", totals_json(mutation), "mutants",
        mutants_json(mutation));
    bool is_written = false;

    if (object == NULL ||
        json_array_size(json_object_get(object, "mutants")) != mutation->design.mutants.count) {
        error_set(error, "%s: out of memory, or a name that is not UTF-8", path);
    } else {
        FILE *const file = fopen(path, "we");

        is_written = file != NULL && json_output_write(object, file);
        is_written = (file == NULL || fclose(file) == 0) && is_written;
        if (!is_written) {
            error_set(error, "%s: cannot be written: %s", path, strerror(errno));
        }
    }
    json_decref(object);
    return is_written;
}

/* --- CSV --- */

/* In quotes where a comma, a quote or a line end would take it apart (RFC 4180). */
static void put_text(FILE *file, const char *text)
{
    fputc(',', file);
    if (text == NULL || strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text != NULL ? text : "", file);
        return;
    }
    fputc('"', file);
    for (; *text != '\0'; text++) {
        fputs(*text == '"' ? "\"\"" : (char[]){*text, '\0'}, file);
    }
    fputc('"', file);
}

static void put_bit(FILE *file, bool has_bit, unsigned bit)
{
    fputc(',', file);
    if (has_bit) {
        fprintf(file, "%u", bit);
    }
}

static void put_mutant(FILE *file, const struct mutation *mutation, size_t number)
{
    const struct mutant *const mutant = &mutation->design.mutants.items[number - 1];
    const struct mutant_result *const result = &mutation->results[number];
    const bool is_killed = result->fate != MUTANT_SURVIVED;

    fprintf(file, "%zu,%s,%" PRIu64, number,
            mutant_verdict_name(mutant_verdict_of(mutation, number)), result->cycles);
    put_text(file, is_killed ? mutant_fate_name(result->fate) : NULL);
    put_text(file, result->is_from_random ? "yes" : NULL);
    put_text(file, result->field);
    put_text(file, result->rule);
    put_text(file, result->op);
    put_text(file, is_killed ? result->reason : mutation->proofs[number].reason);
    put_text(file, mutant->source.file);
    put_bit(file, mutant->source.file != NULL, mutant->source.first_line);
    put_bit(file, mutant->source.file != NULL, mutant->source.first_column);
    put_text(file, mutant->mode);
    put_text(file, mutant->cell);
    put_text(file, mutant->port);
    put_bit(file, true, mutant->port_bit);
    put_bit(file, mutant->has_control_bit, mutant->control_bit);
    put_text(file, mutant->wire);
    put_bit(file, mutant->wire != NULL, mutant->wire_bit);
    fputc('\n', file);
}

bool mutate_write_csv(const char *path, const struct mutation *mutation, struct error *error)
{
    FILE *const file = fopen(path, "we");
    bool is_written;

    if (file == NULL) {
        return error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    }
    fputs("number,verdict,cycles,how,from_random_initial_values,output,fault,op,reason,file,line,"
          "column,mode,cell,port,bit,"
          "control_bit,wire,wire_bit\n",
          file);
    for (size_t number = 1; number <= mutation->design.mutants.count; number++) {
        put_mutant(file, mutation, number);
    }
    is_written = !ferror(file);
    is_written = fclose(file) == 0 && is_written;
    return is_written || error_set(error, "%s: cannot be written: %s", path, strerror(errno));
}
