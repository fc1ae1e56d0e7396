#!/bin/bash
# SPDX-License-Identifier: MIT
# Yosys synthesizes every named configuration: no latch, no loop, no undriven wire, and every
# register has a synchronous reset.
. "$(dirname "$0")/common.sh"
need yosys

# What is undriven Yosys later takes for a constant, and so the first check comes before synth.
gates='proc; check -assert; select -assert-none t:*latch*;
       synth -flatten -noabc -top mmu; check -assert; select -assert-none t:*LATCH*'

# With the reset held at 1 every register must be about to take a constant: no wire leads to the D
# of any flip-flop. `keep` stands against the removal of those whose output is not used then.
resets='proc; flatten; setattr -set keep 1 t:$dff; opt_expr; opt_clean; select -assert-any t:$dff;
        select -assert-none t:$dff %ci:+[D] w:* %i; select -assert-none t:*dffe* t:*latch* t:$ff'
hold_reset="s/\.rst_i(rst_i)/.rst_i(1'b1)/"
plant_in held mmu.v "$hold_reset"

check_synth() { # NAME PARAMETER...
  local name=$1 said
  shift
  said=$(yosys_elaborate "$work/held" "$@" "$resets") || fail "$name, resets: $said"
  said=$(yosys_elaborate "$rtl" "$@" "$gates") || fail "$name: $said"
}
for_each check_synth "$tests/configurations.txt"

# Twins: each is found, and named.
check_found() { # DIR PASSES PATTERN
  local said
  said=$(yosys_elaborate "$work/$1" 32 32 2 1 2 3 "$2") && fail "$1: not found"
  [[ $said == *$3* ]] || fail "$1: expected $3, found: $said"
  checks=$((checks + 1))
}
plant_in latch mmu_fault_record.v "/^    data_o = 64'd0;/d"
check_found latch "$gates" 't:*latch*'
plant_in loop mmu_pipeline.v 's/wire advance = .* rsp_ready_i/& \&\& advance/'
check_found loop "$gates" 'logic loop'
plant_in undriven mmu_response_stage.v '/assign rsp_fault_o/d'
check_found undriven "$gates" 'has no driver'

# Every line that resets a register, left out one at a time
resetting="_q\(\[entry\]\)\? *<= \({.*1'b0}}\|[0-9]*'[bd]0\|\`MMU_FAULT_NONE\);"
registers=0
while IFS=: read -r file line text; do
  # shellcheck disable=SC2001 # a pattern with a group
  register=$(sed 's/^ *\([a-z_]*_q\).*/\1/' <<<"$text")
  plant_in "$register" "$(basename "$file")" "${line}d"
  sed -i "$hold_reset" "$work/$register/mmu.v"
  check_found "$register" "$resets" ".$register"
  registers=$((registers + 1))
done < <(grep -n "$resetting" "$rtl"/*.v)
declared=$(grep -ho '^  \((\* mem2reg \*) \)\?reg .*_q\b' "$rtl"/*.v | wc -l)
[ "$registers" -eq "$declared" ] || fail "$declared registers, but $registers lines that reset one"

finish_checks "synthesis"
