/* SPDX-License-Identifier: MIT */
/* A machine: what a machine file (YAML) describes. harness/machines/README.md teaches the format.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stddef.h>

#include "base/error.h"
#include "segmmu/types.h"

enum machine_issue {
    MACHINE_ISSUE_BLOCKING,  /* the next request is offered gap + 1 cycles after a response moved */
    MACHINE_ISSUE_PIPELINED, /* a request is offered in every cycle */
};

enum machine_abi {
    MACHINE_ABI_AUTO, /* by the guest: RV32 is semihosting, i386 is linux */
    MACHINE_ABI_SEMIHOSTING,
    MACHINE_ABI_LINUX,
};

/* One entry of `segments:`. Values are within their fields' ranges and inside ram. */
struct machine_segment {
    char name[32];           /* "segment N" where the file gives none */
    uint8_t segment;         /* register number */
    uint8_t context;         /* bank */
    struct mmu_segment reg;  /* base, size, flags as they are written to the register */
    uint64_t max_size_bytes; /* the supervisor may let it grow to this; >= reg.size */
};

struct machine {
    char *name; /* of the file, without directory and .yaml */
    char *path; /* of the file that was read */
    struct mmu_config mmu;
    struct {
        enum machine_issue issue;
        uint32_t gap; /* cycles, 0..65535; 0 when pipelined */
    } cpu;
    struct {
        uint64_t ram_bytes;                 /* 1..2^pa_w */
        uint32_t busy[MMU_ACCESS_RESERVED]; /* cycles by enum mmu_access, 0..65535 */
    } memory;
    enum machine_abi abi;
    struct machine_segment *segments; /* in file order; none twice (context, segment) */
    unsigned segment_count;
};

/* Reads a machine file. `name_or_path`: a path when it has a slash or ends in .yaml, otherwise the
 * name of one that comes with segmmu. On failure returns NULL and one line with file, line and
 * column. The caller ends it with machine_free. */
struct machine *machine_load(const char *name_or_path, struct error *error);

/* The same from text in memory; `path` names it in messages and in machine->path. */
struct machine *machine_parse(const char *text, size_t length, const char *path,
                              struct error *error);

/* The resolved machine as YAML: machine_parse of it gives an equal machine. Malloc'ed. */
char *machine_print(const struct machine *machine);

void machine_free(struct machine *machine);

/* The directories of what comes with segmmu, found from the running program (build tree or
 * installed), or from SEGMMU_DATADIR: holds machines/, rtl/ and dut/ (the shim). Static string. */
const char *machine_data_directory(void);

#endif
