#!/bin/bash
# SPDX-License-Identifier: MIT
# Options: numbers out of range, words that are none, too much and too little.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

hello=$guests/hello.rv32.elf
tour=$source/traces/tour.trace

# What no number is, for options that take any 64-bit number.
for value in '' -1 +1 1.5 1e6 1T 0x '0x 1' 00 07 ten 18446744073709551616 0x10000000000000000 \
    17179869184G ' 1' '1 '; do
    for option in max-instructions seed base-seed; do
        misused 125 "--$option: " "$segmmu" run -m rv32 "--$option=$value" "$hello"
    done
    for option in cycles seed; do
        misused 2 "--$option: " "$segmmu" check -m ostep16 "--$option=$value"
    done
    for option in bytes segment context; do
        misused 2 "--$option: " "$segmmu" translate -m ostep16 "--$option=$value" 0
    done
    misused 2 "found \`$value\`" "$segmmu" translate -m ostep16 -- "$value"
    misused 2 '--frame: ' "$segmmu" replay "--frame=$value" "$tour"
    misused 2 '--frame: ' "$segmmu" trace dump "--frame=$value" "$tour"
    misused 2 '--rounds: ' "$segmmu" bench --mmu-only "--rounds=$value"
    misused 2 '--memory-instructions: ' "$segmmu" bench "--memory-instructions=$value"
done

# Numbers, but none of these.
while read -r status arguments; do
    # shellcheck disable=SC2086
    misused "$status" 'expected a number' "$segmmu" $arguments
done <<'END_OF_TABLE'
2 translate -m ostep16 --bytes 32 0
2 translate -m ostep16 --segment 16 0
2 translate -m ostep16 --context 16 0
2 check -m ostep16 --cycles 0
2 check -m ostep16 --cycles 0x8000000000000000
END_OF_TABLE
misused 125 '--max-instructions: 0' "$segmmu" run -m rv32 --max-instructions 0 "$hello"
misused 2 'expected a number from 1 to 101' "$segmmu" bench --rounds 0
misused 2 'expected a number from 1 to 101' "$segmmu" bench --rounds 102
refuses 2 '--context: found 1, expected 0 to 0' "$segmmu" translate -m ostep16 --context 1 0

# Words that are none, too little and too much: STATUS TEXT_ ARGUMENTS.
while read -r status text arguments; do
    # shellcheck disable=SC2086
    misused "$status" "${text//_/ }" "$segmmu" $arguments
done <<END_OF_TABLE
125 --engine:_\`fast\` run -m rv32 -e fast $hello
125 -m_MACHINE_is_needed run $hello
125 GUEST_program_is_needed run -m rv32
125 unrecognized_option run --no-such-option -m rv32 $hello
125 requires_an_argument run -m
2 --engine: translate -m ostep16 --engine fast 0
2 --access: translate -m ostep16 --access fetch 0
2 expected_-m_MACHINE translate 0
2 expected_an_ADDRESS translate -m ostep16
2 found_both translate -m ostep16 --input $hello 0
2 --bytes: translate -m ostep16 --bytes 4 --input $hello
2 --engine: check -m ostep16 --engine translate
2 expected_no_arguments check -m ostep16 more
2 expected_-m_MACHINE check
2 --engine: replay --engine fast $tour
2 expected_a_TRACE replay
2 found_also replay $tour $tour
2 expected_info,_dump_or_import trace
2 expected_info,_dump_or_import trace show $tour
2 expected_a_TRACE trace info
2 found_also trace info $tour $tour
2 --csv_and_--frame_go_with_dump trace info --csv $tour
2 --json_goes_with_info trace dump --json $tour
2 expected_no_arguments machines all
2 bench_takes_options_only bench all
END_OF_TABLE

refuses 2 'no command `walk`' "$segmmu" walk
refuses 2 'no command `\x1b[31m`' "$segmmu" $'\e[31m'
ends 2 "$segmmu"

# Engines that there are, for what they cannot do.
refuses 125 '--trace needs cycles' "$segmmu" run -m rv32 -e translate --trace t.trace "$hello"
printf '%s\n' 'mmu: {kind: segment, address_bits: 32, physical_bits: 32, segment_bits: 2}' \
    'cpu: {issue: pipelined}' 'memory: {ram: 16M}' >pipelined.yaml
refuses 125 'pipelined.yaml: ' "$segmmu" run -m pipelined.yaml -e rtl "$hello"
[ ! -e t.trace ] || fail 'a trace is left of a run that was refused'

# Without Verilator no engine takes another's place: it is said how to come by it.
mkdir tools
for tool in g++ c++ as ld; do
    ln -s "$(command -v $tool)" tools/
done
for engine in rtl lockstep; do
    for cache in empty-cache empty-cache-too; do
        without=(env "PATH=$PWD/tools" "XDG_CACHE_HOME=$PWD/$cache" "$segmmu")
        refuses 125 'verilator is not installed' "${without[@]}" run -m rv32 -e $engine "$hello"
        refuses 2 'verilator is not installed' "${without[@]}" translate -m ostep16 \
            --engine $engine 0
        refuses 2 'verilator is not installed' "${without[@]}" replay --engine $engine "$tour"
    done
done
ends 2 "${without[@]}" check -m ostep16 # which says first what it will do
says 'verilator is not installed' 1
ends 0 "${without[@]}" run -m rv32 -e model -q "$hello"
ends 0 "${without[@]}" translate -m ostep16 --engine translate 0

finish_checks
