/* SPDX-License-Identifier: MIT */
#include "prove/claims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lockstep/dut_contract.h"
#include "machine/machine.h"
#include "prove/translation.h"

enum { MOST_CLAIMS = 64 };

/* Parts of the step that are shown on their own, since a solver is far quicker with a few of the
 * registers than with all; as in binding.py and prove.h. */
enum { PART_ALL = -1, PART_REST, PART_LOOK, PART_MEMORY, ENTRIES_OF_A_PART = 16 };

/* The model, from the source tree or as it is installed. */
static const char *const model_sources[] = {"cycle.c", "execute.c", "config.c", "translate.c"};

static char *find_model(struct error *error)
{
    char *path = string_format("%s/model/cycle.c", machine_data_directory());
    const char *const format = path != NULL && access(path, R_OK) == 0 ? "%s/model" : "%s/../model";

    free(path);
    path = string_format(format, machine_data_directory());
    if (path == NULL) {
        error_set(error, "out of memory");
    }
    return path;
}

static bool write_machine(const struct proof *proof, struct error *error)
{
    const struct mmu_config *const config = &proof->source->config;
    char *const path = string_format("%s/machine.h", proof->directory);
    FILE *const file = path != NULL ? fopen(path, "we") : NULL;
    bool is_written = false;

    if (file != NULL) {
        fprintf(file,
                "/* Generated. */\n"
                "#ifndef PROVED_MACHINE_H\n"
                "#define PROVED_MACHINE_H\n"
                "#include \"segmmu/types.h\"\n"
                "static const struct mmu_config machine = {.va_w = %u, .pa_w = %u, .seg_bits = %u, "
                ".select = %u, .contexts = %u, .stages = %u};\n",
                config->va_w, config->pa_w, config->seg_bits, config->select, config->contexts,
                config->stages);
#define X(parameter, member) fprintf(file, "#define " #parameter " %u\n", (unsigned)config->member);
        CONTRACT_PARAMETER_LIST(X)
#undef X
        fputs("#endif\n", file);
        is_written = ferror(file) == 0;
        is_written = fclose(file) == 0 && is_written;
    }
    if (!is_written) {
        error_set(error, "%s/machine.h: cannot be written: %s", proof->directory, strerror(errno));
    }
    free(path);
    return is_written;
}

/* --- claims --- */

static struct claim_entry *add(struct claims *claims, enum proof_property property,
                               const char *what, const char *function)
{
    struct claim_entry *const entry = &claims->items[claims->count++];

    entry->property = property;
    entry->what = what;
    snprintf(entry->name, sizeof(entry->name), "claim%zu", claims->count);
    entry->claim.name = entry->name;
    entry->claim.function = function;
    entry->claim.words = &entry->words;
    return entry;
}

static void add_words(struct claim_entry *entry, const struct proof *proof, const char *model,
                      const char *source, int part)
{
    const char *const data = machine_data_directory();
    struct strings *const words = &entry->words;

    strings_add(words, "%s/prove/%s", data, source);
    for (unsigned i = 0; i < sizeof(model_sources) / sizeof(model_sources[0]); i++) {
        strings_add(words, "%s/%s", model, model_sources[i]);
    }
    strings_add_all(words, (const char *const[]){"-I", proof->directory, "-I", model, NULL});
    strings_add(words, "-DPROVE_PART=%d", part);
    strings_add(words, "-DMMU_SEGMENT_REGISTERS=%u", translation_entries(&proof->source->config));
    strings_add_all(words, (const char *const[]){"--no-standard-checks", "--bounds-check", NULL});
}

static int memory_parts(const struct proof *proof)
{
    return (int)(translation_entries(&proof->source->config) + ENTRIES_OF_A_PART - 1) /
           ENTRIES_OF_A_PART;
}

static void list_equal(struct claims *claims, const struct proof *proof, const char *model)
{
    static const char base[] = "after a reset C model and RTL are in the same state";
    static const char step[] =
        "from the same state they give the same outputs and come into the same state";
    const int parts = (int)(translation_entries(&proof->source->config) + ENTRIES_OF_A_PART - 1) /
                      ENTRIES_OF_A_PART;

    add_words(add(claims, PROPERTY_EQUAL, base, "prove_base"), proof, model, "segment_equal.c",
              PART_ALL);
    for (int part = PART_REST; part < PART_MEMORY + parts; part++) {
        if (part != PART_LOOK || proof->source->config.stages == 3) {
            struct claim_entry *const entry = add(claims, PROPERTY_EQUAL, step, "prove_step");

            add_words(entry, proof, model, "segment_equal.c", part);
            entry->claim.has_memories = part >= PART_MEMORY;
        }
    }
}

/* Claims about the C model alone, in the order in which they are listed. */
static const struct model_claim {
    enum proof_property property;
    const char *source, *function;
    int part; /* PART_MEMORY: each of these */
    const char *what;
} model_claims[] = {
    {PROPERTY_TRANSLATE, "segment_flow.c", "prove_translate", PART_ALL,
     "a translation is answered as the function says for the registers at its acceptance"},
    {PROPERTY_TRANSLATE, "segment_flow.c", "prove_execute", PART_REST,
     "requests are answered as if one came after the other"},
    {PROPERTY_TRANSLATE, "segment_flow.c", "prove_execute", 1,
     "requests leave CONTEXT, WINDOW and the fault record as if one came after the other"},
    {PROPERTY_TRANSLATE, "segment_flow.c", "prove_execute", PART_MEMORY,
     "requests leave the segment registers as if one came after the other"},
    {PROPERTY_ISOLATED, "segment_isolated.c", "prove_inside", PART_ALL,
     "an admitted user access lies in its segment and is permitted there"},
    {PROPERTY_ISOLATED, "segment_isolated.c", "prove_apart", PART_ALL,
     "two virtual bytes of a segment never share a physical one"},
    {PROPERTY_ISOLATED, "segment_isolated.c", "prove_silent", PART_ALL, "a fault leaks nothing"},
    {PROPERTY_ISOLATED, "segment_isolated.c", "prove_guarded", PART_MEMORY,
     "only a privileged register write changes a segment register"},
    {PROPERTY_CHANNELS, "segment_flow.c", "prove_channels", PART_REST,
     "responses wait unchanged, in order, one for each request"},
    {PROPERTY_CHANNELS, "segment_flow.c", "prove_channels", PART_MEMORY,
     "nothing takes effect behind a response that waits"},
    {PROPERTY_CHANNELS, "segment_flow.c", "prove_bounded", PART_ALL,
     "every request is answered within as many clocks as there are stages"},
};

static void list_model(struct claims *claims, const struct proof *proof, const char *model)
{
    for (unsigned i = 0; i < sizeof(model_claims) / sizeof(model_claims[0]); i++) {
        const struct model_claim *const claim = &model_claims[i];
        const int parts = claim->part == PART_MEMORY ? memory_parts(proof) : 1;

        for (int part = claim->part; part < claim->part + parts; part++) {
            struct claim_entry *const entry =
                add(claims, claim->property, claim->what, claim->function);

            add_words(entry, proof, model, claim->source, part);
            entry->claim.has_memories = claim->part == PART_MEMORY;
        }
    }
}

static void list_rtl(struct claims *claims)
{
    static const char *const properties[][2] = {
        {"ACCESS", "an admitted user access lies in its segment and is permitted there"},
        {"GUARD", "only a privileged register write changes a segment register"},
        {"CHANNELS", "responses wait unchanged, one for each request in its time; a fault leaks "
                     "nothing"},
    };

    for (unsigned i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
        add(claims, PROPERTY_RTL, properties[i][1], NULL)->properties = properties[i][0];
    }
}

bool claims_list(struct claims *claims, const struct proof *proof, struct error *error)
{
    char *const model = find_model(error);
    bool is_good = model != NULL && write_machine(proof, error);

    claims->items = calloc(MOST_CLAIMS, sizeof(*claims->items));
    if (is_good && claims->items == NULL) {
        is_good = error_set(error, "out of memory");
    }
    if (is_good) {
        list_equal(claims, proof, model);
        list_model(claims, proof, model);
        list_rtl(claims);
        for (size_t i = 0; i < claims->count; i++) {
            is_good = !claims->items[i].words.is_short && is_good;
        }
        if (!is_good) {
            error_set(error, "out of memory");
        }
    }
    free(model);
    return is_good;
}

void claims_free(struct claims *claims)
{
    for (size_t i = 0; i < claims->count; i++) {
        strings_free(&claims->items[i].words);
        json_decref(claims->items[i].answer.trace);
    }
    free(claims->items);
    *claims = (struct claims){0};
}
