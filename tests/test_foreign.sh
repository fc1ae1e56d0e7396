#!/bin/bash
# SPDX-License-Identifier: MIT
# `segmmu check --rtl`: the foreign MMU of tests/foreign agrees, bugs that are planted in a copy of it
# are found, and what cannot be built or mapped is a line each and exit status 2.
# SEGMMU is the command under test, SEGMMU_SOURCE the source tree.
# shellcheck disable=SC2016 # $ and ` are Verilog's, or stand in messages
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
foreign=$source/tests/foreign
export XDG_CACHE_HOME=$dir/cache

# refuses NAME TEXT OPTION...: exit status 2, and TEXT in a line of its own
refuses() {
    local name=$1 text=$2
    shift 2
    expect "$name" 2 "$segmmu" check -m ostep16 --cycles 1000 "${sandbox[@]}" "$@"
    contains "$name" err "$text"
    ! grep -qv '^segmmu\( check\)\{0,1\}: \|^Try `segmmu' err || fail "$name: other lines in
$(cat err)"
}

# The sandbox is the default with --rtl; test_check_worker.sh is its test.
find_sandbox

cp "$foreign"/* .
sources=(--rtl xlate_pkg.sv --rtl xlate_queue.sv --rtl xlate.sv)
mapped=("${sources[@]}" --ports ports.yaml)

# --- the foreign MMU agrees; the command is the one of the CI job ---

ci=$(sed -n 's/^ *segmmu check /check /p' ci.yml)
[ -n "$ci" ] || fail "ci.yml has no line that runs segmmu check"
read -r -a words <<<"$ci"
expect "CI job" 0 "$segmmu" "${words[@]}" "${sandbox[@]}" --cycles 60000
contains "CI job" out "model and RTL: agreed after 60000 cycles, 59999 compared"
contains "CI job" out "directed part: complete"
contains "CI job" out "--rtl xlate_pkg.sv --rtl xlate_queue.sv --rtl xlate.sv --param DEPTH=1 --ports ports.yaml"
contains "CI job" out "RTL from unknown initial values (Icarus): skipped: --skip unknowns"
[ -s mmu.xml ] || fail "CI job: no mmu.xml"
[ -s err ] && fail "CI job: Verilator warns, or something is not tried: $(cat err)"
echo "xlate: agreed"

# With its queue deeper the cycles are its own.
expect "by transactions" 0 "$segmmu" check -m seg4 --cycles 60000 "${mapped[@]}" "${sandbox[@]}" \
    --compare transaction --skip unknowns
contains "by transactions" out "model and RTL: agreed after 60000 cycles"
echo "xlate with a queue of 4: agreed by transactions"

# --- its bugs are found ---

# finds NAME OUTPUT FILE SED
finds() {
    local name=$1
    cp "$foreign"/*.sv .
    sed -i "$4" "$3"
    ! cmp -s "$3" "$foreign/$3" || fail "$name: nothing in $3 matches $4"
    rm -f segmmu-check-*
    expect "$name" 1 "$segmmu" "${words[@]}" "${sandbox[@]}" --cycles 60000 --failures 1
    contains "$name" err "model and DUT disagree in cycle "
    sed '/^The last /,$d' err | grep -q "^  $2  " || fail "$name: $2 is not named in
$(cat err)"
    ls segmmu-check-*.fst >/dev/null || fail "$name: no waveform"
    cp err page
    read -r -a replay <<<"$(sed -n 's/^To repeat it: segmmu //p' page)"
    expect "$name: replay" 1 "$segmmu" "${replay[@]}"
    cp page err
    echo "$name: $(grep -m 1 '^model and DUT disagree' err)"
}

finds end_of_segment_is_inclusive rsp_fault_o xlate.sv 's/last > beyond/last > beyond + 1/'
finds stack_is_one_byte_off rsp_addr_o xlate.sv "s/(SPAN - offset))/(SPAN - offset - 1))/"
finds record_does_not_stick rsp_data_o xlate.sv 's/if (record_q.valid) record_q.more/if (1'"'"'b0) record_q.more/'
finds queue_gives_way_too_late req_ready_o xlate_queue.sv 's/ || (DEPTH == 1 \&\& pop)//'
finds reset_is_active_high rsp_valid_o xlate_queue.sv 's/if (!rst_n)/if (rst_n)/'
cp "$foreign"/*.sv .

# --- narrow ports, constants, a top among several modules, parameters and macros ---

cat >tiny.sv <<'V'
`include "names.svh"
module tiny #(
    parameter VA_W = 0, PA_W = 0, SEG_BITS = 0, CONTEXTS = 0, STAGES = 0, string NAME = ""
) (
    input wire clk_i, rst_i, req_valid_i, input wire [1:0] req_op_i, input wire [VA_W-1:0] req_addr_i,
    input wire [4:0] req_bytes_i, input wire [1:0] req_access_i, input wire req_priv_i,
    input wire [7:0] req_reg_i, input wire [PA_W:0] req_wdata_i, output wire req_ready_o,
    output wire rsp_valid_n, output wire [PA_W-1:0] rsp_addr_o, output wire [63:0] rsp_data_o,
    output wire [3:0] rsp_fault_o, rsp_segment_o, output wire [7:0] unused
);
    wire rsp_valid;
    wire [63:0] wide;
    if (NAME != "narrow") $fatal(1, "found the name %s", NAME);
    mmu #(.VA_W(VA_W), .PA_W(PA_W), .SEG_BITS(SEG_BITS), .CONTEXTS(CONTEXTS), .STAGES(STAGES)) u_mmu (
        .req_addr_i({{(64 - VA_W){1'b0}}, req_addr_i}), .req_wdata_i({{(63 - PA_W){1'b0}}, req_wdata_i}),
        .req_segment_i(4'd9), .rsp_ready_i(`READY), .rsp_valid_o(rsp_valid), .rsp_addr_o(wide), .*);
    assign rsp_valid_n = !rsp_valid, rsp_addr_o = wide[PA_W-1:0], unused = 8'd1;
endmodule
module other (input wire clk_i); endmodule
V
echo '`default_nettype wire' >names.svh
cat >tiny.yaml <<'Y'
ports: {req_segment_i: 0, rsp_ready_i: 1, rsp_valid_o: ~rsp_valid_n}
narrow: [req_addr_i, req_wdata_i, rsp_addr_o]
Y
ours=(--rtl tiny.sv --rtl "$source/rtl/mmu.v")
tiny=("${ours[@]}" --skip unknowns --top tiny --ports tiny.yaml --define "READY=1'b1")
expect "tiny" 0 "$segmmu" check -m ostep16 --cycles 60000 "${tiny[@]}" "${sandbox[@]}" --param 'NAME="narrow"'
contains "tiny" err "tiny: req_addr_i: 14 of 64 bits, no larger value is tried"
contains "tiny" err "tiny: req_wdata_i: 17 of 64 bits, no larger value is tried"
contains "tiny" err "tiny: req_segment_i: always 0, no other value is tried"
contains "tiny" err "tiny: rsp_ready_i: always 1, no other value is tried"
contains "tiny" out "directed part: complete"
expect "another parameter" 1 "$segmmu" check -m ostep16 --cycles 1000 "${tiny[@]}" "${sandbox[@]}" \
    --param 'NAME="narrow"' --param STAGES=1
contains "another parameter" err "model and DUT disagree in cycle "
echo "tiny: agreed"

# --- what cannot be built ---

refuses "parameter in words" 'found the name wide' "${tiny[@]}" --param 'NAME="wide"'
refuses "several tops" "several modules that no other instantiates (tiny, other)" \
    --rtl tiny.sv --rtl "$source/rtl/mmu.v" --define "READY=1'b1"
refuses "no such top" "'nothing' was not found" "${mapped[@]}" --top nothing
refuses "no such parameter" 'found no parameter `DEEP` of the top module' "${mapped[@]}" \
    --param DEEP=2
refuses "no such file" "nothing.sv: No such file" --rtl nothing.sv
refuses "a directory" "not a file" --rtl .
refuses "a macro that is not defined" "tiny.sv:" "${ours[@]}" --top tiny --ports tiny.yaml
sed 's/input  logic            scan_en,/input logic scan_en/' xlate.sv >broken.sv
refuses "syntax error" "broken.sv:25:5: syntax error" --rtl xlate_pkg.sv --rtl xlate_queue.sv \
    --rtl broken.sv --ports ports.yaml
mv xlate_queue.sv hidden
refuses "a module that is not there" "Cannot find file containing module: 'xlate_queue'" \
    --rtl xlate_pkg.sv --rtl xlate.sv --ports ports.yaml
mv hidden xlate_queue.sv
sed 's/^  assign idle .*/  initial #10 $display("late");\n&/' xlate.sv >late.sv
refuses "a delay" "late.sv:77:11: found a statement with a delay" --rtl xlate_pkg.sv \
    --rtl xlate_queue.sv --rtl late.sv --ports ports.yaml
sed 's/^  assign idle .*/  logic [7:0] rom [4];\n  initial $readmemh("rom.hex", rom);\n&/' xlate.sv >rom.sv
refuses "a memory file that is not there" \
    'rom.sv:78: $readmemh or $readmemb of `rom.hex`: No such file' --rtl xlate_pkg.sv \
    --rtl xlate_queue.sv --rtl rom.sv --ports ports.yaml

# --- what cannot be mapped ---

refuses "no port map" 'clk_i: found no port `clk_i` of xlate, expected an input of 1 bit' \
    "${sources[@]}"
contains "no port map" err 'found `scan_en`, an input of 1 bit, that no port of the contract is mapped to'
[ "$(grep -c '^segmmu: xlate: .*found no port' err)" -eq 18 ] || fail "no port map: $(cat err)"

# map SED TEXT: the port map, changed, is refused
map() {
    sed "$1" ports.yaml >changed.yaml
    ! cmp -s changed.yaml ports.yaml || fail "map: nothing matches $1"
    refuses "map $1" "$2" "${sources[@]}" --ports changed.yaml
}

map 's/cmd_op/cmd_operation/' 'changed.yaml:8:13: req_op_i: found no port `cmd_operation` of xlate, expected an input of 2 bits'
map 's/req_op_i/req_operation_i/' 'changed.yaml:8:3: ports: found the unknown key `req_operation_i`'
map 's/cmd_kind/ans_fault/' 'rsp_fault_o: found ans_fault, which is the contract'"'"'s req_access_i already'
map 's/: cmd_kind/: cmd_swap/; s/: cmd_bytes/: cmd_kind/; s/: cmd_swap/: cmd_bytes/' 'req_access_i: found `cmd_bytes`, an input of 5 bits, expected an input of 2 bits'
map 's/: cmd_valid/: idle/' 'req_valid_i: found `idle`, an output of 1 bit, expected an input of 1 bit'
map 's/^narrow.*//' 'rsp_addr_o: found `ans_paddr`, an output of 16 bits, expected an output of 64 bits; list it under `narrow`'
map 's/: ~rst_n/: 1/' 'ports.rst_i: found the constant 1, expected a port'
map 's/: ans_ready/: 2/' 'ports.rsp_ready_i: found `2`, expected a constant of 1 bits'
map 's/: clk/: ~clk/' 'ports.clk_i: found `~clk`, expected a clock whose rising edge counts'
map 's/: cmd_op/: ~cmd_op/' 'only a port of one bit is inverted'
map 's/: cmd_op/: cmd[1:0]/' 'ports.req_op_i: found `cmd[1:0]`, expected a port'
map 's/\[rsp_addr_o\]/[ans_paddr]/' 'narrow[0]: found `ans_paddr`, expected a port of the contract'
map 's/\[rsp_addr_o\]/[rst_i]/' 'narrow[0]: found rst_i, expected a port of more than one bit'
map 's/port: scan_en/port: scan/' 'changed.yaml:24:11: tie: found no port `scan` of xlate'
map 's/port: scan_en/port: idle/' 'tie: found `idle`, an output of 1 bit, expected an input'
map 's/port: scan_en/port: clk/' 'tie[0].port: found clk, which is the contract'"'"'s clk_i already'
map 's/value: 0/value: 2/' 'tie: found 2 for `scan_en`, expected a value of 1 bits'
map 's/value: 0/value: x/' 'changed.yaml:25:12: tie[0].value: found `x`, expected a number'
map 's/^tie:/ties:/' 'found the unknown key `ties`, expected one of ports, narrow, tie'
refuses "no such map" "nowhere.yaml: No such file" "${sources[@]}" --ports nowhere.yaml
refuses "a map that is a directory" "" "${sources[@]}" --ports .

# --- usage ---

refuses "a map without RTL" "expected --rtl FILE with --top" --ports ports.yaml
refuses "a parameter without a value" '--param: found `DEPTH`' "${sources[@]}" --param DEPTH
refuses "a parameter that leaves its place" "--param: found \`DEPTH=1),.X(2\`" "${sources[@]}" \
    --param "DEPTH=1),.X(2"
refuses "a parameter twice" "--param: found DEPTH again" "${sources[@]}" --param DEPTH=1 \
    --param DEPTH=2
refuses "a macro of ours" "--define: found \`DUT_TWO_EVALS\`" "${sources[@]}" --define DUT_TWO_EVALS
refuses "a top that is no name" '--top: found `a;b`' "${sources[@]}" --top 'a;b'
refuses "RTL for the model" "--engine model, which runs no RTL" "${sources[@]}" --engine model

finish "all passed"
