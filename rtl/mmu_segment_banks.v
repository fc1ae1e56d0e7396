// SPDX-License-Identifier: MIT
// mmu_segment_banks: the segment registers of all banks. One of them is seen in a cycle, and one
// field of that one is written. Where CONTEXTS is not a power of two, the banks past the last are
// never reached.
`default_nettype none

module mmu_segment_banks #(
  parameter integer PA_W = 32,
  parameter integer OFF_W = 30,
  parameter integer INDEX_W = 2,
  parameter integer ENTRIES = 4    // a power of two: 2^INDEX_W, or 1 and index_i is always 0
) (
  // Control
  input  wire               clk_i,
  input  wire               rst_i,
  input  wire               advance_i,

  // The segment that is looked at
  input  wire [INDEX_W-1:0] index_i,
  output wire [PA_W:0]      base_o,         // 0 .. 2^PA_W, inclusive
  output wire [OFF_W:0]     size_o,         // 0 .. 2^OFF_W, inclusive
  output wire [4:0]         flags_o,

  // What is written to it
  input  wire               write_base_i,
  input  wire               write_size_i,
  input  wire               write_flags_i,
  input  wire [PA_W:0]      base_i,
  input  wire [OFF_W:0]     size_i,
  input  wire [4:0]         flags_i
);

  // Registers and not a RAM, since one cycle clears them all; mem2reg says so to Yosys, which
  // otherwise takes each turn of the loop below for a write port.
  (* mem2reg *) reg [PA_W:0]  segment_base_q [0:ENTRIES-1];
  (* mem2reg *) reg [OFF_W:0] segment_size_q [0:ENTRIES-1];
  (* mem2reg *) reg [4:0]     segment_flags_q [0:ENTRIES-1];

  assign base_o  = segment_base_q[index_i];
  assign size_o  = segment_size_q[index_i];
  assign flags_o = segment_flags_q[index_i];

  integer entry;

  always @(posedge clk_i) begin
    if (rst_i) begin
      for (entry = 0; entry < ENTRIES; entry = entry + 1) begin
        segment_base_q[entry]  <= {(PA_W + 1){1'b0}};
        segment_size_q[entry]  <= {(OFF_W + 1){1'b0}};
        segment_flags_q[entry] <= 5'd0;
      end
    end else if (advance_i) begin
      if (write_base_i) segment_base_q[index_i] <= base_i;
      if (write_size_i) segment_size_q[index_i] <= size_i;
      if (write_flags_i) segment_flags_q[index_i] <= flags_i;
    end
  end

endmodule

`default_nettype wire
