#!/bin/bash
# SPDX-License-Identifier: MIT
# The commands `replay` and `trace`: the reference traces in traces/ through every engine, frames
# alone, and traces that are cut off, wrong, or no traces. SEGMMU is the command under test,
# SEGMMU_SOURCE the source tree.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# ends STATUS COMMAND...: output in out and err
ends() {
    local expected=$1
    shift
    expect "$*" "$expected" "$@"
}

# says PATTERN: in the error of the last command
says() {
    grep -q -- "$1" err || fail "expected $1, found $(cat err)"
}

# figure NAME FILE: a member of the output of `trace info --json`
figure() {
    sed -n "s/^  \"$1\": \([^,]*\),\?$/\1/p" "$2"
}

# --- the reference traces ---

traces=("$source"/traces/*.trace)
[ ${#traces[@]} -ge 5 ] || fail "only ${#traces[@]} reference traces"
for trace in "${traces[@]}"; do
    ends 0 "$segmmu" trace info "$trace"
    head -n 1 out | grep -q ', whole$' || fail "$trace: not whole"
    ends 0 "$segmmu" trace info --json "$trace"
    cp out info.json
    for engine in translate model rtl lockstep; do
        ends 0 "$segmmu" replay --engine "$engine" "$trace"
        grep -q " $(figure responses info.json) responses as recorded" out ||
            fail "$trace: engine $engine: other responses: $(cat out)"
    done
    ends 0 "$segmmu" replay --frame 0 "$trace"

    # Each event has a line, each line every column.
    ends 0 "$segmmu" trace dump "$trace"
    columns=$(head -n 1 out | wc -w)
    [ "$(awk -v n="$columns" 'NF != n' out | wc -l)" -eq 0 ] || fail "$trace: lines of other width"
    accepted=$(awk '$2 == "request" && ($15 == "answered" || $15 == "unanswered")' out | wc -l)
    [ "$accepted" = "$(figure requests info.json)" ] || fail "$trace: $accepted requests in its dump"
    mv out text
    ends 0 "$segmmu" trace dump --csv "$trace"
    awk -F, -v n="$columns" 'NF != n { exit 1 }' out || fail "$trace: CSV of other width"
    [ "$(wc -l <out)" = "$(wc -l <text)" ] || fail "$trace: CSV and text have other lines"
done

# --- several frames ---

ends 0 "$segmmu" check -m seg16 --engine model --cycles 200000 --seed 5 --trace long.trace
ends 0 "$segmmu" trace info --json long.trace
frames=$(figure frames out)
[ "$frames" -ge 3 ] || fail "long.trace: $frames frames"
ends 0 "$segmmu" replay long.trace
for ((frame = 0; frame < frames; frame++)); do
    ends 0 "$segmmu" replay --frame $frame long.trace
    ends 0 "$segmmu" replay --frame $frame --engine translate long.trace
done
ends 2 "$segmmu" replay --frame "$frames" long.trace
says "has no frame $frames"
ends 0 "$segmmu" trace dump --frame 1 long.trace
awk 'NR > 1 && $1 != 1 { exit 1 }' out || fail "trace dump --frame 1 shows other frames"
ends 2 "$segmmu" trace dump --frame "$frames" long.trace

# Cut off within its last frame: all the others are replayed.
head -c $(($(stat -c %s long.trace) - 200)) long.trace >cut.trace
ends 2 "$segmmu" replay --engine model cut.trace
says "cut.trace: frame $((frames - 1)) at byte .* is lost"
grep -q "^cut.trace: $((frames - 1)) frames" out || fail "cut.trace: $(cat out)"
ends 2 "$segmmu" trace info cut.trace
head -n 1 out | grep -q 'CUT OFF' || fail "trace info of a cut trace: $(cat out)"
ends 2 "$segmmu" trace dump cut.trace
[ -s out ] || fail "trace dump of a cut trace shows nothing"
ends 0 "$segmmu" replay --frame 0 cut.trace

# --- coverage of a trace: that of the run which it is a recording of ---

# bins FILE: of a coverage file, without its machine's name and seed
bins() {
    sed 's/.*"groups"://; s/"runs":.*//' "$1"
}

ends 0 "$segmmu" check -m seg16 --engine model --cycles 200000 --seed 5 --coverage run.json
for engine in model lockstep; do
    ends 0 "$segmmu" replay --engine $engine --coverage replayed.json long.trace
    cmp <(bins run.json) <(bins replayed.json) || fail "--engine $engine covers something else"
done
ends 0 "$segmmu" replay --engine model --frame 0 --coverage replayed.json long.trace
cmp -s <(bins run.json) <(bins replayed.json) && fail "one frame covers what the whole run does"
ends 2 "$segmmu" replay --engine translate --coverage replayed.json long.trace
says "--coverage: found --engine translate"
ends 2 "$segmmu" replay --engine model --coverage /nowhere/replayed.json long.trace
says "^segmmu: /nowhere/replayed.json: "
ends 2 "$segmmu" replay --engine model --save no/such/prefix long.trace
says "^segmmu: no/such/prefix.trace: cannot be written: No such file"
[ ! -s out ] || fail "--save no/such/prefix: replayed all the same: $(cat out)"

# --- a difference is found: the same trace, said to be another machine's ---

# little_endian NUMBER: 4 bytes
little_endian() {
    local number=$1 i
    for i in 0 8 16 24; do
        printf '%b' "\\x$(printf %02x $((number >> i & 255)))"
    done
}

# forge FILE FROM TO: the header's text changed (to one as long), its checksum right (gzip's own)
forge() {
    local length
    length=$(od -An -tu4 -j12 -N4 "$1" | tr -d ' ')
    tail -c +21 "$1" | head -c "$length" | LC_ALL=C sed "s/$2/$3/" >body
    {
        head -c 12 "$1"
        little_endian "$length"
        gzip -c body | tail -c 8 | head -c 4
        cat body
        tail -c +$((21 + length)) "$1"
    } >forged.trace
}

cp "$source/traces/tour.trace" tour.trace # a small one
forge tour.trace nothing nothing
cmp tour.trace forged.trace || fail "a trace that was put together again differs"
forge long.trace "physical_bits: 36" "physical_bits: 35"
for engine in translate model rtl lockstep; do
    ends 1 "$segmmu" replay --engine $engine forged.trace
    says "^NOT AS RECORDED in cycle [0-9]* (frame [0-9]* of forged.trace)"
    says "^  request "
    says "^  rsp_"
    says "segmmu replay --engine $engine forged.trace"
done

# --- bad input ---

: >empty
head -c 3000 /dev/urandom >random
head -c 15 tour.trace >short
for file in empty random short "$dir" no-such-file /dev/null; do
    for command in "replay --engine model" "trace info" "trace dump"; do
        # shellcheck disable=SC2086
        ends 2 "$segmmu" $command "$file"
        says "^segmmu: $file: "
        [ "$(wc -l <err)" -eq 1 ] || fail "$command $file: more than a line: $(cat err)"
    done
done
ends 2 "$segmmu" replay
ends 2 "$segmmu" replay --engine fast tour.trace
ends 2 "$segmmu" replay --frame -1 tour.trace
ends 2 "$segmmu" replay tour.trace tour.trace
ends 2 "$segmmu" trace
ends 2 "$segmmu" trace show tour.trace
ends 2 "$segmmu" trace info
ends 2 "$segmmu" trace info --csv tour.trace
ends 2 "$segmmu" trace dump --json tour.trace
for command in "trace info" "trace info --json" "trace dump" "replay --engine model"; do
    # shellcheck disable=SC2086
    "$segmmu" $command tour.trace >/dev/full 2>err
    [ $? -eq 2 ] || fail "$command to a full disk: not exit status 2"
done

finish "replay and trace: all as expected"
