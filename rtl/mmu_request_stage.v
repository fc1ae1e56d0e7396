// SPDX-License-Identifier: MIT
// mmu_request_stage: the register in front of lookup. Without a request it holds zeros.
`default_nettype none

module mmu_request_stage (
  // Control
  input  wire        clk_i,
  input  wire        rst_i,
  input  wire        advance_i,

  // From the request channel
  input  wire        req_valid_i,
  input  wire [1:0]  req_op_i,
  input  wire [63:0] req_addr_i,
  input  wire [4:0]  req_bytes_i,
  input  wire [1:0]  req_access_i,
  input  wire        req_priv_i,
  input  wire [3:0]  req_segment_i,
  input  wire [7:0]  req_reg_i,
  input  wire [63:0] req_wdata_i,

  // To lookup
  output wire        req_valid_o,
  output wire [1:0]  req_op_o,
  output wire [63:0] req_addr_o,
  output wire [4:0]  req_bytes_o,
  output wire [1:0]  req_access_o,
  output wire        req_priv_o,
  output wire [3:0]  req_segment_o,
  output wire [7:0]  req_reg_o,
  output wire [63:0] req_wdata_o
);

  reg        req_valid_q;
  reg [1:0]  req_op_q;
  reg [63:0] req_addr_q;
  reg [4:0]  req_bytes_q;
  reg [1:0]  req_access_q;
  reg        req_priv_q;
  reg [3:0]  req_segment_q;
  reg [7:0]  req_reg_q;
  reg [63:0] req_wdata_q;

  wire        req_valid_d   = req_valid_i;
  wire [1:0]  req_op_d      = req_valid_i ? req_op_i : 2'd0;
  wire [63:0] req_addr_d    = req_valid_i ? req_addr_i : 64'd0;
  wire [4:0]  req_bytes_d   = req_valid_i ? req_bytes_i : 5'd0;
  wire [1:0]  req_access_d  = req_valid_i ? req_access_i : 2'd0;
  wire        req_priv_d    = req_valid_i ? req_priv_i : 1'b0;
  wire [3:0]  req_segment_d = req_valid_i ? req_segment_i : 4'd0;
  wire [7:0]  req_reg_d     = req_valid_i ? req_reg_i : 8'd0;
  wire [63:0] req_wdata_d   = req_valid_i ? req_wdata_i : 64'd0;

  always @(posedge clk_i) begin
    if (rst_i) begin
      req_valid_q   <= 1'b0;
      req_op_q      <= 2'd0;
      req_addr_q    <= 64'd0;
      req_bytes_q   <= 5'd0;
      req_access_q  <= 2'd0;
      req_priv_q    <= 1'b0;
      req_segment_q <= 4'd0;
      req_reg_q     <= 8'd0;
      req_wdata_q   <= 64'd0;
    end else if (advance_i) begin
      req_valid_q   <= req_valid_d;
      req_op_q      <= req_op_d;
      req_addr_q    <= req_addr_d;
      req_bytes_q   <= req_bytes_d;
      req_access_q  <= req_access_d;
      req_priv_q    <= req_priv_d;
      req_segment_q <= req_segment_d;
      req_reg_q     <= req_reg_d;
      req_wdata_q   <= req_wdata_d;
    end
  end

  assign req_valid_o   = req_valid_q;
  assign req_op_o      = req_op_q;
  assign req_addr_o    = req_addr_q;
  assign req_bytes_o   = req_bytes_q;
  assign req_access_o  = req_access_q;
  assign req_priv_o    = req_priv_q;
  assign req_segment_o = req_segment_q;
  assign req_reg_o     = req_reg_q;
  assign req_wdata_o   = req_wdata_q;

endmodule

`default_nettype wire
