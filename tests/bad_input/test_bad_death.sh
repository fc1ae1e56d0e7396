#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs that are ended from outside: by a signal that can be handled everything is written that there
# is, by SIGKILL nothing is lost but the frame that was being recorded.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

program=$source/tests/bad_input/i386_program.py
# Prints a greeting and then runs for ever; waits for input for ever.
"$program" "$guests/hello.i386.elf" forever.elf call=4,1,0x804a000,14 forever || exit 1
"$program" "$guests/hello.i386.elf" wait.elf call=4,1,0x804a000,14 call=3,0,0x804a000,14 exit ||
    exit 1
mkfifo input
exec 5<>input # a standard input on which nothing comes

# wait_for CONDITION...: until it holds.
wait_for() {
    local tries
    for ((tries = 0; tries < 3000; tries++)); do
        ! "$@" || return 0
        sleep 0.02
    done
    fail "never: $*"
    return 1
}

# start COMMAND...: in the background under `watch`, whose number is in watcher.
start() {
    checks=$((checks + 1))
    : >out
    "$watch" 100 "$@" >out 2>err <&5 &
    watcher=$!
}

# child_of PROCESS: the number of a child; nothing where there is none.
child_of() {
    cat /proc/[0-9]*/stat 2>/dev/null | awk -v parent="$1" '$4 == parent { print $1; exit }'
}
has_child() { [ -n "$(child_of "$1")" ]; }
is_larger_than() { [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -gt "$2" ]; }

# ended STATUS: what was started has ended so.
ended() {
    local status
    wait "$watcher"
    status=$?
    [ $status -eq "$1" ] || fail "exit status $status, expected $1: $(cat err)"
    ! grep -q -E 'Sanitizer|runtime error:|^watch: ' err || fail "$(cat err)"
}

stats() { # EXPRESSION of stats.json is true
    python3 -c "import json, sys; s = json.load(open('stats.json')); sys.exit(not ($1))" ||
        fail "stats.json: not $1: $(head -c 500 stats.json)"
}

# --- signals that can be handled ---

# interrupted SIGNAL ENGINE GUEST
interrupted() {
    local trace=() requests
    rm -f stats.json run.trace
    [ "$2" = translate ] || trace=(--trace run.trace)
    start "$segmmu" run -m linux-i386 -e "$2" --stats stats.json "${trace[@]}" "$3.elf"
    wait_for test -s out
    kill "-$1" "$(child_of $watcher)"
    ended 130
    grep -q '^segmmu: interrupted$' err || fail "$*: $(cat err)"
    grep -q '^machine linux-i386: [1-9][0-9]* instructions' err || fail "$*: no summary: $(cat err)"
    stats 's["outcome"] == "interrupted" and s["exit_status"] == 130'
    stats 's["instructions"] > 5 and s["disagreements"] == 0'
    if [ "$2" != translate ]; then
        requests=$(python3 -c 'import json; print(json.load(open("stats.json"))["requests"])')
        ends 0 "$segmmu" trace info --json run.trace
        grep -q "\"requests\": $requests," out ||
            fail "$*: of $requests requests the trace has $(grep requests out)"
    fi
}
for engine in translate model rtl lockstep; do
    interrupted INT $engine forever
    interrupted INT $engine wait
done
interrupted TERM lockstep forever
interrupted HUP lockstep forever

start "$segmmu" check -m ostep16 --engine model --cycles 0x7fffffffffffffff
wait_for test -s err -o -s out
sleep 0.2
kill -INT "$(child_of $watcher)"
ended 2

# --- SIGKILL ---

for engine in model lockstep; do
    rm -f killed.trace # that of the engine before would be waited for
    start "$segmmu" run -m linux-i386 -e $engine --trace killed.trace forever.elf
    wait_for is_larger_than killed.trace 2000 # a handful of frames: the loop compresses well
    kill -KILL "$(child_of $watcher)"
    wait $watcher # which would say if the CPU's process had outlived it
    grep -q '^watch: ended by signal 9' err || fail "not killed? $(cat err)"
    ! grep -q 'left behind' err || fail "$engine: $(cat err)"
    # Cut in its middle too, wherever SIGKILL came.
    head -c 1900 killed.trace >cut.trace
    for trace in killed cut; do
        ends 2 "$segmmu" trace info $trace.trace
        says "segmmu: $trace.trace: frame " 1
        whole=$(sed -n 's/.*; whole frames: \([0-9]*\); .* is lost$/\1/p' err)
        [ "${whole:-0}" -gt 0 ] || fail "no whole frame in $trace.trace: $(cat err)"
        ends 2 "$segmmu" replay --engine model $trace.trace
        grep -q "^$trace.trace: $whole frames" out || fail "replay of $whole frames: $(cat out)"
        ends 0 "$segmmu" replay --engine model --frame $((whole - 1)) $trace.trace
    done
done

# The CPU's process dies: it is said, and everything else is written.
# bereaved SIGNAL ENGINE
bereaved() {
    local trace=() process
    rm -f stats.json run.trace
    [ "$2" = translate ] || trace=(--trace run.trace)
    start "$segmmu" run -m linux-i386 -e "$2" -q --stats stats.json "${trace[@]}" forever.elf
    wait_for test -s out
    process=$(child_of $watcher)
    wait_for has_child "$process"
    kill "-$1" "$(child_of "$process")"
    ended 125
    grep -q "^segmmu: the CPU emulator's process ended: signal $(kill -l "$1") " err ||
        fail "$*: $(cat err)"
    [ "$(wc -l <err)" -eq 1 ] || fail "$*: more than a line: $(cat err)"
    stats 's["outcome"] == "engine_died" and s["exit_status"] == 125'
    [ "$2" = translate ] || ends 0 "$segmmu" trace info run.trace
}
for engine in translate model rtl lockstep; do
    bereaved KILL $engine
done
bereaved ABRT model

finish_checks
