#!/bin/bash
# SPDX-License-Identifier: MIT
# `check --rtl-coverage`: a line that never runs is named, and is not when it does run; the tracefile
# is one that lcov and genhtml take; jobs do not change it; what is lost or damaged is told of.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
skip=(--skip unknowns)
last_pass='RTL from unknown initial values' # before the one that counts

# hits FILE SOURCE LINE: the count of a line in a tracefile; nothing where it has none
hits() {
    sed -n "/^SF:.*\/$2\$/,/^end_of_record/s/^DA:$3,//p" "$1"
}

# line_of FILE TEXT
line_of() {
    grep -nF -- "$2" "$1" | head -n 1 | cut -d : -f 1
}

# --- our own RTL: all of it runs ---

shards=(-m ostep16 --cycles 40000 --shard-cycles 20000 "${skip[@]}")
expect "our RTL" 0 "$segmmu" check "${shards[@]}" --rtl-coverage one.info --json one.json
contains "our RTL" out "RTL with its coverage counted: agreed after 40000 cycles, 39998 compared"
grep -qE '^RTL coverage: ([0-9]+) of \1 lines, ([0-9]+) of \2 branches, [0-9]+ of [0-9]+ toggle' out ||
    fail "our RTL: not every line is reached: $(cat out)"
contains "our RTL" one.json '"complete": true'
for file in mmu mmu_check mmu_lookup mmu_pipeline mmu_register_file; do
    contains "our RTL" out "/rtl/$file.v: "
done
grep -E '^SF:' one.info | grep -E 'wrapper|adapter' && fail "our RTL: what is around it is counted"
expect "two jobs" 0 "$segmmu" check "${shards[@]}" --jobs 2 --rtl-coverage two.info --json two.json
cmp one.info two.info || fail "two jobs give another tracefile than one"
cmp one.json two.json || fail "two jobs give other results than one"
expect "another seed" 0 "$segmmu" check "${shards[@]}" --seed 2 --rtl-coverage three.info
cmp -s one.info three.info && fail "another seed gives the same tracefile"
expect "no coverage" 0 "$segmmu" check -m ostep16 --cycles 1000 --json plain.json
lacks "no coverage" out "RTL coverage"
contains "no coverage" plain.json '"rtl_coverage": null'

# --- a line that can never run has 0 hits and is named; its twin, which does run, is not ---

cp "$source"/tests/foreign/*.sv "$source"/tests/foreign/*.yaml .
foreign=(-m seg4_one_stage.yaml --rtl xlate_pkg.sv --rtl xlate_queue.sv --rtl xlate.sv
    --ports ports.yaml --param DEPTH=1 --no-sandbox --cycles 20000 "${skip[@]}")
last=$(line_of xlate.sv endmodule)
planted='  logic never_q, always_q;
  always_ff @(posedge clk) begin
    if (scan_en)
      never_q <= 1;
    if (!scan_en)
      always_q <= 1;
  end' # scan_en is tied to 0
sed -i "${last}i\\${planted//$'\n'/\\n}" xlate.sv
dead=$(line_of xlate.sv 'never_q <= 1') live=$(line_of xlate.sv 'always_q <= 1')
expect "dead code" 0 "$segmmu" check "${foreign[@]}" --rtl-coverage dead.info --json dead.json
contains "dead code" out "  never reached: xlate.sv:$dead"
lacks "dead code" out "never reached: xlate.sv:$live"
contains "dead code" out "  never false: xlate.sv:$((live - 1))"
lacks "dead code" out "never false: xlate.sv:$((dead - 1))"
[ "$(hits dead.info xlate.sv "$dead")" = 0 ] || fail "dead code: it has hits"
[ "$(hits dead.info xlate.sv "$live")" -gt 19000 ] || fail "dead code: its twin has no hits"
tr -d ' \n' <dead.json | grep -qE "\"lines\":\{[^}]*\"missed\":\[([0-9]+,)*${dead}[],]" ||
    fail "dead code: not in the results"
grep -qx "SF:$dir/xlate.sv" dead.info || fail "dead code: not the user's own source"
grep -E '^SF:' dead.info | grep -E 'wrapper|adapter' && fail "dead code: the adapter is counted"
expect "by transactions" 0 "$segmmu" check "${foreign[@]}" --compare transaction \
    --rtl-coverage again.info
cmp dead.info again.info || fail "the same stimulus gives another tracefile"
if find_sandbox; then
    expect "sandbox" 0 "$segmmu" check "${foreign[@]}" --sandbox --rtl-coverage boxed.info
    cmp dead.info boxed.info || fail "the sandbox gives another tracefile"
fi

# --- lcov and genhtml take it, and add up as we do ---

if command -v genhtml >genhtml.path; then
    expect "genhtml" 0 genhtml --branch-coverage --output-directory html dead.info
    grep -qi warning out err && fail "genhtml: $(cat out err)"
    [ -n "$(find html -name 'xlate.sv.gcov.html')" ] || fail "genhtml: no page of xlate.sv"
    found=$(grep -c '^DA:' dead.info) hit=$(grep '^DA:' dead.info | grep -vc ',0$')
    contains "genhtml" out "($hit of $found lines)"
    expect "lcov -a" 0 lcov --rc lcov_branch_coverage=1 -a dead.info -a dead.info -o twice.info
    [ "$(hits twice.info xlate.sv "$live")" = \
        $((2 * $(hits dead.info xlate.sv "$live"))) ] || fail "lcov does not add up"
    [ "$(grep -c '^BRDA:' twice.info)" = "$(grep -c '^BRDA:' dead.info)" ] ||
        fail "lcov loses branches"
else
    echo "NOT RUN: genhtml and lcov: not installed"
fi

# --- a worker that is killed leaves nothing of its shard ---

# kill_counting OPTION...: starts a check and kills the first worker of the pass that counts
kill_counting() {
    local worker=''
    "$segmmu" check -m ostep16 "${skip[@]}" --rtl-coverage lost.info --json lost.json "$@" \
        >out 2>err </dev/null &
    check=$!
    for _ in $(seq 600); do
        if grep -q "^${last_pass}" out; then
            read -r worker _ < <(cat /proc/$check/task/$check/children 2>/dev/null)
            [ -z "${worker:-}" ] || break
        fi
        sleep 0.05
    done
    kill -KILL "$worker" || fail "there is no worker to kill: $(cat out err)"
    wait $check
    status=$?
    [ $status -eq 2 ] || fail "killed: exit status $status"
    contains "killed" err "RTL with its coverage counted, shard 0: its worker was killed (Killed)"
}
kill_counting --cycles 1000000 --shard-cycles 980000
contains "killed" err "lost.info: not complete: coverage of 1 of 2 shards is missing"
contains "killed" lost.info "TN:segmmu_check_incomplete"
tr -d ' \n' <lost.json | grep -q '"rtl_coverage":{"complete":false' ||
    fail "killed: results.json says that coverage is complete"
rm lost.info
kill_counting --cycles 1000000
contains "killed alone" err "lost.info: not written: no shard has counted to its end"
[ ! -e lost.info ] || fail "killed alone: there is a tracefile"

# --- a disagreement comes first ---

sed 's/cmd.data\[3:1\]/cmd.data[1:1]/' "$source/tests/foreign/xlate.sv" >xlate.sv
expect "disagreement" 1 "$segmmu" check "${foreign[@]}" --compare transaction --rtl-coverage bad.info
contains "disagreement" err "bad.info: not written: no shard has counted to its end"
[ ! -e bad.info ] || fail "disagreement: there is a tracefile"

# --- coverage files of somebody else's testbench ---

# points COUNT: a coverage file with a block of lines that ran so often
points() {
    echo '# SystemC::Coverage-3'
    printf "C '\\1f\\2/a.v\\1l\\0027\\1page\\2v_line/a\\1o\\2block\\1S\\0027-8' %s\\n" "$1"
}
points 5 >b.dat
points 0 >a.dat
printf "C '\\1f\\2/a.v\\1l\\0023\\1page\\2v_toggle/a\\1o\\2q[0]' 4\\n" >>a.dat
expect "lcov" 0 "$segmmu" coverage lcov one.info a.dat
contains "lcov" out "RTL coverage: 0 of 2 lines, 0 of 0 branches, 1 of 1 toggle points"
contains "lcov" out "  never reached: /a.v:8"
expect "lcov of two" 0 "$segmmu" coverage lcov both.info a.dat b.dat
contains "lcov of two" out "RTL coverage: 2 of 2 lines"
contains "lcov of two" both.info "DA:8,5"

# lcov_refused NAME TEXT FILE...: as `refused`, and nothing is written
lcov_refused() {
    local name=$1 text=$2
    shift 2
    rm -f refused.info
    refused "$name" "$text" "$segmmu" coverage lcov refused.info "$@"
    [ ! -e refused.info ] || fail "$name: a tracefile is written"
}
head -c -3 a.dat >cut.dat
lcov_refused "cut" "cut.dat:3: damaged coverage: it ends in mid-line" a.dat cut.dat
tail -n +2 a.dat >headless.dat
lcov_refused "headless" "headless.dat:1: damaged coverage: expected \`# SystemC::Coverage-3\`" headless.dat
tail -n 1 a.dat | cat a.dat - >twice.dat
lcov_refused "twice" "twice.dat:4: damaged coverage: the same point as in line 3" twice.dat
sed 's/ 4$/ four/' a.dat >count.dat
lcov_refused "count" "count.dat:3: damaged coverage: expected a count" count.dat
head -c 4096 /dev/urandom >noise.dat
lcov_refused "noise" "noise.dat:1: damaged coverage: " noise.dat
lcov_refused "no file" "nowhere.dat: No such file" nowhere.dat
lcov_refused "a directory" ".: not a file" .
expect "full disk" 2 "$segmmu" coverage lcov /dev/full a.dat
contains "full disk" err "/dev/full: cannot be written: No space left on device"
[ -c /dev/full ] || fail "full disk: a device was replaced"
expect "no directory" 2 "$segmmu" check -m ostep16 "${skip[@]}" --cycles 1000 \
    --rtl-coverage no/such.info
contains "no directory" err "no/such.info: cannot be written: No such file"
[ ! -s out ] || fail "no directory: ran all the same: $(cat out)"
expect "lcov of nothing" 2 "$segmmu" coverage lcov out.info
expect "the model alone" 2 "$segmmu" check -m ostep16 --engine model --rtl-coverage x.info
contains "the model alone" err "--rtl-coverage: found --engine model"

finish "all passed"
