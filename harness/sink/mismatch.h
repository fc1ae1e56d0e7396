/* SPDX-License-Identifier: MIT */
/* The mismatch page: what a testbench saw when model and DUT disagreed, or when the DUT stopped.
 * The same testbench gives the same text. */
#ifndef SINK_MISMATCH_H
#define SINK_MISMATCH_H

#include <jansson.h>
#include <stdio.h>

#include "lockstep/testbench.h"

/* Needs a testbench whose verdict is not TESTBENCH_AGREED. Prints the cycle, the request whose
 * response differs (the oldest in flight, or else the one on offer), each differing output with the
 * model's value and the DUT's, the last cycles, and `replay_command`, which repeats it (NULL: none
 * is known). Whether it could be written is the stream's to say. */
void mismatch_print(FILE *stream, const struct testbench *bench, const char *replay_command);

/* The same for programs; numbers of 64 bits are hexadecimal strings. NULL when memory is short. The
 * caller owns the reference. */
json_t *mismatch_json(const struct testbench *bench, const char *replay_command);

/* A request in words, "read 4 bytes at 0x3c00, user". Returns `buffer`. */
char *request_text(const struct mmu_config *config, const struct mmu_request *request, char *buffer,
                   size_t size);

#endif
