/* SPDX-License-Identifier: MIT */
/* From YAML to struct machine, in three steps:
 *
 *     text --yaml_check--> known to fit the schema, places noted
 *          --libcyaml----> struct text_of_machine: every value still a string
 *          --read_*------> struct machine: every value within what its field can hold
 */
#include "machine/machine.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "machine/machine_schema.h"
#include "machine/machine_text.h"
#include "machine/yaml.h"

/* --- reading values --- */

struct reader {
    const char *file;
    const struct yaml_places *places;
    struct error *error;
    char prefix[24]; /* of the mapping being read: "mmu.", "segments[2]." */
};

/* `key` names a value that the file gives; the message is about that value. */
__attribute__((format(printf, 3, 4))) static bool refuse(const struct reader *reader,
                                                         const char *key, const char *format, ...)
{
    char path[64];
    char text[512];
    snprintf(path, sizeof(path), "%s%s", reader->prefix, key);
    const struct yaml_place *place = yaml_place_of(reader->places, path);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return error_set(reader->error, "%s:%u:%u: %s: %s", reader->file, place ? place->line : 1,
                     place ? place->column : 1, path, text);
}

/* A number from `min` to `max`; `value` keeps its default where `text` is NULL. */
static bool read_number(const struct reader *reader, const char *key, const char *text,
                        uint64_t min, uint64_t max, uint64_t *value)
{
    uint64_t found;
    char low[NUMBER_TEXT_BYTES], high[NUMBER_TEXT_BYTES];
    if (!text) {
        return true;
    }
    if (!number_parse(text, &found)) {
        return refuse(reader, key,
                      "found `%.40s`, expected a number from %s to %s "
                      "(decimal or 0x, then K, M, G or nothing)",
                      text, number_print(min, low), number_print(max, high));
    }
    if (found < min || found > max) {
        return refuse(reader, key, "found %.40s, expected a number from %s to %s", text,
                      number_print(min, low), number_print(max, high));
    }
    *value = found;
    return true;
}

static bool read_uint8(const struct reader *reader, const char *key, const char *text, uint8_t min,
                       uint8_t max, uint8_t *value)
{
    uint64_t wide = *value;
    bool ok = read_number(reader, key, text, min, max, &wide);
    *value = (uint8_t)wide;
    return ok;
}

static bool read_cycles(const struct reader *reader, const char *key, const char *text,
                        uint32_t *cycles)
{
    uint64_t wide = *cycles;
    bool ok = read_number(reader, key, text, 0, MACHINE_MAX_CYCLES, &wide);
    *cycles = (uint32_t)wide;
    return ok;
}

static bool read_word(const struct reader *reader, const char *key, const char *text,
                      const struct machine_word *words, unsigned *value)
{
    char list[128] = "";
    if (!text) {
        return true;
    }
    for (const struct machine_word *word = words; word->word; word++) {
        if (strcmp(word->word, text) == 0) {
            *value = word->value;
            return true;
        }
        size_t used = strlen(list);
        snprintf(list + used, sizeof(list) - used, "%s%s", word == words ? "" : " or ", word->word);
    }
    return refuse(reader, key, "found `%.40s`, expected %s", text, list);
}

/* --- the sections --- */

static bool read_mmu(struct reader *reader, const struct text_of_machine *text,
                     struct mmu_config *mmu)
{
    static const struct machine_word kinds[] = {{"segment", 0}, {NULL, 0}};
    unsigned kind = 0;
    unsigned select = MMU_SELECT_EXPLICIT;

    strcpy(reader->prefix, "mmu.");
    *mmu = (struct mmu_config){.contexts = 1, .stages = MACHINE_DEFAULT_STAGES};
    bool ok =
        read_word(reader, "kind", text->mmu.kind, kinds, &kind) &&
        read_uint8(reader, "address_bits", text->mmu.address_bits, MMU_MIN_ADDRESS_BITS,
                   MMU_MAX_ADDRESS_BITS, &mmu->va_w) &&
        read_uint8(reader, "physical_bits", text->mmu.physical_bits, MMU_MIN_ADDRESS_BITS,
                   MMU_MAX_ADDRESS_BITS, &mmu->pa_w) &&
        read_uint8(reader, "segment_bits", text->mmu.segment_bits, 0, MMU_MAX_SEGMENT_BITS,
                   &mmu->seg_bits) &&
        read_word(reader, "select", text->mmu.select, machine_select_words, &select) &&
        read_uint8(reader, "contexts", text->mmu.contexts, 1, MMU_MAX_CONTEXTS, &mmu->contexts) &&
        read_uint8(reader, "stages", text->mmu.stages, 1, MMU_MAX_STAGES, &mmu->stages);
    mmu->select = (uint8_t)select;
    return ok;
}

static bool read_cpu(struct reader *reader, const struct text_of_machine *text,
                     struct machine *machine)
{
    unsigned issue = MACHINE_ISSUE_BLOCKING;

    strcpy(reader->prefix, "cpu.");
    if (!read_word(reader, "issue", text->cpu.issue, machine_issue_words, &issue) ||
        !read_cycles(reader, "gap", text->cpu.gap, &machine->cpu.gap)) {
        return false;
    }
    machine->cpu.issue = (enum machine_issue)issue;
    if (machine->cpu.issue == MACHINE_ISSUE_PIPELINED && machine->cpu.gap != 0) {
        return refuse(reader, "gap", "found %u, expected 0 or none: a pipelined CPU has no gap",
                      machine->cpu.gap);
    }
    return true;
}

static bool read_memory(struct reader *reader, const struct text_of_machine *text,
                        struct machine *machine)
{
    const uint64_t physical_bytes = UINT64_C(1) << machine->mmu.pa_w;

    strcpy(reader->prefix, "memory.");
    machine->memory.ram_bytes =
        physical_bytes < MACHINE_DEFAULT_RAM ? physical_bytes : MACHINE_DEFAULT_RAM;
    return read_number(reader, "ram", text->memory.ram, 1, physical_bytes,
                       &machine->memory.ram_bytes) &&
           read_cycles(reader, "fetch", text->memory.fetch,
                       &machine->memory.busy[MMU_ACCESS_EXECUTE]) &&
           read_cycles(reader, "read", text->memory.read, &machine->memory.busy[MMU_ACCESS_READ]) &&
           read_cycles(reader, "write", text->memory.write,
                       &machine->memory.busy[MMU_ACCESS_WRITE]);
}

static bool read_guest(struct reader *reader, const struct text_of_machine *text,
                       struct machine *machine)
{
    unsigned abi = MACHINE_ABI_AUTO;

    strcpy(reader->prefix, "guest.");
    bool ok = read_word(reader, "abi", text->guest.abi, machine_abi_words, &abi);
    machine->abi = (enum machine_abi)abi;
    return ok;
}

static bool read_name(const struct reader *reader, const char *text,
                      struct machine_segment *segment)
{
    if (!text) {
        snprintf(segment->name, sizeof(segment->name), "segment %u", segment->segment);
        return true;
    }
    const size_t length = strlen(text);
    bool is_printable = length >= 1 && length < sizeof(segment->name);
    for (size_t i = 0; is_printable && i < length; i++) {
        is_printable = text[i] >= 0x20 && text[i] < 0x7F;
    }
    if (!is_printable) {
        return refuse(reader, "name", "found `%.40s`, expected 1 to %zu printable ASCII characters",
                      text, sizeof(segment->name) - 1);
    }
    memcpy(segment->name, text, length + 1);
    return true;
}

/* All of [base, base + size), or of [base - size, base) where it grows down, lies in ram. */
static bool is_inside_ram(const struct reader *reader, const struct machine *machine,
                          const struct mmu_segment *reg)
{
    const uint64_t ram = machine->memory.ram_bytes;
    char base[NUMBER_TEXT_BYTES], size[NUMBER_TEXT_BYTES], end[NUMBER_TEXT_BYTES];
    char limit[NUMBER_TEXT_BYTES];
    number_print(reg->base, base);
    number_print(reg->size, size);
    number_print(ram, limit);

    if (reg->base > ram) {
        return refuse(reader, "base", "found %s, expected at most %s, the ram's size", base, limit);
    }
    if (reg->flags & MMU_FLAG_GROWS_DOWN) {
        return reg->size <= reg->base ||
               refuse(reader, "size",
                      "found %s below base %s, expected it to end in the ram: "
                      "growing down it holds [base - size, base)",
                      size, base);
    }
    return reg->size <= ram - reg->base ||
           refuse(reader, "size", "found %s from base %s on, which ends at %s; the ram ends at %s",
                  size, base, number_print(reg->base + reg->size, end), limit);
}

static bool is_first_of_its_register(const struct reader *reader, const struct machine *machine,
                                     const struct machine_segment *segment)
{
    for (unsigned i = 0; i < machine->segment_count; i++) {
        if (machine->segments[i].segment == segment->segment &&
            machine->segments[i].context == segment->context) {
            return refuse(reader, "segment",
                          "found segment %u of context %u again, expected it once "
                          "(it is segments[%u] too)",
                          segment->segment, segment->context, i);
        }
    }
    return true;
}

static bool read_segment(struct reader *reader, const struct text_of_segment *text, unsigned index,
                         struct machine *machine)
{
    const struct mmu_config *mmu = &machine->mmu;
    const uint64_t span = mmu_span(mmu);
    unsigned grows = 0;
    unsigned present = MMU_FLAG_PRESENT;
    uint8_t access = 0;
    struct machine_segment *segment = &machine->segments[index];

    snprintf(reader->prefix, sizeof(reader->prefix), "segments[%u].", index);
    if (!read_uint8(reader, "segment", text->segment, 0, (uint8_t)(mmu_segment_count(mmu) - 1),
                    &segment->segment) ||
        !read_uint8(reader, "context", text->context, 0, (uint8_t)(mmu->contexts - 1),
                    &segment->context) ||
        !is_first_of_its_register(reader, machine, segment) ||
        !read_name(reader, text->name, segment) ||
        !read_number(reader, "base", text->base, 0, UINT64_C(1) << mmu->pa_w, &segment->reg.base) ||
        !read_number(reader, "size", text->size, 0, span, &segment->reg.size)) {
        return false;
    }
    segment->max_size_bytes = segment->reg.size;
    if (!read_number(reader, "max_size", text->max_size, segment->reg.size, span,
                     &segment->max_size_bytes)) {
        return false;
    }
    if (!machine_access_parse(text->access, &access)) {
        return refuse(reader, "access",
                      "found `%.40s`, expected letters of r, w and x, none twice, or `none`",
                      text->access);
    }
    if (!read_word(reader, "grows", text->grows, machine_grows_words, &grows) ||
        !read_word(reader, "present", text->present, machine_present_words, &present)) {
        return false;
    }
    segment->reg.flags = (uint8_t)(access | grows | present);
    if (!is_inside_ram(reader, machine, &segment->reg)) {
        return false;
    }
    machine->segment_count++;
    return true;
}

static bool read_segments(struct reader *reader, const struct text_of_machine *text,
                          struct machine *machine)
{
    if (text->segments_count == 0) {
        return true;
    }
    machine->segments = calloc(text->segments_count, sizeof(*machine->segments));
    if (!machine->segments) {
        return error_set(reader->error, "%s: out of memory", reader->file);
    }
    for (unsigned i = 0; i < text->segments_count; i++) {
        if (!read_segment(reader, &text->segments[i], i, machine)) {
            return false;
        }
    }
    return true;
}

/* --- the whole --- */

/* "dir/ostep16.yaml" is "ostep16". */
static char *name_of_path(const char *path)
{
    static const char suffix[] = ".yaml";
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t length = strlen(base);
    const size_t suffix_length = sizeof(suffix) - 1;
    if (length > suffix_length && strcmp(base + length - suffix_length, suffix) == 0) {
        length -= suffix_length;
    }
    return strndup(base, length);
}

static struct machine *machine_from_text(const struct text_of_machine *text, struct reader *reader)
{
    struct machine *machine = calloc(1, sizeof(*machine));
    if (machine) {
        machine->name = name_of_path(reader->file);
        machine->path = strdup(reader->file);
    }
    if (!machine || !machine->name || !machine->path) {
        error_set(reader->error, "%s: out of memory", reader->file);
    } else if (read_mmu(reader, text, &machine->mmu) && read_cpu(reader, text, machine) &&
               read_memory(reader, text, machine) && read_guest(reader, text, machine) &&
               read_segments(reader, text, machine)) {
        return machine;
    }
    machine_free(machine);
    return NULL;
}

struct machine *machine_parse(const char *text, size_t length, const char *path,
                              struct error *error)
{
    const cyaml_config_t config = {.mem_fn = cyaml_mem, .flags = CYAML_CFG_NO_ALIAS};
    struct yaml_places places;
    struct text_of_machine *loaded = NULL;
    struct machine *machine = NULL;

    if (yaml_check(text, length, path, &machine_schema, &places, error)) {
        cyaml_err_t status = cyaml_load_data((const uint8_t *)text, length, &config,
                                             &machine_schema, (cyaml_data_t **)&loaded, NULL);
        if (status == CYAML_OK) {
            struct reader reader = {.file = path, .places = &places, .error = error};
            machine = machine_from_text(loaded, &reader);
            cyaml_free(&config, &machine_schema, loaded, 0);
        } else {
            /* Of a text that was checked, libyaml can only run out of memory. */
            error_set(error, "%s: out of memory (libcyaml: %s)", path, cyaml_strerror(status));
        }
    }
    yaml_places_free(&places);
    return machine;
}

void machine_free(struct machine *machine)
{
    if (machine) {
        free(machine->name);
        free(machine->path);
        free(machine->segments);
        free(machine);
    }
}
