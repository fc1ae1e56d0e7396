#!/bin/bash
# SPDX-License-Identifier: MIT
# Transparency: a guest prints the same, and ends the same, wherever its segments lie in physical
# memory. Each program runs at 200 random, unaligned bases (SEGMMU_FULL; otherwise 20), the first
# two of them in lockstep. Machines whose file gives the segments have no choice, and are not used
# here. SEGMMU is the command under test, SEGMMU_GUESTS the guest programs.
set -u
export segmmu=${SEGMMU:?the segmmu command}
export guests=${SEGMMU_GUESTS:?the guest programs}
work=$(mktemp -d)
export work
trap 'rm -rf "$work"' EXIT
seeds=20
[ -z "${SEGMMU_FULL:-}" ] || seeds=200

# PROGRAM MACHINE ARGUMENT
cat >"$work/programs" <<'END'
hello.rv32 rv32
tour.rv32 rv32
heap.rv32 rv32
recurse.rv32 rv32 3000
sort.rv32 rv32 500
bad_pointer.rv32 rv32
tour.basebounds basebounds
heap.basebounds basebounds
recurse.named named 3000
sort.named named 500
tour.ostep15 onebit
tour.ostep16 onebit
three_segments.ostep16 onebit
hello.i386 linux-i386
grow_stack.i386 linux-i386
grow_heap.i386 linux-i386
null_read.rv32 rv32
write_code.rv32 rv32
END

# run OUTPUT ENGINE SEED PROGRAM MACHINE [ARGUMENT]: what it printed, and its exit status
run() {
    local output=$1 engine=$2 seed=$3 program=$4 machine=$5
    shift 5
    "$segmmu" run -q -m "$machine" --engine "$engine" --base-seed "$seed" \
        --stats "$output.json" -- "$guests/$program.elf" "$@" >"$output" 2>&1 </dev/null
    echo "exit status $?" >>"$output"
}
export -f run

# at_base SEED PROGRAM MACHINE [ARGUMENT]: a line for each difference
at_base() {
    local output=$work/$2.$1 engine=translate
    [ "$1" -gt 2 ] || engine=lockstep
    run "$output" $engine "$@"
    cmp -s "$output" "$work/$2.0" ||
        echo "$2 on $3: --base-seed $1 ($engine) changed the output: $(diff "$work/$2.0" "$output")"
    sed -n 's/^ *"base": \([0-9]*\).*/\1/p' "$output.json" | tr '\n' ' ' >"$output.bases"
    echo >>"$output.bases"
    rm -f "$output" "$output.json"
}
export -f at_base

failures=0
while read -r program machine argument; do
    # shellcheck disable=SC2086 # one argument, or none
    run "$work/$program.0" translate 0 "$program" "$machine" $argument
    seq 1 $seeds | xargs -P 2 -I SEED bash -c "at_base SEED $program $machine $argument" \
        >"$work/differences"
    if [ -s "$work/differences" ]; then
        echo "FAILED: $(head -n 20 "$work/differences")"
        failures=$((failures + 1))
    fi
    # The bases were others each time, and many of them odd.
    places=$(sort -u "$work/$program".*.bases | wc -l)
    odd=$(cat "$work/$program".*.bases | tr ' ' '\n' | grep -c '[13579]$')
    if [ "$places" -lt $seeds ] || [ "$odd" -lt $((seeds / 4)) ]; then
        echo "FAILED: $program on $machine: $seeds seeds gave $places places, $odd odd bases"
        failures=$((failures + 1))
    fi
done <"$work/programs"

# The comparison can fail.
echo 'something else' >"$work/hello.rv32.0"
[ -n "$(at_base 1 hello.rv32 rv32)" ] || { echo 'FAILED: a planted difference passed'; exit 1; }

[ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
