#!/bin/bash
# SPDX-License-Identifier: MIT
# Memory that cannot be had: each allocation of a command fails once. It either does all of its work
# all the same, or says in a line that it could not, with the right exit status.
#
# The first 40 allocations of each command one by one, then ever fewer; with SEGMMU_FULL=1 all.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

preload=${SEGMMU_FAIL_MALLOC:?tests/bad_input/fail_malloc.c, built}
tour=$source/traces/tour.trace
printf 'vaddr,bytes,access\n0,1,read\n15K,4,write\n' >rows.csv

# starve STATUS COMMAND...
starve() {
    local expected=$1 number=0 count=0 failed=0
    shift
    rm -f whole.*
    while [ $number -le "$count" ]; do
        rm -f log run.trace stats.json
        run env LD_PRELOAD="$preload" FAIL_MALLOC=$number FAIL_MALLOC_LOG="$PWD/log" "$@"
        if [ $status -eq 0 ]; then
            sed -i 's/, [0-9.]* M cycles.s//' out # its speed is another
            for file in out run.trace stats.json; do
                [ ! -e whole.$file ] || cmp -s $file whole.$file ||
                    fail "$*: allocation $number failed: another $file, and status 0"
            done
        elif [ $status -ne "$expected" ]; then
            fail "$*: allocation $number failed: exit status $status: $(head -c 300 err)"
        else
            failed=$((failed + 1))
            grep -q '^segmmu: ' err || fail "$*: allocation $number failed: $(cat err)"
        fi
        if [ $number -eq 0 ]; then
            [ $status -eq 0 ] || fail "$*: fails without a cause: $(cat err)"
            count=$(cat log)
            for file in out run.trace stats.json; do
                [ ! -e $file ] || cp $file whole.$file
            done
        fi
        number=$((number + 1))
        [ $number -lt 40 ] || [ "${SEGMMU_FULL:-0}" != 0 ] || number=$((number + number / 12))
    done
    [ $failed -gt 0 ] || fail "$*: of $count allocations none was missed"
    echo "$count allocations, $failed failures: ${*#"$segmmu"}"
}

printf 'a 20\na 20\na 20\nf 1\na 30\nc\na 30\nl\n' >ops
for policy in first worst buddy; do
    stdin=ops starve 2 "$segmmu" alloc --policy $policy --memory 100 --stats stats.json
done
starve 2 "$segmmu" machines
starve 2 "$segmmu" machines --json
starve 2 "$segmmu" translate -m ostep16 --engine translate 15K
starve 2 "$segmmu" translate -m ostep16 --engine model --input rows.csv
starve 2 "$segmmu" translate -m ostep16 --engine lockstep --input rows.csv
starve 2 "$segmmu" trace info "$tour"
starve 2 "$segmmu" trace info --json "$tour"
starve 2 "$segmmu" trace dump "$tour"
starve 2 "$segmmu" replay --engine translate "$tour"
starve 2 "$segmmu" replay --engine model "$tour"
starve 2 "$segmmu" check -m ostep16 --engine model --cycles 2000
starve 125 "$segmmu" run -m rv32 -e translate -q "$guests/hello.rv32.elf"
starve 125 "$segmmu" run -m rv32 -e model -q --trace run.trace --stats stats.json \
    "$guests/hello.rv32.elf"

finish_checks
