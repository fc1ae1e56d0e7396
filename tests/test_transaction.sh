#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu check --compare transaction`: no false alarm on our RTL and on RTL of another latency, and
# a planted bug is found. SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# --- our RTL agrees, and its latency is the specification's ---

for seed in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    expect "seed $seed" 0 "$segmmu" check -m onebit --compare transaction --cycles 2000 \
        --seed $seed
done
contains "latency" out "latency of the RTL: 2 / "
for machine in basebounds seg16 named wide; do
    expect "$machine" 0 "$segmmu" check -m $machine --compare transaction --cycles 20000
    contains "$machine" out "model and RTL: agreed after 20000 cycles"
done
contains "repeat" out "--compare transaction"

# --- RTL of another latency agrees by transactions only, and a bug in it is found ---

export XDG_CACHE_HOME=$dir/cache
later=(mmu_pipeline.v 's/if (STAGES >= 3)/if (STAGES >= 2)/')
plant "${later[@]}"
expect "another latency, by cycle" 1 planted check -m ostep16 --cycles 20000 --failures 1
expect "another latency, by transactions" 0 planted check -m ostep16 --compare transaction \
    --cycles 20000
contains "another latency" out "latency of the RTL: 3 / "
expect "too late" 1 planted check -m ostep16 --compare transaction --cycles 20000 \
    --response-timeout 2 --failures 1
contains "too late" err "no response within 2 cycles"
plant "${later[@]}" mmu_check.v 's/base + displacement/base | displacement/'
expect "a bug in it" 1 planted check -m ostep16 --compare transaction --cycles 20000 --failures 1
contains "a bug in it" err "  rsp_addr_o  "
contains "a bug in it" err "To repeat it: segmmu replay --compare transaction segmmu-check-ostep16-1.trace"

# --- bad input ---

expect "compare" 2 "$segmmu" check -m ostep16 --compare fuzzy
contains "compare" err "expected cycle or transaction"
expect "trace" 2 "$segmmu" check -m ostep16 --compare transaction --trace x
contains "trace" err "--trace: found --compare transaction"
expect "model" 2 "$segmmu" check -m ostep16 --compare transaction --engine model
contains "model" err "--engine model"
expect "response timeout" 2 "$segmmu" check -m ostep16 --response-timeout 0
contains "response timeout" err "--response-timeout: found \`0\`"

finish "all passed"
