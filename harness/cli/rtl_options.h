/* SPDX-License-Identifier: MIT */
/* The options that name somebody else's RTL, the same in every command that takes them:
 *
 *     --rtl FILE... [--top NAME] [--define NAME[=VALUE]] [--param K=V] [--ports FILE]
 *     [--sandbox] [--no-sandbox]
 */
#ifndef CLI_RTL_OPTIONS_H
#define CLI_RTL_OPTIONS_H

#include <argp.h>

#include "lockstep/dut_adapter.h"
#include "lockstep/dut_build.h"

struct rtl_options {
    struct strings files;      /* none: the RTL that comes with segmmu */
    struct strings defines;    /* NAME or NAME=VALUE */
    struct strings parameters; /* NAME=VALUE */
    const char *top;
    const char *ports;
    enum { SANDBOX_FOREIGN, SANDBOX_ALWAYS, SANDBOX_NEVER } sandbox;
    bool is_sandboxed; /* set before rtl_options_resolve: what reads the files runs in bubblewrap */
    /* After rtl_options_resolve. */
    struct dut_adapter adapter;
    struct strings words; /* the options again */
};

/* A child of a command's argp; its input is a struct rtl_options, all zero at first. */
extern const struct argp rtl_argp;

/* Whether code of the RTL is to run in bubblewrap. */
bool rtl_options_want_sandbox(const struct rtl_options *options);

/* Makes the source of the DUT for a machine, out of the options; `options` must outlive it. With
 * `is_loud`, says on standard error what Verilator warns of, what cannot be mapped and what is not
 * tried for want of bits. */
bool rtl_options_resolve(struct rtl_options *options, const struct mmu_config *config, bool is_loud,
                         struct dut_source *source, struct error *error);

/* `segmmu replay` of a trace on a DUT, with more `options` (up to NULL, or NULL). Malloc'ed; NULL
 * when memory is short. */
char *rtl_replay_command(const struct dut_source *source, const char *const *options,
                         const char *trace_path);

/* Adds the options to a command line, as they were given. */
void rtl_options_add_words(const struct rtl_options *options, struct strings *words);

void rtl_options_free(struct rtl_options *options);

#endif
