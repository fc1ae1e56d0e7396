#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu check` and its workers: RTL that hangs or crashes is told of, a killed worker loses its own
# shard only, jobs do not change the results, and --out keeps everything.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# workers_of PID: the processes that it started
workers_of() {
    cat "/proc/$1/task/$1/children" 2>/dev/null
}

# a_worker PID: the first worker of it that clocks, once there is one
a_worker() {
    local worker
    for _ in $(seq 300); do
        read -r worker _ < <(workers_of "$1")
        if [ -n "${worker:-}" ]; then
            sleep 0.5
            echo "$worker"
            return
        fi
        sleep 0.1
    done
}

# --- jobs do not change the results ---

shards=(-m ostep16 --cycles 700000 --shard-cycles 100000)
expect "one job" 0 "$segmmu" check "${shards[@]}" --json one.json --junit one.xml
contains "one job" out "model and RTL: agreed after 700000 cycles, 699993 compared"
contains "one job" out "7 shards of 100000 cycles"
expect "two jobs" 0 "$segmmu" check "${shards[@]}" --jobs 2 --json two.json --junit two.xml
cmp one.json two.json || fail "two jobs give other results than one"
cmp one.xml two.xml || fail "two jobs give other JUnit XML than one"
[ "$(grep -c '"seed"' one.json)" -eq 10 ] || fail "not 9 passes with their seeds: $(cat one.json)"
[ "$(grep '"seed"' one.json | sort -u | wc -l)" -ge 7 ] || fail "shards share a seed"
expect "another seed" 0 "$segmmu" check "${shards[@]}" --seed 2 --json three.json
cmp -s one.json three.json && fail "another seed gives the same results"

# --- --out ---

expect "out" 0 "$segmmu" check -m ostep16 --cycles 20000 --out results
for file in machine.yaml configuration.json results.json junit.xml logs; do
    [ -e "results/$file" ] || fail "out: there is no $file"
done
contains "out" results/results.json '"complete": true'
contains "out" results/configuration.json '"seed": 1'
contains "out" results/configuration.json '"verilator": "Verilator '
expect "out: the machine of the results" 0 "$segmmu" check -m results/machine.yaml --cycles 10 \
    --engine model
expect "out exists" 2 "$segmmu" check -m ostep16 --cycles 20000 --out results
contains "out exists" err "--out: results: found files in it, expected a new or an empty directory"
mkdir empty
expect "out is empty" 0 "$segmmu" check -m ostep16 --cycles 10 --engine model --out empty
expect "out is a file" 2 "$segmmu" check -m ostep16 --cycles 10 --out results/junit.xml
contains "out is a file" err "Not a directory"
expect "out in no directory" 2 "$segmmu" check -m ostep16 --cycles 10 --out no/such
contains "out in no directory" err "--out: no/such: cannot be created: No such file or directory"
expect "out in /proc" 2 "$segmmu" check -m ostep16 --cycles 10 --out /proc/segmmu
contains "out in /proc" err "--out: /proc/segmmu: cannot be created"

# A full disk and a read-only one, where a file system can be mounted.
if unshare -rm mount -t tmpfs -o size=4k tmpfs empty 2>/dev/null; then
    # shellcheck disable=SC2016 # the inner shell expands
    in_mount() { # OPTIONS
        unshare -rm sh -c 'mount -t tmpfs -o "$1" tmpfs empty && shift && exec "$@"' sh "$@"
    }
    rm -rf empty && mkdir empty
    expect "out is read-only" 2 in_mount ro "$segmmu" check -m ostep16 --cycles 10 --engine model \
        --out empty
    contains "out is read-only" err "Read-only file system"
    expect "out is full" 2 in_mount size=4k,nr_inodes=5 "$segmmu" check -m ostep16 --cycles 10 \
        --engine model --out empty
    contains "out is full" err "cannot be written: No space left on device"
else
    echo "NOT RUN: full and read-only --out: no file system can be mounted here"
fi

# --- RTL that does not behave ---

# plant FILE SED: a copy of what comes with segmmu, with the bug, in $tree
export XDG_CACHE_HOME=$dir/cache
# An odd number that two is added to is never 0; the sum is for what no compiler can foresee.
plant mmu_register_file.v "s/^  always @(posedge clk_i) begin/  integer spin, sum;\n  always @(posedge clk_i) if (write_window) begin spin = 1; while (spin != 0) begin spin = spin + 2; sum = (sum ^ spin) * 5; end end\n&/
s/^  assign data_o *= \(.*\);/  assign data_o = (\1) ^ {63'd0, sum == 32'd77};/"
expect "endless loop" 1 planted check -m ostep16 --timeout 2 --json hang.json --out hang
contains "endless loop" err "the DUT stopped in cycle 20: it does not come back from this cycle"
contains "endless loop" err "  request  write register WINDOW = 0x0, privileged"
contains "endless loop" err "Trace of the last cycles: hang/segmmu-check-ostep16-1.trace"
contains "endless loop" hang.json '"verdict": "dut_stopped"'
contains "endless loop" hang/results.json '"verdict": "disagreed"'
contains "endless loop" hang/junit.xml '<failure '
expect "endless loop: trace" 0 "$segmmu" replay hang/segmmu-check-ostep16-1.trace

# C in the RTL
plant mmu_register_file.v "s/^  always @(posedge clk_i) begin/  always @(posedge clk_i) if (write_window) \$c(\"*(volatile int *)8 = 1;\");\n&/"
expect "crash" 1 planted check -m ostep16 --json crash.json
contains "crash" err "the DUT stopped in cycle 20: it crashed: Segmentation fault"
contains "crash" crash.json '"verdict": "dut_stopped"'
plant mmu_register_file.v "s/^  always @(posedge clk_i) begin/  always @(posedge clk_i) if (write_window) \$c(\"abort();\");\n&/"
expect "abort" 1 planted check -m ostep16
contains "abort" err "it crashed: Aborted"

# --- workers that are killed ---

long=(-m ostep16 --cycles 24000000 --shard-cycles 12000000)

# kill_one SIGNAL: starts a long check of two shards and kills its first worker
kill_one() {
    local worker
    "$segmmu" check "${long[@]}" --jobs 2 --json killed.json >out 2>err </dev/null &
    check=$!
    worker=$(a_worker $check)
    kill "-$1" "$worker" || fail "there is no worker to kill: $(cat out err)"
    wait $check
    status=$?
}
unset XDG_CACHE_HOME
kill_one KILL
[ $status -eq 2 ] || fail "killed: exit status $status"
contains "killed" err "model and RTL, shard 0: its worker was killed (Killed)"
contains "killed" err "1 of 4 shards were lost: the check is not complete"
contains "killed" killed.json '"complete": false'
contains "killed" killed.json '"cycles": 12000000'
contains "killed" out "RTL from random initial values: agreed"
kill_one SEGV
[ $status -eq 1 ] || fail "crashed from outside: exit status $status
$(cat out err)"
contains "crashed from outside" err "it crashed: Segmentation fault"

# The workers end with who started them.
"$segmmu" check "${long[@]}" >out 2>err </dev/null &
check=$!
worker=$(a_worker $check)
kill -KILL $check
wait $check 2>/dev/null
for _ in $(seq 50); do
    kill -0 "$worker" 2>/dev/null || break
    sleep 0.1
done
kill -0 "$worker" 2>/dev/null && fail "a worker goes on without who started it"

# --- the sandbox ---

if find_sandbox; then
    export XDG_CACHE_HOME=$dir/cache
    expect "sandbox" 0 "$segmmu" check -m ostep16 --cycles 20000 --sandbox --trace sandbox.trace
    expect "sandbox: trace" 0 "$segmmu" replay sandbox.trace
    plant mmu_check.v 's/base + displacement/base | displacement/'
    expect "sandbox: disagreement" 1 planted check -m seg4 --sandbox
    contains "sandbox: disagreement" err "To repeat it: segmmu replay --sandbox segmmu-check-seg4-1.trace"
    [ -s segmmu-check-seg4-1.trace ] && [ -s segmmu-check-seg4-1.fst ] ||
        fail "sandbox: no files: $(ls)"
    # It reaches nothing that is not its own.
    plant mmu_register_file.v "s|^  always @(posedge clk_i) begin|  initial \$c(\"{ FILE *f = std::fopen(\\\\\"$dir/reached\\\\\", \\\\\"w\\\\\"); if (f) std::fclose(f); }\");\n&|"
    expect "sandbox: what is reached" 0 planted check -m ostep16 --cycles 1000 --skip unknowns --sandbox
    [ ! -e reached ] || fail "the RTL wrote a file from within the sandbox"
    expect "no sandbox: what is reached" 0 planted check -m ostep16 --cycles 1000 --skip unknowns
    [ -e reached ] || fail "the twin of the sandbox's test cannot fail"
fi

# --- bad input ---

expect "jobs 0" 2 "$segmmu" check -m ostep16 --jobs 0
contains "jobs 0" err "--jobs: found \`0\`, expected a number from 1 to 64"
expect "timeout x" 2 "$segmmu" check -m ostep16 --timeout x
contains "timeout x" err "--timeout: found \`x\`"
expect "shard-cycles 0" 2 "$segmmu" check -m ostep16 --shard-cycles 0
contains "shard-cycles 0" err "--shard-cycles: found \`0\`"
expect "worker by hand" 2 "$segmmu" check-worker
expect "worker by hand, no descriptors" 2 "$segmmu" check-worker 77 78 "" "" -m ostep16
contains "worker by hand" err "check-worker is started by"

finish "all passed"
