#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu check`: agrees on our RTL for every named configuration, and finds a bug that is planted
# in a copy of it, names the output that differs, and leaves a trace that repeats it and a waveform.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# --- our RTL agrees ---

for machine in basebounds ostep15 ostep16 onebit seg4 seg16 named wide; do
    expect "$machine agrees" 0 "$segmmu" check -m $machine --cycles 120000
    contains "$machine" out "model and RTL: agreed after 120000 cycles, 119999 compared"
    contains "$machine" out "directed part: complete"
    contains "$machine" out "RTL from random initial values: agreed after 12000 cycles"
    contains "$machine" out "to repeat: segmmu check -m $machine --cycles 120000 --seed 1"
    echo "$machine: agreed"
done
[ "$(echo "$dir"/*)" = "$dir/err $dir/out" ] || fail "agreeing leaves files: $(ls "$dir")"

# --- the same seed gives the same run, another seed another ---

for run in "a 7" "b 7" "c 8"; do
    read -r name seed <<<"$run"
    expect "run $name" 0 "$segmmu" check -m ostep16 --cycles 20000 --seed "$seed" --engine model \
        --trace "$dir/$name.trace"
done
tail -c 4096 "$dir/a.trace" >"$dir/a.tail"
tail -c 4096 "$dir/b.trace" >"$dir/b.tail"
tail -c 4096 "$dir/c.trace" >"$dir/c.tail"
cmp -s "$dir/a.tail" "$dir/b.tail" || fail "the same seed gives another trace"
cmp -s "$dir/a.tail" "$dir/c.tail" && fail "another seed gives the same trace"
expect "recorded stimulus replays" 0 "$segmmu" replay "$dir/a.trace"
rm -f ./*.trace ./*.tail

# --- planted bugs ---

export XDG_CACHE_HOME=$dir/cache

# plant FILE SED: a copy of what comes with segmmu, with the bug, in $tree
# shows_the_end NAME FST: the waveform lies around the time that the page gives, and is no longer than
# it need be. An FST file has its first and last time, 64 bits each, at byte 9.
shows_the_end() {
    local time begin end
    time=$(sed -n "s/^Waveform: $2 .* begins at time \([0-9]*\))\$/\1/p" err)
    read -r begin end < <(od -A n --endian=big -t u8 -j 9 -N 16 "$2" | tr '\n' ' ')
    [ "$begin" -le "$time" ] && [ "$time" -lt "$end" ] && [ $((end - begin)) -le 1200 ] ||
        fail "$1: the waveform shows $begin to $end, the page says $time"
}

# finds NAME MACHINE OUTPUT FILE SED: the bug is found, OUTPUT is named, the trace repeats it on the
# broken RTL and agrees on ours, and there is a waveform
finds() {
    local name=$1 machine=$2 output=$3
    local prefix=segmmu-check-$machine-1
    plant "$4" "$5" || return
    rm -f "$prefix".*
    expect "$name" 1 planted check -m "$machine" --failures 1 --json "$dir/found.json" --junit "$dir/found.xml"
    contains "$name" err "model and DUT disagree in cycle "
    sed '/^The last /,$d' err | grep -q "^  $output  " || fail "$name: $output is not named in
$(cat err)"
    grep -q '^The last [0-9]* cycles' err || fail "$name: no history"
    contains "$name" err "To repeat it: segmmu replay $prefix.trace"
    contains "$name" found.json "\"port\": \"$output\""
    contains "$name" found.json '"verdict": "disagreed"'
    contains "$name" found.xml '<failure message="model and DUT disagree">'
    shows_the_end "$name" "$prefix.fst"
    cp err page
    expect "$name: replay" 1 planted replay "$prefix.trace"
    expect "$name: replay on RTL without the bug" 0 "$segmmu" replay "$prefix.trace"
    echo "$name: found $(sed -n 's/^model and DUT disagree //p' page | head -1)"
}

finds limit_one_byte_too_far ostep16 rsp_fault_o mmu_check.v \
    's/offset + bytes <= end_offset;/offset + bytes <= end_offset + 64'"'"'d1;/'
finds sum_without_carry seg4 rsp_addr_o mmu_check.v 's/base + displacement/base | displacement/'
finds more_is_never_set onebit rsp_data_o mmu_fault_record.v \
    "s/fault_more_d *= 1'b1/fault_more_d = 1'b0/"
finds segment_of_privileged wide rsp_segment_o mmu_lookup.v \
    's/look_segment_o = is_user_translate/look_segment_o = is_translate/'
finds ready_ignores_receiver basebounds req_ready_o mmu_pipeline.v \
    's/req_ready_o = advance/req_ready_o = !rsp_valid_o/'
finds physical_fault_is_not_answered named rsp_valid_o mmu_pipeline.v \
    "s/\.valid_i(look_valid)/.valid_i(look_valid \&\& verdict_fault != 4'd6)/"
finds window_survives_reset seg4 rsp_data_o mmu_register_file.v \
    '/if (rst_i)/,/end/s/window_q *<= .*/;/'
# Its cause lies further back than the shortest recording.
finds wrong_long_after_reset ostep15 req_ready_o mmu_pipeline.v \
    's/^  assign req_ready_o = advance;/  reg [11:0] age_q;\n  always @(posedge clk_i) age_q <= rst_i ? 12'"'"'d0 : age_q + {11'"'"'d0, age_q != 12'"'"'d3000};\n  assign req_ready_o = advance \&\& age_q != 12'"'"'d2999;/'

# --- a DUT that stops ---

plant mmu_register_file.v \
    's/^  always @(posedge clk_i) begin/  always @(posedge clk_i) if (write_window) $finish;\n&/'
expect "finish" 1 planted check -m ostep16 --json "$dir/stopped.json"
contains "finish" err 'the DUT stopped in cycle '
contains "finish" err '$finish'
contains "finish" stopped.json '"verdict": "dut_stopped"'

# --- a register that nobody resets, and that power-up happens to clear ---

plant mmu_register_file.v \
    's/^  assign data_o *= .*/  reg never_q;\n  always @(posedge clk_i) never_q <= never_q;\n  assign data_o = (is_admitted \&\& is_read) ? value ^ {63'"'"'d0, never_q} : 64'"'"'d0;/'
found=0
for seed in 1 2 3 4 5 6 7 8; do
    planted check -m ostep16 --cycles 10000 --seed $seed >out 2>err </dev/null
    case $? in
    1)
        contains "uninitialized" out "model and RTL: agreed"
        if grep -q '^RTL from random initial values: disagreed' out; then
            found=$((found + 1))
        else # not seen with these values; where there are none, it is
            contains "uninitialized" out "RTL from unknown initial values (Icarus): disagreed"
            contains "uninitialized" err "an output of the RTL is X after reset: X on rsp_data_o in cycle"
        fi
        contains "uninitialized" err "To repeat it: segmmu check -m ostep16 --cycles 10000 --seed $seed"
        ;;
    *) fail "uninitialized: exit status of seed $seed
$(cat err)" ;;
    esac
done
[ $found -gt 0 ] && [ $found -lt 8 ] || fail "random values found a register that is never reset with $found of 8 seeds"
echo "register_without_reset: found with $found of 8 seeds"

# --- bad input ---

unset XDG_CACHE_HOME
expect_error() {
    local name=$1 text=$2
    shift 2
    expect "$name" 2 "$@"
    contains "$name" err "$text"
}

expect_error "no machine" "expected -m MACHINE" "$segmmu" check
expect_error "no such machine" "no-such-machine" "$segmmu" check -m no-such-machine
expect_error "cycles 0" "--cycles: found \`0\`" "$segmmu" check -m ostep16 --cycles 0
expect_error "cycles -1" "--cycles: found \`-1\`" "$segmmu" check -m ostep16 --cycles=-1
expect_error "seed" "--seed: found \`1x\`" "$segmmu" check -m ostep16 --seed 1x
expect_error "engine" "--engine: found \`rtl\`" "$segmmu" check -m ostep16 --engine rtl
expect_error "argument" "expected no arguments" "$segmmu" check -m ostep16 more
expect_error "trace" "no/such/directory" "$segmmu" check -m ostep16 --cycles 10 --engine model \
    --trace no/such/directory/x.trace
expect_error "full disk" "/dev/full" "$segmmu" check -m ostep16 --cycles 10000 --engine model \
    --trace /dev/full
expect_error "json" "/dev/full" "$segmmu" check -m ostep16 --cycles 10 --engine model \
    --json /dev/full
expect_error "junit" "/dev/full" "$segmmu" check -m ostep16 --cycles 10 --engine model \
    --junit /dev/full
# What cannot be written is said before anything runs, and nothing is left or changed.
mkdir folder
ln -s no/such/target dangling
ln -s target to_be_made
echo before >kept
for option in --trace --json --junit --coverage --coverage-html; do
    for file in no/such/file folder dangling ''; do
        expect_error "$option $file" "segmmu: $file: cannot be written: " \
            "$segmmu" check -m ostep16 --engine model "$option" "$file"
        [ ! -s out ] || fail "$option $file: ran all the same: $(cat out)"
    done
    expect_error "$option, an error later" "no/such/file" "$segmmu" check -m ostep16 --engine model \
        "$option" kept --json no/such/file
    [ "$(cat kept)" = before ] || fail "$option: a file was emptied before the run"
done
expect_error "twice the same" "kept: is the results as JUnit XML itself, expected another file" \
    "$segmmu" check -m ostep16 --engine model --json kept --junit ./kept
expect "a link to what is not there" 0 "$segmmu" check -m ostep16 --engine model --cycles 10 \
    --json to_be_made
[ -s target ] && [ -L to_be_made ] || fail "a link to what is not there: replaced"
"$segmmu" check -m ostep16 --cycles 10 --engine model >/dev/full 2>err
[ $? -eq 2 ] || fail "standard output full: not exit status 2"

# Without Verilator there is no lockstep, and nothing else instead.
expect_error "no verilator" "erilator" env PATH=/nonexistent XDG_CACHE_HOME="$dir/empty" \
    "$segmmu" check -m ostep16 --cycles 10

# --- SIGINT: the summary, and exit status 2 ---

"$segmmu" check -m ostep16 --cycles 100G --engine model --json interrupted.json >out 2>err &
pid=$!
for _ in $(seq 100); do
    grep -q seed out && break
    sleep 0.1
done
kill -INT $pid
wait $pid
[ $? -eq 2 ] || fail "SIGINT: not exit status 2"
contains "SIGINT" out "model alone: interrupted after"
contains "SIGINT" interrupted.json '"verdict": "interrupted"'

# --- a page that cannot be accompanied by files is printed all the same ---

if [ "$(id -u)" -ne 0 ]; then
    plant mmu_check.v 's/base + displacement/base | displacement/'
    mkdir readonly && chmod 555 readonly
    cd readonly || exit 1
    expect "read-only directory" 1 planted check -m ostep16
    cd .. || exit 1
    contains "read-only directory" err "  rsp_addr_o  "
fi

finish "all passed"
