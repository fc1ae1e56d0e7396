/* SPDX-License-Identifier: MIT */
/* What was proved, for people and for programs. */
#include <errno.h>
#include <string.h>

#include "base/markup.h"
#include "cli/json_output.h"
#include "cli/prove.h"

/* --- people --- */

void prove_print(const struct proved_machine *proved)
{
    printf("machine %s\n", proved->machine->name);
    for (unsigned property = 0; property < PROPERTIES; property++) {
        const struct proof_result *const result = &proved->proof.results[property];

        printf("  %-10s %-9s %7.1f s", proof_property_name((enum proof_property)property),
               proof_verdict_name(result->verdict), result->seconds);
        if (result->verdict != PROOF_PROVED) {
            printf("  %s%s%s", result->claim, result->reason[0] != '\0' ? ": " : "",
                   result->reason);
        }
        putchar('\n');
    }
    fflush(stdout);
}

/* --- programs --- */

static json_t *properties_json(const struct proof *proof)
{
    json_t *const properties = json_object();

    for (unsigned property = 0; property < PROPERTIES; property++) {
        const struct proof_result *const result = &proof->results[property];
        const bool is_proved = result->verdict == PROOF_PROVED;

        json_object_set_new(properties, proof_property_name((enum proof_property)property),
                            json_pack("{s:s, s:f, s:s?, s:s?}", "verdict",
                                      proof_verdict_name(result->verdict), "seconds",
                                      result->seconds, "claim", is_proved ? NULL : result->claim,
                                      "reason", is_proved ? NULL : result->reason));
    }
    return properties;
}

bool prove_write_json(const char *path, const struct proved_machine *machines, size_t count,
                      struct error *error)
{
    json_t *const list = json_array();
    FILE *file;
    bool is_written;

    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list,
                              json_pack("{s:s, s:f, s:o}", "machine", machines[i].machine->name,
                                        "seconds", machines[i].proof.seconds, "properties",
                                        properties_json(&machines[i].proof)));
    }
    json_t *const object = json_pack("{s:o}", "machines", list);
    file = fopen(path, "we");
    is_written = file != NULL && json_output_write(object, file);
    if (file != NULL && fclose(file) != 0) {
        is_written = false;
    }
    if (!is_written) {
        error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    }
    json_decref(object);
    return is_written;
}

static const char *junit_element(enum proof_verdict verdict)
{
    static const char *const elements[PROOF_VERDICTS] = {
        [PROOF_REFUTED] = "failure", [PROOF_UNDECIDED] = "error", [PROOF_NOT_RUN] = "skipped"};

    return elements[verdict];
}

static void put_case(FILE *file, const char *machine, enum proof_property property,
                     const struct proof_result *result)
{
    const char *const element = junit_element(result->verdict);

    fputs("  <testcase classname=\"segmmu.prove\" name=\"", file);
    markup_put_text(file, machine);
    fprintf(file, ": %s\" time=\"%.1f\">", proof_property_name(property), result->seconds);
    if (element != NULL) {
        fprintf(file, "<%s message=\"", element);
        markup_put_text(file, result->claim);
        fputs(": ", file);
        markup_put_text(file, result->reason);
        fputs("\"/>", file);
    }
    fputs("</testcase>\n", file);
}

bool prove_write_junit(const char *path, const struct proved_machine *machines, size_t count,
                       struct error *error)
{
    FILE *const file = fopen(path, "we");
    unsigned counts[PROOF_VERDICTS] = {0};
    bool is_written;

    if (file == NULL) {
        return error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    }
    for (size_t i = 0; i < count * PROPERTIES; i++) {
        counts[machines[i / PROPERTIES].proof.results[i % PROPERTIES].verdict]++;
    }
    fprintf(file,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"segmmu prove\" "
            "tests=\"%zu\" failures=\"%u\" errors=\"%u\" skipped=\"%u\">\n",
            count * PROPERTIES, counts[PROOF_REFUTED], counts[PROOF_UNDECIDED],
            counts[PROOF_NOT_RUN]);
    for (size_t i = 0; i < count * PROPERTIES; i++) {
        put_case(file, machines[i / PROPERTIES].machine->name,
                 (enum proof_property)(i % PROPERTIES),
                 &machines[i / PROPERTIES].proof.results[i % PROPERTIES]);
    }
    fputs("</testsuite>\n", file);
    is_written = ferror(file) == 0;
    if (fclose(file) != 0 || !is_written) {
        return error_set(error, "%s: cannot be written: %s", path, strerror(errno));
    }
    return true;
}
