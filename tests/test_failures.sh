#!/bin/bash
# SPDX-License-Identifier: MIT
# Failures of `segmmu check`: different bugs in one DUT are told apart, and each is explained once; the
# command that is printed for each, copied as it stands, repeats it. With both ways to compare, from
# random initial values, and for RTL that stops, crashes or hangs.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree; with SEGMMU_FULL=1 all of it.
# shellcheck disable=SC2016 # $ is Verilog's
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
export XDG_CACHE_HOME=$dir/cache

# repeats NAME COUNT FILE [COMMAND]: each of the COUNT replay commands in FILE disagrees, run by COMMAND
repeats() {
    local name=$1 count=$2 file=$3 run=${4:-planted} words number=0
    while read -r -a words <&3; do
        number=$((number + 1))
        expect "$name: segmmu ${words[*]}" 1 "$run" "${words[@]}"
    done 3< <(sed -n 's/^To repeat it: segmmu replay /replay /p' "$file")
    [ $number -eq "$count" ] || fail "$name: $number replay commands, expected $count in
$(cat "$file")"
}

# small NAME FILE: everything that was shrunk has ten requests or fewer
small() {
    local name=$1 requests
    while read -r requests; do
        [ "$requests" -le 10 ] || fail "$name: shrunk to $requests requests"
    done < <(sed -n 's/^Shrunk to \([0-9]*\) request.*/\1/p' "$2")
}

limit='s/offset + bytes <= end_offset;/offset + bytes <= end_offset + 64'"'"'d1;/'
more="s/fault_more_d *= 1'b1/fault_more_d = 1'b0/"
privileged='s/look_segment_o = is_user_translate/look_segment_o = is_translate/'

# --- three bugs, and the same with two jobs ---

plant mmu_check.v "$limit" mmu_fault_record.v "$more" mmu_lookup.v "$privileged"
three=(-m ostep16 --cycles 60000 --shard-cycles 30000)
expect "three bugs" 1 planted check "${three[@]}" --out three
cp out three.out
cp err three.err
for signature in "rsp_fault_o, limit, translate" "rsp_segment_o, none, translate" \
    "rsp_data_o, none, read_register"; do
    grep -q "^Failure [0-9]*, in model and RTL.*: $signature\$" three.err || fail "three bugs: no $signature"
    grep -q "^  [0-9]*\. $signature: [0-9]* times in model and RTL" three.out ||
        fail "three bugs: no $signature in the summary of
$(cat three.out)"
    contains "three bugs" three/results.json "\"signature\": \"$signature\""
    contains "three bugs" three/junit.xml ": $signature\"><failure message=\"model and DUT disagree\">"
done
count=$(sed -n 's/^different failures: //p' three.out)
[ "$count" -ge 3 ] && [ "$count" -lt 8 ] || fail "three bugs: $count different failures"
[ "$(grep -c '^Shrunk to ' three.err)" -eq "$count" ] || fail "three bugs: not each is shrunk once"
small "three bugs" three.err
for number in $(seq "$count"); do
    prefix=three/segmmu-check-ostep16-1
    [ "$number" -eq 1 ] || prefix=$prefix-failure$number
    for file in trace fst shrunk.trace shrunk.fst; do
        [ -s "$prefix.$file" ] || fail "three bugs: no $prefix.$file"
    done
done
repeats "three bugs" $((2 * count)) three.err
expect "three bugs: without them" 0 "$segmmu" replay three/segmmu-check-ostep16-1.shrunk.trace
mv three one_job
expect "two jobs" 1 planted check "${three[@]}" --out three --jobs 2
cmp err three.err || fail "two jobs print another report"
for file in one_job/results.json one_job/junit.xml one_job/*.trace; do
    cmp "$file" "three/${file#one_job/}" || fail "two jobs give another $file"
done
echo "three bugs: $count different failures"

expect "the first failure" 1 planted check "${three[@]}" --failures 1
contains "the first failure" out "different failures: 1"
[ "$(grep -c '^Shrunk to ' err)" -eq 1 ] || fail "the first failure: not shrunk once"
contains "the first failure" out "model and RTL: disagreed after 32 cycles, "
expect "no bug" 0 "$segmmu" check "${three[@]}" --junit good.xml
! grep -q "failures:" out || fail "no bug: $(cat out)"
contains "no bug" good.xml ' failures="0" '
expect "failures 0" 2 "$segmmu" check -m ostep16 --failures 0
contains "failures 0" err "--failures: found \`0\`, expected a number from 1 to 64"

# --- RTL that stops: $fatal, with a number that differs from run to run; an assertion ---

plant mmu_register_file.v 's/^  always @(posedge clk_i) begin/  always @(posedge clk_i) if (write_window \&\& !rst_i) $fatal(1, "window %0d at %0t", window_q, $time);\n&/'
expect "fatal" 1 planted check -m seg4 --cycles 20000 --failures 1
contains "fatal" err "Failure 1, in model and RTL: stopped: "
contains "fatal" err "window # at #"
small "fatal" err
cp err fatal.err
repeats "fatal" 2 fatal.err

# --- RTL that hangs, also in the replay ---

plant mmu_register_file.v "s/^  always @(posedge clk_i) begin/  integer spin, sum;\n  always @(posedge clk_i) if (write_window) begin spin = 1; while (spin != 0) begin spin = spin + 2; sum = (sum ^ spin) * 5; end end\n&/
s/^  assign data_o *= \(.*\);/  assign data_o = (\1) ^ {63'd0, sum == 32'd77};/"
expect "hang" 1 planted check -m ostep16 --timeout 1 --cycles 20000 --failures 1
contains "hang" err "Not made small, and no waveform: it would crash or hang again"
expect "hang: replay" 1 planted replay --timeout 1 segmmu-check-ostep16-1.trace
contains "hang: replay" err "the DUT stopped in cycle 20: it does not come back from this cycle"
contains "hang: replay" err "  request  write register WINDOW = 0x0, privileged"
if [ "${SEGMMU_FULL:-0}" -eq 1 ]; then
    expect "hang: by transactions" 1 planted check -m ostep16 --timeout 1 --cycles 20000 --failures 1 \
        --compare transaction
    expect "hang: replay by transactions" 1 planted replay --timeout 1 segmmu-check-ostep16-1.trace
    contains "hang: replay by transactions" err "it does not come back from this cycle"
    plant mmu_register_file.v "s/^  always @(posedge clk_i) begin/  always @(posedge clk_i) if (write_window) \$c(\"*(volatile int *)8 = 1;\");\n&/"
    expect "crash" 1 planted check -m ostep16 --cycles 20000 --failures 1
    expect "crash: replay" 1 planted replay segmmu-check-ostep16-1.trace
    contains "crash: replay" err "the DUT stopped in cycle 20: it crashed: Segmentation fault"
fi

# --- random initial values: the seed of the values is in the command ---

plant mmu_register_file.v \
    's/^  assign data_o *= .*/  reg [7:0] never_q;\n  always @(posedge clk_i) never_q <= never_q;\n  assign data_o = (is_admitted \&\& is_read) ? value ^ {56'"'"'d0, never_q} : 64'"'"'d0;/'
expect "random values" 1 planted check -m ostep16 --cycles 100000
contains "random values" err "Failure 1, in RTL from random initial values: rsp_data_o, none, read_register"
small "random values" err
cp err random.err
repeats "random values" 2 random.err
contains "random values" random.err "segmmu replay --initial-seed "
[ -s segmmu-check-ostep16-1.shrunk.fst ] || fail "random values: no waveform"
expect "random values: without them" 0 planted replay segmmu-check-ostep16-1.shrunk.trace

# --- by transactions: foreign RTL with a queue; the trace is by its own cycles ---

foreign=$source/tests/foreign
cp "$foreign"/*.sv "$foreign/ports.yaml" .
mapped=(--rtl xlate_pkg.sv --rtl xlate_queue.sv --rtl xlate.sv --ports ports.yaml)
find_sandbox
sed -i 's/last > beyond/last > beyond + 1/; s/(SPAN - offset))/(SPAN - offset - 1))/' xlate.sv
! cmp -s xlate.sv "$foreign/xlate.sv" || fail "by transactions: nothing matches"
expect "by transactions" 1 "$segmmu" check -m seg4 --cycles 60000 "${mapped[@]}" "${sandbox[@]}" \
    --compare transaction --out transactions
cp err transactions.err
cp out transactions.out
for signature in "rsp_fault_o, limit, translate" "rsp_addr_o, none, translate"; do
    contains "by transactions" transactions.err ": $signature"
done
count=$(sed -n 's/^different failures: //p' transactions.out)
small "by transactions" transactions.err
[ "$(grep -c '^Shrunk to ' transactions.err)" -eq "$count" ] || fail "by transactions: not each is shrunk"
repeats "by transactions" $((2 * count)) transactions.err "$segmmu"
trace=transactions/segmmu-check-seg4-1.shrunk.trace
expect "by transactions: info" 0 "$segmmu" trace info $trace
contains "by transactions: info" out "compared    by transactions"
expect "by transactions: translate" 0 "$segmmu" replay -e translate $trace
expect "by transactions: as if by cycles" 2 "$segmmu" replay --compare cycle $trace
contains "by transactions: as if by cycles" err "was recorded by transactions"
expect "by transactions: our RTL" 0 "$segmmu" replay $trace
contains "by transactions: our RTL" out "by transactions: model and RTL agreed"
cp "$foreign/xlate.sv" .
expect "by transactions: without the bugs" 0 "$segmmu" replay "${mapped[@]}" "${sandbox[@]}" $trace
# any trace can be offered to RTL of another latency
expect "by transactions: a trace of run" 0 "$segmmu" replay "${mapped[@]}" "${sandbox[@]}" \
    --compare transaction "$source/traces/tour.trace"
contains "by transactions: a trace of run" out "offered again each until it was accepted"
echo "by transactions: $count different failures"

# --- narrow ports: what is left when it was made small is within them ---

cat >narrow.sv <<'V'
module narrow (
    input wire clk_i, rst_i, req_valid_i, input wire [1:0] req_op_i, input wire [13:0] req_addr_i,
    input wire [4:0] req_bytes_i, input wire [1:0] req_access_i, input wire req_priv_i,
    input wire [7:0] req_reg_i, input wire [16:0] req_wdata_i, output wire req_ready_o,
    output wire rsp_valid_o, output wire [15:0] rsp_addr_o, output wire [63:0] rsp_data_o,
    output wire [3:0] rsp_fault_o, rsp_segment_o
);
    wire [63:0] wide;
    wire [3:0] segment;
    mmu #(.VA_W(14), .PA_W(16), .SEG_BITS(2), .CONTEXTS(1), .STAGES(2)) u_mmu (
        .req_addr_i({50'd0, req_addr_i}), .req_wdata_i({47'd0, req_wdata_i}),
        .req_segment_i(4'd9), .rsp_ready_i(1'b1), .rsp_addr_o(wide), .rsp_segment_o(segment), .*);
    assign rsp_addr_o = wide[15:0], rsp_segment_o = segment ^ {3'd0, rsp_fault_o == 4'd4 && segment == 4'd2};
endmodule
V
cat >narrow.yaml <<'Y'
ports: {req_segment_i: 9, rsp_ready_i: 1}
narrow: [req_addr_i, req_wdata_i, rsp_addr_o]
Y
narrow=(--rtl narrow.sv --rtl "$source/rtl/mmu.v" --ports narrow.yaml)
expect "narrow" 1 "$segmmu" check -m ostep16 --cycles 20000 "${narrow[@]}" "${sandbox[@]}" --failures 1
small "narrow" err
cp err narrow.err
repeats "narrow" 2 narrow.err "$segmmu"
trace="segmmu-check-ostep16-1.shrunk.trace"
expect "narrow: receiver" 0 "$segmmu" trace info $trace
contains "narrow: receiver" out "receiver not ready 0"
"$segmmu" trace dump --csv $trace | awk -F, '$2 == "request" && $10 != "" && $10 != 9 { exit 1 }' ||
    fail "narrow: a segment that is not the constant: $("$segmmu" trace dump --csv $trace)"
expect "narrow: too wide a trace" 0 "$segmmu" check -m ostep16 --engine model --cycles 2000 --trace wide.trace
expect "narrow: too wide a trace" 2 "$segmmu" replay "${narrow[@]}" "${sandbox[@]}" wide.trace
contains "narrow: too wide a trace" err "cannot carry"

finish "all passed"
