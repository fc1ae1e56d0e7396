#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu check` given what it should not be given: a clear line each, with the compiler's own
# message; exit status 2; nothing lost and nothing left. tests/test_foreign.sh has the port maps.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
# shellcheck disable=SC2016 # $ and ` are Verilog's, or stand in messages
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
watch_temporary
find_sandbox

cp -r "$source/rtl" rtl
ours=(-m ostep16 --cycles 2000 "${sandbox[@]}" --rtl rtl/mmu.v)

# add_to_top NAME TEXT: our top as somebody else's, in rtl/NAME.v, with TEXT before its end
add_to_top() {
    TEXT=$2 awk '/^endmodule/ && !done { print ENVIRON["TEXT"]; done = 1 } { print }' rtl/mmu.v \
        >"rtl/$1.v"
}

# refuses NAME TEXT OPTION...: exit status 2, TEXT, and not a word but segmmu's
refuses() {
    local name=$1 text=$2
    shift 2
    expect "$name" 2 "$segmmu" check -m ostep16 --cycles 2000 "${sandbox[@]}" --skip unknowns "$@"
    contains "$name" err "$text"
    ! grep -qv '^segmmu\( check\)\{0,1\}: \|^Try `segmmu' err || fail "$name: other lines in
$(cat err)"
}

# --- RTL that cannot be read ---

: >empty.v
refuses "an empty file" "cannot build the RTL: No top level module found" --rtl empty.v
head -c 100000 /dev/urandom >noise.v
refuses "noise" "noise.v:" --rtl noise.v
mkfifo pipe.v
refuses "a pipe" "pipe.v: not a file" --rtl pipe.v
refuses "passwords" "cannot build the RTL: /etc/passwd:1:" --rtl /etc/passwd
add_to_top include '`include "nowhere.vh"'
refuses "an include that is not there" "Cannot find include file: nowhere.vh" --rtl rtl/include.v
add_to_top package '  import nowhere_pkg::*;'
refuses "a package that is not there" "nowhere_pkg" --rtl rtl/package.v
add_to_top library '  vendor_fifo #(.DEPTH(2)) u_fifo (.clk(clk_i));'
refuses "a module that is not there" "Cannot find file containing module: 'vendor_fifo'" \
    --rtl rtl/library.v
sed '/rsp_segment_o/d' rtl/mmu.v >rtl/ports.v
refuses "a port that is not there" "mmu: rsp_segment_o: found no port \`rsp_segment_o\` of mmu" \
    --rtl rtl/ports.v
add_to_top c '  initial $c("no_such_function();");'
refuses "C that is none" "error: 'no_such_function' was not declared" --rtl rtl/c.v
grep -q '(log: /' err || fail "C that is none: no log is named in $(cat err)"
log=$(sed -n 's/.*(log: \(.*\)).*/\1/p' err)
[ -s "$log" ] || fail "C that is none: there is no log $log"

# A delay that is a statement is refused, one of an assignment is none at the edges.
add_to_top delay '  always #5 $display("tick");'
refuses "a delay" "found a statement with a delay, expected RTL of one clock" --rtl rtl/delay.v
add_to_top assignment '  reg late; always @(posedge clk_i) late <= #1 rst_i;'
expect "a delayed assignment" 0 "$segmmu" check -m ostep16 --cycles 2000 "${sandbox[@]}" \
    --skip unknowns --rtl rtl/assignment.v

# --- tools that are not there ---

mkdir bin
ln -s "$(dirname "$(command -v verilator)")"/* bin/
without() { # TOOL...: all tools but these
    rm -f "${@/#/bin/}"
    PATH=$dir/bin "${command[@]}"
    local status=$?
    for tool in "$@"; do
        ln -s "$(command -v "$tool")" bin/
    done
    return $status
}
command=("$segmmu" check -m ostep16 --cycles 1000 --json missing.json)
expect "no Icarus" 2 without iverilog
contains "no Icarus" err "segmmu: iverilog is not installed; install it with: apt-get install iverilog, or leave its pass out with --skip unknowns"
[ ! -s out ] || fail "no Icarus: ran all the same: $(cat out)"
expect "no vvp" 2 without vvp
expect "no Verilator" 2 without verilator_bin
contains "no Verilator" err "verilator is not installed; install it with: apt-get install verilator"
command+=(--skip unknowns --junit skipped.xml)
expect "no Icarus, not wanted" 0 without iverilog vvp
contains "no Icarus, not wanted" out "RTL from unknown initial values (Icarus): skipped: --skip unknowns"
contains "no Icarus, not wanted" out "to repeat: segmmu check -m ostep16 --cycles 1000 --seed 1 --skip unknowns"
contains "no Icarus, not wanted" missing.json '"verdict": "skipped"'
contains "no Icarus, not wanted" missing.json '"complete": true'
contains "no Icarus, not wanted" skipped.xml 'errors="0" skipped="1"'
XDG_CACHE_HOME=$dir/cold expect "no compiler" 2 without g++
contains "no compiler" err "g++ is not installed; install it with: apt-get install g++"
command=("$segmmu" check "${ours[@]}" --skip unknowns)
if [ ${#sandbox[@]} -eq 0 ]; then
    expect "no bubblewrap" 2 without bwrap
    contains "no bubblewrap" err "the sandbox does not start: bwrap is not installed; install it with: apt-get install bubblewrap, or use --no-sandbox to do without"
fi
expect "a pass that there is none of" 2 "$segmmu" check -m ostep16 --skip random
contains "a pass that there is none of" err '--skip: found `random`, expected unknowns'

# --- RTL that Icarus does not take: a pass that is not run is no agreement ---

add_to_top modern '  if (1) begin : gen typedef struct packed {logic a; logic b;} two; two x[2]; assign x = '"'"'{default: '"'"'0}; end'
expect "not for Icarus" 2 "$segmmu" check -m ostep16 --cycles 2000 "${sandbox[@]}" --rtl rtl/modern.v \
    --json notrun.json --junit notrun.xml
contains "not for Icarus" out "model and RTL: agreed"
contains "not for Icarus" out "RTL from unknown initial values (Icarus): NOT RUN"
contains "not for Icarus" err "iverilog does not take this RTL: rtl/modern.v:"
contains "not for Icarus" err "; --skip unknowns leaves this pass out"
contains "not for Icarus" notrun.json '"verdict": "not_run"'
contains "not for Icarus" notrun.json '"complete": false'
contains "not for Icarus" notrun.xml 'errors="1" skipped="0"'
expect "not for Icarus, left out" 0 "$segmmu" check -m ostep16 --cycles 2000 "${sandbox[@]}" \
    --rtl rtl/modern.v --skip unknowns

# --- results that cannot be written: files may grow to so many KiB and no more ---

limited() { # KIB COMMAND...
    (ulimit -f "$1" && shift && exec "$@")
}
model=("$segmmu" check -m ostep16 --engine model --cycles 200000)
expect "limit: --trace" 2 limited 512 "${model[@]}" --cycles 2000000 --trace limited.trace
contains "limit: --trace" err "limited.trace: cannot be written: File too large"
expect "coverage" 0 "${model[@]}" --coverage one.json
expect "limit: merge" 2 limited 4 "$segmmu" coverage merge limited.json one.json
contains "limit: merge" err "limited.json: cannot be written: File too large"
expect "limit: report" 2 limited 4 "$segmmu" coverage report one.json --html limited.html
contains "limit: report" err "limited.html: cannot be written: File too large"
expect "limit: all" 2 limited 1 "${model[@]}"
contains "limit: all" err "no memory for a worker: File too large"
XDG_CACHE_HOME=$dir/small expect "limit: the build" 2 limited 64 "$segmmu" check "${ours[@]}" --skip unknowns
contains "limit: the build" err "cannot build the RTL: "
XDG_CACHE_HOME=$dir/small expect "after the limit" 0 "$segmmu" check "${ours[@]}" --skip unknowns
ln -s /dev/full full.json
expect "full: --json" 2 "${model[@]}" --json full.json
contains "full: --json" err "full.json: cannot be written: No space left on device"

# --- an end from outside: SIGINT keeps what there is ---

"$segmmu" check -m ostep16 --cycles 40000000 --shard-cycles 1000000 --jobs 2 --out stopped >out 2>err \
    </dev/null &
pid=$!
for _ in $(seq 600); do
    grep -q '"agreed"' stopped/results.json 2>/dev/null && break
    sleep 0.1
done
kill -INT $pid
wait $pid
status=$?
[ $status -eq 2 ] || fail "SIGINT: exit status $status: $(cat out err)"
contains "SIGINT" out "model and RTL: interrupted after"
contains "SIGINT" stopped/results.json '"verdict": "agreed"'
contains "SIGINT" stopped/results.json '"verdict": "interrupted"'
contains "SIGINT" stopped/results.json '"complete": false'
contains "SIGINT" stopped/junit.xml '<skipped '
[ -z "$(ls -A "$TMPDIR")" ] || fail "SIGINT: left in TMPDIR: $(ls -A "$TMPDIR")"

# While the RTL is being built.
add_to_top again "  // $RANDOM$RANDOM"
"$segmmu" check -m ostep16 --cycles 2000 "${sandbox[@]}" --rtl rtl/again.v >out 2>err </dev/null &
pid=$!
for _ in $(seq 1200); do # before this line, SIGINT is as the shell left it: ignored
    ! grep -q 'to repeat' out || break
    sleep 0.05
done
sleep 0.3
kill -INT $pid
wait $pid
status=$?
[ $status -eq 2 ] || fail "SIGINT while building: exit status $status: $(cat out err)"
[ -z "$(ls -A "$TMPDIR")" ] || fail "SIGINT while building: left in TMPDIR: $(ls -A "$TMPDIR")"

finish "all passed"
