#!/bin/bash
# SPDX-License-Identifier: MIT
# CSV: files that are none, and rows that say what cannot be.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

make_unusable_files >unusable_files
for engine in translate model; do
    unusable 2 "$segmmu" translate -m ostep16 --engine $engine --input FILE
done

# bad PLACE TEXT LINE...: the rows before are answered, then one line says which row is wrong.
bad() {
    local place=$1 text=$2
    shift 2
    printf '%s\n' "$@" >bad.csv
    for engine in translate model; do
        ends 2 "$segmmu" translate -m ostep16 --engine $engine --input bad.csv
        says "segmmu: bad.csv:$place: $text" 1
        "$segmmu" translate -m ostep16 --engine $engine --input - <bad.csv >out 2>err
        says "standard input:$place: $text" 1
    done
}

header=vaddr,bytes,access
bad 1 'header: ' ''
bad 1 'header: ' 0,1,read
bad 1 'header: ' vaddr,bytes
bad 1 'header: ' $header,colour
bad 1 'header: found the column `vaddr` again' $header,vaddr
bad 1 'header: ' "vaddr;bytes;access" '0;1;read'
bad 2 'row 1: ' $header 0,1
bad 2 'row 1: ' $header 0,1,read,0
bad 2 'row 1: ' $header ''
bad 3 'row 2: ' $header 0,1,read -1,1,read
bad 3 'row 2: ' $header 0,1,read 0x10000000000000000,1,read
bad 3 'row 2: ' $header 0,1,read 18446744073709551616,1,read
bad 3 'row 2: ' $header 0,1,read 0,32,read
bad 3 'row 2: ' $header 0,1,read 0,-1,read
bad 3 'row 2: ' $header 0,1,read 0,1,Read
bad 3 'row 2: ' $header 0,1,read ' 0,1,read'
bad 3 'row 2: ' $header 0,1,read '"0",1,read'
bad 2 'row 1: ' $header,priv 0,1,read,2
bad 2 'row 1: ' $header,segment 0,1,read,16
bad 2 'row 1: longer than' $header "$(head -c 5000 /dev/zero | tr '\0' 0),1,read"
bad 2 'row 1: ' $header "$(printf '0,1,read\001')"

printf 'vaddr,bytes,access\n0,1,read\n0,\0001,read\n' >nul.csv
ends 2 "$segmmu" translate -m ostep16 --input nul.csv
says 'segmmu: nul.csv:3: row 2: found a NUL byte' 1
[ "$(wc -l <out)" -eq 2 ] || fail "the row before the bad one has no answer: $(cat out)"

# Random bytes behind a good header.
for seed in $(seq 20); do
    {
        echo $header
        python3 -c "import random, sys
sys.stdout.buffer.write(b'x' + random.Random($seed).randbytes(2000))"
    } >noisy.csv
    ends 2 "$segmmu" translate -m ostep16 --engine translate --input noisy.csv
    says 'noisy.csv:2: row 1: ' 1
done

# Cut off anywhere: a last row without its end is a row; half a row is an error.
printf '%s\n' $header 4096,4,execute 15K,1,write >whole.csv
for ((length = 0; length < $(stat -c %s whole.csv); length++)); do
    head -c $length whole.csv >cut.csv
    run "$segmmu" translate -m ostep16 --engine translate --input cut.csv
    [ $status -eq 0 ] || {
        [ $status -eq 2 ] && says 'segmmu: cut.csv:' 1 || fail "cut at $length: status $status"
    }
done

finish_checks
