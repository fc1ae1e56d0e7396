// SPDX-License-Identifier: MIT
// mmu_pipeline: the way of a request through its steps, and nothing else.
//
//   req_*_i -> [req_*_q] -> lookup -> [look_*_q] -> check -> rsp_*_q -> rsp_*_o
//              STAGES >= 2            STAGES == 3
//
// lookup reads and writes CONTEXT, WINDOW and the segment registers; check reads and writes
// FAULT_STATUS and FAULT_ADDR. Each register is touched in one step only and requests pass the
// steps in order, so effects are in program order and nothing needs to be forwarded.
`default_nettype none

module mmu_pipeline #(
  parameter integer VA_W = 32,
  parameter integer PA_W = 32,
  parameter integer OFF_W = 30,
  parameter integer SEG_BITS = 2,
  parameter integer SELECT = 0,
  parameter integer CONTEXTS = 1,
  parameter integer STAGES = 2
) (
  input  wire        clk_i,
  input  wire        rst_i,

  // Request
  input  wire        req_valid_i,
  output wire        req_ready_o,
  input  wire [1:0]  req_op_i,
  input  wire [63:0] req_addr_i,
  input  wire [4:0]  req_bytes_i,
  input  wire [1:0]  req_access_i,
  input  wire        req_priv_i,
  input  wire [3:0]  req_segment_i,
  input  wire [7:0]  req_reg_i,
  input  wire [63:0] req_wdata_i,

  // Response
  output wire        rsp_valid_o,
  input  wire        rsp_ready_i,
  output wire [63:0] rsp_addr_o,
  output wire [63:0] rsp_data_o,
  output wire [3:0]  rsp_fault_o,
  output wire [3:0]  rsp_segment_o
);

  // The pipeline advances as one piece: when the last stage is empty, or is emptied in this
  // cycle. A bubble is never closed. In any other cycle no register of the MMU changes, reset
  // apart; for this each clocked block reads `if (rst_i) ... else if (advance_i) ...`.
  wire advance = !rsp_valid_o || rsp_ready_i;
  assign req_ready_o = advance;

  // The request in the lookup step
  wire        req_valid;
  wire [1:0]  req_op;
  wire [63:0] req_addr;
  wire [4:0]  req_bytes;
  wire [1:0]  req_access;
  wire        req_priv;
  wire [3:0]  req_segment;
  wire [7:0]  req_reg;
  wire [63:0] req_wdata;

  generate
    if (STAGES >= 2) begin : g_request_stage
      mmu_request_stage u_request_stage (
        .clk_i(clk_i),
        .rst_i(rst_i),
        .advance_i(advance),
        .req_valid_i(req_valid_i),
        .req_op_i(req_op_i),
        .req_addr_i(req_addr_i),
        .req_bytes_i(req_bytes_i),
        .req_access_i(req_access_i),
        .req_priv_i(req_priv_i),
        .req_segment_i(req_segment_i),
        .req_reg_i(req_reg_i),
        .req_wdata_i(req_wdata_i),
        .req_valid_o(req_valid),
        .req_op_o(req_op),
        .req_addr_o(req_addr),
        .req_bytes_o(req_bytes),
        .req_access_o(req_access),
        .req_priv_o(req_priv),
        .req_segment_o(req_segment),
        .req_reg_o(req_reg),
        .req_wdata_o(req_wdata)
      );
    end else begin : g_request_wires
      assign req_valid   = req_valid_i;
      assign req_op      = req_op_i;
      assign req_addr    = req_addr_i;
      assign req_bytes   = req_bytes_i;
      assign req_access  = req_access_i;
      assign req_priv    = req_priv_i;
      assign req_segment = req_segment_i;
      assign req_reg     = req_reg_i;
      assign req_wdata   = req_wdata_i;
    end
  endgenerate

  // What lookup says of it
  wire [1:0]     found_op;
  wire [63:0]    found_addr;
  wire [4:0]     found_bytes;
  wire [1:0]     found_access;
  wire           found_priv;
  wire [3:0]     found_segment;
  wire [7:0]     found_reg;
  wire [PA_W:0]  found_base;
  wire [OFF_W:0] found_size;
  wire [4:0]     found_flags;
  wire [63:0]    found_data;
  wire [3:0]     found_fault;

  mmu_lookup #(
    .VA_W(VA_W),
    .PA_W(PA_W),
    .OFF_W(OFF_W),
    .SEG_BITS(SEG_BITS),
    .SELECT(SELECT),
    .CONTEXTS(CONTEXTS),
    .STAGES(STAGES)
  ) u_lookup (
    .clk_i(clk_i),
    .rst_i(rst_i),
    .advance_i(advance),
    .req_valid_i(req_valid),
    .req_op_i(req_op),
    .req_addr_i(req_addr),
    .req_bytes_i(req_bytes),
    .req_access_i(req_access),
    .req_priv_i(req_priv),
    .req_segment_i(req_segment),
    .req_reg_i(req_reg),
    .req_wdata_i(req_wdata),
    .look_op_o(found_op),
    .look_addr_o(found_addr),
    .look_bytes_o(found_bytes),
    .look_access_o(found_access),
    .look_priv_o(found_priv),
    .look_segment_o(found_segment),
    .look_reg_o(found_reg),
    .look_base_o(found_base),
    .look_size_o(found_size),
    .look_flags_o(found_flags),
    .look_data_o(found_data),
    .look_fault_o(found_fault)
  );

  // The request in the check step, with what lookup said of it
  wire           look_valid;
  wire [1:0]     look_op;
  wire [63:0]    look_addr;
  wire [4:0]     look_bytes;
  wire [1:0]     look_access;
  wire           look_priv;
  wire [3:0]     look_segment;
  wire [7:0]     look_reg;
  wire [PA_W:0]  look_base;
  wire [OFF_W:0] look_size;
  wire [4:0]     look_flags;
  wire [63:0]    look_data;
  wire [3:0]     look_fault;

  generate
    if (STAGES >= 3) begin : g_look_stage
      mmu_look_stage #(
        .PA_W(PA_W),
        .OFF_W(OFF_W)
      ) u_look_stage (
        .clk_i(clk_i),
        .rst_i(rst_i),
        .advance_i(advance),
        .look_valid_i(req_valid),
        .look_op_i(found_op),
        .look_addr_i(found_addr),
        .look_bytes_i(found_bytes),
        .look_access_i(found_access),
        .look_priv_i(found_priv),
        .look_segment_i(found_segment),
        .look_reg_i(found_reg),
        .look_base_i(found_base),
        .look_size_i(found_size),
        .look_flags_i(found_flags),
        .look_data_i(found_data),
        .look_fault_i(found_fault),
        .look_valid_o(look_valid),
        .look_op_o(look_op),
        .look_addr_o(look_addr),
        .look_bytes_o(look_bytes),
        .look_access_o(look_access),
        .look_priv_o(look_priv),
        .look_segment_o(look_segment),
        .look_reg_o(look_reg),
        .look_base_o(look_base),
        .look_size_o(look_size),
        .look_flags_o(look_flags),
        .look_data_o(look_data),
        .look_fault_o(look_fault)
      );
    end else begin : g_look_wires
      assign look_valid   = req_valid;
      assign look_op      = found_op;
      assign look_addr    = found_addr;
      assign look_bytes   = found_bytes;
      assign look_access  = found_access;
      assign look_priv    = found_priv;
      assign look_segment = found_segment;
      assign look_reg     = found_reg;
      assign look_base    = found_base;
      assign look_size    = found_size;
      assign look_flags   = found_flags;
      assign look_data    = found_data;
      assign look_fault   = found_fault;
    end
  endgenerate

  // The verdict; all 0 when the step holds no request
  wire [3:0]      verdict_fault;
  wire [PA_W-1:0] verdict_paddr;
  wire [63:0]     record_data;

  mmu_check #(
    .VA_W(VA_W),
    .PA_W(PA_W),
    .OFF_W(OFF_W)
  ) u_check (
    .look_valid_i(look_valid),
    .look_op_i(look_op),
    .look_addr_i(look_addr),
    .look_bytes_i(look_bytes),
    .look_access_i(look_access),
    .look_priv_i(look_priv),
    .look_base_i(look_base),
    .look_size_i(look_size),
    .look_flags_i(look_flags),
    .look_fault_i(look_fault),
    .fault_o(verdict_fault),
    .paddr_o(verdict_paddr)
  );

  mmu_fault_record u_fault_record (
    .clk_i(clk_i),
    .rst_i(rst_i),
    .advance_i(advance),
    .look_valid_i(look_valid),
    .look_op_i(look_op),
    .look_addr_i(look_addr),
    .look_bytes_i(look_bytes),
    .look_access_i(look_access),
    .look_priv_i(look_priv),
    .look_segment_i(look_segment),
    .look_reg_i(look_reg),
    .fault_i(verdict_fault),
    .data_o(record_data)
  );

  // A register is read in lookup or in check; the step that does not hold it answers 0.
  mmu_response_stage #(
    .PA_W(PA_W)
  ) u_response_stage (
    .clk_i(clk_i),
    .rst_i(rst_i),
    .advance_i(advance),
    .valid_i(look_valid),
    .paddr_i(verdict_paddr),
    .data_i(look_data | record_data),
    .fault_i(verdict_fault),
    .segment_i(look_segment),
    .rsp_valid_o(rsp_valid_o),
    .rsp_addr_o(rsp_addr_o),
    .rsp_data_o(rsp_data_o),
    .rsp_fault_o(rsp_fault_o),
    .rsp_segment_o(rsp_segment_o)
  );

endmodule

`default_nettype wire
