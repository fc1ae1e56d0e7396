#!/bin/bash
# SPDX-License-Identifier: MIT
# The RTL is clean under `verilator --lint-only -Wall` and `iverilog -Wall`, without a waiver, for
# every named configuration and at the ends of the parameters' ranges.
. "$(dirname "$0")/common.sh"
need verilator iverilog

check_clean() { # NAME PARAMETER...
  local name=$1 said
  shift
  said=$(verilator_lint "$rtl" "$@") && [ -z "$said" ] || fail "$name, verilator: $said"
  said=$(icarus "$rtl" "$@") && [ -z "$said" ] || fail "$name, iverilog: $said"
}
for_each check_clean "$tests/configurations.txt" "$tests/corners.txt"

! grep -n 'lint_off' "$rtl"/*.v || fail "a waiver in the RTL"

# Twin: a warning is a failure.
plant_in width mmu_check.v "s/look_bytes_i <= 5'd16/look_bytes_i <= 6'd16/"
said=$(verilator_lint "$work/width" 32 32 2 0 1 2) && fail "a comparison of unequal widths passed"
[[ $said == *Warning-WIDTH*mmu_check.v* ]] || fail "expected a WIDTH warning, found: $said"

finish_checks "lint"
