// SPDX-License-Identifier: MIT
// What the units of the translator share: the words of its channels and of its registers.
package xlate_pkg;

  typedef enum logic [1:0] {
    OP_TRANSLATE = 2'd0,
    OP_WRITE     = 2'd1,
    OP_READ      = 2'd2
  } op_e;

  typedef enum logic [3:0] {
    FAULT_NONE        = 4'd0,
    FAULT_PRIVILEGE   = 4'd1,
    FAULT_REGISTER    = 4'd2,
    FAULT_NOT_PRESENT = 4'd3,
    FAULT_LIMIT       = 4'd4,
    FAULT_PERMISSION  = 4'd5,
    FAULT_PHYSICAL    = 4'd6
  } fault_e;

  // A command as it waits in the queue.
  typedef struct packed {
    logic [1:0]  op;
    logic        supervisor;
    logic [1:0]  kind;   // of access: 0 read, 1 write, 2 execute
    logic [4:0]  bytes;
    logic [3:0]  selector;
    logic [7:0]  index;  // of a register
    logic [63:0] vaddr;
    logic [63:0] data;
  } command_t;

  // A segment register. The permissions are indexed by `kind`.
  typedef struct packed {
    logic        down;
    logic [2:0]  permits;
    logic        present;
    logic [48:0] base;
    logic [48:0] size;
  } descriptor_t;

  // The record of the first fault.
  typedef struct packed {
    logic        valid;
    logic        more;
    logic [4:0]  bytes;
    logic [3:0]  segment;
    logic        supervisor;
    logic [1:0]  kind;
    logic [3:0]  code;
    logic [63:0] where;
  } record_t;

endpackage
