#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu check --rtl` of RTL that means harm: in the sandbox it writes nothing but its own scratch
# directory, above all not the cache of builds and not --out; and it hangs, crashes and prints as its
# verdict. Each has a twin without the sandbox, which shows that the RTL does try.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
# shellcheck disable=SC2016 # $ and ` are Verilog's
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
export XDG_CACHE_HOME=$dir/cache
watch_temporary

cp "$source"/rtl/*.v "$source"/rtl/*.vh . 2>/dev/null

# add_to_top TEXT: our RTL as somebody else's, with TEXT in its top module
add_to_top() {
    TEXT=$1 awk '/^endmodule/ && !done { print ENVIRON["TEXT"]; done = 1 } { print }' \
        "$source/rtl/mmu.v" >mmu.v
    ! cmp -s mmu.v "$source/rtl/mmu.v" || fail "add_to_top: there is no endmodule in mmu.v"
}
check=("$segmmu" check -m ostep16 --rtl mmu.v --cycles 3000 --skip unknowns)

# --- what is written ---

# A constructor at file scope, a shell, $fopen, C, and links in the places that results go to.
mkdir -p cache/segmmu/dut victims
for victim in results.json results.json.part junit.xml segmmu-check-ostep16-1.trace; do
    echo untouched >"victims/$victim"
done
cat >harm.sh <<E
touch $dir/cache/segmmu/dut/touched $dir/touched
for so in $dir/cache/segmmu/dut/*/*.so; do
    echo bad >>\$so
done
cd $dir/out.dir 2>/dev/null && for file in results.json results.json.part junit.xml segmmu-check-ostep16-1.trace; do
    ln -sf $dir/victims/\$file \$file
done
E
harm=$(cat <<V
  integer harm /*verilator public_flat*/;
  initial begin
    harm = \$fopen("$dir/cache/segmmu/dut/opened", "w");
    \$system("sh $dir/harm.sh");
    \$c("{ FILE *f = std::fopen(\\"$dir/reached\\", \\"w\\"); if (f) std::fclose(f); }");
  end
\`systemc_implementation
  static int at_load = std::system("touch $dir/loaded");
\`verilog
V
)
add_to_top "$harm"

written() { # the files that the harm has reached
    ls cache/segmmu/dut/opened cache/segmmu/dut/touched touched reached loaded 2>/dev/null
    grep -Lx untouched victims/*
    find cache/segmmu/dut -name '*.so' -exec tail -c 4 {} \; 2>/dev/null | grep -a bad
}

if find_sandbox; then
    expect "sandbox" 0 "${check[@]}" --out out.dir
    [ -z "$(written)" ] || fail "sandbox: the RTL wrote $(written)"
    contains "sandbox" out.dir/results.json '"complete": true'
    expect "sandbox, from the cache" 0 "${check[@]}"
    [ -z "$(written)" ] || fail "sandbox, from the cache: the RTL wrote $(written)"

    # What is left in the scratch directory: results are copied, links and directories are not.
    rm -rf out.dir
    add_to_top '  initial $system("cd '"$TMPDIR"'/segmmu-check-* && mkdir -p a/b && echo x >a/b/c && echo mine >segmmu-check-mine && ln -s /etc/passwd segmmu-check-link && mkfifo segmmu-check-pipe && echo other >other");'
    expect "scratch" 0 "${check[@]}" --out out.dir
    [ "$(cat out.dir/segmmu-check-mine 2>&1)" = mine ] || fail "scratch: a result is not copied: $(ls -l out.dir)"
    [ "$(ls out.dir)" = "$(printf '%s\n' configuration.json junit.xml logs machine.yaml results.json segmmu-check-mine)" ] ||
        fail "scratch: found in --out: $(ls out.dir)"

    # A disagreement in the sandbox builds a waveform, and its files are named as the user names them.
    add_to_top '  // a bug'
    sed -i 's/base + displacement/base | displacement/' mmu_check.v
    rm -rf out.dir
    expect "disagreement" 1 "$segmmu" check -m seg4 --rtl mmu.v --cycles 20000 --skip unknowns --out out.dir
    contains "disagreement" err "Trace of the last cycles: out.dir/segmmu-check-seg4-1.trace"
    contains "disagreement" out.dir/results.json '"waveform": "out.dir/segmmu-check-seg4-1.fst"'
    [ -s out.dir/segmmu-check-seg4-1.trace ] && [ -s out.dir/segmmu-check-seg4-1.fst ] ||
        fail "disagreement: no files: $(ls out.dir)"
    ! grep -rqF "$TMPDIR" err out.dir/results.json out.dir/junit.xml ||
        fail "disagreement: names a temporary file"
    cp "$source/rtl/mmu_check.v" .

    # A worker that is killed in the sandbox takes nothing along.
    add_to_top '  // as it is'
    "$segmmu" check -m ostep16 --rtl mmu.v --skip unknowns --cycles 24000000 --shard-cycles 12000000 \
        --jobs 2 --json killed.json >out 2>err </dev/null &
    pid=$!
    worker=''
    for _ in $(seq 300); do
        read -r -a children <"/proc/$pid/task/$pid/children"
        for child in "${children[@]}"; do
            ! tr '\0' ' ' <"/proc/$child/cmdline" 2>/dev/null | grep -q '^bwrap .* check-worker ' ||
                worker=$child
        done
        [ -z "$worker" ] || break
        sleep 0.1
    done
    kill -KILL "$worker" || fail "killed: no worker: $(cat out err)"
    wait $pid
    status=$?
    [ $status -eq 2 ] || fail "killed: exit status $status
$(cat out err)"
    contains "killed" err "1 of 4 shards were lost: the check is not complete"
    contains "killed" killed.json '"complete": false'
    contains "killed" killed.json '"verdict": "agreed"'
    [ -z "$(ls -A "$TMPDIR")" ] || fail "killed: left in TMPDIR: $(ls -A "$TMPDIR")"
    echo "sandbox: passed"
fi

rm -rf out.dir
add_to_top "$harm"
"${check[@]}" --no-sandbox --out out.dir >out 2>err </dev/null
[ "$(written | grep -c -e opened -e '^touched' -e /touched -e reached -e loaded)" -eq 5 ] ||
    fail "the twin of the sandbox's test wrote only $(written)
$(cat out err)"
cat victims/* | grep -qvx untouched || fail "the twin followed no link"
rm -rf cache/segmmu/dut out.dir

# --- what does not end ---

# hangs NAME TEXT: found by the watchdog, whatever the compiler thinks of a loop without an effect
hangs() {
    add_to_top "$2"
    expect "$1" 1 timeout 200 "${check[@]}" "${sandbox[@]}" --timeout 1
    contains "$1" err "it does not come back from this cycle (an endless loop?), ended after 1 s"
}

# Public, so that Verilator does not leave out what nobody reads.
hangs "loop with an end that never comes" '  integer spin /*verilator public_flat*/;
  always @(posedge clk_i) if (req_valid_i) begin spin = 1; while (spin != 0) spin = spin + 2; end'
# C++ lets the compiler think that this one ends, and leave it out.
hangs "loop without an effect" '  always @(posedge clk_i) if (req_valid_i) $c("{ unsigned n = 3; while (n != 0) n = n >> 1 ^ (n & 1 ? 0xa3000000u : 0); }");'
if [ -n "${SEGMMU_FULL:-}" ]; then
    hangs "loop in an initial block" '  integer idle /*verilator public_flat*/; initial begin idle = 1; while (idle == 1) idle = 1; end'
    hangs "forever" '  integer n /*verilator public_flat*/; initial begin n = 0; forever n = n + 1; end'
    hangs "combinational loop" '  integer n /*verilator public_flat*/; always @* begin n = 1; while (req_valid_i && n != 0) n = n + 2; end'
fi
echo "loops: found"

# --- what prints ---

add_to_top '  always @(posedge clk_i) $display("%0100d", 0);'
expect "prints" 0 "${check[@]}" "${sandbox[@]}" --cycles 100000 --shard-cycles 50000 --out out.dir
[ "$(stat -c %s out.dir/logs/000000.log)" -le 1048576 ] || fail "prints: a log of $(stat -c %s out.dir/logs/000000.log) bytes"
echo "printing: bounded"

finish "all passed"
