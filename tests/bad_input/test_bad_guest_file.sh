#!/bin/bash
# SPDX-License-Identifier: MIT
# GUEST: files that are none, and ELF files that cannot be run.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

hello=$guests/hello.rv32.elf
change=$source/tests/bad_input/change_elf.py

make_unusable_files >unusable_files
for machine in rv32 linux-i386 ostep16; do
    unusable 125 "$segmmu" run -m $machine --engine model FILE
done

# bad TEXT FIELD=VALUE...: hello.rv32.elf with these fields changed is refused.
bad() {
    local text=$1
    shift
    "$change" "$hello" changed.elf "$@" || fail "change_elf $*"
    refuses 125 "changed.elf: $text" "$segmmu" run -m rv32 --engine model changed.elf
}

bad 'offset 4: ELF class 2 (64-bit)' class=2
bad 'offset 4: ELF class 0' class=0
bad 'offset 5: ELF data encoding 2' data=2
bad 'ELF machine 62; expected' machine=62
bad 'ELF machine 0; expected' machine=0
bad 'ELF type 1 (object file)' type=1
bad 'ELF type 3 (shared object' type=3
bad 'ELF type 4' type=4
bad 'the entry point 0xffffffff lies in no executable part' entry=-1
bad 'the entry point 0x40000000 lies in no executable part' entry=0x40000000
bad 'the program headers at 0x' phoff=0x7fffffff
bad 'the program headers at 0x' phoff=-1
bad 'the program headers at 0x' phnum=65534
bad '' phnum=65535
bad '' phnum=0
bad '' phentsize=31
bad '' phentsize=0
bad 'program header 0: its bytes at 0x7fffffff+' 0.offset=0x7fffffff
bad 'program header 0: its bytes at 0xffffffff+' 0.offset=-1
bad 'program header 0: 0xffffffff bytes in the file but' 0.filesz=-1
bad 'program header 0: its bytes at' 0.filesz=-1 0.memsz=-1
bad 'program header 1: 0xffffffff bytes at 0x40000000 wrap around' 1.memsz=-1
bad 'program header 1: 0x520 bytes at 0xfffffff0 wrap around' 1.vaddr=0xfffffff0
bad 'program headers 0 (0x0..0x2ab0) and 1 (0x2aaf..' 1.vaddr=0x2aaf
bad 'program headers 1 (' 1.vaddr=0 0.vaddr=0x500
bad 'program header 1 asks for an interpreter' 1.ptype=3
bad 'none of the 3 program headers has anything to load' 0.ptype=4 1.ptype=4
bad '' 1.memsz=0x7fffffff # more than the machine's memory

# 2^40 bytes of memory, which a 64-bit file may ask for, and which is of the wrong class here.
python3 - huge.elf <<'PYTHON'
import struct, sys
header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 243, 1, 0x1000, 64, 0, 0, 64,
                     56, 1, 0, 0, 0)
segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x1000, 0x1000, 0, 1 << 40, 16)
open(sys.argv[1], "wb").write(header + segment)
PYTHON
refuses 125 'huge.elf: offset 4: ELF class 2' "$segmmu" run -m rv32 huge.elf

# The machine has another kind of program, or no room.
refuses 125 ': ' "$segmmu" run -m linux-i386 "$hello"
refuses 125 ': ' "$segmmu" run -m rv32 "$guests/hello.i386.elf"
for machine in ostep15 ostep16 onebit; do
    refuses 125 hello.rv32.elf "$segmmu" run -m $machine "$hello"
done
printf '%s\n' 'mmu: {kind: segment, address_bits: 32, physical_bits: 16, segment_bits: 2}' \
    'memory: {ram: 4K}' >small.yaml
refuses 125 'hello.rv32.elf: ' "$segmmu" run -m small.yaml "$hello"

# may_run FILE: cut off or changed anywhere, a program runs or is refused, and does no harm.
may_run() {
    run "$segmmu" run -m "$2" -q --engine translate --max-instructions 100000 "$1"
    [ "$(wc -l <err)" -le 1 ] || fail "$1: more than a line: $(cat err)"
    case $status in
    125) # a refusal, or the death of the CPU's process: a line all the same
        [ "$(wc -l <err)" -eq 1 ] || fail "$1: status 125 without a line" ;;
    esac
}
size=$(stat -c %s "$hello")
lengths=(1 3 4 15 16 51 52 53 84 147 148 160 200 1000 5000 $((size / 2)) $((size - 1)))
for length in "${lengths[@]}"; do
    head -c "$length" "$hello" >cut.elf
    may_run cut.elf rv32
    if [ "$length" -le 5000 ]; then
        refuses 125 'cut.elf: ' "$segmmu" run -m rv32 cut.elf
    fi
done
for guest in rv32 i386; do
    machine=rv32
    [ $guest = rv32 ] || machine=linux-i386
    for seed in $(seq 40); do
        # The first changes are among the headers, the others anywhere.
        "$change" "$guests/hello.$guest.elf" noisy.elf \
            $((seed * 7 % 148))=$((seed * 37 % 256)) $((seed * 101 % 4000))=$((seed * 53 % 256))
        may_run noisy.elf $machine
    done
done

# Two segments over the same memory: the program would be loaded over itself.
cat >overlap.yaml <<'END'
mmu: {kind: segment, address_bits: 32, physical_bits: 32, segment_bits: 2, select: explicit}
memory: {ram: 64M}
segments:
  - {segment: 0, name: code, base: 1M, size: 64K, access: rx}
  - {segment: 1, name: data, base: 1M, size: 64K, access: rw}
END
refuses 125 'overlap.yaml: segments 0 (code) and 1 (data) overlap in physical memory' \
    "$segmmu" run -m ./overlap.yaml --engine model "$hello"
sed 's/1, name: data, base: 1M/1, name: data, base: 2M/' overlap.yaml >apart.yaml
"$segmmu" run -q -m ./apart.yaml --engine model "$hello" >out || fail "apart.yaml does not run"

finish_checks
