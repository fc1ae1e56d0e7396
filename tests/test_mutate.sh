#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu mutate`: nearly every mutant of our RTL is killed or equivalent, the same whatever the
# number of jobs; survivors are named; and what cannot be run is told in one line.
# With SEGMMU_FULL=1 the thousand mutants that the README tells of.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# total NAME FILE: of the JSON
total() {
    sed -n "s/^ *\"$1\": \([0-9]*\),\{0,1\}$/\1/p" "$2" | head -n 1
}

# --- our own RTL ---

small=(-m ostep16 --count 24 --cycles 100000)
expect "one job" 0 "$segmmu" mutate "${small[@]}" --out one
contains "one job" out "unmutated: agreed for all 100000 cycles"
contains "one job" out "24 mutants:"
[ "$(total not_equivalent one/results.json)" = 0 ] || fail "a hole: $(cat out)"
[ "$(total undecided one/results.json)" = 0 ] || fail "undecided: $(cat out)"
killed=$(total killed one/results.json)
[ "${killed:-0}" -ge 18 ] || fail "only $killed of 24 were killed: $(cat out)"
[ "$(wc -l <one/results.csv)" -eq 25 ] || fail "CSV: $(cat one/results.csv)"
[ "$(grep -c '"number":' one/results.json)" -eq 24 ] || fail "JSON: $(cat one/results.json)"
for file in netlist.il mutants.v list.txt; do
    [ -s "one/$file" ] || fail "out: there is no $file"
done

# Two jobs, one of which is killed in between: the same bytes.
"$segmmu" mutate "${small[@]}" --jobs 2 --json two.json --csv two.csv >two.out 2>two.err &
run=$!
worker=
until=$((SECONDS + 60))
# Without a pause: a worker may be through in a moment.
while [ -z "$worker" ] && [ $SECONDS -lt $until ] && kill -0 $run 2>/dev/null; do
    read -r -a children <"/proc/$run/task/$run/children" || true
    for child in "${children[@]}"; do
        ! grep -q -a mutate-worker "/proc/$child/cmdline" 2>/dev/null || worker=$child
    done
done
[ -n "$worker" ] || fail "no worker was seen"
kill -KILL "${worker:-$run}" || fail "the worker had gone"
wait $run || fail "two jobs: exit status $?: $(cat two.out two.err)"
cmp one/results.json two.json || fail "two jobs give other results than one"
cmp one/results.csv two.csv || fail "two jobs give another table than one"

# --- survivors that are no fault of theirs: a stimulus that is too short ---

# Registers are out of reach within the first cycles after reset.
expect "few cycles" 1 "$segmmu" mutate "${small[@]}" --count 4 --cycles 3 --json few.json
contains "few cycles" out "survivors"
contains "few cycles" out "NOT EQUIVALENT: "
[ "$(total not_equivalent few.json)" -ge 1 ] || fail "few cycles: $(cat few.json)"
expect "no time to prove" 1 "$segmmu" mutate "${small[@]}" --count 4 --cycles 3 \
    --equivalence-timeout 0 --json none.json
contains "no time to prove" out "undecided: "
[ "$(total not_equivalent none.json)" = 0 ] || fail "no time to prove: $(cat none.json)"

# --- RTL of somebody else, in the sandbox ---

find_sandbox

sed 's/\bmmu_check\b/their_check/' "$source/rtl/mmu_check.v" >their_check.v
sed 's/\bmmu_check\b/their_check/' "$source/rtl/mmu_pipeline.v" >mmu_pipeline.v
cp "$source/rtl/mmu_defs.vh" .
theirs=("${sandbox[@]}" --rtl their_check.v --rtl mmu_pipeline.v)
for file in mmu mmu_fault_record mmu_look_stage mmu_lookup mmu_register_file mmu_request_stage \
    mmu_response_stage mmu_segment_banks; do
    theirs+=(--rtl "$source/rtl/$file.v")
done
expect "theirs" 0 "$segmmu" mutate -m ostep16 "${theirs[@]}" --top mmu --count 8 --cycles 50000
contains "theirs" out "their_check.v"

# One that disagrees by itself: nothing can be said of its mutants.
sed -i 's/offset + bytes <= end_offset/offset + bytes < end_offset/' their_check.v
expect "theirs disagrees" 1 "$segmmu" mutate -m ostep16 "${theirs[@]}" --top mmu --count 12 \
    --cycles 50000
contains "theirs disagrees" err "the RTL as it is, flattened by Yosys, disagrees with the model"
[ "$(wc -l <out)" -eq 1 ] || fail "theirs disagrees, and yet: $(cat out)"

# --- what cannot be run ---

echo 'module broken(' >broken.v
expect "does not parse" 2 "$segmmu" mutate -m ostep16 "${sandbox[@]}" --rtl broken.v
contains "does not parse" err "broken.v:"
expect "no such top" 2 "$segmmu" mutate -m ostep16 "${theirs[@]}" --top nothing
contains "no such top" err "nothing"
expect "not for Yosys" 2 "$segmmu" mutate -m ostep16 "${sandbox[@]}" --rtl "$source/tests/foreign/xlate_pkg.sv" \
    --rtl "$source/tests/foreign/xlate_queue.sv" --rtl "$source/tests/foreign/xlate.sv" \
    --ports "$source/tests/foreign/ports.yaml"
contains "not for Yosys" err "foreign/xlate"
contains "not for Yosys" err "syntax error"
expect "JSON cannot be written" 2 "$segmmu" mutate "${small[@]}" --json no/such/file.json
contains "JSON cannot be written" err "no/such/file.json: cannot be written: No such file"
expect "CSV cannot be written" 2 "$segmmu" mutate "${small[@]}" --csv /proc/x.csv
contains "CSV cannot be written" err "/proc/x.csv: cannot be written"
expect "out exists" 2 "$segmmu" mutate "${small[@]}" --out one
contains "out exists" err "found files in it, expected a new or an empty directory"
for bad in "--count 0" "--count 20001" "--seed 2147483648" "--cycles 0" "--jobs 65" "--jobs 0" \
    "--equivalence-timeout x" "--compare never" "--timeout 0" "here"; do
    # shellcheck disable=SC2086 # option and value
    expect "$bad" 2 "$segmmu" mutate -m ostep16 $bad
    contains "$bad" err "found \`${bad#* }\`, expected"
done
expect "no machine" 2 "$segmmu" mutate
contains "no machine" err "expected -m MACHINE"

# Without Yosys: a PATH with all but it.
mkdir bin
for program in verilator_bin g++ bwrap sh; do
    ln -s "$(command -v $program)" bin/
done
expect "no Yosys" 2 env PATH="$dir/bin" "$segmmu" mutate "${small[@]}"
contains "no Yosys" err "yosys is not installed; install it with: apt-get install yosys"

# Interrupted: nothing is left behind.
mkdir temporary
TMPDIR=$dir/temporary "$segmmu" mutate "${small[@]}" --count 41 >out 2>err &
run=$!
sleep 1
kill -INT $run
wait $run
[ $? -eq 2 ] || fail "interrupted: $(cat out err)"
contains "interrupted" err "interrupted"
[ -z "$(ls -A temporary)" ] || fail "interrupted, and left: $(ls -A temporary)"

# --- the sizes of the README ---

if [ -n "${SEGMMU_FULL:-}" ]; then
    for run in "ostep16 1000" "seg4 1000" "basebounds 300" "ostep15 300" "onebit 300" "seg16 300" \
        "named 300" "wide 300"; do
        read -r machine count <<<"$run"
        "$segmmu" mutate -m "$machine" --count "$count" --jobs "$(nproc)" --json full.json >out 2>err
        killed=$(total killed full.json)
        equivalent=$(total equivalent full.json)
        echo "$machine: $killed killed, $equivalent equivalent of $count"
        grep 'cycles to kill' out
        [ $((100 * (killed + equivalent))) -ge $((99 * count)) ] ||
            fail "$machine: fewer than 99 %: $(cat out err)"
        [ "$(sed -n 's/.*median \([0-9]*\).*/\1/p' out)" -lt 10000 ] ||
            fail "$machine: median not below 10,000 cycles"
    done
fi

finish "all passed"
