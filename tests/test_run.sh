#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu run` from end to end: a disagreement and what it leaves, faults in the trace, figures that
# reconcile, the same bytes from the same run, and exit statuses. SEGMMU is the command under test,
# SEGMMU_SOURCE the source tree, SEGMMU_GUESTS the guest programs.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
guests=${SEGMMU_GUESTS:?the guest programs}

# ends STATUS COMMAND...: output in out and err
ends() {
    local expected=$1
    shift
    expect "$*" "$expected" "$@"
}

# holds FILE TEXT
holds() {
    contains "$1" "$1" "$2"
}

# figure FILE NAME...: a member of a JSON file
figure() {
    python3 -c 'import json, sys
value = json.load(open(sys.argv[1]))
for name in sys.argv[2:]:
    value = value[name]
print(value)' "$@"
}

# is WANTED FILE NAME...
is() {
    local wanted=$1
    shift
    [ "$(figure "$@")" = "$wanted" ] || fail "$*: $(figure "$@"), expected $wanted"
}

# --- a disagreement ---

# invert_paddr EXPRESSION: RTL that inverts bit 2 of a physical address where the expression holds
invert_paddr() {
    plant mmu_check.v "s/^\(  wire \[63:0\] paddr  *= \)\(.*\);\$/\1(\2) ^ {61'd0, ($1), 2'd0};/"
}

# The heap grows over the address that the planted bug hits after a line of output, and before the
# next one.
invert_paddr "look_addr_i == 64'h40008001"
ends 0 "$segmmu" run -q -m rv32 --engine model "$guests/heap.rv32.elf"
head -n 1 out >first_line
for trace in '' '--trace whole.trace'; do
    rm -f segmmu-run-*
    # shellcheck disable=SC2086 # an option and its value, or none
    ends 120 planted run -m rv32 --stats stats.json $trace "$guests/heap.rv32.elf"
    cmp out first_line || fail "a disagreement $trace: printed $(cat out)"
    cp err page
    holds page 'lockstep: '
    holds page '1 disagreement'
    holds page 'at 0x40008001, user'
    holds page 'guest pc 0x'
    grep -q '^  rsp_addr_o  *0x[0-9a-f]*1 *0x[0-9a-f]*5$' page || fail "rsp_addr_o: $(cat page)"
    holds page 'To repeat it: segmmu replay segmmu-run-rv32.trace'
    holds page 'Waveform: segmmu-run-rv32.fst'
    [ -s segmmu-run-rv32.fst ] || fail 'no waveform'
    is disagreed stats.json outcome
    is 120 stats.json exit_status
    is 1 stats.json disagreements
    first=$(sed -n 's/^model and DUT disagree in //p' page | head -n 1)
    ends 1 planted replay segmmu-run-rv32.trace
    holds err "model and DUT disagree in $first"
    ends 0 "$segmmu" replay segmmu-run-rv32.trace
    # The same from a few requests: the registers that the access needs, and the access.
    grep -q '^Shrunk to [1-9] requests in .* with the signature rsp_addr_o,' page ||
        fail "not made small: $(cat page)"
    [ -s segmmu-run-rv32.shrunk.fst ] || fail 'no waveform of what was made small'
    ends 1 planted replay segmmu-run-rv32.shrunk.trace
    ends 0 "$segmmu" replay segmmu-run-rv32.shrunk.trace
done
ends 0 "$segmmu" trace info whole.trace
holds out 'whole.trace, whole'
ends 1 planted replay whole.trace
holds err "model and DUT disagree in $first"
ends 0 "$segmmu" replay whole.trace
# The tail never replaces the recording itself.
ends 120 planted run -q -m rv32 --trace segmmu-run-rv32.trace "$guests/heap.rv32.elf"
holds err 'holds the whole recording'
ends 0 "$segmmu" trace info segmmu-run-rv32.trace
holds out 'whole'
# Of several processes the one that had the CPU is named; what the others could not print is not lost.
ends 120 planted run -q -m rv32 --process "$guests/hello.rv32.elf" --process "$guests/heap.rv32.elf"
holds err 'heap.rv32.elf (3): model and RTL disagree while it has the CPU'
! grep -q -F 'could not be written' err || fail "something was lost: $(cat err)"

# No file is made, changed or removed.
busybox=$("$source/tests/guests/fetch_busybox") || exit 1
mkdir root
echo kept >root/kept
invert_paddr "look_access_i == 2'd1 \&\& !look_priv_i"
ends 120 planted run -q -m linux-i386 --root root -- "$busybox" sh -c 'echo no >kept; echo no >new'
[ "$(cat root/*)" = kept ] || fail "files changed after a disagreement: $(tail -n +1 root/*)"
ends 0 "$segmmu" run -q -m linux-i386 --root root -- "$busybox" sh -c 'echo a >kept; echo b >new'
[ "$(cat root/kept root/new)" = $'a\nb' ] || fail "files without a disagreement: $(cat root/*)"

# --- faults in the trace: squashed, read, cleared, issued again ---

cat >faults.py <<'END'
import csv, itertools, sys
rows = [row for row in csv.DictReader(sys.stdin) if row["event"] in ("request", "squash")]
faults = 0
for i, row in enumerate(rows):
    if row["event"] != "request" or row["fault"] != "limit":
        continue
    faults += 1
    squash, status, addr, clear = rows[i + 1:i + 5]
    assert squash["event"] == "squash", squash
    count = int(squash["value"], 0)
    squashed = rows[i + 1 - count:i + 1]
    assert len({r["pc"] for r in squashed}) == 1, squashed
    assert (status["op"], status["register"]) == ("read_register", "FAULT_STATUS"), status
    word = int(status["data"], 0)
    assert word >> 31 == 1 and word & 15 == 4 and word >> 12 & 31 == int(row["bytes"]), status
    assert (addr["op"], addr["register"]) == ("read_register", "FAULT_ADDR"), addr
    assert int(addr["data"], 0) == int(row["vaddr"], 0), addr
    assert (clear["op"], clear["register"]) == ("write_register", "FAULT_STATUS"), clear
    # The stack may have been moved meanwhile, by the supervisor's own accesses.
    guests = (r for r in rows[i + 5:] if r["op"] == "translate" and r["priv"] == "0")
    after = list(itertools.islice(guests, count))
    fields = ("access", "vaddr", "bytes", "pc")
    assert [[r[f] for f in fields] for r in squashed] == [[r[f] for f in fields] for r in after]
    assert all(r["fault"] == "none" for r in after), after
print(faults)
END
for machine in rv32 pipelined; do
    [ $machine = rv32 ] || cat >pipelined.yaml <<'END'
mmu: {kind: segment, address_bits: 32, physical_bits: 40, segment_bits: 2, contexts: 3, stages: 3}
cpu: {issue: pipelined}
memory: {ram: 512M, fetch: 1, read: 3, write: 2}
END
    [ $machine = rv32 ] || machine=./pipelined.yaml
    ends 0 "$segmmu" run -q -m $machine --trace grow.trace --stats stats.json \
        "$guests/recurse.rv32.elf" 3000
    "$segmmu" trace dump --csv grow.trace >grow.csv
    growths=$(python3 faults.py <grow.csv) || fail "$machine: faults in the trace"
    [ "${growths:-0}" -ge 10 ] || fail "$machine: the stack grew ${growths:-0} times"
    is "$growths" stats.json faults
    is "$growths" stats.json stack_growths
    is $((2 * growths)) stats.json latency totals squashed
done
# Without the clearing write the check above fails.
grep -v 'write_register,,1,,,,FAULT_STATUS' grow.csv | python3 faults.py >out 2>&1 &&
    fail 'a trace in which no fault is cleared passed'

# --- figures ---

cat >sums.py <<'END'
import json, sys
run = json.load(open(sys.argv[1]))
latency, trace = run["latency"], json.load(open(sys.argv[2]))
cycles, totals = latency["cycles"], latency["totals"]
total = lambda part: sum(round(g["count"] * g[part]["mean"]) for g in latency["groups"])
classes = [cycles[c] for c in ("reset", "accept", "stall", "wait", "idle")]
assert sum(classes) == cycles["total"] == run["cycles"] == run["rtl_cycles"], cycles
assert run["compared_cycles"] == run["rtl_cycles"] - 1, run
assert total("latency_cycles") == totals["latency_cycles"] == cycles["in_flight_sum"], totals
assert total("queueing_cycles") == totals["queueing_cycles"] == cycles["stall"], totals
assert sum(g["count"] for g in latency["groups"]) == totals["requests"] == run["requests"]
assert trace["requests"] == trace["responses"] == run["requests"], trace
assert trace["end_cycle"] == run["cycles"], trace
END
cat >blocking.yaml <<'END'
mmu: {kind: segment, address_bits: 32, physical_bits: 32, segment_bits: 4, stages: 1}
cpu: {issue: blocking, gap: 2}
memory: {ram: 1G, fetch: 2, read: 9, write: 5}
END
for machine in ./pipelined.yaml ./blocking.yaml seg4 wide; do
    for guest in hello.rv32 tour.rv32; do
        ends 0 "$segmmu" run -q -m $machine --stats stats.json --trace run.trace \
            "$guests/$guest.elf"
        ends 0 "$segmmu" trace info --json run.trace
        python3 sums.py stats.json out || fail "$guest on $machine: the sums"
    done
done
sed 's/"stall": [0-9]*/"stall": 1/' stats.json >wrong.json
python3 sums.py wrong.json out 2>/dev/null && fail 'sums that do not reconcile passed'

# --- the same run, the same bytes ---

for machine in rv32 ./pipelined.yaml; do
    for run in 1 2; do
        ends 0 "$segmmu" run -m $machine --trace same.trace --stats same.json \
            "$guests/heap.rv32.elf"
        mkdir -p run$run
        mv out err same.trace same.json run$run/
    done
    diff -r run1 run2 || fail "$machine: two equal runs differ"
done
for seed in 2 3; do
    ends 0 "$segmmu" run -q -m linux-i386 --seed $seed --root root -- "$busybox" mktemp -u
    mv out random$seed
done
cmp -s random2 random3 && fail 'two seeds gave the same random number'

# --- exit statuses, and what --stats says of them ---

for status in 0 1 120 124 125 130 139 255; do
    ends $status "$segmmu" run -q -m rv32 --engine model --stats stats.json \
        "$guests/exit_status.rv32.elf" $status
    is exited stats.json outcome
    is $status stats.json guest_status
done
for engine in translate model rtl lockstep; do
    ends 139 "$segmmu" run -q -m rv32 --engine $engine --stats stats.json \
        "$guests/write_code.rv32.elf"
    is faulted stats.json outcome
    is permission stats.json fault fault
    ends 124 "$segmmu" run -q -m rv32 --engine $engine --max-instructions 5000 --stats stats.json \
        "$guests/forever.rv32.elf"
    is limit stats.json outcome
    is 5000 stats.json instructions

    # SIGINT once it runs: the summary, the statistics and a whole trace.
    trace=(--trace int.trace)
    [ $engine != translate ] || trace=()
    rm -f int.trace stats.json
    python3 -c 'import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
run = subprocess.Popen(sys.argv[1:], stdout=open("out", "w"), stderr=open("err", "w"))
time.sleep(0.7)
run.send_signal(signal.SIGINT)
sys.exit(run.wait(60))' "$segmmu" run -m rv32 --engine $engine --stats stats.json "${trace[@]}" \
        "$guests/forever.rv32.elf"
    status=$?
    [ $status -eq 130 ] || fail "SIGINT on $engine: exit status $status, expected 130: $(cat err)"
    holds err interrupted
    is interrupted stats.json outcome
    if [ $engine != translate ]; then
        ends 0 "$segmmu" trace info int.trace
        holds out 'int.trace, whole'
    fi
done

# Signals without end, from the guest's first output on until nothing of segmmu is left: none of them
# hits the summary, or a run that is being taken apart.
cat >signals.py <<'END'
import itertools, signal, subprocess, sys, time
numbers = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
for number in numbers:
    signal.signal(number, signal.SIG_DFL)
for _ in range(40):
    run = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    run.stdout.read(1)
    for number in itertools.cycle(numbers):
        if run.poll() is not None:
            break
        run.send_signal(number)
        time.sleep(0.0003)
    if run.returncode not in (0, 130):
        sys.exit("exit status %d, expected 0 or 130" % run.returncode)
END
for machine in rv32 linux-i386; do
    ends 0 python3 signals.py "$segmmu" run -m $machine --engine model --stats stats.json \
        "$guests/hello.${machine#linux-}.elf"
done

# Stopped and continued, as with Ctrl-Z and fg: it goes on where it was. Lockstep, where the guest's
# process waits for the checker; a few times, since it must be caught at it.
python3 -c 'import os, signal, subprocess, sys, time
run = subprocess.Popen(sys.argv[1:], stdout=open("out", "w"), stderr=open("err", "w"),
                       start_new_session=True)
for _ in range(10):
    time.sleep(0.1)
    os.killpg(run.pid, signal.SIGSTOP)
    time.sleep(0.05)
    os.killpg(run.pid, signal.SIGCONT)
sys.exit(run.wait(120))' "$segmmu" run -q -m rv32 --max-instructions 12M --stats stats.json \
    "$guests/forever.rv32.elf"
status=$?
[ $status -eq 124 ] || fail "stopped and continued: exit status $status, expected 124: $(cat err)"

# --- without Verilator ---

for engine in rtl lockstep; do
    ends 125 env PATH=/nonexistent "$segmmu" run -m rv32 --engine $engine "$guests/hello.rv32.elf"
    holds err verilator
    [ ! -s out ] || fail "$engine without Verilator printed $(cat out)"
done
for engine in translate model; do
    ends 0 env PATH=/nonexistent "$segmmu" run -m rv32 --engine $engine "$guests/hello.rv32.elf"
    holds out 'hello, world'
done

# --- what is the guest's is not an option ---

ends 0 "$segmmu" run -q -m rv32 --engine model "$guests/hello.rv32.elf" --engine -m --
[ "$(cat out)" = $'hello, --engine\nhello, -m\nhello, --' ] || fail "arguments: $(cat out)"
ends 0 "$segmmu" run -q -m rv32 --engine model --stats stats.json -- \
    "$guests/hello.rv32.elf" $'\xff'
holds stats.json "\$'\\\\xff'"

# A memory that is smaller than any stack.
cat >small.yaml <<'END'
mmu: {kind: segment, address_bits: 48, physical_bits: 6, segment_bits: 4, select: named}
END
ends 125 "$segmmu" run -q -m ./small.yaml --engine model "$guests/hello.named.elf"
grep -q 'small.yaml: [1-9][0-9]* bytes are needed' err || fail "a memory of 64 bytes: $(cat err)"

# Output that cannot be written ends the run where it was, not where the guest would end.
ends 0 "$segmmu" run -q -m rv32 --engine model --stats whole.json "$guests/heap.rv32.elf"
"$segmmu" run -q -m rv32 --engine model --stats stats.json "$guests/heap.rv32.elf" >/dev/full 2>err
status=$?
[ $status -eq 125 ] || fail "output to /dev/full: exit status $status, expected 125"
holds err 'standard output could not be written: No space left on device'
is error stats.json outcome
[ "$(figure stats.json instructions)" -lt $(($(figure whole.json instructions) / 2)) ] ||
    fail "output to /dev/full: the guest ran on for $(figure stats.json instructions) instructions"

# Statistics that cannot be written are told before the guest runs.
ends 125 "$segmmu" run -q -m rv32 --engine model --stats no/stats.json "$guests/hello.rv32.elf"
holds err 'no/stats.json'
[ ! -s out ] || fail "the guest ran: $(cat out)"

finish "all passed"
