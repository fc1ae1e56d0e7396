/* SPDX-License-Identifier: MIT */
/* What is to be built: the files, and the commands that Verilator and the C++ compiler get. */
#ifndef LOCKSTEP_DUT_JOB_H
#define LOCKSTEP_DUT_JOB_H

#include "lockstep/dut_build.h"
#include "lockstep/dut_strings.h"

/* Everything that a build depends on, but for files that the sources include. */
struct dut_job {
    bool is_traced;           /* the runtime has the FST writer in it */
    bool is_counting;         /* the runtime has the counters of coverage in it */
    bool is_file_by_file;     /* compiled as Verilator's makefile does it, not as one unit */
    bool is_sandboxed;        /* the commands run in bubblewrap */
    const char *optimization; /* option of the compiler for what Verilator generated */
    char *support;            /* the directory of the shim and the wrapper */
    struct strings sources;   /* Verilog, absolute paths, the wrapper last */
    struct strings supports;  /* the other files of the boundary, absolute paths */
    struct strings verilator; /* command */
    struct strings compiler;  /* command, but for what it reads and writes */
    struct strings defines;   /* options of the compiler for what Verilator generated */
    struct strings runtime;   /* Verilator's own C++ files that the DUT needs, absolute paths */
    char *versions;           /* of the tools, as they print them */
    char *adapter;            /* content of DUT_ADAPTER_FILE, or NULL: there is none */
};

/* Written into the directory of the build. */
#define DUT_ADAPTER_FILE "adapter.v"

/* Works out the commands, and asks the tools for their versions. Ends with dut_job_free, also after
 * an error. */
bool dut_job_init(struct dut_job *job, const struct dut_source *source, enum dut_variant variant,
                  struct error *error);
void dut_job_free(struct dut_job *job);

/* Adds the absolute path of a source; false with an error where Verilator would not take it. */
bool dut_add_file(struct strings *files, const char *path, struct error *error);

/* Adds sources to a command of Verilator. */
void dut_add_sources(struct strings *command, const struct strings *sources);

/* A name of a module, port or parameter: letters, digits, _ and $, no digit or $ first. */
bool dut_is_identifier(const char *text);

/* Says that a tool is not installed; returns false. */
bool dut_tool_missing(const char *program, struct error *error);

#endif
