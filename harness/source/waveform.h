/* SPDX-License-Identifier: MIT */
/* A waveform of the end of a trace. */
#ifndef SOURCE_WAVEFORM_H
#define SOURCE_WAVEFORM_H

#include "base/error.h"
#include "lockstep/dut_build.h"

enum {
    WAVEFORM_BEFORE = 96, /* clocks that it shows up to the last one of the trace */
    WAVEFORM_AFTER = 16,  /* and after it, with nothing on offer and the receiver ready */
};

/* Plays the trace on a traced build of the DUT, and writes the clocks around its last one as an FST
 * file, in which that last clock begins at *end_time (NULL: not asked for). With a `random_seed`
 * registers start from its random values. False with an error when the trace cannot be read, the
 * DUT not built or the file not written. */
bool waveform_write(const char *trace_path, const struct dut_source *source,
                    const uint64_t *random_seed, const char *fst_path, uint64_t *end_time,
                    struct error *error);

#endif
