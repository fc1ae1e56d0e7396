# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of the RTL share; sourced, not run. Besides what tests/common.sh gives it has
#   $rtl, $tests, $work             the Verilog, this folder, a scratch folder removed at the end
#   need TOOL...                    ends the test, failed, where a tool is not installed
#   for_each FUNCTION LIST...       calls FUNCTION NAME VA_W PA_W SEG_BITS SELECT CONTEXTS STAGES
#   verilator_lint, icarus, yosys_elaborate   DIR and the six parameters
#   plant_in DIR FILE SED           a copy of the RTL in $work/DIR with one file changed
#   finish_checks WHAT              the verdict, last of all
# shellcheck source=../common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"
tests=$source/tests/rtl
rtl=$source/rtl
work=$dir

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || { echo "FAILED: $tool is not installed"; exit 1; }
  done
}

for_each() {
  local function=$1 name parameters
  shift
  while read -r name parameters; do
    # shellcheck disable=SC2086 # the parameters are words of their own
    "$function" "$name" $parameters
    checks=$((checks + 1))
  done < <(grep -hv '^#' "$@")
}

# Each of the three prints what the tool says, and has its exit status.

verilator_lint() { # DIR VA_W PA_W SEG_BITS SELECT CONTEXTS STAGES
  verilator --lint-only -Wall --unroll-count 1024 "-I$1" --top-module mmu "-GVA_W=$2" "-GPA_W=$3" \
    "-GSEG_BITS=$4" "-GSELECT=$5" "-GCONTEXTS=$6" "-GSTAGES=$7" "$1"/mmu*.v 2>&1
}

icarus() { # DIR VA_W PA_W SEG_BITS SELECT CONTEXTS STAGES
  iverilog -g2005 -Wall "-I$1" -s mmu -o /dev/null "-Pmmu.VA_W=$2" "-Pmmu.PA_W=$3" \
    "-Pmmu.SEG_BITS=$4" "-Pmmu.SELECT=$5" "-Pmmu.CONTEXTS=$6" "-Pmmu.STAGES=$7" "$1"/mmu*.v 2>&1
}

yosys_elaborate() { # DIR VA_W PA_W SEG_BITS SELECT CONTEXTS STAGES [PASSES]
  yosys -q -p "read_verilog -I$1 $1/mmu*.v; chparam -set VA_W $2 -set PA_W $3 -set SEG_BITS $4 \
    -set SELECT $5 -set CONTEXTS $6 -set STAGES $7 mmu; hierarchy -check -top mmu; ${8:-}" 2>&1
}

plant_in() { # DIR FILE SED
  mkdir -p "$work/$1" && cp "$rtl"/*.v "$rtl"/*.vh "$work/$1" || exit 1
  sed -i "$3" "$work/$1/$2"
  ! cmp -s "$rtl/$2" "$work/$1/$2" || { echo "FAILED: nothing to plant in $2: $3"; exit 1; }
}

finish_checks() { # WHAT
  [ "$checks" -gt 0 ] || fail "nothing was checked"
  finish "passed: $1 ($checks checks)"
}
