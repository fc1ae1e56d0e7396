/* SPDX-License-Identifier: MIT */
/* The command line of `segmmu prove`. */
#ifndef CLI_PROVE_OPTIONS_H
#define CLI_PROVE_OPTIONS_H

#include "cli/rtl_options.h"

struct prove_options {
    struct strings machines; /* names or paths */
    const char *json;
    const char *junit;
    const char *out;
    uint64_t jobs;
    uint64_t timeout_seconds;
    struct rtl_options rtl;
};

/* As mutate_parse. The caller ends it with prove_options_free. */
bool prove_parse(int argc, char **argv, struct prove_options *options);
void prove_options_free(struct prove_options *options);

#endif
