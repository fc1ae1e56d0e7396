// SPDX-License-Identifier: MIT
// What the modules of the MMU share: codes on the channels, register indices, flag positions.
// The C model has the same names and numbers in model/segmmu/types.h; tests/rtl/test_rtl_defs.sh
// compares the two files.
`ifndef MMU_DEFS_VH
`define MMU_DEFS_VH

// req_op_i
`define MMU_OP_TRANSLATE 2'd0
`define MMU_OP_WRITE_REGISTER 2'd1
`define MMU_OP_READ_REGISTER 2'd2
`define MMU_OP_RESERVED 2'd3

// req_access_i
`define MMU_ACCESS_READ 2'd0
`define MMU_ACCESS_WRITE 2'd1
`define MMU_ACCESS_EXECUTE 2'd2
`define MMU_ACCESS_RESERVED 2'd3

// rsp_fault_o; after NONE, the highest priority first
`define MMU_FAULT_NONE 4'd0
`define MMU_FAULT_PRIVILEGE 4'd1
`define MMU_FAULT_REGISTER 4'd2
`define MMU_FAULT_NOT_PRESENT 4'd3
`define MMU_FAULT_LIMIT 4'd4
`define MMU_FAULT_PERMISSION 4'd5
`define MMU_FAULT_PHYSICAL 4'd6

// req_reg_i; BASE s is MMU_REG_SEGMENT + MMU_REG_SEGMENT_STRIDE * s, SIZE s and FLAGS s follow it
`define MMU_REG_ID 8'h00
`define MMU_REG_CONTEXT 8'h01
`define MMU_REG_FAULT_STATUS 8'h02
`define MMU_REG_FAULT_ADDR 8'h03
`define MMU_REG_WINDOW 8'h04
`define MMU_REG_SEGMENT 8'h10
`define MMU_REG_SEGMENT_STRIDE 4

// A register of a segment: how far it lies from BASE s
`define MMU_FIELD_BASE 2'd0
`define MMU_FIELD_SIZE 2'd1
`define MMU_FIELD_FLAGS 2'd2
`define MMU_FIELD_NONE 2'd3

// Flags of a segment, by bit number
`define MMU_FLAG_PRESENT_BIT 0
`define MMU_FLAG_READ_BIT 1
`define MMU_FLAG_WRITE_BIT 2
`define MMU_FLAG_EXECUTE_BIT 3
`define MMU_FLAG_GROWS_DOWN_BIT 4

// Parameter SELECT
`define MMU_SELECT_EXPLICIT 0
`define MMU_SELECT_NAMED 1

// ID bits 7:0
`define MMU_KIND_SEGMENT 8'd1

`endif
