/* SPDX-License-Identifier: MIT */
/* Programs in bubblewrap, for what reads or runs RTL of somebody else: the file system is read-only
 * to them but for what is said, there is no network, and they see no process but their own. */
#ifndef LOCKSTEP_SANDBOX_H
#define LOCKSTEP_SANDBOX_H

#include "base/error.h"
#include "lockstep/dut_strings.h"

/* Begins a command line: bwrap and what it isolates. More of its options may follow. */
void sandbox_begin(struct strings *argv);

/* A /tmp of its own, for FST writing and the like, through which what lies in /tmp stays to be
 * seen. */
void sandbox_add_temporary(struct strings *argv);

/* Lets it write a file or directory, which exists. False with errno where that has no path. */
bool sandbox_add_writable(struct strings *argv, const char *path);

/* Ends bwrap's options: the program and its arguments follow. It starts in `directory`, which is
 * absolute. */
void sandbox_end(struct strings *argv, const char *directory);

/* The status, as wait(2) has it, of what ran in it: a sandbox ends with 128 + n where that was
 * ended by signal n. */
int sandbox_status(int status);

/* False with an error where a sandbox does not start here. */
bool sandbox_check(struct error *error);

#endif
