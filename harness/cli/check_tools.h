/* SPDX-License-Identifier: MIT */
/* What a check needs of other programs, found out before it runs. */
#ifndef CLI_CHECK_TOOLS_H
#define CLI_CHECK_TOOLS_H

#include "base/error.h"

/* False with an error where one is not installed that runs the RTL, or Icarus that is not left out,
 * or where the sandbox, if it is wanted, does not start. */
bool check_has_tools(bool skips_unknowns, bool is_sandboxed, struct error *error);

#endif
