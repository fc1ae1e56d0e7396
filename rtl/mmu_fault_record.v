// SPDX-License-Identifier: MIT
// mmu_fault_record: FAULT_STATUS and FAULT_ADDR, the first fault since they were cleared. They are
// read, written and cleared in the check step, so that a clear sees the faults of all requests
// before it and of none after it.
`default_nettype none

`include "mmu_defs.vh"

module mmu_fault_record (
  // Control
  input  wire        clk_i,
  input  wire        rst_i,
  input  wire        advance_i,

  // The request in the check step, and the verdict on it
  input  wire        look_valid_i,
  input  wire [1:0]  look_op_i,
  input  wire [63:0] look_addr_i,
  input  wire [4:0]  look_bytes_i,
  input  wire [1:0]  look_access_i,
  input  wire        look_priv_i,
  input  wire [3:0]  look_segment_i,
  input  wire [7:0]  look_reg_i,
  input  wire [3:0]  fault_i,

  // What an admitted read of one of the two answers, otherwise 0
  output reg  [63:0] data_o
);

  reg        fault_valid_q, fault_valid_d;
  reg        fault_more_q, fault_more_d;
  reg [3:0]  fault_code_q, fault_code_d;
  reg [1:0]  fault_access_q, fault_access_d;
  reg        fault_priv_q, fault_priv_d;
  reg [3:0]  fault_segment_q, fault_segment_d;
  reg [4:0]  fault_bytes_q, fault_bytes_d;
  reg [63:0] fault_addr_q, fault_addr_d;

  wire is_translate = look_op_i == `MMU_OP_TRANSLATE;
  wire is_faulting  = look_valid_i && fault_i != `MMU_FAULT_NONE;
  wire is_admitted  = look_valid_i && fault_i == `MMU_FAULT_NONE;
  wire is_read      = is_admitted && look_op_i == `MMU_OP_READ_REGISTER;
  wire is_clear     = is_admitted && look_op_i == `MMU_OP_WRITE_REGISTER
                      && look_reg_i == `MMU_REG_FAULT_STATUS;

  wire [63:0] status = {32'd0, fault_valid_q, fault_more_q, 13'd0, fault_bytes_q,
                        fault_segment_q, 1'b0, fault_priv_q, fault_access_q, fault_code_q};

  always @* begin
    data_o = 64'd0;
    if (is_read && look_reg_i == `MMU_REG_FAULT_STATUS) data_o = status;
    if (is_read && look_reg_i == `MMU_REG_FAULT_ADDR) data_o = fault_addr_q;
  end

  always @* begin
    fault_valid_d   = fault_valid_q;
    fault_more_d    = fault_more_q;
    fault_code_d    = fault_code_q;
    fault_access_d  = fault_access_q;
    fault_priv_d    = fault_priv_q;
    fault_segment_d = fault_segment_q;
    fault_bytes_d   = fault_bytes_q;
    fault_addr_d    = fault_addr_q;
    if (is_clear) begin
      fault_valid_d   = 1'b0;
      fault_more_d    = 1'b0;
      fault_code_d    = `MMU_FAULT_NONE;
      fault_access_d  = 2'd0;
      fault_priv_d    = 1'b0;
      fault_segment_d = 4'd0;
      fault_bytes_d   = 5'd0;
      fault_addr_d    = 64'd0;
    end
    if (is_faulting && fault_valid_q) begin
      fault_more_d = 1'b1;
    end
    if (is_faulting && !fault_valid_q) begin
      fault_valid_d   = 1'b1;
      fault_code_d    = fault_i;
      fault_access_d  = look_access_i;
      fault_priv_d    = look_priv_i;
      fault_segment_d = look_segment_i;
      fault_bytes_d   = look_bytes_i;
      fault_addr_d    = is_translate ? look_addr_i : {56'd0, look_reg_i};
    end
  end

  always @(posedge clk_i) begin
    if (rst_i) begin
      fault_valid_q   <= 1'b0;
      fault_more_q    <= 1'b0;
      fault_code_q    <= `MMU_FAULT_NONE;
      fault_access_q  <= 2'd0;
      fault_priv_q    <= 1'b0;
      fault_segment_q <= 4'd0;
      fault_bytes_q   <= 5'd0;
      fault_addr_q    <= 64'd0;
    end else if (advance_i) begin
      fault_valid_q   <= fault_valid_d;
      fault_more_q    <= fault_more_d;
      fault_code_q    <= fault_code_d;
      fault_access_q  <= fault_access_d;
      fault_priv_q    <= fault_priv_d;
      fault_segment_q <= fault_segment_d;
      fault_bytes_q   <= fault_bytes_d;
      fault_addr_q    <= fault_addr_d;
    end
  end

endmodule

`default_nettype wire
