// SPDX-License-Identifier: MIT
// mmu_check: the verdict on a request: which fault, or which physical address. A pure function.
//
// 64 bits are enough for every sum here: base and size are at most 2^48, an offset is less, and
// bytes at most 31. A privileged address may be anything, and nothing is added to it.
`default_nettype none

`include "mmu_defs.vh"

module mmu_check #(
  parameter integer VA_W = 32,
  parameter integer PA_W = 32,
  parameter integer OFF_W = 30
) (
  input  wire            look_valid_i,
  input  wire [1:0]      look_op_i,
  input  wire [63:0]     look_addr_i,
  input  wire [4:0]      look_bytes_i,
  input  wire [1:0]      look_access_i,
  input  wire            look_priv_i,
  input  wire [PA_W:0]   look_base_i,
  input  wire [OFF_W:0]  look_size_i,
  input  wire [4:0]      look_flags_i,
  input  wire [3:0]      look_fault_i,  // of a register operation

  output wire [3:0]      fault_o,       // 0 without a request
  output wire [PA_W-1:0] paddr_o        // of an admitted translate, otherwise 0
);

  localparam [63:0] SPAN     = 64'd1 << OFF_W;  // bytes that an offset can reach
  localparam [63:0] PA_SPACE = 64'd1 << PA_W;   // bytes that a physical address can reach

  wire is_translate = look_op_i == `MMU_OP_TRANSLATE;
  wire is_user      = !look_priv_i;
  wire is_present   = look_flags_i[`MMU_FLAG_PRESENT_BIT];
  wire grows_down   = look_flags_i[`MMU_FLAG_GROWS_DOWN_BIT];

  wire [63:0] base   = {{(63 - PA_W){1'b0}}, look_base_i};
  wire [63:0] size   = {{(63 - OFF_W){1'b0}}, look_size_i};
  wire [63:0] bytes  = {59'd0, look_bytes_i};
  wire [63:0] offset = {{(64 - OFF_W){1'b0}}, look_addr_i[OFF_W-1:0]};

  // Every byte lies in the segment: offsets [0, size) growing up, [SPAN - size, SPAN) growing
  // down. The ends are exclusive, and so size 0 admits nothing.
  wire [63:0] first_offset  = grows_down ? SPAN - size : 64'd0;
  wire [63:0] end_offset    = grows_down ? SPAN : size;
  wire        is_byte_count = look_bytes_i != 5'd0 && look_bytes_i <= 5'd16;
  wire        is_virtual    = look_addr_i[63:VA_W] == {(64 - VA_W){1'b0}};
  wire        in_segment    = offset >= first_offset && offset + bytes <= end_offset;
  wire        within_limit  = is_byte_count && (!is_user || (is_virtual && in_segment));

  // The access is one of the three, and its flag is set for a user.
  reg is_allowed;
  always @* begin
    case (look_access_i)
      `MMU_ACCESS_READ:    is_allowed = !is_user || look_flags_i[`MMU_FLAG_READ_BIT];
      `MMU_ACCESS_WRITE:   is_allowed = !is_user || look_flags_i[`MMU_FLAG_WRITE_BIT];
      `MMU_ACCESS_EXECUTE: is_allowed = !is_user || look_flags_i[`MMU_FLAG_EXECUTE_BIT];
      default:             is_allowed = 1'b0;
    endcase
  end

  // The address of the first byte: base + offset, or base - (SPAN - offset). Since an offset is
  // below SPAN, offset - SPAN is the offset with every bit above it set. A base that is too low
  // for that gives a negative address, which, read as unsigned, is beyond every physical one.
  wire [63:0] displacement = {{(64 - OFF_W){grows_down}}, look_addr_i[OFF_W-1:0]};
  wire [63:0] paddr        = is_user ? base + displacement : look_addr_i;
  wire        is_physical  = paddr <= PA_SPACE - bytes;

  // The priority of faults, highest first.
  reg [3:0] fault;
  always @* begin
    if (!look_valid_i)                        fault = `MMU_FAULT_NONE;
    else if (look_fault_i != `MMU_FAULT_NONE) fault = look_fault_i;
    else if (!is_translate)                   fault = `MMU_FAULT_NONE;
    else if (is_user && !is_present)          fault = `MMU_FAULT_NOT_PRESENT;
    else if (!within_limit)                   fault = `MMU_FAULT_LIMIT;
    else if (!is_allowed)                     fault = `MMU_FAULT_PERMISSION;
    else if (!is_physical)                    fault = `MMU_FAULT_PHYSICAL;
    else                                      fault = `MMU_FAULT_NONE;
  end

  wire is_admitted = look_valid_i && is_translate && fault == `MMU_FAULT_NONE;

  assign fault_o = fault;
  assign paddr_o = is_admitted ? paddr[PA_W-1:0] : {PA_W{1'b0}};

endmodule

`default_nettype wire
