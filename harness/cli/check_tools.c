/* SPDX-License-Identifier: MIT */
#include "cli/check_tools.h"

#include "cli/check.h"
#include "lockstep/dut_job.h"
#include "lockstep/dut_spawn.h"
#include "lockstep/sandbox.h"

bool check_has_tools(bool skips_unknowns, bool is_sandboxed, struct error *error)
{
    if (!spawn_finds("verilator_bin")) {
        return dut_tool_missing("verilator", error);
    }
    if (!skips_unknowns && !(spawn_finds("iverilog") && spawn_finds("vvp"))) {
        return check_unknowns_missing(error);
    }
    return !is_sandboxed || sandbox_check(error);
}
