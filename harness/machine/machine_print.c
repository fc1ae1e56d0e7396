/* SPDX-License-Identifier: MIT */
#include "machine/machine.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "machine/machine_text.h"

/* In double quotes, so that any printable name is read back as it is. */
static void print_name(FILE *out, const char *name)
{
    fputc('"', out);
    for (; *name != '\0'; name++) {
        if (*name == '"' || *name == '\\') {
            fputc('\\', out);
        }
        fputc(*name, out);
    }
    fputc('"', out);
}

static void print_segment(FILE *out, const struct machine_segment *segment)
{
    char number[NUMBER_TEXT_BYTES];
    char access[MACHINE_ACCESS_TEXT_BYTES];
    const uint8_t flags = segment->reg.flags;

    fprintf(out, "  - {segment: %u, context: %u, name: ", segment->segment, segment->context);
    print_name(out, segment->name);
    fprintf(out, ", base: %s", number_print(segment->reg.base, number));
    fprintf(out, ", size: %s", number_print(segment->reg.size, number));
    fprintf(out, ", max_size: %s", number_print(segment->max_size_bytes, number));
    fprintf(out, ", access: %s", machine_access_text(flags, access));
    fprintf(out, ", grows: %s", machine_word_of(machine_grows_words, flags & MMU_FLAG_GROWS_DOWN));
    fprintf(out, ", present: %s}\n",
            machine_word_of(machine_present_words, flags & MMU_FLAG_PRESENT));
}

char *machine_print(const struct machine *machine)
{
    char *text = NULL;
    size_t length = 0;
    char number[NUMBER_TEXT_BYTES];
    const struct mmu_config *mmu = &machine->mmu;
    FILE *out = open_memstream(&text, &length);
    if (!out) {
        return NULL;
    }

    fprintf(out,
            "mmu: {kind: segment, address_bits: %u, physical_bits: %u, segment_bits: %u, "
            "select: %s, contexts: %u, stages: %u}\n",
            mmu->va_w, mmu->pa_w, mmu->seg_bits, machine_word_of(machine_select_words, mmu->select),
            mmu->contexts, mmu->stages);
    fprintf(out, "cpu: {issue: %s, gap: %u}\n",
            machine_word_of(machine_issue_words, machine->cpu.issue), machine->cpu.gap);
    fprintf(out, "memory: {ram: %s, fetch: %u, read: %u, write: %u}\n",
            number_print(machine->memory.ram_bytes, number),
            machine->memory.busy[MMU_ACCESS_EXECUTE], machine->memory.busy[MMU_ACCESS_READ],
            machine->memory.busy[MMU_ACCESS_WRITE]);
    fprintf(out, "guest: {abi: %s}\n", machine_word_of(machine_abi_words, machine->abi));
    if (machine->segment_count > 0) {
        fputs("segments:\n", out);
    }
    for (unsigned i = 0; i < machine->segment_count; i++) {
        print_segment(out, &machine->segments[i]);
    }

    const bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
