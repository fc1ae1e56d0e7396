/* SPDX-License-Identifier: MIT */
#include "machine/machine_schema.h"

#include "segmmu/types.h"

/* A key whose name is the member's. Numbers are strings too: libcyaml would read `2K` as 2. */
#define TEXT(type, member, flags)                                                                  \
    CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | (flags), type, member, 0, CYAML_UNLIMITED)
#define REQUIRED CYAML_FLAG_DEFAULT
#define OPTIONAL CYAML_FLAG_OPTIONAL

static const cyaml_schema_field_t mmu_fields[] = {
    TEXT(struct text_of_mmu, kind, REQUIRED),
    TEXT(struct text_of_mmu, address_bits, REQUIRED),
    TEXT(struct text_of_mmu, physical_bits, REQUIRED),
    TEXT(struct text_of_mmu, segment_bits, OPTIONAL),
    TEXT(struct text_of_mmu, select, OPTIONAL),
    TEXT(struct text_of_mmu, contexts, OPTIONAL),
    TEXT(struct text_of_mmu, stages, OPTIONAL),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t cpu_fields[] = {
    TEXT(struct text_of_cpu, issue, OPTIONAL),
    TEXT(struct text_of_cpu, gap, OPTIONAL),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t memory_fields[] = {
    TEXT(struct text_of_memory, ram, OPTIONAL),
    TEXT(struct text_of_memory, fetch, OPTIONAL),
    TEXT(struct text_of_memory, read, OPTIONAL),
    TEXT(struct text_of_memory, write, OPTIONAL),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t guest_fields[] = {
    TEXT(struct text_of_guest, abi, OPTIONAL),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t segment_fields[] = {
    TEXT(struct text_of_segment, segment, REQUIRED),
    TEXT(struct text_of_segment, context, OPTIONAL),
    TEXT(struct text_of_segment, name, OPTIONAL),
    TEXT(struct text_of_segment, base, REQUIRED),
    TEXT(struct text_of_segment, size, REQUIRED),
    TEXT(struct text_of_segment, max_size, OPTIONAL),
    TEXT(struct text_of_segment, access, REQUIRED),
    TEXT(struct text_of_segment, grows, OPTIONAL),
    TEXT(struct text_of_segment, present, OPTIONAL),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t segment_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct text_of_segment, segment_fields)};

static const cyaml_schema_field_t machine_fields[] = {
    CYAML_FIELD_MAPPING("mmu", REQUIRED, struct text_of_machine, mmu, mmu_fields),
    CYAML_FIELD_MAPPING("cpu", OPTIONAL, struct text_of_machine, cpu, cpu_fields),
    CYAML_FIELD_MAPPING("memory", OPTIONAL, struct text_of_machine, memory, memory_fields),
    CYAML_FIELD_MAPPING("guest", OPTIONAL, struct text_of_machine, guest, guest_fields),
    CYAML_FIELD_SEQUENCE("segments", CYAML_FLAG_POINTER | OPTIONAL, struct text_of_machine,
                         segments, &segment_schema, 0, MMU_MAX_CONTEXTS *MMU_MAX_SEGMENTS),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t machine_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct text_of_machine, machine_fields)};
