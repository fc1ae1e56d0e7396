#!/bin/bash
# SPDX-License-Identifier: MIT
# A parameter out of its range ends elaboration in all three tools, with a message that names the
# parameter and its range; both ends of each range are accepted.
. "$(dirname "$0")/common.sh"
need verilator iverilog yosys

check_refused() { # NAME PARAMETER... ; the name is that of the message
  local message=mmu_parameter_$1 tool said
  shift
  for tool in verilator_lint icarus yosys_elaborate; do
    said=$($tool "$rtl" "$@") && fail "$tool accepted $*"
    [[ $said == *"$message"* ]] || fail "$tool, $*: expected $message, found: $said"
  done
}

check_accepted() { # NAME PARAMETER...
  local name=$1 tool said
  shift
  for tool in verilator_lint icarus yosys_elaborate; do
    said=$($tool "$rtl" "$@") || fail "$tool refused $name: $said"
  done
}

for_each check_refused - <<'EOF'
VA_W_must_be_6_to_48     5 32 2 0  1 2
VA_W_must_be_6_to_48    49 32 2 0  1 2
VA_W_must_be_6_to_48     0 32 2 0  1 2
VA_W_must_be_6_to_48   100 32 2 0  1 2
PA_W_must_be_6_to_48    32  5 2 0  1 2
PA_W_must_be_6_to_48    32 49 2 0  1 2
PA_W_must_be_6_to_48    32 64 2 0  1 2
SEG_BITS_must_be_0_to_4 32 32 5 0  1 2
SELECT_must_be_0_or_1   32 32 2 2  1 2
CONTEXTS_must_be_1_to_16 32 32 2 0  0 2
CONTEXTS_must_be_1_to_16 32 32 2 0 17 2
STAGES_must_be_1_to_3   32 32 2 0  1 0
STAGES_must_be_1_to_3   32 32 2 0  1 4
EOF
for_each check_accepted "$tests/corners.txt"

finish_checks "parameters"
