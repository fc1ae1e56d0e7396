// SPDX-License-Identifier: MIT
// A segmented address translator: one combinational stage behind a queue.
//
//   cmd_* --> queue --> decode, translate --> ans_*
//                            ^  |
//                            |  v  when the answer is taken
//                          registers
//
// The oldest command in the queue is answered from the registers as they are, and changes them in
// the cycle in which its answer is taken; so commands are in order, and no hazard exists.
module xlate
  import xlate_pkg::*;
#(
    parameter int VA_W     = 32,
    parameter int PA_W     = 32,
    parameter int SEG_BITS = 2,
    parameter int SELECT   = 0,  // 1: the command names its segment
    parameter int CONTEXTS = 1,
    parameter int STAGES   = 1,  // reported in the register ID
    parameter int DEPTH    = 4   // of the queue
) (
    input  logic            clk,
    input  logic            rst_n,
    input  logic            scan_en,
    output logic            idle,

    input  logic            cmd_valid,
    output logic            cmd_ready,
    input  logic [1:0]      cmd_op,
    input  logic            cmd_supervisor,
    input  logic [1:0]      cmd_kind,
    input  logic [4:0]      cmd_bytes,
    input  logic [3:0]      cmd_selector,
    input  logic [7:0]      cmd_index,
    input  logic [63:0]     cmd_vaddr,
    input  logic [63:0]     cmd_data,

    output logic            ans_valid,
    input  logic            ans_ready,
    output fault_e          ans_fault,
    output logic [PA_W-1:0] ans_paddr,
    output logic [63:0]     ans_data,
    output logic [3:0]      ans_selector
);

  localparam int           OFF_W    = SELECT != 0 ? VA_W : VA_W - SEG_BITS;
  localparam int           SEGMENTS = 1 << SEG_BITS;
  localparam int           ROWS     = CONTEXTS * SEGMENTS;
  localparam logic [48:0]  SPAN     = 49'd1 << OFF_W;
  localparam logic [48:0]  MEMORY   = 49'd1 << PA_W;

  // --- the queue ---

  command_t pushed, cmd;
  logic     commit;

  assign pushed = '{
      op: cmd_op, supervisor: cmd_supervisor, kind: cmd_kind, bytes: cmd_bytes,
      selector: cmd_selector, index: cmd_index, vaddr: cmd_vaddr, data: cmd_data
  };

  xlate_queue #(
      .WIDTH($bits(command_t)),
      .DEPTH(DEPTH)
  ) u_queue (
      .clk,
      .rst_n,
      .push      (cmd_valid),
      .push_ready(cmd_ready),
      .push_word (pushed),
      .pop       (ans_ready),
      .pop_valid (ans_valid),
      .pop_word  (cmd)
  );

  assign commit = ans_valid && ans_ready;
  assign idle   = !ans_valid && !scan_en;

  // --- registers ---

  descriptor_t table_q [ROWS];
  logic [3:0]  context_q, window_q;
  record_t     record_q;

  function automatic int row(input logic [3:0] bank, input logic [3:0] segment);
    return (32'(bank) << SEG_BITS) | (32'(segment) & (SEGMENTS - 1));
  endfunction

  // --- translation ---

  logic        is_translate, is_walk, exists;
  logic [3:0]  segment;
  logic [48:0] offset, first, beyond, last;
  logic signed [65:0] paddr;
  descriptor_t desc;

  assign is_translate = cmd.op == OP_TRANSLATE;
  assign is_walk      = is_translate && !cmd.supervisor;

  always_comb begin
    segment = SELECT != 0 ? cmd.selector : 4'((cmd.vaddr & ((64'd1 << VA_W) - 1)) >> OFF_W);
    exists  = 32'(segment) < SEGMENTS;
    desc    = table_q[row(context_q, segment)];
    offset  = 49'(cmd.vaddr & (64'(SPAN) - 1));
    last    = offset + 49'(cmd.bytes);  // one past the last byte
    first   = desc.down ? SPAN - desc.size : '0;
    beyond  = desc.down ? SPAN : desc.size;
    if (!is_walk)       paddr = 66'(cmd.vaddr);
    else if (desc.down) paddr = 66'(desc.base) - 66'(49'(SPAN - offset));
    else                paddr = 66'(desc.base) + 66'(offset);
  end

  fault_e verdict;  // on a translation

  always_comb begin
    verdict = FAULT_NONE;
    // From the least to the most important one.
    if (paddr < 0 || paddr + 66'(cmd.bytes) > 66'(MEMORY)) verdict = FAULT_PHYSICAL;
    if (cmd.kind == 2'd3) verdict = FAULT_PERMISSION;
    else if (is_walk && !desc.permits[cmd.kind]) verdict = FAULT_PERMISSION;
    if (is_walk && (offset < first || last > beyond || (cmd.vaddr >> VA_W) != 0))
      verdict = FAULT_LIMIT;
    if (cmd.bytes == 0 || cmd.bytes > 16) verdict = FAULT_LIMIT;
    if (is_walk && !(exists && desc.present)) verdict = FAULT_NOT_PRESENT;
  end

  // --- register commands ---

  typedef enum logic [3:0] {
    R_NONE, R_ID, R_CONTEXT, R_STATUS, R_ADDRESS, R_WINDOW, R_BASE, R_SIZE, R_FLAGS
  } register_e;

  register_e   register;
  logic        is_writable;
  logic [63:0] value, greatest;
  logic [3:0]  slot;  // segment of a BASE, SIZE or FLAGS
  descriptor_t shown;

  assign slot  = 4'((cmd.index - 8'h10) >> 2);
  assign shown = table_q[row(window_q, slot)];

  always_comb begin
    register = R_NONE;
    case (cmd.index)
      8'h00: register = R_ID;
      8'h01: register = R_CONTEXT;
      8'h02: register = R_STATUS;
      8'h03: register = R_ADDRESS;
      8'h04: register = R_WINDOW;
      default:
        if (cmd.index >= 8'h10 && 32'(cmd.index) < 16 + 4 * SEGMENTS)
          case (cmd.index[1:0])
            2'd0:    register = R_BASE;
            2'd1:    register = R_SIZE;
            2'd2:    register = R_FLAGS;
            default: register = R_NONE;
          endcase
    endcase
  end

  always_comb begin
    value       = '0;
    greatest    = '1;
    is_writable = 1'b1;
    case (register)
      R_ID: begin
        value       = {15'd0, 1'(SELECT), 8'(STAGES), 8'(CONTEXTS), 8'(PA_W), 8'(VA_W),
                       8'(SEG_BITS), 8'd1};
        is_writable = 1'b0;
      end
      R_CONTEXT: begin
        value    = 64'(context_q);
        greatest = 64'(CONTEXTS) - 1;
      end
      R_STATUS:
        value = {32'd0, record_q.valid, record_q.more, 13'd0, record_q.bytes, record_q.segment,
                 1'b0, record_q.supervisor, record_q.kind, record_q.code};
      R_ADDRESS: begin
        value       = record_q.where;
        is_writable = 1'b0;
      end
      R_WINDOW: begin
        value    = 64'(window_q);
        greatest = 64'(CONTEXTS) - 1;
      end
      R_BASE: begin
        value    = 64'(shown.base);
        greatest = 64'(MEMORY);
      end
      R_SIZE: begin
        value    = 64'(shown.size);
        greatest = 64'(SPAN);
      end
      R_FLAGS: begin
        value    = {59'd0, shown.down, shown.permits, shown.present};
        greatest = 64'd31;
      end
      default: is_writable = 1'b0;
    endcase
  end

  // --- the answer ---

  fault_e fault;

  always_comb begin
    fault = FAULT_NONE;
    if (is_translate)                                 fault = verdict;
    else if (!cmd.supervisor)                         fault = FAULT_PRIVILEGE;
    else if (cmd.op == OP_WRITE && is_writable)
      fault = cmd.data > greatest ? FAULT_REGISTER : FAULT_NONE;
    else if (cmd.op != OP_READ || register == R_NONE) fault = FAULT_REGISTER;
  end

  always_comb begin
    ans_fault    = FAULT_NONE;
    ans_paddr    = '0;
    ans_data     = '0;
    ans_selector = '0;
    if (ans_valid) begin
      ans_fault = fault;
      if (is_walk) ans_selector = segment;
      if (fault == FAULT_NONE && is_translate) ans_paddr = PA_W'(paddr);
      if (fault == FAULT_NONE && cmd.op == OP_READ) ans_data = value;
    end
  end

  // --- what an answer that is taken changes ---

  always_ff @(posedge clk) begin
    if (commit && fault != FAULT_NONE) begin
      if (record_q.valid) record_q.more <= 1'b1;
      else
        record_q <= '{
            valid: 1'b1, more: 1'b0, code: fault, supervisor: cmd.supervisor,
            bytes: is_translate ? cmd.bytes : 5'd0, kind: is_translate ? cmd.kind : 2'd0,
            segment: is_walk ? segment : 4'd0,
            where: is_translate ? cmd.vaddr : 64'(cmd.index)
        };
    end else if (commit && cmd.op == OP_WRITE) begin
      case (register)
        R_CONTEXT: context_q <= cmd.data[3:0];
        R_STATUS:  record_q <= '0;
        R_WINDOW:  window_q <= cmd.data[3:0];
        R_BASE:    table_q[row(window_q, slot)].base <= cmd.data[48:0];
        R_SIZE:    table_q[row(window_q, slot)].size <= cmd.data[48:0];
        R_FLAGS: begin
          table_q[row(window_q, slot)].present <= cmd.data[0];
          table_q[row(window_q, slot)].permits <= cmd.data[3:1];
          table_q[row(window_q, slot)].down    <= cmd.data[4];
        end
        default: ;
      endcase
    end
    if (!rst_n) begin
      context_q <= '0;
      window_q  <= '0;
      record_q  <= '0;
      for (int i = 0; i < ROWS; i++) table_q[i] <= '0;
    end
  end

endmodule
