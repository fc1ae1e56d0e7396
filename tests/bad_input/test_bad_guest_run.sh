#!/bin/bash
# SPDX-License-Identifier: MIT
# Guests that do what they should not: each is stopped, or its call is refused, and one line says
# what it did. Faults by themselves are tests/test_guests.sh's subject.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

program=$source/tests/bad_input/i386_program.py

# figure NAME: a member of stats.json
figure() {
    python3 -c 'import json, sys; print(json.load(open("stats.json"))[sys.argv[1]])' "$1"
}

engines='translate model rtl lockstep'
# stopped STATUS OUTCOME TEXT MACHINE GUEST [ARG...]: by each of the engines.
stopped() {
    local expected=$1 outcome=$2 text=$3 machine=$4 engine
    shift 4
    for engine in $engines; do
        ends "$expected" "$segmmu" run -m "$machine" -e "$engine" -q --stats stats.json "$@"
        says "$text" 1
        [ "$(figure outcome)" = "$outcome" ] ||
            fail "$*: outcome $(figure outcome), expected $outcome"
    done
}

stopped 139 faulted 'at 0x9abcdef0: not_present' rv32 "$guests/nowhere.rv32.elf"
stopped 139 faulted 'limit: segment 0' basebounds "$guests/nowhere.basebounds.elf"
stopped 139 faulted 'Segmentation fault: execute of ' rv32 "$guests/execute_data.rv32.elf"
stopped 139 faulted 'Segmentation fault: write of ' rv32 "$guests/write_code.rv32.elf"
stopped 139 faulted 'in user mode: privilege' rv32 "$guests/mmu_register.rv32.elf"
stopped 139 faulted 'in user mode: privilege' linux-i386 "$guests/mmu_port.i386.elf"
stopped 132 killed 'Illegal instruction: at 0x' rv32 "$guests/illegal.rv32.elf"
engines=translate # it takes millions of requests
stopped 139 faulted 'grows down to at most' rv32 "$guests/stack_overflow.rv32.elf"

# --max-instructions is exact, for guests that run for ever and for those that do not.
"$program" "$guests/hello.i386.elf" forever.i386.elf forever
for count in 1 2 65537; do
    for guest in "rv32 $guests/forever.rv32.elf" "linux-i386 forever.i386.elf"; do
        for engine in translate model lockstep; do
            ends 124 "$segmmu" run -m "${guest%% *}" -e "$engine" -q --stats stats.json \
                --max-instructions $count "${guest#* }"
            says "segmmu: stopped after $count instructions" 1
            [ "$(figure instructions)" = $count ] ||
                fail "$guest: $(figure instructions) instructions, expected $count"
        done
    done
done
ends 124 "$segmmu" run -m rv32 -e translate -q --max-instructions 100 "$guests/sort.rv32.elf"

# i386 STATUS TEXT STEP...: a program of these steps, by each of the engines. Without a TEXT nothing
# is said.
i386() {
    local expected=$1 text=$2 engine
    shift 2
    "$program" "$guests/hello.i386.elf" made.i386.elf "$@" || fail "i386_program $*"
    for engine in $engines; do
        ends "$expected" "$segmmu" run -m linux-i386 -e "$engine" -q --max-instructions 100000 \
            made.i386.elf
        if [ -n "$text" ]; then
            says "$text" 1
        else
            [ ! -s err ] || fail "$*: $(cat err)"
        fi
    done
}

# Calls that do not exist: ENOSYS (38).
for number in 0x7fffffff 0xffffffff 1000 17; do
    i386 38 '' call=$number exit
done
# Pointers outside of every segment, and to the last byte of the stack: EFAULT (14).
nowhere=0x9abcdef0
for pointer in $nowhere 0xffffffff 0x80000000; do
    i386 14 '' "call=4,1,$pointer,4" exit   # write
    i386 14 '' "call=13,$pointer" exit      # time
    i386 14 '' "call=122,$pointer" exit     # uname
    i386 14 '' "call=265,0,$pointer" exit   # clock_gettime
    i386 14 '' "call=355,$pointer,4,0" exit # getrandom
done
i386 14 '' call=5,$nowhere,0,0 exit # open
i386 9 '' call=4,77,0x8048000,4 exit # EBADF
# The MMU's ports: byte, word, long and string.
engines='translate lockstep'
for code in ec ed ee ef 66ed 66ef 6c 6d 6e 6f; do
    i386 139 'privilege' bytes=66bae005 bytes=$code exit # mov dx, 0x5E0
    i386 139 'privilege' bytes=66bae405 bytes=$code exit # mov dx, 0x5E4
done
engines=translate
# Prefixes hide nothing, up to the 15 bytes that an instruction may have.
prefixes() { printf "%0$1d" 0 | sed 's/0/66/g'; }
for count in 12 13 14; do
    for code in ed ef; do
        i386 139 'privilege' bytes=66bae005 "bytes=$(prefixes $count)$code" exit
    done
done
for code in ed ef; do
    i386 132 'Illegal instruction: at 0x8049004' bytes=66bae005 "bytes=$(prefixes 15)$code" exit
done
i386 7 '' bytes=bb07000000 bytes=b801000000 "bytes=$(prefixes 13)cd80"        # exit(7)
i386 132 'Illegal instruction: at 0x804900a' bytes=bb07000000 bytes=b801000000 \
    "bytes=$(prefixes 14)cd80"
# No instruction went before: EAX and EDX are 0, whatever the host's clock is.
i386 0 '' "bytes=$(prefixes 13)0f31" bytes=09d0 exit # or eax, edx
i386 132 'Illegal instruction: at 0x8049000' "bytes=$(prefixes 14)0f31" exit
i386 132 'Illegal instruction: at 0x8049000' bytes=c5f831 exit # behind VEX
# What user mode may not do: hlt, cli, sti, mov of cr0, wbinvd, rdmsr, wrmsr; other ports.
for code in f4 fa fb 0f20c0 0f22c0 0f09 0f32 0f30 e480 e680; do
    i386 132 'Illegal instruction: at 0x80490' bytes=66bae005 bytes=$code exit
done

# Random bytes as code: whatever they do, the host is told of it in one line.
for seed in $(seq 40); do
    code=$(python3 -c "import random; print(random.Random($seed).randbytes(64).hex())")
    "$program" "$guests/hello.i386.elf" random.i386.elf "bytes=$code"
    run "$segmmu" run -m linux-i386 -e translate -q --max-instructions 100000 random.i386.elf
    [ "$(wc -l <err)" -le 1 ] || fail "random code $seed: more than a line: $(cat err)"
    [ "$status" -ne 125 ] || says 'segmmu: ' 1
done

finish_checks
