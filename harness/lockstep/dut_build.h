/* SPDX-License-Identifier: MIT */
/* From Verilog sources to a loaded DUT: elaborated by Verilator with exactly the machine's
 * parameters, compiled in about a second, cached by content under $XDG_CACHE_HOME/segmmu (or
 * ~/.cache/segmmu). The cache is shared by concurrent processes: each entry appears whole, or not
 * at all. */
#ifndef LOCKSTEP_DUT_BUILD_H
#define LOCKSTEP_DUT_BUILD_H

#include "base/error.h"
#include "lockstep/dut.h"
#include "lockstep/dut_contract.h"

enum dut_variant {
    DUT_FAST,     /* -O3, self-resetting clock, no assertions: one eval a clock */
    DUT_TRACED,   /* two evals a clock, FST waveform */
    DUT_RANDOM,   /* like TRACED, registers start from random values (dut_start.random_seed), and
                   * assertions are checked */
    DUT_BASELINE, /* Verilator's default flags and two evals a clock: what `bench` compares with */
    DUT_COVERAGE, /* two evals a clock, counts how often lines run and bits toggle */
    DUT_VARIANTS
};

struct dut_source {
    const char *top;            /* module; NULL is "mmu" */
    const char *const *files;   /* Verilog sources */
    unsigned file_count;        /* 0: the RTL that comes with segmmu */
    struct mmu_config config;   /* becomes VA_W, PA_W, SEG_BITS, SELECT, CONTEXTS, STAGES */
    const char *const *defines; /* NAME or NAME=VALUE, up to NULL; or NULL */
    const char *adapter; /* Verilog that takes the place of `top` (lockstep/dut_adapter.h), or
                          * NULL: `top` has the contract's ports and parameters */
    const struct input_limits *limits; /* that its stimulus keeps to; NULL: none */
    const char *const *options;        /* of a command line that names it, up to NULL; or NULL */
    bool is_sandboxed;                 /* Verilator and the compiler run in bubblewrap */
    const struct dut_builder *builder; /* builds for this process; NULL: it builds itself */
};

/* Who builds where code of the RTL runs in the same process, and so must not write the cache. */
struct dut_builder {
    /* As dut_library_build does of the same source. */
    char *(*build)(void *context, enum dut_variant variant, struct error *error);
    void *context;
};

/* A loaded DUT; `interface` is never NULL. */
struct dut_library {
    const struct dut_interface *interface;
    void *handle;
    char *path; /* of the shared object */
};

/* Builds (or finds in the cache) and loads. NULL with one line of error where Verilator or the
 * compiler is not installed or fails; the compiler's own message is then in a log file that the
 * line names. The caller ends it with dut_library_close, after stopping its instances. */
struct dut_library *dut_library_open(const struct dut_source *source, enum dut_variant variant,
                                     struct error *error);
void dut_library_close(struct dut_library *library);

/* The same without loading, which already runs code of the RTL: the path of the shared object,
 * malloc'ed. */
char *dut_library_build(const struct dut_source *source, enum dut_variant variant,
                        struct error *error);

#endif
