#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu alloc`: worked examples, random scripts against an independent restatement, and input that
# is no script. SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
set -u
segmmu=${SEGMMU:?the segmmu command}
restated=${SEGMMU_SOURCE:?the source tree}/tests/alloc/restated.py
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# answers NAME EXPECTED OPERATIONS OPTION...: operations and answers with spaces for newlines
answers() {
    local name=$1 expected=$2 operations=$3 found
    shift 3
    found=$(tr ',' '\n' <<<"$operations" | "$segmmu" alloc "$@" 2>&1 | paste -s -d ,)
    [ "$found" = "$expected" ] || fail "$name: found \`$found\`, expected \`$expected\`"
}

# --- worked examples ---

# OSTEP 17, homework: malloc.py -n 10 -H 0 -p POLICY -s 0, and then the free list.
homework='a 3,f 0,a 5,f 1,a 8,f 2,a 8,f 3,a 2,a 7,l'
homework_memory='--base 1000 --memory 100 --no-coalesce'
# shellcheck disable=SC2086 # two words
{
    answers "OSTEP, best" \
        "1000,1003,1008,1008,1000,1008,1002 1,1003 5,1015 1,1016 84," \
        "$homework" --policy best $homework_memory
    answers "OSTEP, first" \
        "1000,1003,1008,1008,1000,1008,1002 1,1003 5,1015 1,1016 84," \
        "$homework" --policy first $homework_memory
    answers "OSTEP, worst" \
        "1000,1003,1008,1016,1024,1026,1000 3,1003 5,1008 8,1016 8,1033 67," \
        "$homework" --policy worst $homework_memory
    answers "OSTEP, next" \
        "1000,1003,1008,1016,1024,1026,1000 3,1003 5,1008 8,1016 8,1033 67," \
        "$homework" --policy next $homework_memory
}
answers "OSTEP, coalesced" "1000,1000,1000,1000,1000,1002,1009 91," "$homework" \
    --policy best --base 1000 --memory 100

# OSTEP 17.3: a list of 10, 30 and 20, and a request of 15.
holes='a 10,a 1,a 30,a 1,a 20,f 0,f 2,f 4,a 15,l'
answers "best takes the 20" "0,10,11,41,42,42,0 10,11 30,57 5," "$holes" --policy best --memory 62
answers "worst takes the 30" "0,10,11,41,42,11,0 10,26 15,42 20," "$holes" \
    --policy worst --memory 62
answers "first takes the 30" "0,10,11,41,42,11,0 10,26 15,42 20," "$holes" \
    --policy first --memory 62
answers "next begins behind the last" "0,10,11,41,42,42,0 10,11 30,57 5," \
    "a 10,a 1,a 30,a 1,a 15,f 0,f 2,f 4,a 15,l" --policy next --memory 62
# The free block behind the cursor has grown over it.
answers "next in a block that has grown" "0,40,0,50 50," "a 40,a 10,f 0,f 1,a 50,l" \
    --policy next --memory 100

# OSTEP 17.4: 64 KB, and a request of 7 KB.
answers "buddy" "0,8192 8192,16384 16384,32768 32768," "a 7K,l" --policy buddy --memory 64K
answers "buddy joins" "0,8192,0 65536," "a 7K,a 7K,f 0,f 1,l" --policy buddy --memory 64K
answers "buddy without joining" "0,4,0 4,4 4,8 8," "a 3,a 4,f 0,f 1,l" --policy buddy \
    --memory 16 --no-coalesce
answers "buddy of several tops" "96,FAIL,64,0,4 4,8 8,16 16,32 32,97 1,98 2," \
    "a 1,a 65,a 32,a 4,l" --policy buddy --memory 100
answers "buddy with a granule" "1064,1000,1032 32,1080 16," "a 1,a 17,l" --policy buddy \
    --memory 103 --granule 16 --base 1000

# 24 of 64 free, but no 20 in a piece.
answers "compaction" "0,20,32,52,FAIL,40,FAIL,60 4," "a 20,a 12,a 20,a 12,f 1,f 3,a 20,c,a 20,a 5,l" \
    --policy first --memory 64
answers "compaction moves what indices mean" "0,10,20,20,0,10 10,30 70," \
    "a 10,a 10,a 10,f 0,c,a 10,f 1,f 2,a 10,l" --policy first --memory 100

# --- the form of the input ---

printf '# a comment\n\n  \t\n a\t0x10   # 16\r\na 1K\nl' >form.ops
"$segmmu" alloc --policy first --memory 2K --granule 3 <form.ops >found 2>&1 || fail "form: status $?"
printf '0\n18\n1044 1004\n\n' | diff - found || fail "form: the answers differ"
"$segmmu" alloc --policy next --memory 1 </dev/null >found || fail "no input: status $?"
[ ! -s found ] || fail "no input: something was answered"

# --- random scripts ---

# random SEED COUNT POLICY MEMORY BASE GRANULE COALESCE
random() {
    local options=(--policy "$3" --memory "$4" --base "$5" --granule "$6")
    [ "$7" = 1 ] || options+=(--no-coalesce)
    "$restated" "$@" >ops 2>expected
    "$segmmu" alloc "${options[@]}" <ops >found 2>&1 || fail "random $*: status $?"
    cmp -s found expected || fail "random $*: $(diff found expected | head -n 5)"
}

seeds=3
[ -z "${SEGMMU_FULL:-}" ] || seeds=60
for seed in $(seq $seeds); do
    for policy in first best worst next buddy; do
        for coalesce in 0 1; do
            granule=$((1 << seed % 5))
            random "$seed" 600 "$policy" $((seed * 777)) $((seed * 1000)) $granule $coalesce
        done
    done
    random "$seed" 600 best 65536 0 $((seed + 2)) 1
done
# The twin: another policy answers otherwise.
"$restated" 1 600 best 5000 0 1 1 >ops 2>expected
"$segmmu" alloc --policy worst --memory 5000 <ops >found 2>&1
! cmp -s found expected || fail "worst fit answered as best fit"

# --- figures ---

tr ',' '\n' <<<"$holes,a 40" | "$segmmu" alloc --policy first --memory 70 --granule 2 --stats s.json \
    >/dev/null || fail "stats: status $?"
python3 - <<'END' || fail "stats: $(cat s.json)"
import json
stats = json.load(open("s.json"))
wanted = {"policy": "first", "memory_bytes": 70, "granule": 2, "coalesce": True, "operations": 11,
          "allocations": 6, "failures": 1, "frees": 3, "compactions": 0}
assert {key: stats[key] for key in wanted} == wanted
END
printf 'a 10\na 10\na 10\nf 0\nf 2\na 13\na 80\n' |
    "$segmmu" alloc --policy first --memory 50 --granule 4 --stats s.json >/dev/null 2>err
[ $? -eq 2 ] || fail "stats of a bad script: status $?, expected 2"
python3 - <<'END' || fail "stats of a bad script: $(cat s.json)"
import json
stats = json.load(open("s.json"))
assert stats["operations"] == 6 and stats["failures"] == 0
# 28 used of which 23 were asked for; free are 12 and 10.
memory = stats["memory"]
assert (memory["used_bytes"], memory["asked_bytes"], memory["free_bytes"]) == (28, 23, 22), memory
assert (memory["largest_free_bytes"], memory["free_blocks"], memory["internal_bytes"]) == (12, 2, 5)
assert memory["internal_fragmentation"] == 5 / 28
assert memory["external_fragmentation"] == 10 / 22
assert stats["searched"] == {"unit": "free blocks", "mean": 1.25, "max": 2}
assert stats["over_time"][-1] == {"operations": 6} | memory
END
yes 'a 1' | head -n 100000 | "$segmmu" alloc --policy buddy --memory 1M --stats s.json >/dev/null
python3 - <<'END' || fail "samples of a long script: $(tail -n 30 s.json)"
import json
samples = json.load(open("s.json"))["over_time"]
steps = {b["operations"] - a["operations"] for a, b in zip(samples, samples[1:])}
assert 256 <= len(samples) <= 512 and len(steps) == 1
assert all(sample["used_bytes"] == sample["operations"] for sample in samples)
END

# --- bad input ---

# bad NAME LINE PATTERN TEXT: after two good lines; TEXT as printf has it
bad() {
    # shellcheck disable=SC2059 # it is a format
    printf "a 10\na 10\n$4" >bad.ops
    "$segmmu" alloc --policy first --memory 100 <bad.ops >found 2>err
    local status=$?
    [ $status -eq 2 ] || fail "$1: exit status $status, expected 2"
    grep -q "^segmmu: standard input:$2: $3" err || fail "$1: $(head -c 300 err)"
    [ "$(wc -l <err)" -eq 1 ] || fail "$1: expected one line"
    [ "$(head -n 2 found | paste -s -d ,)" = 0,10 ] || fail "$1: $(head -c 300 found)"
}

bad "unknown operation" 3 "found the operation \`x\`, expected a SIZE, f INDEX, c or l" 'x 5\n'
bad "capital" 3 "found the operation \`A\`" 'A 5\n'
bad "no space" 3 "found the operation \`a5\`" 'a5\n'
bad "no number" 3 "found \`a \`, expected a number" 'a\n'
bad "negative" 3 "found \`a -1\`, expected a number" 'a -1\n'
bad "fraction" 3 "found \`a 1.5\`, expected a number" 'a 1.5\n'
bad "65 bits" 3 "found \`a 18446744073709551616\`" 'a 18446744073709551616\n'
bad "no index" 3 "found \`f \`, expected a number" 'f'
bad "too much" 3 "found \`6\` behind \`a\`, expected nothing" 'a 5 6\n'
bad "too much for c" 3 "found \`1\` behind \`c\`, expected nothing" 'c 1\n'
bad "size 0" 3 "found a size of 0, expected 1 to the memory's 100" 'a 0\n'
bad "size 0, units" 3 "found a size of 0" 'a 0K\n'
bad "over the memory" 3 "found a size of 101, expected 1 to the memory's 100" 'a 101\n'
bad "far over the memory" 3 "found a size of 18446744073709551615" 'a 18446744073709551615\n'
bad "never allocated" 3 "found index 2, expected one of the 2 allocations so far" 'f 2\n'
bad "huge index" 3 "found index 18446744073709551615" 'f 0xffffffffffffffff\n'
bad "freed twice" 4 "found index 1, which is free already" 'f 1\nf 1\n'
bad "failed" 4 "found index 2, which failed" 'a 90\nf 2\n'
bad "after blank lines" 7 "found the operation \`q\`" '\n# x\n\n\nq\n'
bad "NUL" 3 "found a NUL byte" 'a \0005\n'
bad "control characters" 3 'found the operation .\\x1b\[31m' '\033[31m\n'
bad "not UTF-8" 3 "found the operation" '\377\376\n'
bad "a long line" 3 "found a line longer than" "a 1$(printf '%070000d' 0)\n"
bad "no newline, a long comment" 3 "found a line longer than" "#$(printf '%070000d' 0)"

head -c 100000 /dev/urandom | "$segmmu" alloc --policy best --memory 1M >/dev/null 2>err
[ $? -eq 2 ] || fail "noise: expected exit status 2"
[ "$(wc -l <err)" -eq 1 ] || fail "noise: expected one line"

# refused PATTERN OPTION...
refused() {
    local pattern=$1 status
    shift
    "$segmmu" alloc "$@" </dev/null >found 2>err
    status=$?
    [ $status -eq 2 ] || fail "$*: exit status $status, expected 2"
    head -n 1 err | grep -q -- "$pattern" || fail "$*: expected $pattern, found $(cat err)"
    [ ! -s found ] || fail "$*: something was answered"
}

refused "--policy is missing" --memory 1K
refused "--memory is missing" --policy first
refused "--policy: found \`fast\`, expected first, best, worst, next or buddy" --policy fast
refused "--memory: found \`0\`" --policy first --memory 0
refused "--memory: found \`1T\`" --policy first --memory 1T
refused "--granule: found \`0\`" --policy first --memory 1K --granule 0
refused "granule: found 3 bytes, expected a power of two with buddy" \
    --policy buddy --memory 1K --granule 3
refused "granule: found 2048 bytes, expected at most the memory's 1024" \
    --policy buddy --memory 1K --granule 2K
refused "expected its end to be at most 18446744073709551615" \
    --policy first --memory 1K --base 0xffffffffffffff00
refused "expected no arguments" --policy first --memory 1K ops
refused "no/such/file: cannot write the statistics" --policy first --memory 1K --stats no/such/file
refused "/dev/full: cannot write the statistics" --policy first --memory 1K --stats /dev/full

# The memory may be as large as there is, and lie at the end.
answers "the largest memory" "9223372036854775808,FAIL,9223372036854775818 9223372036854775797," \
    "a 10,a 9223372036854775807,l" --policy best --memory 9223372036854775807 \
    --base 9223372036854775808
answers "a granule that is larger than the memory" "FAIL,0 100," "a 1,l" --policy first \
    --memory 100 --granule 4611686018427387904
answers "the largest buddy" "4611686018427387904,FAIL,0" "a 1,a 0x4000000000000001,a 1K" \
    --policy buddy --memory 9223372036854775807 --granule 2305843009213693952

# The script is not written over.
cp ops kept
# shellcheck disable=SC2094 # that is what is tested
"$segmmu" alloc --policy best --memory 5000 --stats ops <ops >found 2>err
[ $? -eq 2 ] || fail "statistics over the script: expected exit status 2"
cmp -s ops kept || fail "statistics over the script: it is gone"

# Nobody takes the answers.
if [ -w /dev/full ]; then
    yes 'a 1' | "$segmmu" alloc --policy first --memory 1M >/dev/full 2>err
    [ "${PIPESTATUS[1]}" -eq 2 ] || fail "full disk: expected exit status 2"
    grep -q 'cannot write to standard output: No space left' err || fail "full disk: $(cat err)"
fi
yes 'a 1' | "$segmmu" alloc --policy first --memory 1M 2>err | head -n 1 >/dev/null
[ "${PIPESTATUS[1]}" -eq 2 ] || fail "closed pipe: expected exit status 2"

if [ $failures -ne 0 ]; then
    echo "$failures failed"
    exit 1
fi
echo passed
