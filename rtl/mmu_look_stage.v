// SPDX-License-Identifier: MIT
// mmu_look_stage: the register between lookup and check.
// Without a request it holds zeros, because lookup then answers zeros.
`default_nettype none

module mmu_look_stage #(
  parameter integer PA_W = 32,
  parameter integer OFF_W = 30
) (
  // Control
  input  wire           clk_i,
  input  wire           rst_i,
  input  wire           advance_i,

  // From lookup
  input  wire           look_valid_i,
  input  wire [1:0]     look_op_i,
  input  wire [63:0]    look_addr_i,
  input  wire [4:0]     look_bytes_i,
  input  wire [1:0]     look_access_i,
  input  wire           look_priv_i,
  input  wire [3:0]     look_segment_i,
  input  wire [7:0]     look_reg_i,
  input  wire [PA_W:0]  look_base_i,
  input  wire [OFF_W:0] look_size_i,
  input  wire [4:0]     look_flags_i,
  input  wire [63:0]    look_data_i,
  input  wire [3:0]     look_fault_i,

  // To check
  output wire           look_valid_o,
  output wire [1:0]     look_op_o,
  output wire [63:0]    look_addr_o,
  output wire [4:0]     look_bytes_o,
  output wire [1:0]     look_access_o,
  output wire           look_priv_o,
  output wire [3:0]     look_segment_o,
  output wire [7:0]     look_reg_o,
  output wire [PA_W:0]  look_base_o,
  output wire [OFF_W:0] look_size_o,
  output wire [4:0]     look_flags_o,
  output wire [63:0]    look_data_o,
  output wire [3:0]     look_fault_o
);

  reg           look_valid_q;
  reg [1:0]     look_op_q;
  reg [63:0]    look_addr_q;
  reg [4:0]     look_bytes_q;
  reg [1:0]     look_access_q;
  reg           look_priv_q;
  reg [3:0]     look_segment_q;
  reg [7:0]     look_reg_q;
  reg [PA_W:0]  look_base_q;
  reg [OFF_W:0] look_size_q;
  reg [4:0]     look_flags_q;
  reg [63:0]    look_data_q;
  reg [3:0]     look_fault_q;

  always @(posedge clk_i) begin
    if (rst_i) begin
      look_valid_q   <= 1'b0;
      look_op_q      <= 2'd0;
      look_addr_q    <= 64'd0;
      look_bytes_q   <= 5'd0;
      look_access_q  <= 2'd0;
      look_priv_q    <= 1'b0;
      look_segment_q <= 4'd0;
      look_reg_q     <= 8'd0;
      look_base_q    <= {(PA_W + 1){1'b0}};
      look_size_q    <= {(OFF_W + 1){1'b0}};
      look_flags_q   <= 5'd0;
      look_data_q    <= 64'd0;
      look_fault_q   <= 4'd0;
    end else if (advance_i) begin
      look_valid_q   <= look_valid_i;
      look_op_q      <= look_op_i;
      look_addr_q    <= look_addr_i;
      look_bytes_q   <= look_bytes_i;
      look_access_q  <= look_access_i;
      look_priv_q    <= look_priv_i;
      look_segment_q <= look_segment_i;
      look_reg_q     <= look_reg_i;
      look_base_q    <= look_base_i;
      look_size_q    <= look_size_i;
      look_flags_q   <= look_flags_i;
      look_data_q    <= look_data_i;
      look_fault_q   <= look_fault_i;
    end
  end

  assign look_valid_o   = look_valid_q;
  assign look_op_o      = look_op_q;
  assign look_addr_o    = look_addr_q;
  assign look_bytes_o   = look_bytes_q;
  assign look_access_o  = look_access_q;
  assign look_priv_o    = look_priv_q;
  assign look_segment_o = look_segment_q;
  assign look_reg_o     = look_reg_q;
  assign look_base_o    = look_base_q;
  assign look_size_o    = look_size_q;
  assign look_flags_o   = look_flags_q;
  assign look_data_o    = look_data_q;
  assign look_fault_o   = look_fault_q;

endmodule

`default_nettype wire
