/* SPDX-License-Identifier: MIT */
/* The pictures of physical memory that `segmmu run` draws. */
#ifndef CLI_RUN_MEMORY_MAP_H
#define CLI_RUN_MEMORY_MAP_H

#include "cli/run_report.h"
#include "sink/memory_map.h"

/* Rows of letters: who had which part of memory when. */
void run_memory_map_print(const struct run_report *report, bool colour, FILE *stream);

/* Writes the page and closes the file. False with one line when it cannot be written. */
bool run_memory_map_save(const struct run_report *report, FILE *file, const char *path,
                         struct error *error);

#endif
