#!/bin/bash
# SPDX-License-Identifier: MIT
# Transparency: a guest prints the same, and ends the same, wherever its segments lie in physical
# memory. Every guest program that was built, and busybox, runs at 200 random, unaligned bases
# (SEGMMU_FULL; otherwise a few), the first of them in lockstep. Left out is `forever`, which does
# not end. SEGMMU is the command under test, SEGMMU_GUESTS the guest programs.
# shellcheck disable=SC2016 # programs of awk and sh keep their own dollars
set -u
segmmu=$(realpath "${SEGMMU:?the segmmu command}")
guests=$(realpath "${SEGMMU_GUESTS:?the guest programs}")
busybox=$("${SEGMMU_SOURCE:?the source tree}/tests/guests/fetch_busybox") || exit 1
work=$(mktemp -d)
export segmmu work
trap 'rm -rf "$work"' EXIT

# Machines whose file gives the segments leave no choice, and are not used here: programs of a 16 KB
# address space run on one that does not. A program that fills the heap gets a small memory to fill.
machine_of() {
    case $1 in
    leak.rv32) echo "$work/small.yaml" ;;
    *.i386) echo linux-i386 ;;
    *.ostep15 | *.ostep16) echo onebit ;;
    *) echo "${1##*.}" ;;
    esac
}
printf '%s\n' 'mmu: {kind: segment, address_bits: 32, physical_bits: 32, segment_bits: 2}' \
    'memory: {ram: 32M}' >"$work/small.yaml"

# NAME MACHINE FILE [ARGUMENT...], a line each
list_programs() {
    local file name argument
    for file in "$guests"/*.elf; do
        name=$(basename "$file" .elf)
        argument=
        case $name in
        forever.*) continue ;;
        calc.*) argument=1 ;;
        recurse.*) argument=3000 ;;
        sort.*) argument=500 ;;
        exit_status.*) argument=42 ;;
        bomb.*) argument='1 2' ;; # a few, not all that memory holds
        esac
        echo "$name $(machine_of "$name") $file $argument"
    done
    echo "busybox_echo linux-i386 $busybox echo hello"
    echo "busybox_sort linux-i386 $busybox sort -n numbers"
    echo "busybox_awk linux-i386 $busybox awk -f sum.awk numbers"
    echo "busybox_sh linux-i386 $busybox sh loop.sh"
    echo "busybox_ls linux-i386 $busybox ls -l"
    echo "busybox_sha256sum linux-i386 $busybox sha256sum numbers"
}
mkdir "$work/root"
seq 300 -7 -300 >"$work/root/numbers"
echo '{ sum += $1 * NR } END { print sum }' >"$work/root/sum.awk"
echo 'i=0; while [ $i -lt 20 ]; do i=$((i + 1)); echo "line $i"; done' >"$work/root/loop.sh"

# Those of millions of instructions.
is_long() {
    case $1 in
    leak.* | grow_heap.* | stack_overflow.*) true ;;
    *) false ;;
    esac
}
export -f is_long

# bases_of NAME: at how many it runs
bases_of() {
    if [ -n "${SEGMMU_FULL:-}" ]; then
        echo 200
    elif is_long "$1"; then
        echo 2
    else
        echo 5
    fi
}

# run OUTPUT ENGINE SEED MACHINE FILE [ARGUMENT...]: what it printed, and its exit status
run() {
    local output=$1 engine=$2 seed=$3 machine=$4
    shift 4
    "$segmmu" run -q -m "$machine" --engine "$engine" --base-seed "$seed" --root "$work/root" \
        --stats "$output.json" -- "$@" >"$output" 2>&1 </dev/null
    echo "exit status $?" >>"$output"
}
export -f run

# at_base SEED NAME MACHINE FILE [ARGUMENT...]: a line for each difference
at_base() {
    local seed=$1 name=$2 output=$work/$2.$1 engine=translate
    shift 2
    [ "$seed" -gt 1 ] || is_long "$name" || engine=lockstep
    run "$output" $engine "$seed" "$@"
    cmp -s "$output" "$work/$name.0" ||
        echo "$name: --base-seed $seed ($engine) changed it: $(diff "$work/$name.0" "$output")"
    sed -n 's/^ *"base": \([0-9]*\).*/\1/p' "$output.json" | tr '\n' ' ' >"$output.bases"
    echo >>"$output.bases"
    rm -f "$output" "$output.json"
}
export -f at_base

failures=0
while read -r name program; do
    bases=$(bases_of "$name")
    # shellcheck disable=SC2086 # words of a line of the list
    run "$work/$name.0" translate 0 $program
    seq 1 "$bases" | xargs -P 2 -I SEED bash -c "at_base SEED $name $program" >"$work/differences"
    if [ -s "$work/differences" ]; then
        echo "FAILED: $(head -n 20 "$work/differences")"
        failures=$((failures + 1))
    fi
    # The bases were others each time, and many of them odd.
    places=$(sort -u "$work/$name".*.bases | wc -l)
    odd=$(cat "$work/$name".*.bases | tr ' ' '\n' | grep -c '[13579]$')
    if [ "$places" -lt "$bases" ] || [ "$odd" -lt $((bases / 5)) ]; then
        echo "FAILED: $name: $bases seeds gave $places places, $odd odd bases"
        failures=$((failures + 1))
    fi
done < <(list_programs)

# The comparison can fail, and what was compared is what was meant to run.
grep -q -x 'exit status 42' "$work/exit_status.rv32.0" || failures=$((failures + 1))
grep -q -x 'line 20' "$work/busybox_sh.0" || failures=$((failures + 1))
echo 'something else' >"$work/hello.rv32.0"
[ -n "$(at_base 1 hello.rv32 rv32 "$guests/hello.rv32.elf")" ] ||
    { echo 'FAILED: a planted difference passed'; exit 1; }

[ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
