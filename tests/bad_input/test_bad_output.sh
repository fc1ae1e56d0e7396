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
    "125 run --help"
    "125 help run"
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

# Rows that are written before the end of the input: the reason is that of the write that failed.
stdout=/dev/full
for feed in 'cat rows.csv' 'cat rows.csv; sleep 0.1; tail -n 1 rows.csv' \
    'cat rows.csv; yes 0,1,read | head -n 20000'; do
    # shellcheck disable=SC2016
    ends 2 sh -c '(eval "$1") | "$2" translate -m ostep16 --engine model --input -' \
        sh "$feed" "$segmmu"
    says 'standard output: No space left on device' 1
done
stdout=out

# --- standard output of an i386 guest: it is told by its own call, and its user by a line ---

# program NAME STEP...: a guest that makes these steps
program() {
    "$source/tests/bad_input/i386_program.py" "$guests/hello.i386.elf" "$@"
}
i386=("$segmmu" run -m linux-i386 -q -e model)
text=0x8049000 # where any of these programs lies
program silent.elf call=1,0
program ignores.elf "call=4,1,$text,4" call=1,0
program complains.elf "call=4,1,$text,4" exit
program error.elf "call=4,2,$text,4" call=1,0
# Four moves of an immediate and int 0x80 are 22 bytes; then a jump back over them.
program spam.elf "call=4,1,$text,4" bytes=ebe8
# rt_sigaction(13, {1}, 0, 8), the structure pushed on the stack: SIGPIPE is ignored.
ignore=6a006a006a006a006a0189e1be08000000b8ae000000bb0d00000031d2cd80
program stubborn.elf bytes=$ignore "call=4,1,$text,4" exit

stdout=/dev/full
ends 0 "${i386[@]}" silent.elf
[ ! -s err ] || fail "nothing was printed, and yet: $(cat err)"
ends 125 "${i386[@]}" ignores.elf
says "the guest's standard output could not be written: No space left on device" 1
for guest in complains stubborn; do
    ends 28 "${i386[@]}" $guest.elf # ENOSPC
    says "the guest's standard output could not be written: No space left on device" 1
done
stdout=out
# shellcheck disable=SC2016
ends 125 sh -c '"$@" 2>/dev/full' sh "${i386[@]}" --stats lost.json error.elf
grep -q "the guest's standard error could not be written" lost.json || fail "$(cat lost.json)"
ends 0 "${i386[@]}" error.elf

watch_options=(--closed-pipe)
for guest in ignores complains spam; do
    ends 141 "${i386[@]}" $guest.elf
    says "Broken pipe: at 0x" 1
    says "the guest's standard output could not be written: Broken pipe" 1
done
ends 32 "${i386[@]}" stubborn.elf # EPIPE
says "the guest's standard output could not be written: Broken pipe" 1
watch_options=()

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

# --- files that are something else already ---

# kept STATUS TEXT FILE COMMAND...: refused, and the file is as it was
kept() {
    local expected=$1 text=$2 file=$3
    shift 3
    cp "$file" before
    refuses "$expected" "$text" "$@"
    cmp "$file" before || fail "$*: $file was changed"
}

cp "$hello" guest.elf
ln guest.elf hard.elf
ln -s guest.elf soft.elf
cp "$source/harness/machines/rv32.yaml" own.yaml
for name in guest.elf ./guest.elf "$PWD/guest.elf" hard.elf soft.elf; do
    for option in --trace --stats; do
        kept 125 "segmmu: $name: is the guest program itself" guest.elf \
            "$segmmu" run -q -e model -m rv32 $option "$name" guest.elf
    done
done
kept 125 'own.yaml: is the machine file itself' own.yaml \
    "$segmmu" run -q -e model -m ./own.yaml --stats own.yaml guest.elf
mkdir inside
ln -s inside/new dangling
ln -s dangling chain
while read -r one two; do
    refuses 125 "$one: is the statistics itself" \
        "$segmmu" run -q -e model -m rv32 --trace "$one" --stats "$two" guest.elf
    [ ! -e "$one" ] || fail "$one was made"
done <<END
new new
new ./new
new $PWD/new
inside/new dangling
chain inside/../inside/new
END
# Names that are not the same, and a device, which may be named twice.
ends 0 "$segmmu" run -q -e model -m rv32 --trace new --stats inside/new guest.elf
ends 0 "$segmmu" run -q -e model -m rv32 --trace /dev/null --stats /dev/null guest.elf

for suffix in trace fst shrunk.trace shrunk.fst; do
    cp "$tour" "tour.$suffix"
    kept 2 "tour.$suffix: is the trace that is replayed itself" "tour.$suffix" \
        "$segmmu" replay --engine model --save tour "tour.$suffix"
done
ends 0 "$segmmu" replay --engine model --save another tour.trace
ends 0 "$segmmu" check -m ostep16 --engine model --cycles 1000 --coverage own.json
kept 2 'own.json: is the coverage itself' own.json \
    "$segmmu" coverage report --html own.json own.json
kept 2 'own.yaml: is the machine file itself' own.yaml \
    "$segmmu" trace import --format csv -m ./own.yaml --out own.yaml rows.csv

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

finish_checks
