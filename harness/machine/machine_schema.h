/* SPDX-License-Identifier: MIT */
/* A machine file as libcyaml loads it: every value is still a string, NULL where not given. */
#ifndef MACHINE_SCHEMA_H
#define MACHINE_SCHEMA_H

#include <cyaml/cyaml.h>

struct text_of_mmu {
    char *kind, *address_bits, *physical_bits, *segment_bits, *select, *contexts, *stages;
};

struct text_of_cpu {
    char *issue, *gap;
};

struct text_of_memory {
    char *ram, *fetch, *read, *write;
};

struct text_of_guest {
    char *abi;
};

struct text_of_segment {
    char *segment, *context, *name, *base, *size, *max_size, *access, *grows, *present;
};

struct text_of_machine {
    struct text_of_mmu mmu;
    struct text_of_cpu cpu;
    struct text_of_memory memory;
    struct text_of_guest guest;
    struct text_of_segment *segments;
    unsigned segments_count;
};

/* Loads a malloc'ed struct text_of_machine. */
extern const cyaml_schema_value_t machine_schema;

#endif
