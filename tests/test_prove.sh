#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu prove`: our RTL is proved, RTL with a bug is refuted, and what cannot be proved is not said
# to be. SEGMMU is the command under test, SEGMMU_SOURCE the source tree; all named configurations
# with SEGMMU_FULL=1.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

if ! "$source/harness/prove/fetch_cbmc" --quiet >/dev/null 2>why; then
    # What needs no cbmc is proved all the same, and the rest is told apart from it.
    expect "no cbmc" 77 "$segmmu" prove -m ostep15
    contains "no cbmc" out 'not run'
    echo "NOT RUN: proofs by cbmc: $(head -n 1 why)"
    finish "all that could be run passed"
    exit
fi

# --- ours ---

expect "ours" 0 "$segmmu" prove -m ostep15 --json ours.json --junit ours.xml
for property in equal translate isolated channels rtl; do
    grep -Eq "^  $property +proved " out || fail "ours: $property: $(cat out)"
done
contains "ours" out '1 machine, 5 properties: 5 proved'
contains "ours" ours.xml 'failures="0"'
if [ -n "${SEGMMU_FULL:-}" ]; then
    expect "all" 0 "$segmmu" prove --all
    contains "all" out '8 machines, 40 properties: 40 proved'
fi

# --- with a bug: the proof can fail ---

refutes() { # NAME FILE SED PROPERTY...
    local name=$1 property file options=(--no-sandbox)
    plant "$2" "$3"
    for file in "$tree"/rtl/*.v; do
        options+=(--rtl "$file")
    done
    expect "$name" 1 "$segmmu" prove -m ostep15 --top mmu "${options[@]}"
    shift 3
    for property; do
        grep -Eq "^  $property +refuted" out || fail "$name: $property is not refuted: $(cat out)"
    done
}
refutes "no limit" mmu_check.v 's/is_virtual && in_segment/is_virtual/' equal rtl
refutes "user mode writes registers" mmu_register_file.v \
    's/: !priv_i  *? `MMU_FAULT_PRIVILEGE/: 1'"'"'b0 ? `MMU_FAULT_PRIVILEGE/' equal

# --- bad input ---

expect "nothing to prove" 2 "$segmmu" prove
contains "nothing to prove" err 'expected -m MACHINE or --all'
expect "no such machine" 2 "$segmmu" prove -m no-such
expect "no time" 3 "$segmmu" prove -m ostep15 --timeout 0
contains "no time" out 'undecided'

finish "proofs hold, and can fail"
