#!/bin/bash
# SPDX-License-Identifier: MIT
# MACHINE: files that are none, and machine files that say what cannot be, with every command that
# takes one.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

make_unusable_files >unusable_files
unusable 125 "$segmmu" run -m FILE "$guests/hello.rv32.elf"
unusable 2 "$segmmu" translate -m FILE 0
unusable 2 "$segmmu" check -m FILE
unusable 2 "$segmmu" bench --mmu-only -m FILE
for name in '' no-such-machine ../machines/rv32 "$(head -c 5000 /dev/zero | tr '\0' a)"; do
    refuses 2 : "$segmmu" translate -m "$name" 0
    refuses 125 : "$segmmu" run -m "$name" "$guests/hello.rv32.elf"
done
refuses 2 'no/such/folder' env SEGMMU_DATADIR=no/such/folder "$segmmu" machines

# Cut off anywhere: what is left is a machine, or it is refused in one line.
source_file=$source/harness/machines/ostep16.yaml
for ((length = 0; length < $(stat -c %s "$source_file"); length += 5)); do
    head -c $length "$source_file" >cut.yaml
    run "$segmmu" translate -m cut.yaml --engine translate 0
    if [ $status -ne 0 ]; then
        refuses 2 cut.yaml "$segmmu" translate -m cut.yaml --engine translate 0
    fi
done

# Random bytes in an otherwise good file, text and not.
for seed in $(seq 60); do
    python3 - "$source_file" "$seed" >noisy.yaml <<'PYTHON'
import random, sys
generator = random.Random(int(sys.argv[2]))
text = bytearray(open(sys.argv[1], "rb").read())
for _ in range(generator.randrange(1, 6)):
    text[generator.randrange(len(text))] = generator.choice([generator.randrange(256)] + list(
        b"{}[]:,-#&*!|>'\"%@`0K\n\t "))
sys.stdout.buffer.write(text)
PYTHON
    run "$segmmu" translate -m noisy.yaml --engine translate 0
    if [ $status -ne 0 ]; then
        refuses 2 noisy.yaml "$segmmu" translate -m noisy.yaml --engine translate 0
    fi
done

# bad LINE...: a machine file of these lines is refused, by the line and column at which @ stands.
bad() {
    local place
    printf '%s\n' "$@" >marked.yaml
    place=$(awk '{ column = index($0, "@"); if (column) print NR ":" column }' marked.yaml)
    tr -d @ <marked.yaml >bad.yaml
    refuses 2 "bad.yaml:$place: " "$segmmu" translate -m bad.yaml 0
    refuses 125 "bad.yaml:$place: " "$segmmu" run -m bad.yaml "$guests/hello.rv32.elf"
}

bad 'mmu: {kind: @paging, address_bits: 14, physical_bits: 16}'
bad 'mmu: @{kind: segment, address_bits: 14}'
bad 'mmu: {kind: segment, address_bits: @5, physical_bits: 16}'
bad 'mmu: {kind: segment, address_bits: @49, physical_bits: 16}'
bad 'mmu: {kind: segment, address_bits: 14, physical_bits: @99999999999999999999}'
bad 'mmu: {kind: segment, address_bits: 14, physical_bits: 16, segment_bits: @5}'
bad 'mmu: {kind: segment, address_bits: 14, physical_bits: 16, contexts: @0}'
bad 'mmu: {kind: segment, address_bits: 14, physical_bits: 16, contexts: @17}'
bad 'mmu: {kind: segment, address_bits: 14, physical_bits: 16, stages: @4}'
bad 'mmu: {kind: segment, address_bits: 14, physical_bits: 16, stages: @-1}'
bad 'mmu: {kind: segment, address_bits: 14, physical_bits: 16, @colour: 4}'
mmu='mmu: {kind: segment, address_bits: 14, physical_bits: 16, segment_bits: 2}'
bad "$mmu" 'memory: {ram: @65K}'
bad "$mmu" 'memory: {ram: @0}'
bad "$mmu" 'memory: {ram: 1K, read: @65536}'
bad "$mmu" 'cpu: {gap: @1.5}'
bad "$mmu" 'guest: {abi: @windows}'
bad "$mmu" 'segments:' '  - @{segment: 1, size: 1K, access: r}'
bad "$mmu" 'segments:' '  - {segment: @4, base: 1K, size: 1, access: r}'
bad "$mmu" 'segments:' '  - {segment: 1, base: @65K, size: 1, access: r}'
bad "$mmu" 'segments:' '  - {segment: 1, base: 32K, size: @5K, access: r}'
bad "$mmu" 'segments:' '  - {segment: 1, base: 63K, size: @2K, access: r}'
bad "$mmu" 'segments:' '  - {segment: 1, base: 32K, size: 1K, access: @rr}'
bad "$mmu" 'segments:' '  - {segment: 1, base: 32K, size: 1K, access: @q}'
bad "$mmu" 'segments:' '  - {segment: 1, base: 32K, size: 1K, access: r, max_size: @512}'
bad "$mmu" 'segments:' '  - {segment: 1, base: 1K, size: 1K, access: r}' \
    '  - {segment: @1, base: 2K, size: 1K, access: r}'

# Larger than any machine is.
{
    cat "$source_file"
    head -c 2M /dev/zero | tr '\0' '#'
} >large.yaml
refuses 2 'large.yaml: ' "$segmmu" translate -m large.yaml 0
# Memory is not taken before it is touched; more than the host can reserve is refused in words, and
# more than the MMU can address by the machine file.
for ram in 128G 262144G 262145G; do
    printf '%s\n' 'mmu: {kind: segment, address_bits: 32, physical_bits: 48, segment_bits: 2}' \
        "memory: {ram: $ram}" >ram$ram.yaml
done
ends 0 "$segmmu" run -q -m ram128G.yaml -e translate --base-seed 5 "$guests/hello.rv32.elf"
ends 0 "$segmmu" translate -m ram262144G.yaml 0
refuses 125 'ram262144G.yaml: cannot map 281474976710656 bytes of physical memory: ' \
    "$segmmu" run -m ram262144G.yaml "$guests/hello.rv32.elf"
refuses 125 'ram262145G.yaml:2:15: ' "$segmmu" run -m ram262145G.yaml "$guests/hello.rv32.elf"

finish_checks
