/* SPDX-License-Identifier: MIT */
/* The options of `segmmu run` that make several processes, and say how they share time and memory.
 */
#ifndef CLI_PROCESS_OPTIONS_H
#define CLI_PROCESS_OPTIONS_H

#include <argp.h>

#include "os/supervisor.h"

struct process_options {
    struct supervisor_program *programs; /* of --process; argv malloc'ed */
    unsigned count;
    uint64_t quantum; /* instructions; 0: none */
    struct memory_options memory;
    uint64_t compact_interval;
    const char *swap_path;
    struct swap_disk disk;
    unsigned resident;
    const char *memory_map; /* path of the page, or NULL */
    bool has_disk_option;   /* one that needs --swap */
};

/* A child of a command's argp; its input is a struct process_options, all zero at first. */
extern const struct argp process_argp;

void process_options_free(struct process_options *options);

#endif
