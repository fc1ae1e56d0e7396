#!/bin/sh
# SPDX-License-Identifier: MIT
# Each well-behaved guest program prints what tests/guests/expected/ says and ends with 0, each
# ill-behaved one is stopped with the right exit status and one line that says why.
set -eu

segmmu=${SEGMMU:?}
guests=${SEGMMU_GUESTS:?}
expected=${SEGMMU_SOURCE:?}/tests/guests/expected
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
max_instructions=30000000 # of one run

fail() {
    echo "FAILED: $*"
    sed 's/^/    /' "$work/err"
    failures=$((failures + 1))
}

machine_of() {
    case $1 in
    *.i386) echo linux-i386 ;;
    *) echo "${1##*.}" ;;
    esac
}

# run ENGINE NAME.LAYOUT [ARGUMENT...]: sets status; output in $work/out and $work/err.
run() {
    engine=$1; guest=$2; shift 2
    status=0
    "$segmmu" run -m "$(machine_of "$guest")" --engine "$engine" --max-instructions $max_instructions -- \
        "$guests/$guest.elf" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}

# prints_expected ENGINE NAME.LAYOUT [ARGUMENT...]
prints_expected() {
    text=$expected/$2.txt
    [ -e "$text" ] || text=$expected/${2%.*}.txt
    run "$@"
    [ $status -eq 0 ] || fail "$2 on $1: exit status $status, expected 0"
    diff -u "$text" "$work/out" || fail "$2 on $1: other output than $text"
}

# ends_with STATUS PATTERN ENGINE NAME.LAYOUT [ARGUMENT...]: PATTERN is what standard error says.
ends_with() {
    want=$1; pattern=$2; shift 2
    run "$@"
    [ $status -eq "$want" ] || fail "$2 on $1: exit status $status, expected $want"
    grep -q -E "$pattern" "$work/err" || fail "$2 on $1: nothing on stderr matches '$pattern'"
}

for layout in rv32 basebounds named; do
    for program in hello recurse heap sort tour exit_status bad_call bad_pointer; do
        prints_expected model $program.$layout
    done
    prints_expected model calc.$layout 1
    for program in hello recurse heap tour; do
        prints_expected lockstep $program.$layout
    done
done
# Those of several processes, alone.
for program in a b c secret seeker grow hold storm reader writer_code; do
    prints_expected model $program.rv32
done
for layout in basebounds named ostep512 ostep512bb; do
    for program in a seeker hold reader; do
        prints_expected model $program.$layout
    done
done
prints_expected lockstep a.ostep512bb
prints_expected lockstep b.ostep512
for guest in hello.i386 grow_stack.i386 grow_heap.i386 grow_both.i386 busy.i386 \
    add3.ostep15 tour.ostep15 tour.ostep16 three_segments.ostep16; do
    prints_expected lockstep $guest
done
prints_expected translate sort.rv32
prints_expected rtl hello.rv32

# Arguments and exit status.
run model hello.rv32 Ada 'two words'
printf 'hello, Ada\nhello, two\nhello, words\n' | diff -u - "$work/out" || fail "hello's arguments"
for status_wanted in 1 42 139 255; do
    ends_with $status_wanted '^' model exit_status.rv32 $status_wanted
done

# A stack that grows by fault to some megabytes, and one that may not.
run model recurse.rv32 80000
echo '1 + ... + 80000 = 3200040000' | diff - "$work/out" || fail 'recurse.rv32 80000'
ends_with 139 'limit' model recurse.rv32 1000000

# Faults: what the MMU said is in the message.
ends_with 139 'limit' lockstep beyond_heap.ostep16
ends_with 139 'not_present|limit' lockstep wild_pointer.i386
ends_with 139 'privilege' lockstep mmu_port.i386
for layout in rv32 basebounds named; do
    ends_with 139 'privilege' lockstep mmu_register.$layout
    ends_with 139 'not_present|limit' lockstep nowhere.$layout
    ends_with 132 'Illegal instruction' model illegal.$layout
done
max_instructions=1000000
ends_with 124 '' lockstep forever.rv32

# The checks can fail: other output, another exit status, a message that is not there.
planted=0
for check in 'prints_expected model exit_status.rv32' 'ends_with 3 ^ model exit_status.rv32 4' \
    'ends_with 139 unheard-of model beyond_heap.ostep16'; do
    before=$failures
    [ "$check" != 'prints_expected model exit_status.rv32' ] || expected=$work
    echo 'something else' >"$work/exit_status.txt"
    $check >/dev/null
    [ $failures -eq $before ] || planted=$((planted + 1))
    failures=$before
done
[ $planted -eq 3 ] || { echo "FAILED: $planted of 3 planted failures were seen"; exit 1; }

# A table that is not what the run did is seen as well.
printf '%s\n' '<!-- memory-bugs -->' '| bug | no bug |' '<!-- /memory-bugs -->' >"$work/README.md"
status=0
"$SEGMMU_SOURCE/tests/memory_bugs" --check "$work/README.md" >/dev/null 2>"$work/err" || status=$?
[ $status -eq 1 ] || fail "memory_bugs --check of a wrong table: exit status $status, expected 1"

[ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
