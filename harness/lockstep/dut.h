/* SPDX-License-Identifier: MIT */
/* The boundary to a device under test: struct in, struct out, one clock a call. What lies behind it
 * is Verilated RTL in a shared object that is loaded at run time; nothing here speaks of Verilator,
 * so that any RTL, or anything else, can sit behind it. C and C++ both include this header. */
#ifndef LOCKSTEP_DUT_H
#define LOCKSTEP_DUT_H

#include "segmmu/cycle.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DUT_ABI_VERSION = 5,
    DUT_WAVEFORM_TIME = 10, /* time units of a clock: clock n of an instance begins at time 10 n */
};

/* How one instance starts. */
struct dut_start {
    uint64_t random_seed;      /* initial values of registers, where the build randomizes them */
    const char *waveform_path; /* FST to write, or NULL; only a traced build can */
    uint64_t waveform_skip;    /* clocks at the beginning that the waveform leaves out */
    uint32_t mutant;           /* of a design that has many; 0: none */
};

/* The one thing that a DUT's shared object exports, as
 * `const struct dut_interface *segmmu_dut_interface(void)`. */
struct dut_interface {
    uint32_t abi_version; /* DUT_ABI_VERSION */
    /* NULL when it cannot start (memory, or the waveform cannot be written). */
    void *(*start)(const struct dut_start *start);
    /* One clock: outputs are sampled before the edge, with this clock's inputs, as mmu_cycle does.
     * The edge itself comes at the start of the next call, and so does the failure of a $fatal at
     * it. Writes every field of *out. After a failure it does nothing but zero *out. */
    void (*cycle)(void *dut, const struct mmu_in *in, struct mmu_out *out);
    /* NULL while the DUT runs; otherwise why it stopped ($finish, $fatal, an assertion, no
     * convergence), with the source place where it is known. Owned by the DUT. */
    const char *(*failure)(void *dut);
    /* Writes out what is buffered of the waveform, and ends the instance. */
    void (*stop)(void *dut);
    /* NULL, but in a build that counts coverage: writes the counts so far to a file, in place of
     * what is in it, in Verilator's format. Returns NULL, or why it could not, owned by the DUT.
     * Whether the file took all of it, it cannot tell. */
    const char *(*write_coverage)(void *dut, const char *path);
};

#define DUT_ENTRY_POINT "segmmu_dut_interface"

#ifdef __cplusplus
}
#endif
#endif
