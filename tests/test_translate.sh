#!/bin/bash
# SPDX-License-Identifier: MIT
# The commands `translate` and `machines`: answers worked out by hand, from OSTEP's figures where it
# has them, by every engine; and what happens on bad input. SEGMMU is the command under
# test, SEGMMU_SOURCE the source tree.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# equals NAME EXPECTED FOUND
equals() {
    [ "$2" = "$3" ] || fail "$1: expected
$2
found
$3"
}

# expect_error NAME PATTERN COMMAND...: exit status 2 and a first line on standard error that matches
expect_error() {
    local name=$1 pattern=$2
    shift 2
    expect "$name" 2 "$@"
    head -n 1 err | grep -q -- "$pattern" || fail "$name: expected $pattern, found $(cat err)"
}

# answers MACHINE ENGINE CSV: segment,offset,paddr,fault of each row
answers() {
    "$segmmu" translate -m "$1" --engine "$2" --input "$3" | tail -n +2 | cut -d, -f5-8
}

# --- hand-worked answers ---

# OSTEP 15.3: an address space of 4 KB at physical 16 KB.
cat >"$dir/base16k.yaml" <<'END'
mmu: {kind: segment, address_bits: 14, physical_bits: 16}
segments: [{segment: 0, base: 16K, size: 4K, access: rwx}]
END
# OSTEP 15.3 and 15.5: 0, 1 KB, 3000 and 4400.
cat >"$dir/base16k.csv" <<'END'
vaddr,bytes,access
0,1,read
1K,1,read
3000,1,read
4400,1,read
4095,1,write
4095,2,write
END
base16k='0,0,16384,none
0,1024,17408,none
0,3000,19384,none
0,4400,,limit
0,4095,20479,none
0,4095,,limit'

# OSTEP 15.1 to 15.3: the instruction at 128 that loads x at 15 KB; the process lies at 32 KB.
cat >"$dir/ostep15.csv" <<'END'
vaddr,bytes,access
128,3,execute
15K,4,read
132,3,execute
135,3,execute
15K,4,write
16380,4,read
16381,4,read
16K,1,read
END
ostep15='0,128,32896,none
0,15360,48128,none
0,132,32900,none
0,135,32903,none
0,15360,48128,none
0,16380,49148,none
0,16381,,limit
0,0,,limit'

# OSTEP 16.1 to 16.4: 100 in the code, 4200 and 7 KB in the heap, 15 KB in the stack; then the
# edges of each, and what nobody may do.
cat >"$dir/ostep16.csv" <<'END'
vaddr,bytes,access,priv
100,4,execute,0
4200,4,read,0
7K,1,read,0
15K,1,read,0
13K,1,read,0
14K,1,write,0
14335,1,write,0
16383,1,write,0
16383,2,write,0
8K,1,read,0
100,1,write,0
4200,1,execute,0
2047,1,read,0
2047,2,read,0
0,0,read,0
0,17,read,0
16K,1,read,0
0xffffffffffffffff,1,read,0
0xffff,1,write,1
0xffff,2,write,1
5,0,execute,1
END
ostep16='0,100,32868,none
1,104,34920,none
1,3072,,limit
3,3072,27648,none
3,1024,,limit
3,2048,26624,none
3,2047,,limit
3,4095,28671,none
3,4095,,limit
2,0,,not_present
0,100,,permission
1,104,,permission
0,2047,34815,none
0,2047,,limit
0,0,,limit
0,0,,limit
0,0,,limit
3,4095,,limit
0,0,65535,none
0,0,,physical
0,0,,limit'

# Named selection, a second context, and results outside physical memory: 0 - 1 and 2^6.
cat >"$dir/named.yaml" <<'END'
mmu: {kind: segment, address_bits: 8, physical_bits: 16, segment_bits: 1, select: named,
      contexts: 2, stages: 3}
segments:
  - {segment: 0, base: 1K, size: 256, access: x}
  - {segment: 1, base: 2K, size: 128, access: rw, grows: down}
  - {segment: 1, context: 1, base: 3K, size: 1, access: r}
END
cat >"$dir/named.csv" <<'END'
segment,access,bytes,vaddr
0,execute,16,240
0,execute,16,241
1,read,1,255
1,read,1,128
1,read,1,127
2,read,1,0
15,read,1,300
END
named='0,240,1264,none
0,241,,limit
1,255,2047,none
1,128,1920,none
1,127,,limit
2,0,,not_present
15,44,,not_present'

for engine in translate model rtl lockstep; do
    equals "base16k, $engine" "$base16k" "$(answers "$dir/base16k.yaml" $engine "$dir/base16k.csv")"
    equals "ostep15, $engine" "$ostep15" "$(answers ostep15 $engine "$dir/ostep15.csv")"
    equals "ostep16, $engine" "$ostep16" "$(answers ostep16 $engine "$dir/ostep16.csv")"
    equals "named, $engine" "$named" "$(answers "$dir/named.yaml" $engine "$dir/named.csv")"
    latency=3
    [ $engine = translate ] && latency=
    equals "context 1, $engine" "0,1,read,0,1,0,3072,none,$latency" \
        "$(printf 'vaddr,bytes,access\n0,1,read\n' |
            "$segmmu" translate -m "$dir/named.yaml" --engine $engine --context 1 --segment 1 \
                --input - | sed 1d)"
done
# The twin: another base gives other answers.
sed 's/16K/17K/' "$dir/base16k.yaml" >"$dir/base17k.yaml"
[ "$base16k" != "$(answers "$dir/base17k.yaml" model "$dir/base16k.csv")" ] ||
    fail "another base, the same answers"

# --- latency is the machine's: a memory port that is busy for 9 cycles after each read ---

cat >"$dir/busy.yaml" <<'END'
mmu: {kind: segment, address_bits: 14, physical_bits: 16}
memory: {read: 9}
segments: [{segment: 0, base: 0, size: 4K, access: r}]
END
printf 'vaddr,bytes,access\n1,1,read\n2,1,read\n3,1,write\n4,1,read\n' >"$dir/busy.csv"
equals "latency with a busy port" "2 9 9 2" \
    "$("$segmmu" translate -m "$dir/busy.yaml" --engine model --input "$dir/busy.csv" |
        sed 1d | cut -d, -f9 | paste -sd ' ')"

# --- in words ---

equals "15K in words" "ostep16: 14-bit virtual addresses, 16-bit physical addresses; the top 2 \
bits choose one of 4 segments, a span of 4K each

virtual address 15360 = 15K = 0x3c00: read 1 byte, user mode
  binary      11 | 110000000000
              the top 2 bits: segment 3; the rest: offset 3072 = 3K = 0xc00
  segment 3   stack: base 28K, size 2K, grows down, access rw
  limit       growing down, the first valid offset is 4K - 2K = 2K, the last 4K - 1
              3072 >= 2048 and 3072 < 4096: inside
  permission  read with access rw: allowed
  physical    base - (span - offset) = 28K - (4K - 3K) = 27K
  => physical address 27648 = 27K = 0x6c00, after 2 cycles" \
    "$("$segmmu" translate -m ostep16 15K)"
"$segmmu" translate -m ostep16 --engine model --bytes 4 --access write 4 13K >"$dir/out" ||
    fail "a fault in words: exit status $?"
equals "faults in words" "  => fault: permission, after 2 cycles
  => fault: limit, after 2 cycles" "$(grep '=>' "$dir/out")"

# --- bad input ---

printf 'vaddr,bytes,access\n0,1,read\n4200,1,read\nx,1,read\n7,1,read\n' >"$dir/bad.csv"
expect_error "bad row" "bad.csv:4: row 3: column vaddr: found .x." \
    "$segmmu" translate -m ostep16 --engine model --input "$dir/bad.csv"
equals "rows before the bad row" "vaddr,bytes,access,priv,segment,offset,paddr,fault,latency_cycles
0,1,read,0,0,0,32768,none,2
4200,1,read,0,1,104,34920,none,2" "$(cat "$dir/out")"

expect_error "no machine" "expected -m MACHINE" "$segmmu" translate 1
expect_error "unknown machine" "no machine is named" "$segmmu" translate -m nonesuch 1
expect_error "bad machine" "/dev/fd.*:1:6: mmu: found a single value" \
    "$segmmu" translate -m <(echo "mmu: 1") 1
expect_error "nothing to do" "expected an ADDRESS or --input" "$segmmu" translate -m ostep16
expect_error "both" "found both" "$segmmu" translate -m ostep16 --input - 1
expect_error "bytes of rows" "CSV's own column" "$segmmu" translate -m ostep16 --bytes 1 --input -
expect_error "bad address" "found .0x." "$segmmu" translate -m ostep16 0x
expect_error "bad bytes" "expected a number from 0 to 31" \
    "$segmmu" translate -m ostep16 --bytes 32 1
expect_error "bad access" "expected read, write or execute" \
    "$segmmu" translate -m ostep16 --access r 1
expect_error "bad engine" "expected translate, model, rtl or lockstep" \
    "$segmmu" translate -m ostep16 --engine fast 1
expect_error "no such context" "context: found 1, expected 0 to 0" \
    "$segmmu" translate -m ostep16 --context 1 1
expect_error "no such segment" "segment: found .16." "$segmmu" translate -m named --segment 16 1
expect_error "missing CSV" "No such file" "$segmmu" translate -m ostep16 --input "$dir/none.csv"
expect_error "empty CSV" "standard input:1: found an empty file" \
    "$segmmu" translate -m ostep16 --engine model --input -
expect_error "machines with an argument" "expected no arguments" "$segmmu" machines ostep16

"$segmmu" translate -m ostep16 --engine model 1 >/dev/full 2>"$dir/err"
equals "full disk" "2 segmmu: cannot write to standard output: No space left on device" \
    "$? $(cat "$dir/err")"
"$segmmu" machines >/dev/full 2>/dev/null
equals "full disk, machines" 2 $?

# --- answers come as the rows do, not at the end ---

mkfifo "$dir/rows" "$dir/answers"
"$segmmu" translate -m ostep16 --engine model --input - <"$dir/rows" >"$dir/answers" &
exec 3>"$dir/rows" 4<"$dir/answers"
printf 'vaddr,bytes,access\n4200,1,read\n' >&3
read -r -t 20 -u 4 # the header
read -r -t 20 -u 4 row
equals "streamed" "4200,1,read,0,1,104,34920,none,2" "$row"
exec 3>&- 4<&-
wait $! || fail "streamed: exit status $?"

# --- a planted fault: the RTL takes a segment's last byte for outside ---

mkdir -p "$dir/tree/harness/lockstep" "$dir/tree/model"
cp -r "$source/rtl" "$dir/tree/rtl"
cp -r "$source/model/segmmu" "$dir/tree/model/"
cp -r "$source/harness/machines" "$source/harness/dut" "$dir/tree/harness/"
cp "$source/harness/lockstep/dut.h" "$dir/tree/harness/lockstep/"
sed -i 's/offset + bytes <= end_offset/offset + bytes < end_offset/' "$dir/tree/rtl/mmu_check.v"
cmp -s "$source/rtl/mmu_check.v" "$dir/tree/rtl/mmu_check.v" && fail "no fault was planted"
printf 'vaddr,bytes,access\n2046,1,read\n2047,1,read\n1,1,read\n' >"$dir/edge.csv"
(cd "$dir" && SEGMMU_DATADIR=$dir/tree/harness "$segmmu" translate -m ostep16 \
    --input edge.csv) >"$dir/out" 2>"$dir/err"
equals "a disagreement's exit status" 1 $?
equals "rows before a disagreement" "2046,1,read,0,0,2046,34814,none,2" "$(sed 1d "$dir/out")"
grep -Eq 'rsp_fault_o +0x0 none +0x4 limit' "$dir/err" ||
    fail "the page does not name the field: $(cat "$dir/err")"
for file in segmmu-translate-ostep16.trace segmmu-translate-ostep16.shrunk.trace; do
    SEGMMU_DATADIR=$dir/tree/harness "$segmmu" replay "$dir/$file" >/dev/null 2>"$dir/err"
    equals "$file repeats it" 1 $?
    "$segmmu" replay "$dir/$file" >/dev/null 2>"$dir/err"
    equals "$file on our RTL" 0 $?
    [ -s "$dir/${file%.trace}.fst" ] || fail "no waveform of $file"
done
equals "the same by engine rtl" "0,2047,,limit" \
    "$(SEGMMU_DATADIR=$dir/tree/harness answers ostep16 rtl "$dir/edge.csv" | sed -n 2p)"
equals "its twin: our RTL agrees" "0,2047,34815,none" \
    "$(answers ostep16 lockstep "$dir/edge.csv" | sed -n 2p)"

# --- no Verilator: nothing falls back silently ---

mkdir "$dir/bin"
for engine in rtl lockstep; do
    expect_error "no Verilator, $engine" "[Vv]erilator" \
        /usr/bin/env XDG_CACHE_HOME="$dir/cache" PATH="$dir/bin" \
        "$(command -v "$segmmu")" translate -m ostep16 --engine $engine 1
    equals "no answer without Verilator, $engine" "" "$(cat "$dir/out")"
done

# --- machines ---

equals "machines" \
    "basebounds linux-i386 named onebit ostep15 ostep16 ostep512 ostep512bb rv32 seg16 seg4 wide" \
    "$("$segmmu" machines | cut -d' ' -f1 | paste -sd ' ')"
equals "machines --json" 12 "$("$segmmu" machines --json | grep -c '"description": "..*"')"
mkdir "$dir/machines"
cp "$dir/base16k.yaml" "$dir/machines/good.yaml"
echo "mmu: 1" >"$dir/machines/broken.yaml"
SEGMMU_DATADIR=$dir expect_error "a broken machine file" "broken.yaml:1:6" "$segmmu" machines
grep -q '^good ' "$dir/out" || fail "a broken machine file hides the others"

finish "all passed"
