#!/bin/bash
# SPDX-License-Identifier: MIT
# Physical memory under several processes: growth, holes, compaction, sharing, mappings, and the disk.
# What guests print is the same whatever happens to their memory.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree, SEGMMU_GUESTS the guest programs.
# shellcheck source-path=SCRIPTDIR
. "${SEGMMU_SOURCE:?the source tree}/tests/processes.sh"

# --- policies, growth, secrets ---

for seed in 1 2 3; do
    ends 0 "$segmmu" run -q -e model -m rv32 "$guests/grow.rv32.elf" $seed 20 40K
    cp out "grow.$seed"
done
for policy in first best worst next buddy; do
    for more in '' --no-coalesce; do
        # shellcheck disable=SC2086
        processes 0 ostep512 'grow 1 20 40K' 'grow 2 20 40K' a 'grow 3 20 40K' -- \
            --quantum 3000 --policy $policy $more
        letters a
        for seed in 1 2 3; do
            holds "$(cat grow.$seed)"
        done
        some memory allocations
        is 0 memory used_bytes
    done
done
planted holds "$(sed 's/checksum ./checksum x/' grow.1)"

# Memory that is no whole number of granules, and segments of the machine file that share one.
machine odd 500001
for policy in first buddy; do
    processes 0 ./odd.yaml a 'grow 2 20 40K' -- --policy $policy --granule 4096
    letters a
    holds "$(cat grow.2)"
    is 0 memory used_bytes
done
ends 139 "$segmmu" run -q -e model -m ostep16 --policy buddy --granule 4096 \
    --process "$guests/three_segments.ostep16.elf" --process "$guests/beyond_heap.ostep16.elf"
says 'exceeds the limit'

# Segments that overlap are found with a disk too.
sed 's/base: 34K/base: 33K/' "$source/harness/machines/ostep16.yaml" >overlap.yaml
for disk in '' '--swap disk'; do
    # shellcheck disable=SC2086
    ends 125 "$segmmu" run -q -e model -m ./overlap.yaml $disk \
        --process "$guests/three_segments.ostep16.elf" \
        --process "$guests/three_segments.ostep16.elf"
    says 'overlap in physical memory'
done

# What one leaves behind, nobody finds: in memory that is used again, that grows, that was moved.
processes 0 ostep512 'secret 100K 8K' 'secret 30K' 'seeker 60K' 'grow 5 30 60K' 'seeker 90K 8K' \
    'secret 20K' 'seeker 20K' -- --quantum 5000
[ "$(grep -c '^seeker: all zero' out)" -eq 3 ] || fail "secrets: $(cat out)"

# --- holes, and compaction ---

# What a process that holds 1K has: its code, which all share, and its other segments.
machine holes 512K
ends 0 "$segmmu" run -q -e model -m ./holes.yaml --stats stats.json --process \
    "$guests/hold.rv32.elf 1K"
read -r code own < <(python3 -c 'import json
segments = json.load(open("stats.json"))["processes"][0]["segments"]
print(sum(s["size_bytes"] for s in segments if not s["flags"] & 2),
      sum(s["size_bytes"] for s in segments if s["flags"] & 2))')

# Two large ones end and leave two holes with small ones between; the last then wants nearly all that
# is free, which is in one piece nowhere.
ram=$((512 * 1024))
large=$(((ram - code - 5 * own - 24 * 1024) / 2))
wanted=$((ram - code - 3 * own - 2 * 4096 - 16 * 1024))
holders=("hold $large 4" 'hold 4K 30' "hold $large 4" 'hold 4K 30' "hold 1K 10 $wanted 1")
processes 0 ./holes.yaml "${holders[@]}" -- --quantum none
holds "hold: $wanted bytes held"
some memory compactions
some memory compacted_bytes
processes 1 ./holes.yaml "${holders[@]}" -- --quantum none --no-compact
holds "hold: $wanted bytes refused"
is 0 memory compactions

# The same three under base and bounds and under segments: what the holes in their own spaces waste.
wasted() {
    python3 -c 'import json
print(sum(segment["size_bytes"] - segment["used_bytes"]
          for process in json.load(open("stats.json"))["processes"]
          for segment in process["segments"]))'
}
processes 0 ostep512bb a b c -- --quantum 5000
base_and_bounds=$(wasted)
processes 0 ostep512 a b c -- --quantum 5000
segmented=$(wasted)
[ "$segmented" -lt "$base_and_bounds" ] ||
    fail "wasted: $segmented bytes with segments, $base_and_bounds with base and bounds"

# No process can tell that it was moved, whenever that is.
for seed in 1 2 3; do
    processes 0 ostep512 a b c 'grow 1 20 40K' -- --quantum 2000 --compact-every 5000 --seed $seed
    letters a b c
    holds "$(cat grow.1)"
    some memory compactions
done

# --- mappings ---

processes 0 linux-i386 map
diff out "$expected/map.i386.txt" >difference || fail "map: $(cat difference)"
processes 139 linux-i386 'map stale'
says 'Segmentation fault'
head -c 4096 /dev/urandom >random
cp random random.copy
processes 0 linux-i386 'map_file private /random' -- --root .
holds 'private: the file is what it was'
cmp random random.copy
head -c 4096 /dev/zero >shared
processes 0 linux-i386 'map_file write /shared' 'map_file read /shared' -- --root . --quantum 3000
holds 'write: all rounds seen, and in the file'
holds 'read: all rounds seen'
processes 0 linux-i386 grow_both 'busy 5 x' grow_both -- --quantum 3000
[ "$(grep -c -x -F "$(cat "$expected/grow_both.i386.txt")" out)" -eq 2 ] || fail "$(cat out)"

# --- the disk ---

# One at a time in memory, the others on the disk, as long ago.
disk=(--swap disk --disk-latency 1000 --disk-bandwidth 8)
processes 0 ostep512 a b c -- --quantum 20000
together=$(figure cycles)
processes 0 ostep512 a b c -- --quantum 20000 "${disk[@]}" --resident 1
letters a b c
some disk writes
some disk reads
[ "$(figure cycles)" -gt "$together" ] || fail "the disk takes no time"
[ ! -e disk ] || fail "the swap file was left behind"

# Only where memory is short.
processes 0 ostep512 a b c -- --quantum 20000 "${disk[@]}"
is 0 disk writes
machine small 96K
processes 0 ./small.yaml 'secret 10K' a b 'seeker 30K' c 'grow 1 20 40K' -- --quantum 20000 \
    "${disk[@]}"
letters a b c
holds "$(cat grow.1)"
holds 'seeker: all zero'
some disk writes

# A disk that is full ends those who had to go, and says so; the last has nobody to make room for.
processes 137 ostep512 a b c -- --quantum 5000 --swap /dev/full --disk-latency 1000 \
    --disk-bandwidth 8 --resident 1
says '/dev/full: cannot write'
says 'No space left on device'
letters c

# One that is damaged or cut off meanwhile ends those who lay there.
for how in '' ' cut'; do
    processes 137 linux-i386 'busy 9 x' "damage /disk$how" -- --root . --quantum 20000 \
        --swap disk --disk-latency 1000 --disk-bandwidth 8 --resident 1
    says 'disk: '
    grep -q '^damage: ' out || fail "the other one did not end well: $(cat out)"
    ! grep -q 'x: 9' out || fail "it went on with a damaged memory"
done

# --- pictures ---

processes 0 ostep512 a b c 'grow 1' -- --quantum 5000 --memory-map map.html
grep -q '<svg' map.html || fail "no picture in the page"
! sed 's|http://www.w3.org/2000/svg||g' map.html | grep -E -q '(src|href)=[^#]|url\([^#]|https?://' ||
    fail "the page asks for something outside of it"

# --- what is refused ---

refuses() {
    local text=$1
    shift
    "$segmmu" run -q -e model -m ostep512 "$@" >out 2>err </dev/null
    local status=$?
    [ $status -eq 125 ] || [ $status -eq 2 ] || [ $status -eq 64 ] ||
        fail "$*: exit status $status, expected that of an error"
    [ ! -s out ] || fail "$*: something ran: $(cat out)"
    says "$text"
}
hello=$guests/hello.ostep512.elf
refuses 'sixth' --policy sixth --process "$hello"
refuses '--quantum' --quantum 0 --process "$hello"
refuses '--granule' --granule 0 --process "$hello"
refuses '--process' --process ''
refuses 'missing.elf' --process "$hello" --process missing.elf
refuses 'missing/disk' --process "$hello" --swap missing/disk
refuses 'Is a directory' --process "$hello" --swap .
refuses '--disk-bandwidth' --process "$hello" --swap disk --disk-bandwidth 0
machine tiny 8K
processes 125 ./tiny.yaml a
says 'fit'
processes 125 ostep512bb a a a a a a a a a b
[ "$(grep -c -F 'does not fit into the memory' err)" -eq 2 ] || fail "$(cat err)"
[ "$(grep -c 'A: done' out)" -eq 8 ] || fail "those that fit: $(cat out)"

finish
