// SPDX-License-Identifier: MIT
// The DUT's ports as the bytes of struct mmu_in and struct mmu_out (segmmu/cycle.h), so that the
// C++ shim copies words and knows no port by name. Always the last of the sources.
//
//   SEGMMU_DUT_TOP  the module under test, with the specification's ports and parameters; other
//                   modules sit behind an adapter that has them
//   DUT_TWO_EVALS   the plain form: tick is the clock; the caller evaluates at tick 1, which is the
//                   edge, then at tick 0 with the new inputs
//
// A call of the shim is one clock, from just before the edge that ends the last one to just before
// the edge that ends this one: the edge comes first, then this clock's inputs, then the outputs
// settle. The first call has no edge.
//
// Without DUT_TWO_EVALS one evaluation does it all. The clock resets itself: each change of tick
// raises clk, the edge flips phase_q, and that lowers clk again. The inputs are taken over at that
// same edge, so that what depends on them and on the DUT's registers is worked out once. clk has no
// width in time: of no use in a waveform.

`resetall
`default_nettype none

// Coverage is of what is tested.
/* verilator coverage_off */
module segmmu_dut_wrapper #(
    parameter VA_W     = 32,
    parameter PA_W     = 32,
    parameter SEG_BITS = 2,
    parameter SELECT   = 0,
    parameter CONTEXTS = 1,
    parameter STAGES   = 2
) (
    // Waveforms show the DUT's own ports instead.
    /* verilator tracing_off */
    input  wire        tick,
    input  wire [63:0] req_addr,   // struct mmu_in, byte 0
    input  wire [63:0] req_wdata,  // byte 8
    input  wire [63:0] req_fields, // byte 16: op, bytes, access, priv, segment, reg; a byte each
    input  wire [31:0] in_signals, // byte 24: rst, req_valid, rsp_ready; a byte each
    output wire [63:0] rsp_addr,   // struct mmu_out, byte 0
    output wire [63:0] rsp_data,   // byte 8
    output wire [31:0] rsp_fields, // byte 16: fault, segment; a byte each
    output wire [31:0] out_signals // byte 24: req_ready, rsp_valid; a byte each
);

    wire        clk;
    wire [63:0] addr;
    wire [63:0] wdata;
    wire [47:0] fields;
    wire [16:0] signals;

    /* verilator tracing_on */
    `SEGMMU_DUT_TOP #(
        .VA_W    (VA_W),
        .PA_W    (PA_W),
        .SEG_BITS(SEG_BITS),
        .SELECT  (SELECT),
        .CONTEXTS(CONTEXTS),
        .STAGES  (STAGES)
    ) u_dut (
        .clk_i        (clk),
        .rst_i        (signals[0]),
        .req_valid_i  (signals[8]),
        .req_ready_o  (out_signals[0]),
        .req_op_i     (fields[1:0]),
        .req_addr_i   (addr),
        .req_bytes_i  (fields[12:8]),
        .req_access_i (fields[17:16]),
        .req_priv_i   (fields[24]),
        .req_segment_i(fields[35:32]),
        .req_reg_i    (fields[47:40]),
        .req_wdata_i  (wdata),
        .rsp_valid_o  (out_signals[8]),
        .rsp_ready_i  (signals[16]),
        .rsp_addr_o   (rsp_addr),
        .rsp_data_o   (rsp_data),
        .rsp_fault_o  (rsp_fields[3:0]),
        .rsp_segment_o(rsp_fields[11:8])
    );

    assign rsp_fields[7:4]    = 4'd0;
    assign rsp_fields[31:12]  = 20'd0;
    assign out_signals[7:1]   = 7'd0;
    assign out_signals[31:9]  = 23'd0;

`ifdef DUT_TWO_EVALS
    assign clk     = tick;
    assign addr    = req_addr;
    assign wdata   = req_wdata;
    assign fields  = req_fields[47:0];
    assign signals = in_signals[16:0];
`else
    reg        phase_q;
    reg [63:0] addr_q;
    reg [63:0] wdata_q;
    reg [47:0] fields_q;
    reg [16:0] signals_q;

    initial begin
        phase_q   = 1'b0;
        addr_q    = req_addr;
        wdata_q   = req_wdata;
        fields_q  = req_fields[47:0];
        signals_q = in_signals[16:0];
    end

    assign clk = tick ^ phase_q;

    always @(posedge clk) begin
        phase_q   <= !phase_q;
        addr_q    <= req_addr;
        wdata_q   <= req_wdata;
        fields_q  <= req_fields[47:0];
        signals_q <= in_signals[16:0];
    end

    assign addr    = addr_q;
    assign wdata   = wdata_q;
    assign fields  = fields_q;
    assign signals = signals_q;
`endif

endmodule

`default_nettype wire
