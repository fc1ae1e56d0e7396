// SPDX-License-Identifier: MIT
// mmu_lookup: what the registers say of a request. A translation of a user gets the base, size and
// flags of its segment; a register operation is carried out, FAULT_STATUS and FAULT_ADDR apart.
// Everything that an operation does not use is 0 from here on, and everything is without a request.
`default_nettype none

`include "mmu_defs.vh"

module mmu_lookup #(
  parameter integer VA_W = 32,
  parameter integer PA_W = 32,
  parameter integer OFF_W = 30,
  parameter integer SEG_BITS = 2,
  parameter integer SELECT = 0,
  parameter integer CONTEXTS = 1,
  parameter integer STAGES = 2
) (
  // Control
  input  wire           clk_i,
  input  wire           rst_i,
  input  wire           advance_i,

  // The request in this step
  input  wire           req_valid_i,
  input  wire [1:0]     req_op_i,
  input  wire [63:0]    req_addr_i,
  input  wire [4:0]     req_bytes_i,
  input  wire [1:0]     req_access_i,
  input  wire           req_priv_i,
  input  wire [3:0]     req_segment_i,
  input  wire [7:0]     req_reg_i,
  input  wire [63:0]    req_wdata_i,

  // What is known of it now
  output wire [1:0]     look_op_o,
  output wire [63:0]    look_addr_o,     // of a translate, as are bytes and access
  output wire [4:0]     look_bytes_o,
  output wire [1:0]     look_access_o,
  output wire           look_priv_o,
  output wire [3:0]     look_segment_o,  // of a user translate
  output wire [7:0]     look_reg_o,      // of any other operation
  output wire [PA_W:0]  look_base_o,     // of the segment; 0 where there is none
  output wire [OFF_W:0] look_size_o,
  output wire [4:0]     look_flags_o,
  output wire [63:0]    look_data_o,     // of an admitted register read
  output wire [3:0]     look_fault_o     // of a register operation
);

  wire is_translate      = req_valid_i && req_op_i == `MMU_OP_TRANSLATE;
  wire is_user_translate = is_translate && !req_priv_i;
  wire is_register_op    = req_valid_i && req_op_i != `MMU_OP_TRANSLATE;

  // Which segment: the address bits above the offset, or the request's own number. Bits of the
  // address at or above VA_W play no part.
  localparam [3:0] SEGMENT_MASK = (1 << SEG_BITS) - 1;

  wire [3:0] segment = (SELECT == `MMU_SELECT_NAMED) ? req_segment_i
                                                     : req_addr_i[OFF_W +: 4] & SEGMENT_MASK;

  mmu_register_file #(
    .VA_W(VA_W),
    .PA_W(PA_W),
    .OFF_W(OFF_W),
    .SEG_BITS(SEG_BITS),
    .SELECT(SELECT),
    .CONTEXTS(CONTEXTS),
    .STAGES(STAGES)
  ) u_register_file (
    .clk_i(clk_i),
    .rst_i(rst_i),
    .advance_i(advance_i),
    .valid_i(is_register_op),
    .op_i(req_op_i),
    .priv_i(req_priv_i),
    .reg_i(req_reg_i),
    .wdata_i(req_wdata_i),
    .data_o(look_data_o),
    .fault_o(look_fault_o),
    .lookup_i(is_user_translate),
    .segment_i(segment),
    .base_o(look_base_o),
    .size_o(look_size_o),
    .flags_o(look_flags_o)
  );

  assign look_op_o      = req_valid_i ? req_op_i : `MMU_OP_TRANSLATE;
  assign look_addr_o    = is_translate ? req_addr_i : 64'd0;
  assign look_bytes_o   = is_translate ? req_bytes_i : 5'd0;
  assign look_access_o  = is_translate ? req_access_i : 2'd0;
  assign look_priv_o    = req_valid_i && req_priv_i;
  assign look_segment_o = is_user_translate ? segment : 4'd0;
  assign look_reg_o     = is_register_op ? req_reg_i : 8'd0;

endmodule

`default_nettype wire
