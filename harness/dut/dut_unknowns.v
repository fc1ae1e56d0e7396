// SPDX-License-Identifier: MIT
// Is an output X after reset? One cycle of reset, a read of every register, then random requests,
// stalls and resets from +seed=, for +cycles= cycles in all. From the cycle after the first reset
// edge on, no bit of any output may be X. The verdict is a line that begins with SEGMMU PASSED, or
// with SEGMMU X where an output had one.
//
//   SEGMMU_DUT_TOP  the module under test, as in dut_wrapper.v
//
// Icarus starts every register at X, so a register that nobody resets shows here as soon as an
// output depends on it. What such a run did not reach it did not check: the responses are counted
// by fault.
`default_nettype none

module segmmu_dut_unknowns;

  parameter integer VA_W = 32;
  parameter integer PA_W = 32;
  parameter integer SEG_BITS = 2;
  parameter integer SELECT = 0;
  parameter integer CONTEXTS = 1;
  parameter integer STAGES = 2;

  localparam integer OFF_W = (SELECT == 1) ? VA_W : VA_W - SEG_BITS;
  localparam integer SEGMENTS = 1 << SEG_BITS;

  reg         clk = 1'b0;
  reg         rst;
  reg         req_valid;
  wire        req_ready;
  reg  [1:0]  req_op;
  reg  [63:0] req_addr;
  reg  [4:0]  req_bytes;
  reg  [1:0]  req_access;
  reg         req_priv;
  reg  [3:0]  req_segment;
  reg  [7:0]  req_reg;
  reg  [63:0] req_wdata;
  wire        rsp_valid;
  reg         rsp_ready;
  wire [63:0] rsp_addr;
  wire [63:0] rsp_data;
  wire [3:0]  rsp_fault;
  wire [3:0]  rsp_segment;

  `SEGMMU_DUT_TOP #(
    .VA_W(VA_W),
    .PA_W(PA_W),
    .SEG_BITS(SEG_BITS),
    .SELECT(SELECT),
    .CONTEXTS(CONTEXTS),
    .STAGES(STAGES)
  ) u_dut (
    .clk_i(clk),
    .rst_i(rst),
    .req_valid_i(req_valid),
    .req_ready_o(req_ready),
    .req_op_i(req_op),
    .req_addr_i(req_addr),
    .req_bytes_i(req_bytes),
    .req_access_i(req_access),
    .req_priv_i(req_priv),
    .req_segment_i(req_segment),
    .req_reg_i(req_reg),
    .req_wdata_i(req_wdata),
    .rsp_valid_o(rsp_valid),
    .rsp_ready_i(rsp_ready),
    .rsp_addr_o(rsp_addr),
    .rsp_data_o(rsp_data),
    .rsp_fault_o(rsp_fault),
    .rsp_segment_o(rsp_segment)
  );

  reg     waiting;         // a request is offered and was not taken
  integer seed;
  integer cycles;
  integer cycle;
  integer read;            // register reads offered; FAULT_STATUS comes before any fault
  integer seen [0:6];  // responses by fault code

  // 0 .. n - 1. (A function of Verilog-2005 has an input, needed or not.)
  function integer below(input integer n);
    below = $unsigned($random(seed)) % n;
  endfunction

  function [63:0] random64(input integer unused);
    random64 = {$random(seed), $random(seed)};
  endfunction

  // Near 0 or 2^OFF_W, small, anywhere in reach, or anything
  function [63:0] random_offset(input integer unused);
    case (below(8))
      0, 1, 2: random_offset = below(64);
      3:       random_offset = (64'd1 << OFF_W) - below(40);
      4:       random_offset = (64'd1 << OFF_W) + below(3);
      7:       random_offset = random64(0);
      default: random_offset = random64(0) & ((64'd1 << OFF_W) - 1);
    endcase
  endfunction

  task read_request(input integer index);
    begin
      random_request;
      req_op   = 2'd2;
      req_priv = 1'b1;
      req_reg  = index;
    end
  endtask

  task random_request;
    begin
      req_op      = (below(2) == 0) ? 2'd0 : below(4);
      req_bytes   = (below(8) == 0) ? below(32) : 1 + below(4);
      req_access  = (below(8) == 0) ? 2'd3 : below(3);
      req_priv    = (req_op == 2'd0) ? below(4) == 0 : below(8) != 0;
      req_segment = (below(4) == 0) ? below(16) : below(SEGMENTS);
      req_addr    = random_offset(0);
      if (SELECT == 0 && below(8) != 0)
        req_addr  = (req_addr & ((64'd1 << OFF_W) - 1)) | (below(SEGMENTS) << OFF_W);
      req_reg     = (below(4) == 0) ? below(8) : 16 + below(4 * SEGMENTS);
      if (below(16) == 0) req_reg = below(256);
      case (below(8))
        0:       req_wdata = (64'd1 << PA_W) - below(64);
        1:       req_wdata = (64'd1 << OFF_W) - below(64);
        2:       req_wdata = random64(0) & ((64'd1 << PA_W) - 1);
        3:       req_wdata = random64(0);
        4:       req_wdata = below(CONTEXTS);
        default: req_wdata = below(32);
      endcase
    end
  endtask

  // $finish only ends the simulation at the end of the time step: the first line is the verdict.
  reg failed = 1'b0;

  task check_known(input [63:0] value, input [8*13-1:0] port);
    if (^value === 1'bx && !failed) begin
      $display("SEGMMU X on %0s in cycle %0d: %b", port, cycle, value);
      failed = 1'b1;
      $finish;
    end
  endtask

  initial begin
    if (!$value$plusargs("seed=%d", seed)) seed = 1;
    if (!$value$plusargs("cycles=%d", cycles)) cycles = 10000;
    for (cycle = 0; cycle < 7; cycle = cycle + 1) seen[cycle] = 0;
    waiting = 1'b0;
    read = 0;

    for (cycle = 0; cycle < cycles && !failed; cycle = cycle + 1) begin
      rst       = cycle == 0 || (read > 256 && below(1000) == 0);
      rsp_ready = below(4) != 0;
      if (!waiting) begin  // otherwise it stays as it is
        req_valid = below(8) != 0;
        if (read < 256) read_request(read);
        else random_request;
        if (req_valid) read = read + 1;
      end
      #4;
      waiting = cycle > 0 && !rst && req_valid && !req_ready;
      if (cycle > 0) begin
        check_known({63'd0, rsp_valid}, "rsp_valid_o");
        check_known({63'd0, req_ready}, "req_ready_o");
        check_known(rsp_addr, "rsp_addr_o");
        check_known(rsp_data, "rsp_data_o");
        check_known({60'd0, rsp_fault}, "rsp_fault_o");
        check_known({60'd0, rsp_segment}, "rsp_segment_o");
        if (rsp_valid && rsp_ready && !rst && !failed) seen[rsp_fault] = seen[rsp_fault] + 1;
      end
      #1 clk = 1'b1;
      #5 clk = 1'b0;
    end

    if (!failed)
      $display("SEGMMU PASSED %0d cycles; responses by fault: %0d %0d %0d %0d %0d %0d %0d", cycles,
               seen[0], seen[1], seen[2], seen[3], seen[4], seen[5], seen[6]);
    $finish;
  end

endmodule

`default_nettype wire
