/* SPDX-License-Identifier: MIT */
/* The words of a machine file: one list each for reading and for printing. */
#ifndef MACHINE_TEXT_H
#define MACHINE_TEXT_H

#include "machine/machine.h"

/* A word and the value that it stands for. A list ends with a NULL word. */
struct machine_word {
    const char *word;
    unsigned value;
};

extern const struct machine_word machine_select_words[];
extern const struct machine_word machine_issue_words[];
extern const struct machine_word machine_abi_words[];
extern const struct machine_word machine_grows_words[];   /* MMU_FLAG_GROWS_DOWN or 0 */
extern const struct machine_word machine_present_words[]; /* MMU_FLAG_PRESENT or 0 */

/* The word of a value that is in the list. */
const char *machine_word_of(const struct machine_word *words, unsigned value);

enum { MACHINE_ACCESS_TEXT_BYTES = 4 };

/* "rx", "rw", "none": the letters of a segment's flags, in `buffer` or static. */
const char *machine_access_text(uint8_t flags, char buffer[MACHINE_ACCESS_TEXT_BYTES]);

/* Letters r, w, x, none twice, or "none" or nothing; false on anything else. */
bool machine_access_parse(const char *text, uint8_t *flags);

/* Limits that are not the hardware's. */
#define MACHINE_DEFAULT_RAM (UINT64_C(4) << 30) /* bytes, or 2^physical_bits where that is less */
enum {
    MACHINE_MAX_CYCLES = 65535, /* of `gap` and of the memory port */
    MACHINE_DEFAULT_STAGES = 2,
};

#endif
