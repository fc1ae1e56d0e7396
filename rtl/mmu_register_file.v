// SPDX-License-Identifier: MIT
// mmu_register_file: the registers of the lookup step, for the one request that is there. ID,
// CONTEXT, WINDOW and the segment registers, and the rules on register operations, those on
// FAULT_STATUS and FAULT_ADDR included; what these two hold is the check step's.
`default_nettype none

`include "mmu_defs.vh"

module mmu_register_file #(
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

  // A register operation
  input  wire           valid_i,
  input  wire [1:0]     op_i,
  input  wire           priv_i,
  input  wire [7:0]     reg_i,
  input  wire [63:0]    wdata_i,
  output wire [63:0]    data_o,     // of an admitted read, otherwise 0
  output wire [3:0]     fault_o,    // privilege, register or none

  // Or a translation, which asks for a segment of the bank that CONTEXT names
  input  wire           lookup_i,
  input  wire [3:0]     segment_i,
  output wire [PA_W:0]  base_o,     // 0 where there is no such segment, also below
  output wire [OFF_W:0] size_o,
  output wire [4:0]     flags_o
);

  localparam CONTEXT_W = (CONTEXTS > 1) ? $clog2(CONTEXTS) : 1;
  localparam INDEX_W = (SEG_BITS == 0) ? CONTEXT_W
                     : (CONTEXTS == 1) ? SEG_BITS : CONTEXT_W + SEG_BITS;
  localparam ENTRIES = (SEG_BITS == 0 && CONTEXTS == 1) ? 1 : 1 << INDEX_W;

  // The largest value that each field holds
  localparam [63:0] LAST_CONTEXT  = {56'd0, CONTEXTS[7:0]} - 64'd1;
  localparam [63:0] LARGEST_BASE  = 64'd1 << PA_W;
  localparam [63:0] LARGEST_SIZE  = 64'd1 << OFF_W;
  localparam [63:0] LARGEST_FLAGS = 64'h1f;
  localparam [63:0] ANY_VALUE     = {64{1'b1}};

  localparam [63:0] ID = {15'd0, SELECT[0], STAGES[7:0], CONTEXTS[7:0], PA_W[7:0], VA_W[7:0],
                          SEG_BITS[7:0], `MMU_KIND_SEGMENT};

  reg [CONTEXT_W-1:0] context_q, context_d;
  reg [CONTEXT_W-1:0] window_q, window_d;

  // An index is either one of the first few, or that of a field of a segment register.
  localparam [7:0] SEGMENT_REGISTERS = `MMU_REG_SEGMENT_STRIDE << SEG_BITS;

  wire [7:0] from_first = reg_i - `MMU_REG_SEGMENT;  // large for an index below it: it wraps
  wire [1:0] field      = from_first[1:0];
  wire is_segment_register = from_first < SEGMENT_REGISTERS && field != `MMU_FIELD_NONE;

  // The segment that this cycle's index selects
  wire [PA_W:0]  base;
  wire [OFF_W:0] size;
  wire [4:0]     flags;

  // What is to be known of each register
  reg        is_register;
  reg        is_writable;
  reg [63:0] largest;
  reg [63:0] value;

  always @* begin
    is_register = 1'b1;
    is_writable = 1'b1;
    largest     = ANY_VALUE;
    value       = 64'd0;
    case (reg_i)
      `MMU_REG_ID: begin
        is_writable = 1'b0;
        value       = ID;
      end
      `MMU_REG_CONTEXT: begin
        largest = LAST_CONTEXT;
        value   = {{(64 - CONTEXT_W){1'b0}}, context_q};
      end
      `MMU_REG_FAULT_STATUS: ;  // any value clears it
      `MMU_REG_FAULT_ADDR: is_writable = 1'b0;
      `MMU_REG_WINDOW: begin
        largest = LAST_CONTEXT;
        value   = {{(64 - CONTEXT_W){1'b0}}, window_q};
      end
      default: begin
        is_register = is_segment_register;
        case (field)
          `MMU_FIELD_BASE: begin
            largest = LARGEST_BASE;
            value   = {{(63 - PA_W){1'b0}}, base};
          end
          `MMU_FIELD_SIZE: begin
            largest = LARGEST_SIZE;
            value   = {{(63 - OFF_W){1'b0}}, size};
          end
          default: begin
            largest = LARGEST_FLAGS;
            value   = {59'd0, flags};
          end
        endcase
      end
    endcase
  end

  wire is_read     = op_i == `MMU_OP_READ_REGISTER;
  wire is_write    = op_i == `MMU_OP_WRITE_REGISTER;
  wire is_holdable = is_writable && wdata_i <= largest;
  wire is_possible = is_register && (is_read || (is_write && is_holdable));
  wire is_admitted = valid_i && priv_i && is_possible;

  assign fault_o = (!valid_i || is_admitted) ? `MMU_FAULT_NONE
                 : !priv_i                   ? `MMU_FAULT_PRIVILEGE
                                             : `MMU_FAULT_REGISTER;
  assign data_o  = (is_admitted && is_read) ? value : 64'd0;

  wire write         = is_admitted && is_write;
  wire write_context = write && reg_i == `MMU_REG_CONTEXT;
  wire write_window  = write && reg_i == `MMU_REG_WINDOW;
  wire write_segment = write && is_segment_register;

  // One segment is looked at in a cycle: {bank, segment}, where either may have no bits.
  localparam [3:0] SEGMENT_MASK = (1 << SEG_BITS) - 1;

  wire [INDEX_W-1:0] index;

  generate
    if (ENTRIES == 1) begin : g_one
      assign index = 1'b0;
    end else if (SEG_BITS == 0) begin : g_bank
      assign index = valid_i ? window_q : context_q;
    end else if (CONTEXTS == 1) begin : g_segment
      assign index = valid_i ? from_first[2 +: SEG_BITS] : segment_i[SEG_BITS-1:0];
    end else begin : g_bank_and_segment
      assign index = valid_i ? {window_q, from_first[2 +: SEG_BITS]}
                             : {context_q, segment_i[SEG_BITS-1:0]};
    end
  endgenerate

  mmu_segment_banks #(
    .PA_W(PA_W),
    .OFF_W(OFF_W),
    .INDEX_W(INDEX_W),
    .ENTRIES(ENTRIES)
  ) u_segment_banks (
    .clk_i(clk_i),
    .rst_i(rst_i),
    .advance_i(advance_i),
    .index_i(index),
    .base_o(base),
    .size_o(size),
    .flags_o(flags),
    .write_base_i(write_segment && field == `MMU_FIELD_BASE),
    .write_size_i(write_segment && field == `MMU_FIELD_SIZE),
    .write_flags_i(write_segment && field == `MMU_FIELD_FLAGS),
    .base_i(wdata_i[PA_W:0]),
    .size_i(wdata_i[OFF_W:0]),
    .flags_i(wdata_i[4:0])
  );

  wire has_segment = lookup_i && (segment_i & ~SEGMENT_MASK) == 4'd0;

  assign base_o  = has_segment ? base : {(PA_W + 1){1'b0}};
  assign size_o  = has_segment ? size : {(OFF_W + 1){1'b0}};
  assign flags_o = has_segment ? flags : 5'd0;

  always @* begin
    context_d = write_context ? wdata_i[CONTEXT_W-1:0] : context_q;
    window_d  = write_window ? wdata_i[CONTEXT_W-1:0] : window_q;
  end

  always @(posedge clk_i) begin
    if (rst_i) begin
      context_q <= {CONTEXT_W{1'b0}};
      window_q  <= {CONTEXT_W{1'b0}};
    end else if (advance_i) begin
      context_q <= context_d;
      window_q  <= window_d;
    end
  end

endmodule

`default_nettype wire
