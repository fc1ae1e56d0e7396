#!/bin/bash
# SPDX-License-Identifier: MIT
# Shrinking of bugs planted in a copy of our RTL: ten requests or fewer are left, the trace of them
# fails in the same output and agrees on RTL without the bug, and twice the same comes of it.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
export XDG_CACHE_HOME=$dir/cache

# shrinks NAME MACHINE SIGNATURE MOST FILE SED: what is left has at most MOST requests
shrinks() {
    local name=$1 machine=$2 signature=$3 most=$4 requests output
    local prefix=segmmu-check-$machine-1
    plant "$5" "$6" || return
    rm -f "$prefix".*
    expect "$name" 1 planted check -m "$machine" --failures 1
    requests=$(sed -n 's/^Shrunk to \([0-9]*\) request.*/\1/p' err)
    [ -n "$requests" ] && [ "$requests" -le "$most" ] ||
        fail "$name: left are ${requests:-no} requests, expected at most $most
$(cat err)"
    grep -qF "with the signature $signature (" err || fail "$name: the signature is not $signature
$(grep ^Shrunk err)"
    grep -qF "To repeat it: segmmu replay $prefix.shrunk.trace" err || fail "$name: no command"
    [ -s "$prefix.shrunk.fst" ] || fail "$name: no waveform"
    output=${signature%%,*}
    expect "$name: replay" 1 planted replay "$prefix.shrunk.trace"
    sed '/^The last /,$d' err | grep -q "^  $output  " || fail "$name: the replay does not name $output
$(cat err)"
    expect "$name: replay on RTL without the bug" 0 "$segmmu" replay "$prefix.shrunk.trace"
    # replay finds the same in what the check recorded
    expect "$name: replay --shrink" 1 planted replay --save again --shrink 100M "$prefix.trace"
    cmp -s <(tail -c +4096 "$prefix.shrunk.trace") <(tail -c +4096 again.shrunk.trace) ||
        fail "$name: replay --shrink gives something else"
    echo "$name: $requests requests, $signature"
}

shrinks limit_one_byte_too_far ostep16 "rsp_fault_o, limit, translate" 3 mmu_check.v \
    's/offset + bytes <= end_offset;/offset + bytes <= end_offset + 64'"'"'d1;/'
shrinks sum_without_carry seg4 "rsp_addr_o, none, translate" 4 mmu_check.v \
    's/base + displacement/base | displacement/'
shrinks ready_ignores_receiver basebounds "req_ready_o, none, none" 1 mmu_pipeline.v \
    's/req_ready_o = advance/req_ready_o = !rsp_valid_o/'
shrinks window_survives_reset seg4 "rsp_data_o, none, read_register" 2 mmu_register_file.v \
    '/if (rst_i)/,/end/s/window_q *<= .*/;/'

finish "all passed"
