#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu trace import`: logs of Valgrind's lackey, of Spike and CSV become traces that model and RTL
# agree on; what is no such log is refused by its line. SEGMMU is the command under test,
# SEGMMU_SOURCE the source tree.
# shellcheck disable=SC2016 # messages have backquotes
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# requests TRACE: of the translations that began in it, what was asked and answered
requests() {
    "$segmmu" trace dump --csv "$1" | awk -F, '
        function value(name) { return $column[name] == "" ? "-" : $column[name] }
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        value("event") == "request" && value("op") == "translate" {
            print value("pc"), value("vaddr"), value("bytes"), value("access"),
                value("rsp_segment"), value("fault") }'
}

# --- a real program, on every machine, through model and RTL ---

valgrind --tool=lackey --trace-mem=yes --log-file=true.lackey /bin/true || fail "valgrind"
count() { # LETTER: of accesses in the log
    grep -c "^ *$1 " true.lackey
}
loads=$(count L) stores=$(count S) modifies=$(count M) fetches=$(count I)
for machine in basebounds ostep15 ostep16 onebit seg4 seg16 named wide; do
    expect "$machine" 0 "$segmmu" trace import --format lackey -m $machine true.lackey
    contains "$machine" out "(execute $fetches, read $((loads + modifies)), write $((stores + modifies)))"
    [ -s true.lackey.trace ] || fail "$machine: no true.lackey.trace"
    # Hits as well as faults, and nothing but the faults of first touches.
    sed -n 's/^requests: .*(none \([0-9]*\), limit \([0-9]*\)) in .*/\1 \2/p' out >answers
    read -r hits faults <answers || fail "$machine: other faults: $(cat out)"
    if [ "${hits:-0}" -lt $((fetches + loads + stores)) ] || [ "${faults:-0}" -le 3 ]; then
        fail "$machine: $(cat out)"
    fi
    expect "$machine: replay" 0 "$segmmu" replay --engine model true.lackey.trace
done
expect "lockstep" 0 "$segmmu" replay true.lackey.trace # of wide
contains "lockstep" out "model and RTL agreed"
expect "standard input" 0 bash -c "'$segmmu' trace import --format lackey -m wide - <true.lackey"
head -n -2 out >out.stdin
expect "a file" 0 "$segmmu" trace import --format lackey -m wide true.lackey
head -n -2 out | cmp -s - out.stdin || fail "standard input gives other figures than a file"
cp true.lackey.trace first.trace
expect "again" 0 "$segmmu" trace import --format lackey -m wide true.lackey
cmp -s true.lackey.trace first.trace || fail "the same log gives another trace"

# --- what becomes of each line ---

cat >small.lackey <<'LOG'
==12== Lackey, an example Valgrind tool
I  00401ab0,3
 L 1ffeffe7f,8
 M 1ffeffe88,4
 S 1ffefffe0,32
I  ffffffffffffffff,1
LOG
expect "small" 0 "$segmmu" trace import --format lackey -m seg4 small.lackey --out small.trace
requests small.trace >small.requests
cat >small.expected <<'EXPECTED'
0x401ab0 0xab0 3 execute 0 limit
0x401ab0 0xab0 3 execute 0 none
0x401ab0 0x40000e7f 8 read 1 limit
0x401ab0 0x40000e7f 8 read 1 none
0x401ab0 0x40000e88 4 read 1 none
0x401ab0 0x40000e88 4 write 1 none
0x401ab0 0x40000fe0 16 write 1 none
0x401ab0 0x40000ff0 16 write 1 none
0xffffffffffffffff 0x1fff 1 execute 0 limit
0xffffffffffffffff 0x1fff 1 execute 0 none
EXPECTED
diff small.expected small.requests || fail "small.lackey: see above"

# Stores have their size in the log, loads in the instruction: ld, lw, lhu, lbu, c.ld, amoadd.w, flw,
# vle32.v.
commits=$source/tests/import/expected/rv64_commits.txt
expect "spike" 0 "$segmmu" trace import --format spike -m seg4 "$commits" --out spike.trace
requests spike.trace | awk '{ print $1, $3, $4 }' | uniq >spike.requests
cat >spike.expected <<'EXPECTED'
0x1000 4 execute
0x100c 4 execute
0x100c 8 read
0x80000000 4 execute
0x80000000 4 read
0x80000004 4 execute
0x80000008 4 execute
0x80000008 2 read
0x8000000c 4 execute
0x8000000c 1 read
0x80000010 2 execute
0x80000010 8 read
0x80000012 2 execute
0x80000012 8 write
0x80000014 4 execute
0x80000014 1 write
0x80000018 4 execute
0x80000018 4 read
0x80000018 4 write
0x8000001c 4 execute
0x8000001c 4 read
0x80000024 4 execute
0x80000024 4 read
EXPECTED
diff spike.expected spike.requests || fail "the Spike log: see above"
expect "spike replay" 0 "$segmmu" replay spike.trace

printf 'access,vaddr,bytes,priv\nread,0x10,4,0\nwrite,0x3ffc,8,0\nread,0x10000,1,1\nread,0,0,0\n' \
    >kept.csv
expect "csv" 0 "$segmmu" trace import --format csv -m ostep16 kept.csv --out kept.trace
requests kept.trace | awk '{ print $2, $3, $6 }' >kept.requests
printf '%s\n' '0x10 4 none' '0x3ffc 8 limit' '0x10000 1 physical' '0x0 0 limit' >kept.expected
diff kept.expected kept.requests || fail "kept.csv: see above"
expect "csv folded" 0 "$segmmu" trace import --format csv --addresses fold -m ostep16 kept.csv
contains "csv folded" out "folded: "
expect "lackey kept" 0 "$segmmu" trace import --format lackey --addresses keep -m ostep16 small.lackey
contains "lackey kept" out "requests: 7 (limit 7)"

# --- a million lines ---

awk 'BEGIN { for (i = 0; i < 250000; i++)
    printf "I  %08x,4\n L %x,8\n S %x,8\n M %x,4\n", 4194304 + i % 9999 * 4, i * 64, i * 24, i * 8 }' \
    >million.lackey
expect "a million" 0 "$segmmu" trace import --format lackey -m seg4 million.lackey
contains "a million" out "accesses: 1250000 ("
# Twice the lines do not take more memory.
peak() { # LINES: kilobytes
    head -n "$1" million.lackey |
        python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' \
            "$segmmu" trace import --format lackey -m seg4 --out /dev/null -
}
half=$(peak 500000) whole=$(peak 1000000)
[ "$whole" -lt $((half + 2048)) ] || fail "memory: $half kB for half, $whole kB for all"

# --- bad input: the line, what was found and what was expected ---

log_refused() { # NAME FORMAT TEXT MESSAGE: text of the log, as printf takes it
    # shellcheck disable=SC2059 # the text is a format
    printf "$3" >bad.log
    expect "$1" 2 "$segmmu" trace import --format "$2" -m seg4 bad.log --out bad.trace
    contains "$1" err "$4"
    grep -q '^segmmu: bad.log:[0-9]*: ' err || fail "$1: no line in $(cat err)"
}
log_refused "no size" lackey 'I  400,4\n L 10\n' 'bad.log:2: found ` L 10`, expected `I  ADDRESS,SIZE`'
log_refused "size 0" lackey ' L 10,0\n' 'bad.log:1: found ` L 10,0`'
log_refused "huge size" lackey ' L 10,99999999999999999999\n' 'bad.log:1: found'
log_refused "negative" lackey ' L -10,4\n' 'bad.log:1: found'
log_refused "17 digits" lackey 'I  10000000000000000,1\n' 'bad.log:1: found'
log_refused "past the end" lackey ' S ffffffffffffffff,2\n' 'bad.log:1: found'
log_refused "the program's output" lackey 'I  400,4\nhello\n' 'with --log-file'
log_refused "letter" lackey ' X 400,4\n' 'bad.log:1: found ` X 400,4`'
log_refused "NUL" lackey 'I  400,4\n L \0\n' 'bad.log:2: found a NUL byte'
log_refused "escape" lackey '\033[2Jx\n' '\x1b[2Jx'
log_refused "spike: cut off" spike 'core   0: 3 0x8000' 'bad.log:1: found'
log_refused "spike: mem" spike 'core   0: 3 0x80000000 (0x00000013) mem\n' 'expected `mem 0xADDRESS`'
log_refused "spike: digits" spike 'core   0: 3 0x80000000 (0x13) mem 0x10 0x123\n' 'two digits for each'
log_refused "spike: output" spike 'hello\n' 'bad.log:1: found `hello`, expected `core N:'
log_refused "csv: access" csv 'vaddr,bytes,access\n1,1,fetch\n' 'bad.log:2: row 1: column access'
printf 'I  400,4\n' >long.log
head -c 70000 /dev/zero | tr '\0' I >>long.log
expect "long line" 2 "$segmmu" trace import --format lackey -m seg4 long.log --out bad.trace
contains "long line" err "long.log:2: found a line longer than 65536 bytes"
contains "long line" err "bad.trace holds the 2 translations before it"
expect "what came before" 0 "$segmmu" trace info bad.trace

# Whatever is in a file, one line on standard error and no crash.
for seed in $(seq 1 40); do
    case $((seed % 4)) in
    0) head -c 3000 /dev/urandom >hostile.log ;;
    1) head -c $((seed * 997)) true.lackey >hostile.log ;;
    2) head -n 2000 true.lackey | shuf | tr '4\n' '\n,' >hostile.log ;;
    3) tr 'c0' '0x' <"$commits" | head -c $((seed * 61)) >hostile.log ;;
    esac
    for format in lackey spike csv; do
        "$segmmu" trace import --format $format -m ostep16 hostile.log --out hostile.trace >out 2>err
        status=$?
        [ $status -eq 0 ] || { [ $status -eq 2 ] && grep -q '^segmmu: hostile.log:' err; } ||
            fail "hostile $seed, $format: exit status $status, $(cat err)"
    done
done

expect_error() { # NAME TEXT ARGUMENT...
    local name=$1 text=$2
    shift 2
    expect "$name" 2 "$segmmu" trace import "$@"
    contains "$name" err "$text"
}
expect_error "no file" "no-such-log: No such file" --format lackey -m seg4 no-such-log
expect_error "a directory" "Is a directory" --format lackey -m seg4 . --out x.trace
expect_error "no format" "expected -m MACHINE and --format FORMAT" -m seg4 small.lackey
expect_error "format" 'found `elf`, expected lackey, spike or csv' --format elf -m seg4 small.lackey
expect_error "addresses" 'found `x`, expected fold or keep' --addresses x --format csv -m seg4 x
expect_error "no log" "expected a LOG" --format lackey -m seg4
expect_error "other options" "go with dump" --csv --format lackey -m seg4 small.lackey
expect_error "itself" "is the input itself" --format lackey -m seg4 small.lackey --out ./small.lackey
grep -q 00401ab0 small.lackey || fail "the input was overwritten"
expect_error "full disk" "No space left" --format lackey -m seg4 million.lackey --out /dev/full
expect "machine of replay" 2 "$segmmu" trace info -m seg4 small.trace
contains "machine of replay" err "go with import"

finish "all passed"
