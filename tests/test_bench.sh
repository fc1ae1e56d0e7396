#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu bench`: what it cannot measure it says, before it measures where that can be. Its figures
# are not judged here.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
guests=${SEGMMU_GUESTS:?the guest programs}

# refuses TEXT COMMAND...: one line with TEXT on standard error, exit status 2; sets `measured`.
refuses() {
    local text=$1
    shift
    refused "$*" "$text" "$@"
    measured=$(wc -l <out)
}

# refuses_at_once TEXT COMMAND...
refuses_at_once() {
    refuses "$@"
    [ "$measured" -eq 0 ] || fail "$2: it measured before it refused"
}

# A command whose build made no guest programs: its path to them, as long as it was, leads nowhere.
sed 's|/tests/guests/calc|/tests/absent/calc|g' "$segmmu" >without_guests
chmod +x without_guests
refuses_at_once 'calc.i386.elf: No such file or directory: build the guest programs' ./without_guests bench
for advice in -DSEGMMU_BUILD_TESTS=ON --i386 --rv32 --mmu-only; do
    grep -q -e "$advice" err || fail "no word of $advice"
done
refuses_at_once 'calc.rv32.elf: No such file or directory: build the guest programs' \
    ./without_guests bench --i386 "$guests/calc.i386.elf 1"
refuses_at_once 'nowhere.elf: No such file or directory' "$segmmu" bench --rv32 'nowhere.elf 1'
refuses_at_once 'a guest program is needed' "$segmmu" bench --i386 ' '

# The standard guest is long enough for the memory figure, and one that is not is refused.
standard=$(grep -a -o '/calc\.rv32\.elf [0-9]*' "$segmmu")
status=0
"$segmmu" run -m rv32 -e translate -q --max-instructions 100000000 "$guests/calc.rv32.elf" \
    "${standard##* }" >out 2>err || status=$?
[ $status -eq 124 ] || fail "$standard: exit status $status within 100 M instructions"
refuses 'calc.rv32.elf: the run whose memory is watched ended before 10000000 instructions' \
    "$segmmu" bench --rounds 1 --i386 "$guests/calc.i386.elf 1" --rv32 "$guests/calc.rv32.elf 1"
[ "$measured" -eq 12 ] || fail "$measured lines, expected a heading and eleven figures"

finish "all passed"
