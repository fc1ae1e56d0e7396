#!/bin/bash
# SPDX-License-Identifier: MIT
# Output that cannot be written: a full disk, a pipe that nobody reads, folders that may not be
# written to. It is never lost without a word and an exit status that says so.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

hello=$guests/hello.rv32.elf
tour=$source/traces/tour.trace
printf 'vaddr,bytes,access\n0,1,read\n' >rows.csv

# --- standard output ---

commands=(
    "125 run -m rv32 -q -e translate $hello"
    "125 run -m rv32 -q -e model $hello"
    "125 run -m rv32 -q $hello"
    "2 machines"
    "2 machines --json"
    "2 translate -m ostep16 --engine translate 15K"
    "2 translate -m ostep16 15K"
    "2 translate -m ostep16 --engine model --input rows.csv"
    "2 check -m ostep16 --engine model --cycles 10000"
    "2 replay --engine model $tour"
    "2 replay --engine translate $tour"
    "2 trace info $tour"
    "2 trace info --json $tour"
    "2 trace dump $tour"
    "2 trace dump --csv $tour"
    "2 --help"
    "2 --version"
    "2 check --help"
)
for line in "${commands[@]}"; do
    expected=${line%% *}
    # shellcheck disable=SC2206
    command=("$segmmu" ${line#* })
    stdout=/dev/full
    ends "$expected" "${command[@]}"
    says 'standard output' 1
    stdout=out
    watch_options=(--closed-pipe)
    ends "$expected" "${command[@]}"
    says 'standard output' 1
    watch_options=()
    # shellcheck disable=SC2016
    ends "$expected" sh -c '"$@" >&-' sh "${command[@]}"
    says 'standard output' 1
done

# A closed descriptor is not taken by a file of ours: no output ends up in it.
# shellcheck disable=SC2016
ends 125 sh -c '"$@" >&- <&- 2>err2' sh "$segmmu" run -m rv32 -q -e model --trace closed.trace "$hello"
ends 0 "$segmmu" trace info closed.trace

# An i386 guest is told by its own system call.
stdout=/dev/full
ends 0 "$segmmu" run -m linux-i386 -q -e model "$guests/hello.i386.elf"
stdout=out

# --- files ---

mkdir forbidden
chmod 555 forbidden
: >read-only
chmod 444 read-only
watch_options=(--bound-by-modes)
for target in /dev/full forbidden/file missing/file read-only . "$(head -c 300 /dev/zero | tr '\0' n)" ''; do
    for option in --stats --trace; do
        ends 125 "$segmmu" run -m rv32 -q -e model $option "$target" "$hello"
        says "segmmu: $target: " 1
    done
    for option in --json --junit --trace; do
        ends 2 "$segmmu" check -m ostep16 --engine model --cycles 10000 $option "$target"
        says "segmmu: $target: " 1
    done
done
watch_options=()

# What the guest printed is printed, whatever became of the files.
ends 125 "$segmmu" run -m rv32 -q -e model --stats /dev/full "$hello"
grep -q 'hello, world' out || fail 'the output of the guest is lost'
# Both fail, both are named.
ends 125 "$segmmu" run -m rv32 -q -e model --stats /dev/full --trace missing/file "$hello"
says missing/file 1

# The guest's own files: no root, and a root that is none.
for root in missing "$hello" unreadable; do
    mkdir -p unreadable && chmod 000 unreadable
    watch_options=(--bound-by-modes)
    ends 125 "$segmmu" run -m rv32 -q -e model --root "$root/inner" "$hello"
    says "segmmu: $root/inner: " 1
    watch_options=()
done

# --- the cache of builds ---

for cache in "$PWD/forbidden/cache" /dev/full /proc/nothing; do
    watch_options=(--bound-by-modes)
    refuses 125 "$cache" env "XDG_CACHE_HOME=$cache" "$segmmu" run -m rv32 "$hello"
    refuses 2 "$cache" env "XDG_CACHE_HOME=$cache" "$segmmu" translate -m ostep16 0
    watch_options=()
done

finish
