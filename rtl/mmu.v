// SPDX-License-Identifier: MIT
// mmu: base-and-bounds and segment-register translation. The top: ports, parameters and their
// ranges. What it does, to the bit and to the cycle, is in README.md beside this file.
//
//              +---------------------------------+
//   request =>>| lookup  ->  check  ->  response |=>> response
//              +---------------------------------+
//
// A beat moves in the cycle in which valid and ready are both high. There is one combinational
// path from an input to an output: rsp_ready_i to req_ready_o.
`default_nettype none

`include "mmu_defs.vh"

module mmu #(
  parameter integer VA_W = 32,     // implemented virtual address bits, 6..48
  parameter integer PA_W = 32,     // implemented physical address bits, 6..48
  parameter integer SEG_BITS = 2,  // a bank has 2^SEG_BITS segment registers, 0..4
  parameter integer SELECT = 0,    // the segment comes from 0: the address, 1: the request
  parameter integer CONTEXTS = 1,  // banks of segment registers, 1..16
  parameter integer STAGES = 2     // clocks from acceptance to response, 1..3
) (
  input  wire        clk_i,
  input  wire        rst_i,          // synchronous, active high: clears every register

  // Request
  input  wire        req_valid_i,
  output wire        req_ready_o,
  input  wire [1:0]  req_op_i,
  input  wire [63:0] req_addr_i,     // virtual address
  input  wire [4:0]  req_bytes_i,    // 1..16
  input  wire [1:0]  req_access_i,
  input  wire        req_priv_i,     // 1 privileged, 0 user
  input  wire [3:0]  req_segment_i,  // named selection only
  input  wire [7:0]  req_reg_i,
  input  wire [63:0] req_wdata_i,

  // Response; while rsp_valid_o is low the others are 0
  output wire        rsp_valid_o,
  input  wire        rsp_ready_i,
  output wire [63:0] rsp_addr_o,     // physical address
  output wire [63:0] rsp_data_o,
  output wire [3:0]  rsp_fault_o,
  output wire [3:0]  rsp_segment_o
);

  // A parameter out of its range ends elaboration at an instance of a module that does not exist
  // and whose name says what is wrong: the way that Verilator, Yosys and Icarus have in common.
  localparam VA_W_OK     = VA_W >= 6 && VA_W <= 48;
  localparam PA_W_OK     = PA_W >= 6 && PA_W <= 48;
  localparam SEG_BITS_OK = SEG_BITS >= 0 && SEG_BITS <= 4;
  localparam SELECT_OK   = SELECT == `MMU_SELECT_EXPLICIT || SELECT == `MMU_SELECT_NAMED;
  localparam CONTEXTS_OK = CONTEXTS >= 1 && CONTEXTS <= 16;
  localparam STAGES_OK   = STAGES >= 1 && STAGES <= 3;

  generate
    if (!VA_W_OK) begin : g_refuse_va_w
      mmu_parameter_VA_W_must_be_6_to_48 u_refuse ();
    end
    if (!PA_W_OK) begin : g_refuse_pa_w
      mmu_parameter_PA_W_must_be_6_to_48 u_refuse ();
    end
    if (!SEG_BITS_OK) begin : g_refuse_seg_bits
      mmu_parameter_SEG_BITS_must_be_0_to_4 u_refuse ();
    end
    if (!SELECT_OK) begin : g_refuse_select
      mmu_parameter_SELECT_must_be_0_or_1 u_refuse ();
    end
    if (!CONTEXTS_OK) begin : g_refuse_contexts
      mmu_parameter_CONTEXTS_must_be_1_to_16 u_refuse ();
    end
    if (!STAGES_OK) begin : g_refuse_stages
      mmu_parameter_STAGES_must_be_1_to_3 u_refuse ();
    end

    if (VA_W_OK && PA_W_OK && SEG_BITS_OK && SELECT_OK && CONTEXTS_OK && STAGES_OK) begin : g_mmu
      mmu_pipeline #(
        .VA_W(VA_W),
        .PA_W(PA_W),
        .OFF_W((SELECT == `MMU_SELECT_NAMED) ? VA_W : VA_W - SEG_BITS),
        .SEG_BITS(SEG_BITS),
        .SELECT(SELECT),
        .CONTEXTS(CONTEXTS),
        .STAGES(STAGES)
      ) u_pipeline (
        .clk_i(clk_i),
        .rst_i(rst_i),
        .req_valid_i(req_valid_i),
        .req_ready_o(req_ready_o),
        .req_op_i(req_op_i),
        .req_addr_i(req_addr_i),
        .req_bytes_i(req_bytes_i),
        .req_access_i(req_access_i),
        .req_priv_i(req_priv_i),
        .req_segment_i(req_segment_i),
        .req_reg_i(req_reg_i),
        .req_wdata_i(req_wdata_i),
        .rsp_valid_o(rsp_valid_o),
        .rsp_ready_i(rsp_ready_i),
        .rsp_addr_o(rsp_addr_o),
        .rsp_data_o(rsp_data_o),
        .rsp_fault_o(rsp_fault_o),
        .rsp_segment_o(rsp_segment_o)
      );
    end
  endgenerate

endmodule

`default_nettype wire
