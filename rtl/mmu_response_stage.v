// SPDX-License-Identifier: MIT
// mmu_response_stage: the register behind check; it drives the response channel.
// Without a response it holds zeros, because check and the fault record then answer zeros.
`default_nettype none

module mmu_response_stage #(
  parameter integer PA_W = 32
) (
  // Control
  input  wire            clk_i,
  input  wire            rst_i,
  input  wire            advance_i,

  // From check
  input  wire            valid_i,
  input  wire [PA_W-1:0] paddr_i,
  input  wire [63:0]     data_i,
  input  wire [3:0]      fault_i,
  input  wire [3:0]      segment_i,

  // To the response channel
  output wire            rsp_valid_o,
  output wire [63:0]     rsp_addr_o,
  output wire [63:0]     rsp_data_o,
  output wire [3:0]      rsp_fault_o,
  output wire [3:0]      rsp_segment_o
);

  reg            rsp_valid_q;
  reg [PA_W-1:0] rsp_addr_q;
  reg [63:0]     rsp_data_q;
  reg [3:0]      rsp_fault_q;
  reg [3:0]      rsp_segment_q;

  always @(posedge clk_i) begin
    if (rst_i) begin
      rsp_valid_q   <= 1'b0;
      rsp_addr_q    <= {PA_W{1'b0}};
      rsp_data_q    <= 64'd0;
      rsp_fault_q   <= 4'd0;
      rsp_segment_q <= 4'd0;
    end else if (advance_i) begin
      rsp_valid_q   <= valid_i;
      rsp_addr_q    <= paddr_i;
      rsp_data_q    <= data_i;
      rsp_fault_q   <= fault_i;
      rsp_segment_q <= segment_i;
    end
  end

  assign rsp_valid_o   = rsp_valid_q;
  assign rsp_addr_o    = {{(64 - PA_W){1'b0}}, rsp_addr_q};
  assign rsp_data_o    = rsp_data_q;
  assign rsp_fault_o   = rsp_fault_q;
  assign rsp_segment_o = rsp_segment_q;

endmodule

`default_nettype wire
