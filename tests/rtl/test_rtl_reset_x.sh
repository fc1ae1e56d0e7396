#!/bin/bash
# SPDX-License-Identifier: MIT
# After the first reset edge no output of the RTL is X, in Icarus, where every register starts at X,
# under random requests, stalls and resets, for every named configuration.
# SEED=n in the environment takes another stimulus.
. "$(dirname "$0")/common.sh"
need iverilog vvp
seed=${SEED:-1}
cycles=10000
testbench=$rtl/../harness/dut/dut_unknowns.v
top=segmmu_dut_unknowns

simulate() { # DIR VA_W PA_W SEG_BITS SELECT CONTEXTS STAGES
  iverilog -g2005 -Wall "-I$1" -DSEGMMU_DUT_TOP=mmu -s "$top" -o "$work/tb" "-P$top.VA_W=$2" \
    "-P$top.PA_W=$3" "-P$top.SEG_BITS=$4" "-P$top.SELECT=$5" \
    "-P$top.CONTEXTS=$6" "-P$top.STAGES=$7" "$1"/mmu*.v "$testbench" 2>&1 &&
    vvp -n "$work/tb" "+seed=$seed" "+cycles=$cycles" 2>&1
}

check_known() { # NAME PARAMETER...
  local name=$1 said
  shift
  said=$(simulate "$rtl" "$@")
  [[ $said == "SEGMMU PASSED"* ]] || fail "$name, seed $seed: $said"
  # Each kind of response must have come.
  [[ ${said#*fault:} != *" 0"* ]] || fail "$name, seed $seed: a fault is missing: $said"
  echo "$name: $said"
}
for_each check_known "$tests/configurations.txt"

# Twins: a register that is not reset shows as X on the output that depends on it first.
check_unknown() { # FILE REGISTER OUTPUT
  local said
  plant_in "$2" "$1" "/^ *$2\(\[entry\]\)\? *<= .*\('d0\|'b0\|FAULT_NONE\)/d"
  said=$(simulate "$work/$2" 14 16 2 1 2 3)
  [[ $said == "SEGMMU X on $3 "* ]] || fail "$2 without reset: expected X on $3, found: $said"
  checks=$((checks + 1))
}
while read -r file register output; do
  check_unknown "mmu_$file.v" "$register" "$output"
done <<'EOF'
request_stage   req_valid_q      rsp_valid_o
look_stage      look_valid_q     rsp_valid_o
response_stage  rsp_valid_q      rsp_valid_o
response_stage  rsp_addr_q       rsp_addr_o
response_stage  rsp_data_q       rsp_data_o
response_stage  rsp_fault_q      rsp_fault_o
response_stage  rsp_segment_q    rsp_segment_o
register_file   context_q        rsp_data_o
register_file   window_q         rsp_data_o
segment_banks   segment_base_q   rsp_data_o
segment_banks   segment_size_q   rsp_data_o
segment_banks   segment_flags_q  rsp_data_o
fault_record    fault_valid_q    rsp_data_o
fault_record    fault_more_q     rsp_data_o
fault_record    fault_code_q     rsp_data_o
fault_record    fault_access_q   rsp_data_o
fault_record    fault_priv_q     rsp_data_o
fault_record    fault_segment_q  rsp_data_o
fault_record    fault_bytes_q    rsp_data_o
fault_record    fault_addr_q     rsp_data_o
EOF

finish_checks "no X after reset, seed $seed"
