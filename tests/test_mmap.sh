#!/bin/bash
# SPDX-License-Identifier: MIT
# mmap: a segment of its own for each mapping, shared between processes where they map the same file;
# and what becomes of mappings when memory is moved, swapped out, or wanted by others.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree, SEGMMU_GUESTS the guest programs.
# shellcheck source-path=SCRIPTDIR
. "${SEGMMU_SOURCE:?the source tree}/tests/processes.sh"

# linux NAME RAM_BYTES ADDRESS_BITS SEGMENT_BITS [SELECT [SEGMENTS]]: a machine file ./linux-NAME.yaml.
# Programs begin at 0x08048000: with 28 bits of address that is the beginning of a segment.
linux() {
    cat >"linux-$1.yaml" <<END
# Made by a test
mmu: {kind: segment, address_bits: $3, physical_bits: 32, segment_bits: $4, select: ${5:-explicit}}
memory: {ram: $2}
guest: {abi: linux}
${6:-}
END
}

# prints FILE: what was printed is in FILE
prints() {
    diff "$1" out >difference || fail "output: $(cat difference)"
}

# A file of 5000 bytes, and what map_rules makes of it.
make_rules() {
    head -c 5000 /dev/zero | tr '\0' x >rules
}
make_rules
cp rules rules.after
printf 'syncedclosedleft' | dd of=rules.after conv=notrunc status=none
printf 'appended' | dd of=rules.after bs=1 seek=4096 conv=notrunc status=none
printf 'e' | dd of=rules.after bs=1 seek=4999 conv=notrunc status=none

rules_hold() {
    make_rules
    processes 0 linux-i386 'map_rules /rules' -- --root . "$@"
    prints "$expected/map_rules.i386.txt"
    cmp rules rules.after || fail "the file is not what was stored: $*"
}

# --- the rules ---

rules_hold
rules_hold -e lockstep
rules_hold --compact-every 2000
processes 0 linux-i386 'map_rules /rules segments' -- --root .
prints "$expected/map_rules_segments.i386.txt"
processes 139 linux-i386 'map_rules /rules store' -- --root .
holds 'there: sync'
says 'write of 1 byte at 0x40000000'
says 'permission'
cmp rules rules.after || fail "a store into what may only be read has reached the file"
planted prints "$expected/map.i386.txt"

# --- how many ---

# mappings_at_once COUNT MACHINE: so many segments are free
mappings_at_once() {
    processes 0 "$2" map
    holds "mappings at once, before ENOMEM: $1"
}
mappings_at_once 2 linux-i386
linux eight 4M 28 3
mappings_at_once 5 ./linux-eight.yaml
linux given 256M 32 2 explicit \
    'segments: [{name: frame, segment: 2, base: 200M, size: 1M, access: rw}]'
mappings_at_once 1 ./linux-given.yaml
planted mappings_at_once 3 ./linux-given.yaml

# As many as memory holds: 64 KB each beside the program's own.
linux small 1M 28 4
processes 0 ./linux-small.yaml map
count=$(grep -o 'ENOMEM: [0-9]*' out | head -n 1 | cut -d ' ' -f 2)
if [ "${count:-0}" -lt 1 ] || [ "$count" -gt 10 ]; then
    fail "$count mappings of 64 KB in 1 MB"
fi

# None where there is one segment, or two of them are named.
linux base 256M 32 0
linux named 512M 32 1 named
for machine in base named; do
    processes 1 ./linux-$machine.yaml map
    holds 'map: error 12'
done

# --- several processes ---

# Nobody finds what another one left, wherever it lay; and what moves stays what it was.
linux narrow 2M 28 2
for options in '' '--compact-every 100000' '--policy buddy --no-compact'; do
    # shellcheck disable=SC2086
    processes 0 ./linux-narrow.yaml map map map -- --quantum 20000 $options
    [ "$(grep -c '^shrunk$' out)" -eq 3 ] || fail "three processes with mappings: $(cat out)"
done
processes 0 ./linux-narrow.yaml map map map -- --quantum 200000 --resident 1 --swap disk \
    --disk-latency 100 --disk-bandwidth 64
[ "$(grep -c '^shrunk$' out)" -eq 3 ] || fail "three processes with mappings, on a disk: $(cat out)"
some disk writes

# shares MACHINE READER_BYTES WRITER_BYTES OPTION...: two processes see each other's stores
shares() {
    local machine=$1 reader=$2 writer=$3
    shift 3
    head -c 20000 /dev/zero >shared
    processes 0 "$machine" "map_file read /shared $reader" "map_file write /shared $writer" \
        -- --root . --quantum 3000 "$@"
    holds 'read: all rounds seen'
    holds 'write: all rounds seen, and in the file'
    head -c 20000 /dev/zero | cmp -s shared - && fail "nothing was stored: $*"
    [ "$(wc -c <shared)" -eq 20000 ] || fail "the file has changed its size: $*"
}
shares linux-i386 4096 4096
some memory shares
shares linux-i386 4096 4096 -e lockstep
shares ./linux-narrow.yaml 4096 16384
shares ./linux-narrow.yaml 16384 4096 --compact-every 20000
shares ./linux-narrow.yaml 4096 16384 --resident 1 --swap disk --disk-latency 10 \
    --disk-bandwidth 64
some disk reads
head -c 4096 /dev/zero >other
processes 1 linux-i386 'map_file read /other' 'map_file write /shared' -- --root . --quantum 30000 \
    --max-instructions 50000000
holds 'nobody answers in round: 1'

# Two private mappings of one file, and a shared one beside them.
cp shared shared.copy
processes 0 linux-i386 'map_file private /shared' 'map_file private /shared' -- --root . --quantum 3000
cmp shared shared.copy || fail "a private mapping has reached the file"

# --- what cannot be written is told ---

linux tiny 16M 28 2
head -c 40M /dev/zero >far
rm -f stats.json
(
    trap '' XFSZ
    ulimit -f $((32 * 1024))
    "$segmmu" run -q -e model -m ./linux-tiny.yaml --root . "$guests/map_rules.i386.elf" /far far
) >out 2>err </dev/null
status=$?
holds 'synced: error 27'
says 'mapped file could not be written: File too large'
[ $status -ne 0 ] || fail "exit status 0 though a mapping was lost"
processes 0 ./linux-tiny.yaml 'map_rules /far far' -- --root .
holds 'synced: 0'
[ "$(dd if=far bs=1 skip=$((9000 * 4096)) count=3 status=none)" = far ] || fail "far: not stored"

finish
