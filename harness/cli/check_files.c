/* SPDX-License-Identifier: MIT */
/* Results for programs. Nothing in them depends on the time that it took. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check.h"
#include "cli/json_output.h"
#include "sink/mismatch.h"

/* --- JSON --- */

static json_t *pass_json(const struct check_pass *pass)
{
    return json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:b, s:o, s:s?, s:s?}", "name", pass->name, "verdict",
        check_verdict_name(pass->verdict), "cycles", (json_int_t)pass->bench.cycle,
        "compared_cycles", (json_int_t)pass->bench.compared_cycles, "directed_cycles",
        (json_int_t)pass->stimulus.directed_cycles, "directed_part_is_complete",
        pass->stimulus.directed_done, "mismatch",
        pass->verdict == CHECK_DISAGREED ? mismatch_json(&pass->bench, pass->files.replay_command)
                                         : json_null(),
        "trace", pass->files.trace, "waveform", pass->files.waveform);
}

static enum check_verdict verdict_of(const struct check_pass *passes, unsigned pass_count)
{
    for (unsigned i = 0; i < pass_count; i++) {
        if (passes[i].verdict != CHECK_AGREED) {
            return passes[i].verdict;
        }
    }
    return CHECK_AGREED;
}

bool check_write_json(const char *path, const struct check *check, const struct check_pass *passes,
                      unsigned pass_count, struct error *error)
{
    const struct mmu_config *const mmu = &check->machine->mmu;
    json_t *const list = json_array();
    json_t *object;
    bool is_written = false;

    for (unsigned i = 0; i < pass_count; i++) {
        json_array_append_new(list, pass_json(&passes[i]));
    }
    object = json_pack(
        "{s:s, s:s, s:I, s:s, s:s, s:{s:i, s:i, s:i, s:i, s:i, s:i}, s:o}", "machine",
        check->machine->name, "engine", engine_name(check->engine), "seed", (json_int_t)check->seed,
        "command", check->command, "verdict", check_verdict_name(verdict_of(passes, pass_count)),
        "parameters", "VA_W", mmu->va_w, "PA_W", mmu->pa_w, "SEG_BITS", mmu->seg_bits, "SELECT",
        mmu->select, "CONTEXTS", mmu->contexts, "STAGES", mmu->stages, "passes", list);
    if (object == NULL || json_array_size(json_object_get(object, "passes")) != pass_count) {
        error_set(error, "%s: out of memory, or a name that is not UTF-8", path);
    } else {
        FILE *const file = fopen(path, "w");

        is_written = file != NULL && json_output_write(object, file);
        is_written = (file == NULL || fclose(file) == 0) && is_written;
        if (!is_written) {
            error_set(error, "%s: cannot be written: %s", path, strerror(errno));
        }
    }
    json_decref(object);
    return is_written;
}

/* --- JUnit --- */

/* XML takes no control characters, escaped or not: they become question marks. */
static void put_xml(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", file);
            break;
        case '>':
            fputs("&gt;", file);
            break;
        case '&':
            fputs("&amp;", file);
            break;
        case '"':
            fputs("&quot;", file);
            break;
        default:
            fputc((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t' ? *text : '?',
                  file);
            break;
        }
    }
}

static void put_problem(FILE *file, const struct check_pass *pass)
{
    char *page = NULL;
    size_t size;
    FILE *stream;

    switch (pass->verdict) {
    case CHECK_AGREED:
        return;
    case CHECK_INTERRUPTED:
        fputs("<skipped message=\"interrupted\"/>", file);
        return;
    case CHECK_FAILED:
        fputs("<error message=\"", file);
        put_xml(file, pass->error.text);
        fputs("\"/>", file);
        return;
    case CHECK_DISAGREED:
        break;
    }
    stream = open_memstream(&page, &size);
    if (stream != NULL) {
        mismatch_print(stream, &pass->bench, pass->files.replay_command);
        fclose(stream);
    }
    fputs("<failure message=\"model and DUT disagree\">", file);
    put_xml(file, page != NULL ? page : "(no memory for the page)");
    fputs("</failure>", file);
    free(page);
}

bool check_write_junit(const char *path, const struct check *check, const struct check_pass *passes,
                       unsigned pass_count, struct error *error)
{
    FILE *const file = fopen(path, "w");
    unsigned counts[CHECK_FAILED + 1] = {0};
    bool is_written;

    if (file == NULL) {
        return error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    }
    for (unsigned i = 0; i < pass_count; i++) {
        counts[passes[i].verdict]++;
    }
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"segmmu check ", file);
    put_xml(file, check->machine->name);
    fprintf(file, "\" tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\">\n", pass_count,
            counts[CHECK_DISAGREED], counts[CHECK_FAILED], counts[CHECK_INTERRUPTED]);
    for (unsigned i = 0; i < pass_count; i++) {
        fputs("  <testcase classname=\"segmmu.check\" name=\"", file);
        put_xml(file, passes[i].name);
        fputs("\">", file);
        put_problem(file, &passes[i]);
        fputs("</testcase>\n", file);
    }
    fputs("</testsuite>\n", file);
    is_written = !ferror(file);
    is_written = fclose(file) == 0 && is_written;
    return is_written || error_set(error, "%s: cannot be written: %s", path, strerror(errno));
}
