#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu run --process`: several guests share one MMU. What each prints and how it ends is what it
# does alone, whoever else runs; switches, blocking, faults and new processes.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree, SEGMMU_GUESTS the guest programs.
# shellcheck source-path=SCRIPTDIR
. "${SEGMMU_SOURCE:?the source tree}/tests/processes.sh"

# --- time sharing ---

machine contexts2 512K 'contexts: 2'
machine contexts4 512K 'contexts: 4'
for machine in ostep512 ostep512bb rv32 basebounds named ./contexts2.yaml ./contexts4.yaml; do
    processes 0 "$machine" a b c -- --quantum 5000
    letters a b c
    is 4 processes 2 pid
    for i in 0 1 2; do
        is exited processes $i outcome
        is 0 processes $i exit_status
    done
    case $machine in
    ./contexts4.yaml)
        some time context_switches count
        is 0 time register_switches count
        ;;
    ./contexts2.yaml)
        some time context_switches count
        some time register_switches count
        ;;
    *)
        is 0 time context_switches count
        some time register_switches count
        ;;
    esac
done

# Whoever yields lets the others come: the first round of each is before the last of any.
processes 0 ostep512 a b c -- --quantum none
letters a b c
[ "$(head -n 3 out | cut -c 1 | sort | paste -sd '')" = ABC ] || fail "no turns by yield: $(cat out)"

# And who never yields is made to: the second begins before the first is through; not so with a
# quantum that is longer than either.
processes 0 linux-i386 'busy 5 x' 'busy 5 y' -- --quantum 10000
[ "$(grep -n 'y: 1' out | cut -d : -f 1)" -lt "$(grep -n 'x: 5' out | cut -d : -f 1)" ] ||
    fail "no turns by quantum: $(cat out)"
processes 0 linux-i386 'busy 5 x' 'busy 5 y' -- --quantum none
printf '%s\n' 'x: '{1..5} 'y: '{1..5} | diff - out >difference || fail "$(cat difference)"

# The same run is the same to the byte.
processes 0 ostep512 a 'grow 3' c -- --quantum 777
cp out first.out
cp stats.json first.json
processes 0 ostep512 a 'grow 3' c -- --quantum 777
cmp out first.out || fail "another run, another output"
cmp stats.json first.json || fail "another run, other figures"
processes 0 ostep512 a 'grow 3' c -- --quantum 778
! cmp -s stats.json first.json || fail "another quantum, the same figures"

# Model and RTL agree throughout.
ends 0 "$segmmu" run -q -m ./contexts2.yaml --stats stats.json --quantum 500 \
    --process "$guests/hello.rv32.elf x" --process "$guests/storm.rv32.elf 50" \
    --process "$guests/hello.rv32.elf y"
holds 'hello, x'
holds 'hello, y'
is 0 disagreements

# --- how they end ---

processes 3 rv32 exit_status 'exit_status 3' 'exit_status 4' hello
is 0 processes 0 exit_status
is 3 processes 1 exit_status
is 4 processes 2 exit_status
is 0 processes 3 exit_status
holds 'hello, world'

# One that faults is killed alone, and its memory is free again.
processes 139 rv32 a nowhere mmu_register c illegal -- --quantum 5000
letters a c
says 'Segmentation fault'
says 'privilege'
says 'Illegal instruction'
for outcome in 0:exited 1:faulted 2:faulted 3:exited 4:killed; do
    is "${outcome#*:}" processes "${outcome%%:*}" outcome
done
is 0 memory used_bytes
planted letters b

# --- waiting for input ---

# The reader waits, the other goes on: input comes only after its last line.
: >live
late_input() {
    local tenths=0
    until grep -q 'A: done' live || [ $tenths -eq 300 ]; do
        sleep 0.1
        tenths=$((tenths + 1))
    done
    echo late
}
late_input | "$segmmu" run -q -e model -m rv32 --quantum 1000 \
    --process "$guests/reader.rv32.elf" --process "$guests/a.rv32.elf" >live 2>err ||
    fail "reader: exit status $?"
cp live out
[ "$(tail -n 1 out)" = 'reader: 5 bytes' ] || fail "the reader did not wait: $(cat out)"
letters a
holds late

# --- processes that start others ---

processes 0 ostep512 spawner a -- --quantum 1000
letters a
holds 'spawner: 3 of 3 started'
[ "$(grep -c -x 'spawner: 0 of 0 started' out)" -eq 3 ] || fail "spawner's children: $(cat out)"

# Without end: refused where memory is short, and nobody else suffers.
processes 0 ostep512 bomb a -- --quantum 1000
letters a
holds 'bomb: refused'

# --- code that is shared ---

processes 139 rv32 'writer_code write' writer_code -- --quantum 1000 --memory-map map.html
grep -q -x shared map.html || fail "the picture shows nothing that is shared"
says 'permission'
[ "$(grep -c -x 'writer_code: round 5, the answer is 42' out)" -eq 1 ] || fail "$(cat out)"
some memory shared_bytes
! grep -q 'it was written' out || fail "code was written: $(cat out)"
processes 0 ostep512 a b -- --memory-map map.html
! grep -q -x shared map.html || fail "the picture shows as shared what is not"

finish
