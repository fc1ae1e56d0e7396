/* SPDX-License-Identifier: MIT */
/* Loading a DUT's shared object. */
#ifndef LOCKSTEP_DUT_LOAD_H
#define LOCKSTEP_DUT_LOAD_H

#include "lockstep/dut_build.h"

/* Loads a shared object and checks that it is a DUT of our version; NULL with an error. Ends with
 * dut_library_close. */
struct dut_library *dut_load(const char *path, struct error *error);

#endif
