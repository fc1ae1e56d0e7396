/* SPDX-License-Identifier: MIT */
/* From Verilog to a shared object in the cache. */
#ifndef LOCKSTEP_DUT_COMPILE_H
#define LOCKSTEP_DUT_COMPILE_H

#include "lockstep/dut_cache.h"
#include "lockstep/dut_job.h"

/* Builds the job and makes it the (locked) entry of the cache. The first file of the entry is the
 * shared object; its name has its digest, since dlopen takes two files of one path for the same.
 * `log` beside it holds what the tools said. */
bool dut_compile(const struct dut_job *job, const struct cache_entry *entry, struct error *error);

#endif
