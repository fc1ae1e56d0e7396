/* SPDX-License-Identifier: MIT */
/* Small DUTs written for one test each, built in a cache of the test's own. */
#ifndef DUT_FIXTURE_H
#define DUT_FIXTURE_H

#include "unit.h"

#include "lockstep/dut_build.h"

/* A directory of the test, also its cache; removed by dut_fixture_end. */
extern char dut_directory[];

int dut_fixture_begin(void **state);
int dut_fixture_end(void **state);

/* Writes a file in the directory and returns its path, valid until the next call. */
const char *dut_write_file(const char *name, const char *text);

/* The text of a module `mmu` with the specification's ports. It takes a request in every cycle in
 * which a response can leave, and answers in the next with whatever `body`, which follows the
 * declarations, makes of it: `answer` is the address (wire [63:0], the body assigns it). The
 * registers are never reset but for rsp_valid_o. */
const char *dut_module(const char *body);

/* Builds the module with this body, from NAME.v in the directory. */
struct dut_library *dut_open(const char *name, const char *body, enum dut_variant variant,
                             struct error *error);
/* From a file that is there. */
struct dut_library *dut_open_file(const char *path, enum dut_variant variant, struct error *error);
/* As dut_open, and it must succeed. */
struct dut_library *dut_open_good(const char *name, const char *body, enum dut_variant variant);

/* One user request for an address: offers it, and returns the address of the response. */
uint64_t dut_ask(const struct dut_interface *interface, void *dut, uint64_t vaddr);

#endif
